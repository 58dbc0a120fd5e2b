"""Changes as a comment on a pull request: a summary, a table, and the sentences to unfold; never longer than GitHub takes."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from slo_compiler.changes.layout import Told, alerts_of, counted, history_of, summary, told
from slo_compiler.changes.model import Changes, Effect, Sentence

#: GitHub refuses a comment of more characters; the rest is for what a pipeline puts above and below.
MOST = 65_536 - 1_536
_LONGEST = 160  # characters of a sentence in the table
_SIGNS = {
    Effect.WEAKER: "\N{LARGE RED CIRCLE} weaker",
    Effect.STRONGER: "\N{LARGE GREEN CIRCLE} stronger",
    Effect.OTHER: "\N{LARGE BLUE CIRCLE} other",
    Effect.SAME: "same",
}
_HEAD = "| SLO | alerts get | what | alerts | history |\n|---|---|---|---|---|\n"
#: What would become a mention, a link to an issue, a tag or a sign of the table.
_SPECIAL = re.compile(r"[@#|*_~\[\]\\!]")
#: Code, as Markdown finds it: up to the next run of exactly as many backticks.
_CODE = re.compile(r"(?<!`)(?P<fence>`+)(?!`).+?(?<!`)(?P=fence)(?!`)", re.DOTALL)


def markdown(changes: Changes) -> str:
    """The whole text."""
    found = told(changes)
    parts = [f"### SLOs: {_escaped(changes.old)} to {_escaped(changes.new)}\n\n{_verdict(changes)}{_escaped(summary(changes))}.\n"]
    if changes.project:
        parts.append("\nFor all SLOs:\n\n" + "".join(_bullet(sentence) for sentence in changes.project))
    if not found:
        return "".join(parts)
    room = MOST - sum(map(len, parts)) - 400  # for what is said of the rest
    rows, left = _fitting(_HEAD, (_row(one) for one in found), room)
    details, untold = _fitting("\n<details><summary>In full</summary>\n", map(_details, found), room - len(rows))
    rest = f"\n{counted(len(found) - left, 'row')} of {len(found)} shown: the command `slo diff` prints all.\n" if left else ""
    more = f"\nThe first {len(found) - untold} of {len(found)} are told in full.\n" if untold else ""
    return "".join([*parts, "\n", rows, rest, details, more, "\n</details>\n"])


def _fitting(head: str, pieces: Iterator[str], room: int) -> tuple[str, int]:
    """As many pieces as fit, in their order, and how many do not."""
    taken, left = head, 0
    for piece in pieces:
        if left or len(taken) + len(piece) > room:
            left += 1
        else:
            taken += piece
    return taken, left


def _verdict(changes: Changes) -> str:
    words = {
        Effect.WEAKER: "**Alerts get weaker.**",
        Effect.STRONGER: "Alerts get stronger.",
        Effect.OTHER: "Alerts get neither weaker nor stronger, but other ones.",
    }
    return f"{words[changes.verdict]} " if changes.verdict in words else ""


def _row(one: Told) -> str:
    first = one.first
    cells = [
        f"**{_escaped(one.heading)}**",
        _SIGNS[first.verdict],
        _escaped(_shortened(first.sentences[0].text)).replace("|", "\\|"),
        alerts_of(first),
        history_of(first),
    ]
    return f"| {' | '.join(cells)} |\n"


def _shortened(text: str) -> str:
    """The beginning of a sentence, cut where no code is cut in two."""
    if len(text) <= _LONGEST:
        return text
    end = text.rfind(" ", 0, _LONGEST)
    end = next((code.start() for code in _CODE.finditer(text) if code.start() < end < code.end()), end)
    return f"{text[:end].rstrip()} ..."


def _details(one: Told) -> str:
    names = "" if len(one.changes) == 1 else f"\n{_escaped(', '.join(change.name for change in one.changes))}\n"
    sentences = "".join(map(_bullet, one.first.sentences)) + _bullet(Sentence("history", one.first.history.text))
    return f"\n**{_escaped(one.heading)}**: {_SIGNS[one.first.verdict]}\n{names}\n{sentences}"


def _bullet(sentence: Sentence) -> str:
    word = f"{sentence.effect.value}: " if sentence.effect in {Effect.WEAKER, Effect.STRONGER} else ""
    return f"- {word}{_escaped(sentence.text)}\n"


def _escaped(text: str) -> str:
    """A user's words as plain text; what stands in backticks stays code."""
    line, told, end = " ".join(text.split()), [], 0
    for code in _CODE.finditer(line):
        told += [_plain(line[end : code.start()]), code[0]]
        end = code.end()
    return "".join([*told, _plain(line[end:])])


def _plain(text: str) -> str:
    return _SPECIAL.sub(lambda sign: f"&#{ord(sign[0])};", html.escape(text, quote=False)).replace("`", "&#96;")
