"""The audit log keeps two records a call, in order, for good; or refuses."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from audit.log import AuditLog, Intent, Outcome
from catalog.refusals import AuditDown

ASKED = Intent(user="ana", role="finance", tool="query", question="revenue?", arguments={"metrics": ["revenue"]})


def call(log: AuditLog, outcome: str = "ok") -> str:
    receipt = log.begin(ASKED)
    log.finish(receipt, Outcome(outcome, sql="SELECT 1", rows=3))
    return receipt


def begin_afresh(path: Path) -> None:
    """What a restarted server does with its first call."""
    with closing(AuditLog(path)) as log:
        log.begin(ASKED)


def test_a_call_leaves_an_intent_and_an_outcome_under_one_receipt(log: AuditLog) -> None:
    receipt = call(log)
    intent, outcome = log.get(receipt)
    assert (intent.kind, intent.body["user"], intent.body["question"]) == ("intent", "ana", "revenue?")
    assert (outcome.kind, outcome.body["outcome"], outcome.body["sql"], outcome.body["rows"]) == (
        "outcome",
        "ok",
        "SELECT 1",
        3,
    )
    assert receipt.startswith("r_")
    assert len(receipt) == 18


def test_the_intent_is_on_disk_before_the_call_runs(log: AuditLog, path: Path) -> None:
    receipt = log.begin(ASKED)
    with closing(AuditLog(path)) as reader:
        assert [r.kind for r in reader.get(receipt)] == ["intent"]


def test_records_can_be_neither_changed_nor_removed(log: AuditLog, path: Path) -> None:
    call(log)
    with closing(sqlite3.connect(path)) as other:
        for statement in ("UPDATE record SET hash = 'x'", "DELETE FROM record"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                other.execute(statement)


def test_the_tail_is_shown_oldest_first(log: AuditLog) -> None:
    receipts = [call(log) for _ in range(3)]
    assert [r.receipt for r in log.tail(4)] == [receipts[1]] * 2 + [receipts[2]] * 2


def test_records_are_read_in_order_between_two_moments(path: Path) -> None:
    start = datetime(2026, 11, 2, tzinfo=UTC)
    moments = iter([start + timedelta(hours=hour) for hour in range(6)])
    with closing(AuditLog(path, clock=lambda: next(moments))) as log:
        receipts = [call(log) for _ in range(3)]
        every = list(log.records())
        some = list(log.records(since=start + timedelta(hours=1), until=start + timedelta(hours=4)))
    assert [r.receipt for r in every] == [receipt for receipt in receipts for _ in range(2)]
    assert [r.seq for r in some] == [2, 3, 4]
    assert some[1].body["question"] == "revenue?"


def test_a_chain_goes_on_where_it_ended_after_a_restart(log: AuditLog, path: Path) -> None:
    call(log)
    log.close()
    again = AuditLog(path)
    call(again)
    found = again.verify()
    again.close()
    assert (found.ok, found.records, found.interrupted) == (True, 4, 0)


def test_a_call_that_never_ended_is_counted_as_interrupted(log: AuditLog) -> None:
    log.begin(ASKED)
    call(log)
    assert log.verify().interrupted == 1


def test_two_logs_on_one_file_make_one_chain(log: AuditLog, path: Path) -> None:
    other = AuditLog(path)
    mine, theirs = log.begin(ASKED), other.begin(ASKED)
    other.finish(theirs, Outcome("ok"))
    log.finish(mine, Outcome("ok"))
    other.close()
    assert (log.verify().ok, log.verify().records) == (True, 4)


def test_a_call_is_refused_while_another_process_holds_the_file(
    log: AuditLog, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audit.log.LOCK_WAIT_SECONDS", 0.05)
    call(log)
    log.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(AuditDown):
            log.begin(ASKED)
        other.execute("ROLLBACK")
    call(log)
    assert log.verify().ok


def test_a_call_is_refused_when_the_log_was_removed_and_answered_again_when_it_is_back(
    log: AuditLog, path: Path, tmp_path: Path
) -> None:
    call(log)
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    kept = path.rename(tmp_path / "kept")
    for _ in range(2):
        with pytest.raises(AuditDown):
            log.begin(ASKED)
    assert not log.verify().ok
    kept.rename(path)
    call(log)
    assert log.verify().ok


def test_a_removed_log_is_not_replaced_by_a_new_one_at_the_next_start(log: AuditLog, path: Path) -> None:
    call(log)
    log.close()
    path.unlink()
    with pytest.raises(AuditDown, match="gone"):
        begin_afresh(path)


def test_a_log_put_back_to_an_earlier_state_is_refused(log: AuditLog, path: Path) -> None:
    call(log)
    log.close()
    early = path.read_bytes()
    call(log)
    log.close()
    path.write_bytes(early)
    with pytest.raises(AuditDown, match="lost records"):
        begin_afresh(path)


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(AuditDown):
        AuditLog(blocked / "audit.sqlite").begin(ASKED)


def test_checking_writes_nothing(log: AuditLog) -> None:
    call(log)
    log.check()
    assert log.verify().records == 2


def test_an_outcome_without_its_intent_is_found(log: AuditLog) -> None:
    log.finish("r_made_up", Outcome("ok"))
    found = log.verify()
    assert (found.ok, found.bad_seq) == (False, 1)


def test_a_clock_set_back_is_noted_and_does_not_break_the_chain(path: Path) -> None:
    times = iter([datetime(2026, 3, 29, 1, tzinfo=UTC) - timedelta(hours=h) for h in (0, 1)])
    log = AuditLog(path, clock=lambda: next(times))
    call(log)
    found = log.verify()
    log.close()
    assert (found.ok, found.clock_steps) == (True, (2,))
