"""Keeps the rows of an answer whose figures fit: thresholds on the columns of the finished SELECT."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from catalog.metrics import Metric
from catalog.refusals import BadArgument
from catalog.request import MetricRequest, Threshold, ThresholdOp
from catalog.search import nearest
from warehouse.compiled import OutputColumn

COMPARED: dict[ThresholdOp, type[exp.Predicate]] = {">": exp.GT, ">=": exp.GTE, "<": exp.LT, "<=": exp.LTE}


def keep(select: exp.Select, having: Sequence[Threshold], columns: Sequence[OutputColumn]) -> exp.Select:
    """The rows of `select` that fit all thresholds; an unknown figure fits none. Raises BadArgument for a name that is
    no figure of the answer."""
    figures = [c.name for c in columns if c.role not in ("time", "dimension")]
    kept = exp.select(*[exp.column(c.name, quoted=True) for c in columns]).from_(select.subquery("__figures"))
    for threshold in having:
        if threshold.by not in figures:
            close = nearest(threshold.by, figures)
            raise BadArgument(f"'{threshold.by[:80]}' is no figure of the answer.", exists=close or figures)
        value = exp.convert(threshold.value)
        kept = kept.where(COMPARED[threshold.op](this=exp.column(threshold.by, quoted=True), expression=value))
    return kept


def unlisted(request: MetricRequest, metrics: Sequence[Metric]) -> list[str]:
    """What is said where nothing would fit as well: groups without rows are not there to be listed."""
    counted = {m.name: m for m in metrics if m.missing == "zero"}
    return [
        f"Who has no {counted[t.by].label.lower()} at all has no row and is not listed."
        for t in request.having
        if request.group_by and t.by in counted and _fits_nothing(t)
    ][:1]


def _fits_nothing(threshold: Threshold) -> bool:
    """True when 0 would fit."""
    value = threshold.value
    return {">": value < 0, ">=": value <= 0, "<": value > 0, "<=": value >= 0}[threshold.op]
