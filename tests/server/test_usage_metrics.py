"""Usage metrics: counted from the audit log, for auditors only, by the wall clock."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from server.settings import load_settings
from server.wiring import Program, running
from tests.processes import assay

USERS = ("exec.morgan", "exec.morgan", "fin.riley", "ana.skyler")


@pytest.fixture(scope="module")
def used(demo_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company whose log holds five calls of three users: three answered (one from the cache), two refused."""
    folder = tmp_path_factory.mktemp("used") / "workspace"
    shutil.copytree(demo_workspace, folder, ignore=shutil.ignore_patterns("state"))
    with running(load_settings(folder, environ={})) as built:
        for user, question in [
            ("exec.morgan", "what is our ARR?"),
            ("exec.morgan", "what is our ARR?"),
            ("fin.riley", "MRR by segment last month"),
            ("fin.riley", "what will the weather be?"),
        ]:
            built.toolset.call(built.principal(user, None, {}), "query_curated_data", {"question": question})
        built.toolset.call(built.principal("ana.skyler", None, {}), "no_such_tool", {})
    return folder


@pytest.fixture
def program(used: Path) -> Iterator[Program]:
    with running(load_settings(used, environ={})) as built:
        yield built


def asked(built: Program, user: str = "aud.reese", **request: Any) -> Mapping[str, Any]:
    """A metric request for the calls of this day."""
    day = datetime.now(ZoneInfo(built.catalog.company.time_zone)).date().isoformat()
    arguments = {"question": "usage", "start": day, "end": day, **request}
    return built.toolset.call(built.principal(user, None, {}), "query_curated_data", arguments).structured


def test_figures_are_those_of_the_log(program: Program) -> None:
    told = asked(program, metrics=["usage_calls", "usage_refusals"], group_by=["user_id"])
    by_user = {row[0]: row[1:] for row in told["rows"]}
    assert {user: by_user[user] for user in set(USERS)} == {
        "exec.morgan": [2, 0],
        "fin.riley": [2, 1],
        "ana.skyler": [1, 1],
    }
    assert told["trust"]["state"] == "reconciled"
    assert any("is not over" in reason for reason in told["trust"]["reasons"])
    codes = asked(
        program,
        metrics=["usage_calls"],
        group_by=["code"],
        where=[{"dimension": "user_id", "op": "in", "value": USERS}],
    )
    assert codes["rows"] == [["BAD_ARGUMENT", 1], ["NOT_UNDERSTOOD", 1], ["ok", 3]]


def test_shares_latencies_and_distinct_counts_are_asked_like_any_metric(program: Program) -> None:
    where = [{"dimension": "user_id", "op": "in", "value": list(USERS)}]
    names = [
        "usage_active_users",
        "usage_answered_share",
        "usage_cached_share",
        "usage_latency_p50",
        "usage_latency_p95",
    ]
    [[users, answered, cached, half, most]] = asked(program, metrics=names, where=where)["rows"]
    assert (users, answered, cached) == (3, pytest.approx(3 / 5), pytest.approx(1 / 3))
    assert 0 < half <= most
    assert asked(program, metrics=["usage_metrics_asked"], group_by=["metric_name"])["row_count"] >= 2


def test_a_call_is_counted_as_soon_as_it_has_ended(program: Program) -> None:
    before, after = (asked(program, metrics=["usage_calls"])["rows"][0][0] for _ in range(2))
    assert after == before + 1


def test_words_are_read_by_the_wall_clock_whatever_day_is_pinned(used: Path) -> None:
    day = datetime.now(ZoneInfo("America/New_York")).date()
    done = assay("ask", f"assay calls by tool on {day}", "--as", "aud.reese", "--json", "-w", str(used))
    told = json.loads(done.stdout)
    assert (told["status"], str(day) in told["reading"]) == ("ok", True), told


@pytest.mark.parametrize("user", ["exec.morgan", "fin.riley", "agent.brief"])
def test_who_does_not_read_the_log_has_no_such_metrics_tables_or_rows(user: str, program: Program) -> None:
    assert asked(program, user, metrics=["usage_calls"])["code"] == "UNKNOWN_METRIC"
    call, principal = program.toolset.call, program.principal(user, None, {})
    sql = {"question": "x", "sql": "SELECT * FROM ops.audit_call"}
    assert call(principal, "query_curated_data", sql).structured["code"] in ("UNKNOWN_TABLE", "NOT_ALLOWED")
    assert "audit_call" not in call(principal, "describe_catalog", {"kind": "table"}).text


def test_no_words_of_callers_are_in_it_and_an_auditor_sees_no_gold(program: Program) -> None:
    principal = program.principal("aud.reese", None, {})
    told = program.toolset.call(principal, "describe_catalog", {"kind": "dimension"}).text
    assert "question" not in told and "segment" not in told
    assert asked(program, metrics=["arr"])["code"] == "UNKNOWN_METRIC"
    refused = program.toolset.call(principal, "explain_number", {"metric": "usage_calls"}).structured
    assert (refused["code"], "audit log" in refused["message"]) == ("BAD_ARGUMENT", True)
    found = program.toolset.call(principal, "lookup_metric_definition", {"metric": "usage_latency_p95"})
    assert not found.is_error and "audit_call.milliseconds" in found.text


def test_another_company_defines_them_in_its_own_catalog(
    fjord_workspace: Path, demo_workspace: Path, tmp_path: Path
) -> None:
    own = tmp_path / "workspace"
    shutil.copytree(fjord_workspace, own, ignore=shutil.ignore_patterns("state"))
    demo = demo_workspace / "catalog"
    for file in (*demo.glob("tables/audit_*.yml"), *demo.glob("metrics/usage_*.yml")):
        shutil.copy(file, own / "catalog" / file.parent.name)
    roles, users = own / "catalog" / "policies.yml", own / "catalog" / "principals.yml"
    policies = yaml.safe_load(roles.read_text())
    columns = [{"pii": ["user_id"], "treatment": "pseudonym"}]
    tables = ["audit_call", "audit_call_metric"]
    policies["roles"].append({"name": "revisor", "audit": True, "tables": tables, "columns": columns})
    roles.write_text(yaml.safe_dump(policies))
    users.write_text(users.read_text() + "\n  - {user: rev, roles: [revisor]}\n")
    with running(load_settings(own, environ={})) as built:
        house = built.principal("house.3", None, {})
        built.toolset.call(house, "query_curated_data", {"question": "visits by clinic name last month"})
        told = asked(built, "rev", metrics=["usage_calls"], group_by=["user_id"])
        assert [row[1] for row in told["rows"]] == [1]
        assert not any("house.3" in str(row) for row in told["rows"]), "a pseudonym is kept to"


def test_a_table_that_the_log_cannot_fill_does_not_pass_the_check(demo_workspace: Path, tmp_path: Path) -> None:
    own = tmp_path / "workspace"
    shutil.copytree(demo_workspace, own, ignore=shutil.ignore_patterns("state", "*.duckdb"))
    table = own / "catalog" / "tables" / "audit_call.yml"
    table.write_text(table.read_text().replace("name: tool,", "name: tooll,").replace("type: float", "type: integer"))
    done = assay("catalog", "check", "--fast", "-w", str(own))
    assert done.returncode != 0
    told = done.stdout + done.stderr
    assert "is not among its columns" in told and "is of type float" in told
