"""What a project file says of the output's layout, and of each target; the schema has seen to names, labels and limits."""

from __future__ import annotations

from slo_compiler.build.entry import Entry
from slo_compiler.model import Alertmanager, Manifest, Mimir, Options

_MANIFESTS = ("prometheus-operator", "victoriametrics-operator", "configmap", "grafana-operator")
_USUAL, _PLAIN, _OF_MIMIR = Options(), Manifest(), Mimir()


def options(entry: Entry | None) -> Options:
    """The options, defaults where nothing was said."""
    if entry is None:
        return _USUAL
    return Options(
        single_file=entry.value("single_file", False),
        shards=entry.value("shards", 0),
        manifests={target: _manifest(found) for target in _MANIFESTS if (found := entry.get(target))},
        mimir=_mimir(entry.get("mimir")),
        alertmanager=_alertmanager(entry.get("alertmanager")),
    )


def _manifest(entry: Entry) -> Manifest:
    return Manifest(
        namespace=entry.value("namespace", ""),
        labels=_texts(entry, "labels"),
        annotations=_texts(entry, "annotations"),
        is_flux=entry.value("flux", False),
        instances=_texts(entry, "instances") or _PLAIN.instances,
        crosses=entry.value("cross_namespace", False),
    )


def _mimir(entry: Entry | None) -> Mimir:
    if entry is None:
        return _OF_MIMIR
    rules, groups = entry.value("rules_per_group", _OF_MIMIR.rules), entry.value("groups", _OF_MIMIR.groups)
    return Mimir(entry.value("namespace", _OF_MIMIR.namespace), rules, groups, entry.where)


def _alertmanager(entry: Entry | None) -> Alertmanager:
    return Alertmanager(_texts(entry, "receivers"), entry.value("rollback", "")) if entry else Alertmanager()


def _texts(entry: Entry, key: str) -> dict[str, str]:
    found = entry.get(key)
    return {name: text.data for name, text in found.items()} if found else {}
