"""Rights and their use → what should become of them. A proposal only: a person decides and signs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from server.access_review.rights import Rights

Verdict = Literal["keep", "narrow", "remove"]
ENOUGH_CALLS = 10
"""Fewer calls say too little about what somebody needs."""


@dataclass(frozen=True)
class Use:
    """How rights were used: `calls` and `answered` in the quarter, `last` use (UTC; None: none on record), `tables`
    read; `dormant`: not used for the days that count; `days_on_record`: how far back the log reaches."""

    calls: int
    answered: int
    last: datetime | None
    tables: frozenset[str]
    dormant: bool
    days_on_record: int


@dataclass(frozen=True)
class Proposal:
    """What to do, and why."""

    verdict: Verdict
    reason: str


def proposal(rights: Rights | None, use: Use, pii_read: frozenset[str], dormant_days: int) -> Proposal:
    """The first rule that holds: role gone, never used, class of personal data never read, else keep."""
    if rights is None:
        return Proposal("remove", "The role is not in the policies any more; it gives nothing.")
    if use.dormant:
        if use.days_on_record < dormant_days:
            days = f"{use.days_on_record} day{'' if use.days_on_record == 1 else 's'}"
            return Proposal("keep", f"Not used, but only {days} are on record: too short to judge.")
        seen = f"last used {use.last:%Y-%m-%d}" if use.last else "no use on record"
        return Proposal("remove", f"Not used for {dormant_days} days or more: {seen}.")
    unread = [name for name in rights.clear if name not in pii_read]
    if unread and use.answered >= ENOUGH_CALLS:
        return Proposal("narrow", f"Never read, though allowed in clear: {', '.join(unread)}.")
    if use.calls < ENOUGH_CALLS:
        return Proposal("keep", "In use; too few calls to say what is not needed.")
    return Proposal("keep", "In use, as far as the rights go.")
