"""The outbox: every message, whole, from the run that wrote it to the channel's confirmation.

    ready → sending → sent
              ├→ ready      not taken: later
              ├→ unknown    perhaps taken: look for it first, later
              ├→ dead       refused, or given up
              └→ withheld   its audience may not see it any more

`sending` is durable before the channel is called. A row found `sending` after its lease is treated as `unknown`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from agents.delivery.encoding import from_json, to_json
from agents.delivery.errors import Superseded
from agents.delivery.times import moment, stamp, wait_after
from agents.messages import Outgoing, Post
from agents.store import Row, Store, queries

SQL = queries("outbox")
LEASE = timedelta(minutes=5)
"""Several times longer than the time-outs of all calls that one message needs."""
GIVE_UP = timedelta(hours=72)
"""A weekend of a mail server's absence loses nothing."""
LONGEST_ASKED_WAIT = timedelta(minutes=15)
"""What a channel may ask for is obeyed up to here."""

State = Literal["ready", "sending", "sent", "unknown", "dead", "withheld"]


@dataclass(frozen=True)
class Entry:
    """A message taken for sending. `doubtful`: it may have arrived before. `parent_ref` is what the channel called the
    message it depends on; `orphan` says that this one was not delivered."""

    outgoing: Outgoing
    kind: Literal["mail", "post"]
    fence: int
    tries: int
    doubtful: bool
    queued: datetime
    give_up: datetime
    lease_until: datetime
    parent_ref: str = ""
    orphan: bool = False


@dataclass(frozen=True)
class Status:
    """A message's way so far. Moments are None where they have not come."""

    key: str
    kind: str
    state: State
    depends_on: str
    tries: int
    next_try: datetime
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
        )
        for image in post.images
    )
    return (replace(outgoing, content=replace(post, images=())), *images)


def enqueue(connection: sqlite3.Connection, outgoing: Outgoing, at: datetime) -> None:
    """Put a message out within a transaction; its key put out before keeps what it was."""
    for part in parts(outgoing):
        post = part.content if isinstance(part.content, Post) else None
        values = {
            "key": part.key,
            "kind": "post" if post else "mail",
            "body": to_json(part),
            "depends_on": (post.replaces or post.reply_to) if post else "",
            "fallback": part.fallback.key if part.fallback else "",
            "at": stamp(at),
            "give_up": stamp(at + GIVE_UP),
        }
        connection.execute(SQL["enqueue"], values)


class Outbox:
    """Over a store that several couriers share. All methods raise StoreDown; those that take an entry raise Superseded
    when another courier has it."""

    def __init__(self, store: Store, lease: timedelta = LEASE) -> None:
        self._store = store
        self._lease = lease

    def add(self, outgoing: Iterable[Outgoing], at: datetime) -> None:
        """Put messages out, all or none."""
        with self._store.transaction() as connection:
            for message in outgoing:
                enqueue(connection, message, at)

    def take(self, owner: str, due: datetime, at: datetime, resting: Iterable[str] = ()) -> Entry | None:
        """The oldest message due at `due`, not of a `resting` kind, marked as being sent; None when there is none."""
        with self._store.transaction() as connection:
            found = connection.execute(
                SQL["next"], {"at": stamp(due), "resting": json.dumps(sorted(resting))}
            ).fetchall()
            if not found:
                return None
            row = found[0]
            until = at + self._lease
            values = {"key": row["key"], "owner": owner, "lease_until": stamp(until)}
            taken = connection.execute(SQL["take"], values).fetchall()[0]
        return Entry(
            outgoing=from_json(row["body"]),
            kind=row["kind"],
            fence=taken["fence"],
            tries=taken["tries"],
            doubtful=bool(taken["doubtful"]),
            queued=moment(row["queued"]),
            give_up=moment(taken["give_up"]),
            lease_until=until,
            parent_ref=row["parent_ref"],
            orphan=bool(row["depends_on"]) and row["parent_state"] != "sent",
        )

    def extend(self, entry: Entry, at: datetime) -> None:
        """Keep the message for another lease."""
        self._write("extend", entry, {"lease_until": stamp(at + self._lease)})

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
        with self._store.transaction() as connection:
            values = {"key": key, "at": stamp(at), "give_up": stamp(at + GIVE_UP)}
            return connection.execute(SQL["revive"], values).rowcount == 1

    def latest(self, limit: int) -> tuple[Status, ...]:
        """The latest messages, newest first."""
        return tuple(_status(row) for row in self._store.rows(SQL["latest"], (limit,)))

    def message(self, key: str) -> Outgoing | None:
        """The message of that key as it was put out, or None."""
        rows = self._store.rows(SQL["body"], (key,))
        return from_json(rows[0]["body"]) if rows else None

    def _write(self, query: str, entry: Entry, values: dict[str, str], instead: Outgoing | None = None) -> None:
        with self._store.transaction() as connection:
            names = {"key": entry.outgoing.key, "fence": entry.fence}
            if connection.execute(SQL[query], names | values).rowcount != 1:
                raise Superseded(f"another courier has {entry.outgoing.key}")
            if instead:
                enqueue(connection, instead, entry.queued)


def _status(row: Row) -> Status:
    fields = dict(row)
    fields |= {"next_try": moment(row["next_try"]), "queued": moment(row["queued"])}
    fields["ended"] = moment(row["ended"]) if row["ended"] else None
    return Status(**fields)
