"""What the rules cost, counted by Prometheus' own query statistics: beside Sloth's rules for the same SLOs, and beside what `slo explain` foretells."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest
import yaml

from tests.cases_runner import inside, slo
from tests.live.costs import sloth
from tests.live.costs.data import END, raw, recorded, recorded_by_sloth
from tests.live.replay.store import Rule, Series, Store, rules_of
from tests.live.replay.traffic import DAY, HOUR
from tests.servers import lines

COSTS = Path(__file__).parent / "costs"
README, PROOF = (Path(__file__).parents[2] / page for page in ("README.md", "docs/proof.md"))
TEN = (COSTS / "assistant.yaml").read_text(encoding="utf-8")
KINDS = (COSTS / "kinds.yaml").read_text(encoding="utf-8")
MODELS = ("large", "small")

#: As the configuration scrapes that comes with Prometheus. It evaluates rules each 15 s, too; Sloth is granted the default, a minute.
USUAL_SCRAPE = 15
SCRAPES = (15, 30, 60)
#: Of one SLO: how many raw series the selector of all events finds, half of them of bad ones; and how often they are scraped.
ONE = tuple(product((2, 10, 50), SCRAPES))
#: Services of ten SLOs each, and how often they are scraped: a hundred as usual, ten more as by default.
ASSISTANTS = {**{f"assistant-{number}": USUAL_SCRAPE for number in range(10)}, "assistant-slow": 60}
#: Scrape interval and step, in seconds.
SETTINGS = ((15, 60), (60, 60), (30, 30), (15, 15))


@dataclass(frozen=True)
class Cost:
    """Samples that rules read in an hour."""

    ours: float
    sloth: float

    @property
    def factor(self) -> float:
        return self.sloth / self.ours

    def row(self, what: object, scrape: int) -> str:
        """A row of the table in docs/proof.md, in millions."""
        return f"| {what} | {scrape} s | {self.ours / 1e6:.2f} M | {self.sloth / 1e6:.2f} M | {self.factor:.1f} |"


def compiled(folder: Path, **files: str) -> dict[str, list[Rule]]:
    """The rules of all services in the files."""
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    subprocess.run([sys.executable, "-m", "slo_compiler", "compile", str(folder), "-o", str(folder / "rules")], check=True, capture_output=True)
    return {path.name.partition(".")[0]: rules_of(path) for path in (folder / "rules").iterdir()}


def read_an_hour(store: Store, rules: list[Rule]) -> float:
    """Samples that rules read in an hour: each evaluation reads as many."""
    return sum(store.samples_read(rule.expr, END) * HOUR / rule.interval for rule in rules)


# --- beside Sloth ------------------------------------------------------------------------------------------------------------------


def sized(size: int, scrape: int) -> tuple[str, str]:
    """A job, and the file of its one SLO."""
    job = f"size-{size}-scrape-{scrape}"
    total = f'requests_total{{job="{job}"'
    promise = {"name": "x", "category": "quality", "objective": "99.9%", "sli": {"events": {"total": f"{total}}}", "bad": f'{total},outcome="error"}}'}}}
    return job, json.dumps({"version": "slo/v1", "service": job, "slos": [promise]})


def requests(job: str, size: int, scrape: int) -> Iterator[Series]:
    """So many raw series, half of them of bad events."""
    yield from raw("requests_total", scrape, 3 * DAY, job=[job], instance=map(str, range(size // 2)), outcome=["ok", "error"])


def metrics(job: str, scrape: int) -> Iterator[Series]:
    """Three pods, two models, three outcomes, two histograms: those buckets for three days that Sloth's rules read so far back."""
    histograms = [one["sli"] for one in yaml.safe_load(TEN)["slos"] if "histogram" in one["sli"]]
    where = {"job": [job], "instance": ["a:80", "b:80", "c:80"], "model": MODELS}
    yield from raw("llm_requests_total", scrape, 3 * DAY, **where, outcome=["ok", "error", "timeout"])
    for metric in ("llm_ttft_seconds", "llm_cost_dollars"):
        own = [sli for sli in histograms if metric in sli["histogram"]["metric"]]
        limits = {sloth.le(sli) for sli in own}
        others = {str(float(bound)) for bound in own[0]["histogram"]["buckets"]} - limits | {"+Inf"}
        yield from raw(f"{metric}_count", scrape, 3 * DAY, **where)
        yield from raw(f"{metric}_bucket", scrape, 3 * DAY, **where, le=limits)
        yield from raw(f"{metric}_bucket", scrape, 2 * HOUR, **where, le=others)


