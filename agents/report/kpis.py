"""Metrics and a finished period → key figures as facts: value, the period before, a year ago, plan, and the series.

A period whose data has not all come in gives a figure "so far" beside the same days of the period before, marked so;
a figure that a tool refuses is left out with its reason. Nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlglot import exp

from agents.desk import Desk, Refused, Result, exact
from agents.facts import Fact, FactBook, FactKind, Period
from agents.periods import period_before
from catalog.agents import Targets
from catalog.metrics import Metric

HISTORY = 26
"""Periods of a sparkline."""
MONTHLY: frozenset[str] = frozenset({"week", "month"})
"""Grains for which a plan by month says something."""


@dataclass(frozen=True)
class Kpi:
    """One key figure. `through` is set where the period is not all there: the last day that is. `missing` says why
    there is no figure at all."""

    metric: Metric
    value: Fact | None = None
    prior: Fact | None = None
    change: Fact | None = None
    change_pct: Fact | None = None
    year_ago: Fact | None = None
    yoy: Fact | None = None
    target: Fact | None = None
    target_pct: Fact | None = None
    series: tuple[tuple[date, Decimal], ...] = ()
    trust: str = ""
    reasons: tuple[str, ...] = ()
    receipt: str = ""
    through: date | None = None
    late: tuple[str, ...] = ()
    """Feeds behind it that are not in time."""
    missing: str = ""


def chosen_metrics(names: Sequence[str], desk: Desk) -> list[Metric]:
    """The metrics named, or all hero metrics, that this principal may see, in that order."""
    seen = desk.access.metrics
    if names:
        return [seen[name] for name in names if name in seen]
    return [metric for metric in seen.values() if metric.hero and metric.status == "certified"]


def read_kpi(metric: Metric, period: Period, desk: Desk, facts: FactBook, plan: Targets | None) -> Kpi:
    """Read one key figure. A refusal becomes `missing`."""
    try:
        now = _read(metric, period, desk, compare_to="prior_period")
    except Refused as refused:
        return Kpi(metric, missing=str(refused))
    book = _Book(metric, facts, now)
    row = now.row
    before = period_before(period, desk.calendar)
    if exact(row.get(metric.name)) is None:
        return Kpi(metric, trust=now.result.trust, receipt=now.result.receipt, missing="no figure for this period")
    value = book.fact("value", period, exact(row.get(metric.name)))
    prior = book.fact("prior", before, exact(row.get(f"{metric.name}__prior")))
    change = book.fact("change", period, exact(row.get(f"{metric.name}__change")))
    change_pct = book.fact("change_pct", period, _ratio(change, prior), "ratio")
    year_ago, yoy = _year_ago(metric, period, desk, facts)
    target, target_pct = _against_plan(metric, period, value, desk, facts, plan)
    trust: Mapping[str, Any] = now.result.structured["trust"] or {}
    return Kpi(
        metric,
        value,
        prior,
        change,
        change_pct,
        year_ago,
        yoy,
        target,
        target_pct,
        series=read_series(metric, period, desk),
        trust=now.result.trust,
        reasons=tuple(trust.get("reasons", ())),
        receipt=now.result.receipt,
        through=now.through,
        late=tuple(str(s["name"]) for s in trust.get("sources", ()) if s["status"] != "green"),
    )


def read_series(metric: Metric, period: Period, desk: Desk, count: int = HISTORY) -> tuple[tuple[date, Decimal], ...]:
    """Values of the periods up to and with this one, oldest first; () where they cannot be read."""
    first = period_before(period, desk.calendar, count - 1)
    try:
        result = desk.query(
            f"{metric.label} by {period.grain}",
            metrics=[metric.name],
            grain=period.grain,
            start=first.start,
            end=period.end,
        )
    except Refused:
        return ()
    points = [(date.fromisoformat(str(row[str(period.grain)])), exact(row[metric.name])) for row in result.rows]
    return tuple((day, value) for day, value in sorted(points) if value is not None)


@dataclass(frozen=True)
class _Read:
    result: Result
    row: Mapping[str, Any]
    through: date | None


def _read(metric: Metric, period: Period, desk: Desk, compare_to: str) -> _Read:
    """The one row of the period, finished or not. Raises Refused."""
    result = desk.query(
        f"{metric.label} from {period.start} to {period.end}",
        metrics=[metric.name],
        start=period.start,
        end=period.end,
        compare_to=compare_to,
    )
    if result.rows:
        return _Read(result, result.rows[0], None)
    unfinished: Mapping[str, Any] = result.structured["in_progress"] or {}
    rows: list[list[Any]] = list(unfinished.get("rows", ()))
    if not rows:
        return _Read(result, {}, None)
    through = unfinished.get("through")
    day = date.fromisoformat(through) if isinstance(through, str) else None
    return _Read(result, dict(zip(result.columns, rows[0], strict=True)), day)


class _Book:
    """Writes facts of one metric from one answer."""

    def __init__(self, metric: Metric, facts: FactBook, read: _Read) -> None:
        self._metric = metric
        self._facts = facts
        self._read = read

    def fact(self, kind: FactKind, period: Period, value: Decimal | None, unit: str | None = None) -> Fact | None:
        """One fact; None where there is no value."""
        if value is None:
            return None
        return self._facts.add(
            metric=self._metric.name,
            label=self._metric.label,
            period=period,
            kind=kind,
            value=value,
            unit=unit or self._metric.unit,
            receipt=self._read.result.receipt,
            trust=self._read.result.trust,
            direction=self._metric.direction,
        )


def _year_ago(metric: Metric, period: Period, desk: Desk, facts: FactBook) -> tuple[Fact | None, Fact | None]:
    try:
        read = _read(metric, period, desk, compare_to="prior_year")
    except Refused:
        return None, None
    book = _Book(metric, facts, read)
    then = exact(read.row.get(f"{metric.name}__prior"))
    value = book.fact("value", period, exact(read.row.get(metric.name)))
    year_ago = book.fact("year_ago", period, then)
    if value is None or year_ago is None:
        return None, None
    if metric.unit in ("ratio", "points"):
        return year_ago, book.fact("yoy_points", period, value.value - year_ago.value)
    return year_ago, book.fact("yoy_pct", period, _pct(value.value, year_ago.value), "ratio")


def _against_plan(
    metric: Metric, period: Period, value: Fact | None, desk: Desk, facts: FactBook, plan: Targets | None
) -> tuple[Fact | None, Fact | None]:
    """The month's plan for a level; for a flow the plan for the days of the month so far, beside what came in."""
    if plan is None or metric.targets is None or value is None or period.grain not in MONTHLY:
        return None, None
    month_start = period.end.replace(day=1)
    planned, receipt = _planned(metric.targets, month_start, desk, plan)
    if planned is None:
        return None, None
    actual = value.value
    whole = Period(month_start, desk.calendar.end_of("month", month_start), "month")
    if not is_level(metric, desk):
        so_far = Period(month_start, period.end)
        planned = planned * ((period.end - month_start).days + 1) / ((whole.end - whole.start).days + 1)
        try:
            read = _read(metric, so_far, desk, compare_to="prior_period")
        except Refused:
            return None, None
        found = exact(read.row.get(metric.name))
        if found is None:
            return None, None
        actual, whole = found, so_far

    def fact(kind: FactKind, number: Decimal | None, unit: str) -> Fact | None:
        if number is None:
            return None
        return facts.add(
            metric=metric.name,
            label=metric.label,
            period=whole,
            kind=kind,
            value=number,
            unit=unit,
            receipt=receipt,
            trust=value.trust,
            direction=metric.direction,
        )

    return fact("target", planned, metric.unit), fact("target_pct", _pct(actual, planned), "ratio")


