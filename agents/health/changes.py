"""Where entities stand, how they came there and what was told before → the changes to tell today. Pure.

A fall is measured against the highest score of the window that no alert has used. Score and commercial signs disagree
where a healthy score stands beside enough signs (a conflict), or a low one while none holds and all improve (the
reverse). What goes on from yesterday is not told again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from agents.health.episodes import Episode, Kind, unused_high
from agents.health.reading import Day, Standing, Standings
from agents.health.signs import Commercial, Signs
from catalog.agents import Health


@dataclass(frozen=True)
class Change:
    """What is to be told of one entity. `since` is the day of the reference high; `fall` may be zero or less where no
    fall is told."""

    standing: Standing
    kind: Kind
    since: date
    reference: Decimal
    signs: tuple[Commercial, ...]

    @property
    def fall(self) -> Decimal:
        """Points lost since the reference."""
        return self.reference - self.standing.score

    @property
    def holding(self) -> tuple[Commercial, ...]:
        """The signs that hold."""
        return tuple(c for c in self.signs if c.state == "holds")


@dataclass(frozen=True)
class Changes:
    """`told` are to be told now; `continuing` are ids of episodes that are still so."""

    told: tuple[Change, ...]
    continuing: tuple[str, ...]


def candidates(standings: Standings, health: Health) -> tuple[str, ...]:
    """Keys of the entities that stand at least a drop below their own high: only these can have fallen."""
    drop = Decimal(str(health.drop))
    return tuple(s.key for s in standings.by_key.values() if s.high - s.score >= drop)


def judge(
    standings: Standings,
    courses: Mapping[str, Sequence[Day]],
    signs: Signs,
    episodes: Sequence[Episode],
    health: Health,
    at: datetime,
    cool_down: timedelta,
) -> Changes:
    """The changes of one day. `episodes` are those told or seen within the window."""
    history: dict[str, list[Episode]] = {}
    for episode in episodes:
        history.setdefault(episode.entity, []).append(episode)
    names = Counter(s.name for s in standings.by_key.values())
    told: list[Change] = []
    continuing: list[str] = []
    for key, standing in standings.by_key.items():
        known = history.get(key, [])
        own = signs.by_name.get(standing.name, ()) if names[standing.name] == 1 else ()
        change = _fall(standing, courses.get(key, ()), own, known, health, standings.as_of)
        if change is None:
            change, still = _disagreement(standing, own, signs.asked, known, health, standings.as_of)
            continuing += still
        if change is not None and not any(e.told_at + cool_down > at for e in known):
            told.append(change)
    return Changes(tuple(told), tuple(continuing))


def _fall(
    standing: Standing,
    course: Sequence[Day],
    signs: tuple[Commercial, ...],
    known: Sequence[Episode],
    health: Health,
    as_of: date,
) -> Change | None:
    first = as_of - timedelta(days=health.window_days)
    last = next((e for e in reversed(known) if e.kind == "fall" and e.day >= first), None)
    drop = Decimal(str(health.drop))
    found = unused_high([(d.day, d.score) for d in course], last, drop)
    if found is None or found[1] - standing.score < drop:
        return None
    return Change(standing, "fall", found[0], found[1], signs)


def _disagreement(
    standing: Standing, signs: tuple[Commercial, ...], asked: int, known: Sequence[Episode], health: Health, as_of: date
) -> tuple[Change | None, list[str]]:
    """A disagreement that is new, or the episode that it goes on with. One that was told, or that stood beside a fall
    that was told, is not told again before half a window has passed without it."""
    kind = disagreement(standing.score, signs, asked, health)
    if kind is None:
        return None, []
    since = as_of - timedelta(days=health.window_days // 2)
    before = [e for e in known if e.kind in (kind, "fall") and e.seen >= since]
    if before:
        return None, [e.id for e in before if e.kind == kind]
    return Change(standing, kind, as_of, standing.score, signs), []


def disagreement(score: Decimal, signs: Sequence[Commercial], asked: int, health: Health) -> Kind | None:
    """Do the score and the signs say different things?"""
    holding = sum(c.state == "holds" for c in signs)
    healthy = score >= Decimal(str(health.healthy))
    if healthy and holding >= health.signs_needed:
        return "conflict"
    improving = bool(signs) and len(signs) == asked and all(c.state == "improves" for c in signs)
    return "reverse" if not healthy and improving else None
