"""The guard's refusals: which, in which words, and what it says a statement reads."""

from __future__ import annotations

import inspect
import sys

import duckdb
import pytest
from inline_snapshot import snapshot

from catalog.refusals import (
    BadArgument,
    NotAllowed,
    NotReadOnly,
    PiiDenied,
    Refusal,
    TooExpensive,
    UnknownColumn,
    UnknownTable,
)
from tests.warehouse.guard.bikes import access
from tests.warehouse.guard.running import NOW
from warehouse.guard import check_sql, confirm
from warehouse.guard.text import MOST_BYTES, MOST_DEPTH
from warehouse.port import CheckedSql


def refusal_of(sql: str, role: str = "viewer") -> Refusal:
    with pytest.raises(Refusal) as caught:
        check_sql(sql, access(role), NOW)
    return caught.value


@pytest.mark.parametrize(
    ("hidden", "missing"),
    [
        ("SELECT * FROM stock", "SELECT * FROM stick"),
        ("SELECT * FROM gold.stock", "SELECT * FROM gold.stick"),
        ("SELECT * FROM raw.payroll", "SELECT * FROM raw.paybill"),
        ("SELECT chief FROM station", "SELECT thief FROM station"),
        ("SELECT s.chief FROM station s", "SELECT s.thief FROM station s"),
        ("SELECT km FROM ride", "SELECT xx FROM ride"),
        (
            "SELECT 1 FROM station a JOIN station b USING (chief)",
            "SELECT 1 FROM station a JOIN station b USING (thief)",
        ),
    ],
)
def test_a_hidden_name_is_refused_in_the_words_of_a_missing_one(hidden: str, missing: str) -> None:
    one, other = refusal_of(hidden), refusal_of(missing)
    swap = {"stick": "stock", "paybill": "payroll", "thief": "chief", "'xx'": "'km'"}
    text = other.text
    for wrong, right in swap.items():
        text = text.replace(wrong, right)

    assert type(one) is type(other)
    assert one.text == text


def test_a_stack_that_overflows_is_a_refusal() -> None:
    sql = "SELECT 1" + " + (1" * 60 + ")" * 60
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 60)
    try:
        with pytest.raises(TooExpensive):
            check_sql(sql, access("owner"))
    finally:
        sys.setrecursionlimit(limit)


def test_denied_personal_data_is_named_because_the_catalog_lists_it() -> None:
    refusals = [
        refusal_of(sql)
        for sql in (
            "SELECT phone FROM rider",
            "SELECT r.phone FROM rider r",
            "SELECT phone.upper() FROM rider",
            "SELECT (r).phone FROM rider r",
            "SELECT 1 FROM rider a JOIN rider b USING (phone)",
            "SELECT count(*) FROM rider WHERE phone LIKE '+47%'",
        )
    ]

    assert {type(refusal) for refusal in refusals} == {PiiDenied}
    assert refusals[0].text == snapshot(
        "PII_DENIED: Column 'phone' of 'rider' holds personal data (phone) that your role does not see. Available: "
        "birth_year, email, rider_id, rider_name, station_id, tier."
    )


def test_an_alias_may_have_the_name_of_a_hidden_column() -> None:
    assert check_sql("SELECT 1 AS phone, count(*) AS chief FROM rider ORDER BY phone", access("viewer")).sql


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("SELECT 1; SELECT 2", NotReadOnly),
        ("DROP TABLE ride", NotReadOnly),
        ("EXPLAIN SELECT 1", NotReadOnly),
        ("WITH x AS (DELETE FROM ride RETURNING *) SELECT * FROM x", NotReadOnly),
        ("SELECT * FROM ride TABLESAMPLE 10%", NotAllowed),
        ("WITH RECURSIVE x AS (SELECT 1) SELECT * FROM x", NotAllowed),
        ("SELECT random()", NotAllowed),
        ("SELECT * FROM read_csv('x')", NotAllowed),
        ("SELECT nope FROM ride", UnknownColumn),
        ("SELECT * FROM nope", UnknownTable),
        ("SELECT * FROM other.gold.ride", UnknownTable),
        ("SELECT FROM WHERE", BadArgument),
        ("", BadArgument),
        ("SELECT 'open", BadArgument),
        ("SELECT km\u200b FROM ride", BadArgument),
        ("SELECT '\ud800'", BadArgument),
        ("SELECT '\u200b is fine in a literal' FROM nope", UnknownTable),
        ("SELECT current_time", BadArgument),
        ("SELECT current_date('Asia/Tokyo')", BadArgument),
        ("SELECT age(started_at) FROM ride", BadArgument),
        ("SELECT CAST(1 AS mood)", BadArgument),
        ("SELECT " + "x" * MOST_BYTES, TooExpensive),
        ("SELECT " + "(" * (MOST_DEPTH + 1) + "1" + ")" * (MOST_DEPTH + 1), TooExpensive),
        ("SELECT range(100001)", TooExpensive),
        ("SELECT range(minutes) FROM ride", TooExpensive),
        ("SELECT range(TIMESTAMP '2026-01-01', TIMESTAMP '2026-02-01', INTERVAL 1 SECOND)", TooExpensive),
        ("SELECT range(-(60000), 60000)", TooExpensive),
        ("SELECT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT true", BadArgument),
        ("SELECT true" + " AND NOT true" * 201, TooExpensive),
        ("SELECT 1" + ", 1" * 4_000, TooExpensive),
        ("SELECT * FROM json_each('{}')", NotAllowed),
        ("SELECT * FROM coalesce('x')", NotAllowed),
        ("SELECT list_aggregate([1], kind) FROM ride", NotAllowed),
        ("SELECT repeat('x', 100001)", TooExpensive),
        ("SELECT repeat(repeat('x', 1000), 1000)", TooExpensive),
        ("SELECT 'x'.repeat(minutes) FROM ride", TooExpensive),
        ("SELECT format('{:>99999}', 1)", TooExpensive),
        ("SELECT 1" + " UNION ALL SELECT 1" * 100, TooExpensive),
        ("SELECT minutes IN (" + "1," * 2_001 + "1) FROM ride", TooExpensive),
        ("SELECT 1" + " + 1" * 400, TooExpensive),
        ("SELECT count(*) FROM ride GROUP BY CUBE (1, 2, 3, 4, 5, 6, 7, 8, 9)", TooExpensive),
    ],
)
def test_a_statement_is_refused_with_the_right_code(sql: str, kind: type[Refusal]) -> None:
    assert type(refusal_of(sql)) is kind


