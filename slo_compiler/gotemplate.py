"""Go's text templates, as Prometheus reads them in labels and annotations: what is wrong with one, before a whole rule file is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from slo_compiler.diagnostics import nearest
from slo_compiler.quantities import Problem

_VARIABLES = ("$", "$labels", "$value", "$externalLabels", "$externalURL")
_CONSTANTS = {"true", "false", "nil"}
_FUNCTIONS = {
    # Go's own
    "and", "call", "html", "index", "slice", "js", "len", "not", "or", "print", "printf", "println", "urlquery", "eq", "ge", "gt", "le", "lt", "ne",
    # Prometheus'; some are younger than 2.42
    "query", "first", "value", "label", "strvalue", "sortByLabel", "safeHtml", "reReplaceAll", "title", "toUpper", "toLower", "humanize",
    "humanize1024", "humanizeDuration", "humanizePercentage", "humanizeTimestamp", "toTime", "toDuration", "now", "match", "graphLink", "tableLink",
    "pathPrefix", "externalURL", "parseDuration", "stripPort", "stripDomain", "args", "urlQueryEscape",
}  # fmt: skip
_KEYWORDS = {"if", "with", "range", "define", "block", "else", "end", "template", "break", "continue"}
_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)|(?P<close>(?:(?<=[ \t\r\n])-)?\}\})|(?P<open>\{\{)|(?P<string>"(?:[^"\\\n]|\\.)*"|`[^`]*`)|(?P<rune>'(?:[^'\\\n]|\\.)+')"""
    r"""|(?P<number>[-+]?(?:0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)i?)"""
    r"""|(?P<variable>\$\w*)|(?P<field>\.[^\W\d]\w*)|(?P<word>[^\W\d]\w*)|(?P<declare>:?=)|(?P<quote>["'`])|(?P<sign>.)""",
    re.DOTALL,
)
_BEGIN = re.compile(r"\{\{(?:-(?=[ \t\r\n]))?")
_COMMENT = re.compile(r"(?:(?<=-)[ \t\r\n]+)?/\*.*?\*/(?:[ \t\r\n]+-)?\}\}", re.DOTALL)
_COMPARISONS = {"<": "lt", ">": "gt", "=": "eq", "!": "ne", "&": "and"}


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    span: tuple[int, int]


@dataclass(slots=True)
class _Action:
    """What stands between one pair of braces."""

    span: tuple[int, int]
    tokens: list[_Token] = field(default_factory=list)


@dataclass(slots=True)
class _Block:
    """An action that waits for its end; `outer` are the variables that are known again after it."""

    keyword: str
    span: tuple[int, int]
    outer: list[str]
    has_else: bool = False


class _Refused(Exception):  # noqa: N818  # a signal, not an error
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def _refused(message: str, help: str, span: tuple[int, int]) -> _Refused:
    return _Refused(Problem("text/template", f"Prometheus cannot read this template: {message}", help, span))


def _unpaired(span: tuple[int, int]) -> _Refused:
    help = "write {{ $labels.name }} with both pairs of braces, or no braces at all"
    return _Refused(Problem("text/braces", "the braces of a template in this text do not pair up", help, span))


@lru_cache(maxsize=4096)
def fault(text: str) -> Problem | None:
    """Why Prometheus would refuse a text, pointing into it; None if it would not."""
    if "{{" not in text and "}}" not in text:
        return None
    try:
        parser = _Parser()
        for action in _actions(text):
            parser.action(action)
        parser.end()
    except _Refused as refused:
        return refused.problem
    except RecursionError:
        return Problem("text/template", "this template is nested too deeply", "write a simpler one", (0, len(text)))
    return None


def _actions(text: str) -> Iterator[_Action]:
    at = 0
    while begin := _BEGIN.search(text, at):
        _check_plain(text, at, begin.start())
        if comment := _COMMENT.match(text, begin.end()):
            at = comment.end()
            continue
        action = _read(text, begin)
        yield action
        at = action.span[1]
    _check_plain(text, at, len(text))


