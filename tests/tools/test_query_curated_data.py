"""The query tool answers what hand-written SQL says, in pages that fit together, and refuses what it cannot answer."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import duckdb
import pytest

from audit.log import AuditLog
from catalog.policies import Template
from server.wiring import Program
from tests.tools.company import Company, with_policies

MONTHLY = {"metrics": ["visit_count"], "grain": "month", "start": "2025-01-01", "end": "2025-03-31"}
DAILY = {
    "metrics": ["visit_count"],
    "grain": "day",
    "group_by": ["clinic_name"],
    "start": "2025-01-01",
    "end": "2025-02-28",
}


def table(text: str) -> list[list[str]]:
    """The CSV under the status line."""
    return list(csv.reader(io.StringIO(text.split("\n", 1)[1])))


def test_a_metric_request_gives_what_hand_written_sql_gives(fjord: Company, by_hand: duckdb.DuckDBPyConnection) -> None:
    expected = by_hand.execute(
        "SELECT strftime(visited_on, '%Y-%m-01') AS m, count(*) FROM mart.visit "
        "WHERE visited_on BETWEEN '2025-01-01' AND '2025-03-31' GROUP BY m ORDER BY m"
    ).fetchall()
    answer = fjord.ask("chair", **MONTHLY).structured
    assert answer["rows"] == [list(row) for row in expected]
    assert [c["name"] for c in answer["columns"]] == ["month", "visit_count"]
    assert (answer["row_count"], answer["truncated"], answer["next_cursor"]) == (3, False, "")


def test_both_channels_say_the_same_and_stand_alone(fjord: Company) -> None:
    result = fjord.ask("chair", **MONTHLY)
    status = result.text.split("\n", 1)[0]
    assert table(result.text)[1:] == [[row[0], str(row[1])] for row in result.structured["rows"]]
    for words in ("OK rows 1–3 of 3", "trust: ", "reading: Visits, month by month", result.structured["receipt"]):
        assert words in status
    assert json.loads(json.dumps(result.structured, allow_nan=False)) == result.structured


def test_an_answer_names_what_it_rests_on(fjord: Company) -> None:
    answer = fjord.ask("chair", **MONTHLY).structured
    cited = {(c["kind"], c["name"], c["version"], c["owner"]) for c in answer["citations"]}
    assert ("metric", "visit_count", "1", "Chief operations officer") in cited
    assert {("table", "visit"), ("source", "booking")} <= {(kind, name) for kind, name, _, _ in cited}
    assert answer["trust"]["state"] in ("reconciled", "unreconciled", "variance")
    assert answer["reading"] == "Visits, month by month, 2025-01-01 to 2025-03-31."
    assert "visit" in answer["sql"]


def test_an_unfinished_period_is_apart(fjord: Company) -> None:
    result = fjord.ask("chair", metrics=["visit_count"], grain="month", start="2025-06-01", end="2025-07-08")
    answer = result.structured
    assert [row[0] for row in answer["rows"]] == ["2025-06-01"]
    assert [row[0] for row in answer["in_progress"]["rows"]] == ["2025-07-01"]
    assert answer["in_progress"]["period_end"] == "2025-07-31"
    assert "In progress: 2025-07-01 to 2025-07-31 is not finished" in result.text


def test_a_filtered_role_sees_its_rows_and_is_told_so(fjord: Company, by_hand: duckdb.DuckDBPyConnection) -> None:
    own = by_hand.execute(
        "SELECT count(*) FROM mart.visit JOIN mart.clinic USING (clinic_id) "
        "WHERE country = 'Norway' AND visited_on BETWEEN '2025-01-01' AND '2025-01-31'"
    ).fetchone()
    assert own
    result = fjord.ask("lead.no", **MONTHLY)
    assert result.structured["rows"][0][1] == own[0]
    assert result.structured["scope"] == "country Norway"
    assert "scope: country Norway" in result.text
    assert fjord.ask("chair", **MONTHLY).structured["scope"] == ""


def pages(company: Company, user: str, request: dict[str, Any]) -> list[dict[str, Any]]:
    """All pages of a request."""
    found = [company.ask(user, **request).structured]
    while found[-1]["next_cursor"]:
        found.append(company.ask(user, **request, cursor=found[-1]["next_cursor"]).structured)
    return found


def test_the_pages_of_an_answer_make_the_whole_without_gaps_or_repeats(
    fjord: Company, by_hand: duckdb.DuckDBPyConnection
) -> None:
    expected = by_hand.execute(
        "SELECT strftime(visited_on, '%Y-%m-%d'), clinic_name, count(*) FROM mart.visit JOIN mart.clinic "
        "USING (clinic_id) WHERE visited_on BETWEEN '2025-01-01' AND '2025-02-28' GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    found = pages(fjord, "chair", DAILY)
    assert [row for page in found for row in page["rows"] if row[2]] == [list(row) for row in expected]
    assert {len(page["rows"]) for page in found[:-1]} == {100}
    assert {page["row_count"] for page in found} == {sum(len(page["rows"]) for page in found)}
    assert [page["truncated"] for page in found] == [True] * (len(found) - 1) + [False]


def test_a_page_says_which_rows_it_holds_and_how_to_go_on(fjord: Company) -> None:
    first = fjord.ask("chair", **DAILY)
    assert "rows 1–100 of" in first.text
    assert f"cursor={first.structured['next_cursor']}" in first.text
    assert "rows 101–200 of" in fjord.ask("chair", **DAILY, cursor=first.structured["next_cursor"]).text


@pytest.mark.parametrize(
    ("user", "changed"),
    [("lead.no", {}), ("lab", {}), ("chair", {"grain": "week"}), ("chair", {"end": "2025-02-27"})],
)
def test_a_cursor_is_refused_for_another_user_or_request(fjord: Company, user: str, changed: dict[str, str]) -> None:
    cursor = fjord.ask("chair", **DAILY).structured["next_cursor"]
    refused = fjord.ask(user, **{**DAILY, **changed, "cursor": cursor}).structured
    assert (refused["code"], refused["rows"]) == ("BAD_ARGUMENT", [])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"metrics": ["visit_count"], "sql": "SELECT 1"}, "one of metrics, sql or template, not metrics and sql"),
        ({"sql": "SELECT 1", "grain": "day"}, "grain goes with 'metrics' only"),
        ({"grain": "day"}, "grain goes with 'metrics' only"),
        ({"params": {"a": 1}}, "'params' goes with 'template' only"),
        ({"metrics": []}, "names no metric"),
        ({**MONTHLY, "start": "2025-04-01"}, "is after end"),
        ({"template": "nothing"}, "There is no template 'nothing' for you"),
    ],
)
def test_a_request_in_two_forms_or_half_a_form_is_refused(
    fjord: Company, arguments: dict[str, object], words: str
) -> None:
    refused = fjord.ask("chair", **arguments)
    assert refused.structured["code"] == "BAD_ARGUMENT"
    assert words in refused.text


def test_a_synonym_is_read_as_the_metric_and_said(fjord: Company) -> None:
    answer = fjord.ask("chair", **{**MONTHLY, "metrics": "appointments"}).structured
    assert answer["columns"][1]["name"] == "visit_count"
    assert "'appointments' is read as Visits." in answer["warnings"]


def test_own_sql_gives_what_the_tables_hold_and_is_marked_as_uncertified(
    fjord: Company, by_hand: duckdb.DuckDBPyConnection
) -> None:
    sql = (
        "SELECT country, sum(fee_eur) AS fees FROM mart.visit JOIN mart.clinic USING (clinic_id) "
        "GROUP BY country ORDER BY fees DESC"
    )
    answer = fjord.ask("chair", sql=sql).structured
    assert answer["code"] == ""
    assert answer["rows"] == [[country, float(fees)] for country, fees in by_hand.execute(sql).fetchall()]
    assert any("no certified metric definition" in warning for warning in answer["warnings"])
    assert {c["name"] for c in answer["citations"] if c["kind"] == "table"} == {"visit", "clinic"}
    assert answer["trust"] is not None


def test_own_sql_without_an_order_comes_in_pages_that_agree(fjord: Company) -> None:
    found = pages(
        fjord, "chair", {"sql": "SELECT visit_id, fee_eur FROM mart.visit WHERE visited_on < DATE '2023-04-20'"}
    )
    ids = [row[0] for page in found for row in page["rows"]]
    assert len(ids) == len(set(ids)) == found[0]["row_count"] > 100
    assert ids == sorted(ids)


def test_own_sql_sees_no_more_than_the_role(fjord: Company) -> None:
    answer = fjord.ask("lead.no", sql="SELECT DISTINCT country FROM mart.clinic").structured
    assert (answer["rows"], answer["scope"]) == ([["Norway"]], "country Norway")


def test_a_role_without_sql_is_refused(fjord_program: Program, audit: AuditLog) -> None:
    catalog = fjord_program.catalog
    roles = tuple(role.model_copy(update={"sql": False}) for role in catalog.policies.roles)
    company = Company.of(fjord_program, audit, catalog=with_policies(catalog, roles=roles))
    assert company.ask("chair", sql="SELECT 1").structured["code"] == "NOT_ALLOWED"


BY_CITY = Template(
    name="visits_of_city",
    description="Visits of one city on and after a day.",
    sql="SELECT count(*) AS visits FROM mart.visit JOIN mart.clinic USING (clinic_id) "
    "WHERE city = $city AND visited_on >= $since",
    params={"city": "string", "since": "date"},
    roles=("board",),
)


@pytest.fixture
def with_template(fjord_program: Program, audit: AuditLog) -> Company:
    """The clinics with a prepared query for the board."""
    return Company.of(fjord_program, audit, catalog=with_policies(fjord_program.catalog, templates=(BY_CITY,)))


def test_a_template_is_filled_with_values_that_stay_values(
    with_template: Company, by_hand: duckdb.DuckDBPyConnection
) -> None:
    expected = by_hand.execute(BY_CITY.sql, {"city": "City 1", "since": "2025-01-01"}).fetchone()
    assert expected
    params = {"city": "City 1", "since": "2025-01-01"}
    answer = with_template.ask("chair", template="visits_of_city", params=params).structured
    assert answer["rows"] == [[expected[0]]]
    assert answer["reading"] == BY_CITY.description
    hostile = {"city": "x' OR '1'='1", "since": "2025-01-01"}
    assert with_template.ask("chair", template="visits_of_city", params=hostile).structured["rows"] == [[0]]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"city": "City 1"}, "takes exactly its parameters (since does not fit)"),
        ({"city": "City 1", "since": "2025-01-01", "x": 1}, "x does not fit"),
        ({"city": 1, "since": "2025-01-01"}, "'city' must be of type string"),
        ({"city": "City 1", "since": "yesterday"}, "'since' must be a day"),
    ],
)
def test_a_template_refuses_values_that_do_not_fit(
    with_template: Company, params: dict[str, object], words: str
) -> None:
    assert words in with_template.ask("chair", template="visits_of_city", params=params).text


def test_a_template_of_another_role_is_as_one_that_does_not_exist(with_template: Company) -> None:
    hidden = with_template.ask("lab", template="visits_of_city", params={}).structured["message"]
    absent = with_template.ask("lab", template="visits_of_citz", params={}).structured["message"]
    assert hidden.replace("city", "citz") == absent
