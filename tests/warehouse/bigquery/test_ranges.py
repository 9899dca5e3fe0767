"""A table split by moments is read only for the days that a statement can use, and no row of those is lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from catalog.access import Access
from catalog.catalog import Catalog
from catalog.policies import ColumnRule, Treatment
from catalog.refusals import WarehouseDown
from tests.warehouse.bigquery.company import SPENDING, Company, differences
from warehouse.bigquery.connection import connect
from warehouse.bigquery.load import load_duckdb
from warehouse.bigquery.place import Place
from warehouse.bigquery.ranges import range_of
from warehouse.bigquery.secured import SecuredCatalog
from warehouse.bigquery.sources import ours
from warehouse.bigquery.tables import INGESTED, Name, Physical
from warehouse.bigquery.warehouse import BigQueryWarehouse
from warehouse.deadline import Deadline
from warehouse.duckdb_warehouse import DuckDBWarehouse
from warehouse.guard.googlesql import read_back

TICKETS = "gold.fact_support_ticket"
MARCH = "opened_at >= DATETIME '2026-03-01 00:00:00' AND opened_at < DATETIME '2026-04-01 00:00:00'"


def _range(sql: str) -> tuple[str, str]:
    """As it is found in a statement of our own and, which must be the same, in a caller's."""
    found: set[tuple[str, str]] = set()
    for tree in (sqlglot.parse_one(sql, dialect="bigquery"), read_back(sql)):
        [table] = [node for node in tree.find_all(exp.Table) if node.name == "s"]
        known = range_of(table, "at")
        found.add((str(known.low or ""), str(known.high or "")))
    [only] = found
    return only


@pytest.mark.parametrize(
    ("condition", "low", "high"),
    [
        ("at >= DATE '2026-03-02'", "2026-03-01 00:00:00", ""),
        ("at < DATETIME '2026-03-02 10:30:00'", "", "2026-03-04 10:30:00"),
        ("at > '2026-03-02' AND b = 1 AND at <= '2026-03-03 12:00:00'", "2026-03-01 00:00:00", "2026-03-05 12:00:00"),
        ("'2026-03-02' <= x.AT", "2026-03-01 00:00:00", ""),
        ("DATE(at) BETWEEN '2026-03-02' AND '2026-03-03'", "2026-03-01 00:00:00", "2026-03-05 00:00:00"),
        ("CAST(x.at AS DATE) = DATE '2026-03-02'", "2026-03-01 00:00:00", "2026-03-04 00:00:00"),
        ("(at IN ('2026-03-02', '2026-03-05') AND c) AND b", "2026-03-01 00:00:00", "2026-03-07 00:00:00"),
        ("at >= '0001-01-01' AND at <= '9999-12-31'", "", ""),
    ],
)  # fmt: skip
def test_terms_that_hold_in_every_row_make_a_range(condition: str, low: str, high: str) -> None:
    assert _range(f"SELECT a FROM gold.s AS x WHERE {condition}") == (low, high)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a FROM gold.s WHERE at >= '2026-03-02' OR b = 1",
        "SELECT a FROM gold.s WHERE NOT at >= '2026-03-02'",
        "SELECT a FROM gold.s WHERE at <> '2026-03-02' AND at IS NOT DISTINCT FROM '2026-03-02'",
        "SELECT a FROM gold.s WHERE at >= CONCAT('2026', '-03-02') AND at IN ('2026-03-02', NULL)",
        "SELECT a FROM gold.s WHERE at >= '2026-03-02 00:00:00+00' AND at > 'yesterday'",
        "SELECT a FROM gold.s WHERE DATETIME_ADD(at, INTERVAL 1 YEAR) >= '2026-03-02'",
        "SELECT a FROM gold.s AS x JOIN gold.t AS y USING (k) WHERE at >= '2026-03-02' AND y.at < '2026-03-04'",
        "SELECT a FROM gold.s AS x, UNNEST([1]) AS at WHERE at >= '2026-03-02'",
        "SELECT a FROM gold.t WHERE at >= '2026-03-02' AND k IN (SELECT k FROM gold.s)",
        "SELECT a FROM (SELECT * FROM gold.s) AS x WHERE x.at >= '2026-03-02'",
        "SELECT COUNT(*) FROM gold.s GROUP BY at HAVING at >= '2026-03-02'",
        "SELECT IF(at >= '2026-03-02', 1, 0) FROM gold.s",
    ],
)
def test_anything_else_makes_none(sql: str) -> None:
    assert _range(sql) == ("", "")


