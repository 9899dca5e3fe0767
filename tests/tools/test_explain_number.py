"""Explaining a number end to end: one planted change at a time in a company of clinics."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.tools.clinics import DENTAL, IN_NORWAY, LAST_WEEK, clinics

DROP = f"DELETE FROM mart.visit WHERE {LAST_WEEK} AND {IN_NORWAY} AND {DENTAL}"
LATE = "DELETE FROM control.source_load WHERE source = 'booking' AND loaded_at > TIMESTAMP '2025-07-06 00:00:00'"


def explained(program: Any, user: str | None = None, **arguments: object) -> dict[str, Any]:
    result = program.toolset.call(program.principal(user, None, {}), "explain_number", arguments)
    assert not result.is_error, result.text
    return result.structured


def assert_adds_up(found: dict[str, Any]) -> None:
    exact = [split for split in found["contributions"] if split["method"] != "side_by_side"]
    assert exact
    for split in exact:
        total = sum(m["change"] for m in split["members"]) + split["other_members"] + split["unexplained"]
        assert total == pytest.approx(found["change"], abs=1e-9), split["dimension"]


def test_a_drop_in_one_cell_is_traced_to_its_country_and_specialty(tmp_path: Path) -> None:
    with clinics(tmp_path, DROP) as program:
        found = explained(program, metric="visit_count")
    assert (found["start"], found["end"]) == ("2025-06-30", "2025-07-06")
    assert (found["value"], found["baseline"], found["change"]) == (364, 420, -56)
    assert found["verdict"] == "business_change"
    assert found["causes"][0]["where"] == {"country": "Norway", "specialty": "Dental"}
    assert found["causes"][0]["share"] == 1.0
    assert found["data_faults"] == []
    assert found["trust"]["state"] == "reconciled"
    assert_adds_up(found)


def test_what_is_on_record_names_every_column_that_the_explanation_shows(tmp_path: Path) -> None:
    with clinics(tmp_path, DROP) as program:
        found = explained(program, metric="visit_count")
        read = program.toolset.show_receipt(program.principal(None, None, {}), found["receipt"])
        dimensions = program.catalog.dimensions
    shown = [dimensions[split["dimension"]] for split in found["contributions"]]
    assert {f"{d.table.name}.{d.column.name}" for d in shown} <= set(read["columns"])
    assert {d.table.name for d in shown} <= set(read["tables"])
    assert "clinic.country" in read["columns"]


def test_an_ordinary_week_is_within_the_normal_range_and_names_no_cause(tmp_path: Path) -> None:
    with clinics(tmp_path) as program:
        found = explained(program, metric="visit_count")
    assert (found["verdict"], found["change"], found["causes"]) == ("within_normal_range", 0, [])


def test_the_same_drop_behind_a_late_feed_is_a_data_fault_first(tmp_path: Path) -> None:
    with clinics(tmp_path, DROP, LATE) as program:
        found = explained(program, metric="visit_count")
    assert found["verdict"] == "data_fault"
    assert [(f["kind"], f["status"]) for f in found["data_faults"]] == [("freshness", "red")]
    assert found["trust"]["state"] == "stale"
    assert "booking" in found["next_steps"][0]


def test_weights_that_move_between_groups_of_constant_rates_are_mix_not_rate(tmp_path: Path) -> None:
    rates = f"""UPDATE mart.visit SET no_show =
      CASE WHEN {IN_NORWAY} THEN practitioner_id < 'p3' ELSE practitioner_id = 'p0' END"""
    shift = f"DELETE FROM mart.visit WHERE {LAST_WEEK} AND clinic_id IN ('c0', 'c1')"
    with clinics(tmp_path, rates, shift) as program:
        found = explained(program, metric="no_show_rate")
    by_country = next(s for s in found["contributions"] if s["dimension"] == "country")
    assert by_country["story"] == "mix, not rate"
    assert by_country["rate"] == pytest.approx(0, abs=1e-12)
    assert "mix, not rate" in found["summary"]
    assert_adds_up(found)


def test_rates_that_move_everywhere_are_rate_not_mix(tmp_path: Path) -> None:
    more = f"UPDATE mart.visit SET no_show = practitioner_id IN ('p0', 'p1') WHERE {LAST_WEEK}"
    with clinics(tmp_path, more) as program:
        found = explained(program, metric="no_show_rate")
    assert {s["story"] for s in found["contributions"] if s["dimension"] in ("country", "specialty")} >= {
        "rate, not mix"
    }
    assert_adds_up(found)


def test_a_caller_with_a_row_filter_gets_an_explanation_of_the_own_rows(tmp_path: Path) -> None:
    with clinics(tmp_path, DROP) as program:
        found = explained(program, user="lead.no", metric="visit_count")
    assert (found["baseline"], found["change"], found["scope"]) == (168, -56, "country Norway")
    assert found["causes"][0]["where"] == {"specialty": "Dental"}


def test_a_receipt_stands_for_the_number_it_was_given_with(tmp_path: Path) -> None:
    with clinics(tmp_path, DROP) as program:
        ask = {"question": "visits", "metrics": ["visits"], "start": "2025-06-30", "end": "2025-07-06"}
        chair, lead = program.principal(None, None, {}), program.principal("lead.no", None, {})
        receipt = program.toolset.call(chair, "query_curated_data", ask).structured["receipt"]
        found = explained(program, receipt=receipt)
        theirs = program.toolset.call(lead, "explain_number", {"receipt": receipt})
        nobodys = program.toolset.call(lead, "explain_number", {"receipt": "r_nothing"})
        namesake = chair.model_copy(update={"issuer": "https://login.example"})
        namesakes = program.toolset.call(namesake, "explain_number", {"receipt": receipt})
    assert namesakes.is_error
    assert (found["metric"], found["change"]) == ("visit_count", -56)
    assert theirs.is_error
    assert theirs.structured["message"] == nobodys.structured["message"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"metric": "churn"}, "UNKNOWN_METRIC"),
        ({}, "BAD_ARGUMENT"),
        ({"metric": "visit_count", "receipt": "r_x"}, "BAD_ARGUMENT"),
        ({"metric": "visit_count", "start": "2025-07-06", "end": "2025-07-01"}, "BAD_ARGUMENT"),
        ({"metric": "visits_by_kind"}, "BAD_ARGUMENT"),
        ({"metric": "visit_count", "where": [{"dimension": "moon", "value": "x"}]}, "UNKNOWN_DIMENSION"),
    ],
)
def test_what_cannot_be_explained_is_refused_with_a_code(
    arguments: dict[str, object], code: str, fjord_program: Any
) -> None:
    result = fjord_program.toolset.call(fjord_program.principal(None, None, {}), "explain_number", arguments)
    assert result.is_error
    assert result.structured["code"] == code


@pytest.mark.parametrize("metric", ["bed_occupancy", "fee_income", "income_per_visit", "income_fiscal_ytd", "beds"])
def test_every_kind_of_metric_is_explained_and_adds_up(metric: str, fjord_program: Any) -> None:
    found = explained(fjord_program, metric=metric, start="2025-06-01", end="2025-06-30")
    assert found["value"] is not None
    if found["change"]:
        assert_adds_up(found)


def test_both_channels_tell_verdict_and_cause(tmp_path: Path) -> None:
    with clinics(tmp_path, DROP) as program:
        result = program.toolset.call(program.principal(None, None, {}), "explain_number", {"metric": "visit_count"})
    first = result.text.splitlines()[0]
    assert first.startswith("OK business_change: Visits fell by 56 (-13.3%)")
    assert "cause: country = Norway, specialty = Dental" in result.text
