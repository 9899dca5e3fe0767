"""Takes messages out of the outbox to their channels, so that each arrives and none twice.

A message is marked `sending` before its channel is called and `sent` after the channel confirmed. A courier that finds
one marked by another that is gone, or whose call ended without an answer, asks the channel first whether it is there.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Literal

from agents.delivery.channel import Channel, Parcel
from agents.delivery.errors import DeliveryFailed, NotNow, Refused, Superseded, Unclear
from agents.delivery.outbox import Entry, Outbox
from agents.delivery.register import MemoryRegister, Register
from agents.messages import Outgoing
from agents.store import StoreDown

log = logging.getLogger(__name__)

NOT_ALLOWED = "not everybody it goes to may still see it"
ORPHAN = "the message it belongs to was not delivered"
Ending = Literal["sent", "found", "ready", "unknown", "dead", "withheld", "superseded"]


@dataclass(frozen=True)
class Delivered:
    """What became of the messages of one pass. `found` had arrived before; `later` are tried again; `unknown` are
    looked for first; `superseded` are another courier's now."""

    sent: int = 0
    found: int = 0
    later: int = 0
    unknown: int = 0
    dead: int = 0
    withheld: int = 0
    superseded: int = 0


def no_step(name: str) -> None:
    """Nobody watches the steps."""


class Elapsed:
    """The moments after a given one, as real time passes."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._began = monotonic()

    def at(self) -> datetime:
        """The given moment and the time since."""
        return self._start + timedelta(seconds=monotonic() - self._began)


class Courier:
    """Several may share an outbox. `channels` maps a message's kind ("mail", "post") to where it goes; `still_allowed`
    says whether everybody a message goes to may still see it; `register` keeps who got what; `step` hears the name of
    each step before it is done."""

    def __init__(
        self,
        outbox: Outbox,
        channels: Mapping[str, Channel],
        owner: str,
        still_allowed: Callable[[Outgoing], bool],
        step: Callable[[str], None] = no_step,
        register: Register | None = None,
    ) -> None:
        self._outbox = outbox
        self._register: Register = register or MemoryRegister()
        self._channels = channels
        self._owner = owner
        self._still_allowed = still_allowed
        self._step = step
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Finish the message at hand and take no other."""
        self._stopping.set()

    def deliver_due(self, now: datetime) -> Delivered:
        """Send every message that is due, one at a time, oldest first; then let go of what was sent long ago. Raises
        StoreDown."""
        clock = Elapsed(now)
        resting: set[str] = set()
        ends: Counter[str] = Counter()
        while not self._stopping.is_set():
            self._step("take a message")
            entry = self._outbox.take(self._owner, now, clock.at(), resting)
            if entry is None:
                break
            ends[self._guarded(entry, clock, resting)] += 1
        self._outbox.forget(clock.at())
        return Delivered(**{"later" if name == "ready" else name: count for name, count in ends.items()})

    def _guarded(self, entry: Entry, clock: Elapsed, resting: set[str]) -> Ending:
        try:
            return self._attempt(entry, clock, resting)
        except Superseded:
            return "superseded"

    def _attempt(self, entry: Entry, clock: Elapsed, resting: set[str]) -> Ending:
        """One attempt, its outcome written down. A failure of any kind keeps the message and the other ones going."""
        try:
            return self._deliver(entry, clock)
        except Refused as failure:
            self._outbox.end(entry, "dead", failure.reason, clock.at())
            return "dead"
        except NotNow as failure:
            if failure.whole_channel:
                resting.add(entry.kind)
            return self._outbox.again(entry, failure.reason, clock.at(), unknown=False, wait=failure.wait)
        except Unclear as failure:
            if failure.whole_channel:
                resting.add(entry.kind)
            return self._outbox.again(entry, failure.reason, clock.at(), unknown=True)
        except (Superseded, StoreDown):
            raise
        except Exception as error:
            log.exception("message %s", entry.outgoing.key)
            return self._outbox.again(entry, f"{type(error).__name__}: {error}", clock.at(), unknown=True)

    def _deliver(self, entry: Entry, clock: Elapsed) -> Ending:
        channel = self._channels.get(entry.kind)
        if channel is None:
            raise Refused(f"no channel takes a {entry.kind}")
        if entry.orphan:
            raise Refused(ORPHAN)
        parcel = Parcel(entry.outgoing, entry.queued, entry.parent_ref)
        if entry.doubtful:
            self._step("look for the message")
            if ref := channel.find(parcel):
                self._register.found(entry, ref)
                self._outbox.sent(entry, ref, clock.at())
                return "found"
        if not self._still_allowed(entry.outgoing):
            self._step("withhold the message")
            self._outbox.end(entry, "withheld", NOT_ALLOWED, clock.at())
            return "withheld"
        self._step("keep the message")
        # Whatever came before may have taken long; a courier without its lease must not send.
        record = self._register.begin(entry)
        self._outbox.extend(entry, clock.at(), record)
        self._step("send the message")
        ref = self._sent(channel, parcel, entry, record)
        self._step("complete its record")
        self._register.end(record, entry, "ok", ref)
        self._step("note that it was sent")
        self._outbox.sent(entry, ref, clock.at())
        return "sent"

    def _sent(self, channel: Channel, parcel: Parcel, entry: Entry, record: str) -> str:
        """Hand it to the channel; a failure is on record before it is dealt with."""
        try:
            return channel.send(parcel)
        except Exception as error:
            code = type(error).__name__.upper() if isinstance(error, DeliveryFailed) else "INTERNAL"
            self._register.end(record, entry, code, "")
            raise
