"""What a fragment of the catalog means is the same on both engines: each expression run on each, and compared with the
meaning that BigQuery's documentation and ours give it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from sqlglot import exp

from catalog.fragments import fragment_columns, parse_fragment
from catalog.metrics import Grain
from catalog.tables import ColumnType
from tests.warehouse.bigquery.company import same
from warehouse.bigquery.cells import cell
from warehouse.bigquery.connection import connect
from warehouse.bigquery.place import Place
from warehouse.compiler.dialect import moved, truncated
from warehouse.compiler.one_meaning import median, one_meaning
from warehouse.port import Cell, Dialect

ROW: dict[str, tuple[ColumnType, str]] = {
    "seven": ("integer", "CAST(7 AS BIGINT)"),
    "minus": ("integer", "CAST(-2 AS BIGINT)"),
    "zero": ("integer", "CAST(0 AS BIGINT)"),
    "none": ("integer", "CAST(NULL AS BIGINT)"),
    "half": ("float", "CAST(2.5 AS DOUBLE)"),
    "owed": ("float", "CAST(-2.5 AS DOUBLE)"),
    "cents": ("decimal", "1.005"),
    "tiny": ("decimal", "0.000003"),
    "large": ("decimal", "12345678901234567890123456789.123456789"),
    "name": ("string", "CAST('Abc' AS VARCHAR)"),
    "path": ("string", "CAST('a' || CHR(92) || 'b' AS VARCHAR)"),
    "empty": ("string", "CAST('' AS VARCHAR)"),
    "nothing": ("string", "CAST(NULL AS VARCHAR)"),
    "yes": ("boolean", "TRUE"),
    "before": ("date", "CAST('2026-03-07' AS DATE)"),
    "after": ("date", "CAST('2026-03-09' AS DATE)"),
}
MEANS: dict[str, object] = {
    # division and remainders
    "seven / minus": -3.5,
    "seven / zero": None,
    "tiny / seven": 0.000003 / 7,
    "cents / tiny / seven": 1.005 / 0.000003 / 7,
    "seven // minus": -3,
    "seven % minus": 1,
    "minus % seven": -2,
    # rounding of halves
    "round(half)": 3,
    "round(owed)": -3,
    "round(cents, 2)": Decimal("1.01"),
    "CAST(half AS INTEGER)": 3,
    "CAST(owed AS BIGINT)": -3,
    "CAST(seven / 2 AS INTEGER)": 4,
    "CAST(cents AS DECIMAL(10, 2))": Decimal("1.01"),
    "CAST('12' AS INTEGER)": 12,
    # NULL
    "greatest(seven, none)": 7,
    "greatest(none, minus, none)": -2,
    "least(none, none)": None,
    "least(minus, none, seven)": -2,
    "coalesce(none, zero)": 0,
    "nullif(empty, '')": None,
    "name || nothing": None,
    "none IS NULL": True,
    "none = 1": None,
    "none IN (1, 2)": None,
    "seven NOT IN (1, 2)": True,
    # text: case, empty texts, patterns
    "name = 'abc'": False,
    "name ILIKE 'A%'": True,
    "name LIKE 'a%'": False,
    "lower(name) || upper(name)": "abcABC",
    "empty = ''": True,
    "empty < name": True,
    "nothing = ''": None,
    "path = 'a\\b'": True,
    # large numbers
    "large + 1": Decimal("12345678901234567890123456790.123456789"),
    "large * 2 > large": True,
    "abs(-large) = large": True,
    # days over a change of the clocks
    "after - before": 2,
    "after - before > 1": True,
    "before + 2 = after": True,
    "CAST('2026-03-08' AS DATE) - before": 1,
    "CASE WHEN yes THEN 1 ELSE 0 END": 1,
    "CAST(yes AS INTEGER)": 1,
}
BEYOND_THE_EMULATOR = frozenset({"tiny", "large"})
"""Its NUMERIC of a literal has 18 digits, 3 of them places; BigQuery's has 38 and 9 ("Numeric types")."""
YEAR_ENDS = {
    date(2020, 12, 27): date(2020, 12, 21),
    **{date(2020, 12, day): date(2020, 12, 28) for day in (28, 29, 30, 31)},
    **{date(2021, 1, day): date(2020, 12, 28) for day in (1, 2, 3)},
    date(2021, 1, 4): date(2021, 1, 4),
    date(2025, 12, 28): date(2025, 12, 22),
    date(2025, 12, 29): date(2025, 12, 29),
    date(2026, 1, 4): date(2025, 12, 29),
    date(2026, 1, 5): date(2026, 1, 5),
    date(2026, 12, 31): date(2026, 12, 28),
    date(2027, 1, 3): date(2026, 12, 28),
}
"""A day → the Monday of its ISO week."""
Run = Callable[[exp.Query], tuple[Cell, ...]]


