"""What a caller meets at the gate where limits are set: refusals that say which and until when, warnings, and no answer
that is not booked."""

from __future__ import annotations

import json
import re
import threading
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import anyio
import pytest
from mcp import Client
from sqlalchemy import text

from audit.log import AuditLog
from catalog.access import Access
from catalog.refusals import LimitsDown, RateLimited
from server.wiring import Program
from state.database import Database
from tests.postgres import new_database
from tests.processes import assay, get, http_server
from tests.tools.company import Company, with_policies
from tests.tools.limits.conftest import Running, Workspace, store_of
from tests.tools.limits.test_turns import until
from tools.caches import Answers, Caches
from tools.limits import Ledger, Limiter, Turns
from tools.limits.accounts import Account, Allowance, Amounts
from tools.limits.ledger import HERE, STORE
from tools.limits.rate import FLOOD_CALLS_PER_MINUTE, CallRate
from tools.toolset import ToolResult
from warehouse.deadline import Deadline

OSLO = ZoneInfo("Europe/Oslo")
ROWS = "SELECT clinic_id FROM clinic ORDER BY clinic_id LIMIT 4"
ANA = Account("user", "local", "ana")


def ask(program: Program, user: str = "chair", sql: str = ROWS) -> ToolResult:
    principal = program.catalog.users[user].as_principal()
    return program.toolset.call(principal, "query_curated_data", {"question": "a test asks", "sql": sql})


def describe(program: Program, user: str = "chair") -> ToolResult:
    return program.toolset.call(program.catalog.users[user].as_principal(), "describe_catalog", {})


def codes(results: list[ToolResult]) -> list[str]:
    return [str(result.structured["code"]) for result in results]


def use(program: Program, kind: str = "user") -> list[Amounts]:
    return [found.used for found in program.toolset.limits.today(OSLO)[2] if found.account.kind == kind]


def test_without_daily_limits_there_is_no_store(started: Running) -> None:
    program = started(calls_per_minute=1_000)
    assert not ask(program).is_error
    assert not (program.settings.workspace / "state" / "limits.sqlite").exists()


def test_a_used_up_day_is_refused_with_use_limit_and_the_company_s_midnight(started: Running, state_url: str) -> None:
    program = started(state_url, daily={"queries": 2})
    assert codes([ask(program) for _ in range(3)]) == ["", "", "RATE_LIMITED"]
    words = ask(program).structured["message"]
    told = re.fullmatch(
        r"The daily limit of 2 queries does not reach for this call: 2 queries used\. "
        r"A new day begins at (\d{4}-\d\d-\d\d) 00:00 Europe/Oslo, in ([\d,]+) s\.",
        words,
    )
    assert told, words
    # The company's day is pinned to 2025; limits go by the day that it really is there.
    assert told[1] > datetime.now(OSLO).date().isoformat()
    assert 0 < int(told[2].replace(",", "")) <= 25 * 3_600
    assert codes([describe(program), ask(program, "lead.no")]) == ["", ""]


def test_an_answer_beyond_the_rows_of_the_day_does_not_leave_and_is_not_counted(
    started: Running, state_url: str
) -> None:
    program = started(state_url, daily={"rows": 10, "bytes": 1_000_000})
    results = [ask(program) for _ in range(3)]
    assert codes(results) == ["", "", "RATE_LIMITED"]
    assert results[2].structured["rows"] == []
    assert "The answer has 4 rows, and 2 rows are left of the daily limit of 10 rows (8 rows used)." in results[2].text
    assert codes([ask(program, sql=ROWS.replace("4", "2"))]) == [""]
    sizes = sum(len(json.dumps(r.structured)) for r in results[:2])
    amounts = use(program)[0]
    assert (amounts.calls, amounts.queries, amounts.rows) == (4, 4, 10)
    assert sizes * 0.8 < amounts.bytes
    assert "10 rows used" in ask(program).text


