"""The text for BigQuery of every metric of the demo catalog: it parses there, and nothing of DuckDB is left in it."""

from __future__ import annotations

import re
import tomllib
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from catalog.access import Access, company_access
from catalog.company import Company
from catalog.company_calendar import CompanyCalendar
from catalog.loader import load_catalog
from catalog.refusals import Refusal
from catalog.request import MetricRequest
from warehouse.compiler import compile_request
from warehouse.horizon import Horizon

WORKSPACE = Path(__file__).parents[3] / "demo" / "workspace"
FOREIGN = re.compile(
    r"\bVALUES\b|::|date_trunc\('|\bDOUBLE\b|\bVARCHAR\b|\bBIGINT\b|\bMEDIAN\(|\bILIKE\b|\bQUANTILE_CONT\b",
    re.IGNORECASE,
)
SHAPES: dict[str, dict[str, Any]] = {
    "one value": {},
    "months": {"grain": "month"},
    "weeks and the week before": {"grain": "week", "compare_to": "prior_period", "start": "2026-06-01"},
    "quarters and a year before": {"grain": "quarter", "compare_to": "prior_year"},
    "a value and a year before": {"compare_to": "prior_year"},
    "months above a figure": {"grain": "month", "having": [{"by": None, "op": ">", "value": 0.5}]},
}


@cache
def _demo() -> tuple[Access, CompanyCalendar, dict[str, Horizon]]:
    company = Company.model_validate(tomllib.loads((WORKSPACE / "assay.toml").read_text())["company"])
    catalog = load_catalog(WORKSPACE / "catalog", company)
    today = (company.today or datetime(2026, 1, 1)).date()
    reach = Horizon(date(today.year - 3, 1, 1), date.fromordinal(today.toordinal() - 1), today)
    calendar = CompanyCalendar(datetime(today.year, today.month, today.day), "UTC", company.fiscal_start_month)
    return company_access(catalog), calendar, dict.fromkeys(catalog.tables, reach)


@cache
def _queries(shape: str) -> list[tuple[str, str, exp.Expr, list[str]]]:
    """Label, BigQuery text, its tree and our column names: every metric that has the shape, once as it is and once
    split by the first dimension it allows."""
    access, calendar, horizons = _demo()
    found: list[tuple[str, str, exp.Expr, list[str]]] = []
    for name, metric in access.metrics.items():
        if metric.type == "operational":
            continue
        for groups in ((), _first_dimension(access, name)):
            having = [{**each, "by": name} for each in SHAPES[shape].get("having", ())]
            asked = {"metrics": [name], "group_by": groups, **SHAPES[shape], "having": having}
            request = MetricRequest.model_validate(asked)
            try:
                query = compile_request(request, access, calendar, horizons, "bigquery")
            except Refusal:
                continue
            tree = sqlglot.parse_one(query.sql, dialect="bigquery")
            found.append((f"{name} by {groups}", query.sql, tree, [c.name for c in query.columns]))
    return found


def _first_dimension(access: Access, metric: str) -> tuple[str, ...]:
    allowed = access.metrics[metric].dimensions.allowed
    known = [d.name for d in access.dimensions.values() if d.name in allowed or f"{d.table.name}.*" in allowed]
    return tuple(known[:1])


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("shape", SHAPES)
def test_every_metric_is_written_for_bigquery(shape: str) -> None:
    queries = _queries(shape)
    assert len(queries) > 30
    for label, sql, tree, columns in queries:
        assert isinstance(tree, exp.Select), label
        assert tree.named_selects == columns, label
        assert not FOREIGN.search(sql), f"{label}: {FOREIGN.search(sql)}"
        assert '"' not in sql, label


@pytest.mark.first_cases(1)
@pytest.mark.parametrize("shape", SHAPES)
def test_every_table_and_source_column_is_quoted_with_backticks(shape: str) -> None:
    for label, _, tree, _ in _queries(shape):
        generated = {cte.alias for cte in tree.find_all(exp.CTE)}
        for table in tree.find_all(exp.Table):
            if table.name not in generated:
                assert table.this.args.get("quoted"), f"{label}: {table.sql('bigquery')}"
        for column in tree.find_all(exp.Column):
            if not column.name.startswith("__"):
                assert column.this.args.get("quoted"), f"{label}: {column.sql('bigquery')}"
