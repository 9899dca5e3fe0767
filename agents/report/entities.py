"""Customers (or whatever the company serves) to know about: those whose part of a figure moved most in the period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from agents.desk import Desk, Refused, exact
from agents.facts import Fact, FactBook, FactKind, Period, Slice
from agents.report.kpis import Kpi

FALLERS, RISERS = 3, 2
TELLING = Decimal("0.002")
"""An entity is named when it moved by this share of the whole figure or more."""


@dataclass(frozen=True)
class Moved:
    """One entity: its value, the change, and the change as a fraction of its own earlier value."""

    value: Fact
    change: Fact
    change_pct: Fact | None


def moved_entities(kpis: Sequence[Kpi], entity: str, period: Period, desk: Desk, facts: FactBook) -> list[Moved]:
    """The entities that moved the first of these figures that can be split by `entity` into parts that add up."""
    for kpi in kpis:
        if kpi.value is None or kpi.through is not None or not kpi.value.value:
            continue
        if kpi.metric.unit in ("ratio", "points") or kpi.metric.unit == "count":
            continue
        found = [*_read(kpi, entity, period, desk, facts, "asc", FALLERS)]
        found += _read(kpi, entity, period, desk, facts, "desc", RISERS)
        if found:
            return found
    return []


def _read(kpi: Kpi, entity: str, period: Period, desk: Desk, facts: FactBook, direction: str, most: int) -> list[Moved]:
    metric = kpi.metric
    by = f"{metric.name}__change"
    try:
        result = desk.query(
            f"{metric.label} by {entity}, who moved most",
            metrics=[metric.name],
            group_by=[entity],
            start=period.start,
            end=period.end,
            compare_to="prior_period",
            order_by=[{"by": by, "direction": direction}],
            limit=most,
        )
    except Refused:
        return []
    whole = abs(kpi.value.value) if kpi.value else Decimal(0)
    found: list[Moved] = []
    for row in result.rows:
        change, value, prior = (exact(row.get(name)) for name in (by, metric.name, f"{metric.name}__prior"))
        down = direction == "asc"
        if change is None or value is None or abs(change) < TELLING * whole or (change < 0) != down:
            continue
        where = ((entity, str(row[entity])),)

        def fact(kind: FactKind, number: Decimal | None, unit: str, where: Slice = where) -> Fact | None:
            if number is None:
                return None
            return facts.add(
                metric=metric.name,
                label=metric.label,
                period=period,
                kind=kind,
                value=number,
                unit=unit,
                slice=where,
                receipt=result.receipt,
                trust=result.trust,
                direction=metric.direction,
            )

        own, moved = fact("value", value, metric.unit), fact("change", change, metric.unit)
        if own and moved:
            pct = change / abs(prior) if prior else None
            found.append(Moved(own, moved, fact("change_pct", pct, "ratio")))
    return found