def test_an_explanation_carries_as_many_rows_as_it_tells_of(started: Running, state_url: str) -> None:
    program = started(state_url, daily={"rows": 1_000})
    chair = program.catalog.users["chair"].as_principal()
    february = {"metric": "visit_count", "start": "2025-02-01", "end": "2025-02-28"}
    found = program.toolset.call(chair, "explain_number", february).structured
    told = 1 + len(found["causes"]) + sum(len(split["members"]) for split in found["contributions"])
    assert use(program)[0].rows == told > 1


def test_refused_and_failed_calls_count_as_calls_but_carry_no_rows(started: Running) -> None:
    program = started(daily={"calls": 100})
    bad = program.toolset.call(program.catalog.users["chair"].as_principal(), "query_curated_data", {"nonsense": 1})
    failed = ask(program, sql="SELECT no_such_column FROM clinic")
    assert codes([bad, failed]) == ["BAD_ARGUMENT", "UNKNOWN_COLUMN"]
    assert use(program) == [Amounts(calls=1, queries=1)]


def test_from_four_fifths_on_every_answer_says_so_and_its_receipt_stays_the_same(started: Running) -> None:
    program = started(daily={"calls": 5}, together={"daily": {"calls": 100}})
    results = [ask(program) for _ in range(4)]
    usual = results[0].structured["warnings"]
    assert [r.structured["warnings"] for r in results[1:3]] == [usual, usual]
    assert results[3].structured["warnings"] == [*usual, "4 calls of 5 calls for today are used (80 %)."]
    assert "note: 4 calls of 5 calls for today are used (80 %)." in results[3].text.splitlines()[0]
    chair = program.catalog.users["chair"].as_principal()
    assert program.toolset.verify_receipt(chair, results[3].structured["receipt"]).outcome == "same"
    assert codes([ask(program)]) == ["RATE_LIMITED"]


def test_a_role_s_users_share_what_the_role_may_use_together(started: Running, state_url: str) -> None:
    program = started(state_url, daily={"calls": 10}, together={"daily": {"calls": 2}})
    chair = program.catalog.users["chair"].as_principal()
    other = chair.model_copy(update={"user": "vice"})
    results = [program.toolset.call(who, "describe_catalog", {}) for who in (chair, other, other)]
    assert codes(results) == ["", "", "RATE_LIMITED"]
    assert "of role 'board' (all its users together)" in results[2].text
    assert use(program, "role") == [Amounts(calls=2, bytes=use(program, "role")[0].bytes)]


def test_a_store_that_is_away_refuses_and_answers_come_back_by_themselves(started: Running) -> None:
    program = started(daily={"calls": 10})
    state = program.settings.workspace / "state"
    state.mkdir(exist_ok=True)
    (state / "limits.sqlite").mkdir()
    down = ask(program)
    assert codes([down]) == ["LIMITS_DOWN"]
    assert down.structured["rows"] == []
    assert "sqlite" not in down.text
    assert list(program.problems()) == ["limits"]
    (state / "limits.sqlite").rmdir()
    assert codes([ask(program)]) == [""]
    assert program.problems() == {}
    assert program.toolset.limits.refused["store"] == 1


def test_a_store_that_goes_away_while_a_call_runs_keeps_its_answer_back(
    limited: Workspace, started: Running, state_url: str
) -> None:
    program = started(state_url, daily={"calls": 10})
    url = store_of(program.settings.workspace, state_url)
    assert codes([ask(program)]) == [""]
    database = Database(url, store=STORE, revisions=HERE / "revisions")

    class Breaking:
        """The warehouse, in front of a store that breaks as soon as it has been asked."""

        def __getattr__(self, name: str) -> Any:
            return getattr(program.warehouse, name)

        def sql_rows(self, *arguments: Any) -> Any:
            with database.transaction() as connection:
                connection.execute(text("ALTER TABLE spent RENAME TO elsewhere"))
            return program.warehouse.sql_rows(*arguments)

    audit = AuditLog(program.settings.workspace / "other.sqlite")
    company = Company.of(program, audit, warehouse=Breaking(), limits=program.toolset.limits)
    result = company.ask("chair", sql=ROWS)
    assert (result.structured["code"], result.structured["rows"]) == ("LIMITS_DOWN", [])
    with database.transaction() as connection:
        connection.execute(text("ALTER TABLE elsewhere RENAME TO spent"))
    database.dispose()
    assert codes([ask(program)]) == [""]
    audit.close()