ENGINES = ["duckdb", pytest.param("bigquery", marks=pytest.mark.wide)]


@pytest.fixture(scope="module")
def run(request: pytest.FixtureRequest) -> dict[Dialect, Run]:
    """Runs a SELECT of one row on each engine."""

    def on_duckdb(query: exp.Query) -> tuple[Cell, ...]:
        with duckdb.connect() as connection:
            return connection.execute(query.sql("duckdb")).fetchall()[0]

    def on_bigquery(query: exp.Query) -> tuple[Cell, ...]:
        endpoint = request.getfixturevalue("bigquery_emulator")
        client: Any = connect(Place("assay-meaning"), api_endpoint=endpoint, anonymous=True)
        [row] = client.query(query.sql("bigquery")).result()
        return tuple(cell(value, ZoneInfo("America/New_York")) for value in row.values())

    return {"duckdb": on_duckdb, "bigquery": on_bigquery}


def _type(name: str) -> ColumnType | None:
    return ROW[name][0] if name in ROW else None


def _value(kind: ColumnType, text: str, dialect: Dialect) -> exp.Expr:
    if kind == "decimal":
        return exp.Var(this=f"CAST('{text}' AS {'NUMERIC' if dialect == 'bigquery' else 'DECIMAL(38, 9)'})")
    return parse_fragment(text)


def _asked(dialect: Dialect) -> list[str]:
    """The fragments that the engine can run."""
    lacking = BEYOND_THE_EMULATOR if dialect == "bigquery" else frozenset[str]()
    return [text for text in MEANS if not fragment_columns(text) & lacking]


def _fragments(dialect: Dialect) -> exp.Query:
    lacking = BEYOND_THE_EMULATOR if dialect == "bigquery" else frozenset[str]()
    row = [exp.alias_(_value(*value, dialect), name) for name, value in ROW.items() if name not in lacking]
    trees = [one_meaning(parse_fragment(text), dialect, _type) for text in _asked(dialect)]
    asked = [exp.alias_(tree, f"v{i}") for i, tree in enumerate(trees)]
    return exp.select(*asked).from_(exp.select(*row).subquery("t"))


@pytest.mark.parametrize("dialect", ENGINES)
def test_a_fragment_means_the_same_on_both_engines(dialect: Dialect, run: dict[Dialect, Run]) -> None:
    found = dict(zip(_asked(dialect), run[dialect](_fragments(dialect)), strict=True))
    assert {text: value for text, value in found.items() if not same(value, MEANS[text])} == {}


@pytest.mark.parametrize("dialect", ENGINES)
def test_weeks_at_the_end_of_a_year_are_iso_weeks_on_both_engines(dialect: Dialect, run: dict[Dialect, Run]) -> None:
    days = [exp.cast(exp.Literal.string(str(day)), "DATE") for day in YEAR_ENDS]
    weeks = [exp.alias_(truncated(day, "week", 1, dialect), f"w{i}") for i, day in enumerate(days)]
    assert run[dialect](exp.select(*weeks)) == tuple(YEAR_ENDS.values())


