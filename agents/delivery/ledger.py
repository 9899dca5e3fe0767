"""The run ledger: which agent ran for which slot, and that no two schedulers do the same one.

A claim is one conditional write, held by a lease and carried by a fence, a number that grows with every claim of the
slot. Whoever lost its lease finds its fence outdated, so that a late result is refused and never doubles a message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from agents.delivery import outbox
from agents.delivery.errors import Superseded
from agents.delivery.times import moment, stamp, wait_after
from agents.messages import Outgoing
from agents.schedule import Slot
from agents.store import Row, Store, Transaction

LEASE = timedelta(minutes=10)
"""Longer than any single step between two heartbeats."""
MOST_TRIES = 5
REMEMBERED = timedelta(days=7)
"""How long a scheduler that is gone stays listed."""

RunState = Literal["running", "waiting", "done", "skipped", "dead"]
Effects = Callable[[Transaction], None]
"""Writes of a run into other tables, done in the transaction that ends it."""


def no_effects(transaction: Transaction) -> None:
    """Nothing else to write."""


@dataclass(frozen=True)
class Claim:
    """The right to run a slot until the lease ends. `tries` counts this one."""

    slot: Slot
    owner: str
    fence: int
    tries: int


@dataclass(frozen=True)
class Run:
    """What the ledger knows of a slot. Moments are None where they have not come."""

    agent: str
    period: str
    state: RunState
    due: datetime
    owner: str
    tries: int
    next_try: datetime | None
    started: datetime | None
    ended: datetime | None
    reason: str


@dataclass(frozen=True)
class DeadLetter:
    """Something given up: a run or a message, and why."""

    kind: Literal["run", "message"]
    key: str
    reason: str
    at: datetime


class Ledger:
    """Over a store that several schedulers share. `lease` is how long a claim lasts without a heartbeat; after
    `most_tries` failures or crashes a slot is dead. All methods raise StoreDown."""

    def __init__(self, store: Store, lease: timedelta = LEASE, most_tries: int = MOST_TRIES) -> None:
        self._store = store
        self._lease = lease
        self._most_tries = most_tries

    def claim(self, slot: Slot, owner: str, at: datetime) -> Claim | None:
        """The right to run the slot now, or None: it has ended, is being run, or waits for its next try."""
        values = {
            "agent": slot.agent,
            "period": slot.period_key,
            "due": stamp(slot.due),
            "owner": owner,
            "at": stamp(at),
            "lease_until": stamp(at + self._lease),
            "most": self._most_tries,
        }
        with self._store.transaction() as transaction:
            taken = transaction.rows("ledger.claim", values)
            if not taken:
                transaction.write("ledger.bury", values)
        return Claim(slot, owner, taken[0]["fence"], taken[0]["tries"]) if taken else None

    def heartbeat(self, claim: Claim, at: datetime) -> None:
        """Keep the claim for another lease. Raises Superseded."""
        with self._store.transaction() as transaction:
            self._write(transaction, "extend", claim, {"lease_until": stamp(at + self._lease)})

    def finish(
        self, claim: Claim, outgoing: Iterable[Outgoing], effects: Effects = no_effects, *, at: datetime
    ) -> None:
        """The run is done: its messages, its effects and its state are written together or not at all.

        Raises Superseded, and whatever `effects` raises."""
        with self._store.transaction() as transaction:
            self._write(transaction, "end", claim, {"state": "done", "at": stamp(at), "reason": ""})
            for message in outgoing:
                outbox.enqueue(transaction, message, at)
            effects(transaction)

    def fail(self, claim: Claim, reason: str, at: datetime) -> None:
        """The run failed: it is tried again later, or is dead after too many tries. Raises Superseded."""
        with self._store.transaction() as transaction:
            if claim.tries >= self._most_tries:
                self._write(transaction, "end", claim, {"state": "dead", "at": stamp(at), "reason": reason})
            else:
                next_try = stamp(at + wait_after(claim.tries))
                self._write(transaction, "wait", claim, {"next_try": next_try, "tries": claim.tries, "reason": reason})

    def postpone(self, claim: Claim, reason: str, until: datetime) -> None:
        """The run waits for something and has not failed; this try does not count. Raises Superseded."""
        values = {"next_try": stamp(until), "tries": claim.tries - 1, "reason": reason}
        with self._store.transaction() as transaction:
            self._write(transaction, "wait", claim, values)

    def skip(self, slot: Slot, reason: str, at: datetime) -> bool:
        """Record that the slot is not run any more; False where it is being run or has ended."""
        values = {
            "agent": slot.agent,
            "period": slot.period_key,
            "due": stamp(slot.due),
            "at": stamp(at),
            "reason": reason,
        }
        with self._store.transaction() as transaction:
            return transaction.write("ledger.skip", values) == 1

    def watched_since(self, agent: str, otherwise: datetime) -> datetime:
        """Since when slots of the agent count; `otherwise` on its first time."""
        with self._store.transaction() as transaction:
            transaction.write("ledger.watch", {"agent": agent, "since": stamp(otherwise)})
            return moment(transaction.rows("ledger.watched", {"agent": agent})[0]["since"])

    def settled(self, agent: str, since: datetime) -> frozenset[str]:
        """Period keys of the agent's slots due after `since` that need no more work."""
        found = self._store.rows("ledger.settled", {"agent": agent, "since": stamp(since)})
        return frozenset(row["period"] for row in found)

    def history(self, limit: int) -> tuple[Run, ...]:
        """The latest runs, newest first."""
        return tuple(_run(row) for row in self._store.rows("ledger.history", {"most": limit}))

    def dead_letters(self) -> tuple[DeadLetter, ...]:
        """Runs and messages that were given up, newest first."""
        rows = self._store.rows("ledger.dead")
        return tuple(DeadLetter(row["kind"], row["key"], row["reason"], moment(row["at"])) for row in rows)

    def note_alive(self, owner: str, at: datetime) -> None:
        """Write down that a scheduler is alive."""
        with self._store.transaction() as transaction:
            transaction.write("ledger.alive", {"owner": owner, "at": stamp(at)})
            transaction.write("ledger.forget", {"before": stamp(at - REMEMBERED)})

    def living(self, since: datetime) -> dict[str, datetime]:
        """The schedulers heard of since then, and when last."""
        found = self._store.rows("ledger.living", {"since": stamp(since)})
        return {row["owner"]: moment(row["seen"]) for row in found}

    def _write(self, transaction: Transaction, query: str, claim: Claim, values: Mapping[str, object]) -> None:
        """A write that only the present owner of the slot may do."""
        names = {"agent": claim.slot.agent, "period": claim.slot.period_key, "fence": claim.fence}
        if transaction.write(f"ledger.{query}", {**names, **values}) != 1:
            raise Superseded(f"{claim.slot.key} was taken over")


def _run(row: Row) -> Run:
    later = {name: moment(row[name]) if row[name] else None for name in ("next_try", "started", "ended")}
    return Run(
        agent=row["agent"],
        period=row["period"],
        state=row["state"],
        due=moment(row["due"]),
        owner=row["owner"],
        tries=row["tries"],
        reason=row["reason"],
        **later,
    )
