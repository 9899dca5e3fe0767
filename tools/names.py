"""Names as callers write them → names of the catalog, within what the caller may see."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.access import Access
from catalog.metrics import Metric
from catalog.refusals import UnknownMetric
from catalog.request import MetricRequest
from catalog.search import CatalogIndex, Kind
from tools.arguments import shown
from tools.tool import Call

MOST_NAMES = 12
"""Names listed in a refusal when nothing resembles what was asked."""


def index_of(call: Call) -> CatalogIndex:
    """The searchable names of what this caller may see."""
    access = call.access
    return call.services.caches.indexes.made(access.key, lambda: CatalogIndex(access, access.catalog.playbooks))


def unknown_metric(name: str, call: Call) -> UnknownMetric:
    """The refusal for a metric that is not there (for this caller), with those that resemble it."""
    near = [found.name for found in index_of(call).candidates(name, "metric")]
    exists = near or sorted(call.access.metrics)[:MOST_NAMES]
    return UnknownMetric(
        f"No metric '{shown(name)}' is available to you.", exists=exists, hint="describe_catalog lists all."
    )


def in_catalog_names(request: MetricRequest, call: Call) -> tuple[MetricRequest, tuple[str, ...]]:
    """The request with synonyms replaced by catalog names, and what a reader must know about that.

    Raises UnknownMetric; dimensions that are not known are left for the compiler to refuse."""
    renamed: dict[str, str] = {}
    for name in request.metrics:
        found = name if name in call.access.metrics else index_of(call).resolve(name)
        if found is None:
            raise unknown_metric(name, call)
        renamed[name] = found
    for name in (*request.group_by, *(c.dimension for c in request.where)):
        if name not in call.access.dimensions:
            renamed[name] = index_of(call).resolve(name, _DIMENSION) or name
    changed = {old: new for old, new in renamed.items() if old != new}
    if not changed:
        return request, ()
    notes = [
        _note(old, call.access.metrics[new], call.access) for old, new in changed.items() if new in call.access.metrics
    ]
    return _renamed(request, changed), tuple(notes)


_DIMENSION: Kind = "dimension"


def alternatives(metric: Metric, access: Access) -> list[Metric]:
    """Metrics that people take for this one, as far as the caller may see them."""
    return [access.metrics[name] for name in metric.not_to_be_confused_with if name in access.metrics]


def _note(asked: str, metric: Metric, access: Access) -> str:
    others = _either(m.label for m in alternatives(metric, access))
    return f"'{shown(asked)}' is read as {metric.label}" + (f"; not to be confused with {others}." if others else ".")


def _either(words: Iterable[str]) -> str:
    listed = list(words)
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} or {listed[-1]}" if listed else ""


def _renamed(request: MetricRequest, names: dict[str, str]) -> MetricRequest:
    def new(name: str) -> str:
        return names.get(name, name)

    return request.model_copy(
        update={
            "metrics": tuple(dict.fromkeys(map(new, request.metrics))),
            "group_by": tuple(dict.fromkeys(map(new, request.group_by))),
            "where": tuple(c.model_copy(update={"dimension": new(c.dimension)}) for c in request.where),
            "having": tuple(t.model_copy(update={"by": new(t.by)}) for t in request.having),
            "order_by": tuple(o.model_copy(update={"by": new(o.by)}) for o in request.order_by),
        }
    )
