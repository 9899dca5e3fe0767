"""What earlier reports told, and what has changed since: restated figures, and figures that another definition gives.

Each figure that goes out is kept with the definition it was computed by. The next report computes the same periods
again: a difference under the same definition is a restatement; under a new definition it is split exactly into what
the data changed (old definition, now minus then) and what the definition changed (new minus old, both now).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from agents.desk import Desk, Refused, exact
from agents.facts import Fact, FactBook, Period
from agents.report.kpis import Kpi
from agents.store import Store, Transaction
from audit.record import canonical, sha256
from catalog.company_calendar import CompanyCalendar
from catalog.metrics import Grain, Metric

LOOK_BACK = 60
"""Told figures that are computed again: some eight periods of eight metrics."""
TELLING = Decimal("0.0005")
"""A restatement is told from this share of the figure on: less than one digit of what the report showed."""


@dataclass(frozen=True)
class Told:
    """A figure as an earlier report had it."""

    metric: str
    period: Period
    value: Decimal
    unit: str
    definition: Mapping[str, Any]
    definition_hash: str
    receipt: str
    told_at: str


@dataclass(frozen=True)
class Restated:
    """A figure told before that is now another. `by_data` + `by_definition` = now − then, exactly; one of the two is
    None where it played no part."""

    metric: Metric
    then: Fact
    now: Fact
    change: Fact
    by_data: Fact | None = None
    by_definition: Fact | None = None
    old_version: int = 0


def told_before(store: Store, agent: str, at: datetime) -> list[Told]:
    """What was last told of each figure. Raises StoreDown."""
    values = {"agent": agent, "before": at.isoformat(), "most": LOOK_BACK}
    return [_told(row) for row in store.rows("reported.latest", values)]


def _told(row: Mapping[str, Any]) -> Told:
    start, end = date.fromisoformat(row["period_start"]), date.fromisoformat(row["period_end"])
    definition = json.loads(row["definition"])
    period = Period(start, end, None)
    return Told(
        row["metric"],
        period,
        Decimal(row["value"]),
        row["unit"],
        definition,
        row["definition_hash"],
        row["receipt"],
        row["told_at"],
    )


def definition_of(metric: Metric) -> tuple[str, str]:
    """The metric's entry as JSON, and the hash of what decides its value."""
    entry = metric.model_dump(mode="json", by_alias=True)
    meaning = {k: v for k, v in entry.items() if k in _MEANING}
    return canonical(entry), sha256(canonical(meaning))


_MEANING = frozenset(
    "type measure snapshot numerator denominator expr inputs cumulative cohort concentration distribution operational "
    "time missing unit".split()
)


def restated(told: Sequence[Told], grain: Grain, desk: Desk, facts: FactBook) -> list[Restated]:
    """Figures that are now other than told, the largest change first. What can no longer be computed is left out."""
    found: list[Restated] = []
    for item in told:
        metric = desk.access.metrics.get(item.metric)
        if metric is None:
            continue
        now = _now(metric.name, item.period, desk)
        if now is None or not _differs(item.value, now[0]):
            continue
        found.append(_restated(metric, item, _again(item, grain, desk.calendar), now, desk, facts))
    return sorted(found, key=lambda r: -abs(r.change.value / r.then.value) if r.then.value else Decimal(0))


def _again(item: Told, grain: Grain, calendar: CompanyCalendar) -> Period:
    return Period(item.period.start, item.period.end, grain, calendar.is_fiscal)


def _restated(
    metric: Metric, told: Told, period: Period, now: tuple[Decimal, str], desk: Desk, facts: FactBook
) -> Restated:
    value, receipt = now

    def fact(kind: Any, number: Decimal, of: str) -> Fact:
        return facts.add(
            metric=metric.name,
            label=metric.label,
            period=period,
            kind=kind,
            value=number,
            unit=metric.unit,
            receipt=of,
            direction=metric.direction,
        )

    then, current = fact("told", told.value, told.receipt), fact("value", value, receipt)
    change = fact("change", value - told.value, receipt)
    if definition_of(metric)[1] == told.definition_hash:
        return Restated(metric, then, current, change)
    old = _under_old_definition(told, desk)
    if old is None:
        return Restated(metric, then, current, change, old_version=int(told.definition.get("version", 0)))
    by_data, by_definition = old - told.value, value - old
    return Restated(
        metric,
        then,
        current,
        change,
        by_data=fact("by_data", by_data, receipt) if by_data else None,
        by_definition=fact("by_definition", by_definition, receipt) if by_definition else None,
        old_version=int(told.definition.get("version", 0)),
    )


def _under_old_definition(told: Told, desk: Desk) -> Decimal | None:
    """The figure of that period by the definition it was told with, from today's data."""
    try:
        old = Metric.model_validate(dict(told.definition))
    except ValueError:
        return None
    found = _now(old.name, told.period, desk.with_metric(old))
    return found[0] if found else None


def _now(metric: str, period: Period, desk: Desk) -> tuple[Decimal, str] | None:
    try:
        result = desk.query(
            f"{metric} from {period.start} to {period.end}, as told before",
            metrics=[metric],
            start=period.start,
            end=period.end,
        )
    except Refused:
        return None
    value = exact(result.rows[0].get(metric)) if result.rows else None
    return None if value is None else (value, result.receipt)


def _differs(then: Decimal, now: Decimal) -> bool:
    return abs(now - then) > TELLING * max(abs(then), abs(now))


def tell(transaction: Transaction, agent: str, kpis: Sequence[Kpi], at: datetime) -> None:
    """Keep what is being told, within the run's transaction."""
    for kpi in kpis:
        if kpi.value is None or kpi.through is not None:
            continue
        definition, digest = definition_of(kpi.metric)
        period = kpi.value.period
        row = {
            "agent": agent,
            "metric": kpi.metric.name,
            "period_start": period.start.isoformat(),
            "period_end": period.end.isoformat(),
            "value": str(kpi.value.value),
            "unit": kpi.metric.unit,
            "definition": definition,
            "definition_hash": digest,
            "receipt": kpi.value.receipt,
            "told_at": at.isoformat(),
        }
        transaction.write("reported.tell", row)
