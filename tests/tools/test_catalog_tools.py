"""Look-up and index: whole entries for what may be seen, candidates for what is misspelt, nothing of what is hidden."""

from __future__ import annotations

import json

import pytest

from server.wiring import Program
from tests.tools.company import Company


@pytest.mark.parametrize(
    "asked", ["no_show_rate", "No-show rate", "share of no shows", "missed visits rates", "no-shw rate"]
)
def test_a_name_a_label_a_synonym_and_a_misspelling_find_the_metric(fjord: Company, asked: str) -> None:
    found = fjord.call("chair", "lookup_metric_definition", metric=asked)
    assert found.structured["name"] == "no_show_rate"


def test_a_definition_is_whole(fjord: Company) -> None:
    found = fjord.call("chair", "lookup_metric_definition", metric="fee_income").structured
    assert (found["label"], found["version"], found["owner"], found["unit"]) == (
        "Fee income",
        2,
        "Chief financial officer",
        "EUR",
    )
    assert found["filters"] == ["fee_income: no_show = FALSE"]
    assert "visit.fee_eur" in found["lineage"]["columns"]
    assert found["lineage"]["sources"] == [{"name": "booking", "system": "calendar", "label": "Booking calendar"}]
    assert "fee_eur" in found["sql"]
    assert found["grains"] == ["day", "week", "month", "quarter", "year"]
    assert "country" in found["dimensions"]
    assert found["trust"]["state"]
    assert found["entry"]["measure"]["expr"] == "fee_eur"


def test_an_unknown_metric_gives_candidates_and_never_an_invention(fjord: Company) -> None:
    found = fjord.call("chair", "lookup_metric_definition", metric="net revenue retention of cohorts in moonlight")
    assert (found.is_error, found.structured["code"], found.structured["name"]) == (True, "UNKNOWN_METRIC", "")


def test_the_text_of_a_definition_stands_alone(fjord: Company) -> None:
    text = fjord.call("chair", "lookup_metric_definition", metric="fee_income").text
    for words in (
        "OK Fee income (fee_income), version 2, certified",
        "Formula: ",
        "Built-in filter: ",
        "SQL:",
        "Trust: ",
    ):
        assert words in text


def test_the_index_holds_what_the_caller_may_see_and_nothing_else(fjord: Company) -> None:
    board = fjord.call("chair", "describe_catalog").structured["entries"]
    lab = fjord.call("lab", "describe_catalog").structured["entries"]
    assert {e["name"] for e in lab if e["kind"] == "metric"} == {"visit_count", "no_show_rate"}
    assert {e["name"] for e in lab if e["kind"] == "table"} == {"clinic", "visit"}
    assert {e["name"] for e in board} > {e["name"] for e in lab}
    hidden = json.dumps(fjord.call("lab", "describe_catalog", query="clinic", kind="table").structured)
    assert "lead_user" not in hidden


def test_an_exact_name_shows_the_whole_entry(fjord: Company) -> None:
    entry = fjord.call("house.3", "describe_catalog", query="visit", kind="table").structured["entries"][0]
    assert any(line.startswith("column fee_eur decimal") for line in entry["details"])


def test_words_find_entries_by_what_they_are_about(fjord: Company) -> None:
    found = fjord.call("chair", "describe_catalog", query="occupancy").structured["entries"]
    assert found[0]["name"] == "bed_occupancy"


def test_words_that_fit_nothing_are_refused(fjord: Company) -> None:
    refused = fjord.call("chair", "describe_catalog", query="zzzzqqqq")
    assert (refused.is_error, refused.structured["code"]) == (True, "BAD_ARGUMENT")


def test_the_index_stays_within_its_budget(fjord: Company) -> None:
    assert len(fjord.call("chair", "describe_catalog").text) < 15_000


def test_a_split_table_says_what_to_filter_on(demo_program: Program) -> None:
    principal = demo_program.principal("rev.jordan", None, {})
    result = demo_program.toolset.call(principal, "describe_catalog", {"query": "fact_revenue", "kind": "table"})
    assert "filter on: revenue_date, by which the table is split" in result.text
