"""Thresholds of the catalog → the figures of the last finished periods that are beyond them and beyond their habit.

A change counts when it is beyond the metric's threshold AND outside the range of its own history; both are judged by
`explain_number`, which is asked only about changes that are large enough. Slices are read with one request for each
metric and dimension, and count only where the slice alone moves the whole by the threshold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from typing import Any, Literal

from agents.desk import Desk, Refused, exact
from agents.facts import Period, Slice
from agents.periods import finished_period, period_before
from catalog.access import Access
from catalog.agents import Agent
from catalog.company_calendar import CompanyCalendar
from catalog.metrics import Grain, Metric
from catalog.request import CompareTo

MOST_SLICES = 6
"""Slices of one metric that are explained; more than this moving alone is one change of the whole."""
LOOKED_BACK = 4
"""Periods before the baseline that say where the metric usually stands."""
OTHER_WAY = 3
"""Thresholds from which a change counts that goes the way nobody fears."""
HABIT: Mapping[Grain, int] = {"day": 56, "week": 53, "month": 25, "quarter": 13, "year": 6}
"""Periods whose steps say how often this metric moves so far."""
A_YEAR: Mapping[Grain, int] = {"day": 364, "week": 52, "month": 12, "quarter": 4, "year": 1}
"""Periods to the same one a year before."""
SMALLEST_SHARE = Decimal("0.2")
"""A slice below this part of the whole rests on too few to be watched on its own."""
RARE = 0.04
"""A step is remarkable when at most this share of the earlier ones went as far the same way."""
ENOUGH_STEPS = 8
GRAINS: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")
NO_MEMBER = "(none)"
"""How a slice without a member is called."""


@dataclass(frozen=True)
class Watch:
    """One metric over one finished period against a baseline. `threshold` is in percent; None: habit alone decides."""

    metric: Metric = field(hash=False)
    window: Period
    compare_to: CompareTo
    threshold: float | None

    @property
    def grain(self) -> Grain:
        """The grain of the period."""
        return self.window.grain or "week"


@dataclass(frozen=True)
class Sighting:
    """A change that is large enough. `explained` is what explain_number says of it; `slice` is () for the whole."""

    watch: Watch
    slice: Slice
    before: Decimal
    after: Decimal
    explained: Mapping[str, Any]

    @property
    def period(self) -> Period:
        """The days that are compared: those of the window for which there is data."""
        if self.whole:
            return self.watch.window
        return Period(self.watch.window.start, date.fromisoformat(str(self.explained["end"])))

    @property
    def whole(self) -> bool:
        """Is there data for the whole window?"""
        return str(self.explained["end"]) >= self.watch.window.end.isoformat()

    @property
    def change_pct(self) -> Decimal:
        """The change as a fraction of the baseline."""
        return (self.after - self.before) / abs(self.before)

    @property
    def beyond(self) -> float:
        """How many thresholds large the change is."""
        return abs(float(self.change_pct)) * 100 / abs(self.watch.threshold or 10.0)


@dataclass(frozen=True)
class Watched:
    """What was looked at, what was seen, and what could not be looked at."""

    judged: tuple[Watch, ...]
    sightings: tuple[Sighting, ...]
    notes: tuple[str, ...]


def watches(agent: Agent, access: Access, calendar: CompanyCalendar) -> tuple[Watch, ...]:
    """The series to judge: certified metrics with a threshold that this principal may see, or those named."""
    named = [access.metrics[name] for name in agent.metrics if name in access.metrics]
    metrics = named or [m for m in access.metrics.values() if m.status == "certified" and not m.operational]
    return tuple(watch for metric in metrics for watch in _of(metric, access, calendar))


def _of(metric: Metric, access: Access, calendar: CompanyCalendar) -> Iterator[Watch]:
    if metric.distribution:
        return
    limits, times = metric.thresholds, [part.time for part in access.catalog.inputs_of(metric) if part.time]
    finest = max((GRAINS.index(time.min_grain) for time in times), default=0)

    def reads(grain: Grain) -> bool:
        return finest <= GRAINS.index(grain)

    if limits.wow_pct is not None and reads("week"):
        yield Watch(metric, finished_period("week", calendar), "prior_period", limits.wow_pct)
    if limits.yoy_pct is not None:
        grain: Grain = "month" if reads("month") else "quarter"
        yield Watch(metric, finished_period(grain, calendar), "prior_year", limits.yoy_pct)
    if limits.z is not None and limits.wow_pct is None and limits.yoy_pct is None:
        grain = "week" if reads("week") else times[0].default_grain
        yield Watch(metric, finished_period(grain, calendar), "prior_period", None)


def baseline(watch: Watch, calendar: CompanyCalendar) -> Period:
    """The period that a watch compares with."""
    window, grain = watch.window, watch.grain
    return period_before(window, calendar, 1 if watch.compare_to == "prior_period" else A_YEAR[grain])


def look(agent: Agent, desk: Desk, watched: Sequence[Watch]) -> Watched:
    """Judge every series: the whole first, then the agent's dimensions where the whole is unremarkable."""
    pairs: dict[Watch, Pair] = {}
    seen: list[Sighting] = []
    notes: list[str] = []
    for watch in watched:
        try:
            pair = _pair(desk, watch)
            whole = _whole(desk, watch, pair) if pair else None
        except Refused as refused:
            notes.append(f"{watch.metric.name} could not be judged: {refused.code}")
            continue
        if pair is None:
            notes.append(f"{watch.metric.name} has no value or no baseline")
            continue
        pairs[watch] = pair
        seen += [whole] if whole else []
    still = {watch: pair for watch, pair in pairs.items() if all(s.watch != watch for s in seen)}
    return Watched(tuple(pairs), (*seen, *_slices(agent, desk, still, notes)), tuple(notes))


