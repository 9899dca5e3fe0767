"""Rights and their use → what should become of them. A proposal only: a person decides and signs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from server.access_review.rights import Rights

Verdict = Literal["keep", "narrow", "remove"]
DORMANT_DAYS = 90
"""Rights not used for so long should go, or be asked for again. A log that is kept for as many days reaches back one
day less."""
ENOUGH_CALLS = 10
"""Fewer calls say too little about what somebody needs."""


@dataclass(frozen=True)
class Use:
    """How rights were used: `calls` and `answered` in the quarter, `last` use (UTC; None: none on record), `tables`
    read; `unused` for the days that count; `days_on_record`: how far back the log reaches."""

    calls: int
    answered: int
    last: datetime | None
    tables: frozenset[str]
    unused: bool
    days_on_record: int

    @property
    def dormant(self) -> bool:
        """Unused, and the log reaches back far enough to say so."""
        return self.unused and self.days_on_record >= DORMANT_DAYS - 1


@dataclass(frozen=True)
class Proposal:
    """What to do, and why."""

    verdict: Verdict
    reason: str


def proposal(rights: Rights | None, use: Use, pii_read: frozenset[str]) -> Proposal:
    """The first rule that holds: role gone, never used, class of personal data never read, else keep."""
    if rights is None:
        return Proposal("remove", "The role is not in the policies any more; it gives nothing.")
    if use.dormant:
        seen = f"last used {use.last:%Y-%m-%d}" if use.last else f"none in the {use.days_on_record} days on record"
        return Proposal("remove", f"No use: {seen}.")
    if use.unused:
        return Proposal("keep", f"No use, but the log reaches back {use.days_on_record} days only: too short to judge.")
    unread = [name for name in rights.clear if name not in pii_read]
    if unread and use.answered >= ENOUGH_CALLS:
        return Proposal("narrow", f"Never read, though allowed in clear: {', '.join(unread)}.")
    if use.calls < ENOUGH_CALLS:
        return Proposal("keep", "In use; too few calls to say what is not needed.")
    return Proposal("keep", "In use, as far as the rights go.")
