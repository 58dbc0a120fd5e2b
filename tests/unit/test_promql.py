"""The PromQL door: selectors and expressions of users, understood."""

from __future__ import annotations

import pytest

from slo_compiler.promql import Expression, Matcher, Selector, equals, operand, parses, selector
from slo_compiler.promql.faults import syntax_fault
from slo_compiler.quantities import Problem


def chosen(text: str) -> Selector:
    found = operand(text)
    assert isinstance(found, Selector), found
    return found


def expressed(text: str) -> Expression:
    found = operand(text)
    assert isinstance(found, Expression), found
    return found


def refused(text: str) -> Problem:
    found = operand(text)
    assert isinstance(found, Problem), found
    assert found.help
    return found


@pytest.mark.parametrize(
    ("text", "matchers"),
    [
        ("x", []),
        (" x ", []),
        ("a:b_c", []),
        ("x{}", []),
        ("x { } ", []),
        ("x{a='b'}", [("a", "=", "b")]),
        ('x{a="b",}', [("a", "=", "b")]),
        ('x{ a != "b" , c =~ "d|e" }', [("a", "!=", "b"), ("c", "=~", "d|e")]),
        ('x{a="c,d}"}', [("a", "=", "c,d}")]),
        ('x{a=""}', [("a", "=", "")]),
        (r'x{a="\"\\\n"}', [("a", "=", '"\\\n')]),
        (r"x{a='\''}", [("a", "=", "'")]),
        ("x{a=`b`}", [("a", "=", "b")]),
        (r'x{a=~"5\\d+"}', [("a", "=~", r"5\d+")]),
        ('x{a="$window"}', [("a", "=", "$window")]),
        ('x{a!~"b.*"}', [("a", "!~", "b.*")]),
        ('x{a="ü"}', [("a", "=", "ü")]),
    ],
)
def test_a_selector_is_understood(text: str, matchers: list[tuple[str, str, str]]) -> None:
    found = chosen(text)
    assert [(one.label, one.op, one.value) for one in found.matchers] == matchers


@pytest.mark.parametrize("text", ["x", 'x{a="b",c!~"d"}', r'x{a="\"\\\n",b="ü"}', r'x{a=~"\\d+"}'])
def test_a_selector_is_printed_so_that_it_reads_back(text: str) -> None:
    assert chosen(str(chosen(text))) == chosen(text)


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("x-total", "promql/metric-name"),
        ("x.y.z", "promql/metric-name"),
        ('{"a.b"}', "promql/metric-name"),
        ("x offset 5m", "promql/no-window"),
        ("x[5m]", "promql/no-window"),
        ("sum(x)", "promql/no-window"),
        ('{a="b"}', "promql/metric-name"),
        ('{__name__="x"}', "promql/metric-name"),
        ('x{"a.b"="c"}', "promql/syntax"),
        ('x{jöb="a"}', "promql/syntax"),
        ('x{a:b="c"}', "promql/syntax"),
        ("1", "promql/no-window"),
        ("x @ 5", "promql/no-window"),
        ("", "promql/syntax"),
        ("x{", "promql/syntax"),
        ("x{a}", "promql/syntax"),
        ("x{a=b}", "promql/syntax"),
        ('x{a=~"("}', "promql/syntax"),
        ("x{a='b' c='d'}", "promql/syntax"),
        ("sum(rate(x[$window])", "promql/syntax"),
        ("sum(rate(x[$window]))) ", "promql/syntax"),
        ("rate(x[$window]", "promql/syntax"),
        ("sum(rate(x[$window))]", "promql/syntax"),
        ("ratee(x[$window])", "promql/syntax"),
        ("rate(x[$windows])", "promql/syntax"),
        ('rate(x{a="b[$window])', "promql/syntax"),
        ("$window", "promql/syntax"),
        ("sum(rate(x[$window])) foo", "promql/syntax"),
        ("limitk(1, rate(x[$window]))", "promql/experimental"),
        ("holt_winters(x[$window], 0.5, 0.5)", "promql/syntax"),
    ],
)
def test_what_is_neither_selector_nor_expression(text: str, id: str) -> None:
    assert refused(text).id == id


@pytest.mark.parametrize("text", ["scalar(rate(x[$window]))", "rate(x[$window])[5m:1m]", "1 + scalar(rate(x[$window]))"])
def test_what_cannot_be_summed_is_no_expression(text: str) -> None:
    assert "cannot be summed" in refused(text).message


