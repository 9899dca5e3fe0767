"""The status tool end to end: one planted defect at a time in a company of clinics, seen by several roles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.tools.clinics import clinics

LATE = "DELETE FROM control.source_load WHERE source = 'booking' AND loaded_at > TIMESTAMP '2025-07-07 12:00:00'"
LESS_LATE = "DELETE FROM control.source_load WHERE source = 'booking' AND loaded_at > TIMESTAMP '2025-07-08 12:00:00'"
LOST = "DELETE FROM mart.visit WHERE visited_on BETWEEN DATE '2025-05-01' AND DATE '2025-05-03'"
RESTATED = """INSERT INTO control.source_total
  SELECT source, metric, period, value - 100, TIMESTAMP '2025-06-02 00:00:00' FROM control.source_total
  WHERE metric = 'visit_count' AND period = DATE '2025-04-01'"""
RETYPED = """UPDATE control.schema_snapshot SET type = 'VARCHAR'
  WHERE "table" = 'visit' AND "column" = 'fee_eur' AND run_at > TIMESTAMP '2025-07-09 00:00:00'"""
ADDED = """INSERT INTO control.schema_snapshot
  VALUES ('visit', 'channel', 'VARCHAR', TRUE, 99, TIMESTAMP '2025-07-09 04:30:00')"""


def status(program: Any, user: str | None = None, **arguments: object) -> dict[str, Any]:
    result = program.toolset.call(program.principal(user, None, {}), "fetch_reconciliation_status", arguments)
    assert not result.is_error, result.text
    return result.structured


def test_a_healthy_company_gives_no_alarm(tmp_path: Path) -> None:
    with clinics(tmp_path) as program:
        found = status(program)
    assert (found["overall"], found["quality_score"], found["affected_metrics"]) == ("green", 100.0, [])
    assert {s["name"]: s["status"] for s in found["sources"]} == dict.fromkeys(
        ("registry", "booking", "wards"), "green"
    )
    assert {(v["metric"], v["status"]) for v in found["variance"]} == {
        ("visit_count", "green"),
        ("fee_income", "green"),
    }


def test_a_late_feed_is_red_with_its_age_and_names_the_metrics_it_touches(tmp_path: Path) -> None:
    with clinics(tmp_path, LATE) as program:
        found = status(program)
    booking = next(s for s in found["sources"] if s["name"] == "booking")
    assert (booking["status"], booking["age_hours"]) == ("red", 51.17)
    assert found["overall"] == "red"
    assert found["reason"] == "booking last loaded 51 h ago (limit 30 h)"
    touched = {m["metric"] for m in found["affected_metrics"]}
    assert "visit_count" in touched
    assert "beds" not in touched


def test_a_feed_inside_its_error_limit_is_a_warning(tmp_path: Path) -> None:
    with clinics(tmp_path, LESS_LATE) as program:
        assert status(program)["overall"] == "amber"


def test_lost_rows_are_a_variance_of_the_right_month_and_size(tmp_path: Path) -> None:
    with clinics(tmp_path, after_totals=LOST) as program:
        board, lead = status(program), status(program, user="lead.no")
    cell = next(v for v in board["variance"] if v["metric"] == "visit_count")
    assert (cell["worst_period"], cell["failed"], cell["gold"], cell["reported"]) == ("2025-05-01", 1, 1680, 1860)
    assert cell["worst_pct"] == -9.6774
    hidden = next(v for v in lead["variance"] if v["metric"] == "visit_count")
    assert (hidden["status"], hidden["worst_pct"], hidden["gold"], hidden["reported"]) == ("red", -9.7, None, None)


def test_a_restated_month_is_told_with_its_amount(tmp_path: Path) -> None:
    with clinics(tmp_path, after_totals=RESTATED) as program:
        found = status(program)
    (line,) = found["restatements"]
    assert (line["metric"], line["period"], line["before"], line["latest"], line["change"]) == (
        "visit_count",
        "2025-04-01",
        1700,
        1800,
        100,
    )
    assert found["overall"] == "amber"


def test_a_retyped_column_fails_its_contract_and_names_the_metrics_that_read_it(tmp_path: Path) -> None:
    with clinics(tmp_path, after_totals=RETYPED) as program:
        found = status(program)
    (change,) = found["schema_drift"]
    assert (change["column"], change["kind"], change["status"]) == ("fee_eur", "retyped", "red")
    assert change["affected_metrics"] == ["fee_income", "income_fiscal_ytd", "income_per_visit", "top_clinic_share"]


def test_a_new_column_is_no_alarm(tmp_path: Path) -> None:
    with clinics(tmp_path, after_totals=ADDED) as program:
        assert status(program)["overall"] == "green"
        assert [d["kind"] for d in status(program, detail=True)["schema_drift"]] == ["added"]


def test_one_metric_shows_its_own_feeds_and_trust_only(fjord_program: Any) -> None:
    found = status(fjord_program, scope="metric", name="number of visits")
    assert found["name"] == "visit_count"
    assert [s["name"] for s in found["sources"]] == ["booking"]
    assert found["trust"]["state"] == "reconciled"


def test_a_system_stands_for_its_feeds(fjord_program: Any) -> None:
    assert [s["name"] for s in status(fjord_program, scope="source", name="nursing")["sources"]] == ["wards"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"scope": "metric", "name": "fee income"}, "UNKNOWN_METRIC"),
        ({"scope": "table", "name": "bed_day"}, "UNKNOWN_TABLE"),
        ({"scope": "source", "name": "moon"}, "BAD_ARGUMENT"),
        ({"scope": "source"}, "BAD_ARGUMENT"),
        ({"name": "booking"}, "BAD_ARGUMENT"),
        ({"scope": "everything"}, "BAD_ARGUMENT"),
    ],
)
def test_a_name_outside_the_callers_access_is_refused_as_one_that_does_not_exist(
    arguments: dict[str, object], code: str, fjord_program: Any
) -> None:
    lab = fjord_program.principal("lab", None, {})
    result = fjord_program.toolset.call(lab, "fetch_reconciliation_status", arguments)
    assert (result.is_error, result.structured["code"]) == (True, code)


def test_a_warehouse_without_operational_tables_is_said_to_be_unchecked_and_still_answers(tmp_path: Path) -> None:
    with clinics(tmp_path, after_totals="DROP SCHEMA control CASCADE") as program:
        found = status(program)
        chair = program.principal(None, None, {})
        answer = program.toolset.call(chair, "query_curated_data", {"question": "q", "metrics": ["visit_count"]})
    assert found["overall"] == "amber"
    assert "has no load log" in found["reason"]
    assert not answer.is_error, answer.text
    assert answer.structured["trust"]["state"] == "unreconciled"


DUPLICATES = """INSERT INTO control.duplicate_cluster VALUES
  ('d1', 'booking', 'a|b|c', 'phone', 0.9, 1200, 'open', NULL, NULL),
  ('d2', 'booking', 'd|e', 'phone', 0.9, 300, 'rejected', NULL, NULL)"""


def test_duplicates_are_counted_for_all_and_listed_only_for_roles_that_see_all_rows(tmp_path: Path) -> None:
    rule = "duplicates: {table: clinic, warn: 0.05, fail: 0.5}\n"
    with clinics(tmp_path, after_totals=DUPLICATES, sources_yml=rule) as program:
        board, lead = status(program)["duplicates"], status(program, user="lead.no")["duplicates"]
    assert (board["rate"], board["status"], board["open_clusters"], board["arr_affected"]) == (0.2, "amber", 1, 1200)
    assert [(c["cluster_id"], c["members"]) for c in board["worst"]] == [("d1", ["a", "b", "c"])]
    assert (lead["rate"], lead["status"], lead["open_clusters"], lead["worst"]) == (0.2, "amber", None, [])
