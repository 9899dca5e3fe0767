"""What a principal sees through BigQuery is what the same principal sees in DuckDB, to the cell."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from catalog.refusals import Refusal, TooExpensive, WarehouseDown
from tests.warehouse.bigquery.company import Company, differences
from warehouse.deadline import Deadline

USERS = {
    "techco": ("exec.morgan", "fin.riley", "rev.jordan", "csm.avery", "prod.quinn", "hr.rowan", "ana.skyler"),
    "fjord": (),
}
MOST_ROWS = 400
TRICKS = {
    "names of WITH tables": (
        "WITH fact_revenue AS (SELECT 1 AS amount_usd) SELECT SUM(amount_usd) AS s FROM fact_revenue"
    ),
    "an outer table that hides nothing": (
        "WITH x AS (SELECT customer_id FROM gold.dim_customer) "
        "SELECT COUNT(*) AS n FROM gold.dim_customer AS c WHERE c.customer_id IN (SELECT customer_id FROM x)"
    ),
    "an alias of the source": "SELECT COUNT(*) AS n, COUNT(DISTINCT t.territory) AS k FROM gold.dim_customer AS t",
    "an alias like the project": (
        "SELECT COUNT(*) AS n FROM gold.dim_customer AS gold "
        "WHERE EXISTS (SELECT 1 FROM gold.fact_revenue AS r WHERE r.customer_id = gold.customer_id)"
    ),
    "a condition that is always true": "SELECT COUNT(*) AS n FROM gold.dim_customer WHERE 1 = 1 OR territory = 'East'",
    "a union": "SELECT territory FROM gold.dim_customer UNION DISTINCT SELECT territory FROM gold.dim_customer",
}


def _rows(company: Company, user: str, sql: str) -> list[str]:
    access = company.access(user)
    left = company.duckdb.sql_rows(access, sql.replace("UNION DISTINCT", "UNION"), Deadline(60), MOST_ROWS)[1]
    right = company.bigquery.sql_rows(access, sql, Deadline(60), MOST_ROWS)[1]
    if "ORDER BY" not in sql:
        left = type(left)(left.names, left.types, tuple(sorted(left.rows, key=repr)), left.truncated)
        right = type(right)(right.names, right.types, tuple(sorted(right.rows, key=repr)), right.truncated)
    return differences(left, right)


@pytest.mark.parametrize("user", ["rev.jordan", "prod.quinn"])
def test_rows_are_filtered_and_columns_masked_as_on_the_other_engine(user: str, techco: Company) -> None:
    columns = ", ".join(techco.access(user).columns(techco.catalog.tables["dim_customer"]))
    assert _rows(techco, user, f"SELECT {columns} FROM gold.dim_customer ORDER BY customer_id") == []


def test_small_groups_stay_hidden(techco: Company) -> None:
    assert _rows(techco, "hr.rowan", "SELECT * FROM gold.workforce_daily WHERE day = DATE '2026-10-31'") == []


@pytest.mark.prove
@pytest.mark.parametrize("user", USERS["techco"])
def test_every_visible_table_is_the_same_for_every_role(
    user: str, techco: Company, record_property: Callable[[str, object], None]
) -> None:
    access = techco.access(user)
    for table in access.tables.values():
        grain = [name for name in table.grain if name in access.columns(table)]
        if not grain:
            continue
        order = ", ".join(f"{name} NULLS LAST" for name in grain)
        sql = f"SELECT {', '.join(access.columns(table))} FROM {table.schema_name}.{table.name} ORDER BY {order}"
        assert _rows(techco, user, f"{sql} LIMIT 300") == [], table.name
    record_property("bigquery_secured_tables_compared", len(access.tables))


@pytest.mark.prove
@pytest.mark.parametrize("trick", TRICKS)
def test_names_of_the_caller_capture_nothing(trick: str, techco: Company) -> None:
    assert _rows(techco, "rev.jordan", TRICKS[trick]) == []


def test_a_number_made_by_a_caller_is_the_same_and_tells_its_price(techco: Company) -> None:
    sql = (
        "SELECT segment, SUM(amount_usd) AS total FROM gold.fact_revenue JOIN gold.dim_customer USING (customer_id) "
        "WHERE revenue_date >= DATE '2026-01-01' GROUP BY segment ORDER BY segment"
    )
    assert _rows(techco, "rev.jordan", sql) == []
    notes = techco.bigquery.sql_rows(techco.access("rev.jordan"), sql, Deadline(60), 10)[1].notes
    assert notes and notes[0].startswith("The query reads")


def test_values_of_a_dimension_follow_the_principals_policy(techco: Company) -> None:
    access = techco.access("rev.jordan")
    dimension = access.dimensions["customer_name"]
    assert techco.bigquery.dimension_values(access, dimension, 500) == techco.duckdb.dimension_values(
        access, dimension, 500
    )


def test_a_table_that_is_not_there_fails_alone(techco: Company) -> None:
    assert techco.bigquery.system_rows("SELECT COUNT(*) AS n FROM gold.dim_customer").rows[0][0] == 120
    with pytest.raises(WarehouseDown, match="not in the warehouse as described"):
        techco.bigquery.system_rows("SELECT COUNT(*) AS n FROM gold.no_such_table")


def test_the_state_of_the_data_has_one_name_until_it_changes(techco: Company) -> None:
    assert techco.bigquery.watermark() == techco.bigquery.watermark()


def test_refusals_are_told_apart(techco: Company) -> None:
    with pytest.raises(Refusal) as refused:
        techco.bigquery.sql_rows(
            techco.access("rev.jordan"), "SELECT segment + 1 FROM gold.dim_customer", Deadline(9), 1
        )
    assert refused.value.code == "BAD_ARGUMENT"
    assert not isinstance(refused.value, TooExpensive)
