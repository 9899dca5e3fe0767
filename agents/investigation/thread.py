"""An incident → the messages of its thread: what happened, whether it is the data or the business, why, what to do.

Every number is a fact from a structured result of a tool. Contributions are taken from one dimension at a time and add
up, with the rest, to the change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from agents.claims import Claim, Sentence, canonical, used_facts
from agents.desk import Desk, Refused, exact
from agents.document import Cell, Chart, Document, Figure, Section, Table, Words
from agents.facts import Fact, FactBook, Period
from agents.investigation.checks import Evidence, fault_claim
from agents.investigation.contributions import best_splits, cause_claims, contributions, fact_of, fraction
from agents.investigation.faults import CheckId, Fault
from agents.investigation.incidents import Incident, Step
from agents.investigation.verdict import WORDS, Verdict, verdict_claim
from agents.investigation.watch import Sighting, series, tone
from agents.narration.words import anomaly_sentence, change_sentence, year_sentence
from catalog.agents import Agent

CHART_PERIODS = 26
CHECK_WORDS: Mapping[CheckId, str] = {
    "freshness": "Feeds have loaded",
    "partial_load": "Days are whole",
    "row_count": "Rows by day are usual",
    "nulls": "Values are there",
    "duplicates": "Nothing is counted twice",
    "schema_drift": "Columns are unchanged",
    "reconciliation": "Ties out to the source",
    "restatement": "Not reported again",
    "unit_factor": "Slices moved differently",
    "silent_source": "Every system brought rows",
    "definition_change": "Definition is unchanged",
    "policy_change": "Rights are unchanged",
    "unfinished_period": "The period is over",
}
MEASURED_BY: Mapping[CheckId, str] = {"freshness": "freshness_attainment", "duplicates": "duplicate_rate"}
"""Which figure of the data itself a fault shows in; of others, the quality score."""
OUTCOME_WORDS = {"found": "no", "clean": "yes", "unknown": "could not look"}


@dataclass(frozen=True)
class Judged:
    """A sighting with its evidence and verdict, and the holidays in its period."""

    sighting: Sighting
    evidence: tuple[Evidence, ...]
    verdict: Verdict
    occasions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Matter:
    """What one incident is about now: faults of a feed or table, changes of figures, or both; the lead change first."""

    key: str
    faults: tuple[Fault, ...] = ()
    judged: tuple[Judged, ...] = ()
    receipt: str = ""

    @property
    def metrics(self) -> tuple[str, ...]:
        """The figures it touches, those that moved first."""
        moved = [j.sighting.watch.metric.name for j in self.judged]
        return tuple(dict.fromkeys([*moved, *(name for f in self.faults for name in f.metrics)]))

    @property
    def verdict(self) -> str:
        """The verdict of the incident."""
        if not self.judged:
            return "data_fault"
        return self.judged[0].verdict.name


@dataclass
class _Draft:
    """Facts and claims of one document."""

    agent: Agent
    desk: Desk
    book: FactBook
    claims: dict[str, Claim] = field(default_factory=dict[str, Claim])

    def say(self, claim: Claim) -> Sentence:
        """Write a claim down; its sentence."""
        self.claims[claim.id] = claim
        return canonical(claim)


def opening(agent: Agent, desk: Desk, book: FactBook, incident: Incident, matter: Matter, at: datetime) -> Document:
    """The message that starts the thread."""
    draft = _Draft(agent, desk, book)
    title = _headline(draft, matter)
    sections = [s for s in _sections(draft, matter) if s.sentences or s.tables or s.charts]
    return _document(draft, incident, matter, title, at, sections, incident.thread)


def update(agent: Agent, desk: Desk, book: FactBook, step: Step, matter: Matter, at: datetime) -> Document:
    """The message that says what is new: the verdict, the figure, or what else it touches."""
    draft = _Draft(agent, desk, book)
    incident, before = step.incident, step.before
    title = _headline(draft, matter)
    news: list[Sentence] = []
    if before and before.verdict != matter.verdict:
        text = f"It was held to be {WORDS[_name(before.verdict)]}; it is now held to be {WORDS[_name(matter.verdict)]}."
        news.append(draft.say(Claim("new-verdict", "data_fault", (), text, must=True, weight=9.0)))
    added = [name for name in matter.metrics if before and name not in before.metrics]
    tables = (Table("Also touched now", ("Figure",), _names(draft, added)),) if added else ()
    if before and before.figure is not None and matter.judged:
        old = fact_of(book, matter.judged[0].sighting, "change_pct", fraction(before.figure), unit="ratio")
        text = f"The change that was told before was {{{old.id}:signed}}."
        news.append(draft.say(Claim("told-before", "restatement", (old.id,), text, weight=6.0)))
    first = Section("news", "What is new", tuple(news), tables, tone="bad")
    sections = [s for s in (first, *_sections(draft, matter)) if s.sentences or s.tables or s.charts]
    return _document(draft, incident, matter, title, at, sections, f"{incident.thread}:{incident.messages}")


def resolution(agent: Agent, desk: Desk, book: FactBook, incident: Incident, at: datetime) -> Document:
    """The message that ends the thread."""
    draft = _Draft(agent, desk, book)
    kind, _, subject = incident.key.partition(":")
    metric = desk.access.metrics.get(subject) if kind == "metric" else None
    name = metric.label if metric else subject
    end = Period(at.date(), at.date(), "day")
    opened = Decimal((at.date() - incident.opened_at.date()).days)
    age = book.add(
        metric=subject, label=f"age of the incident of {name}", period=end, kind="age", value=opened, unit="days"
    )
    words = "is back to normal" if kind != "metric" else "has been inside its range again for two periods in a row"
    title = draft.say(Claim("resolved", "quiet", (), f"{name} {words}.", must=True, weight=10.0, tone="good"))
    text = f"The incident was open for {{{age.id}}}; this thread ends here."
    last = draft.say(Claim("age", "level", (age.id,), text, weight=1.0))
    matter = Matter(incident.key)
    sections = [Section("resolved", "Resolved", (title, last), tone="good")]
    return _document(draft, incident, matter, title, at, sections, f"{incident.thread}:{incident.messages}")


def _document(
    draft: _Draft,
    incident: Incident,
    matter: Matter,
    title: Sentence,
    at: datetime,
    sections: Sequence[Section],
    key: str,
) -> Document:
    restated = bool(matter.faults) and all(f.check == "restatement" for f in matter.faults)
    doubtful = matter.verdict in ("data_fault", "mixed") and incident.state != "resolved"
    warning = "A closed period was changed" if restated else "Data at fault: do not act on the figures yet"
    return Document(
        agent=draft.agent.name,
        key=key,
        heading=draft.agent.title,
        title=title,
        at=at,
        sections=tuple(sections),
        facts=_used(draft, title, sections),
        claims=draft.claims,
        label=warning if doubtful else "",
        scope=draft.desk.access.scope or "",
        link=draft.desk.catalog.agents.dashboard,
    )


def _used(draft: _Draft, title: Sentence, sections: Sequence[Section]) -> dict[str, Fact]:
    """The facts that the document names, in the order in which they were found."""
    ids = {fact for claim in draft.claims.values() for fact in claim.facts} | set(used_facts(title.text))
    for section in sections:
        ids |= {fact for sentence in section.sentences for fact in used_facts(sentence.text)}
        cells = [cell for table in section.tables for row in table.rows for cell in row]
        ids |= {cell.fact for cell in cells if isinstance(cell, Figure)}
    return {fact.id: fact for fact in draft.book.values() if fact.id in ids}


def _headline(draft: _Draft, matter: Matter) -> Sentence:
    if matter.judged and (matter.verdict != "data_fault" or not matter.faults):
        return draft.say(_moved(draft, matter.judged[0]))
    if matter.faults:
        return draft.say(_fault(draft, matter.faults[0], matter))
    return draft.say(_moved(draft, matter.judged[0]))


def _fault(draft: _Draft, fault: Fault, matter: Matter) -> Claim:
    today = draft.desk.calendar.today
    return fault_claim(fault, draft.book, Period(today, today, "day"), matter.receipt)


def _moved(draft: _Draft, judged: Judged) -> Claim:
    """The change of one figure in one sentence."""
    sighting, book = judged.sighting, draft.book
    metric = sighting.watch.metric
    yearly = sighting.watch.compare_to == "prior_year"
    value = fact_of(book, sighting, "value", sighting.after)
    prior = fact_of(book, sighting, "year_ago" if yearly else "prior", sighting.before)
    size = fact_of(book, sighting, "yoy_pct" if yearly else "change_pct", sighting.change_pct, unit="ratio")
    said = year_sentence(value, prior, size) if yearly else change_sentence(value, prior, size)
    return Claim(
        id=f"moved-{metric.name}-{sighting.watch.grain}",
        kind="change",
        facts=(value.id, prior.id, size.id),
        sentence=said.sentence,
        variants=said.variants,
        must=True,
        weight=10.0,
        tone=tone(metric, sighting.after - sighting.before),
    )


def _sections(draft: _Draft, matter: Matter) -> Iterator[Section]:
    yield _what(draft, matter)
    yield _judgement(draft, matter)
    yield from _evidence(draft, matter)
    if matter.judged and matter.verdict in ("business", "mixed"):
        yield _drivers(draft, matter.judged[0])
    yield Section("next", "Next steps", tables=_next(draft, matter))
    yield Section("receipts", "Receipts", tables=_receipts(draft, matter))


def _what(draft: _Draft, matter: Matter) -> Section:
    """What is at fault or moved, with the chart of the lead figure."""
    said: list[Sentence] = [draft.say(_fault(draft, fault, matter)) for fault in matter.faults]
    said += [draft.say(_moved(draft, judged)) for judged in matter.judged]
    charts: list[Chart] = []
    if matter.judged:
        lead = matter.judged[0].sighting
        said += [draft.say(claim) for claim in _expected(draft, lead)]
        if occasions := matter.judged[0].occasions:
            text = f"{', '.join(occasions)} lies in the period, which may explain part of it."
            said.append(draft.say(Claim("calendar", "level", (), text, weight=6.5)))
        charts += _chart(draft, lead, canonical(_moved(draft, matter.judged[0])))
    still = [name for name in matter.metrics if all(j.sighting.watch.metric.name != name for j in matter.judged)]
    tables = (Table("Figures that rest on it", ("Figure",), _names(draft, still)),) if still and matter.faults else ()
    return Section("what", "What happened", tuple(dict.fromkeys(said)), tables, tuple(charts), tone="bad")


def _names(draft: _Draft, names: Sequence[str]) -> tuple[tuple[Cell, ...], ...]:
    metrics = draft.desk.access.metrics
    return tuple((Words(metrics[name].label if name in metrics else name),) for name in names)


def _expected(draft: _Draft, sighting: Sighting) -> Iterator[Claim]:
    low, high = exact(sighting.explained["expected_low"]), exact(sighting.explained["expected_high"])
    if low is not None and high is not None and sighting.whole:
        value = fact_of(draft.book, sighting, "value", sighting.after)
        bounds = fact_of(draft.book, sighting, "low", low), fact_of(draft.book, sighting, "high", high)
        said = anomaly_sentence(value, *bounds)
        ids = (value.id, *(bound.id for bound in bounds))
        yield Claim("expected", "anomaly", ids, said.sentence, said.variants, weight=7.0)


def _chart(draft: _Draft, sighting: Sighting, alt: Sentence) -> Iterator[Chart]:
    watch, calendar = sighting.watch, draft.desk.calendar
    first = calendar.next_start(watch.grain, watch.window.start, 1 - CHART_PERIODS)
    where = [{"dimension": dimension, "op": "=", "value": member} for dimension, member in sighting.slice]
    try:
        points = series(draft.desk, watch, Period(first, watch.window.end), where)
    except Refused:
        return
    low, high = exact(sighting.explained["expected_low"]), exact(sighting.explained["expected_high"])
    yield Chart(
        id=f"series-{watch.metric.name}",
        kind="line",
        title=watch.metric.label,
        alt=alt,
        unit=watch.metric.unit,
        points=tuple(points),
        band=(low, high) if low is not None and high is not None and sighting.whole else None,
        marked=(watch.window.start,),
    )


def _judgement(draft: _Draft, matter: Matter) -> Section:
    said: list[Sentence] = []
    for judged in matter.judged[:1]:
        said.append(draft.say(verdict_claim(judged.verdict)))
        said += [draft.say(claim) for claim in judged.verdict.claims]
    if not matter.judged:
        text = "This is a data fault; no figure is beyond its threshold because of it so far."
        if all(fault.check == "restatement" for fault in matter.faults):
            text = "The source changed a closed period after it was told: what was told before no longer holds."
        said.append(draft.say(Claim("verdict", "data_fault", (), text, must=True, weight=8.0)))
    return Section("verdict", "Data or business", tuple(said))


def _evidence(draft: _Draft, matter: Matter) -> Iterator[Section]:
    """Every check of the lead change: what it asks, whether it holds, and about what it does not."""
    for judged in matter.judged[:1]:
        said = [draft.say(e.claim) for e in judged.evidence if e.claim]
        rows: list[tuple[Cell, ...]] = [
            (Words(CHECK_WORDS[e.check]), Words(OUTCOME_WORDS[e.outcome]), Words(e.subject or e.why))
            for e in judged.evidence
        ]
        table = Table("What was looked at", ("Check", "Holds", "About"), tuple(rows))
        yield Section("evidence", "Evidence", tuple(dict.fromkeys(said)), (table,))


def _drivers(draft: _Draft, judged: Judged) -> Section:
    """Causes, and the one dimension that shows the change best: contributions that add up with the rest."""
    sighting = judged.sighting
    said = [draft.say(claim) for claim in cause_claims(draft.agent, draft.book, sighting)]
    tables: list[Table] = []
    bars: list[Chart] = []
    for split in best_splits(draft.agent, sighting):
        parts, rest = contributions(draft.book, sighting, split)
        cells: list[tuple[Cell, ...]] = [
            (Words(part.slice[-1][1]), Figure(part.id, signed=True, tone=tone(sighting.watch.metric, part.value)))
            for part in parts
        ]
        cells.append((Words("the rest"), Figure(rest.id, signed=True)))
        label = draft.desk.access.dimensions[split["dimension"]].label
        title = f"Contributions by {label}"
        tables.append(Table(title, (label, "Adds to the change"), tuple(cells)))
        shown = tuple((part.slice[-1][1], part.value) for part in parts)
        alt = said[0] if said else canonical(_moved(draft, judged))
        unit = sighting.watch.metric.unit
        bars.append(Chart(f"contributions-{split['dimension']}", "bars", title, alt, unit, bars=shown))
    return Section("drivers", "Where it comes from", tuple(said), tuple(tables), tuple(bars[:1]))


def _next(draft: _Draft, matter: Matter) -> tuple[Table, ...]:
    """What to do: whom to ask about the data, what explain_number advises, the playbooks."""
    catalog = draft.desk.catalog
    steps: list[str] = []
    for name in dict.fromkeys(f.feed for f in matter.faults if f.feed):
        source = catalog.sources.get(name)
        steps += (
            [f"Ask {source.owner} about {source.label or name}; do not act on the figures before it is settled."]
            if source
            else []
        )
    for name in dict.fromkeys(f.table for f in matter.faults if f.table and not f.feed):
        table = catalog.tables.get(name)
        steps += [f"Ask {table.owner} about {name}; do not act on the figures before it is settled."] if table else []
    told = [name for fault in matter.faults for name in (fault.feed, fault.table) if name]
    for judged in matter.judged[:1]:
        advised = [str(step) for step in judged.sighting.explained["next_steps"]]
        steps += [step for step in advised if not any(name in step for name in told)]
    steps += _playbooks(draft, matter)
    rows: tuple[tuple[Cell, ...], ...] = tuple((Words(step),) for step in dict.fromkeys(steps))
    return (Table("What to do", ("Step",), rows),) if rows else ()


def _playbooks(draft: _Draft, matter: Matter) -> Iterator[str]:
    """Playbooks of the metrics that measure the data itself."""
    catalog = draft.desk.catalog
    kinds = {MEASURED_BY.get(fault.check, "quality_score") for fault in matter.faults}
    measures = {name for name, metric in catalog.metrics.items() if metric.operational in kinds}
    for book in catalog.playbooks.values():
        if measures & set(book.metrics):
            yield f"Follow the playbook '{book.title}' ({book.name})."


def _receipts(draft: _Draft, matter: Matter) -> tuple[Table, ...]:
    """Receipts of answers that hold without a number; every number carries its own."""
    shown = {draft.book[fact].receipt for claim in draft.claims.values() for fact in claim.facts}
    rows: list[tuple[Cell, ...]] = []
    if matter.faults and matter.receipt and matter.receipt not in shown:
        rows.append((Words("State of the data"), Words(matter.receipt)))
    return (Table("Receipts", ("Answer", "Receipt"), tuple(rows)),) if rows else ()


def _name(verdict: str) -> Any:
    return verdict if verdict in WORDS else "undetermined"