@pytest.mark.parametrize("dialect", ENGINES)
def test_periods_and_moved_days_are_the_same_on_both_engines(dialect: Dialect, run: dict[Dialect, Run]) -> None:
    day = exp.cast(exp.Literal.string("2024-02-29"), "DATE")
    grains: tuple[Grain, ...] = ("month", "quarter", "year")
    asked = [truncated(day, grain, 2, dialect) for grain in grains]
    asked += [moved(day, 12, True, dialect), moved(day, -1, True, dialect), moved(day, -364, False, dialect)]
    query = exp.select(*[exp.alias_(tree, f"v{i}") for i, tree in enumerate(asked)])
    firsts = (date(2024, 2, 1), date(2024, 2, 1), date(2024, 2, 1))
    assert run[dialect](query) == (*firsts, date(2025, 2, 28), date(2024, 1, 29), date(2023, 3, 2))


@pytest.mark.parametrize("dialect", ENGINES)
def test_a_median_is_exact_on_both_engines(dialect: Dialect, run: dict[Dialect, Run]) -> None:
    groups = {"odd": (7, 1, 3), "even": (4, 10, 1, 3), "one": (5,), "some": (None, 2, None, 3), "none": (None,)}
    rows = [
        exp.select(exp.alias_(exp.Literal.string(name), "g"), exp.alias_(exp.cast(exp.convert(n), "BIGINT"), "n"))
        for name, numbers in groups.items()
        for n in numbers
    ]
    given = exp.union(*rows, distinct=False)
    medians = [
        exp.alias_(median(exp.case().when(exp.column("g").eq(name), exp.column("n")), dialect), name) for name in groups
    ]
    assert run[dialect](exp.select(*medians).from_(given.subquery("t"))) == (3, 3.5, 5, 2.5, None)


def test_a_moment_with_a_zone_is_shown_on_the_companys_clocks() -> None:
    zone, utc = ZoneInfo("America/New_York"), ZoneInfo("UTC")
    moments = [datetime(2026, 3, 8, 6, 59, tzinfo=utc), datetime(2026, 3, 8, 7, 0, tzinfo=utc)]
    assert [cell(moment, zone) for moment in moments] == [datetime(2026, 3, 8, 1, 59), datetime(2026, 3, 8, 3, 0)]
    assert cell(datetime(2026, 3, 8, 2, 30), zone) == datetime(2026, 3, 8, 2, 30)


def test_what_bigquery_would_understand_otherwise_is_written_otherwise() -> None:
    """On the emulator greatest() passes over NULL and a cast keeps its places, as DuckDB's do; in BigQuery GREATEST
    "returns NULL if any of the arguments is NULL", and a backslash in a LIKE pattern escapes what follows."""
    written = [one_meaning(parse_fragment(text), "bigquery", _type).sql("bigquery") for text in WRITTEN]
    assert dict(zip(WRITTEN, written, strict=True)) == WRITTEN


def test_bigquery_is_never_asked_for_an_aggregate_that_it_lacks() -> None:
    [middle] = {call.sql("bigquery") for call in median(exp.column("x"), "bigquery").find_all(exp.ArrayAgg)}
    assert middle == "ARRAY_AGG(x IGNORE NULLS ORDER BY x)"
    assert "MEDIAN" not in median(exp.column("x"), "bigquery").sql("bigquery")


WRITTEN = {
    "greatest(seven, none)": "GREATEST(COALESCE(seven, none), COALESCE(none, seven))",
    "CAST(cents AS DECIMAL(10, 2))": "ROUND(CAST(cents AS NUMERIC), 2)",
    "after - before": "DATE_DIFF(after, before, DAY)",
    "seven - minus": "seven - minus",
    "cents / 7": "CAST(cents AS FLOAT64) / NULLIF(CAST(7 AS FLOAT64), 0)",
    "CAST(half AS INTEGER)": "CAST(ROUND(half) AS INT64)",
    "CAST(name AS INTEGER)": "CAST(name AS INT64)",
    "path LIKE 'a\\b'": "path LIKE 'a\\\\\\\\b'",
}
