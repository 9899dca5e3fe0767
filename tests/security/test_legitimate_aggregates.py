"""Who may not see personal values still counts, sums and groups, and gets what the company itself would compute."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import pytest

from catalog.access import Access
from catalog.tables import Table
from server.wiring import Program
from tests.security.two_worlds import principal_of, world

FEWEST = 100
SHARE_ANSWERED = 0.95
NUMBERS = ("integer", "decimal", "float")


def aggregates(access: Access) -> Iterator[str]:
    """Counts, distinct counts, sums and averages of every table, whole, by its groups and by those of tables it points
    at. Hidden columns are counted; their values are never asked for."""
    for table in access.tables.values():
        if table.definition:
            continue
        seen = access.columns(table)
        place = f"{table.schema_name}.{table.name}"
        clear = [c for c in table.columns if seen.get(c.name) == "clear"]
        counted = [c for c in table.columns if seen.get(c.name) in ("mask", "aggregate_only")]
        exact = [c for c in table.columns if seen.get(c.name) == "aggregate_only"]
        numbers = [c for c in clear if c.type in NUMBERS][:3]
        measures = ["count(*)", *(f"count({c.name})" for c in counted), *(f"count(DISTINCT {c.name})" for c in exact)]
        measures += [text for c in numbers for text in (f"sum({c.name})", f"round(avg({c.name}), 6)")]
        measures += [f"count(DISTINCT {table.grain[0]})"] if table.column(table.grain[0]) in clear else []
        yield f"SELECT {', '.join(measures)} FROM {place}"
        groups = [c.name for c in clear if c.dimension or c.type == "boolean"]
        for group in groups:
            yield f"SELECT {group}, {', '.join(measures)} FROM {place} GROUP BY ALL ORDER BY ALL"
        for group, hidden in product(groups, counted):
            yield f"SELECT {group}, count(*) FROM {place} WHERE {hidden.name} IS NULL GROUP BY ALL ORDER BY ALL"
        for hidden in exact:
            yield (
                f"SELECT n, count(*) FROM (SELECT count(*) AS n FROM {place} WHERE {hidden.name} IS NOT NULL "
                f"GROUP BY {hidden.name}) GROUP BY ALL ORDER BY ALL"
            )
        times = [c for c in clear if c.type in ("date", "timestamp")]
        linked = list(_over_links(access, table))
        for time, period in product(times[:2], ("day", "week", "month", "quarter", "year")):
            start = f"date_trunc('{period}', {time.name})::DATE"
            yield f"SELECT {start} AS p, {', '.join(measures)} FROM {place} GROUP BY ALL ORDER BY ALL"
            for group in groups:
                grouped = f"FROM {place} GROUP BY ALL HAVING count(*) > 2 ORDER BY ALL"
                yield f"SELECT {start} AS p, {group}, count(*) {grouped}"
                yield from (f"SELECT {start} AS p, {group}, count(DISTINCT {h.name}) {grouped}" for h in exact)
            for joined, column in linked:
                yield f"SELECT date_trunc('{period}', f.{time.name})::DATE, {column}, count(*) {joined}"
        sums = "".join(f", sum(f.{number.name})" for number in numbers)
        for joined, column in linked:
            yield f"SELECT {column}, count(*){sums} {joined}"
            for group in groups:
                yield f"SELECT {column}, f.{group}, count(*){sums} {joined}"
            for hidden in counted:
                yield f"SELECT {column}, count(f.{hidden.name}) {joined}"
            for hidden in exact:
                yield f"SELECT {column}, count(DISTINCT f.{hidden.name}) {joined}"


def _over_links(access: Access, table: Table) -> Iterator[tuple[str, str]]:
    """The end of a statement over `f` and a table that it points at, and a group of that table."""
    for link in table.relationships:
        target = access.tables.get(link.to_table)
        if target is None or link.column not in access.columns(table):
            continue
        seen = access.columns(target)
        for column in target.columns:
            if column.dimension and seen.get(column.name) == "clear":
                joined = (
                    f"FROM {table.schema_name}.{table.name} f JOIN {target.schema_name}.{target.name} d "
                    f"ON f.{link.column} = d.{link.to_column} GROUP BY ALL ORDER BY ALL"
                )
                yield joined, f"d.{column.name}"


def answered_right(program: Program, role: str, most: int | None = None) -> tuple[int, int]:
    """How many of the role's aggregates (`most` of them, from all tables) are answered, and of how many.

    Fails on one that is answered otherwise than the company's own rows say."""
    access = Access(program.catalog, principal_of(program.catalog, role))
    statements = list(dict.fromkeys(aggregates(access)))
    statements = statements[:: max(1, len(statements) // most)] if most else statements
    answered = 0
    with duckdb.connect(str(program.settings.at(program.settings.warehouse.path)), read_only=True) as company:
        for sql in statements:
            asked = {"question": "how many", "sql": sql}
            found = program.toolset.call(access.principal, "query_curated_data", asked, page_rows=100_000).structured
            if found["status"] != "ok":
                continue
            answered += 1
            wanted = company.execute(sql).fetchall()
            wanted = wanted[: found["row_count"]] if found["truncated"] else wanted
            assert [_plain(row) for row in found["rows"]] == [_plain(row) for row in wanted], sql
    return answered, len(statements)


def _plain(row: object) -> list[str]:
    cells = row if isinstance(row, list | tuple) else [row]
    return [f"{float(c):.4f}" if isinstance(c, int | float) or hasattr(c, "quantize") else str(c) for c in cells]


@pytest.mark.first_cases(1)
@pytest.mark.parametrize(("company", "role"), [("demo", "executive"), ("fjord", "board")])
def test_counts_and_groups_work_beside_hidden_values(
    company: str, role: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with world(request.getfixturevalue(f"{company}_workspace"), tmp_path / "w") as program:
        answered, asked = answered_right(program, role, FEWEST)
    assert asked >= FEWEST
    assert answered >= asked * SHARE_ANSWERED


@pytest.mark.prove
@pytest.mark.parametrize(("company", "role"), [("demo", "executive"), ("demo", "analyst"), ("fjord", "board")])
def test_all_of_them_work(
    company: str, role: str, request: pytest.FixtureRequest, tmp_path: Path, record_property: Any
) -> None:
    with world(request.getfixturevalue(f"{company}_workspace"), tmp_path / "w") as program:
        answered, asked = answered_right(program, role)
    record_property("aggregates asked", asked)
    record_property("answered right", answered)
    assert answered >= asked * SHARE_ANSWERED