def _check_plain(text: str, start: int, end: int) -> None:
    """A stray `}}` between actions is plain text to Prometheus; unless it belongs to braces of its own, as in JSON, it is not meant so."""
    plain = text[start:end]
    at = plain.find("}}")
    if at >= 0 and plain.count("{") != plain.count("}"):
        raise _unpaired((start + at, start + at + 2))


def _read(text: str, begin: re.Match[str]) -> _Action:
    tokens: list[_Token] = []
    for found in _TOKEN.finditer(text, begin.end()):
        kind = str(found.lastgroup)
        if kind == "close":
            return _Action((begin.start(), found.end()), tokens)
        if kind == "quote" and "}}" in text[found.end() :]:
            raise _refused("a quote is not closed", "close it, or use the other kind of quotes", found.span())
        if kind in {"open", "quote"}:
            break
        tokens.append(_Token(kind, found[0], found.span()))
    raise _unpaired((begin.start(), begin.start() + 2))


class _Parser:
    """Follows the nesting of actions and the variables that are known."""

    def __init__(self) -> None:
        self.blocks: list[_Block] = []
        self.known = list(_VARIABLES)

    def action(self, action: _Action) -> None:
        """One pair of braces."""
        tokens = _Tokens(action)
        keyword = tokens.take_keyword()
        match keyword:
            case "end":
                self._close(action)
            case "else":
                self._else(action, tokens)
            case "break" | "continue":
                if not self._in_range():
                    raise _refused(f"{keyword} stands outside of range", "leave it out", action.span)
            case "template":
                tokens.take_string(keyword)
                if tokens.peek():
                    self._pipeline(tokens)
            case "if" | "with" | "range" | "define" | "block":
                self._open(keyword, action, tokens)
            case _:
                self._pipeline(tokens)
        tokens.expect_end()

    def end(self) -> None:
        """The end of the text."""
        if self.blocks:
            block = self.blocks[-1]
            raise _refused(f"{block.keyword} has no end", "write {{ end }} where it ends", block.span)

    def _open(self, keyword: str, action: _Action, tokens: _Tokens) -> None:
        outer = list(self.known)
        if keyword in {"define", "block"}:
            if keyword == "define" and self.blocks:
                raise _refused(f"define stands inside of {self.blocks[-1].keyword}", "define templates outside of everything", action.span)
            tokens.take_string(keyword)
        if keyword != "define":
            self._pipeline(tokens, in_range=keyword == "range")
        if keyword in {"define", "block"}:
            self.known = ["$"]
        self.blocks.append(_Block(keyword, action.span, outer))

    def _close(self, action: _Action) -> None:
        if not self.blocks:
            raise _refused("there is nothing to end here", "leave this {{ end }} out", action.span)
        self.known = self.blocks.pop().outer

    def _else(self, action: _Action, tokens: _Tokens) -> None:
        block = self.blocks[-1] if self.blocks else None
        if block is None or block.has_else or block.keyword in {"define", "block"}:
            raise _refused("this else belongs to no if, with or range", "leave it out, or write what it belongs to before it", action.span)
        if block.keyword != "range" and (tokens.take("if") or tokens.take("with")):
            self._pipeline(tokens)
        else:
            block.has_else = True

    def _in_range(self) -> bool:
        for block in reversed(self.blocks):
            if block.keyword in {"range", "define", "block"}:
                return block.keyword == "range"
        return False

    def _pipeline(self, tokens: _Tokens, *, in_range: bool = False) -> None:
        self._declarations(tokens, in_range=in_range)
        self._command(tokens, is_first=True)
        while tokens.take("|") and tokens.peek():
            self._command(tokens, is_first=False)

    def _declarations(self, tokens: _Tokens, *, in_range: bool) -> None:
        names, rest = tokens.declared()
        if names and len(names) <= 1 + in_range:
            self.known += names
            tokens.rest = rest

    def _command(self, tokens: _Tokens, *, is_first: bool) -> None:
        token = tokens.peek()
        if token is None or token.text in {"|", ")"}:
            raise tokens.empty()
        if not is_first and (token.kind in {"string", "number", "rune"} or token.text in {*_CONSTANTS, "."}):
            raise _refused(f"{token.text} cannot follow a |", "a function must stand there, for example humanize", token.span)
        while (token := tokens.peek()) and token.text not in {"|", ")"}:
            self._operand(tokens, token)

    def _operand(self, tokens: _Tokens, token: _Token) -> None:
        tokens.next()
        if token.text == "(":
            self._pipeline(tokens)
            if not tokens.take(")"):
                raise _refused("a parenthesis is not closed", "close it", token.span)
        elif token.kind == "word":
            _check_function(token)
        elif token.kind == "variable":
            self._check_variable(token)
        elif token.kind not in {"string", "number", "rune", "field"} and token.text != ".":
            raise _stray(token)
        while (follows := tokens.adjacent()) and follows.kind == "field":
            tokens.next()
        if follows and follows.kind != "space" and follows.text not in {"|", ")", "("}:
            raise _stray(follows)

    def _check_variable(self, token: _Token) -> None:
        if token.text not in self.known:
            near = nearest(token.text, self.known, likeness=0.5)
            help = f"did you mean {near}?" if near else "$labels.name is a label, $value the value; others are declared first: {{ $x := ... }}"
            raise _refused(f"no variable is called {token.text}", help, token.span)


