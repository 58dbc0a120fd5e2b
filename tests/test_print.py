"""What a browser prints of `slo report --format html`: one sheet, whatever has to be said, on A4 and on Letter."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cases_runner import slo

BROWSER = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), "")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-pdf-header-footer")
USUAL = {"title": "Time to first token", "service": "chat-gateway", "state": "Healthy", "value": 0.42, "unit": "s", "target": 0.6, "quantile": "p95"}
#: Longer than anybody would write it: titles, one of them a single word, unit, facts and sentence.
LONGEST = {
    "title": "the time until somebody reads the first word of an answer " * 6, "service": "service-" * 12, "state": "Too close to call", "kind": "check",
    "value": 123456.789, "unit": "requests-a-second-and-tenant", "decimals": 5, "target": 99999.5, "trend": "too early", "budget_left": -0.03,
    "other_slos": 123, "others_alerting": 99, "measured": "12 h of 30 d", "sample": 3214, "computed_over": "30 d",
    "fails_when": "more than 12.5 times its median of 28 days away from that of another SLO " * 2,
}  # fmt: skip
FULL = {**USUAL, "trend": "too early", "budget_left": 0.98, "other_slos": 12, "others_alerting": 3, "measured": "12 h of 30 d", "sample": 3214}


def four(entry: dict[str, Any], **keys: Any) -> dict[str, Any]:
    """A report in which all categories say the same."""
    return {**keys, "data_until": "2026-11-25T16:00:00Z", "categories": [{**entry, "category": one} for one in ("latency", "quality", "cost", "availability")]}


REPORTS = {
    "usual": four(USUAL),
    "full": four(FULL, title="Are we keeping our promises this winter?"),
    "longest": four(LONGEST, title="All that was promised to anybody " * 5),
    "one word": four({**LONGEST, "title": "x" * 300}),
    "no SLO": {"categories": [{"category": "cost", "state": "Not measured"}]},
}


@pytest.mark.parametrize("size", ["A4", "letter"])
@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_one_sheet(name: str, size: str, tmp_path: Path) -> None:
    assert BROWSER, "no Chromium here: install it (apt-get install chromium), then run `make setup`"
    code, page = slo("report", "--numbers", "-", "--format", "html", stdin=json.dumps(REPORTS[name]).encode())
    assert code == 0
    assert "size: auto" in page
    html, pdf = tmp_path / "report.html", tmp_path / "report.pdf"
    html.write_text(page.replace("size: auto", f"size: {size}"), encoding="utf-8")
    subprocess.run([BROWSER, *FLAGS, f"--user-data-dir={tmp_path}/browser", f"--print-to-pdf={pdf}", html.as_uri()], check=True, capture_output=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes())) == 1