def test_a_table_of_a_join_is_narrowed_by_terms_under_its_own_name() -> None:
    sql = "SELECT 1 FROM gold.t AS y LEFT JOIN gold.s AS x ON x.k = y.k WHERE x.at >= '2026-03-02' AND y.at < '2026'"
    assert _range(sql) == ("2026-03-01 00:00:00", "")


def _physical(catalog: Catalog, kind: str, **more: object) -> Mapping[Name, Physical]:
    table = catalog.tables["fact_support_ticket"]
    types = {column.name: "STRING" for column in table.columns} | {"opened_at": kind}
    known = Physical(("gold", table.name), types, "opened_at", "1", is_view=False)
    return {("gold", table.name): replace(known, **more)}  # type: ignore[arg-type]


def _secured(access: Access, where: str, found: Mapping[Name, Physical]) -> str:
    secured = SecuredCatalog(Place("assay-test"), found.get, "America/New_York", b"k" * 16)
    asked = sqlglot.parse_one(f"SELECT COUNT(*) AS n FROM {TICKETS} WHERE {where}", dialect="bigquery")
    assert isinstance(asked, exp.Query)
    return secured.secured(asked, access, "mark")[0].sql("bigquery")


@pytest.mark.parametrize(
    ("kind", "stored"),
    [
        (
            "TIMESTAMP",
            "(SELECT * REPLACE (DATETIME(`opened_at`, 'America/New_York') AS `opened_at`) "
            "FROM `assay-test.gold.fact_support_ticket` "
            "WHERE `opened_at` >= CAST('2026-02-28 00:00:00+00' AS TIMESTAMP) "
            "AND `opened_at` <= CAST('2026-04-03 00:00:00+00' AS TIMESTAMP)) AS t",
        ),
        (
            "DATETIME",
            "(SELECT * FROM `assay-test.gold.fact_support_ticket` "
            "WHERE `opened_at` >= CAST('2026-02-28 00:00:00' AS DATETIME) "
            "AND `opened_at` <= CAST('2026-04-03 00:00:00' AS DATETIME)) AS t",
        ),
    ],
)
def test_the_range_stands_on_the_column_as_it_is_stored(kind: str, stored: str, techco: Company) -> None:
    access = techco.access("fin.riley")
    text = _secured(access, MARCH, _physical(techco.catalog, kind))
    assert f"FROM {stored}" in text
    assert "WHERE opened_at >= CAST('2026-03-01 00:00:00' AS DATETIME)" in text


def test_rows_of_another_question_are_not_narrowed(techco: Company) -> None:
    access, found = techco.access("fin.riley"), _physical(techco.catalog, "TIMESTAMP")
    assert "WHERE `opened_at`" not in _secured(access, "opened_at >= DATETIME '2026-03-01' OR csat = 1", found)
    assert "WHERE `opened_at`" not in _secured(
        access, MARCH, _physical(techco.catalog, "TIMESTAMP", partition="closed_at")
    )


@pytest.mark.parametrize("rule", [("opened_at", "null"), ("customer_id", "aggregate_only")])
def test_where_columns_are_made_over_nothing_is_narrowed(rule: tuple[str, Treatment], techco: Company) -> None:
    role = techco.access("fin.riley").role
    hidden = ColumnRule(columns=(f"fact_support_ticket.{rule[0]}",), treatment=rule[1])
    roles = tuple(
        r.model_copy(update={"columns": (hidden,)}) if r.name == role.name else r for r in techco.catalog.policies.roles
    )
    catalog = replace(techco.catalog, policies=techco.catalog.policies.model_copy(update={"roles": roles}))
    access = Access(catalog, catalog.users["fin.riley"].as_principal())
    assert access.columns(catalog.tables["fact_support_ticket"])[rule[0]] == rule[1]
    assert "WHERE `opened_at`" not in _secured(access, MARCH, _physical(catalog, "TIMESTAMP"))


