"""What happens each minute: which slots are due, claim one, do the work, put its messages out, deliver what is due.

The ledger is the truth; APScheduler is only the clock that calls `tick`. Any number of these may run on one store.
"""

from __future__ import annotations

import importlib
import logging
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import Any

from agents.delivery.courier import Courier, Delivered, Elapsed, no_step
from agents.delivery.errors import Superseded
from agents.delivery.ledger import Claim, Effects, Ledger
from agents.messages import Outgoing
from agents.schedule import Slot, due_slots
from agents.store import StoreDown
from catalog.agents import Agent

log = logging.getLogger(__name__)

LOOK_BACK = timedelta(days=35)
"""Slots missed longer ago are not even recorded as skipped."""
TOO_LATE = "missed by more than the catch-up window"

Heartbeat = Callable[[], None]
"""To be called between the steps of a long work; raises Superseded."""
Work = Callable[[Agent, Slot, Heartbeat], tuple[Sequence[Outgoing], Effects]]
"""What an agent does for a slot: its messages, and its writes to other tables. May raise NotYet."""


class NotYet(Exception):
    """The work waits for something, for example a feed; it is called again after `wait`, and this is no failure."""

    def __init__(self, reason: str, wait: timedelta) -> None:
        super().__init__(reason)
        self.wait = wait


@dataclass(frozen=True)
class Ticked:
    """What one tick did: keys of slots by how they ended, and what was delivered."""

    done: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    superseded: tuple[str, ...] = ()
    delivered: tuple[Delivered, ...] = ()


@dataclass(frozen=True)
class Timetable:
    """Whose slots, in which IANA zone, and in which month the fiscal year starts. `company_moment` turns the world's
    moment into the company's, which differs where its "today" is pinned."""

    agents: tuple[Agent, ...]
    zone: str
    fiscal_start_month: int = 1
    company_moment: Callable[[datetime], datetime] = lambda now: now


class Scheduler:
    """`owner` names this process among those that share the store. `step` hears each step before it is done."""

    def __init__(
        self,
        timetable: Timetable,
        ledger: Ledger,
        courier: Courier,
        work: Work,
        owner: str,
        step: Callable[[str], None] = no_step,
    ) -> None:
        self._timetable = timetable
        self._ledger = ledger
        self._courier = courier
        self._work = work
        self._owner = owner
        self._step = step
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Finish the step at hand and begin no other."""
        self._stopping.set()
        self._courier.stop()

    def tick(self, now: datetime) -> Ticked:
        """Do everything that is due at an aware moment. Raises StoreDown."""
        clock = Elapsed(now)
        self._ledger.note_alive(self._owner, now)
        ends: dict[str, list[str]] = {"done": [], "failed": [], "waiting": [], "skipped": [], "superseded": []}
        delivered = [self._courier.deliver_due(clock.at())]
        for agent, slot in self._open_slots(now):
            if self._stopping.is_set():
                break
            end = self._run(agent, slot, clock, self._timetable.company_moment(now))
            if end:
                ends[end].append(slot.key)
            if end == "done":
                delivered.append(self._courier.deliver_due(clock.at()))
        return Ticked(**{name: tuple(keys) for name, keys in ends.items()}, delivered=tuple(delivered))

    def _open_slots(self, now: datetime) -> list[tuple[Agent, Slot]]:
        """The slots that are due and not settled, oldest first. An agent never seen before owes only what its catch-up
        window still holds."""
        table = self._timetable
        moment = table.company_moment(now)
        found: list[tuple[Agent, Slot]] = []
        for agent in table.agents:
            window = timedelta(hours=agent.schedule.catch_up_hours)
            since = max(self._ledger.watched_since(agent.name, moment - window), moment - max(LOOK_BACK, window))
            settled = self._ledger.settled(agent.name, since)
            slots = due_slots((agent,), moment, table.zone, since, table.fiscal_start_month)
            found += ((agent, slot) for slot in slots if slot.period_key not in settled)
        return sorted(found, key=lambda pair: (pair[1].due, pair[1].agent))

    def _run(self, agent: Agent, slot: Slot, clock: Elapsed, moment: datetime) -> str:
        """Claim a slot and do it; how it ended, or "" where it is not ours to do now."""
        if slot.expires < moment:
            return "skipped" if self._ledger.skip(slot, TOO_LATE, clock.at()) else ""
        self._step("claim a slot")
        claim = self._ledger.claim(slot, self._owner, clock.at())
        if claim is None:
            return ""
        try:
            return self._claimed(agent, claim, clock)
        except Superseded:
            log.warning("%s was taken over", slot.key)
            return "superseded"

    def _claimed(self, agent: Agent, claim: Claim, clock: Elapsed) -> str:
        self._step("work")
        try:
            outgoing, effects = self._work(agent, claim.slot, lambda: self._ledger.heartbeat(claim, clock.at()))
            self._step("finish the run")
            self._ledger.finish(claim, outgoing, effects, at=clock.at())
        except NotYet as wait:
            self._ledger.postpone(claim, str(wait), clock.at() + wait.wait)
            return "waiting"
        except Superseded:
            raise
        except Exception as error:
            log.exception("%s", claim.slot.key)
            # A store that is really down says so here again.
            self._ledger.fail(claim, f"{type(error).__name__}: {error}", clock.at())
            return "failed"
        return "done"


def keep_ticking(
    scheduler: Scheduler,
    zone: str,
    stopping: threading.Event,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> None:
    """Tick now and at each full minute until `stopping` is set; then end once the step at hand is done."""
    library: Any = importlib.import_module("apscheduler.schedulers.background")
    timer = library.BackgroundScheduler(timezone=zone, daemon=False)

    def tick() -> None:
        try:
            scheduler.tick(clock())
        except StoreDown:
            log.exception("the agents' state is not available; the next tick tries again")

    # Explicit zone and a fixed id; with a grace time a late tick would be dropped.
    options = {"id": "tick", "max_instances": 1, "coalesce": True, "misfire_grace_time": None}
    timer.add_job(tick, "cron", second=0, timezone=zone, next_run_time=datetime.now(UTC), **options)
    timer.start()
    try:
        stopping.wait()
    finally:
        scheduler.stop()
        timer.shutdown(wait=True)


@contextmanager
def stopped_by_signals(
    signals: Iterable[signal.Signals] = (signal.SIGTERM, signal.SIGINT),
) -> Generator[threading.Event]:
    """An event that SIGTERM or Ctrl-C sets; what the signals did before is put back at the end."""
    stopping = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.set()

    before = {name: signal.signal(name, stop) for name in signals}
    try:
        yield stopping
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
