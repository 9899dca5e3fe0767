"""What an agent has already told about an entity → whether it may speak again, and what became of it.

An episode is one alert. It keeps the high that it used: the next alert about the same entity is measured against scores
after it, and comes only when the score recovered by half of what it had lost, or fell as far again below the score that
was told. Feedback belongs to an episode: accepted, ignored, or how it came out, by whom and when.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from agents.store import Store, Transaction

Kind = Literal["fall", "conflict", "reverse"]
FeedbackKind = Literal["accepted", "ignored", "outcome"]
RECOVERED = Decimal("0.5")
"""Share of a fall that has to be won back before the next fall is another one."""


@dataclass(frozen=True)
class Episode:
    """One alert. `reference` is the high it was measured against, `score` what was told, `seen` the last day on which
    what it tells was still so; `actions` are what it suggested, the first one first."""

    id: str
    agent: str
    entity: str
    kind: Kind
    day: date
    told_at: datetime
    owner: str
    reference: Decimal
    score: Decimal
    seen: date
    actions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Feedback:
    """What a person said of an episode. `value` is the outcome, or the action that was accepted or ignored."""

    episode: str
    kind: FeedbackKind
    value: str
    by: str
    at: datetime


def episode_id(agent: str, entity: str, kind: Kind, day: date) -> str:
    """The same alert of the same day is the same episode."""
    return f"{agent}:{entity}:{kind}:{day.isoformat()}"


def unused_high(
    course: Sequence[tuple[date, Decimal]], told: Episode | None, drop: Decimal
) -> tuple[date, Decimal] | None:
    """The latest day of the highest score that no alert has used; None while the last alert still stands.

    `course` is the window up to and with today, oldest first; `told` the last fall told of within it."""
    if not course:
        return None
    now = course[-1][1]
    if told is None:
        return _highest(course)
    since = [(day, score) for day, score in course if day >= told.day]
    if not since:
        return None
    top = _highest(since)
    if top[1] >= told.score + RECOVERED * (told.reference - told.score):
        return top
    return (told.day, told.score) if told.score - now >= drop else None


def _highest(course: Sequence[tuple[date, Decimal]]) -> tuple[date, Decimal]:
    return max(course, key=lambda item: (item[1], item[0]))


def recent(store: Store, agent: str, since: date) -> tuple[Episode, ...]:
    """Episodes told or still seen since a day, oldest first. Raises StoreDown."""
    rows = store.rows("episode.recent", {"agent": agent, "since": since.isoformat()})
    return tuple(_episode(row) for row in rows)


def told(transaction: Transaction, episodes: Sequence[Episode]) -> None:
    """Remember alerts."""
    for episode in episodes:
        transaction.write("episode.told", _row(episode))


def seen(transaction: Transaction, episodes: Sequence[str], day: date) -> None:
    """What these episodes tell is still so on `day`."""
    for episode in episodes:
        transaction.write("episode.seen", {"id": episode, "day": day.isoformat()})


def record_feedback(transaction: Transaction, feedback: Feedback) -> bool:
    """Keep what a person said of an episode; false where there is no such episode. What the same person says twice is
    kept once."""
    if not transaction.rows("episode.exists", {"id": feedback.episode}):
        return False
    row = {
        "episode": feedback.episode,
        "kind": feedback.kind,
        "value": feedback.value,
        "by": feedback.by,
        "at": feedback.at.isoformat(),
    }
    transaction.write("episode.feedback", row)
    return True


def feedback_of(store: Store, agent: str) -> tuple[tuple[Episode, Feedback], ...]:
    """Everything people said of an agent's alerts, oldest first. Raises StoreDown."""
    rows = store.rows("episode.feedback_of", {"agent": agent})
    return tuple(
        (
            _episode(row),
            Feedback(row["id"], row["feedback"], row["value"], row["by"], datetime.fromisoformat(row["at"])),
        )
        for row in rows
    )


def _row(episode: Episode) -> dict[str, Any]:
    return {
        "id": episode.id,
        "agent": episode.agent,
        "entity": episode.entity,
        "kind": episode.kind,
        "day": episode.day.isoformat(),
        "told_at": episode.told_at.isoformat(),
        "owner": episode.owner,
        "reference": str(episode.reference),
        "score": str(episode.score),
        "seen": episode.seen.isoformat(),
        "actions": json.dumps(episode.actions),
    }


def _episode(row: Mapping[str, Any]) -> Episode:
    return Episode(
        id=row["id"],
        agent=row["agent"],
        entity=row["entity"],
        kind=row["kind"],
        day=date.fromisoformat(row["day"]),
        told_at=datetime.fromisoformat(row["told_at"]),
        owner=row["owner"],
        reference=Decimal(row["reference"]),
        score=Decimal(row["score"]),
        seen=date.fromisoformat(row["seen"]),
        actions=tuple(json.loads(row["actions"])),
    )