def is_level(metric: Metric, desk: Desk) -> bool:
    """Is it read at a day (a snapshot, a ratio, a retention), so that a month's plan needs no share of the days?"""
    parts = desk.catalog.inputs_of(metric)
    flows = [p for p in parts if p.measure and not p.snapshot and p.type == "simple" and p.measure.agg != "avg"]
    return metric.unit == "ratio" or not flows


def _planned(name: str, month: date, desk: Desk, plan: Targets) -> tuple[Decimal | None, str]:
    """The plan of a month, and the receipt of the question."""
    query = (
        exp.select(exp.column(plan.value))
        .from_(exp.to_table(plan.dataset))
        .where(exp.column(plan.metric).eq(exp.Literal.string(name)))
        .where(exp.column(plan.period).eq(exp.cast(exp.Literal.string(month.isoformat()), "date")))
    )
    try:
        result = desk.query(f"plan of {name} for {month:%B %Y}", sql=query.sql(dialect=desk.dialect))
    except Refused:
        return None, ""
    return (exact(result.rows[0][plan.value]) if len(result.rows) == 1 else None), result.receipt


def _ratio(change: Fact | None, prior: Fact | None) -> Decimal | None:
    if change is None or prior is None or not prior.value:
        return None
    return change.value / abs(prior.value)


def _pct(value: Decimal, base: Decimal) -> Decimal | None:
    return (value - base) / abs(base) if base else None
