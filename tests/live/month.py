"""A month of the example's series in a real Prometheus, and how the queries of a page are asked there and read."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from slo_compiler import compiler
from slo_compiler.compiler import Compilation
from slo_compiler.dashboards import Dashboard, Query
from slo_compiler.pages import states
from tests.live.recorded import Story, record
from tests.live.replay.store import Store
from tests.servers import Line

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "chat-gateway.yaml"
STORIES = {
    "chat-gateway/ttft": Story(burn=0.45, drift=-0.01, incidents=((300, 298, 6),)),
    "chat-gateway/total": Story(burn=0.6, incidents=((2, 0, 17),)),
    "chat-gateway/acceptance": Story(burn=0.86, drift=0.026, rate=70),
    "chat-gateway/judge": Story(burn=1.1, incidents=((1.2, 0, 0.5),), rate=16),
    "chat-gateway/cost": Story(burn=0.42, incidents=((1.5, 0, 7.2), (330, 318, 2))),
    "chat-gateway/success": Story(burn=0.45, incidents=((210, 208.5, 40), (460, 459, 60))),
    "chat-gateway/provider": Story(by={value: Story(burn=0.4, quiet=2) for value in ("north", "south")}),
}
EXPECTED = {
    "ttft": states.HEALTHY, "total": states.BURNING, "acceptance": states.BREACHED, "judge": states.TOO_CLOSE, "cost": states.BURNING,
    "success": states.HEALTHY, "provider": states.NO_TRAFFIC,
}  # fmt: skip


def compiled(path: Path = EXAMPLE) -> Compilation:
    run = Compilation()
    compiler.validate(run, [str(path)])
    assert run.report.ok
    return run


@contextmanager
def served(line: Line, folder: Path, more: Mapping[Path, Mapping[str, Story]] | None = None) -> Iterator[tuple[Store, int]]:
    """A Prometheus with a month of the example, and of the stories of `more` files, and the moment at which they end."""
    store, end = Store(line, folder), int(time.time()) // 3600 * 3600 - 3600
    for path, stories in {EXAMPLE: STORIES, **(more or {})}.items():
        run = compiled(path)
        assert run.spec
        record(store, run.spec, compiler.rules(run), stories, end)
    with store.serving():
        yield store, end


def filled(query: Query, page: Dashboard) -> str:
    expr = query.expr
    for variable in sorted(page.variables, key=lambda one: -len(one.name)):
        expr = expr.replace(f"${variable.name}", variable.value)
    return expr


def said(query: Query, value: float) -> str:
    """A number, or the word that stands for it."""
    for word in query.words:
        if (word.low is None or word.low <= value) and (word.high is None or value <= word.high):
            return word.text
    return f"{value:g}"