Pair = tuple[Decimal, Decimal]


def _pair(desk: Desk, watch: Watch) -> Pair | None:
    """(before, after) of the whole; None where one of them is missing. A period that is over but whose data is not all
    in has no row of its own: then it is what explain_number makes of the days that are there. Raises Refused."""
    result = desk.query(_question(watch), **_request(watch))
    name = watch.metric.name
    if result.rows:
        before, after = result.decimal(0, f"{name}__prior"), result.decimal(0, name)
    else:
        window = watch.window
        found = desk.explain(name, start=window.start, end=window.end, compare_to=watch.compare_to)
        before, after = exact(found["baseline"]), exact(found["value"])
    return None if before is None or after is None else (before, after)


def _request(watch: Watch) -> dict[str, Any]:
    window = watch.window
    return {
        "metrics": [watch.metric.name],
        "start": window.start,
        "end": window.end,
        "compare_to": watch.compare_to,
    }


def _question(watch: Watch) -> str:
    return f"Is {watch.metric.label} out of its range?"


def large(watch: Watch, before: Decimal, after: Decimal) -> bool:
    """Is a change beyond the threshold, on a baseline that is large enough? The sign of a threshold says which way is
    looked at. The other way a change of a period against the one before counts from three thresholds on (a doubled
    load shows so); against the year before it does not count: growth is no incident."""
    smallest = watch.metric.thresholds.min_base
    if not before or before == after or (smallest is not None and abs(before) < Decimal(str(smallest))):
        return False
    if watch.threshold is None:
        return True
    limit = Decimal(str(watch.threshold))
    if (after > before) != (limit > 0):
        if watch.compare_to == "prior_year":
            return False
        limit *= OTHER_WAY
    return abs(after - before) * 100 >= abs(limit) * abs(before)


def _whole(desk: Desk, watch: Watch, pair: Pair) -> Sighting | None:
    if not large(watch, *pair):
        return None
    return _judged(desk, watch, (), pair)


