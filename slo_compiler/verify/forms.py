"""For whom the rules that run were written: which of a bundle's rules are expected, and how they get there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from slo_compiler import names
from slo_compiler.ir import Bundle, ServiceRules
from slo_compiler.targets import LATE

_RULERS = ("prometheus", "prometheus-operator", "configmap", "thanos", "mimir", *sorted(LATE))


@dataclass(frozen=True, slots=True)
class Form:
    """Rules for one target."""

    target: str = "prometheus"

    @classmethod
    def of(cls, asked: str, targets: Sequence[str]) -> Form:
        """The target that is asked for, or else the first of the project's that a ruler reads."""
        return cls(asked or next((one for one in targets if one in _RULERS), "prometheus"))

    @property
    def is_late(self) -> bool:
        """Whether the ruler finds what it recorded only in its next evaluation."""
        return self.target in LATE

    @property
    def waits(self) -> str:
        """What a ruler does without, so that it does not wait for samples beside the rules."""
        return "set ruler_evaluation_delay_duration of the tenant to 0s" if self.target == "mimir" else "rule_query_offset off the server"

    def services(self, bundle: Bundle) -> tuple[ServiceRules, ...]:
        """The rules that are expected."""
        return bundle.limited if self.target == "mimir" else bundle.late if self.is_late else bundle.services

    def loading(self, service: str) -> str:
        """How the rules of a service get to the ruler."""
        if self.target == "mimir":
            return "push it: `slo push --ruler URL`, or `mimirtool rules sync`"
        if self.target in {"thanos", "victoriametrics"}:
            option = "--rule-file of the ruler" if self.target == "thanos" else "-rule of vmalert"
            return f"load {self.target}/{service}.rules.yml: copy it to where {option} looks, and reload"
        if self.target == "prometheus":
            return f"load {names.rules_file(service)}: copy it to where rule_files of the server looks, and reload"
        return f"apply {self.target}/{service}.yaml: `kubectl apply -f`"