def test_money_is_set_aside_before_a_job_and_booked_as_what_it_cost(started: Running, state_url: str) -> None:
    program = started(state_url, daily={"usd": 0.01})
    limits = program.toolset.limits

    class Billing:
        """The warehouse, at a price: every statement may cost 0.4 cents and costs 0.3."""

        def __getattr__(self, name: str) -> Any:
            return getattr(program.warehouse, name)

        def sql_rows(self, access: Any, sql: str, deadline: Deadline, most: int, *more: Any) -> Any:
            deadline.purse.reserve(4_000)
            found = program.warehouse.sql_rows(access, sql, deadline, most)
            deadline.purse.settle(4_000, 3_000)
            return found

    audit = AuditLog(program.settings.workspace / "other.sqlite")
    company = Company.of(program, audit, warehouse=Billing(), limits=limits)
    results = [company.ask("chair", sql=ROWS) for _ in range(4)]
    assert codes(results) == ["", "", "", "RATE_LIMITED"]
    assert "The daily limit of $0.01 does not reach for this call: $0.009 used." in results[3].text
    assert results[2].structured["warnings"][-1] == "$0.009 of $0.01 for today are used (90 %)."
    assert use(program)[0].micro_usd == 9_000
    audit.close()


def test_a_hundred_calls_of_one_user_do_not_keep_others_waiting(fjord_program: Program, audit: AuditLog) -> None:
    roles = fjord_program.catalog.policies.roles
    two = tuple(r.model_copy(update={"limits": r.limits.model_copy(update={"running": 2})}) for r in roles)
    limits = Limiter(turns=Turns(4, 200))
    company = Company.of(
        fjord_program,
        audit,
        catalog=with_policies(fjord_program.catalog, roles=two),
        limits=limits,
        caches=Caches(answers=Answers(0)),
    )
    ended: list[str] = []

    def calls(user: str, count: int) -> None:
        for _ in range(count):
            assert not company.ask(user, metrics=["visit_count"], group_by=["country"]).is_error
            ended.append(user)

    for user in ("chair", "lead.no", "house.3", "lab"):
        calls(user, 1)
    ended.clear()
    greedy = [threading.Thread(target=calls, args=("chair", 1)) for _ in range(100)]
    others = [threading.Thread(target=calls, args=(user, 4)) for user in ("lead.no", "house.3", "lab")]
    with ExitStack() as stack:
        for number in range(4):
            stack.enter_context(limits.turns.turn(Account("user", "local", f"u{number}"), 1, Deadline(60)))
        for thread in (*greedy, *others):
            thread.start()
        until(lambda: limits.turns.waiting == 103)
    for thread in (*greedy, *others):
        thread.join()
    last = max(index for index, user in enumerate(ended) if user != "chair")
    assert len(ended) == 112
    assert sum(user == "chair" for user in ended[:last]) < 60


@pytest.mark.parametrize("step", [-3_600.0, 86_400.0])
def test_a_clock_that_is_set_neither_locks_out_nor_opens_up(tmp_path: Path, step: float) -> None:
    clock = {"wall": datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp(), "steady": 100.0}
    ledger = Ledger(f"sqlite:///{tmp_path / 'l.sqlite'}", wall=lambda: clock["wall"], steady=lambda: clock["steady"])
    two = [Allowance(ANA, "board", {"calls": 2})]

    def call(name: str) -> None:
        day = ledger.reserve(name, two, Amounts(calls=1), OSLO, seconds=50)
        ledger.settle(name, two, Amounts(calls=1), day, OSLO)

    call("one")
    clock["wall"] += step
    call("two")
    with pytest.raises(RateLimited, match="2 calls used"):
        call("three")
    clock["wall"] += 86_400 - step
    clock["steady"] += 86_400
    call("four")
    ledger.close()


