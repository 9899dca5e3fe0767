"""Figures side by side over the members of one dimension, and distributions over their bands, as tables of facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agents.desk import Desk, Refused, exact
from agents.document import Cell, Figure, Section, Table, Words
from agents.facts import FactBook, FactKind, Period
from agents.narration.words import tone_of
from agents.report.kpis import Kpi
from catalog.agents import Agent
from catalog.metrics import Metric

MOST_MEMBERS = 40
"""Rows of a table that people still read."""


def breakdown(agent: Agent, kpis: Sequence[Kpi], period: Period, desk: Desk, facts: FactBook) -> Section:
    """The key figures by each member of the agent's first dimension; a figure without that dimension is left out."""
    if not agent.dimensions or agent.dimensions[0] not in desk.access.dimensions:
        return Section("breakdown", "")
    dimension = agent.dimensions[0]
    columns: list[tuple[Metric, Mapping[str, Cell]]] = []
    for kpi in kpis:
        cells = _by_member(kpi.metric, dimension, period, desk, facts)
        if cells:
            columns.append((kpi.metric, cells))
    members = list(dict.fromkeys(member for _, cells in columns for member in cells))[:MOST_MEMBERS]
    if not members:
        return Section("breakdown", "")
    rows = tuple((Words(member), *(cells.get(member) for _, cells in columns)) for member in sorted(members))
    heading = f"By {desk.access.dimensions[dimension].label}"
    table = Table("", ("", *(metric.label for metric, _ in columns)), rows)
    return Section("breakdown", heading, (), (table,))


def distributions(agent: Agent, period: Period, desk: Desk, facts: FactBook) -> Section:
    """Each distribution among the agent's metrics: members, now and against the period before."""
    tables: list[Table] = []
    for name in agent.metrics:
        metric = desk.access.metrics.get(name)
        if metric is None or not metric.distribution:
            continue
        rows = _rows(metric, metric.distribution, period, desk, facts)
        if rows:
            tables.append(Table(metric.label, ("", "Now", "Change"), rows))
    return Section("distribution", "How it is distributed" if tables else "", (), tuple(tables))


def _by_member(metric: Metric, dimension: str, period: Period, desk: Desk, facts: FactBook) -> dict[str, Cell]:
    try:
        result = desk.query(
            f"{metric.label} by {dimension}",
            metrics=[metric.name],
            group_by=[dimension],
            start=period.start,
            end=period.end,
        )
    except Refused:
        return {}
    found: dict[str, Cell] = {}
    for row in result.rows:
        member = "(none)" if row[dimension] is None else str(row[dimension])
        found[member] = _cell(metric, dimension, member, "value", row.get(metric.name), period, facts, result.receipt)
    return found


def _rows(metric: Metric, dimension: str, period: Period, desk: Desk, facts: FactBook) -> tuple[tuple[Cell, ...], ...]:
    try:
        result = desk.query(
            f"{metric.label} against the period before",
            metrics=[metric.name],
            start=period.start,
            end=period.end,
            compare_to="prior_period",
        )
    except Refused:
        return ()
    rows: list[tuple[Cell, ...]] = []
    for row in result.rows:
        member = str(row[dimension])
        now = _cell(metric, dimension, member, "value", row.get(metric.name), period, facts, result.receipt)
        moved = row.get(f"{metric.name}__change")
        change = _cell(metric, dimension, member, "change", moved, period, facts, result.receipt)
        rows.append((Words(member), now, change))
    return tuple(rows)


def _cell(
    metric: Metric,
    dimension: str,
    member: str,
    kind: FactKind,
    value: Any,
    period: Period,
    facts: FactBook,
    receipt: str,
) -> Cell:
    number = exact(value)
    if number is None:
        return None
    fact = facts.add(
        metric=metric.name,
        label=metric.label,
        period=period,
        kind=kind,
        value=number,
        unit=metric.unit,
        slice=((dimension, member),),
        receipt=receipt,
        direction=metric.direction,
    )
    if kind == "value":
        return Figure(fact.id)
    return Figure(fact.id, signed=True, tone=tone_of(number, metric.direction))
