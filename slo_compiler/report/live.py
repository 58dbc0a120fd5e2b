"""How promises stand by what a server tells: the very queries of the platform page, with the leaders filled in, at one moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from slo_compiler import names
from slo_compiler.dashboards import Query
from slo_compiler.model import Slo, Spec
from slo_compiler.pages import states
from slo_compiler.pages.columns import Column, columns
from slo_compiler.pages.measures import Measure, Promised, measure, quantile
from slo_compiler.remote import Server
from slo_compiler.report.asking import ALONE, TOGETHER, Answer, Question, answers
from slo_compiler.report.standings import Figure, Standing, Who, figure, nobody, panels, standing

_INFO = "info"


class Unknown(Exception):  # noqa: N818  # told by the commands
    """The server has not one series of these SLOs, of the name that is given."""


@dataclass(frozen=True, slots=True)
class Subject:
    """An SLO that is asked for, and the column of a page that would show it."""

    column: Column
    who: Who

    @property
    def state(self) -> Query:
        """The query of the coloured word."""
        return Query(states.query(self.column.pinned), self.column.category)

    @property
    def known(self) -> Query:
        """Finds something where the server knows the SLO."""
        return Query(f"max by (slo_id) ({names.INFO}{{{self.column.pinned}}})", _INFO)

    @property
    def shown(self) -> Iterator[Query]:
        """The queries of its numbers."""
        for panel in panels(self.column):
            yield from panel.queries

    def question(self, query: Query) -> Question:
        """A query of it."""
        return Question(query.expr, self.column.category, self.who.id)


def leaders(spec: Spec, server: Server, at: float) -> list[Standing]:
    """How the leaders of the four categories stand. Raises RemoteFailure, and Unknown."""
    page = columns(spec)
    leading = [_leader(column, server, at) for column in page if column.measures]
    found = {one.category: one for one in _standings(leading, server, at, ALONE)}
    return [found.get(column.category) or nobody(column.category) for column in page]


def everyone(spec: Spec, server: Server, at: float) -> tuple[list[Standing], set[str]]:
    """How all SLOs stand, in the order of the files, and the identities of those that lead their category. Raises the same."""
    leading = {_leader(column, server, at).who.id for column in columns(spec) if column.measures}
    alone = [Column(one.category, one, (), 0, (measure(one),), spec.prometheus.step) for one in spec.promises]
    return _standings([Subject(column, _named(one)) for column, one in zip(alone, spec.promises, strict=True)], server, at, TOGETHER), leading


def _named(promise: Promised) -> Who:
    own = measure(promise)
    return Who(promise.title, promise.service, promise.id, promise.name, quantile(promise, own) if isinstance(promise, Slo) and own.kind == "value" else "")


def _leader(column: Column, server: Server, at: float) -> Subject:
    """Who leads a column: known, or else asked as the page does when it opens; the first one where nobody burns."""
    if column.leader:
        return Subject(column, _named(column.leader))
    rows = server.instant(column.fastest, at)
    id = rows[0].labels.get("slo_id", "") if rows else column.candidates[0].id
    own = next((one for one in column.candidates if one.id == id), None)
    return Subject(column, _named(own) if own else _foreign(id, server, at))


def _foreign(id: str, server: Server, at: float) -> Who:
    """An SLO of other files: the page of these shows it, too."""
    rows = server.instant(f"{names.INFO}{{slo_id={names.quoted(id)}}}", at)
    labels = rows[0].labels if rows else {}
    return Who(labels.get("slo_title", id), labels.get("slo_service", ""), id, labels.get("slo", ""))


# --- from answers to standings ---------------------------------------------------------------------------------------------------


def _standings(subjects: list[Subject], server: Server, at: float, together: int) -> list[Standing]:
    asked = [one.question(query) for one in subjects for query in (one.state, one.known, *one.shown)]
    found = answers(asked, server, at, together)
    if not any(one.question(one.known) in found for one in subjects):
        raise Unknown(names.INFO)
    return [_standing(one, found) for one in subjects]


def _standing(subject: Subject, found: dict[Question, Answer]) -> Standing:
    state = found.get(subject.question(subject.state))
    answered = [(query, found[question]) for query in subject.shown if (question := subject.question(query)) in found]
    told: dict[str, Figure] = {}
    for query, answer in sorted(answered, key=lambda one: not one[1].is_own):  # of two that share a name
        told.setdefault(query.name, figure(query, answer.number))
    return standing(subject.column, subject.who, states.of(state.number if state else None), _read(subject, [query for query, _ in answered]), told)


def _read(subject: Subject, answered: Iterable[Query]) -> Measure:
    """How the number is read: of several ways the one whose query was answered."""
    has = {query.expr for query in answered}
    ways = zip(subject.column.measures, panels(subject.column)[0].queries, strict=False)
    return next((one for one, query in ways if query.expr in has), subject.column.measures[0])
