"""The audit log keeps two records a call, in order, for good, on each engine."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import DBAPIError

from audit.log import AuditLog, Outcome
from tests.audit.conftest import ASKED, Hand, call


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


def test_the_intent_is_on_disk_before_the_call_runs(log: AuditLog, state_url: str) -> None:
    receipt = log.begin(ASKED)
    with closing(AuditLog(state_url)) as reader:
        assert [r.kind for r in reader.get(receipt)] == ["intent"]


@pytest.mark.parametrize(
    "statement", ["UPDATE record SET hash = 'x'", "DELETE FROM record", "DELETE FROM record WHERE seq = 1"]
)
def test_records_can_be_neither_changed_nor_removed(log: AuditLog, hand: Hand, statement: str) -> None:
    call(log)
    with pytest.raises(DBAPIError, match="append-only"):
        hand.run(statement)


def test_the_tail_is_shown_oldest_first(log: AuditLog) -> None:
    receipts = [call(log) for _ in range(3)]
    assert [r.receipt for r in log.tail(4)] == [receipts[1]] * 2 + [receipts[2]] * 2


def test_records_are_read_in_order_between_two_moments(state_url: str) -> None:
    start = datetime(2026, 11, 2, tzinfo=UTC)
    moments = iter([start + timedelta(hours=hour) for hour in range(6)])
    with closing(AuditLog(state_url, clock=lambda: next(moments))) as log:
        receipts = [call(log) for _ in range(3)]
        every = list(log.records())
        some = list(log.records(since=start + timedelta(hours=1), until=start + timedelta(hours=4)))
    assert [r.receipt for r in every] == [receipt for receipt in receipts for _ in range(2)]
    assert [r.seq for r in some] == [2, 3, 4]
    assert some[1].body["question"] == "revenue?"


def test_a_chain_goes_on_where_it_ended_after_a_restart(log: AuditLog, state_url: str) -> None:
    call(log)
    log.close()
    again = AuditLog(state_url)
    call(again)
    found = again.verify()
    again.close()
    assert (found.ok, found.records, found.interrupted) == (True, 4, 0)


def test_a_call_that_never_ended_is_counted_as_interrupted(log: AuditLog) -> None:
    log.begin(ASKED)
    call(log)
    assert log.verify().interrupted == 1


def test_two_logs_on_one_file_make_one_chain(log: AuditLog, state_url: str) -> None:
    other = AuditLog(state_url)
    mine, theirs = log.begin(ASKED), other.begin(ASKED)
    other.finish(theirs, Outcome("ok"))
    log.finish(mine, Outcome("ok"))
    other.close()
    assert (log.verify().ok, log.verify().records) == (True, 4)


def test_checking_writes_nothing(log: AuditLog) -> None:
    call(log)
    log.check()
    assert log.verify().records == 2


def test_an_outcome_without_its_intent_is_found(log: AuditLog) -> None:
    log.finish("r_made_up", Outcome("ok"))
    found = log.verify()
    assert (found.ok, found.bad_seq) == (False, 1)


def test_a_clock_set_back_is_noted_and_does_not_break_the_chain(state_url: str) -> None:
    times = iter([datetime(2026, 3, 29, 1, tzinfo=UTC) - timedelta(hours=h) for h in (0, 1)])
    log = AuditLog(state_url, clock=lambda: next(times))
    call(log)
    found = log.verify()
    log.close()
    assert (found.ok, found.clock_steps) == (True, (2,))
