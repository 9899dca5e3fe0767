"""A metric's rows by day, as the checks look at them: how many came, with how many keys and values, from which systems.

The queries are trees over the catalog's names and go through the gate like any caller's SQL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlglot import exp

from agents.desk import Desk, Refused, exact
from agents.investigation.faults import rests_on
from agents.investigation.watch import Sighting, baseline
from catalog.fragments import fragment_columns, parse_fragment
from catalog.tables import Table

DAYS_BACK = 56
"""Eight of each weekday say how many rows a day brings."""
SOURCE_COLUMNS = ("source_system", "source", "loader", "feed")
"""Columns that say which system a row came from."""
Span = tuple[date, date]


@dataclass(frozen=True)
class Profile:
    """A metric's rows by day: how many, with how many keys and values, and from how many systems in which window."""

    rows: Mapping[date, Mapping[str, int]]
    systems: Mapping[str, tuple[int, int]]
    table: str
    keyed: bool
    valued: bool
    receipt: str


def profile_of(desk: Desk, sighting: Sighting) -> Profile:
    """Rows of the metric's table by day, from eight weeks before the window on, and from the baseline on where that is
    longer ago. Raises Refused."""
    catalog, metric = desk.catalog, sighting.watch.metric
    rests = rests_on(desk.access, metric)
    part = next(
        (p for p in catalog.inputs_of(metric) if p.measure and p.time and p.measure.dataset in rests.tables), None
    )
    table = catalog.tables.get(part.measure.dataset) if part and part.measure else None
    if part is None or table is None or part.measure is None or part.time is None or table.definition:
        raise Refused("NO_ROWS", "the metric has no table of its own")
    window, base = sighting.watch.window, baseline(sighting.watch, desk.calendar)
    spans = ((base.start, base.end), (window.start - timedelta(days=DAYS_BACK), window.end))
    key = table.grain[0] if len(table.grain) == 1 else ""
    value = next(iter(sorted(fragment_columns(part.measure.expr))), "")
    wheres = [part.measure.filter] if part.measure.filter else []
    by_day = desk.query(
        f"How many rows did {table.name} bring?",
        sql=_daily_sql(table, part.time.dimension, key, value, wheres, spans, desk.dialect),
    )
    rows = {
        date.fromisoformat(str(r["day"])[:10]): {"n": int(r["n"]), "k": int(r.get("k", 0)), "v": int(r.get("v", 0))}
        for r in by_day.rows
    }
    system = next((name for name in SOURCE_COLUMNS if table.column(name)), "")
    systems: dict[str, tuple[int, int]] = {}
    if system:
        for at, (start, end) in enumerate(((base.start, base.end), (window.start, window.end))):
            found = desk.query(
                f"Which systems brought rows of {table.name}?",
                sql=_systems_sql(table, part.time.dimension, system, wheres, (start, end), desk.dialect),
            )
            for row in found.rows:
                name, count = str(row[system]), int(exact(row["n"]) or 0)
                before, now = systems.get(name, (0, 0))
                systems[name] = (count, now) if at == 0 else (before, count)
    return Profile(rows, systems, table.name, bool(key), bool(value), by_day.receipt)


def _daily_sql(
    table: Table, time: str, key: str, value: str, wheres: Sequence[str], spans: Sequence[Span], dialect: str
) -> str:
    day = exp.cast(exp.column(time), "date")
    columns: list[exp.Expr] = [day.as_("day"), exp.Count(this=exp.Star()).as_("n")]
    if key:
        columns.append(exp.Count(this=exp.Distinct(expressions=[exp.column(key)])).as_("k"))
    if value:
        columns.append(exp.Count(this=exp.column(value)).as_("v"))
    query = exp.select(*columns).from_(_source(table))
    query = query.where(exp.or_(*(_between(time, span) for span in spans)))
    for fragment in wheres:
        query = query.where(parse_fragment(fragment))
    return query.group_by(day.copy()).sql(dialect=dialect)


def _systems_sql(table: Table, time: str, system: str, wheres: Sequence[str], span: Span, dialect: str) -> str:
    query = exp.select(exp.column(system), exp.Count(this=exp.Star()).as_("n")).from_(_source(table))
    query = query.where(_between(time, span))
    for fragment in wheres:
        query = query.where(parse_fragment(fragment))
    return query.group_by(exp.column(system)).sql(dialect=dialect)


def _source(table: Table) -> exp.Table:
    return exp.table_(table.name, db=table.schema_name)


def _between(time: str, span: Span) -> exp.Expr:
    day = exp.cast(exp.column(time), "date")
    low, high = (exp.cast(exp.Literal.string(d.isoformat()), "date") for d in span)
    return exp.Between(this=day, low=low, high=high)