@pytest.mark.parametrize(
    "text",
    [
        "(" * 1500 + "rate(x[$window])" + ")" * 1500,
        "-" * 1900 + "rate(x[$window])",
        "-" * 5000,
        "x{" + 'a="b",' * 3000 + "}",
        "x" * 10_001,
        "(" * 100_000 + "x{",
    ],
    ids=["brackets", "signs", "more-signs", "matchers", "name", "open"],
)
def test_what_would_end_the_parsers_stack_is_not_given_to_it(text: str) -> None:
    assert "too long, or nested too deeply" in refused(text).message


def test_a_hundred_brackets_are_all_right() -> None:
    assert expressed("(" * 100 + "rate(x[$window])" + ")" * 100).per == "second"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("sum(ratee(x[$window]))", "ratee"),
        ("rate(x[$window]", "("),
        ("x{a=5}", "5"),
        ("x{a='b' c='d'}", "c"),
        ("sum(rate(x[$window])) foo", "foo"),
        ("rate(x[$window]))", ")"),
        ('sum(rate(x{a="b[$window]))', '"b[$window]))'),
        ("limitk(1, rate(x[$window]))", "limitk"),
        ("sum(rate(x[$window)])", ")"),
        ("rate(x-y.z[$window]) }", "}"),
        ('x{job~="a"}', "~"),
        ('x{job=="a"}', "="),
        ('x{"a.b"="c"}', '"a.b"'),
        ('x{c="=", "job"!="a"}', '"job"'),
        ('x{jöb="a"}', "ö"),
        ('x{a="b", c-d=~"e"}', "-"),
        ('{"foo.bar"}', "."),
        ("sum(rate(x[$window])) * $window", "$window"),
        ("rate(x[${window}])", "${window}"),
        ("rate(x[$Window])", "$Window"),
        ("rate(x[$windw])", "$windw"),
        ("rate(x[$__rate_interval])", "$__rate_interval"),
    ],
)
def test_a_mistake_is_underlined(text: str, part: str) -> None:
    span = refused(text).span
    assert span
    assert text[slice(*span)].strip() == part


@pytest.mark.parametrize(
    ("text", "help"),
    [
        ('{__name__="x"}', "write x"),
        ('{__name__="x", a="b"}', 'write x{a="b"}'),
        ('{"x"}', "write x"),
        ('{a="b"}', 'name{a="b"}'),
        ('{__name__=~"x|y"}', "name{...}"),
        ('x{job~="a"}', "write =~"),
        ('x{"job"="a"}', "write job without"),
        ("rate(x[${window}])", "did you mean $window?"),
        ("rate(x[$windw])", "did you mean $window?"),
        ("rate(x[$__interval])", "$window is the only one"),
        ("sum(rate(x[$window])) * $window", "in brackets"),
    ],
)
def test_the_next_step_is_said(text: str, help: str) -> None:
    assert help in refused(text).help


@pytest.mark.parametrize("text", ["x{", "x{a=5}", "x{a=b}", 'x{job=="a"}', "x y"])
def test_a_window_that_nobody_wrote_is_not_spoken_of(text: str) -> None:
    found = refused(text)
    assert "$window" not in found.message + found.help


@pytest.mark.parametrize("text", ["rate(x[5m] offset $window)", "rate(x[$window] offset -$window)", "max_over_time(x[1h:$window])", 'x{a="$windw"}'])
def test_a_window_may_stand_where_a_duration_does(text: str) -> None:
    assert not isinstance(operand(text), Problem)


@pytest.mark.parametrize(
    ("text", "per"),
    [
        ("rate(x[$window])", "second"),
        ("sum(irate(x[$window]))", "second"),
        ("deriv(x[$window])", "second"),
        ("increase(x[$window])", "window"),
        ("sum_over_time(x[$window])", "window"),
        ("sum_over_time(x[$window:1m])", "window"),
        ("delta(x[$window])", None),
        ("rate(x[$window]) + increase(y[$window])", None),
        ("rate(x[$window]) - rate(y[$window])", "second"),
        ("-(rate(x[$window]))", "second"),
        ("rate(x[5m]) + increase(y[$window])", "window"),
        ("clamp_min(rate(x[$window]), 0)", "second"),
    ],
)
def test_an_expression_tells_how_it_counts(text: str, per: str | None) -> None:
    assert expressed(text).per == per


