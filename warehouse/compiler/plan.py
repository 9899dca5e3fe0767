"""Chooses the leaves of a request: which components share one read, which windows and days each covers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlglot import exp

from catalog.metrics import Grain
from catalog.refusals import BadArgument
from warehouse.compiler.components import Component
from warehouse.compiler.event_leaves import accumulated, concentration_leaf, cumulative_leaf, event_leaf
from warehouse.compiler.leaves import Question
from warehouse.compiler.snapshot_leaves import Pick, average_picks, cohort_leaf, cohort_picks, picks, snapshot_leaf
from warehouse.compiler.windows import Shift, Window
from warehouse.horizon import Horizon, Horizons

FALLBACKS_NAMED = 3
"""Fallen-back snapshot days named one by one in the notes; more are counted."""


@dataclass
class Pass:
    """One set of windows (current, or prior) over all components, and what was found out on the way.

    `covered` are the labels that each component has data for: elsewhere its value is unknown, not 0."""

    prefix: str
    windows: Sequence[Window]
    grain: Grain | None
    shift: Shift | None
    leaves: list[tuple[exp.Select, tuple[str, ...]]] = field(default_factory=list[tuple[exp.Select, tuple[str, ...]]])
    covered: dict[int, frozenset[date]] = field(default_factory=dict[int, frozenset[date]])
    read: set[str] = field(default_factory=set[str])
    snapshot_dates: dict[str, dict[date, date]] = field(default_factory=dict[str, dict[date, date]])
    notes: list[str] = field(default_factory=list[str])

    def name(self, index: int) -> str:
        """Column of a component in this pass."""
        return f"__{self.prefix}{index}"


def horizon_of(component: Component, horizons: Horizons) -> Horizon:
    """How far a component's dataset reaches. Raises BadArgument when it has no data."""
    horizon = horizons.get(component.dataset)
    if horizon is None:
        raise BadArgument(f"There is no data yet for '{component.metric.name}'.")
    return horizon


def through_of(component: Component, horizons: Horizons) -> date:
    """Last complete day of a component, by the feeds that its metric names."""
    return horizon_of(component, horizons).through_for(component.metric.sources)


def plan_pass(question: Question, components: Sequence[Component], horizons: Horizons, planned: Pass) -> Pass:
    """Fill a pass with its leaves."""
    events: dict[tuple[str, str, date], list[int]] = {}
    snapshots: dict[tuple[object, ...], list[int]] = {}
    shared_through = _shared_through(components, horizons)
    for index, component in enumerate(components):
        horizon = horizon_of(component, horizons)
        inside = [w for w in planned.windows if w.lo >= horizon.first]
        planned.covered[index] = frozenset(w.label for w in inside)
        if component.kind == "event":
            rule = component.metric.time
            events.setdefault((component.dataset, rule.dimension if rule else "", horizon.first), []).append(index)
        elif component.kind == "snapshot":
            rule = component.metric.snapshot
            key = (
                component.dataset,
                component.at,
                rule.model_dump_json() if rule else "",
                str(component.measure.as_of),
            )
            snapshots.setdefault(key, []).append(index)
        elif component.kind == "cumulative":
            _plan_cumulative(question, index, component, horizon, through_of(component, horizons), planned)
        elif component.kind == "cohort":
            _plan_cohort(question, index, component, horizon, through_of(component, horizons), planned)
        elif inside:
            name = planned.name(index)
            leaf = concentration_leaf(question, name, component, inside, planned.grain, planned.shift)
            _keep(planned, leaf, (index,))
    for (_, _, first), indexes in events.items():
        inside = [w for w in planned.windows if w.lo >= first]
        if inside:
            named = [(planned.name(i), components[i]) for i in indexes]
            _keep(planned, event_leaf(question, named, inside, planned.grain, planned.shift), indexes)
    for indexes in snapshots.values():
        _plan_snapshots(question, indexes, components, horizons, shared_through, planned)
    return planned


