"""The signal kind of agent: entities with something in the last finished period, or down from the one before.

The agent's own rights find them and whose they are; what an owner gets is read again under the owner's rights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from agents.audience import principal_of
from agents.claims import Sentence, canonical
from agents.desk import Desk, Refused, Result, exact
from agents.document import Cell, Document, Figure, Section, Table, Words
from agents.facts import Fact, FactBook, FactKind, Period
from agents.findings import Addressed, Findings
from agents.health.naming import called
from agents.narration.words import entity_sentence, ref, tone_of
from agents.periods import finished_period, period_before
from agents.report.report import scope_of
from agents.report.sayings import Sayings
from catalog.agents import Agent, Signal
from catalog.metrics import Metric

SPOKEN = 3
"""Entities that are told in sentences; all are in the table."""
HUNDRED = Decimal(100)
NOBODY = "These have no owner who is a known user."


@dataclass(frozen=True)
class _Hit:
    """One entity to speak of."""

    name: str
    owner: str
    value: Decimal
    prior: Decimal | None

    @property
    def lost(self) -> Decimal:
        """How far it fell; zero where nothing is compared."""
        return self.prior - self.value if self.prior is not None else Decimal(0)


@dataclass(frozen=True)
class _Run:
    agent: Agent
    signal: Signal
    metric: Metric
    desk: Desk
    period: Period
    at: datetime

    @property
    def key(self) -> str:
        """What every document of this period begins with."""
        return f"{self.agent.name}/{self.period.start.isoformat()}"


def signal_documents(agent: Agent, desk: Desk, at: datetime) -> Findings:
    """A document for each owner of an entity to speak of, or one for the agent's recipients where the entry names no
    owners. Raises agents.desk.Refused, and ValueError for an agent without a signal."""
    signal = agent.signal
    metric = desk.catalog.metrics.get(signal.metric) if signal else None
    if signal is None or metric is None:
        raise ValueError(f"agent {agent.name} has no signal over a known metric")
    run = _Run(agent, signal, metric, desk, finished_period(agent.grain, desk.calendar), at)
    found = _read(run, desk, with_owner=agent.owner is not None)
    if not found.rows and found.as_of is not None and found.as_of < run.period.end:
        return Findings((), notes=(f"{metric.name} reaches only to {found.as_of}",), wait=True)
    hits = _hits(run, found)
    if not hits:
        return Findings((), notes=(f"nothing to say of {metric.name}",))
    if agent.owner is None or not agent.deliver.owner:
        return Findings((_addressed(run, desk, hits, found, ""),))
    return _by_owner(run, hits)


def _by_owner(run: _Run, hits: Sequence[_Hit]) -> Findings:
    documents: list[Addressed] = []
    notes: list[str] = []
    left: list[_Hit] = []
    for owner in sorted({hit.owner for hit in hits}):
        theirs = [hit for hit in hits if hit.owner == owner]
        principal = principal_of(owner, run.desk.catalog)
        if principal is None:
            left += theirs
            continue
        own = _under(run, run.desk.as_principal(principal), theirs, notes)
        if own is None:
            left += theirs
        else:
            documents.append(Addressed(own, (owner,), thread_key=f"{run.key}/{owner}", own=True))
    if left:
        documents += _unowned(run, left, notes)
    return Findings(tuple(documents), notes=tuple(notes))


def _unowned(run: _Run, left: Sequence[_Hit], notes: list[str]) -> list[Addressed]:
    """What has no owner goes to the agent's own recipients, each under their rights; to channels under the agent's."""
    documents: list[Addressed] = []
    for user in run.agent.deliver.email:
        principal = principal_of(user, run.desk.catalog)
        own = _under(run, run.desk.as_principal(principal), left, notes, NOBODY) if principal else None
        if own is not None:
            documents.append(Addressed(own, (user,), thread_key=f"{run.key}/unowned/{user}", own=True))
    if run.agent.deliver.slack:
        whole = _under(run, run.desk, left, notes, NOBODY)
        if whole is not None:
            needs = (run.metric.name, run.signal.by)
            key = f"{run.key}/unowned"
            documents.append(Addressed(whole, channels=run.agent.deliver.slack, thread_key=key, needs=needs))
    if not documents:
        notes.append(f"{len(left)} entities have no owner who is a known user, and nobody else to tell")
    return documents


def _under(run: _Run, desk: Desk, hits: Sequence[_Hit], notes: list[str], why: str = "") -> Document | None:
    """The document as somebody may see it; None where they may see nothing of it."""
    wanted = {hit.name for hit in hits}
    try:
        found = _read(run, desk, with_owner=False)
    except Refused as refused:
        notes.append(f"{desk.principal.user} could not be told: {refused.code}")
        return None
    seen = [hit for hit in _hits(run, found) if hit.name in wanted]
    return _document(run, desk, seen, found, why) if seen else None


def _read(run: _Run, desk: Desk, *, with_owner: bool) -> Result:
    """The metric by entity over the period. Raises Refused."""
    signal = run.signal
    by = [signal.by, *([run.agent.owner] if with_owner and run.agent.owner else [])]
    return desk.query(
        f"{run.metric.label} by {signal.by}",
        metrics=[run.metric.name],
        group_by=by,
        start=run.period.start,
        end=run.period.end,
        compare_to="prior_period" if signal.drop_pct is not None else None,
    )


def _hits(run: _Run, found: Result) -> list[_Hit]:
    """Entities beyond the limit; the largest first."""
    read = (_hit(run, row) for row in found.rows)
    hits = [hit for hit in read if hit is not None and _beyond(run.signal, hit)]
    return sorted(hits, key=lambda hit: (-hit.lost, -hit.value, hit.name))


def _hit(run: _Run, row: Mapping[str, Any]) -> _Hit | None:
    name, value = row.get(run.signal.by), exact(row.get(run.metric.name))
    if name is None or value is None:
        return None
    owner = row.get(run.agent.owner) if run.agent.owner else None
    return _Hit(str(name), str(owner or ""), value, exact(row.get(f"{run.metric.name}__prior")))


def _beyond(signal: Signal, hit: _Hit) -> bool:
    if signal.above is not None:
        return hit.value > Decimal(str(signal.above))
    if signal.drop_pct is None or hit.prior is None or hit.prior <= 0 or hit.prior < Decimal(str(signal.min_base)):
        return False
    return hit.lost >= hit.prior * Decimal(str(signal.drop_pct)) / HUNDRED


def _addressed(run: _Run, desk: Desk, hits: Sequence[_Hit], found: Result, why: str) -> Addressed:
    return Addressed(_document(run, desk, hits, found, why), needs=(run.metric.name, run.signal.by))


def _document(run: _Run, desk: Desk, hits: Sequence[_Hit], found: Result, why: str) -> Document:
    facts, sayings = FactBook(), Sayings()
    shown = hits[: run.signal.most]
    rows: list[tuple[Cell, ...]] = []
    said: list[Sentence] = []
    for n, hit in enumerate(shown):
        value, prior, change, pct = _facts(run, hit, found, facts)
        tone = tone_of(change.value, run.metric.direction) if change else "neutral"
        compared = (Figure(prior.id), Figure(pct.id, signed=True, tone=tone)) if prior and pct else ()
        rows.append((Words(hit.name), Figure(value.id), *compared))
        if n < SPOKEN:
            wording = (
                entity_sentence(value, change, pct)
                if change
                else f"{ref(value, 'where')}: {ref(value)} ({ref(value, 'name')})."
            )
            told = (value, change, pct)
            said.append(canonical(sayings.say("entity", told, wording, weight=20 - n, tone=tone)))
    before = ("Before", "Change") if run.signal.drop_pct is not None else ()
    table = Table(run.metric.label, ("", "Value", *before), tuple(rows))
    more = f"The list shows the first of them; {run.metric.label} by {run.signal.by} shows all."
    return Document(
        agent=run.agent.name,
        key=f"{run.key}/{desk.principal.user}",
        heading=run.agent.title,
        title=_title(run, desk, hits, found, facts, sayings),
        at=run.at,
        sections=(Section("entities", run.agent.title, tuple(said), (table,), tone="bad"),),
        facts=facts,
        claims=sayings.claims,
        label=why,
        scope=scope_of(desk),
        link=desk.catalog.agents.dashboard,
        notes=(f"{run.metric.label}: {run.metric.formula_text}", *((more,) if len(hits) > len(shown) else ())),
    )


def _facts(run: _Run, hit: _Hit, found: Result, facts: FactBook) -> tuple[Fact, Fact | None, Fact | None, Fact | None]:
    metric, before = run.metric, period_before(run.period, run.desk.calendar)

    def fact(kind: FactKind, value: Decimal, unit: str, period: Period) -> Fact:
        return facts.add(
            metric=metric.name,
            label=metric.label,
            period=period,
            kind=kind,
            value=value,
            unit=unit,
            slice=((run.signal.by, hit.name),),
            receipt=found.receipt,
            trust=found.trust,
            direction=metric.direction,
        )

    value = fact("value", hit.value, metric.unit, run.period)
    if hit.prior is None or not hit.prior or run.signal.drop_pct is None:
        return value, None, None, None
    return (
        value,
        fact("prior", hit.prior, metric.unit, before),
        fact("change", -hit.lost, metric.unit, run.period),
        fact("change_pct", -hit.lost / abs(hit.prior), "ratio", run.period),
    )


def _title(run: _Run, desk: Desk, hits: Sequence[_Hit], found: Result, facts: FactBook, sayings: Sayings) -> Sentence:
    """How many there are, beyond which limit."""
    metric, signal = run.metric, run.signal
    table = desk.catalog.dimensions[signal.by].table

    def fact(name: str, kind: FactKind, value: Decimal, unit: str, of: str = "") -> Fact:
        return facts.add(
            metric=of, label=name, period=run.period, kind=kind, value=value, unit=unit, receipt=found.receipt,
            trust=found.trust,
        )  # fmt: skip

    count = fact(called(table, len(hits)), "count", Decimal(len(hits)), "count")
    if signal.above is not None:
        limit = fact(metric.label, "low", Decimal(str(signal.above)), metric.unit, metric.name)
        beyond = f"{{{limit.id}:name}} above {{{limit.id}}}"
    else:
        limit = fact(metric.label, "rate", Decimal(str(signal.drop_pct)) / HUNDRED, "ratio", metric.name)
        beyond = f"{{{limit.id}:name}} down by {{{limit.id}}} or more from the period before"
    text = f"{{{count.id}}} {{{count.id}:name}} had {beyond} in {{{count.id}:when}}."
    return canonical(sayings.say("headline", (count, limit), text, must=True, weight=90, tone="bad"))
