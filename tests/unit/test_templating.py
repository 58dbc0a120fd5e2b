"""The Jinja door: leaves filled once a shape, the user's own first."""

from __future__ import annotations

import pytest

from slo_compiler.diagnostics import Spot
from slo_compiler.templating import TemplateFailure, Templates, Value

LEAF = "promql/constant.promql.j2"


def filled(template: str, **values: Value) -> str:
    return Templates({LEAF: template}).fill(LEAF, values)


def failure(template: str, **values: Value) -> TemplateFailure:
    with pytest.raises(TemplateFailure) as caught:
        filled(template, **values)
    assert caught.value.leaf == LEAF
    return caught.value


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("<< a >>", "A"),
        ("<< a >> << a >>", "A A"),
        ("<% if flag %>yes<% else %>no<% endif %>", "yes"),
        ("<# silence #>x", "x"),
        ("{{ $labels.x }}", "{{ $labels.x }}"),
        ("100 % %s %(a)s", "100 % %s %(a)s"),
        ("<< a|lower >>", "a"),
        ("<< a ~ b >>", "Atwo\nlines"),
        ("x\n\n", "x"),
        ("<% set c = a %><< c >>", "A"),
    ],
)
def test_a_leaf_is_filled(template: str, text: str) -> None:
    assert filled(template, a="A", b="two\nlines", flag=True) == text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("  << b >>", "  two\n  lines"),
        ("x << b >>", "x two\nlines"),
        ("(\n    << b >>\n)", "(\n    two\n    lines\n)"),
        ("  << b >> << b >>", "  two\n  lines two\nlines"),
    ],
)
def test_a_value_of_several_lines_keeps_the_indentation_of_its_place(template: str, text: str) -> None:
    assert filled(template, b="two\nlines") == text


@pytest.mark.parametrize("value", ["%s", "%(a)s", "\0b\0", "<< b >>", "{{ b }}", "\\1", "$b"])
def test_a_value_is_never_read_as_a_template(value: str) -> None:
    assert filled("[<< a >>]", a=value, b="B") == f"[{value}]"


def test_what_a_leaf_looks_at_makes_shapes_of_it() -> None:
    templates = Templates({LEAF: "<% if split %>a<% else %>b<% endif %> << n >>"})
    found = [templates.fill(LEAF, {"split": split, "n": n}) for split, n in [(True, "1"), (False, "2"), (True, "3")]]
    assert found == ["a 1", "b 2", "a 3"]


def test_a_value_that_is_printed_and_looked_at_is_right_each_time() -> None:
    templates = Templates({LEAF: '<% if n == "1" %>one<% else %><< n >><% endif %>'})
    assert [templates.fill(LEAF, {"n": n}) for n in "123"] == ["one", "2", "3"]


@pytest.mark.parametrize(
    ("template", "line", "message"),
    [
        ("<% if %>", 1, "Expected an expression"),
        ("fine\n<< a", 2, "unexpected end of template"),
        ("fine\n\n<% endif %>", 3, "endif"),
        ("<< nobody >>", 1, "'nobody' is undefined"),
        ("fine\n<< a.b >>", 2, "no attribute 'b'"),
        ("fine\n<< 1 / 0 >>", 2, "ZeroDivisionError"),
        ("<< a|nope >>", 1, "nope"),
        ("<< {}['x'].y >>", 1, "no attribute 'x'"),
        ("<< cycler() >>", 1, "RuntimeError"),
        ("<< a.encode().decode('x') >>", 1, "LookupError"),
        ("<< '{x}'.format() >>", 1, "KeyError"),
        ("<% include 'other' %>", 1, ""),
        ("<< '\\x00b\\x00' >>", 1, "NUL"),
        ("\0b\0", 1, "NUL"),
        ("<% macro r() %><< r() >><% endmacro %><< r() >>", 1, "RecursionError"),
    ],
)
def test_an_override_that_fails_tells_its_line(template: str, line: int, message: str) -> None:
    found = failure(template, a="A")
    assert found.spot.line == line
    assert message in found.message


def test_a_failing_line_is_underlined_without_its_indentation() -> None:
    assert failure("x\n   << a.b >>  ", a="A").spot == Spot(2, 4, 13)


def test_what_an_override_yields_is_judged() -> None:
    templates = Templates({LEAF: "<< a >>"}, lambda name, text: f"{name} yields {text}" if text == "bad" else None)
    assert templates.fill(LEAF, {"a": "good"}) == "good"
    with pytest.raises(TemplateFailure, match=f"{LEAF} yields bad"):
        templates.fill(LEAF, {"a": "bad"})


def test_our_own_leaves_are_not_judged() -> None:
    templates = Templates({}, lambda _name, _text: "no")
    assert templates.fill(LEAF, {"split": False, "total": "x", "number": "0.5"}) == "vector(0.5)"
