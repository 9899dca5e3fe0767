"""Legal holds: records that are neither purged nor erased until the hold is released. That a hold was placed and
released is on record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from audit.log import AuditLog
from audit.record import Event, Who
from audit.store import View, moment_text, random_id
from catalog.refusals import BadArgument


@dataclass(frozen=True)
class Hold:
    """What is held: the calls of a user, of one receipt, and from `since` on and before `until`; an empty field covers
    all. Times as the log writes them."""

    id: str
    placed_at: str
    user_id: str
    receipt: str
    since: str
    until: str
    reason: str


def add_hold(
    log: AuditLog,
    by: str,
    reason: str,
    user: str = "",
    receipt: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> Hold:
    """Place a hold. Raises BadArgument where the log knows no such user or receipt, AuditDown."""
    event, who = random_id("e"), Who("", by)
    since_text, until_text = (moment_text(moment) if moment else "" for moment in (since, until))
    if until_text and since_text >= until_text:
        raise BadArgument("That hold covers no time: it ends before it begins.")
    with log.turn(event, who) as turn:
        if user and turn.one("persons_of", user_id=user) is None:
            raise BadArgument(f"The log has no records of a user '{user}'.", hint="Use the id as calls record it.")
        if receipt and turn.one("of_receipt", receipt=receipt) is None:
            raise BadArgument(f"The log has no receipt '{receipt}'.")
        hold = Hold(random_id("h"), turn.now, user, receipt, since_text, until_text, reason)
        turn.run("add_hold", **asdict(hold))
        facts = {"hold": hold.id, "held_receipt": receipt, "since": since_text, "until": until_text}
        turn.append(event, Event("hold", by, facts, {"held_user": user, "reason": reason}))
    return hold


def holds(log: AuditLog) -> tuple[Hold, ...]:
    """The holds in force, oldest first. Raises AuditDown."""
    with log.view() as view:
        return holds_in(view)


def release_hold(log: AuditLog, by: str, hold: str, reason: str) -> None:
    """End a hold. Raises BadArgument where there is none of that id, AuditDown."""
    event, who = random_id("e"), Who("", by)
    with log.turn(event, who) as turn:
        if not turn.run("release_hold", id=hold):
            known = ", ".join(each.id for each in holds_in(turn)) or "none"
            raise BadArgument(f"There is no hold '{hold}' in force.", hint=f"In force: {known}.")
        turn.append(event, Event("release", by, {"hold": hold}, {"reason": reason}))


def holds_in(view: View) -> tuple[Hold, ...]:
    """The holds in force as of a view."""
    return tuple(Hold(*row) for row in view.rows("holds"))


def held_calls(view: View, each_of: Iterable[Hold]) -> dict[str, int]:
    """The calls that holds cover: receipt → its first record that is covered."""
    held: dict[str, int] = {}
    for hold in each_of:
        scope = {"user_id": hold.user_id, "receipt": hold.receipt, "since": hold.since, "until": hold.until}
        for receipt, seq in view.rows("held", **scope):
            held[receipt] = min(seq, held.get(receipt, seq))
    return held
