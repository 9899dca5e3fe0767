"""A company that no line of code knows works through every tool, the question reader and the policies."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from tests.processes import assay

REQUESTS = {
    "query_curated_data": {"question": "fee income by country last month"},
    "lookup_metric_definition": {"metric": "ocupancy"},
    "fetch_reconciliation_status": {},
    "explain_number": {"metric": "fee_income"},
    "describe_catalog": {"kind": "metric"},
}


@pytest.mark.parametrize("tool", REQUESTS)
def test_every_tool_answers_for_the_second_company(tool: str, fjord_program) -> None:
    principal = fjord_program.principal(None, None, {})
    result = fjord_program.toolset.call(principal, tool, REQUESTS[tool])
    assert not result.is_error, result.text


def test_its_income_by_country_is_what_hand_written_sql_says(fjord_program, fjord_workspace: Path) -> None:
    principal = fjord_program.principal(None, None, {})
    told = fjord_program.toolset.call(
        principal, "query_curated_data", {"question": "fee income by country last month"}
    ).structured
    with duckdb.connect(str(fjord_workspace / "clinics.duckdb"), read_only=True) as connection:
        expected = connection.execute(
            "SELECT country, sum(fee_eur) FROM mart.visit JOIN mart.clinic USING (clinic_id) WHERE NOT no_show "
            "AND visited_on BETWEEN '2025-06-01' AND '2025-06-30' GROUP BY country"
        ).fetchall()
    assert {row[0]: row[1] for row in told["rows"]} == {c: float(v) for c, v in expected}
    assert told["trust"]["state"] == "reconciled"


def test_a_house_manager_sees_only_the_own_house(fjord_program) -> None:
    principal = fjord_program.principal("house.3", None, {})
    told = fjord_program.toolset.call(
        principal, "query_curated_data", {"question": "visits by clinic name last month"}
    ).structured
    assert [row[0] for row in told["rows"]] == ["House D"]
    assert told["scope"] == "your house"


def test_a_researcher_gets_pseudonyms_and_no_income(fjord_program) -> None:
    principal = fjord_program.principal("lab", None, {})
    call = fjord_program.toolset.call
    visits = call(principal, "query_curated_data", {"question": "visits by clinic name last month"})
    assert not visits.is_error, visits.text
    assert len(visits.structured["rows"]) == 10
    assert not any(row[0].startswith("House") for row in visits.structured["rows"])
    assert call(principal, "query_curated_data", {"question": "fee income last month"}).is_error


def test_fiscal_years_start_in_april(fjord_program) -> None:
    principal = fjord_program.principal(None, None, {})
    told = fjord_program.toolset.call(
        principal,
        "query_curated_data",
        {"question": "q", "metrics": ["visit_count"], "grain": "quarter", "start": "2024-04-01", "end": "2025-03-31"},
    ).structured
    assert [row[0] for row in told["rows"]] == ["2024-04-01", "2024-07-01", "2024-10-01", "2025-01-01"]


def test_a_new_metric_is_one_yaml_file(fjord_workspace: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    shutil.copytree(fjord_workspace, mine)
    (mine / "catalog" / "metrics" / "first_visits.yml").write_text(
        """
name: first_visits
label: First visits
description: Visits of patients who had not been there before.
formula_text: Count of visits of the kind First.
type: simple
measure: {dataset: visit, agg: count, filter: "visit_kind = 'First'"}
time: {dimension: visited_on, default_grain: month}
dimensions: {allowed: [country]}
unit: count
owner: Chief operations officer
version: 1
last_updated: 2025-07-01
""",
        encoding="utf-8",
    )
    done = assay("ask", "first visits by country last month", "-w", str(mine))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Sweden" in done.stdout
