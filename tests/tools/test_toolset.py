"""The one gate: whoever calls gets an answer or a coded refusal, and both are on record."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from audit.log import AuditLog
from catalog.principals import Principal
from server.wiring import Program
from tests.tools.company import Company, with_policies
from tools.toolset import TOOLS
from warehouse.deadline import Deadline

VISITS = {"metrics": ["visit_count"], "grain": "month", "start": "2025-01-01", "end": "2025-03-31"}


def test_an_answer_leaves_who_asked_what_and_what_was_read(fjord: Company) -> None:
    result = fjord.ask("lead.no", question="how many visits?", **VISITS)
    intent, outcome = fjord.services.audit.get(result.structured["receipt"])
    asked = {k: intent.body[k] for k in ("user", "role", "client", "tool", "question", "attributes")}
    assert asked == {
        "user": "lead.no",
        "role": "regional_lead",
        "client": "tests",
        "tool": "query_curated_data",
        "question": "how many visits?",
        "attributes": {"country": ["Norway"]},
    }
    assert intent.body["arguments"] == VISITS
    assert outcome.body["outcome"] == "ok"
    assert outcome.body["sql"] == result.structured["sql"]
    assert "visit" in outcome.body["tables"]
    assert outcome.body["definitions"]["visit_count"].startswith("v1:")
    assert outcome.body["scope"] == "country Norway"
    assert outcome.body["rows"] == 3
    assert len(outcome.body["result_hash"]) == 64


def test_no_value_of_a_row_is_in_the_log(fjord: Company, tmp_path: Path) -> None:
    result = fjord.ask("house.3", metrics=["visit_count"], group_by=["clinic_name"], grain="year")
    assert "House D" in result.text
    fjord.services.audit.close()
    assert b"House D" not in (tmp_path / "audit.sqlite").read_bytes()


def test_two_equal_calls_differ_in_nothing_but_the_receipt(fjord: Company) -> None:
    one, two = (fjord.ask("chair", **VISITS) for _ in range(2))
    assert one.structured["receipt"] != two.structured["receipt"]
    assert json.dumps(one.structured | {"receipt": ""}) == json.dumps(two.structured | {"receipt": ""})


def test_a_refusal_has_the_shape_of_an_answer_and_its_code_first(fjord: Company) -> None:
    answer, refused = fjord.ask("chair", **VISITS), fjord.ask("chair", metrics=["nonsense"])
    assert refused.is_error
    assert refused.text.startswith("UNKNOWN_METRIC: No metric 'nonsense' is available to you.")
    assert set(refused.structured) == set(answer.structured)
    assert (refused.structured["status"], refused.structured["code"]) == ("refused", "UNKNOWN_METRIC")
    assert fjord.services.audit.get(refused.structured["receipt"])[1].body["outcome"] == "UNKNOWN_METRIC"


@pytest.mark.parametrize("tool", [tool.name for tool in TOOLS])
def test_an_argument_that_does_not_exist_is_refused_by_name_by_every_tool(fjord: Company, tool: str) -> None:
    refused = fjord.call("chair", tool, who="root")
    assert (refused.is_error, refused.structured["code"]) == (True, "BAD_ARGUMENT")
    assert "There is no argument 'who'." in refused.text


def test_an_unknown_tool_is_refused_with_those_that_exist(fjord: Company) -> None:
    refused = fjord.call("chair", "drop_tables\x1b[2J")
    assert refused.text.startswith("BAD_ARGUMENT: There is no tool 'drop_tables�[2J'. Available: query_curated_data,")


def test_a_role_that_the_policies_do_not_know_sees_nothing(fjord: Company) -> None:
    result = fjord.toolset.call(Principal(user="eve", role="intruder"), "describe_catalog", {})
    assert (result.is_error, result.structured["code"]) == (True, "NOT_ALLOWED")
    assert fjord.services.audit.tail(1)[0].body["outcome"] == "NOT_ALLOWED"


def test_a_metric_that_is_hidden_is_refused_as_one_that_does_not_exist(fjord: Company) -> None:
    hidden = fjord.ask("lab", metrics=["fee_income"])
    absent = fjord.ask("lab", metrics=["fee_incomf"])
    same = hidden.structured["message"].replace("fee_income", "fee_incomf")
    assert same == absent.structured["message"]
    assert "fee_income" not in hidden.structured["message"].replace("'fee_income'", "")


def test_a_fault_of_ours_is_coded_and_tells_nothing(
    fjord_program: Program, audit: AuditLog, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise RuntimeError("secret path /srv/gold")

    company = Company.of(fjord_program, audit, calendar=broken)
    with caplog.at_level(logging.CRITICAL, logger="assay.toolset"):
        result = company.ask("chair", **VISITS)
    assert (result.is_error, result.structured["code"]) == (True, "INTERNAL")
    assert "secret" not in result.text + json.dumps(result.structured)
    assert "secret path" in audit.get(result.structured["receipt"])[1].body["detail"]


def test_nothing_is_answered_when_the_intent_cannot_be_written(fjord_program: Program, tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("in the way")
    result = Company.of(fjord_program, AuditLog(tmp_path / "blocked" / "audit.sqlite")).ask("chair", **VISITS)
    assert (result.is_error, result.structured["code"], result.structured["rows"]) == (True, "AUDIT_DOWN", [])


def test_nothing_is_answered_when_the_outcome_cannot_be_written(
    fjord_program: Program, audit: AuditLog, tmp_path: Path
) -> None:
    def losing_the_log() -> object:
        (tmp_path / "audit.sqlite").rename(tmp_path / "elsewhere")
        return fjord_program.calendar()

    result = Company.of(fjord_program, audit, calendar=losing_the_log).ask("chair", **VISITS)
    assert (result.is_error, result.structured["code"], result.structured["rows"]) == (True, "AUDIT_DOWN", [])


def test_a_user_beyond_the_limit_is_told_when_to_come_back(fjord_program: Program, audit: AuditLog) -> None:
    roles = fjord_program.catalog.policies.roles
    slow = tuple(r.model_copy(update={"limits": r.limits.model_copy(update={"calls_per_minute": 2})}) for r in roles)
    company = Company.of(fjord_program, audit, catalog=with_policies(fjord_program.catalog, roles=slow))
    results = [company.call("chair", "describe_catalog") for _ in range(3)]
    assert [r.structured["code"] for r in results] == ["", "", "RATE_LIMITED"]
    assert "The next call is free in" in results[2].text
    assert not company.call("lab", "describe_catalog").is_error


def test_a_deadline_that_is_over_ends_the_call(fjord: Company) -> None:
    result = fjord.toolset.call(fjord.as_("chair"), "describe_catalog", {}, deadline=Deadline(0))
    assert (result.is_error, result.structured["code"]) == (True, "TIMEOUT")


def test_a_caller_that_went_away_is_on_record(fjord: Company) -> None:
    gone = Deadline(10)
    gone.cancel()
    fjord.toolset.call(fjord.as_("chair"), "describe_catalog", {}, deadline=gone)
    assert fjord.services.audit.tail(1)[0].body["outcome"] == "CANCELLED"


def test_broken_input_is_on_record_without_breaking_the_record(fjord: Company) -> None:
    result = fjord.ask("chair", question="half \ud800" + "x" * 1_000_000)
    assert result.structured["code"] == "BAD_ARGUMENT"
    assert "(1000006 characters)" in fjord.services.audit.get(result.structured["receipt"])[0].body["question"]
    assert fjord.services.audit.verify().ok


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_the_schemas_are_flat_objects(tool: object) -> None:
    from tools.tool import Tool

    assert isinstance(tool, Tool)
    for schema in (tool.input_schema(), tool.output_schema()):
        assert schema["type"] == "object"
        assert "anyOf" not in schema
    assert tool.input_schema()["additionalProperties"] is False
    assert all("description" in part for part in tool.input_schema()["properties"].values())


def test_a_refused_result_is_valid_for_every_tool(fjord: Company) -> None:
    for tool in TOOLS:
        refused = fjord.call("chair", tool.name, who="root").structured
        assert type(tool.Result.model_validate(refused)) is tool.Result