@pytest.fixture(scope="module")
def costs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Cost]:
    """What all SLOs of each job cost."""
    folder = tmp_path_factory.mktemp("cost")
    texts = {**dict(sized(*one) for one in ONE), **{job: TEN.replace("assistant", job) for job in ASSISTANTS}}
    ours = compiled(folder, **texts)
    peers = {job: [rule for one in yaml.safe_load(text)["slos"] for rule in sloth.rules(f"{job}-{one['name']}", one["sli"])] for job, text in texts.items()}
    store = Store(lines()[-1], folder)
    store.add(series for one in ONE for series in requests(sized(*one)[0], *one))
    store.add(series for job, scrape in ASSISTANTS.items() for series in metrics(job, scrape))
    store.add(series for rules in ours.values() for series in recorded(rules))
    store.add(series for rules in peers.values() for series in recorded_by_sloth(rules))
    with store.serving():
        found = {job: Cost(read_an_hour(store, ours[job]), read_an_hour(store, peers[job])) for job in texts}
    print("\nsamples read for an SLO in an hour", *table(found), sep="\n")
    return found


def mean(costs: dict[str, Cost], scrape: int) -> Cost:
    """The mean of the SLOs in the services that are scraped so often."""
    services = [costs[job] for job, each in ASSISTANTS.items() if each == scrape]
    slos = 10 * len(services)
    return Cost(sum(cost.ours for cost in services) / slos, sum(cost.sloth for cost in services) / slos)


def table(costs: dict[str, Cost]) -> list[str]:
    """What docs/proof.md tells."""
    rows = [costs[sized(*one)[0]].row(*one) for one in ONE]
    rows.append(mean(costs, USUAL_SCRAPE).row("6 to 18, 100 SLOs of 10 services", USUAL_SCRAPE))
    rows.append(mean(costs, 60).row("6 to 18, 10 SLOs of one of these", 60))
    return rows


def test_a_hundred_slos_cost_a_twentieth_of_sloths(costs: dict[str, Cost]) -> None:
    assert mean(costs, USUAL_SCRAPE).factor >= 20


def test_so_do_the_smallest_slos(costs: dict[str, Cost]) -> None:
    assert min(cost.factor for cost in costs.values()) >= 20


def test_the_docs_tell_these_costs(costs: dict[str, Cost]) -> None:
    usual, two = mean(costs, USUAL_SCRAPE), costs["size-2-scrape-60"]
    told = [f"| {usual.ours / 1e6:.1f} M | {usual.sloth / 1e6:.1f} M |", f"with two series once a minute the factor is {two.factor:.0f} "]
    pages = {PROOF: table(costs), README: told}
    missing = [row for page, rows in pages.items() for row in rows if row not in page.read_text(encoding="utf-8")]
    assert not missing, "\n".join(missing)


# --- beside what was foretold ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scrape", "step"), SETTINGS)
def test_explain_foretells_what_is_read(scrape: int, step: int, tmp_path: Path) -> None:
    split = re.sub(r"(?m)^service: (.*)", r"service: \1-by", KINDS).replace("defaults: {", "defaults: {by: [model], ")
    settings = f"version: slo/v1\nprometheus: {{scrape_interval: {scrape}s, evaluation_interval: {step}s}}\n"
    (tmp_path / "slo-compiler.yaml").write_text(settings)
    services = compiled(tmp_path, kinds=KINDS, split=split)
    store = Store(lines()[-1], tmp_path)
    store.add(sixteen_of_each(scrape))
    for service, rules in services.items():
        store.add(recorded(rules, model=MODELS) if service.endswith("-by") else recorded(rules))
    with store.serving(), inside(tmp_path):
        ratios = {service: foretold(service) / read_an_hour(store, rules) for service, rules in services.items()}
    print("\n", {service: round(ratio, 3) for service, ratio in ratios.items()})
    assert len(ratios) == 16
    assert all(0.8 <= ratio <= 1.2 for ratio in ratios.values()), ratios


def sixteen_of_each(scrape: int) -> Iterator[Series]:
    """Raw series for all kinds: what chooses all events finds sixteen."""
    seconds = ("0.05", "0.1", "0.25", "0.5", "0.75", "1.0", "1.5", "2.5", "5.0", "10.0", "+Inf")
    pods = [f"{pod}:80" for pod in range(8)]
    where = {"job": ["app"], "instance": pods, "model": MODELS}
    yield from raw("up", scrape, 2 * HOUR, job=["app"], instance=pods)
    yield from raw("requests_total", scrape, 2 * HOUR, **(where | {"instance": pods[:4]}), outcome=["ok", "error"])
    yield from raw("refusals_total", scrape, 2 * HOUR, **(where | {"instance": pods[:4]}))
    for metric, bounds in (("latency_seconds", seconds), ("score", ("1.0", "2.0", "3.0", "4.0", "5.0", "+Inf"))):
        yield from raw(f"{metric}_count", scrape, 2 * HOUR, **where)
        yield from raw(f"{metric}_bucket", scrape, 2 * HOUR, **where, le=bounds)


def foretold(service: str) -> int:
    """What `slo explain` says of the one SLO of a service."""
    values = "2" if service.endswith("-by") else "1"
    code, text = slo("explain", f"{service}/x", "kinds.yaml", "split.yaml", "--series", "16", "--values", values, "--format", "json")
    assert code == 0, text
    samples: int = json.loads(text)["samples_per_hour"]
    return samples