def test_a_table_split_by_the_time_of_ingestion_that_demands_a_filter_is_refused_in_words(techco: Company) -> None:
    found = _physical(techco.catalog, "DATETIME", partition=INGESTED, demands_filter=True)
    with pytest.raises(WarehouseDown, match="the time at which its rows came in") as refused:
        _secured(techco.access("fin.riley"), MARCH, found)
    assert "require_partition_filter" in refused.value.hint


@pytest.mark.parametrize(
    ("kind", "partition", "condition"),
    [
        ("DATE", "opened_at", "`opened_at` >= CAST('0001-01-01' AS DATE) OR `opened_at` IS NULL"),
        ("INTEGER", "opened_at", "`opened_at` >= -9223372036854775808 OR `opened_at` IS NULL"),
        ("DATE", INGESTED, "_PARTITIONTIME >= CAST('0001-01-01 00:00:00+00' AS TIMESTAMP) OR _PARTITIONTIME IS NULL"),
    ],
)
def test_upkeep_reads_every_row_of_a_table_that_demands_a_filter(
    kind: str, partition: str, condition: str, techco: Company
) -> None:
    found = _physical(techco.catalog, kind, partition=partition, demands_filter=True)
    tree = sqlglot.parse_one(f"SELECT MAX(opened_at) AS n FROM {TICKETS}", dialect="bigquery")
    assert isinstance(tree, exp.Query)
    assert condition in ours(tree, Place("assay-test"), found.get, "UTC").sql("bigquery")


@pytest.fixture(scope="module")
def zoned(techco: Company, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """Tickets whose moments have a zone, one every three hours and a half for a year, split by their day in UTC."""
    file = tmp_path_factory.mktemp("zoned") / "zoned.duckdb"
    with duckdb.connect(str(file)) as made:
        made.execute("SET TimeZone = 'UTC'")
        made.execute("CREATE SCHEMA gold")
        made.execute(
            f"CREATE TABLE {TICKETS} AS SELECT 't' || lpad(i::VARCHAR, 5, '0') AS ticket_id, 'c1' AS customer_id, "
            "TIMESTAMPTZ '2025-10-01 00:00:00+00' + i * INTERVAL '210 minutes' AS opened_at, "
            "NULL::TIMESTAMP AS closed_at, 'low' AS severity, 3 AS csat, false AS mentions_cancel, '' AS subject "
            "FROM range(2500) AS r(i)"
        )
    tickets = techco.catalog.tables["fact_support_ticket"].model_copy(update={"partition": "opened_at"})
    catalog = replace(techco.catalog, tables={**techco.catalog.tables, tickets.name: tickets})
    place = Place("assay-zoned")
    load_duckdb(file, catalog, connect(place, api_endpoint=techco.endpoint, anonymous=True), place)
    key = techco.settings.key
    duck = DuckDBWarehouse(file, catalog, pseudonym_key=key, calendar=techco.calendar, workers=1)
    big = BigQueryWarehouse(
        lambda: connect(place, api_endpoint=techco.endpoint, anonymous=True),
        place,
        catalog,
        pseudonym_key=key,
        calendar=techco.calendar,
        spending=SPENDING,
    )
    yield replace(techco, catalog=catalog, place=place, duckdb=duck, bigquery=big)
    duck.close()
    big.close()


@pytest.mark.parametrize(
    "where",
    [
        MARCH.replace("DATETIME", "TIMESTAMP"),
        "CAST(opened_at AS DATE) = DATE '2026-03-08'",
        "CAST(opened_at AS DATE) IN (DATE '2025-11-02', DATE '2026-03-08')",
        "opened_at BETWEEN TIMESTAMP '2025-11-02 00:30:00' AND TIMESTAMP '2025-11-02 03:00:00'",
    ],
)
def test_rows_at_the_edges_of_a_range_are_the_same_on_both_engines(where: str, zoned: Company) -> None:
    access = zoned.access("fin.riley")
    sql = f"SELECT ticket_id, opened_at FROM {TICKETS} WHERE {where} ORDER BY ticket_id"
    left = zoned.duckdb.sql_rows(access, sql, Deadline(60), 1000)[1]
    right = zoned.bigquery.sql_rows(access, sql.replace("TIMESTAMP", "DATETIME"), Deadline(60), 1000)[1]
    assert left.rows
    assert differences(left, right) == []
