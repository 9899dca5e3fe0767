"""The outbox: every message, whole, from the run that wrote it to the channel's confirmation.

    ready → sending → sent
              ├→ ready      not taken: later
              ├→ unknown    perhaps taken: look for it first, later
              ├→ dead       refused, or given up
              └→ withheld   its audience may not see it any more

`sending` is durable before the channel is called. A row found `sending` after its lease is treated as `unknown`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from agents.delivery.encoding import from_json, to_json
from agents.delivery.errors import Superseded
from agents.delivery.receipt import digest_of, with_receipt
from agents.delivery.times import moment, stamp, wait_after
from agents.messages import Outgoing, Post
from agents.store import Row, Store, Transaction

LEASE = timedelta(minutes=5)
"""Several times longer than the time-outs of all calls that one message needs."""
GIVE_UP = timedelta(hours=72)
"""A weekend of a mail server's absence loses nothing."""
LONGEST_ASKED_WAIT = timedelta(minutes=15)
"""What a channel may ask for is obeyed up to here."""

KEEP = timedelta(days=90)
"""How long the body of a message is kept after it went out, or was given up."""

State = Literal["ready", "sending", "sent", "unknown", "dead", "withheld"]


@dataclass(frozen=True)
class Entry:
    """A message taken for sending. `doubtful`: it may have arrived before. `parent_ref` is what the channel called the
    message it depends on; `orphan` says that this one was not delivered; `record` is the audit record of the attempt
    before this one ("" if there was none)."""

    outgoing: Outgoing
    kind: Literal["mail", "post"]
    fence: int
    tries: int
    doubtful: bool
    queued: datetime
    give_up: datetime
    lease_until: datetime
    hash: str
    record: str = ""
    parent_ref: str = ""
    orphan: bool = False


@dataclass(frozen=True)
class Status:
    """A message's way so far. Moments are None where they have not come."""

    key: str
    kind: str
    state: State
    receipt: str
    depends_on: str
    tries: int
    next_try: datetime
    provider_ref: str
    queued: datetime
    ended: datetime | None
    reason: str


@dataclass(frozen=True)
class Kept:
    """A part of a message as it is stored. `outgoing` is None once its body was dropped; `whole`: the body still has
    the hash it was put out with; `record` is the audit record of its delivery."""

    key: str
    kind: str
    state: State
    outgoing: Outgoing | None
    whole: bool
    hash: str
    record: str
    provider_ref: str
    queued: datetime
    ended: datetime | None
    reason: str


def parts(outgoing: Outgoing) -> tuple[Outgoing, ...]:
    """The message as steps that succeed or fail alone: images of a post follow it into its thread, one by one."""
    post = outgoing.content
    if not isinstance(post, Post) or not post.images or not (post.text or post.blocks):
        return (outgoing,)
    thread = post.reply_to or post.replaces or outgoing.key
    images = (
        Outgoing(
            key=f"{outgoing.key}/{image.cid}",
            content=Post(post.channel, "", images=(image,), reply_to=thread),
            audience=outgoing.audience,
            needs=outgoing.needs,
            kind=outgoing.kind,
            receipt=outgoing.receipt,
            origin=outgoing.origin,
        )
        for image in post.images
    )
    return (replace(outgoing, content=replace(post, images=())), *images)


def enqueue(transaction: Transaction, outgoing: Outgoing, at: datetime) -> None:
    """Put a message out within a transaction, with its receipt in it; its key put out before keeps what it was."""
    for part in parts(with_receipt(outgoing)):
        post = part.content if isinstance(part.content, Post) else None
        body = to_json(part)
        values = {
            "key": part.key,
            "kind": "post" if post else "mail",
            "body": body,
            "receipt": part.receipt,
            "hash": digest_of(body),
            "depends_on": (post.replaces or post.reply_to) if post else "",
            "fallback": part.fallback.key if part.fallback else "",
            "at": stamp(at),
            "give_up": stamp(at + GIVE_UP),
        }
        transaction.write("outbox.enqueue", values)