def test_a_refusal_repeats_little_of_what_the_caller_wrote() -> None:
    long = refusal_of('SELECT * FROM "' + "[click](https://evil.example) \x07"[:-1] * 20 + '"')

    assert not set("[]()/<>") & set(long.text)
    assert len(long.text) < 200


def test_the_clock_is_refused_where_no_moment_is_given() -> None:
    with pytest.raises(BadArgument):
        check_sql("SELECT current_date", access("owner"))


@pytest.mark.parametrize(
    ("sql", "tables", "columns"),
    [
        ("SELECT kind FROM ride", {"ride"}, {"ride.kind"}),
        ("SELECT r.kind FROM ride r JOIN station s USING (station_id)", {"ride", "station"}, None),
        ("SELECT count(*) FROM station", {"station"}, set()),
        ("SELECT tier FROM rider WHERE email IS NULL", {"rider"}, {"rider.tier", "rider.email"}),
        ("WITH ride AS (SELECT tier FROM rider) SELECT * FROM ride", {"rider"}, None),
        ("SELECT 1", set(), set()),
    ],
)
def test_it_says_what_a_statement_reads(sql: str, tables: set[str], columns: set[str] | None) -> None:
    checked = check_sql(sql, access("owner"))

    assert checked.tables == tables
    assert columns is None or checked.columns_read == columns


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM rider",
        "SELECT r.* FROM rider r",
        "SELECT r FROM rider r",
        "SELECT COLUMNS('e.*') FROM rider",
        "SELECT #3 FROM rider",
        "SELECT c FROM rider AS t(a, b, c)",
        "PIVOT rider ON tier USING count(*)",
        "SELECT 1 FROM rider NATURAL JOIN ride",
        "SELECT to_json(rider) FROM rider",
        "SELECT * FROM (SELECT * FROM rider)",
    ],
)
def test_what_is_not_named_counts_as_read(sql: str) -> None:
    read = check_sql(sql, access("owner")).columns_read

    assert {f"rider.{c}" for c in ("email", "phone", "note", "rider_name")} <= read


def test_tables_run_under_their_full_name_whatever_the_caller_called_them() -> None:
    sql = "WITH stock AS (SELECT * FROM ride) SELECT * FROM stock, RIDE r, Gold.Station"

    assert check_sql(sql, access("owner")).sql == snapshot(
        "WITH stock AS (SELECT * FROM gold.ride) SELECT * FROM stock, gold.ride AS r, gold.station"
    )


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM gold.stock",
        "SELECT * FROM ride",
        "SELECT * FROM duckdb_settings()",
        "SELECT current_setting('threads')",
        "DESCRIBE gold.ride",
        "SELECT * FROM gold.ride TABLESAMPLE 10%",
        "SELECT * FROM gold.ride AT (VERSION => 1)",
        "WITH x AS (DELETE FROM gold.ride RETURNING *) SELECT * FROM x",
        "WITH RECURSIVE x AS (SELECT 1 UNION ALL SELECT 2 FROM x) SELECT * FROM x",
        "PIVOT gold.stock ON as_of USING count(*)",
        "SELECT 1; SELECT 2",
        "DROP TABLE gold.ride",
        "SELEC 1",
        "SELECT 1 FROM",
    ],
)
def test_the_engines_own_reading_refuses_what_the_guard_never_lets_through(sql: str) -> None:
    """`confirm` alone, as if the guard before it had been fooled."""
    with duckdb.connect() as engine:
        engine.execute("CREATE SCHEMA gold; CREATE TABLE gold.ride (a INT); CREATE TABLE gold.stock (as_of DATE)")
        with pytest.raises((NotAllowed, NotReadOnly, BadArgument)):
            confirm(engine, CheckedSql(sql, frozenset({"ride"}), frozenset()), access("owner"))


def test_the_engines_own_reading_agrees_with_a_pivot_over_the_data() -> None:
    with duckdb.connect() as engine:
        engine.execute("CREATE SCHEMA gold; CREATE TABLE gold.ride (kind VARCHAR, minutes INT)")
        confirm(engine, check_sql("PIVOT ride ON kind USING sum(minutes)", access("owner")), access("owner"))