def _judged(desk: Desk, watch: Watch, where: Slice, pair: Pair) -> Sighting | None:
    """A sighting, if explain_number holds the change for more than habit and it is no return to the usual level."""
    conditions = [_condition(dimension, member) for dimension, member in where]
    explained = _explained(desk, watch, conditions)
    if explained["verdict"] == "business_change" and not explained["causes"]:
        # A first answer may have run out of time before it looked for causes; what it read is warm now.
        explained = _explained(desk, watch, conditions)
    if explained["verdict"] == "within_normal_range":
        return None
    if explained["verdict"] != "data_fault" and _habitual(desk, watch, conditions, pair):
        return None
    return Sighting(watch, where, pair[0], pair[1], explained)


def _explained(desk: Desk, watch: Watch, conditions: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    window = watch.window
    where = {"where": conditions} if conditions else {}
    return desk.explain(watch.metric.name, start=window.start, end=window.end, compare_to=watch.compare_to, **where)


def _condition(dimension: str, member: str) -> dict[str, Any]:
    if member == NO_MEMBER:
        return {"dimension": dimension, "op": "is null"}
    return {"dimension": dimension, "op": "=", "value": member}


def _habitual(desk: Desk, watch: Watch, conditions: Sequence[Mapping[str, Any]], pair: Pair) -> bool:
    """Does the metric move as far as this every now and then, or was it the baseline that was unusual, and the metric
    is back where it stood before (the week after a drop is not a rise)?"""
    calendar, grain = desk.calendar, watch.grain
    back = HABIT[grain] + (A_YEAR[grain] if watch.compare_to == "prior_year" else 0)
    first = calendar.next_start(grain, watch.window.start, -back)
    last = watch.window.start - timedelta(days=1)
    values = [value for _, value in series(desk, watch, Period(first, last), conditions)]
    before, after = pair
    yearly = watch.compare_to == "prior_year"
    if not yearly and len(values) > LOOKED_BACK and _returns(watch, values, after):
        return True
    lag = A_YEAR[grain] if yearly else 1
    steps = [(b - a) / abs(a) for a, b in zip(values, values[lag:], strict=False) if a]
    step = (after - before) / abs(before)
    if conditions:
        # Many slices are looked at each time, so one must have moved as never before, either way, to be remarkable.
        return len(steps) < ENOUGH_STEPS or any(abs(s) >= abs(step) for s in steps)
    if yearly and len(steps) < ENOUGH_STEPS:
        # Too few years to know what a year usually brings.
        return True
    as_far = sum(1 for s in steps if s * step > 0 and abs(s) >= abs(step))
    return len(steps) >= ENOUGH_STEPS and as_far > RARE * len(steps)


def _returns(watch: Watch, values: Sequence[Decimal], after: Decimal) -> bool:
    """`values` end with the baseline: did it leave the usual level by half a threshold or more, and is that undone?"""
    usual, before = median(values[-LOOKED_BACK - 1 : -1]), values[-1]
    half = abs(Decimal(str(watch.threshold or 0))) / 2
    left = abs(before - usual) * 100 >= half * abs(usual)
    return left and (before - usual) * (after - before) < 0 and not large(watch, usual, after)


def series(
    desk: Desk, watch: Watch, span: Period, conditions: Sequence[Mapping[str, Any]] = ()
) -> list[tuple[date, Decimal]]:
    """(first day of the period, value) over a span, oldest first; periods without a value are left out. Raises
    Refused."""
    name, grain = watch.metric.name, watch.grain
    asked = {"metrics": [name], "grain": grain, "start": span.start, "end": span.end}
    result = desk.query(f"How did {watch.metric.label} run?", **asked, **({"where": conditions} if conditions else {}))
    points: list[tuple[date, Decimal]] = []
    for row in result.rows:
        value = exact(row.get(name))
        if value is not None:
            points.append((date.fromisoformat(str(row[grain])[:10]), value))
    return sorted(points)


def _slices(agent: Agent, desk: Desk, pairs: Mapping[Watch, Pair], notes: list[str]) -> list[Sighting]:
    """Slices that alone move the whole by the threshold while the whole stands still, for metrics that add up. Only
    against the period before: a slice has too few years to know its habit. One event shows in several dimensions:
    the sharpest slice of a metric speaks for it."""
    sharpest: dict[Watch, Sighting] = {}
    for dimension in agent.dimensions:
        asked = [w for w in pairs if w.threshold is not None and w.compare_to == "prior_period"]
        asked = [w for w in asked if has_dimension(w.metric, dimension, desk.access)]
        for watch, members in _grouped(desk, asked, dimension, notes).items():
            for member, own in _moved(watch, members, pairs[watch])[:MOST_SLICES]:
                try:
                    found = _judged(desk, watch, ((dimension, member),), own)
                except Refused as refused:
                    notes.append(f"{watch.metric.name} of one {dimension} could not be judged: {refused.code}")
                    continue
                if found and (watch not in sharpest or found.beyond > sharpest[watch].beyond):
                    sharpest[watch] = found
    return list(sharpest.values())


def has_dimension(metric: Metric, dimension: str, access: Access) -> bool:
    """May this metric be split by that dimension?"""
    known = access.dimensions.get(dimension)
    allowed = metric.dimensions.allowed
    return known is not None and (dimension in allowed or f"{known.table.name}.*" in allowed)


Members = list[tuple[str, Pair]]


def _grouped(desk: Desk, watched: Sequence[Watch], dimension: str, notes: list[str]) -> dict[Watch, Members]:
    """Members of a dimension for every metric: one request for those of one window, one each where that is refused."""
    found: dict[Watch, Members] = {}
    for window in dict.fromkeys(w.window for w in watched):
        together = [w for w in watched if w.window == window]
        try:
            found |= _read(desk, together, dimension)
        except Refused:
            for watch in together:
                try:
                    found |= _read(desk, [watch], dimension)
                except Refused as refused:
                    notes.append(f"{watch.metric.name} by {dimension} could not be judged: {refused.code}")
    return found


def _read(desk: Desk, watched: Sequence[Watch], dimension: str) -> dict[Watch, Members]:
    request = _request(watched[0]) | {"metrics": [w.metric.name for w in watched], "group_by": [dimension]}
    result = desk.query(f"Does one {dimension} move alone?", **request)
    found: dict[Watch, Members] = {watch: [] for watch in watched}
    for row in result.rows:
        label = NO_MEMBER if row.get(dimension) is None else str(row[dimension])
        for watch in watched:
            name = watch.metric.name
            before, after = exact(row.get(f"{name}__prior")), exact(row.get(name))
            found[watch].append((label, (before or Decimal(0), after or Decimal(0))))
    return found


def _moved(watch: Watch, members: Members, pair: Pair) -> Members:
    """Members whose own change is beyond the threshold, of themselves and of the whole; the largest first."""
    if not _adds_up(members, pair):
        return []
    moved = [
        (member, own)
        for member, own in members
        if abs(own[0]) >= SMALLEST_SHARE * abs(pair[0])
        and large(watch, *own)
        and large(watch, pair[0], pair[0] + own[1] - own[0])
    ]
    return sorted(moved, key=lambda item: -abs(item[1][1] - item[1][0]))


def _adds_up(members: Sequence[tuple[str, Pair]], pair: Pair) -> bool:
    """Do the members make up the whole, before and after? Averages and ratios do not."""
    tiny = Decimal("1e-6")
    return all(abs(sum((own[i] for _, own in members), Decimal(0)) - pair[i]) <= tiny * abs(pair[i]) for i in (0, 1))


Direction = Literal["good", "bad", "neutral"]


def tone(metric: Metric, change: Decimal) -> Direction:
    """What a change means for the business."""
    if not change or metric.direction in ("neutral", "target"):
        return "neutral"
    return "good" if (change > 0) == (metric.direction == "up_is_good") else "bad"
