"""One report: an entry of agents.yml and a moment → the document that goes out, and what to remember of it.

Figures first, then why they moved, what is open, whom to know about, what changed since the last report, and how far
the data can be trusted. Each part is made by a module beside this one; this one decides what leads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from agents.claims import Claim, Sentence, canonical
from agents.desk import Desk
from agents.document import Cell, Chart, Document, Figure, Section, Table, Words
from agents.facts import Fact, FactBook, Period
from agents.findings import Addressed, Findings
from agents.narration.words import entity_sentence, tone_of
from agents.periods import finished_period
from agents.report.breakdown import breakdown, distributions
from agents.report.drivers import Why, explained
from agents.report.entities import Moved, moved_entities
from agents.report.kpis import Kpi, chosen_metrics, read_kpi
from agents.report.reported import Restated, restated, tell, told_before
from agents.report.sayings import Sayings, is_nothing, size_of
from agents.report.trust import trust_claims, warning
from agents.store import Store, Transaction
from catalog.agents import Agent

EARLIER = {"day": "vs day before", "week": "vs week before", "month": "vs month before", "quarter": "vs quarter before"}
MOST_EXPLAINED = 12
"""Figures asked why; each takes some 0.2 s on the demo."""
IncidentClaims = Callable[[Sayings, FactBook, Period], Sequence[Claim]]


@dataclass(frozen=True)
class _Read:
    """Everything a report rests on."""

    period: Period
    kpis: tuple[Kpi, ...]
    why: Mapping[str, Why]
    moved: tuple[Moved, ...]
    restated: tuple[Restated, ...]


def make_report(
    agent: Agent, desk: Desk, store: Store, at: datetime, incidents: IncidentClaims | None = None
) -> Findings:
    """The report of `agent` as this desk's principal sees it. `at` is the moment it is made (the company's). Raises
    StoreDown."""
    facts, sayings = FactBook(), Sayings()
    read = _read(agent, desk, store, at, facts)
    status = desk.status()
    trust = trust_claims(status, read.kpis, read.period, sayings, facts)
    title, sections = _sections(agent, read, sayings, facts, trust, incidents, desk)
    document = Document(
        agent=agent.name,
        key=f"{agent.name}/{read.period.start.isoformat()}",
        heading=agent.title,
        title=title,
        at=at,
        sections=tuple(section for section in sections if _says_something(section)),
        facts=facts,
        claims=sayings.claims,
        label=warning(read.kpis),
        scope=scope_of(desk),
        link=desk.catalog.agents.dashboard,
        notes=tuple(f"{k.metric.label}: {k.metric.formula_text}" for k in read.kpis if k.value is not None),
    )

    def remember(transaction: Transaction) -> None:
        tell(transaction, agent.name, read.kpis, at)

    late = {feed for kpi in read.kpis for feed in kpi.late}
    red = any(source["status"] == "red" and source["name"] in late for source in status["sources"])
    return Findings((Addressed(document, needs=_needs(agent, read)),), remember, wait=red)


def scope_of(desk: Desk) -> str:
    """The rows this principal sees, in words; "" for all."""
    role = desk.access.role
    if not role.rows:
        return ""
    labels = [f.label.replace("{values}", ", ".join(desk.principal.attribute(f.attribute))) for f in role.rows]
    return ", ".join(labels)


def _read(agent: Agent, desk: Desk, store: Store, at: datetime, facts: FactBook) -> _Read:
    period = finished_period(agent.grain, desk.calendar)
    plan = desk.catalog.agents.targets
    metrics = [m for m in chosen_metrics(agent.metrics, desk) if not m.operational and not m.distribution]
    kpis = tuple(read_kpi(metric, period, desk, facts, plan) for metric in metrics)
    whole = [k for k in kpis if k.value is not None and k.change is not None and k.through is None]
    why = {k.metric.name: explained(k, period, agent.dimensions, desk, facts) for k in whole[:MOST_EXPLAINED]}
    entity = agent.entity if agent.entity in desk.access.dimensions else None
    moved = moved_entities(kpis, entity, period, desk, facts) if entity else []
    told = told_before(store, agent.name, at) if "restatements" in agent.parts else []
    again = restated(told, agent.grain, desk, facts)
    return _Read(period, kpis, why, tuple(moved), tuple(again))


def _sections(
    agent: Agent,
    read: _Read,
    sayings: Sayings,
    facts: FactBook,
    trust: Sequence[Claim],
    incidents: IncidentClaims | None,
    desk: Desk,
) -> tuple[Sentence, list[Section]]:
    stories = [_story(kpi, read.why.get(kpi.metric.name), sayings, facts, place) for place, kpi in enumerate(read.kpis)]
    told = [story for story in stories if story is not None]
    title = _title(told, read, trust, sayings, facts)
    makers: dict[str, Callable[[], Section]] = {
        "kpis": lambda: _kpi_section(read, sayings),
        "breakdown": lambda: breakdown(agent, read.kpis, read.period, desk, facts),
        "distribution": lambda: distributions(agent, read.period, desk, facts),
        "drivers": lambda: _driver_section(told, read),
        "incidents": lambda: (
            _plain("incidents", "Open incidents", incidents(sayings, facts, read.period), "bad")
            if incidents
            else Section("incidents", "")
        ),
        "entities": lambda: _entity_section(read, sayings),
        "restatements": lambda: _plain(
            "restatements",
            "Changed since we told you",
            [sayings.restated(item) for item in read.restated if item.by_definition is None and not item.old_version],
        ),
        "definitions": lambda: _plain(
            "definitions",
            "Definitions that changed",
            [sayings.restated(item) for item in read.restated if item.by_definition is not None or item.old_version],
        ),
        "trust": lambda: _plain("trust", "How far to trust these figures", trust),
    }
    return title, [makers[part]() for part in agent.parts if part in makers]


@dataclass(frozen=True)
class _Story:
    """What is said about one figure that moved."""

    kpi: Kpi
    why: Why
    change: Claim
    details: tuple[Claim, ...]


def _story(kpi: Kpi, why: Why | None, sayings: Sayings, facts: FactBook, place: int) -> _Story | None:
    """A figure beyond its threshold and its habit; other figures speak in the table only."""
    if why is None or why.verdict != "business_change" or is_nothing(kpi):
        return None
    weight = 50 - place
    change = sayings.moved(kpi, must=True, weight=weight)
    if change is None:
        return None
    details = [*sayings.drivers(kpi, why, weight - 0.1)]
    if outside := sayings.outside(kpi, why, weight - 0.2):
        details.append(outside)
    if record := sayings.record(kpi, facts, weight - 0.25):
        details.append(record)
    if plan := sayings.against_plan(kpi, weight - 0.3):
        details.append(plan)
    return _Story(kpi, why, change, tuple(details))


def _title(told: Sequence[_Story], read: _Read, trust: Sequence[Claim], sayings: Sayings, facts: FactBook) -> Sentence:
    """The bottom line: the first figure that moved and what explains it; else that nothing did."""
    if told:
        first = told[0]
        driver = next((c for c in first.details if c.kind == "driver"), None)
        opening = first.change.sentence.removesuffix(".")
        if driver is not None:
            return Sentence((first.change.id, driver.id), f"{opening}; {driver.sentence}")
        broad = next((c for c in first.details if c.kind == "broad"), None)
        return Sentence((first.change.id, broad.id), f"{opening}, broad-based.") if broad else canonical(first.change)
    doubtful = [c for c in trust if c.kind == "data_fault" and c.must]
    if doubtful:
        return canonical(doubtful[0])
    known = [k for k in read.kpis if k.value is not None]
    if not known or known[0].value is None:
        return canonical(sayings.say("quiet", (), "There are no figures for this period yet.", must=True))
    first = known[0]
    lead = sayings.moved(first, kind="headline", weight=90)
    quiet = "Every key figure is within its normal range"
    if lead is None:
        return canonical(sayings.say("quiet", (), f"{quiet}.", must=True, weight=80))
    claim = sayings.say("quiet", (), f"{quiet}.", must=True, weight=80)
    return Sentence((claim.id, lead.id), f"{quiet}: {lead.sentence}")


def _kpi_section(read: _Read, sayings: Sayings) -> Section:
    rows: list[tuple[Cell, ...]] = []
    charts: list[Chart] = []
    sparks: dict[int, str] = {}
    for kpi in read.kpis:
        if kpi.value is None:
            rows.append((Words(kpi.metric.label), Words(f"not available: {kpi.missing}"), None, None, None))
            continue
        name = kpi.metric.label + ("*" if kpi.through is not None else "")
        rows.append((Words(name), Figure(kpi.value.id), *_compared(kpi)))
        if len(kpi.series) > 2:
            moved = sayings.moved(kpi) or sayings.say(
                "level", (kpi.value,), f"{{{kpi.value.id}:name}} is {{{kpi.value.id}}}."
            )
            chart = Chart(
                f"spark-{kpi.metric.name}", "spark", kpi.metric.label, canonical(moved), kpi.metric.unit, kpi.series
            )
            charts.append(chart)
            sparks[len(rows) - 1] = chart.id
    columns = ("", "Value", EARLIER.get(str(read.period.grain), "vs before"), "vs year before", "vs plan")
    table = Table("", columns, tuple(rows), sparks)
    notes = [sayings.so_far(k.value) for k in read.kpis if k.value and k.through]
    return Section("kpis", "Key figures", tuple(map(canonical, notes)), (table,), tuple(charts))


def _compared(kpi: Kpi) -> tuple[Cell, Cell, Cell]:
    size = size_of(kpi)

    def cell(fact: Fact | None) -> Cell:
        if fact is None:
            return None
        return Figure(fact.id, signed=True, tone=tone_of(fact.value, kpi.metric.direction))

    return cell(size), cell(kpi.yoy), cell(kpi.target_pct)


def _driver_section(told: Sequence[_Story], read: _Read) -> Section:
    sentences: list[Sentence] = []
    charts: list[Chart] = []
    for story in told:
        sentences += [canonical(story.change), *map(canonical, story.details)]
        if len(charts) < 4:
            charts += _charts(story)
    if not told:
        return Section("drivers", "")
    bad = any(story.change.tone == "bad" for story in told)
    return Section("drivers", "What changed and why", tuple(sentences), (), tuple(charts), "bad" if bad else "neutral")


def _charts(story: _Story) -> list[Chart]:
    kpi, why = story.kpi, story.why
    band = (why.low.value, why.high.value) if why.low and why.high else None
    marked = (kpi.series[-1][0],) if kpi.series else ()
    line = Chart(
        f"line-{kpi.metric.name}",
        "line",
        kpi.metric.label,
        canonical(story.change),
        kpi.metric.unit,
        kpi.series,
        band=band,
        marked=marked,
    )
    driver = next((c for c in story.details if c.kind in ("driver", "broad")), None)
    if driver is None or len(why.bars) < 2:
        return [line]
    title = f"Change of {kpi.metric.label} by {why.dimension.replace('_', ' ')}"
    bars = Chart(f"bars-{kpi.metric.name}", "bars", title, canonical(driver), kpi.metric.unit, bars=why.bars)
    return [line, bars]


def _entity_section(read: _Read, sayings: Sayings) -> Section:
    if not read.moved:
        return Section("entities", "")
    rows: list[tuple[Cell, ...]] = []
    for item in read.moved:
        v, c = item.value.id, item.change.id
        tone = tone_of(item.change.value, item.change.direction)
        name = item.value.slice[0][1]
        pct = Figure(item.change_pct.id, signed=True, tone=tone) if item.change_pct else None
        rows.append((Words(name), Figure(v), Figure(c, signed=True, tone=tone), pct))
    first = read.moved[0]
    said = [canonical(sayings.say("entity", (e.value, e.change), entity_sentence(e.value, e.change))) for e in (first,)]
    label = first.value.label
    table = Table(f"{label} of those who moved most", ("", "Value", "Change", "Change %"), tuple(rows))
    return Section("entities", "Customers to know about", tuple(said), (table,))


def _plain(name: str, heading: str, claims: Sequence[Claim], tone: str = "neutral") -> Section:
    ordered = sorted(claims, key=lambda claim: -claim.weight)
    bad = tone == "bad" or any(claim.tone == "bad" for claim in ordered)
    return Section(name, heading if ordered else "", tuple(map(canonical, ordered)), tone="bad" if bad else "neutral")


def _says_something(section: Section) -> bool:
    return bool(section.sentences or section.tables or section.charts)


def _needs(agent: Agent, read: _Read) -> tuple[str, ...]:
    """Metrics and dimensions that a reader must be allowed to see."""
    metrics = [k.metric.name for k in read.kpis]
    dimensions = {d for why in read.why.values() for driver in (*why.drivers, *why.offsets) for d, _ in driver.where}
    dimensions |= {why.dimension for why in read.why.values() if why.bars and why.verdict == "business_change"}
    dimensions |= {agent.entity} if agent.entity and read.moved else set()
    return (*metrics, *sorted(d for d in dimensions if d))
