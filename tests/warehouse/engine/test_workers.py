from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from catalog.refusals import BadArgument, PiiDenied, Refusal, Timeout, TooExpensive, UnknownTable, WarehouseDown
from tests.warehouse.engine.helpers import ENDLESS, GREEDY, Call, ask, until, workers
from warehouse import worker_process
from warehouse.deadline import Deadline
from warehouse.worker_pool import WorkerPool
from warehouse.worker_process import WorkerSettings

STATIONS = "SELECT count(*) AS n FROM station"
Pools = Callable[..., WorkerPool]


@pytest.fixture
def one(gold: Path) -> Iterator[Pools]:
    """Makes pools of one worker with limits of their own."""
    made: list[WorkerPool] = []

    def make(memory_limit: str = "600MB", memory_bytes: int = 2_000_000_000, watch: bool = False) -> WorkerPool:
        made.append(WorkerPool(WorkerSettings(gold, memory_limit, memory_bytes, watch), 1))
        return made[-1]

    yield make
    for pool in made:
        pool.close()


def started(pool: WorkerPool) -> psutil.Process:
    """The only new worker, once it has answered."""
    before = workers()
    ask(pool, STATIONS)
    (new,) = [process for pid, process in workers().items() if pid not in before]
    return new


def busy(process: psutil.Process) -> bool:
    return process.cpu_percent(0.02) > 20


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_a_callers_statement_gives_its_rows(pool: WorkerPool) -> None:
    rows = ask(pool, "SELECT city, count(*) AS n FROM station GROUP BY city ORDER BY city")
    assert rows.names == ("city", "n")
    assert rows.types == ("string", "integer")
    assert rows.rows == (("Bergen", 6), ("Malmo", 6), ("Oslo", 6), ("Turku", 6))
    assert not rows.truncated


def test_rows_beyond_the_cap_are_cut_and_said_to_be(pool: WorkerPool) -> None:
    rows = ask(pool, "SELECT ride_id FROM ride", most=10)
    assert len(rows.rows) == 10
    assert rows.truncated


def test_each_role_is_answered_from_its_own_rows_whoever_asked_before(pool: WorkerPool) -> None:
    sql, expected = "SELECT count(*) AS n FROM ride", {"owner": 1500, "oslo": 732, "viewer": 1500, "chief": 304}
    found = {role: ask(pool, sql, role=role).rows[0][0] for role in list(expected) * 3}
    counts = {role: ask(pool, sql, role=role).rows[0][0] for role in expected}
    assert found == counts
    assert counts["owner"] == counts["viewer"] == 1500
    assert 0 < int(str(counts["chief"])) < int(str(counts["oslo"])) < 1500


def test_many_callers_share_two_workers_and_never_each_others_rows(pool: WorkerPool) -> None:
    sql = "SELECT station_id, count(*) AS n FROM ride GROUP BY 1 ORDER BY 1"
    expected = {role: ask(pool, sql, role=role).rows for role in ("owner", "oslo", "chief")}

    def work(role: str) -> None:
        for _ in range(10):
            assert ask(pool, sql, role=role).rows == expected[role]

    for call in [Call(lambda role=role: work(role)) for role in list(expected) * 7]:
        call.result(60)


def test_refusals_of_the_guard_arrive_as_they_were_meant(pool: WorkerPool) -> None:
    with pytest.raises(UnknownTable) as unknown:
        ask(pool, "SELECT * FROM statoin")
    assert "station" in unknown.value.exists
    with pytest.raises(PiiDenied):
        ask(pool, "SELECT note FROM rider", role="viewer")


def test_an_engine_error_tells_nothing_of_the_data(pool: WorkerPool) -> None:
    with pytest.raises(BadArgument) as caught:
        ask(pool, "SELECT CAST(rider_name AS INTEGER) AS x FROM rider")
    assert "Person" not in caught.value.text


def test_a_statement_is_killed_at_its_deadline_and_the_next_finds_a_worker(one: Pools) -> None:
    pool = one()
    worker = started(pool)
    with pytest.raises(Timeout):
        ask(pool, ENDLESS, deadline=Deadline(0.5))
    assert gone(worker)
    assert ask(pool, STATIONS).rows == ((24,),)


def test_cancelling_kills_the_worker_within_a_second(one: Pools) -> None:
    pool, deadline = one(), Deadline(600)
    worker = started(pool)
    call = Call(lambda: ask(pool, ENDLESS, deadline=deadline))
    until(lambda: busy(worker))
    deadline.cancel()
    with pytest.raises(Timeout):
        call.result(1)
    assert gone(worker)


def test_a_cancelled_caller_who_still_waits_leaves_the_line(one: Pools) -> None:
    pool, long, waiting = one(), Deadline(600), Deadline(600)
    worker = started(pool)
    running = Call(lambda: ask(pool, ENDLESS, deadline=long))
    until(lambda: busy(worker))
    waits = Call(lambda: ask(pool, STATIONS, deadline=waiting))
    waiting.cancel()
    with pytest.raises(Timeout):
        waits.result(1)
    assert not gone(worker)
    long.cancel()
    with pytest.raises(Timeout):
        running.result()


