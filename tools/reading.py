"""A resolved metric request → one sentence that says how it was read, so that a person can check it."""

from __future__ import annotations

from catalog.catalog import Catalog
from catalog.company_calendar import CompanyCalendar
from catalog.request import Condition, MetricRequest, Order
from tools.cells import clean_text
from warehouse.compiled import CompiledQuery

MAX_VALUES = 5
"""Values of one filter that are named; the rest are counted."""


def read_back(request: MetricRequest, query: CompiledQuery, catalog: Catalog, calendar: CompanyCalendar) -> str:
    """ "Recognized revenue by segment, month by month, 2026-07-01 to 2026-09-30, compared with the period before"."""
    words = _and([catalog.metrics[name].label for name in request.metrics])
    if request.group_by:
        words += f" by {_and([_label(catalog, name) for name in request.group_by])}"
    if request.grain:
        words += f", {request.grain} by {request.grain}"
    words += f", {query.start} to {query.end}"
    for condition in request.where:
        words += f", where {_condition(catalog, condition)}"
    if request.compare_to and query.prior_start and query.prior_end:
        before = "the period before" if request.compare_to == "prior_period" else "the year before"
        words += f", compared with {before} ({query.prior_start} to {query.prior_end})"
    for threshold in request.having:
        words += f", only where {_figure(catalog, threshold.by)} {threshold.op} {threshold.value:,.10g}"
    if request.order_by:
        words += f", {_and([_order(catalog, order) for order in request.order_by])}"
    if request.limit:
        words += f", at most {request.limit} {'row' if request.limit == 1 else 'rows'}"
    return words[:1].upper() + words[1:] + "."


def _label(catalog: Catalog, name: str) -> str:
    dimension = catalog.dimensions.get(name)
    return dimension.label.lower() if dimension else name


def _order(catalog: Catalog, order: Order) -> str:
    return f"{'highest' if order.direction == 'desc' else 'lowest'} {_figure(catalog, order.by)} first"


def _figure(catalog: Catalog, by: str) -> str:
    """A column of the answer in words."""
    name, _, part = by.partition("__")
    what = catalog.metrics[name].label if name in catalog.metrics else _label(catalog, name)
    part = part.replace("_", " ").replace("pct", "in percent")
    return f"{what} {part}" if part else what


def _condition(catalog: Catalog, condition: Condition) -> str:
    left = f"{_label(catalog, condition.dimension)} {condition.op}"
    value = condition.value
    if value is None:
        return left
    if not isinstance(value, tuple):
        return f"{left} {clean_text(str(value))[:80]}"
    named = ", ".join(clean_text(str(v))[:80] for v in value[:MAX_VALUES])
    return f"{left} {named}" + (f" and {len(value) - MAX_VALUES} more" if len(value) > MAX_VALUES else "")


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
