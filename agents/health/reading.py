"""The configured score table → where every entity stands on the last complete day, and the course of a few of them.

The statements are trees built from the configuration and run through the gate as the principal of the desk. Rows come
in pages by key, so that no ceiling of a role cuts them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlglot import exp

from agents.desk import Desk, Result, exact
from catalog.agents import Agent, Health
from catalog.catalog import Catalog

PAGE_ROWS = 5_000
"""Rows of one statement, where the role allows as many."""
LATE_DAYS = 14
"""A score that has had no complete day for so long is not judged."""
SCORE, JOINED = "t", "d"
"""Aliases of the score's own table, and prefix of the tables that hold names and attributes."""


@dataclass(frozen=True)
class Standing:
    """An entity on one day: its score, the highest score of the window, and each component likewise."""

    key: str
    name: str
    owner: str
    score: Decimal
    high: Decimal
    parts: tuple[Decimal | None, ...]
    part_highs: tuple[Decimal | None, ...]
    attributes: tuple[str, ...]
    since: date | None = None


@dataclass(frozen=True)
class Day:
    """The score and its components on one day."""

    day: date
    score: Decimal
    parts: tuple[Decimal | None, ...]


@dataclass(frozen=True)
class Standings:
    """Every entity by key, with the call that says so."""

    as_of: date
    by_key: Mapping[str, Standing]
    receipt: str
    trust: str


@dataclass(frozen=True)
class Courses:
    """The days of the window by entity, oldest first."""

    by_key: Mapping[str, tuple[Day, ...]]
    receipt: str
    trust: str


def last_complete_day(desk: Desk, health: Health) -> date | None:
    """The last day whose snapshot is complete; None where there is none of late. Raises Refused."""
    first = desk.calendar.today - timedelta(days=LATE_DAYS)
    statement = (
        exp.select(exp.alias_(exp.Max(this=day_of(health.time)), "latest"))
        .from_(table_of(desk.catalog, health.dataset, SCORE))
        .where(_between(day_of(health.time), first, desk.calendar.today))
    )
    found = desk.query("How far does the score reach?", sql=statement.sql(dialect=desk.dialect))
    latest = as_day(found.rows[0]["latest"]) if found.rows else None
    if found.as_of is None or latest is None or found.as_of < first:
        return None
    return min(found.as_of, latest)


def read_standings(
    desk: Desk, agent: Agent, health: Health, as_of: date, only: Sequence[str] | None = None
) -> Standings:
    """Every entity (of `only`, where given) that has a score on `as_of`. Raises Refused."""
    statement, wanted = _standings(desk.catalog, agent, health, as_of)
    if only is not None:
        statement = statement.where(_among(desk.catalog, health.dataset, health.entity, only))
    pages = list(in_pages(desk, "Where does every entity stand?", statement, health.dataset, health.entity))
    count = len(health.components)

    def standing(row: Mapping[str, Any]) -> Standing | None:
        score, high = exact(row["score"]), exact(row["high"])
        if score is None or high is None or row["key"] is None:
            return None
        return Standing(
            str(row["key"]),
            str(row["name"] if row["name"] is not None else row["key"]),
            str(row["owner"] or ""),
            score,
            high,
            tuple(exact(row[f"part_{n}"]) for n in range(count)),
            tuple(exact(row[f"high_{n}"]) for n in range(count)),
            tuple(str(row[name] or "") for name in wanted),
            as_day(row.get("since")),
        )

    found = [standing(row) for page in pages for row in page.rows]
    return Standings(as_of, {s.key: s for s in found if s}, pages[0].receipt, pages[0].trust)