def test_who_waits_for_a_worker_waits_no_longer_than_the_deadline(one: Pools) -> None:
    pool, long = one(), Deadline(600)
    worker = started(pool)
    running = Call(lambda: ask(pool, ENDLESS, deadline=long))
    until(lambda: busy(worker))
    with pytest.raises(Timeout) as caught:
        ask(pool, STATIONS, deadline=Deadline(0.2))
    assert "0.2 s" in caught.value.message
    long.cancel()
    with pytest.raises(Timeout):
        running.result()


def test_deadlines_too_short_for_a_start_do_not_keep_the_pool_from_starting(one: Pools) -> None:
    pool = one()
    for _ in range(5):
        with pytest.raises(Timeout):
            ask(pool, STATIONS, deadline=Deadline(0.02))
    assert ask(pool, STATIONS).rows == ((24,),)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
def test_a_worker_that_dies_is_a_refusal_and_is_replaced(one: Pools, number: signal.Signals) -> None:
    pool = one()
    worker = started(pool)
    call = Call(lambda: ask(pool, ENDLESS, deadline=Deadline(600)))
    until(lambda: busy(worker))
    os.kill(worker.pid, number)
    with pytest.raises(TooExpensive):
        call.result()
    assert ask(pool, STATIONS).rows == ((24,),)


def test_a_worker_that_died_while_idle_is_replaced_unnoticed(one: Pools) -> None:
    pool = one()
    worker = started(pool)
    worker.kill()
    # A process of several threads looks dead a moment before it is.
    until(lambda: os.waitid(os.P_PID, worker.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT))
    assert ask(pool, STATIONS).rows == ((24,),)


def test_the_engines_memory_limit_ends_in_a_refusal(one: Pools) -> None:
    pool = one(memory_limit="100MB")
    worker = started(pool)
    with pytest.raises(TooExpensive):
        ask(pool, GREEDY)
    assert ask(pool, STATIONS).rows == ((24,),)
    assert gone(worker), "the next one is answered with memory of its own"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to its address space")
def test_the_address_space_limit_holds_where_the_engines_own_does_not(one: Pools) -> None:
    pool = one(memory_limit="8GB", memory_bytes=1_500_000_000)
    with pytest.raises(TooExpensive):
        ask(pool, GREEDY, deadline=Deadline(60))
    assert ask(pool, STATIONS).rows == ((24,),)


def test_the_watchdog_kills_a_worker_that_grows(one: Pools) -> None:
    pool = one(memory_limit="8GB", memory_bytes=400_000_000, watch=True)
    worker = started(pool)
    with pytest.raises(TooExpensive):
        ask(pool, GREEDY, deadline=Deadline(60))
    assert gone(worker)
    assert ask(pool, STATIONS).rows == ((24,),)


def test_no_worker_outlives_a_killed_server_even_in_the_middle_of_a_query(gold: Path) -> None:
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.warehouse.engine.serving", str(gold)], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    worker = psutil.Process(int(server.stdout.readline()))
    until(lambda: busy(worker))
    server.kill()
    server.wait(10)
    server.stdout.close()
    until(lambda: gone(worker), 5)


def test_a_worker_knows_nothing_of_the_servers_environment(one: Pools, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_KEY", "a secret")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "another")
    known = started(one()).environ()
    assert not {"ASSAY_KEY", "ANTHROPIC_API_KEY"} & set(known)
    assert set(known) - {"PYTHONPATH", "LC_CTYPE"} <= set(worker_process.KEPT_VARIABLES)


def test_a_worker_imports_nothing_from_the_folder_it_runs_in(
    one: Pools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "duckdb.py").write_text("raise SystemExit('imported from the wrong place')")
    monkeypatch.chdir(tmp_path)
    assert ask(one(), STATIONS).rows == ((24,),)


def test_workers_that_cannot_be_started_are_said_so_and_tried_again(
    one: Pools, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = one()
    with monkeypatch.context() as broken:
        broken.setattr(sys, "executable", "no such program")
        for _ in range(2):
            with pytest.raises(WarehouseDown):
                ask(pool, STATIONS)
    until(lambda: answers(pool))


def answers(pool: WorkerPool) -> bool:
    try:
        return ask(pool, STATIONS).rows == ((24,),)
    except WarehouseDown:
        return False


def test_a_missing_file_is_a_refusal_of_the_worker_too(tmp_path: Path) -> None:
    pool = WorkerPool(WorkerSettings(tmp_path / "none.duckdb", "600MB", 2_000_000_000), 1)
    with pytest.raises(WarehouseDown) as caught:
        ask(pool, STATIONS)
    assert "none.duckdb" not in caught.value.text
    pool.close()


def test_a_closed_pool_leaves_no_process_and_answers_no_more(one: Pools) -> None:
    pool = one()
    worker = started(pool)
    pool.close()
    assert gone(worker)
    with pytest.raises(Refusal):
        ask(pool, STATIONS)
