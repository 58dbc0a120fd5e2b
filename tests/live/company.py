"""Two made-up companies whose pages are drawn and tested: their SLO files, how each SLO does, and the state that it must be shown in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from slo_compiler import compiler, names
from slo_compiler.compiler import Compilation
from slo_compiler.pages.states import BREACHED, BURNING, HEALTHY, NO_TRAFFIC, NOT_MEASURED, TOO_CLOSE, State
from tests.live.recorded import Story

PAGES = Path(__file__).parents[1] / "pages"


@dataclass(frozen=True)
class Company:
    """A folder of SLO files, and of each SLO the story and the state."""

    folder: Path
    told: dict[str, tuple[Story, State]]

    @property
    def stories(self) -> dict[str, Story]:
        """The stories by the full names of the SLOs."""
        return {name: story for name, (story, _) in self.told.items()}

    def read(self) -> Compilation:
        """What its files say."""
        run = Compilation()
        compiler.validate(run, [str(self.folder)])
        assert run.report.ok, run.report
        return run


COMPANY = Company(
    PAGES / "company",
    {
        "chat-gateway/ttft": (Story(burn=0.45, drift=-0.01, incidents=((300, 298, 6),), raw=True), HEALTHY),
        "chat-gateway/total": (Story(burn=0.55, incidents=((500, 497, 5),)), HEALTHY),
        "chat-gateway/acceptance": (Story(burn=0.86, drift=0.026, rate=70), BREACHED),
        "chat-gateway/judge": (Story(burn=0.97, incidents=((24, 0, 1.1),), rate=16), TOO_CLOSE),
        "chat-gateway/cost": (Story(burn=0.42, drift=0.006, incidents=((1.5, 0, 7.2), (330, 318, 2)), raw=True), BURNING),
        "chat-gateway/bill": (Story(burn=0.8, incidents=((40, 0, 2.4),)), BURNING),
        "chat-gateway/success": (Story(burn=0.45, incidents=((210, 208.5, 40), (460, 459, 60))), HEALTHY),
        "chat-gateway/provider": (
            Story(
                by={
                    "north": Story(burn=0.4, rate=300),
                    "south": Story(burn=0.4, rate=300, incidents=((9, 0, 7.5),)),
                    "west": Story(burn=0.4, rate=120, incidents=((60, 55, 15),)),
                }
            ),
            BURNING,
        ),
        "rag-api/answer": (Story(burn=0.4, rate=240, incidents=((2.6, 0, 18), (130, 126, 11))), BURNING),
        "rag-api/rerank": (Story(burn=0.6, rate=240, incidents=((30, 0, 4),)), BURNING),
        "rag-api/grounded": (Story(burn=0.5, rate=12, quiet=9), NO_TRAFFIC),
        "rag-api/refusals": (Story(burn=1, drift=0.004, rate=240), HEALTHY),
        "rag-api/query-cost": (Story(burn=0.5, rate=240, gone=5), NOT_MEASURED),
        "rag-api/mean-cost": (Story(burn=0.012, rate=240, incidents=((40, 0, 0.016),)), BREACHED),
        "agent-platform/turn": (Story(burn=0.7, rate=60, born=3), HEALTHY),
        "agent-platform/runaways": (Story(burn=0.4, rate=60), HEALTHY),
        "agent-platform/up": (Story(burn=0.3, incidents=((400, 399.8, 1000),)), HEALTHY),
        "agent-platform/tools": (Story(burn=0.3, rate=60, fires=names.BLIND, fired=2.5), NOT_MEASURED),
        "agent-platform/failover": (Story(burn=0.5, rate=60), HEALTHY),
    },
)
ODD = Company(
    PAGES / "odd-states",
    {
        "assistant/turn": (Story(burn=0.7, rate=60, born=3), HEALTHY),
        "assistant/judge": (Story(burn=0.97, incidents=((24, 0, 1.1),), rate=16), TOO_CLOSE),
        "assistant/cost": (Story(burn=0.5, rate=240, gone=5), NOT_MEASURED),
        "assistant/tools": (Story(burn=0.3, rate=60, fires=names.BLIND, fired=2.5), NOT_MEASURED),
    },
)
