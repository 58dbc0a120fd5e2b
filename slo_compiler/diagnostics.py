"""What we tell a user: a finding, the place it points at, and the report that collects findings."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from enum import IntEnum

Route = tuple[str | int, ...]


class Severity(IntEnum):
    """How bad a finding is; the higher, the worse."""

    NOTE = 0
    WARNING = 1
    ERROR = 2
    UNREADABLE = 3  # an error after which the text could not be read at all: exit code 2

    @property
    def word(self) -> str:
        """The word that people read: an unreadable text is an error to them."""
        return "error" if self >= Severity.ERROR else self.name.lower()


@dataclass(frozen=True, slots=True)
class Spot:
    """A position in a text: line and column counted from 1, `end_column` exclusive and on the same line."""

    line: int
    column: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Where:
    """A place in a user's file: a route of keys, turned into a line only when it is printed.

    `span` underlines characters [start, end) of the scalar's value; `at_key` points at the key instead of its value; `spot` is given
    where no route exists because the text could not be read as YAML.
    """

    file: str
    route: Route = ()
    span: tuple[int, int] | None = None
    at_key: bool = False
    spot: Spot | None = None

    def __truediv__(self, key: str | int) -> Where:
        """The place one step further down."""
        return Where(self.file, (*self.route, key))

    def inside(self, start: int, end: int) -> Where:
        """The characters [start, end) of this place's value."""
        return Where(self.file, self.route, span=(start, end))

    def key(self) -> Where:
        """This place's key instead of its value."""
        return Where(self.file, self.route, at_key=True)

    def contains(self, other: Where) -> bool:
        """Whether `other` is this place or lies below it."""
        return self.file == other.file and other.route[: len(self.route)] == self.route


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake: what was found, what was expected (`message`) and the next step (`help`).

    `about` is the place of the SLO that a warning concerns, so that its `allow` can silence it. Findings with one `cause` are one
    mistake at several places: people read it once.
    """

    id: str
    severity: Severity
    message: str
    where: Where
    help: str = ""
    other: Where | None = None  # the second place, where a mistake needs two
    about: Where | None = field(default=None, compare=False)
    cause: str = field(default="", compare=False)

    @property
    def mistake(self) -> Hashable:
        """What is equal for findings that are one mistake."""
        return (self.id, self.severity, self.cause) if self.cause else self


def nearest(word: str, known: Iterable[str], *, likeness: float = 0.6) -> str | None:
    """What was probably meant: the known word most like another one, if any is like it at all (`likeness` from 0 to 1)."""
    import difflib  # noqa: PLC0415  # late: only a mistake needs it

    return next(iter(difflib.get_close_matches(word, list(known), n=1, cutoff=likeness)), None)


@dataclass(slots=True)
class Report:
    """All findings of one run."""

    findings: list[Diagnostic] = field(default_factory=list)

    def error(self, id: str, where: Where, message: str, help: str = "", other: Where | None = None, *, cause: str = "") -> None:
        """Add a mistake; nothing will be written."""
        self.findings.append(Diagnostic(id, Severity.ERROR, message, where, help, other, cause=cause))

    def warning(self, id: str, where: Where, message: str, help: str = "", about: Where | None = None, *, cause: str = "") -> None:
        """Add what is probably not meant."""
        self.findings.append(Diagnostic(id, Severity.WARNING, message, where, help, about=about, cause=cause))

    def note(self, id: str, where: Where, message: str, help: str = "", about: Where | None = None, *, cause: str = "") -> None:
        """Add what a user should know, and need not change."""
        self.findings.append(Diagnostic(id, Severity.NOTE, message, where, help, about=about, cause=cause))

    def unreadable(self, id: str, where: Where, message: str, help: str = "") -> None:
        """Add a text, folder or output that cannot be used at all."""
        self.findings.append(Diagnostic(id, Severity.UNREADABLE, message, where, help))

    def count(self, severity: Severity) -> int:
        """How many different mistakes have exactly this severity."""
        return len({finding.mistake for finding in self.findings if finding.severity == severity})

    @property
    def ok(self) -> bool:
        """Whether nothing forbids to write output."""
        return all(finding.severity < Severity.ERROR for finding in self.findings)

    def exit_code(self, *, strict: bool = False) -> int:
        """0 fine, 1 findings, 2 something could not be read; warnings count only if `strict`."""
        worst = max((finding.severity for finding in self.findings), default=Severity.NOTE)
        if worst is Severity.UNREADABLE:
            return 2
        return int(worst >= (Severity.WARNING if strict else Severity.ERROR))