def _check_function(token: _Token) -> None:
    if token.text in _KEYWORDS:
        raise _refused(f"{token.text} cannot stand here", "give it braces of its own", token.span)
    if token.text not in _FUNCTIONS | _CONSTANTS:
        near = nearest(token.text, sorted(_FUNCTIONS), likeness=0.7)
        help = f"did you mean {near}?" if near else "{{ $labels.name }} is a label, {{ $value }} the value, {{ $value | humanize }} a function of it"
        raise _refused(f"no function is called {token.text}", help, token.span)


def _stray(token: _Token) -> _Refused:
    function = _COMPARISONS.get(token.text[0])
    help = f"templates compare by functions: {function} $value 1.0" if function else "a label whose name is unusual is read by {{ index $labels `name` }}"
    return _refused(f"unexpected {token.text}", help, token.span)


class _Tokens:
    """The tokens of one action, read from the left; spaces are passed over but where they matter."""

    def __init__(self, action: _Action) -> None:
        self.span = action.span
        self.rest = action.tokens

    def peek(self) -> _Token | None:
        """The next token that is no space."""
        return next((token for token in self.rest[:2] if token.kind != "space"), None)

    def adjacent(self) -> _Token | None:
        """The very next token, be it a space."""
        return self.rest[0] if self.rest else None

    def next(self) -> None:
        """Pass over the next token."""
        self.rest = self.rest[2 if self.rest[0].kind == "space" else 1 :]

    def take(self, sign: str) -> bool:
        """Whether this sign comes next; it is passed over."""
        token = self.peek()
        found = token is not None and token.text == sign
        if found:
            self.next()
        return found

    def take_keyword(self) -> str:
        """The keyword that comes next, or an empty text."""
        token = self.peek()
        if token is None or token.text not in _KEYWORDS:
            return ""
        self.next()
        return token.text

    def take_string(self, keyword: str) -> None:
        """Pass over the name that a keyword needs."""
        token = self.peek()
        if token is None or token.kind != "string":
            raise _refused(f"{keyword} needs a name in quotes", f'write for example {{{{ {keyword} "name" }}}}', self.span)
        self.next()

    def declared(self) -> tuple[list[str], list[_Token]]:
        """The variables that are declared or set at the beginning, and what follows."""
        solid = [token for token in self.rest if token.kind != "space"][:4]
        texts = [token.text for token in solid]
        for count in (1, 2):
            names, sign = solid[: 2 * count - 1 : 2], solid[2 * count - 1 : 2 * count]
            if sign and sign[0].kind == "declare" and all(name.kind == "variable" for name in names) and texts[1 : 2 * count - 2] == [","] * (count - 1):
                return [name.text for name in names], self.rest[self.rest.index(sign[0]) + 1 :]
        return [], self.rest

    def empty(self) -> _Refused:
        """A value is missing here."""
        return _refused("a value is missing", "write for example {{ $labels.name }} or {{ $value }}", self.span)

    def expect_end(self) -> None:
        """Nothing more may follow."""
        if token := self.peek():
            raise _stray(token)