def read_courses(desk: Desk, health: Health, keys: Sequence[str], as_of: date) -> Courses:
    """The window up to `as_of` of the entities named. Raises Refused."""
    days = health.window_days + 1
    courses: dict[str, list[Day]] = {}
    receipt = trust = ""
    at_once = max(1, _rows_at_once(desk) // days)
    for start in range(0, len(keys), at_once):
        chunk = keys[start : start + at_once]
        columns = [exp.alias_(column_of(c.column), f"part_{n}") for n, c in enumerate(health.components)]
        statement = (
            exp.select(
                exp.alias_(column_of(health.entity), "key"),
                exp.alias_(day_of(health.time), "day"),
                exp.alias_(column_of(health.score), "score"),
                *columns,
            )
            .from_(table_of(desk.catalog, health.dataset, SCORE))
            .where(_between(day_of(health.time), as_of - timedelta(days=health.window_days), as_of))
            .where(_among(desk.catalog, health.dataset, health.entity, chunk))
            .order_by(column_of(health.entity), day_of(health.time))
        )
        page = desk.query("How did the score move?", sql=statement.sql(dialect=desk.dialect))
        receipt, trust = receipt or page.receipt, trust or page.trust
        for row in page.rows:
            if (score := exact(row["score"])) is not None:
                parts = tuple(exact(row[f"part_{n}"]) for n in range(len(health.components)))
                day = Day(as_day(row["day"]) or as_of, score, parts)
                courses.setdefault(str(row["key"]), []).append(day)
    return Courses({key: tuple(found) for key, found in courses.items()}, receipt, trust)


def _standings(catalog: Catalog, agent: Agent, health: Health, as_of: date) -> tuple[exp.Select, tuple[str, ...]]:
    """The statement, and the names of its attribute columns."""
    names = described_by(catalog, agent, health)
    today = exp.EQ(this=day_of(health.time), expression=literal(as_of))
    columns: list[exp.Expr] = []
    for n, column in enumerate((health.score, *(c.column for c in health.components))):
        now = exp.Max(this=exp.Case(ifs=[exp.If(this=today.copy(), true=column_of(column))]))
        columns.append(exp.alias_(now, "score" if n == 0 else f"part_{n - 1}"))
        columns.append(exp.alias_(exp.Max(this=column_of(column)), "high" if n == 0 else f"high_{n - 1}"))
    statement = exp.select(exp.alias_(column_of(health.entity), "key"), *columns).from_(
        table_of(catalog, health.dataset, SCORE)
    )
    statement, places = joined(catalog, statement, health.dataset, names)
    latest = exp.Max(this=exp.Case(ifs=[exp.If(this=today.copy(), true=day_of(health.time))]))
    statement = (
        statement.select(*(exp.alias_(place.copy(), name) for name, place in places.items()))
        .where(_between(day_of(health.time), as_of - timedelta(days=health.window_days), as_of))
        .group_by(column_of(health.entity), *(place.copy() for place in places.values()))
        .having(exp.Not(this=exp.Is(this=latest, expression=exp.Null())))
        .order_by(column_of(health.entity))
    )
    return statement, tuple(n for n in names if n.startswith("attribute_"))


def described_by(catalog: Catalog, agent: Agent, health: Health) -> dict[str, tuple[str, str]]:
    """What describes an entity → the (table, column) that holds it."""
    names = {"name": agent.entity or "", "owner": agent.owner or ""}
    names |= {f"attribute_{n}": name for n, name in enumerate(health.attributes)}
    found = {name: catalog.dimensions[dimension] for name, dimension in names.items()}
    places = {name: (dimension.table.name, dimension.column.name) for name, dimension in found.items()}
    return places | ({"since": (found["name"].table.name, health.since)} if health.since else {})


def joined(
    catalog: Catalog, statement: exp.Select, dataset: str, wanted: Mapping[str, tuple[str, str]]
) -> tuple[exp.Select, dict[str, exp.Column]]:
    """The statement over alias `t` of `dataset` with the tables of these columns joined, and where each is found."""
    aliases: dict[tuple[str, ...], str] = {(): SCORE}
    places: dict[str, exp.Column] = {}
    for name, (table, column) in wanted.items():
        walked: tuple[str, ...] = ()
        for join in catalog.path(dataset, table) or ():
            relationship = join.relationship
            before, walked = walked, (*walked, f"{relationship.column}>{relationship.to}")
            if walked not in aliases:
                alias = aliases[walked] = f"{JOINED}{len(aliases)}"
                on = exp.EQ(
                    this=column_of(relationship.column, aliases[before]),
                    expression=column_of(relationship.to_column, alias),
                )
                statement = statement.join(table_of(catalog, relationship.to_table, alias), on=on, join_type="left")
        places[name] = column_of(column, aliases[walked])
    return statement, places


def as_day(cell: object) -> date | None:
    """A day or a moment of an answer, as a day."""
    return None if cell is None else date.fromisoformat(str(cell)[:10])


def in_pages(desk: Desk, question: str, statement: exp.Select, dataset: str, key: str) -> Iterator[Result]:
    """All rows of a statement over `dataset` as alias `t` that is ordered by its key and names it "key". Raises
    Refused."""
    after: str | None = None
    rows = _rows_at_once(desk)
    while True:
        page = statement.limit(rows)
        if after is not None:
            page = page.where(exp.GT(this=column_of(key), expression=_key(desk.catalog, dataset, key, after)))
        found = desk.query(question, sql=page.sql(dialect=desk.dialect))
        yield found
        if len(found.rows) < rows:
            return
        after = str(found.rows[-1]["key"])


def _rows_at_once(desk: Desk) -> int:
    return min(PAGE_ROWS, desk.access.role.limits.max_rows)


def table_of(catalog: Catalog, name: str, alias: str = SCORE) -> exp.Table:
    """A table of the catalog under an alias."""
    return exp.table_(name, db=catalog.tables[name].schema_name, alias=alias, quoted=True)


def column_of(name: str, table: str = SCORE) -> exp.Column:
    """A column of the table with that alias."""
    return exp.column(name, table=table, quoted=True)


def day_of(name: str, table: str = SCORE) -> exp.Expr:
    """A column that holds days or moments, as a day."""
    return exp.cast(column_of(name, table), "DATE")


def literal(day: date) -> exp.Expr:
    """A day."""
    return exp.cast(exp.Literal.string(day.isoformat()), "DATE")


def _between(what: exp.Expr, first: date, last: date) -> exp.Expr:
    return exp.Between(this=what, low=literal(first), high=literal(last))


def _key(catalog: Catalog, dataset: str, column: str, value: str) -> exp.Expr:
    known = catalog.tables[dataset].column(column)
    whole = known is not None and known.type == "integer"
    return exp.Literal.number(int(value)) if whole else exp.Literal.string(value)


def _among(catalog: Catalog, dataset: str, column: str, keys: Sequence[str]) -> exp.Expr:
    return exp.In(this=column_of(column), expressions=[_key(catalog, dataset, column, key) for key in keys])