def test_dead_leases_and_old_days_are_forgotten(state_url: str) -> None:
    ledger = Ledger(state_url)
    one = [Allowance(ANA, "board", {"calls": 1})]
    ledger.reserve("dies", one, Amounts(calls=1), OSLO, seconds=-1)
    ledger.close()
    database = Database(state_url, store=STORE, revisions=HERE / "revisions")
    with database.transaction() as connection:
        connection.execute(
            text("INSERT INTO spent SELECT kind, issuer, 'old', '2020-01-01', role, 1, 1, 1, 1, 1 FROM spent")
        )
    again = Ledger(state_url)
    again.reserve("lives", one, Amounts(calls=1), OSLO, seconds=50)
    with database.transaction() as connection:
        assert connection.execute(text("SELECT call FROM held")).scalars().all() == ["lives"]
        assert connection.execute(text("SELECT name FROM spent")).scalars().all() == ["ana"]
    again.close()
    database.dispose()


def test_a_shared_bucket_survives_a_database_clock_that_was_put_back(postgres: str) -> None:
    url = new_database(postgres)
    ledger = Ledger(url)
    rate = CallRate(ANA, 1, 3)
    for _ in range(3):
        ledger.take([rate])
    database = Database(url, store=STORE, revisions=HERE / "revisions")
    with database.transaction() as connection:
        connection.execute(text("UPDATE bucket SET full_at = full_at + 3600000000"))
    with pytest.raises(RateLimited, match=r"3 of 3 calls at once are used\. The next call is free in (59|60) s"):
        ledger.take([rate])
    ledger.close()
    database.dispose()


def test_without_a_store_daily_limits_refuse(started: Running) -> None:
    program = started(daily={"calls": 10})
    company = Company.of(program, program.audit)
    assert company.call("chair", "describe_catalog").structured["code"] == "LIMITS_DOWN"
    with pytest.raises(LimitsDown):
        company.toolset.limits.today(OSLO)


def test_over_http_limits_refuse_count_and_show(limited: Workspace) -> None:
    workspace = limited(daily={"calls": 2})

    async def calls(base: str) -> list[str]:
        async with Client(f"{base}/mcp") as client:
            results = [await client.call_tool("describe_catalog", {}) for _ in range(3)]
        return [str((result.structured_content or {})["code"]) for result in results]

    with http_server(workspace, "--as", "chair") as base:
        assert anyio.run(calls, base) == ["", "", "RATE_LIMITED"]
        metrics = get(f"{base}/metrics")[1]
    assert 'assay_limits_refused_total{limit="daily"} 1.0' in metrics
    assert "assay_queue_running 0.0" in metrics
    shown = assay("limits", "--user", "chair", "-w", str(workspace))
    assert shown.returncode == 0, shown.stderr
    assert re.search(r"chair +board +calls +2 calls +. *2 calls +100 %", shown.stdout.replace("0 calls", "-")), (
        shown.stdout
    )
    told = json.loads(assay("limits", "--json", "-w", str(workspace)).stdout)
    assert [(row["who"], row["used"], row["allowed"]) for row in told["use"] if row["unit"] == "calls"] == [
        ("chair", 2, 2)
    ]


def test_limits_that_make_no_sense_are_refused_with_their_place(limited: Workspace) -> None:
    found = assay("catalog", "check", "-w", str(limited(burst=3)))
    assert found.returncode != 0
    assert "burst needs calls_per_minute beside it" in found.stdout + found.stderr


def test_the_ceiling_against_floods_holds_beside_what_a_role_s_users_share(started: Running) -> None:
    program = started(together={"calls_per_minute": 1_000_000})
    chair = program.catalog.users["chair"].as_principal()
    access, limits = Access(program.catalog, chair), program.toolset.limits
    with pytest.raises(RateLimited, match="More than 30,000 calls a minute: "):
        for _ in range(2 * FLOOD_CALLS_PER_MINUTE):
            limits.take(access)
