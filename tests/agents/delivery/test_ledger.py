"""A slot is run once, by one scheduler, and its result counts wholly or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agents.delivery.errors import Superseded
from agents.delivery.ledger import Claim, DeadLetter, Ledger, Run
from agents.delivery.outbox import Outbox
from agents.schedule import Slot
from agents.store import Store, StoreDown, Transaction
from tests.agents.delivery.conftest import MINUTE, NOW, mail

DUE = datetime(2026, 11, 16, 13, tzinfo=UTC)
SLOT = Slot("brief", "2026-11-16", DUE, DUE + timedelta(hours=10))


@pytest.fixture
def ledger(store: Store) -> Ledger:
    return Ledger(store)


def claimed(ledger: Ledger, minutes: float = 0, owner: str = "one") -> Claim:
    claim = ledger.claim(SLOT, owner, NOW + minutes * MINUTE)
    assert claim
    return claim


def states(ledger: Ledger) -> list[tuple[str, str]]:
    return [(run.state, run.reason) for run in ledger.history(10)]


def test_of_two_schedulers_one_gets_the_slot(ledger: Ledger) -> None:
    assert claimed(ledger) == Claim(SLOT, "one", fence=1, tries=1)
    assert ledger.claim(SLOT, "two", NOW) is None


def test_a_claim_lasts_as_long_as_its_heartbeat(ledger: Ledger) -> None:
    claim = claimed(ledger)
    ledger.heartbeat(claim, NOW + 9 * MINUTE)
    assert ledger.claim(SLOT, "two", NOW + 11 * MINUTE) is None
    assert claimed(ledger, 19, "two") == Claim(SLOT, "two", fence=2, tries=2)


def test_who_lost_the_slot_can_neither_finish_nor_fail_nor_keep_it(ledger: Ledger, store: Store) -> None:
    late, other = claimed(ledger), claimed(ledger, 11, "two")
    for attempt in (
        lambda: ledger.finish(late, [mail()], at=NOW),
        lambda: ledger.fail(late, "x", NOW),
        lambda: ledger.heartbeat(late, NOW),
        lambda: ledger.postpone(late, "x", NOW),
    ):
        with pytest.raises(Superseded):
            attempt()
    ledger.finish(other, [], at=NOW + 12 * MINUTE)
    assert states(ledger) == [("done", "")]
    assert Outbox(store).latest(10) == ()


def test_a_finished_slot_is_never_run_again(ledger: Ledger) -> None:
    ledger.finish(claimed(ledger), [], at=NOW + MINUTE)
    assert ledger.claim(SLOT, "two", NOW + timedelta(days=30)) is None
    assert ledger.settled("brief", DUE - MINUTE) == {"2026-11-16"}
    assert ledger.settled("brief", DUE) == frozenset()
    assert ledger.history(1) == (Run("brief", "2026-11-16", "done", DUE, "one", 1, None, NOW, NOW + MINUTE, ""),)


def test_messages_effects_and_state_are_written_together_or_not_at_all(ledger: Ledger, store: Store) -> None:
    def broken(transaction: Transaction) -> None:
        transaction.write("ledger.watch", {"agent": "beside", "since": "then"})
        raise ValueError("no")

    claim = claimed(ledger)
    with pytest.raises(ValueError, match="no"):
        ledger.finish(claim, [mail()], broken, at=NOW)
    assert states(ledger) == [("running", "")]
    assert Outbox(store).latest(10) == ()
    assert store.rows("ledger.watched", {"agent": "beside"}) == []
    ledger.finish(claim, [mail()], at=NOW)
    assert [status.key for status in Outbox(store).latest(10)] == ["brief/ana"]


def test_a_failure_is_tried_again_ever_later_and_then_given_up(ledger: Ledger) -> None:
    at, waits = NOW, []
    for _ in range(4):
        claim = ledger.claim(SLOT, "one", at)
        assert claim
        ledger.fail(claim, "no figures", at)
        next_try = ledger.history(1)[0].next_try
        assert next_try
        waits.append(next_try - at)
        assert ledger.claim(SLOT, "two", next_try - timedelta(seconds=1)) is None
        at = next_try
    assert waits == [MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE]
    last = ledger.claim(SLOT, "one", at)
    assert last
    ledger.fail(last, "no figures", at)
    assert ledger.dead_letters() == (DeadLetter("run", "brief/2026-11-16", "no figures", at),)
    assert ledger.claim(SLOT, "one", at + timedelta(days=1)) is None


def test_a_run_that_kills_its_process_each_time_is_given_up(ledger: Ledger) -> None:
    for number in range(5):
        claimed(ledger, number * 11)
    assert ledger.claim(SLOT, "one", NOW + 55 * MINUTE) is None
    assert states(ledger) == [("dead", "its process ended 5 times without a result")]


def test_waiting_is_no_failure(ledger: Ledger) -> None:
    for number in range(20):
        claim = claimed(ledger, number * 10)
        assert claim.tries == 1
        ledger.postpone(claim, "invoices are red", NOW + (number * 10 + 10) * MINUTE)
    assert states(ledger) == [("waiting", "invoices are red")]


def test_a_missed_slot_is_recorded_as_skipped_unless_somebody_runs_it(ledger: Ledger) -> None:
    claim = claimed(ledger)
    assert not ledger.skip(SLOT, "too late", NOW)
    ledger.postpone(claim, "invoices are red", NOW + MINUTE)
    assert ledger.skip(SLOT, "too late", NOW + MINUTE)
    assert not ledger.skip(SLOT, "too late", NOW + 2 * MINUTE)
    assert states(ledger) == [("skipped", "too late; before: invoices are red")]
    assert ledger.skip(replace(SLOT, period_key="2026-11-09"), "too late", NOW)


def test_an_agent_owes_nothing_from_before_it_was_known(ledger: Ledger) -> None:
    assert ledger.watched_since("brief", NOW) == NOW
    assert ledger.watched_since("brief", NOW + MINUTE) == NOW


def test_schedulers_that_are_alive_are_known_and_old_ones_forgotten(ledger: Ledger) -> None:
    ledger.note_alive("one", NOW - timedelta(days=8))
    ledger.note_alive("two", NOW - MINUTE)
    ledger.note_alive("two", NOW)
    assert ledger.living(NOW - timedelta(days=30)) == {"two": NOW}
    assert ledger.living(NOW + MINUTE) == {}


def test_a_store_that_cannot_be_written_says_so_and_holds_nothing_half(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'agents.sqlite'}")
    ledger = Ledger(store)
    claim = claimed(ledger)
    with store.transaction() as transaction:
        # A full disk, as SQLite sees it: no page can be added.
        pages = transaction.connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        transaction.connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreDown, match="full"):
        ledger.finish(claim, [mail(f"brief/{n}", text="x" * 5000) for n in range(50)], at=NOW)
    assert states(ledger) == [("running", "")]
    assert Outbox(store).latest(10) == ()
    ledger.finish(claim, [mail()], at=NOW)
    assert [status.state for status in Outbox(store).latest(10)] == ["ready"]
    store.close()


def test_a_store_where_no_folder_can_be_is_down(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StoreDown):
        Ledger(Store(f"sqlite:///{tmp_path}/file/agents.sqlite")).claim(SLOT, "one", NOW)
