"""What one principal may see of the entities to tell of: the only source of an alert's figures.

Read under the rights of whoever the alert is for. Whether a sign holds was judged over all entities; its figures here
are the reader's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from agents.desk import Desk, Refused, exact
from agents.health.casebook import profile_of, read_cases
from agents.health.cases import Response, Similar, similar_cases
from agents.health.changes import Change
from agents.health.reading import Courses, Standings, read_courses, read_standings
from agents.health.signs import Commercial, Signs, read_signs
from catalog.agents import Agent, Health
from catalog.metrics import Metric


@dataclass(frozen=True)
class Weight:
    """What is at stake with an entity."""

    metric: Metric
    value: Decimal
    receipt: str
    trust: str


@dataclass(frozen=True)
class Evidence:
    """Everything a text about these changes may rest on. `similar` is by entity; `changes` hold only entities and signs
    that the reader sees, and `unseen` are the keys of the others."""

    changes: tuple[Change, ...]
    unseen: tuple[str, ...]
    standings: Standings
    courses: Courses
    weights: Mapping[str, Weight]
    similar: Mapping[str, Similar]
    notes: tuple[str, ...]


def gather(
    desk: Desk, agent: Agent, health: Health, changes: Sequence[Change], as_of: date, responses: Mapping[str, Response]
) -> Evidence:
    """Read what is needed for `changes` as this desk's principal. Raises Refused."""
    keys = [change.standing.key for change in changes]
    standings = read_standings(desk, agent, health, as_of, keys)
    seen = [change for change in changes if change.standing.key in standings.by_key]
    signs = read_signs(desk, agent, health, as_of, [standings.by_key[c.standing.key].name for c in seen])
    own = tuple(replace(c, standing=standings.by_key[c.standing.key], signs=_own(c, standings, signs)) for c in seen)
    weights, missing = read_weights(desk, agent, health, as_of)
    similar, notes = _similar(desk, agent, health, own, as_of, responses)
    return Evidence(
        own,
        tuple(key for key in keys if key not in standings.by_key),
        standings,
        read_courses(desk, health, [c.standing.key for c in own], as_of),
        weights,
        similar,
        (*signs.notes, *missing, *notes),
    )


def read_weights(desk: Desk, agent: Agent, health: Health, as_of: date) -> tuple[Mapping[str, Weight], tuple[str, ...]]:
    """What is at stake by the entity's name, and why it is not known."""
    metric = desk.access.metrics.get(health.weight or "")
    if metric is None:
        return {}, ()
    by = agent.entity or ""
    try:
        found = desk.query(f"{metric.label} by {by}", metrics=[metric.name], group_by=[by], start=as_of, end=as_of)
    except Refused as refused:
        return {}, (f"{metric.name} could not be read: {refused.code}",)
    values = {str(row[by]): exact(row.get(metric.name)) for row in found.rows}
    return {n: Weight(metric, v, found.receipt, found.trust) for n, v in values.items() if v is not None}, ()


def _own(change: Change, standings: Standings, signs: Signs) -> tuple[Commercial, ...]:
    """The signs with the reader's figures and the state that was judged."""
    judged = {c.sign: c.state for c in change.signs}
    read = signs.by_name.get(standings.by_key[change.standing.key].name, ())
    return tuple(replace(c, state=judged[c.sign]) for c in read if c.sign in judged)


def _similar(
    desk: Desk, agent: Agent, health: Health, changes: Sequence[Change], as_of: date, responses: Mapping[str, Response]
) -> tuple[Mapping[str, Similar], tuple[str, ...]]:
    falls = [change.standing for change in changes if change.kind == "fall"]
    if health.cases is None or not falls:
        return {}, ()
    try:
        cases = read_cases(desk, agent, health, as_of)
    except Refused as refused:
        return {}, (f"past cases could not be read: {refused.code}",)
    return {s.key: similar_cases(profile_of(s, as_of), cases, as_of, responses) for s in falls}, ()