def _keep(planned: Pass, leaf: tuple[exp.Select, set[str]], indexes: Sequence[int]) -> None:
    select, read = leaf
    planned.leaves.append((select, tuple(planned.name(i) for i in indexes)))
    planned.read |= read


def _shared_through(components: Sequence[Component], horizons: Horizons) -> tuple[list[Horizon], date | None]:
    """Horizons of all snapshot datasets of the request: both sides of a ratio read the same day."""
    snapshot = [c for c in components if c.kind == "snapshot"]
    if not snapshot:
        return [], None
    return [horizon_of(c, horizons) for c in snapshot], min(through_of(c, horizons) for c in snapshot)


def _plan_snapshots(
    question: Question,
    indexes: Sequence[int],
    components: Sequence[Component],
    horizons: Horizons,
    shared: tuple[list[Horizon], date | None],
    planned: Pass,
) -> None:
    first = components[indexes[0]]
    rule, (together, through) = first.metric.snapshot, shared
    if rule is None or through is None:
        raise AssertionError("a snapshot component has a snapshot rule")
    if rule.pick == "average":
        chosen = average_picks(planned.windows, together, through)
    else:
        chosen = picks(planned.windows, rule, first.at, together, through)
    labels = frozenset(p.label for p in chosen)
    for index in indexes:
        planned.covered[index] = labels
    planned.notes += _without_snapshot(first, [w for w in planned.windows if w.label not in labels], through)
    if not chosen:
        return
    named = [(planned.name(i), components[i]) for i in indexes]
    _keep(planned, snapshot_leaf(question, named, chosen, horizons), indexes)
    if rule.pick != "average":
        planned.snapshot_dates[first.metric.name] = {p.label: p.day for p in chosen}
        planned.notes += _fallen_back(first.metric.label, chosen)


def _without_snapshot(component: Component, missed: Sequence[Window], through: date) -> list[str]:
    """What is said of windows that lie inside the data and have no complete snapshot."""
    label, inside = component.metric.label, [w for w in missed if component.at == "closing" and w.lo <= through]
    if len(inside) > FALLBACKS_NAMED:
        return [f"{label}: {len(inside)} periods have no complete snapshot."]
    return [f"{label}: no complete snapshot in the period of {w.label}." for w in inside]


def _fallen_back(label: str, chosen: Sequence[Pick]) -> list[str]:
    late = [p for p in chosen if p.day != p.wanted]
    if len(late) > FALLBACKS_NAMED:
        return [f"{label}: {len(late)} periods use an earlier snapshot, because the last day is incomplete."]
    return [f"{label}: snapshot of {p.day}, because that of {p.wanted} is incomplete." for p in late]


def _plan_cumulative(
    question: Question, index: int, component: Component, horizon: Horizon, through: date, planned: Pass
) -> None:
    rule = component.metric.cumulative
    if rule is None:
        raise AssertionError("a cumulative component has a rule")
    found = [accumulated(w, rule, question.calendar, horizon, through) for w in planned.windows]
    spans = [s for s in found if s is not None and s.hi >= s.lo and s.hi >= horizon.first]
    planned.covered[index] = frozenset(s.label for s in spans)
    if spans:
        leaf = cumulative_leaf(question, planned.name(index), component, spans, planned.grain)
        _keep(planned, leaf, (index,))


def _plan_cohort(
    question: Question, index: int, component: Component, horizon: Horizon, through: date, planned: Pass
) -> None:
    rule = component.metric.cohort
    if rule is None:
        raise AssertionError("a cohort component has a rule")
    chosen = cohort_picks(planned.windows, rule, horizon, through)
    planned.covered[index] = frozenset(p.label for p, _ in chosen)
    if chosen:
        planned.snapshot_dates[component.metric.name] = {p.label: p.day for p, _ in chosen}
        _keep(planned, cohort_leaf(question, planned.name(index), component, chosen), (index,))