class Outbox:
    """Over a store that several couriers share. All methods raise StoreDown; those that take an entry raise Superseded
    when another courier has it. `keep` is how long bodies are kept after the end; key, state and hash stay for ever."""

    def __init__(self, store: Store, lease: timedelta = LEASE, keep: timedelta = KEEP) -> None:
        self._store = store
        self._lease = lease
        self._keep = keep

    def add(self, outgoing: Iterable[Outgoing], at: datetime) -> None:
        """Put messages out, all or none."""
        with self._store.transaction() as transaction:
            for message in outgoing:
                enqueue(transaction, message, at)

    def take(self, owner: str, due: datetime, at: datetime, resting: Iterable[str] = ()) -> Entry | None:
        """The oldest message due at `due`, not of a `resting` kind, marked as being sent; None when there is none."""
        wanted = {"at": stamp(due), "resting": f",{','.join(sorted(resting))},"}
        until = at + self._lease
        with self._store.transaction() as transaction:
            # Another courier may take what was just found; then it is not found again.
            while found := transaction.rows("outbox.next", wanted):
                row = found[0]
                values = {"key": row["key"], "fence": row["fence"], "owner": owner, "lease_until": stamp(until)}
                if taken := transaction.rows("outbox.take", values):
                    return _entry(row, taken[0], until)
        return None

    def extend(self, entry: Entry, at: datetime, record: str = "") -> None:
        """Keep the message for another lease. `record` is the audit record of this attempt."""
        self._write("extend", entry, {"lease_until": stamp(at + self._lease), "record": record or entry.record})

    def sent(self, entry: Entry, ref: str, at: datetime) -> None:
        """The channel has the message and calls it `ref`."""
        self._write("sent", entry, {"ref": ref, "at": stamp(at)})

    def again(
        self, entry: Entry, reason: str, at: datetime, *, unknown: bool, wait: timedelta | None = None
    ) -> Literal["ready", "unknown", "dead"]:
        """Try later: after what the channel asked for, or ever more slowly; dead when it has been tried for too
        long. Gives the state it is in."""
        pause = (
            min(max(wait, timedelta(seconds=1)), LONGEST_ASKED_WAIT) if wait is not None else wait_after(entry.tries)
        )
        if at + pause > entry.give_up:
            self.end(entry, "dead", f"given up: {reason}", at)
            return "dead"
        state = "unknown" if unknown else "ready"
        self._write("again", entry, {"state": state, "next_try": stamp(at + pause), "reason": reason})
        return state

    def end(self, entry: Entry, state: Literal["dead", "withheld"], reason: str, at: datetime) -> None:
        """The message will not go out; of a withheld one the fallback does, in the same transaction."""
        instead = entry.outgoing.fallback if state == "withheld" else None
        values = {"state": state, "at": stamp(at), "reason": reason}
        self._write("end", entry, values, instead)

    def revive(self, key: str, at: datetime) -> bool:
        """Try a dead message once more; False where there is none of that key."""
        with self._store.transaction() as transaction:
            values = {"key": key, "at": stamp(at), "give_up": stamp(at + GIVE_UP)}
            return transaction.write("outbox.revive", values) == 1

    def latest(self, limit: int) -> tuple[Status, ...]:
        """The latest messages, newest first."""
        return tuple(_status(row) for row in self._store.rows("outbox.latest", {"most": limit}))

    def message(self, key: str) -> Outgoing | None:
        """The message of that key as it was put out, or None: there is none, or its body was dropped."""
        rows = self._store.rows("outbox.body", {"key": key})
        return from_json(rows[0]["body"]) if rows and rows[0]["body"] else None

    def of_receipt(self, receipt: str) -> tuple[Kept, ...]:
        """The parts of the message with that receipt, in the order in which they go out; empty where there is none."""
        return tuple(_kept(row) for row in self._store.rows("outbox.of_receipt", {"receipt": receipt}))

    def forget(self, at: datetime) -> int:
        """Drop the bodies that are kept no longer; how many there were."""
        with self._store.transaction() as transaction:
            return transaction.write("outbox.forget", {"before": stamp(at - self._keep)})

    def _write(self, query: str, entry: Entry, values: dict[str, str], instead: Outgoing | None = None) -> None:
        with self._store.transaction() as transaction:
            names = {"key": entry.outgoing.key, "fence": entry.fence}
            if transaction.write(f"outbox.{query}", names | values) != 1:
                raise Superseded(f"another courier has {entry.outgoing.key}")
            if instead:
                enqueue(transaction, instead, entry.queued)


def _entry(row: Row, taken: Row, until: datetime) -> Entry:
    return Entry(
        outgoing=from_json(row["body"]),
        kind=row["kind"],
        fence=taken["fence"],
        tries=taken["tries"],
        doubtful=bool(taken["doubtful"]),
        queued=moment(row["queued"]),
        give_up=moment(taken["give_up"]),
        lease_until=until,
        hash=row["hash"],
        record=row["record"],
        parent_ref=row["parent_ref"],
        orphan=bool(row["depends_on"]) and row["parent_state"] != "sent",
    )


def _kept(row: Row) -> Kept:
    return Kept(
        key=row["key"],
        kind=row["kind"],
        state=row["state"],
        outgoing=from_json(row["body"]) if row["body"] else None,
        whole=bool(row["body"]) and digest_of(row["body"]) == row["hash"],
        hash=row["hash"],
        record=row["record"],
        provider_ref=row["provider_ref"],
        queued=moment(row["queued"]),
        ended=moment(row["ended"]) if row["ended"] else None,
        reason=row["reason"],
    )


def _status(row: Row) -> Status:
    fields = dict(row)
    fields |= {"next_try": moment(row["next_try"]), "queued": moment(row["queued"])}
    fields["ended"] = moment(row["ended"]) if row["ended"] else None
    return Status(**fields)
