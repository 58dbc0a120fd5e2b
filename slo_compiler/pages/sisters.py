"""Ways from one page to the others, and to what people keep outside Grafana: runbooks, sources, what their links name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from slo_compiler.dashboards import Link
from slo_compiler.model import Spec
from slo_compiler.pages.columns import CATEGORIES
from slo_compiler.pages.measures import Promised

_TIME = "$__url_time_range"
#: What a link of the user's may name, as a row of a table tells it; only the identity may hold what a URL may not.
_FIELDS = {"service": "slo_service", "slo": "slo", "slo_id": "slo_id:percentencode", "category": "slo_category"}


def existing(spec: Spec) -> list[str]:
    """The categories that have a promise, in their order."""
    return [category for category in CATEGORIES if any(one.category == category for one in spec.promises)]


def to_category(spec: Spec, category: str, slo: str) -> str:
    """The on-call page of a category with one SLO chosen, which may be a variable or a field."""
    return f"/d/{spec.grafana.uid(category)}?var-slo={slo}&{_TIME}"


def to_any(spec: Spec, slo: str) -> str:
    """The page of the category that a row of a table tells."""
    uid = spec.grafana.uid("category")
    return f"/d/{uid.removesuffix('category')}${{__data.fields.slo_category}}?var-slo={slo}&{_TIME}"


def inside(spec: Spec, here: str) -> tuple[Link, ...]:
    """All pages but one."""
    found = [("Platform", "platform"), ("All SLOs", "fleet"), *((category.capitalize(), category) for category in existing(spec))]
    return tuple(Link(title, f"/d/{spec.grafana.uid(page)}") for title, page in found if page != here)


def outside(promises: Sequence[Promised]) -> tuple[Link, ...]:
    """The user's links that all promises share: one pattern for a table's rows. Those of a single SLO stand on its alerts."""
    shared = [(word, url) for word, url in promises[0].links.items() if all(one.links.get(word) == url for one in promises)]
    return tuple(Link(_called(word), _of_row(url), is_new_tab=True) for word, url in shared)


def _called(word: str) -> str:
    return word.removesuffix("_url").replace("_", " ").capitalize()


def _of_row(url: str) -> str:
    return re.sub(r"\$(slo_id|service|slo|category)\b", lambda match: f"${{__data.fields.{_FIELDS[match[1]]}}}", url)
