"""For whom the rules that run were written: which of a bundle's rules are expected, and how they get there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from slo_compiler import names
from slo_compiler.ir import Bundle, ServiceRules
from slo_compiler.targets import LATE, RULERS

Told = Mapping[str, object]  # a group as the API tells it


@dataclass(frozen=True, slots=True)
class Form:
    """Rules for one target."""

    target: str = "prometheus"

    @classmethod
    def of(cls, asked: str, targets: Sequence[str]) -> Form:
        """The target that is asked for, or else the first of the project's that a ruler reads."""
        return cls(asked or next((one for one in targets if one in RULERS), "prometheus"))

    @property
    def is_late(self) -> bool:
        """Whether the ruler finds what it recorded only in its next evaluation."""
        return self.target in LATE

    @property
    def minds_order(self) -> bool:
        """Whether the order in which the API lists rules says anything: a Thanos ruler sorts them.

        vmalert puts a changed rule last until it is restarted, and its rules read what was recorded an evaluation ago, in whatever order.
        """
        return self.target != "thanos" and not self.is_late

    @property
    def waits(self) -> str:
        """What a ruler does without, so that it does not wait for samples beside the rules."""
        return "set ruler_evaluation_delay_duration of the tenant to 0s" if self.target == "mimir" else "rule_query_offset off the server"

    def services(self, bundle: Bundle) -> tuple[ServiceRules, ...]:
        """The rules that are expected."""
        return bundle.limited if self.target == "mimir" else bundle.late if self.is_late else bundle.services

    def as_written(self, told: Sequence[Told]) -> list[Told]:
        """Groups without the labels that a Thanos ruler adds to all that it writes."""
        rules = [(group, _rules(group)) for group in told]
        labels = [set(_labels(rule).items()) for _, found in rules for rule in found]
        if self.target != "thanos" or not labels:
            return list(told)
        added = {pair for pair in set.intersection(*labels) if not pair[0].startswith("slo")}
        return [{**group, "rules": [{**rule, "labels": dict(_labels(rule).items() - added)} for rule in found]} for group, found in rules]

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


def _rules(group: Told) -> list[Told]:
    rules = group.get("rules")
    return [rule for rule in rules if isinstance(rule, dict)] if isinstance(rules, list) else []


def _labels(rule: Told) -> dict[str, str]:
    labels = rule.get("labels")
    return {str(name): str(value) for name, value in labels.items()} if isinstance(labels, dict) else {}
