"""Each minute: what is due is done once, what was missed is caught up or recorded, and one failure stops nobody."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from agents.delivery.courier import Courier, Delivered
from agents.delivery.ledger import Ledger, no_effects
from agents.delivery.memory import MemoryChannel
from agents.delivery.outbox import Outbox
from agents.delivery.scheduler import NotYet, Scheduler, Ticked, Timetable, Work, keep_ticking, stopped_by_signals
from agents.schedule import slot_on
from agents.store import Store, StoreDown, Transaction
from catalog.agents import Agent
from tests.agents.delivery.child import BRIEF
from tests.agents.delivery.conftest import MINUTE, NOW, mail

DAILY = BRIEF.model_copy(
    update={"name": "daily", "schedule": BRIEF.schedule.model_copy(update={"every": "day", "catch_up_hours": 4})}
)
ROOT = Path(__file__).parents[3]
IDLE = (Delivered(),)
ONE = (Delivered(), Delivered(sent=1))


def write(agent: Agent, slot, heartbeat):
    heartbeat()
    return [mail(f"{slot.key}/ana")], no_effects


@pytest.fixture
def memory() -> MemoryChannel:
    return MemoryChannel()


@pytest.fixture
def make(store: Store, memory: MemoryChannel) -> Callable[..., Scheduler]:
    def made(*agents: Agent, work: Work = write, owner: str = "one", step=lambda name: None, **table) -> Scheduler:
        courier = Courier(Outbox(store), {"mail": memory}, owner, lambda outgoing: True, step)
        timetable = Timetable(agents or (BRIEF,), "America/New_York", **table)
        return Scheduler(timetable, Ledger(store), courier, work, owner, step)

    return made


def test_a_due_slot_is_done_and_delivered_once(make, memory: MemoryChannel) -> None:
    one = make()
    assert one.tick(NOW - MINUTE) == Ticked(delivered=IDLE)
    assert one.tick(NOW) == Ticked(done=("brief/2026-11-16",), delivered=ONE)
    assert one.tick(NOW + MINUTE) == Ticked(delivered=IDLE)
    assert [parcel.outgoing.key for parcel in memory.sent] == ["brief/2026-11-16/ana"]


def test_eight_o_clock_comes_once_on_the_days_the_clocks_change(make, memory: MemoryChannel) -> None:
    one = make(DAILY)
    for sunday in (datetime(2026, 11, 1, 4, tzinfo=UTC), datetime(2027, 3, 14, 4, tzinfo=UTC)):
        one.tick(sunday)
        memory.sent.clear()
        for minute in range(0, 24 * 60, 10):
            one.tick(sunday + minute * MINUTE)
        assert len(memory.sent) == 1


def test_a_slot_missed_while_down_is_caught_up_and_a_long_missed_one_recorded(make, store: Store) -> None:
    one = make(DAILY)
    assert one.tick(NOW).done == ("daily/2026-11-16",)
    after = one.tick(NOW + timedelta(days=3, hours=3))
    assert (after.done, after.skipped) == (("daily/2026-11-19",), ("daily/2026-11-17", "daily/2026-11-18"))
    assert [(run.period, run.state, run.reason) for run in Ledger(store).history(9)] == [
        ("2026-11-19", "done", ""),
        ("2026-11-18", "skipped", "missed by more than the catch-up window"),
        ("2026-11-17", "skipped", "missed by more than the catch-up window"),
        ("2026-11-16", "done", ""),
    ]


def test_an_agent_new_at_noon_does_the_slot_of_this_morning_and_none_before(make) -> None:
    assert make(DAILY).tick(NOW + timedelta(hours=3)).done == ("daily/2026-11-16",)
    late = DAILY.model_copy(update={"name": "late"})
    assert make(late).tick(NOW + timedelta(hours=5)) == Ticked(delivered=IDLE)


def test_a_clock_that_steps_back_repeats_nothing(make, memory: MemoryChannel) -> None:
    one = make(DAILY)
    for now in (NOW, NOW + timedelta(days=1), NOW, NOW - timedelta(days=2), NOW + timedelta(days=1, hours=1)):
        one.tick(now)
    assert [p.outgoing.key for p in memory.sent] == ["daily/2026-11-16/ana", "daily/2026-11-17/ana"]


def test_two_schedulers_do_a_slot_once(make, memory: MemoryChannel) -> None:
    second: list[Ticked] = []
    two = make(owner="two")

    def meanwhile(name: str) -> None:
        if name == "work":
            second.append(two.tick(NOW))

    assert make(step=meanwhile).tick(NOW).done == ("brief/2026-11-16",)
    assert second == [Ticked(delivered=IDLE)]
    assert len(memory.sent) == 1


def test_a_result_that_comes_after_its_lease_is_not_used(make, memory: MemoryChannel) -> None:
    second: list[Ticked] = []
    two = make(owner="two")

    def slow(agent: Agent, slot, heartbeat):
        second.append(two.tick(NOW + 11 * MINUTE))
        return [mail("from the late one")], no_effects

    assert make(work=slow).tick(NOW).superseded == ("brief/2026-11-16",)
    assert second[0].done == ("brief/2026-11-16",)
    assert [p.outgoing.key for p in memory.sent] == ["brief/2026-11-16/ana"]


def test_a_failing_agent_is_tried_again_and_the_others_go_on(make, store: Store) -> None:
    broken = [True]

    def work(agent: Agent, slot, heartbeat):
        if agent.name == "brief" and broken[0]:
            raise ValueError("no figures")
        return write(agent, slot, heartbeat)

    one = make(BRIEF, DAILY, work=work)
    first = one.tick(NOW)
    assert (first.failed, first.done) == (("brief/2026-11-16",), ("daily/2026-11-16",))
    assert Ledger(store).history(1)[0].reason == "ValueError: no figures"
    broken.clear()
    broken.append(False)
    assert one.tick(NOW + timedelta(seconds=30)).done == ()
    assert one.tick(NOW + 2 * MINUTE).done == ("brief/2026-11-16",)


def into_nowhere(transaction: Transaction) -> None:
    transaction.connection.exec_driver_sql("INSERT INTO nowhere VALUES (1)")


def test_effects_that_cannot_be_written_fail_their_run_alone(make) -> None:
    def work(agent: Agent, slot, heartbeat):
        if agent.name == "brief":
            return [mail("lost")], into_nowhere
        return write(agent, slot, heartbeat)

    first = make(BRIEF, DAILY, work=work).tick(NOW)
    assert (first.failed, first.done) == (("brief/2026-11-16",), ("daily/2026-11-16",))


def test_work_may_wait_for_a_feed(make) -> None:
    waits = [NotYet("invoices are red", timedelta(minutes=30))]

    def work(agent: Agent, slot, heartbeat):
        if waits:
            raise waits.pop()
        return write(agent, slot, heartbeat)

    one = make(work=work)
    assert one.tick(NOW).waiting == ("brief/2026-11-16",)
    assert one.tick(NOW + 29 * MINUTE).done == ()
    assert one.tick(NOW + 31 * MINUTE).done == ("brief/2026-11-16",)


def test_a_pinned_today_decides_what_is_due_and_the_wall_clock_the_leases(make, store: Store) -> None:
    """A process that died holding a slot is followed by another, though the company's moment stands still."""
    far = datetime(2031, 1, 1, tzinfo=UTC)
    slot = slot_on(BRIEF, date(2026, 11, 16), "America/New_York")
    assert Ledger(store).claim(slot, "dead", far)
    one = make(company_moment=lambda now: NOW)
    assert one.tick(far + MINUTE).done == ()
    assert one.tick(far + 11 * MINUTE).done == ("brief/2026-11-16",)


