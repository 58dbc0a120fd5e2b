"""What was probably meant by a name that a server does not know: a slip of the pen, never merely another name that looks a little alike."""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORDS = re.compile(r"[^\W_]+")
_UNITS = {"total", "count", "sum", "bucket", "seconds", "milliseconds", "ms", "bytes"}  # what is forgotten at the end of a metric's name
_NEGATION = re.compile(r"(?:in|un|im|ir|dis|non|not|no)[-_ ]?", re.IGNORECASE)
_SHORT, _LONG = 3, 8  # letters: no slip below, two from there on


def near(name: str, known: Iterable[str]) -> str | None:
    """The known name of which another one is a misspelling, if there is any; the likeliest first, then by the alphabet."""
    found = [(slips, one) for one in known if one and one != name and (slips := _slips(name, one)) is not None]
    return min(found, default=(0, None))[1]


def _slips(name: str, other: str) -> int | None:
    """How far two names are apart; None where they are two names."""
    words, others = _words(name), _words(other)
    if not words or re.sub(r"\d", "0", name) == re.sub(r"\d", "0", other) or _are_opposites(name, other):
        return None  # HTTP_500 was not meant to be HTTP_200
    if "".join(words) == "".join(others):
        return 0
    if sorted(words) == sorted(others) or [word for word in words if word not in _UNITS] == [word for word in others if word not in _UNITS] != []:
        return 1
    apart = [_edits(one, two) if _may_be_a_slip(one, two) else None for one, two in zip(words, others, strict=False)] if len(words) == len(others) else []
    whole = [edits for edits in apart if edits is not None]
    return 1 + sum(whole) if apart and len(whole) == len(apart) else None


def _words(name: str) -> list[str]:
    return _WORDS.findall(name.lower())


def _may_be_a_slip(one: str, two: str) -> bool:
    """Whether two words are one word: a letter too many, too few, wrong or swapped, two in a long one; the first letter is seldom wrong."""
    if one == two:
        return True
    shorter = min(len(one), len(two))
    return one[0] == two[0] and shorter >= _SHORT and _edits(one, two) <= (2 if shorter >= _LONG else 1)


def _edits(one: str, two: str) -> int:
    """Letters to add, to take away, to change, or to swap with their neighbour, until two words are the same."""
    before, row = list[int](), list(range(len(two) + 1))
    for i, letter in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, other in enumerate(two, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (letter != other)))
            if i > 1 and j > 1 and letter == two[j - 2] and one[i - 2] == other:
                row[-1] = min(row[-1], older[j - 2] + 1)
    return row[-1]


def _are_opposites(one: str, other: str) -> bool:
    """Whether one is the other with a negation before it: `incorrect` was not meant to be `correct`."""
    longer, shorter = sorted((one.lower(), other.lower()), key=len, reverse=True)
    return longer.endswith(shorter) and _NEGATION.fullmatch(longer.removesuffix(shorter)) is not None


def ends_alike(name: str, known: Iterable[str]) -> str | None:
    """The known name that is another one with or without something before it: `gpt-4o` and `openai/gpt-4o`."""
    words = _words(name)
    return next((one for one in known if (others := _words(one)) and words and _ends_with(*sorted((words, others), key=len))), None)


def _ends_with(shorter: list[str], longer: list[str]) -> bool:
    return longer[-len(shorter) :] == shorter
