"""Moments as the ledger and the outbox store them, and how long to wait before the next try."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)


def stamp(moment: datetime) -> str:
    """An aware moment as text of fixed width in UTC, so that texts compare as the moments do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def moment(text: str) -> datetime:
    """The moment of a stamp."""
    return datetime.fromisoformat(text)


def wait_after(tries: int) -> timedelta:
    """How long to wait after the `tries`-th failure: 1, 2, 4, ... minutes, at most an hour."""
    return min(FIRST_WAIT * 2 ** min(max(tries, 1) - 1, 10), LONGEST_WAIT)
