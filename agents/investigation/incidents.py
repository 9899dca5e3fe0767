"""What is seen now and what was told before → which incidents open, change, end or stay silent.

One incident for each family of metrics, feed or table, from its first sighting until two points in a row are normal. A
point is a finished period of the metric, or a day for a fault of the data. Looking again at the same point says nothing
new. `steps` is pure; the two functions around it read and write the agents' store.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from agents.store import Store, Transaction

NORMAL_POINTS = 2
"""Normal points in a row that end an incident."""
NEWS = 0.25
"""A figure is news when it moved by this share of what was told."""
LEAST_NEWS = 0.02
"""And by at least two points."""

State = Literal["open", "updated", "resolved"]
Event = Literal["opened", "changed", "resolved", "silent"]


@dataclass(frozen=True)
class Told:
    """What a message said: the verdict, the lead figure (a fraction; None for a fault), what was found and whom it
    touches."""

    verdict: str
    figure: float | None
    found: tuple[str, ...]
    metrics: tuple[str, ...]


@dataclass(frozen=True)
class Seen:
    """Something out of range or at fault now. `keys` are all the names by which it may already be known, the first one
    is its own; `point` the period or day that it was seen at."""

    keys: tuple[str, ...]
    point: str
    told: Told


@dataclass(frozen=True)
class Incident:
    """An incident as it is stored."""

    id: str
    agent: str
    key: str
    state: State
    opened_at: datetime
    updated_at: datetime
    resolved_at: datetime | None
    point: str
    normal_points: int
    told: Told
    messages: int

    @property
    def thread(self) -> str:
        """The key of its first message."""
        return f"incident:{self.id}"


@dataclass(frozen=True)
class Step:
    """One incident after this look. `seen` is None where nothing is to be seen of it any more."""

    incident: Incident
    event: Event
    seen: Seen | None = None
    before: Told | None = None


def steps(
    agent: str,
    known: Sequence[Incident],
    seen: Sequence[Seen],
    points: Mapping[str, str],
    at: datetime,
    cool_down: timedelta,
) -> tuple[Step, ...]:
    """What happens to each incident. `points`: by key, the point at which something was looked for and may be absent;
    what was not looked at does not come to an end."""
    done: list[Step] = []
    taken: set[str] = set()
    for item in seen:
        found = next((i for i in known if i.key in item.keys and i.id not in taken), None)
        if found is None:
            done.append(_opened(agent, item, at))
            continue
        taken.add(found.id)
        if found.state == "resolved":
            cooling = found.resolved_at is not None and found.resolved_at + cool_down > at
            done.append(Step(found, "silent", item) if cooling else _opened(agent, item, at))
        else:
            done.append(_again(found, item, at))
    done += [_absent(i, points, at) for i in known if i.id not in taken and i.state != "resolved"]
    return tuple(done)


def _opened(agent: str, seen: Seen, at: datetime) -> Step:
    key = seen.keys[0]
    made = Incident(f"{agent}:{key}:{at:%Y%m%dT%H%M}", agent, key, "open", at, at, None, seen.point, 0, seen.told, 1)
    return Step(made, "opened", seen)


def _again(known: Incident, seen: Seen, at: datetime) -> Step:
    """Seen once more: news only where the verdict, what was found, whom it touches or the figure changed."""
    told = known.told
    later = replace(known, point=max(known.point, seen.point), normal_points=0, updated_at=at)
    if not _news(told, seen.told, seen.point > known.point):
        return Step(replace(later, updated_at=known.updated_at), "silent", seen)
    changed = replace(later, state="updated", told=seen.told, messages=known.messages + 1)
    return Step(changed, "changed", seen, told)


def _news(old: Told, new: Told, new_point: bool) -> bool:
    if old.verdict != new.verdict or set(new.found) - set(old.found) or set(new.metrics) - set(old.metrics):
        return True
    if old.figure is None or new.figure is None:
        return (old.figure is None) != (new.figure is None)
    moved = abs(new.figure - old.figure)
    return new_point or moved >= max(LEAST_NEWS, NEWS * abs(old.figure))


def _absent(known: Incident, points: Mapping[str, str], at: datetime) -> Step:
    """Not seen: a normal point, if one was looked at that is later than the last."""
    point = points.get(known.key, "")
    if point <= known.point:
        return Step(known, "silent")
    normal = replace(known, point=point, normal_points=known.normal_points + 1)
    if normal.normal_points < NORMAL_POINTS:
        return Step(normal, "silent")
    ended = replace(normal, state="resolved", resolved_at=at, updated_at=at, messages=known.messages + 1)
    return Step(ended, "resolved", None, known.told)


def recent(store: Store, agent: str, since: datetime) -> tuple[Incident, ...]:
    """Incidents that are open or were resolved after `since`. Raises StoreDown."""
    found = store.rows("incident.recent", {"agent": agent, "since": since.isoformat()})
    return tuple(_incident(row) for row in found)


def last_access(store: Store, agent: str) -> str:
    """The rights under which the agent last looked; empty for a first look. Raises StoreDown."""
    found = store.rows("incident.last_look", {"agent": agent})
    return str(found[0]["access"]) if found else ""


def write(transaction: Transaction, done: Sequence[Step], agent: str, at: datetime, access: str) -> None:
    """Remember every incident after this look, and the look itself."""
    for step in done:
        transaction.write("incident.put", _row(step.incident))
    transaction.write("incident.looked", {"agent": agent, "at": at.isoformat(), "access": access})


def _row(incident: Incident) -> dict[str, Any]:
    told = incident.told
    return {
        "id": incident.id,
        "agent": incident.agent,
        "key": incident.key,
        "verdict": told.verdict,
        "state": incident.state,
        "metrics": json.dumps(told.metrics),
        "opened_at": incident.opened_at.isoformat(),
        "updated_at": incident.updated_at.isoformat(),
        "resolved_at": incident.resolved_at.isoformat() if incident.resolved_at else None,
        "point": incident.point,
        "normal_points": incident.normal_points,
        "told": json.dumps({"figure": told.figure, "found": told.found}),
        "messages": incident.messages,
    }


def _incident(row: Mapping[str, Any]) -> Incident:
    told = json.loads(row["told"])
    return Incident(
        id=row["id"],
        agent=row["agent"],
        key=row["key"],
        state=row["state"],
        opened_at=datetime.fromisoformat(row["opened_at"]),
        updated_at=datetime.fromisoformat(row["updated_at"]),
        resolved_at=datetime.fromisoformat(row["resolved_at"]) if row["resolved_at"] else None,
        point=row["point"],
        normal_points=row["normal_points"],
        told=Told(row["verdict"], told["figure"], tuple(told["found"]), tuple(json.loads(row["metrics"]))),
        messages=row["messages"],
    )
