"""Finds out how far each table's data reaches, from its rows and from the loads of its feeds.

A day is complete for a feed when a successful load began after it; a snapshot day when its rows are at least
`min_ratio` of the median of the complete days before it.
"""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import cast

from sqlglot import exp

from catalog.access import NOT_GOLD
from catalog.catalog import Catalog
from catalog.refusals import WarehouseDown
from catalog.tables import Completeness, Table
from warehouse.horizon import Horizon
from warehouse.port import Dialect, Rows
from warehouse.secured import source_select

DAY = timedelta(days=1)
Ask = Callable[[str], Rows]


def find_horizons(catalog: Catalog, today: date, ask: Ask, source: str, dialect: Dialect) -> dict[str, Horizon]:
    """Horizons of all tables with dated rows before today.

    `ask` runs trusted SQL over the source; `source` is the name of its catalog. Raises Timeout, TooExpensive, and
    WarehouseDown when not one table could be read."""
    feeds = _feeds(catalog, today, ask, source, dialect)
    found: dict[str, Horizon] = {}
    missing: list[WarehouseDown] = []
    dated = [table for table in catalog.tables.values() if table.kind not in NOT_GOLD and _times(catalog, table)]
    for table in dated:
        try:
            reached = [_horizon(catalog, table, t, today, feeds, ask, source, dialect) for t in _times(catalog, table)]
        except WarehouseDown as down:
            # Not there as described: what rests on this table fails, the rest answers.
            missing.append(down)
            continue
        known = [horizon for horizon in reached if horizon is not None]
        if known:
            found[table.name] = min(known, key=lambda horizon: horizon.first)
    if missing and len(missing) == len(dated):
        raise missing[0]
    return found


def _times(catalog: Catalog, table: Table) -> list[str]:
    """The column that dates a row; without one, the columns that metrics date rows of this table by."""
    if table.time:
        return [table.time]
    used = [
        m.time.dimension for m in catalog.metrics.values() if m.time and m.measure and m.measure.dataset == table.name
    ]
    return list(dict.fromkeys(used))


def _feeds(catalog: Catalog, today: date, ask: Ask, source: str, dialect: Dialect) -> dict[str, date]:
    """Last complete day of each feed: the day before its last successful load began."""
    loads = exp.table_("source_load", db=catalog.sources.ops_schema, catalog=source)
    select = (
        exp.select("source", exp.alias_(exp.cast(exp.Max(this=exp.column("started_at")), "TIMESTAMP"), "began"))
        .from_(loads)
        .where(exp.EQ(this=exp.column("status"), expression=exp.Literal.string("success")))
        .group_by("source")
    )
    try:
        rows = ask(select.sql(dialect=dialect)).rows
    except WarehouseDown:
        # No log of loads: the rows themselves are all that can be known.
        return {}
    began = {str(name): cast(datetime, moment).date() for name, moment in rows if moment is not None}
    return {name: min(day, today) - DAY for name, day in began.items()}


def _horizon(
    catalog: Catalog,
    table: Table,
    time: str,
    today: date,
    feeds: Mapping[str, date],
    ask: Ask,
    source: str,
    dialect: Dialect,
) -> Horizon | None:
    days = _days(catalog, table, time, ask, source, dialect, counted=table.completeness is not None)
    if not days:
        return None
    first, latest = min(days), max(days)
    yesterday = today - DAY
    by_feed = {name: min(feeds[name], yesterday) for name in table.sources if name in feeds}
    known = min(by_feed.values()) if by_feed else min(latest, yesterday)
    if first > yesterday:
        return None
    incomplete = frozenset[date]()
    if table.completeness:
        incomplete = _incomplete(days, first, min(max(latest, known), yesterday), table.completeness)
    through = known
    while through in incomplete and through > first:
        through -= DAY
    return Horizon(first, through, latest, incomplete, by_feed if len(table.sources) > 1 else {})


def _days(
    catalog: Catalog, table: Table, time: str, ask: Ask, source: str, dialect: Dialect, counted: bool
) -> dict[date, int]:
    """Days with their row counts; only the first and the last day where counts are not needed."""
    column = table.column(time)
    stamp = exp.cast(exp.column((column.physical or time) if column and not table.definition else time), "DATE")
    rows = source_select(catalog, table, source).subquery("t")
    if counted:
        select = exp.select(exp.alias_(stamp, "day"), exp.alias_(exp.Count(this=exp.Star()), "n")).from_(rows)
        select = select.where(stamp.copy().is_(exp.null()).not_()).group_by(exp.Literal.number(1))
        return {cast(date, day): int(cast(int, n)) for day, n in ask(select.sql(dialect=dialect)).rows}
    select = exp.select(
        exp.alias_(exp.Min(this=stamp), "first"), exp.alias_(exp.Max(this=stamp.copy()), "latest")
    ).from_(rows)
    return {cast(date, day): 0 for day in ask(select.sql(dialect=dialect)).rows[0] if day is not None}


def _incomplete(days: Mapping[date, int], first: date, last: date, rule: Completeness) -> frozenset[date]:
    """Days from `first` to `last` without a snapshot, or with too few rows for one."""
    found: set[date] = set()
    trailing: deque[int] = deque(maxlen=rule.trailing_days)
    day = first
    while day <= last:
        count = days.get(day, 0)
        if count == 0 or (trailing and count < rule.min_ratio * statistics.median(trailing)):
            found.add(day)
        else:
            trailing.append(count)
        day += DAY
    return frozenset(found)
