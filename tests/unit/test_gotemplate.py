"""Texts that Prometheus reads and texts that it refuses, both held against promtool."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from slo_compiler import gotemplate
from tests.servers import lines

ACCEPTED = (
    "no template at all",
    "{{ $value }}",
    "{{$value}}",
    "{{- $value -}}",
    "a {{ $labels.provider }} b {{ $labels.provider | toUpper }} c",
    "{{ $labels.provider.x }}",
    "{{ .Labels.provider }}",
    "{{ . }}",
    "{{ true }}{{ 1 }}{{ -1.5e3 }}{{ 0x1F }}{{ 'a' }}{{ .5 }}",
    "{{ $externalLabels.cluster }}{{ $externalURL }}{{ $ }}{{ externalURL }}{{ pathPrefix }}",
    '{{ "quoted \\" }}" }}{{ `raw }} {{ text` }}',
    "{{/* a comment */}}{{- /* another {{ */ -}}",
    "{{ $value | }}",
    "{{ $x := 1 }}{{ $x }}{{ $x = 2 }}",
    "{{$x:=1}}{{$x}}",
    "{{ if $value }}a{{ end }}",
    "{{ if gt $value 1.0 }}a{{ else if lt $value 0.5 }}b{{ else }}c{{ end }}",
    "{{ if and (gt $value 1.0) (lt $value 2.0) }}a{{ end }}",
    "{{ if $x := $labels.a }}{{ $x }}{{ else }}{{ $x }}{{ end }}",
    '{{ with query "up" }}{{ . | first | value | humanizePercentage }}{{ else }}none{{ end }}',
    "{{ with printf `up{job=%q}` $labels.job | query }}{{ . | first | value | humanizeDuration }}{{ end }}",
    '{{ range query "up" }}{{ .Labels.instance }} {{ .Value | humanize1024 }}{{ end }}',
    '{{ range $i, $x := query "up" }}{{ $i }}{{ if $x }}{{ break }}{{ else }}{{ continue }}{{ end }}{{ end }}',
    '{{ range $x := query "up" | sortByLabel "job" }}{{ $x.Value }}{{ else }}none{{ end }}',
    '{{ define "t" }}{{ .x }}{{ end }}{{ template "t" . }}{{ template "t" }}',
    '{{ define "t" }}{{ $ }}{{ end }}{{ template "t" (args $labels $value) }}',
    '{{ block "b" $labels }}{{ .provider }}{{ end }}',
    '{{ (query "up" | first).Value }}{{ (index $labels "a-b") }}{{ index $labels `a.b` }}',
    '{{ reReplaceAll "a" "b" $labels.x | title | safeHtml }}{{ match "a.*" $labels.x }}',
    '{{ $value | printf "%.2f" }}{{ print $value }}{{ println nil }}',
    '{{ graphLink "up" }}{{ tableLink "up" }}{{ stripPort "a:1" }}{{ stripDomain "a.b" }}{{ parseDuration "1h" }}',
    '{{ humanizeTimestamp $value }}{{ toTime $value }}{{ label "a" (query "up" | first) }}{{ strvalue (query "up" | first) }}',
    '{{ urlquery $labels.x }}{{ js $labels.x }}{{ html $labels.x }}{{ len $labels.x }}{{ not true }}{{ or 1 2 }}{{ eq 1 1 }}{{ slice "abc" 1 2 }}',
    "{{ $labels.x\n | toUpper }}",
    '{"payload": {"team": {"name": "x"}}}',
    "{{ $labels.grün }}",
    "{{ with $x := 1 }}{{ with $y := 2 }}{{ $x }}{{ $y }}{{ end }}{{ end }}",
    "single { brace } and {",
    '{{ if true }}{{ template "t" }}{{ end }}',
    '{{ "{{" }}',
)  # fmt: skip
#: text -> where the caret stands
REFUSED = {
    "{{ $labels.foo | bar }}": "bar",
    "{{ if }}a{{ end }}": "{{ if }}",
    "{{x}}": "x",
    "{{ nope }}": "nope",
    "{{ $lbaels.x }}": "$lbaels",
    "{{ $Labels.x }}": "$Labels",
    "{{ }}": "{{ }}",
    "{{}}": "{{}}",
    "{{ - }}": "-",
    "{{ if $value }}a": "{{ if $value }}",
    "{{ range query `up` }}{{ if true }}{{ end }}": "{{ range query `up` }}",
    "{{ end }}": "{{ end }}",
    "{{ else }}": "{{ else }}",
    "{{ if true }}{{ else }}{{ else }}{{ end }}": "{{ else }}",
    "{{ range query `up` }}{{ else if true }}{{ end }}": "if",
    "{{ if true }}{{ end if }}": "if",
    "{{ break }}": "{{ break }}",
    "{{ continue }}": "{{ continue }}",
    "{{ $value > 1 }}": ">",
    "{{ if $value > 1 }}a{{ end }}": ">",
    "{{ $labels.foo-bar }}": "-",
    "{{ $labels[0] }}": "[",
    "{{ /* spaces before a comment */}}": "/",
    "{{ $value | | humanize }}": "{{ $value | | humanize }}",
    "{{ | humanize }}": "{{ | humanize }}",
    "{{ ( }}": "{{ ( }}",
    "{{ (print 1 }}": "(",
    "{{ print 1) }}": ")",
    "{{ print 5m }}": "m",
    "{{ $value | 1 }}": "1",
    "{{ $value | true }}": "true",
    '{{ print "a""b" }}': '"b"',
    '{{ print "open }}': '"',
    "{{ print 'open }}": "'",
    "{{ print `open }}": "`",
    '{{ if true }}{{ define "t" }}{{ end }}{{ end }}': '{{ define "t" }}',
    "{{ define t }}{{ end }}": "{{ define t }}",
    "{{ template t }}": "{{ template t }}",
    '{{ block "b" }}{{ end }}': '{{ block "b" }}',
    '{{ define "t" }}{{ $labels.x }}{{ end }}': "$labels",
    "{{ if true }}{{ $x := 1 }}{{ end }}{{ $x }}": "$x",
    "{{ $x, $y := 1 }}": "$x",
    "{{ print if }}": "if",
    "{{ humanise $value }}": "humanise",
    "{{ $labels.a, $labels.b }}": ",",
    "{{ service }}": "service",
    "{{ $value * 100 }}": "*",
    "{{ $value % 2 }}": "%",
    "{{ # }}": "#",
    "{{ $labels.provider }": "{{",
    "{{ $labels.provider": "{{",
    "{{ a {{ b }}": "{{",
    "{{ { }}": "{",
    "{{/* open": "{{",
}  # fmt: skip
NEWER = ("{{ now }}", "{{ toDuration 1 }}")  # functions of later versions


@pytest.mark.parametrize("text", [*ACCEPTED, *NEWER])
def test_what_prometheus_reads_is_accepted(text: str) -> None:
    assert gotemplate.fault(text) is None


@pytest.mark.parametrize(("text", "at"), REFUSED.items())
def test_what_prometheus_refuses_is_refused_at_its_place(text: str, at: str) -> None:
    problem = gotemplate.fault(text)
    assert problem
    assert problem.span
    assert text[slice(*problem.span)] == at, problem


@pytest.mark.parametrize(
    ("text", "id", "help"),
    [
        ("{{ $lbaels.x }}", "text/template", "did you mean $labels?"),
        ("{{ $value | humanise }}", "text/template", "did you mean humanize?"),
        ("{{ service }}", "text/template", "{{ $labels.name }} is a label"),
        ("{{ if $value > 1 }}", "text/template", "gt $value 1.0"),
        ("{{ $labels.a-b }}", "text/template", "index $labels"),
        ("{{ $value }", "text/braces", "both pairs"),
        ("{ $labels.x }} is off", "text/braces", "both pairs"),
    ],
)
def test_the_next_step_is_said(text: str, id: str, help: str) -> None:
    problem = gotemplate.fault(text)
    assert problem
    assert problem.id == id
    assert help in problem.help


def test_nesting_without_end_is_no_crash() -> None:
    problem = gotemplate.fault("{{" + "(" * 50_000 + "1" + ")" * 50_000 + "}}")
    assert problem
    assert problem.id == "text/template"


def _write(folder: Path, texts: list[str]) -> list[str]:
    names = [f"{index}.yml" for index in range(len(texts))]
    for name, text in zip(names, texts, strict=True):
        rule = {"alert": "A", "expr": "up", "annotations": {"text": text}}
        (folder / name).write_text(json.dumps({"groups": [{"name": "g", "rules": [rule]}]}))
    return names


@pytest.mark.parametrize("line", lines(), ids=lambda line: line.version)
def test_promtool_agrees(line, tmp_path: Path) -> None:
    texts = [*ACCEPTED, *REFUSED]
    said = line.check(tmp_path, "check", "rules", *_write(tmp_path, texts)).stdout
    of_file = re.split(r"(?m)^Checking (\d+)\.yml$", said)[1:]
    refused = {texts[int(number)] for number, words in zip(of_file[::2], of_file[1::2], strict=True) if "FAILED" in words}
    assert refused == set(REFUSED)
