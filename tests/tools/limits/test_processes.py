"""Several processes, one store: limits are exact to the unit, and a process that dies takes nothing with it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from server.settings import load_settings
from server.wiring import running
from state.database import Database
from tests.postgres import new_database
from tests.tools.limits.conftest import Workspace, store_of
from tools.limits.accounts import Amounts
from tools.limits.ledger import HERE, STORE, Ledger

ROOT = Path(__file__).resolve().parents[3]
OSLO = ZoneInfo("Europe/Oslo")
SLOW = "SELECT count(*) AS n FROM visit a, visit b, visit c WHERE a.fee_eur < b.fee_eur + c.fee_eur"
ENDS_SECONDS = 60


def caller(workspace: Path, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.tools.limits.caller", str(workspace), *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def fired(*processes: subprocess.Popen[str]) -> Counter[str]:
    """Every outcome that the processes say, all fired at the same time."""
    for process in processes:
        assert process.stdout and process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    return Counter(line for process in processes for line in process.communicate(timeout=ENDS_SECONDS)[0].split())


def used(url: str) -> dict[str, Amounts]:
    ledger = Ledger(url)
    try:
        return {use.account.kind: use.used for use in ledger.today(OSLO)[2]}
    finally:
        ledger.close()


@pytest.mark.first_cases(1)
def test_two_processes_that_fire_at_once_get_exactly_the_calls_of_the_day(limited: Workspace, state_url: str) -> None:
    workspace = limited(state_url, daily={"calls": 70}, together={"daily": {"calls": 61}})
    with caller(workspace, 60, 8) as one, caller(workspace, 60, 8) as other:
        outcomes = fired(one, other)
    assert outcomes == {"ok": 61, "RATE_LIMITED": 59}
    amounts = used(store_of(workspace, state_url))
    assert (amounts["user"].calls, amounts["role"].calls) == (61, 61)


def test_two_processes_get_exactly_the_rows_of_the_day(limited: Workspace, postgres: str) -> None:
    state_url = new_database(postgres)
    workspace = limited(state_url, daily={"rows": 70})
    sql = "SELECT clinic_id FROM clinic ORDER BY clinic_id LIMIT 4"
    with caller(workspace, 15, 4, sql) as one, caller(workspace, 15, 4, sql) as other:
        outcomes = fired(one, other)
    assert outcomes == {"ok": 17, "RATE_LIMITED": 13}
    assert used(store_of(workspace, state_url))["user"].rows == 68


@pytest.mark.wide
def test_two_replicas_share_the_calls_of_a_minute(limited: Workspace, postgres: str) -> None:
    # One more call is free after an hour and a half: nothing refills meanwhile that could blur the count.
    workspace = limited(new_database(postgres), calls_per_minute=1, burst=37)
    with caller(workspace, 30, 8) as one, caller(workspace, 30, 8) as other:
        outcomes = fired(one, other)
    assert outcomes["ok"] in (37, 38)
    assert outcomes.total() == 60


def test_a_process_killed_in_mid_call_gives_back_what_it_had_set_aside(limited: Workspace, state_url: str) -> None:
    workspace = limited(state_url, daily={"calls": 1})
    url = store_of(workspace, state_url)
    with caller(workspace, 1, 1, SLOW) as process:
        assert process.stdout and process.stdin
        process.stdout.readline()
        process.stdin.write("go\n")
        process.stdin.flush()
        ledger = Ledger(url)
        wait_until_held(ledger)
        process.kill()
    held = ledger.today(OSLO)[2]
    ledger.close()
    assert [(use.used.calls, use.held.calls) for use in held] == [(0, 1)]
    with running(load_settings(workspace, environ={})) as program:
        chair = program.catalog.users["chair"].as_principal()
        early = program.toolset.call(chair, "describe_catalog", {})
        lease_over(url)
        late = [program.toolset.call(chair, "describe_catalog", {}) for _ in range(2)]
    assert early.structured["code"] == "RATE_LIMITED"
    assert "1 calls set aside for calls that run now" in early.text
    assert [result.structured["code"] for result in late] == ["", "RATE_LIMITED"]


def wait_until_held(ledger: Ledger) -> None:
    ends = time.monotonic() + ENDS_SECONDS
    while not any(use.held.calls for use in ledger.today(OSLO)[2]):
        assert time.monotonic() < ends
        time.sleep(0.02)


def lease_over(url: str) -> None:
    """The time that a dead call's lease lasts goes by."""
    database = Database(url, store=STORE, revisions=HERE / "revisions")
    with database.transaction() as connection:
        connection.execute(text("UPDATE held SET ends = ends - 3600"))
    database.dispose()
