"""The configured table of interventions → closed cases, each with the fall it answered to.

A case is described as a change is: the fall of each component from its own high of the window before it began, and the
level on that day. Interventions without a fall before them (routine reviews) are no cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlglot import exp

from agents.desk import Desk, exact
from agents.health.cases import Case, Profile
from agents.health.reading import (
    Standing,
    as_day,
    column_of,
    day_of,
    described_by,
    in_pages,
    joined,
    literal,
    table_of,
)
from catalog.agents import Agent, Cases, Health
from catalog.catalog import Catalog

REAL_FALL = Decimal("0.5")
"""Share of the configured drop that a score had lost when a case began."""
DAYS_A_YEAR = 365.25


def profile_of(standing: Standing, as_of: date) -> Profile:
    """An entity as it stands, for comparison with cases."""
    return _profile(
        standing.key,
        tuple(zip(standing.part_highs, standing.parts, strict=True)),
        standing.high,
        standing.score,
        standing.attributes,
        standing.since,
        as_of,
    )


def read_cases(desk: Desk, agent: Agent, health: Health, as_of: date) -> tuple[Case, ...]:
    """Every closed case that this principal may see, known by `as_of`. Raises Refused."""
    if health.cases is None:
        return ()
    statement = _statement(desk.catalog, agent, health, health.cases, as_of)
    pages = in_pages(
        desk, "What was done before, and how did it end?", statement, health.cases.dataset, health.cases.key
    )
    read = (_case(row, health, health.cases) for page in pages for row in page.rows)
    return tuple(case for case in read if case is not None and case.closed <= as_of)


def _statement(catalog: Catalog, agent: Agent, health: Health, cases: Cases, as_of: date) -> exp.Select:
    """One row a case: what it was, and the score over the window before it (alias h)."""
    began, of_day = day_of(cases.started), day_of(health.time, "h")
    first = exp.DateSub(this=began.copy(), expression=exp.Literal.number(health.window_days), unit=exp.var("DAY"))
    same = exp.EQ(this=column_of(health.entity, "h"), expression=column_of(cases.entity))
    window = exp.and_(
        same, exp.GTE(this=of_day.copy(), expression=first), exp.LTE(this=of_day.copy(), expression=began.copy())
    )
    own = {"key": cases.key, "entity": cases.entity, "started": cases.started, "action": cases.action}
    own |= {"outcome": cases.outcome} | ({"closed": cases.closed} if cases.closed else {})
    statement = (
        exp.select(*(exp.alias_(column_of(column), name) for name, column in own.items()))
        .from_(table_of(catalog, cases.dataset))
        .join(table_of(catalog, health.dataset, "h"), on=window, join_type="inner")
    )
    statement, places = joined(catalog, statement, cases.dataset, described_by(catalog, agent, health))
    measured: list[exp.Expr] = []
    for n, column in enumerate((health.score, *(c.column for c in health.components))):
        at_start = exp.If(this=exp.EQ(this=of_day.copy(), expression=began.copy()), true=column_of(column, "h"))
        now = exp.Max(this=exp.Case(ifs=[at_start]))
        measured += [exp.alias_(now, f"now_{n}"), exp.alias_(exp.Max(this=column_of(column, "h")), f"high_{n}")]
    described = {name: place for name, place in places.items() if name not in ("name", "owner")}
    return (
        statement.select(*(exp.alias_(place.copy(), name) for name, place in described.items()), *measured)
        .where(exp.Not(this=exp.Is(this=column_of(cases.outcome), expression=exp.Null())))
        .where(exp.LTE(this=began.copy(), expression=literal(as_of)))
        .group_by(*map(column_of, own.values()), *(place.copy() for place in described.values()))
        .order_by(column_of(cases.key))
    )


def _case(row: Mapping[str, Any], health: Health, cases: Cases) -> Case | None:
    started, high, level = as_day(row["started"]), exact(row["high_0"]), exact(row["now_0"])
    if started is None or high is None or level is None or high - level < REAL_FALL * Decimal(str(health.drop)):
        return None
    closed = as_day(row["closed"]) if cases.closed else started + timedelta(days=cases.judged_days)
    if closed is None:
        return None
    parts = tuple((exact(row[f"high_{n + 1}"]), exact(row[f"now_{n + 1}"])) for n in range(len(health.components)))
    attributes = tuple(str(row[f"attribute_{n}"] or "") for n in range(len(health.attributes)))
    profile = _profile(str(row["entity"]), parts, high, level, attributes, as_day(row.get("since")), started)
    return Case(str(row["key"]), profile, str(row["action"]), str(row["outcome"]) == cases.good, started, closed)


def _profile(
    entity: str,
    parts: tuple[tuple[Decimal | None, Decimal | None], ...],
    high: Decimal,
    level: Decimal,
    attributes: tuple[str, ...],
    since: date | None,
    day: date,
) -> Profile:
    """Without components the score itself is the one that falls."""
    falls = tuple(None if top is None or now is None else float(top - now) for top, now in parts)
    tenure = None if since is None else (day - since).days / DAYS_A_YEAR
    return Profile(entity, falls or (float(high - level),), float(level), attributes, tenure)
