"""Values go to BigQuery beside the text; what must be constant stays in it."""

from __future__ import annotations

import pytest
import sqlglot
from sqlglot import exp

from catalog.access import company_access
from catalog.request import MetricRequest
from tests.warehouse.bigquery.company import Company, differences
from warehouse.bigquery.statement import MOST_VALUES, Statement, Value, bound
from warehouse.compiler import compile_request
from warehouse.deadline import Deadline
from warehouse.guard.googlesql import read_back


def _bound(sql: str) -> Statement:
    tree = sqlglot.parse_one(sql, dialect="bigquery")
    assert isinstance(tree, exp.Query)
    return bound(tree)


@pytest.mark.parametrize(
    ("condition", "text", "values"),
    [
        ("a = 'x' AND b <> 'x'", "a = @v0 AND b <> @v0", [("STRING", "x")]),
        ("a IN ('x', 'y\\'z')", "a IN (@v0, @v1)", [("STRING", "x"), ("STRING", "y'z")]),
        ("d >= DATE '2026-01-01'", "d >= @v0", [("DATE", "2026-01-01")]),
        ("d BETWEEN DATE '2026-01-01' AND DATE '2026-01-01'", "d BETWEEN @v0 AND @v0", [("DATE", "2026-01-01")]),
        ("t < DATETIME '2026-01-01 10:00:00'", "t < @v0", [("DATETIME", "2026-01-01 10:00:00")]),
        ("t < TIMESTAMP '2026-01-01 10:00:00+00'", "t < @v0", [("TIMESTAMP", "2026-01-01 10:00:00+00")]),
        ("n = -5 AND m > 0.25", "n = @v0 AND m > @v1", [("INT64", "-5"), ("NUMERIC", "0.25")]),
        ("a LIKE '%x%'", "a LIKE @v0", [("STRING", "%x%")]),
        ("STRPOS(LOWER(a), LOWER('X')) > 0", "INSTR(LOWER(a), LOWER(@v1)) > @v0", [("INT64", "0"), ("STRING", "X")]),
        (r"a = '\x41\u00e9\n'", "a = @v0", [("STRING", "Aé\n")]),
        ("NOT (a = 'x' OR b = 1)", "NOT (a = @v0 OR b = @v1)", [("STRING", "x"), ("INT64", "1")]),
    ],
)  # fmt: skip
def test_values_of_conditions_are_bound_with_their_type(
    condition: str, text: str, values: list[tuple[str, str]]
) -> None:
    found = _bound(f"SELECT a FROM s WHERE {condition}")
    assert found.text == f"SELECT a FROM s WHERE {text}"
    assert found.values == tuple(Value(f"v{i}", *value) for i, value in enumerate(values))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT JSON_VALUE(a, '$.b') AS c FROM s WHERE JSON_VALUE(a, '$.b') IS NULL",
        "SELECT a = 'x' AS b, COUNT(*) AS n FROM s GROUP BY a = 'x' HAVING COUNT(*) > 5 ORDER BY 1 LIMIT 10",
        "SELECT CASE WHEN a = 'x' THEN 'y' ELSE 'z' END AS b FROM s",
        "SELECT a FROM s WHERE FORMAT_DATE('%Y', d) IS NULL",
        "SELECT a FROM s WHERE k IN (SELECT IF(a = 'x', 1, 2) FROM u GROUP BY IF(a = 'x', 1, 2))",
        "SELECT a FROM s WHERE d = '2026-01-01' OR d IN ('2026-01-02', '10:30:00')",
        r"SELECT a FROM s WHERE a LIKE 'x\\_y' OR a IN ('x\\y')",
        "SELECT a FROM s WHERE n = 1e-300 OR n = 99999999999999999999 OR n = 0.1234567891",
    ],
)
def test_what_gives_a_type_or_must_be_constant_stays_in_the_text(sql: str) -> None:
    found = _bound(sql)
    assert found.values == ()
    assert found.text == sqlglot.transpile(sql, "bigquery", "bigquery")[0]


def test_callers_calls_are_left_as_the_guard_leaves_them() -> None:
    found = bound(read_back("SELECT a FROM s WHERE STRPOS(LOWER(a), 'x') > 0 AND REGEXP_CONTAINS(a, 'y')"))
    assert found.text == "SELECT a FROM s WHERE STRPOS(LOWER(a), @v1) > @v0 AND REGEXP_CONTAINS(a, 'y')"


def test_conditions_of_joins_and_of_subqueries_are_bound_too() -> None:
    found = _bound(
        "SELECT s.a FROM s LEFT JOIN u ON s.k = u.k AND u.b = 'x' "
        "WHERE s.k IN (SELECT k FROM w WHERE w.c = 'x' AND w.d = 'y')"
    )
    assert [value.value for value in found.values] == ["x", "y"]
    assert "u.b = @v0" in found.text and "w.c = @v0 AND w.d = @v1" in found.text


def test_values_beyond_what_one_query_may_carry_stay_in_the_text() -> None:
    found = _bound(f"SELECT a FROM s WHERE n IN ({', '.join(map(str, range(MOST_VALUES + 2)))})")
    assert len(found.values) == MOST_VALUES
    assert found.text.endswith(f"@v{MOST_VALUES - 1}, {MOST_VALUES}, {MOST_VALUES + 1})")


REQUESTS = (
    {"metrics": ["recognized_revenue"], "where": [{"dimension": "segment", "op": "in", "value": ["SMB"]}]},
    {"metrics": ["recognized_revenue"], "where": [{"dimension": "customer_name", "op": "contains", "value": "a"}]},
)


@pytest.mark.parametrize("request_", REQUESTS, ids=str)
def test_bound_values_mean_the_same_on_both_engines(request_: dict[str, object], techco: Company) -> None:
    access, calendar = company_access(techco.catalog), techco.calendar()
    asked = MetricRequest.model_validate(request_)
    rows = [
        warehouse.compiled_rows(
            access, compile_request(asked, access, calendar, warehouse.horizons(), warehouse.dialect), Deadline(60)
        )
        for warehouse in (techco.duckdb, techco.bigquery)
    ]
    assert rows[0].rows
    assert differences(*rows) == []