@pytest.mark.parametrize(
    ("text", "keeps"),
    [
        ("rate(x[$window])", None),
        ("sum(rate(x[$window]))", set()),
        ("sum by (a, b) (rate(x[$window]))", {"a", "b"}),
        ("sum without (a) (rate(x[$window]))", None),
        ("(sum by (a) (rate(x[$window])))", {"a"}),
        ("-sum by (a) (rate(x[$window]))", {"a"}),
        ("sum by (a) (rate(x[$window])) + sum by (a, b) (rate(y[$window]))", {"a"}),
        ("sum by (a) (rate(x[$window])) + rate(y[$window])", {"a"}),
        ("clamp_min(sum by (a) (rate(x[$window])), 0)", {"a"}),
        ("rate(x[$window]) * 2", None),
    ],
)
def test_an_expression_tells_which_labels_it_keeps(text: str, keeps: set[str] | None) -> None:
    assert expressed(text).keeps == (None if keeps is None else frozenset(keeps))


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("rate(x[$window])", ""),
        ("sum without (a) (rate(x[$window]))", "a"),
        ("sum by (a, b) (sum without (a) (rate(x[$window])))", "ac"),
        ("sum by (a, b) (sum by (a) (rate(x[$window])))", "bc"),
        ("sum without (c) (sum by (a) (rate(x[$window])))", "bc"),
        ("rate(x[$window]) + sum without (a) (rate(y[$window]))", "a"),
        ("sum(rate(x[$window]))", "abc"),
    ],
)
def test_an_expression_tells_which_labels_it_loses(text: str, lost: str) -> None:
    assert "".join(label for label in "abc" if expressed(text).loses(label)) == lost


def test_the_window_is_filled_in_everywhere() -> None:
    assert expressed("rate(x[$window]) / rate(y[$window])").over("5m") == "rate(x[5m]) / rate(y[5m])"


@pytest.mark.parametrize("text", ["rate(x[$window])", "sum(x)"])
def test_an_expression_is_no_selector(text: str) -> None:
    found = selector(text)
    assert isinstance(found, Problem)
    assert found.id == "promql/not-a-selector"


def test_a_selector_is_a_selector() -> None:
    assert selector("x") == Selector("x")


@pytest.mark.parametrize(("op", "negated"), [("=", "!="), ("!=", "="), ("=~", "!~"), ("!~", "=~")])
def test_a_matcher_is_negated(op: str, negated: str) -> None:
    assert Matcher("a", op, "b").negated() == Matcher("a", negated, "b")


def test_matchers_are_added() -> None:
    assert Selector("x").where(equals("a", "b")) == 'x{a="b"}'
    assert chosen('x{a="b"}').narrowed(equals("c", '"')) == r'x{a="b",c="\""}'
    assert chosen('x{a="b"}').narrowed() == 'x{a="b"}'


def test_a_selector_in_a_label_has_single_quotes() -> None:
    assert chosen(r"""x{a="it's \\ b"}""").single_quoted() == r"x{a='it\'s \\ b'}"
    assert Selector("x").single_quoted() == "x"


@pytest.mark.parametrize(
    ("part", "whole", "extra"),
    [
        ('x{a="b"}', "x", [equals("a", "b")]),
        ('x{a="b",c="d"}', 'x{c="d"}', [equals("a", "b")]),
        ("x", "x", []),
        ("x", 'x{a="b"}', None),
        ('y{a="b"}', "x", None),
        ('x{a="c"}', 'x{a="b"}', None),
    ],
)
def test_what_a_selector_has_beyond_another(part: str, whole: str, extra: list[Matcher] | None) -> None:
    assert chosen(part).extra_over(chosen(whole)) == (None if extra is None else tuple(extra))


def test_a_histograms_series_share_its_labels() -> None:
    assert str(chosen('x{a="b"}').suffixed("_count")) == 'x_count{a="b"}'


@pytest.mark.parametrize("text", ["x", "rate(x[$window])", "1 + 1"])
def test_good_syntax_has_no_fault(text: str) -> None:
    assert syntax_fault(text) is None


def test_parses_says_why_not() -> None:
    assert parses("x") is None
    assert parses("x{")


@pytest.mark.parametrize("text", ["x[7775999999ms]", "x[7776000000ms:5m]", "x[4294967296ms] offset 9999999999ms"])
def test_more_milliseconds_than_the_library_counts_are_promql(text: str) -> None:
    assert parses(f"sum_over_time({text})") is None
