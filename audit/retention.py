"""Retention: the oldest records are dropped as one whole prefix, and the chain stays provable.

A signed statement says what was dropped and becomes the chain's new root; the purge is on record in the log itself; the
store's triggers let go of exactly the records that the statement covers. All of it in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from audit.holds import held_calls, holds_in
from audit.log import AuditLog
from audit.record import Event, Who
from audit.store import Turn, View, moment_text, random_id
from catalog.refusals import AuditDown


class NotWhole(AuditDown):
    """The log does not verify, so nothing of it is dropped."""


@dataclass(frozen=True)
class Purge:
    """What is (to be) dropped: `count` records up to number `last`, the oldest and newest of them at `first_time` and
    `last_time`; `held_from` is the first record that a hold keeps although it is old enough (0: none)."""

    count: int = 0
    last: int = 0
    first_time: str = ""
    last_time: str = ""
    held_from: int = 0


def prune(log: AuditLog, before: datetime, by: str, dry_run: bool = False) -> Purge:
    """Drop the records before a moment, up to the oldest that is held or younger. Nothing happens where there are none.

    Raises NotWhole, AuditDown (also without a signing key: a purge is always signed)."""
    found = log.verify()
    if not found.ok:
        raise NotWhole(f"The log does not verify, so nothing of it is dropped: {found.reason}.")
    if dry_run:
        with log.view() as view:
            return _planned(view, moment_text(before))
    if log.signing is None:
        raise AuditDown("A purge must be signed, and there is no signing key.")
    event, who = random_id("e"), Who("", by)
    with log.turn(event, who) as turn:
        plan = _planned(turn, moment_text(before))
        if plan.count:
            _drop(log, turn, plan, Event("purge", by), event)
    if plan.count:
        with log.view() as view:
            log.signing.copy(view.statements)
        log.overwrite_deleted()
    return plan


def _planned(view: View, before: str) -> Purge:
    """What a purge would drop now."""
    young = _number(view, "first_from", moment=before)
    last = young - 1 if young else _number(view, "last_seq")
    held = min(held_calls(view, holds_in(view)).values(), default=0)
    held_from = held if held and held <= last else 0
    last = held_from - 1 if held_from else last
    row = view.one("dropped", through=last)
    if row is None or not row[0]:
        return Purge(held_from=held_from)
    return Purge(row[0], last, row[1], row[2], held_from)


def _drop(log: AuditLog, turn: Turn, plan: Purge, event: Event, receipt: str) -> None:
    """The purge itself, within a turn."""
    assert log.signing is not None
    first, last = (turn.one("of_seq", seq=seq) for seq in (_number(turn, "first_seq"), plan.last))
    assert first is not None and last is not None
    dropped = {
        "first": first[0],
        "last": plan.last,
        "count": plan.count,
        "first_hash": first[1],
        "last_hash": last[1],
        "first_time": plan.first_time,
        "last_time": last[2],
        "open": [row[0] for row in turn.rows("open_before", through=plan.last)],
    }
    facts = {"dropped": dropped, "holds": [hold.id for hold in holds_in(turn)]}
    statement = turn.sign(log.signing.signer(turn.last_statement()), "purge", facts)
    turn.run("overwrite")
    turn.run("permit_purge", through=plan.last, checkpoint=statement.number)
    summary = {name: value for name, value in dropped.items() if name != "open"}
    turn.append(receipt, Event(event.event, event.user, {"statement": statement.hash, "dropped": summary}))
    turn.run("purge_keys", through=plan.last)
    turn.run("purge_records", through=plan.last)
    turn.run("purge_persons")


def _number(view: View, query: str, **parameters: str) -> int:
    row = view.one(query, **parameters)
    return int(row[0]) if row and row[0] is not None else 0
