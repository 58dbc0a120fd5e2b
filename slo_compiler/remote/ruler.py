"""The configuration API of a ruler that keeps rules in a store: Mimir's, Grafana Cloud's, Cortex'."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from slo_compiler import source
from slo_compiler.remote.wire import REFUSALS, Answer, RemoteFailure, Wire

_PATH = "/config/v1/rules"
_NOT_FOUND = "page not found"  # what Go's router says of a path that it does not know
_YAML = "application/yaml"
_NOTHING = "no rule groups found"  # what Cortex and older releases of Mimir say of a tenant without rules, with status 404

_LOOKING = "its own words; look whether the address and the --tenant are right"
_FORBIDDEN = "use a token that may read and write rules; Mimir may protect a namespace, too"
_OWN_WORDS = "its own words; a limit stands in its configuration, and under `options: {mimir: ...}` what this is to assume of it"
_LIMITS = {
    "groups": ("ruler_max_rule_groups_per_tenant", re.compile(r"rule groups limit \(limit: (\d+)")),
    "rules_per_group": ("ruler_max_rules_per_rule_group", re.compile(r"rules per rule group limit \(limit: (\d+)")),
}

Held = Mapping[str, Sequence[Mapping[str, Any]]]  # the groups of each namespace, as plain data


def _limited(option: str, setting: str, limit: str) -> str:
    return (
        f"say `options: {{mimir: {{{option}: {limit}}}}}`, so that rules are made for this limit and nothing is sent that it does not hold; or raise {setting}"
    )


class Ruler(Wire):
    """The rules of one tenant. Every method raises RemoteFailure, `within` so many seconds if that is less than the time-out."""

    most_bytes = 64_000_000  # YAML takes far longer to read than to come, and no time-out ends that

    def groups(self, within: float | None = None) -> Held:
        """All that the tenant has."""
        answer = self.send(_PATH, within=within)
        if answer.status == 404 and _NOTHING in self._said(answer):
            return {}
        if answer.status >= 300:
            raise self._refused("cannot tell its rules", answer, _LOOKING)
        return self._understood(answer.text)

    def write(self, namespace: str, text: str, *, within: float | None = None) -> None:
        """Put one group, in YAML, in place of the one of its name."""
        answer = self.send(f"{_PATH}/{quote(namespace, safe='')}", text.encode(), method="POST", kind=_YAML, within=within)
        if answer.status >= 300:
            raise self._refused("refuses it", answer)

    def delete(self, namespace: str, group: str, *, within: float | None = None) -> None:
        """Take a group away; one that is not there is gone already."""
        answer = self.send(f"{_PATH}/{quote(namespace, safe='')}/{quote(group, safe='')}", method="DELETE", within=within)
        if answer.status >= 300 and not (answer.status == 404 and "not exist" in self._said(answer)):
            raise self._refused("does not delete it", answer)

    def _understood(self, text: bytes) -> Held:
        try:
            data = source.plain(text)
        except ValueError as error:
            raise self._strange() from error
        if not isinstance(data, dict) or not all(isinstance(groups, list) for groups in data.values()):  # nothing at all is no answer either
            raise self._strange()
        if not all(isinstance(group, dict) and isinstance(group.get("name"), str) for groups in data.values() for group in groups):
            raise self._strange()
        return data

    def _refused(self, what: str, answer: Answer, help: str = "") -> RemoteFailure:
        status, said = answer.status, self._said(answer)
        again = answer.again if status == 429 or status >= 500 else None
        if status == 404 and _NOT_FOUND in said.lower():
            return self._failure("has no such page", "check the path prefix, which is /prometheus for Mimir, and that its ruler API is enabled", status)
        if status in REFUSALS:
            message, usual = REFUSALS[status]
            help = _FORBIDDEN if status == 403 else self._helped(answer, usual)
            return self._failure(f"{message}{f': {said}' if said else ''}", help, status, again=again)
        if status >= 500:
            return self._failure(f"fails with status {status}{f': {said}' if said else ''}", "look into its log, and run this again", status, again=again)
        help = help or next((_limited(option, setting, found[1]) for option, (setting, words) in _LIMITS.items() if (found := words.search(said))), _OWN_WORDS)
        return self._failure(f"{what}: {said or f'status {status}'}", help, status)

    def _strange(self) -> RemoteFailure:
        return self._failure(
            "answers, but not as a ruler does", "check the address: /config/v1/rules must be below it, and below the path prefix if there is one"
        )

    def _said(self, answer: Answer) -> str:
        return self._quoted(answer.text.decode(errors="replace"))
