"""Kubernetes objects as YAML: their head, and what stands below it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from slo_compiler.model import Manifest
from slo_compiler.targets import _yaml

_OURS = {"app.kubernetes.io/managed-by": "slo-compiler"}
SHARD = "slo-shard"  # the label by which each of several rulers selects its part


@dataclass(frozen=True, slots=True)
class Kind:
    """What an object is."""

    api: str
    kind: str


def document(kind: Kind, name: str, manifest: Manifest, body: str, *, shard: int | None = None) -> str:
    """One object; `body` begins with its `spec:` or `data:`."""
    namespace = f"  namespace: {_yaml.scalar(manifest.namespace)}\n" if manifest.namespace else ""
    labels = {**_OURS, **({} if shard is None else {SHARD: str(shard)}), **manifest.labels}
    head = f"apiVersion: {kind.api}\nkind: {kind.kind}\nmetadata:\n  name: {_yaml.scalar(name)}\n{namespace}"
    text = f"{head}{_pairs('labels', labels)}{_pairs('annotations', manifest.annotations)}{body}"
    return text.replace("${", "$${") if manifest.is_flux else text


def stream(header: str, documents: Iterable[str]) -> str:
    """Several objects as one text."""
    return header + "---\n".join(documents)


def shifted(text: str, indent: str) -> str:
    """Lines further to the right; empty ones stay empty."""
    return indent + text.rstrip("\n").replace("\n", f"\n{indent}").replace(f"\n{indent}\n", "\n\n") + "\n"


def _pairs(key: str, pairs: Mapping[str, str]) -> str:
    return f"  {key}:\n{_yaml.mapping(pairs, '    ')}" if pairs else ""
