"""One run of an investigation agent: the series and the state of the data → what to tell and what to remember."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from agents.desk import Desk, Refused
from agents.facts import FactBook, Period
from agents.findings import Addressed, Findings
from agents.investigation import incidents, thread
from agents.investigation.checks import case_of, run
from agents.investigation.contributions import best_splits, causes
from agents.investigation.faults import State, state
from agents.investigation.incidents import Incident, Seen, Step, Told
from agents.investigation.thread import Judged, Matter
from agents.investigation.verdict import judge
from agents.investigation.watch import Sighting, Watched, look, watches
from agents.store import Store, Transaction
from catalog.access import Access
from catalog.agents import Agent
from catalog.catalog import Catalog

Occasions = Callable[[Period], tuple[str, ...]]
"""Names of the holidays in a period: they are told beside a change, and hide nothing."""


def no_occasions(period: Period) -> tuple[str, ...]:
    """A company that says of no country."""
    return ()


def investigate(agent: Agent, desk: Desk, store: Store, at: datetime, occasions: Occasions = no_occasions) -> Findings:
    """Look at everything once. `at` is the moment of the run on the company's clocks. Raises StoreDown; what the tools
    refuse is noted."""
    notes: list[str] = []
    try:
        data = state(desk)
    except Refused as refused:
        data = State((), "", None)
        notes.append(f"the state of the data could not be read: {refused.code}")
    watched = look(agent, desk, watches(agent, desk.access, desk.calendar))
    cool_down = timedelta(hours=agent.cool_down_hours)
    known = incidents.recent(store, agent.name, at - cool_down)
    before = incidents.last_access(store, agent.name)
    book = FactBook()
    judged = [_judged(desk, s, data, book, before, occasions(s.watch.window)) for s in watched.sightings]
    matters = {matter.key: matter for matter in matters_of(desk.catalog, data, judged)}
    seen = [_seen(matter, at) for matter in matters.values()]
    points = _points(watched, known, bool(data.receipt), at)
    done = incidents.steps(agent.name, known, seen, points, at, cool_down)
    documents = [
        _addressed(agent, desk, book, step, matters.get(step.seen.keys[0]) if step.seen else None, at)
        for step in done
        if step.event != "silent"
    ]
    access = desk.access.key

    def remember(transaction: Transaction) -> None:
        incidents.write(transaction, done, agent.name, at, access)

    return Findings(tuple(documents), remember, (*notes, *watched.notes))


def _judged(
    desk: Desk, sighting: Sighting, data: State, book: FactBook, before: str, occasions: tuple[str, ...]
) -> Judged:
    case = case_of(desk, sighting, data, book, before)
    evidence = run(case)
    return Judged(sighting, evidence, judge(case, evidence), occasions)


def matters_of(catalog: Catalog, data: State, judged: Sequence[Judged]) -> list[Matter]:
    """What belongs together: faults by feed or table, with the changes that rest on them; other changes by family."""
    faults = {f.key: [g for g in data.faults if g.key == f.key and g.serious] for f in data.faults if f.serious}
    under: dict[str, list[Judged]] = {}
    own: list[Judged] = []
    for item in judged:
        decisive = [e.fault for e in item.evidence if e.weight == "conclusive" and e.fault]
        if decisive and item.verdict.name in ("data_fault", "mixed"):
            key = next((f.key for f in decisive if f.key in faults), decisive[0].key)
            faults.setdefault(key, list(decisive))
            under.setdefault(key, []).append(item)
        else:
            own.append(item)
    found = [Matter(key, tuple(faults[key]), tuple(_led(under.get(key, []))), data.receipt) for key in faults]
    for family in _families(catalog, own):
        led = _led(family)
        found.append(Matter(f"metric:{led[0].sighting.watch.metric.name}", (), tuple(led), data.receipt))
    return found


def _led(judged: Sequence[Judged]) -> list[Judged]:
    """The lead first: the whole before slices, then whatever is furthest beyond its threshold."""
    return sorted(judged, key=lambda j: (j.verdict.name == "data_fault", bool(j.sighting.slice), -j.sighting.beyond))


def _families(catalog: Catalog, judged: Sequence[Judged]) -> list[list[Judged]]:
    """Changes of metrics that are made of one another, or drive one another, are one."""
    families: list[list[Judged]] = []
    for item in judged:
        joined = [f for f in families if any(related(catalog, item, other) for other in f)]
        merged = [item, *(other for f in joined for other in f)]
        families = [f for f in families if f not in joined] + [merged]
    return families


def related(catalog: Catalog, one: Judged, other: Judged) -> bool:
    """Is one metric made of the other, do they share an input, or does one drive the other?"""
    first, second = one.sighting.watch.metric, other.sighting.watch.metric
    inputs = [{part.name for part in catalog.inputs_of(metric)} for metric in (first, second)]
    return bool(inputs[0] & inputs[1]) or first.name in second.drivers or second.name in first.drivers


def _seen(matter: Matter, at: datetime) -> Seen:
    names = [f"metric:{j.sighting.watch.metric.name}" for j in matter.judged]
    keys = (matter.key,) if matter.faults else tuple(dict.fromkeys((matter.key, *names)))
    windows = [j.sighting.watch.window.end.isoformat() for j in matter.judged]
    point = at.date().isoformat() if matter.faults else max(windows)
    lead = matter.judged[0] if matter.judged else None
    found = [f"{f.check}:{f.subject}" for f in matter.faults]
    found += [f"{check}" for check in (lead.verdict.rests_on if lead and lead.verdict.name != "business" else ())]
    figure = round(float(lead.sighting.change_pct), 6) if lead else None
    return Seen(keys, point, Told(matter.verdict, figure, tuple(dict.fromkeys(found)), matter.metrics))


def _points(watched: Watched, known: Sequence[Incident], data: bool, at: datetime) -> Mapping[str, str]:
    """At which point each known thing was looked for."""
    points: dict[str, str] = {}
    for watch in watched.judged:
        key = f"metric:{watch.metric.name}"
        points[key] = max(points.get(key, ""), watch.window.end.isoformat())
    for incident in known:
        if data and not incident.key.startswith("metric:"):
            points[incident.key] = at.date().isoformat()
    return points


def _addressed(agent: Agent, desk: Desk, book: FactBook, step: Step, matter: Matter | None, at: datetime) -> Addressed:
    incident = step.incident
    if matter is None:
        document = thread.resolution(agent, desk, book, incident, at)
    elif step.event == "opened":
        document = thread.opening(agent, desk, book, incident, matter, at)
    else:
        document = thread.update(agent, desk, book, step, matter, at)
    return Addressed(
        document=document,
        users=agent.deliver.email,
        channels=agent.deliver.slack,
        thread_key=document.key,
        reply_to="" if step.event == "opened" else incident.thread,
        needs=_needs(agent, desk.access, matter, incident),
    )


def _needs(agent: Agent, access: Access, matter: Matter | None, incident: Incident) -> tuple[str, ...]:
    """What a reader must be allowed to see: the metrics, and the dimensions of slices, causes and contributions."""
    metrics = [m for m in (matter.metrics if matter else incident.told.metrics) if m in access.metrics]
    dimensions: list[str] = []
    for item in matter.judged if matter else ():
        dimensions += [name for name, _ in item.sighting.slice]
        dimensions += [name for where, _ in causes(agent, item.sighting) for name, _ in where]
        dimensions += [str(split["dimension"]) for split in best_splits(agent, item.sighting)]
    return tuple(dict.fromkeys([*metrics, *dimensions]))
