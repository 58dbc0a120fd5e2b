"""What all leaves of a compilation have in common: the templates, the step, the look-back, the target labels."""

from __future__ import annotations

from slo_compiler import names
from slo_compiler.model import Cell, Matchers, Prometheus, Promise, Slo
from slo_compiler.quantities import Duration
from slo_compiler.templating import Templates, Value


class Shapes:
    """Fills leaves. Ranges of counters: `now` is the last step, `then` what lies before it, both as late as samples arrive.

    `is_late` tells that the ruler writes in the background, so that a rule does not find what the rule before it recorded.
    """

    def __init__(self, templates: Templates, prometheus: Prometheus, *, is_late: bool = False) -> None:
        self._fill = templates.fill
        step, delay = prometheus.step, prometheus.delay
        before = Duration(step.seconds + delay.seconds)
        self.prometheus = prometheus
        self.target = ", ".join(prometheus.target_labels)
        self.is_late = is_late
        self.recorded = f" offset {step}" if is_late else ""  # of steps that are surely there
        self.ends = "3h" if is_late else "15m"  # VictoriaMetrics has the end of a subquery up to two of its steps, of at most an hour, from now
        self.late = f" offset {delay}" if delay.seconds else ""
        self.now = f"[{step}]{self.late}"
        self.ago = prometheus.ago
        self.then = f"[{prometheus.lookback}] offset {before}"

    def promql(self, leaf: str, **values: Value) -> str:
        """A PromQL leaf."""
        return self._fill(f"promql/{leaf}.promql.j2", values)

    def sentence(self, leaf: str, **values: Value) -> str:
        """A sentence of an alert."""
        return self._fill(f"alerts/{leaf}.txt.j2", values)


def sum_by(labels: tuple[str, ...]) -> str:
    """The clause after `sum`: empty, or ` by (model, surface)`."""
    return f" by ({', '.join(labels)})" if labels else ""


def own(promise: Promise, part: Cell | Matchers = ()) -> str:
    """The matchers that pin a promise's series, or those of a part of them."""
    matchers = part.matchers if isinstance(part, Cell) else part
    more = "".join(f",{label}{op}{names.quoted(value)}" for label, op, value in matchers) if matchers else ""
    return f'{{slo_id="{promise.id}"{more}}}'


def objective_cells(slo: Slo) -> tuple[Cell, ...]:
    """The cells by objective; one, without matchers, where all agree."""
    if len(slo.cells) == 1:
        return slo.cells
    if len({cell.objective for cell in slo.cells}) == 1:
        return (Cell((), slo.cells[0].objective, None),)
    return slo.cells


def either(parts: list[str]) -> str:
    """Parts that do not overlap, as one expression."""
    return "\nor\n".join(parts)
