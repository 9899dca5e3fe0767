"""Configured metrics → commercial signs of every entity, from at most three requests.

A change of state (recurring revenue) is read over the whole window; a change of a flow (logins) between the two halves
of it. A sign holds where the entity moved beyond the limit by itself and beyond what all entities did, so that a season
or a fault of all of them is nobody's sign; and, for counts, where chance does not bring as much.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from typing import Literal

from agents.desk import Desk, Refused, Result, exact
from agents.facts import Period
from catalog.agents import Agent, Health, Sign
from catalog.metrics import Metric

HUNDRED = Decimal(100)
CHANCE = 2.0
"""Standard deviations of a difference of two counts that chance brings now and then."""
IMPROVED = Decimal("0.5")
"""Share of a sign's limit, the other way, from which it improves: less is noise."""
State = Literal["holds", "improves", "neither"]


@dataclass(frozen=True)
class Commercial:
    """One sign of one entity. `before` and `change_pct` (a fraction) are None for signs that are "above"."""

    sign: Sign
    metric: Metric = field(hash=False)
    state: State
    period: Period
    value: Decimal
    before: Decimal | None
    change_pct: Decimal | None
    receipt: str
    trust: str


@dataclass(frozen=True)
class Signs:
    """Signs by the entity's name. `asked` is how many the configuration has that could be read."""

    by_name: Mapping[str, tuple[Commercial, ...]]
    asked: int
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Request:
    signs: tuple[Sign, ...]
    period: Period
    compared: bool


def read_signs(desk: Desk, agent: Agent, health: Health, as_of: date, names: Sequence[str]) -> Signs:
    """The signs of the entities named, judged against all that this principal sees. Never raises Refused: what could
    not be read is a note."""
    by = agent.entity or ""
    found: dict[str, list[Commercial]] = {}
    notes: list[str] = []
    asked = 0
    for request in _requests(desk, health, as_of):
        try:
            result, period = _ask(desk, request, by)
        except Refused as refused:
            listed = ", ".join(sign.metric for sign in request.signs)
            notes.append(f"signs {listed} could not be read: {refused.code}")
            continue
        asked += len(request.signs)
        for sign in request.signs:
            for name, commercial in _of(sign, desk.catalog.metrics[sign.metric], result, period, by, names):
                found.setdefault(name, []).append(commercial)
    unseen = [s.metric for s in health.signs if s.metric not in desk.access.metrics]
    notes += [f"sign {metric} is not to be seen by {desk.principal.user}" for metric in unseen]
    order = {id(sign): n for n, sign in enumerate(health.signs)}
    wanted = set(names)
    ordered = {
        name: tuple(sorted(signs, key=lambda c: order[id(c.sign)])) for name, signs in found.items() if name in wanted
    }
    return Signs(ordered, asked, tuple(notes))


def isstate_of(desk: Desk, metric: Metric) -> bool:
    """Is it read on a day (a snapshot) rather than over days?"""
    return any(part.snapshot is not None for part in desk.catalog.inputs_of(metric))


def _requests(desk: Desk, health: Health, as_of: date) -> list[_Request]:
    whole = Period(as_of - timedelta(days=health.window_days - 1), as_of)
    half = Period(as_of - timedelta(days=health.window_days // 2 - 1), as_of)
    visible = [sign for sign in health.signs if sign.metric in desk.access.metrics]
    states = [s for s in visible if s.above is None and isstate_of(desk, desk.catalog.metrics[s.metric])]
    flows = [s for s in visible if s.above is None and s not in states]
    above = [s for s in visible if s.above is not None]
    listed = ((states, whole, True), (flows, half, True), (above, whole, False))
    return [_Request(tuple(signs), period, compared) for signs, period, compared in listed if signs]


def _ask(desk: Desk, request: _Request, by: str) -> tuple[Result, Period]:
    """The answer, and its period: moved back to the last complete day where the data end earlier. Raises Refused."""
    period = request.period
    metrics = list(dict.fromkeys(sign.metric for sign in request.signs))

    def asked(period: Period) -> Result:
        return desk.query(
            f"Commercial signs by {by}",
            metrics=metrics,
            group_by=[by],
            start=period.start,
            end=period.end,
            compare_to="prior_period" if request.compared else None,
        )

    result = asked(period)
    if result.rows or result.as_of is None or result.as_of >= period.end:
        return result, period
    earlier = Period(result.as_of - (period.end - period.start), result.as_of)
    return asked(earlier), earlier


def _of(
    sign: Sign, metric: Metric, result: Result, period: Period, by: str, names: Sequence[str]
) -> list[tuple[str, Commercial]]:
    rows = [(str(row[by]), exact(row.get(sign.metric)), row) for row in result.rows if row.get(by) is not None]
    if metric.missing == "zero":
        there = {name for name, _, _ in rows}
        rows += [(name, Decimal(0), {}) for name in names if name not in there]
    pairs = [(name, now, exact(row.get(f"{sign.metric}__prior"))) for name, now, row in rows]
    moved = {name: _moved(now, before) for name, now, before in pairs}
    changes = [change for change in moved.values() if change is not None]
    typical = median(changes) if changes else Decimal(0)
    found: list[tuple[str, Commercial]] = []
    for name, now, before in pairs:
        change = moved[name]
        if now is None or (sign.above is None and change is None):
            continue
        state = state_of(sign, metric, now, before, change, typical)
        own = None if sign.above is not None else before
        found.append(
            (
                name,
                Commercial(
                    sign,
                    metric,
                    state,
                    period,
                    now,
                    own,
                    change if own is not None else None,
                    result.receipt,
                    result.trust,
                ),
            )
        )
    return found


def _moved(now: Decimal | None, before: Decimal | None) -> Decimal | None:
    return None if now is None or before is None or before <= 0 else (now - before) / before


def state_of(
    sign: Sign, metric: Metric, now: Decimal, before: Decimal | None, change: Decimal | None, typical: Decimal
) -> State:
    """What a sign says. `change` is the entity's own, `typical` the median of all entities (fractions); for a sign that
    is a change, `before` and `change` are known."""
    if sign.above is not None:
        return "holds" if now > Decimal(str(sign.above)) else "improves"
    assert sign.change_pct is not None and change is not None and before is not None
    limit = Decimal(str(sign.change_pct)) / HUNDRED
    way = -1 if limit < 0 else 1
    own, beyond = change * way, (change - typical) * way
    chance = metric.unit == "count" and abs(float(now - before)) <= CHANCE * math.sqrt(float(now + before))
    if min(own, beyond) >= abs(limit) and not chance:
        return "holds"
    return "improves" if max(own, beyond) <= -IMPROVED * abs(limit) else "neither"