def test_told_to_stop_it_finishes_the_step_at_hand_and_begins_no_other(make, memory: MemoryChannel) -> None:
    def work(agent: Agent, slot, heartbeat):
        one.stop()
        return write(agent, slot, heartbeat)

    one = make(BRIEF, DAILY, work=work)
    assert one.tick(NOW).done == ("brief/2026-11-16",)
    assert memory.sent == []
    make(BRIEF, DAILY).tick(NOW + MINUTE)
    assert [p.outgoing.key for p in memory.sent] == ["brief/2026-11-16/ana", "daily/2026-11-16/ana"]


def test_schedulers_write_down_that_they_live(make, store: Store) -> None:
    make().tick(NOW)
    assert Ledger(store).living(NOW) == {"one": NOW}


def test_the_clock_ticks_at_once_and_ends_when_told(make, memory: MemoryChannel) -> None:
    stopping, ticked = threading.Event(), threading.Event()

    def clock() -> datetime:
        ticked.set()
        return NOW

    def end() -> None:
        ticked.wait(30)
        stopping.set()

    ender = threading.Thread(target=end)
    ender.start()
    keep_ticking(make(), "America/New_York", stopping, clock)
    ender.join(30)
    assert ticked.is_set()


def test_a_store_that_is_down_does_not_end_the_clock(
    tmp_path: Path, memory: MemoryChannel, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("no folder")
    store = Store(f"sqlite:///{tmp_path}/file/agents.sqlite")
    courier = Courier(Outbox(store), {"mail": memory}, "one", lambda outgoing: True)
    one = Scheduler(Timetable((BRIEF,), "UTC"), Ledger(store), courier, write, "one")
    with pytest.raises(StoreDown):
        one.tick(NOW)
    stopping = threading.Event()

    def clock() -> datetime:
        stopping.set()
        return NOW

    keep_ticking(one, "UTC", stopping, clock)
    assert "the agents' state is not available" in caplog.text


def test_a_signal_sets_the_event_and_its_old_meaning_comes_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with stopped_by_signals([signal.SIGTERM]) as stopping:
        os.kill(os.getpid(), signal.SIGTERM)
        assert stopping.wait(10)
    assert signal.getsignal(signal.SIGTERM) is before


def test_only_the_seams_load_slack_and_the_scheduler_library() -> None:
    code = (
        "import sys, agents.delivery.scheduler, agents.delivery.smtp, agents.delivery.folder, agents.delivery.memory;"
        "sys.exit(bool({'slack_sdk', 'apscheduler'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, timeout=60).returncode == 0
