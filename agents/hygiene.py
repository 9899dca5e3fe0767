"""The hygiene kind of agent: the state of the data over a period, feed by feed, with what to repair first.

It says what fetch_reconciliation_status says to the user it runs as, and how the operational metrics stand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from agents.claims import Claim, Sentence, canonical
from agents.desk import Desk, Refused, exact
from agents.document import Cell, Document, Figure, Section, Table, Words
from agents.facts import Fact, FactBook, FactKind, Period
from agents.findings import Addressed, Findings
from agents.periods import finished_period
from agents.report.report import scope_of
from agents.report.sayings import Sayings
from agents.report.trust import trust_claims
from agents.store import Store
from catalog.agents import Agent

STATES = {"green": "in order", "amber": "late", "red": "failing"}


def hygiene_findings(agent: Agent, desk: Desk, store: Store, at: datetime) -> Findings:
    """One hygiene report. Raises agents.desk.Refused."""
    facts, sayings = FactBook(), Sayings()
    period = finished_period(agent.grain, desk.calendar)
    status = desk.status()
    write = _Writer(facts, period, str(status["receipt"]))
    claims = trust_claims(status, (), period, sayings, facts)
    sections = (
        _standing(agent, desk, facts, period, status, sayings),
        Section("findings", "What needs repair", tuple(map(canonical, _ranked(claims))), tone=_tone(claims)),
        _feeds(status, write),
        _differences(status, write),
        _restated(status, write, sayings),
        _duplicates(status, write, sayings),
    )
    document = Document(
        agent=agent.name,
        key=f"{agent.name}/{period.start.isoformat()}",
        heading=agent.title,
        title=_title(status, claims, sayings, write),
        at=at,
        sections=tuple(s for s in sections if s.sentences or s.tables),
        facts=facts,
        claims=sayings.claims,
        scope=scope_of(desk),
        link=desk.catalog.agents.dashboard,
    )
    return Findings((Addressed(document, needs=agent.metrics),))


class _Writer:
    """Facts about the data itself."""

    def __init__(self, facts: FactBook, period: Period, receipt: str) -> None:
        self._facts = facts
        self._period = period
        self._receipt = receipt

    def fact(self, label: str, kind: FactKind, value: object, unit: str) -> Fact | None:
        """One number of the status; None where it has none."""
        number = exact(value)
        if number is None:
            return None
        return self._facts.add(
            metric="", label=label, period=self._period, kind=kind, value=number, unit=unit, receipt=self._receipt
        )

    def cell(self, label: str, kind: FactKind, value: object, unit: str, *, signed: bool = False) -> Cell:
        """The same as a cell of a table."""
        found = self.fact(label, kind, value, unit)
        return Figure(found.id, signed=signed) if found else None


def _title(status: Mapping[str, Any], claims: Sequence[Claim], sayings: Sayings, write: _Writer) -> Sentence:
    red = [s for s in status["sources"] if s["status"] != "green"]
    wrong = [claim for claim in claims if claim.kind == "data_fault"]
    if not wrong:
        return canonical(claims[0])
    late = write.fact("late feeds", "count", len(red), "count")
    faults = write.fact("things to repair", "count", len(wrong), "count")
    every = write.fact("feeds", "count", len(status["sources"]), "count")
    if late is None or faults is None or every is None:
        return canonical(wrong[0])
    text = f"To repair in the data: {{{faults.id}}}; feeds that are late: {{{late.id}}} of {{{every.id}}}."
    return canonical(sayings.say("trust", (faults, late, every), text, must=True, weight=90))


def _standing(
    agent: Agent, desk: Desk, facts: FactBook, period: Period, status: Mapping[str, Any], sayings: Sayings
) -> Section:
    """The operational metrics as they stand."""
    rows: list[tuple[Cell, ...]] = []
    for name in agent.metrics:
        metric = desk.access.metrics.get(name)
        if metric is None:
            continue
        try:
            result = desk.query(metric.label, metrics=[name])
        except Refused as refused:
            rows.append((Words(metric.label), Words(f"not available: {refused}")))
            continue
        value = exact(result.rows[0].get(name)) if result.rows else None
        if value is None:
            rows.append((Words(metric.label), Words("no figure")))
            continue
        fact = facts.add(
            metric=name,
            label=metric.label,
            period=period,
            kind="value",
            value=value,
            unit=metric.unit,
            receipt=result.receipt,
            trust=result.trust,
            direction=metric.direction,
        )
        rows.append((Words(metric.label), Figure(fact.id)))
    score = status["quality_score"]
    if score is not None and not any(isinstance(row[1], Figure) and "quality" in str(row[0]).lower() for row in rows):
        fact = facts.add(
            metric="",
            label="Quality score",
            period=period,
            kind="value",
            value=exact(score) or Decimal(0),
            unit="points",
            receipt=str(status["receipt"]),
        )
        rows.append((Words("Quality score"), Figure(fact.id)))
    return Section("kpis", "Where the data stands", (), (Table("Where the data stands", ("", "Now"), tuple(rows)),))


def _feeds(status: Mapping[str, Any], write: _Writer) -> Section:
    rows: list[tuple[Cell, ...]] = []
    for source in status["sources"]:
        name = str(source["name"])
        rows.append(
            (
                Words(name),
                Words(STATES.get(str(source["status"]), "")),
                write.cell(name, "age", source["age_hours"], "hours"),
                write.cell(f"limit of {name}", "age", source["warn_hours"], "hours"),
                write.cell(f"share of days in time of {name}", "rate", source["attainment_30d"], "ratio"),
            )
        )
    columns = ("", "State", "Age", "Limit", "Days in time")
    return Section("feeds", "Feeds", (), (Table("Feeds", columns, tuple(rows)),) if rows else ())


def _differences(status: Mapping[str, Any], write: _Writer) -> Section:
    rows: list[tuple[Cell, ...]] = []
    for line in status["variance"]:
        label = str(line["metric"]).replace("_", " ")
        pct = exact(line["worst_pct"])
        rows.append(
            (
                Words(f"{label}, {line['source']}"),
                write.cell(f"periods of {label}", "count", line["periods"], "count"),
                write.cell(f"failed periods of {label}", "count", line["failed"], "count"),
                write.cell(label, "rate", None if pct is None else pct / 100, "ratio", signed=True),
            )
        )
    columns = ("", "Periods compared", "Out of tolerance", "Furthest off")
    heading = "Gold against its sources"
    return Section("variance", heading, (), (Table(heading, columns, tuple(rows)),) if rows else ())


def _restated(status: Mapping[str, Any], write: _Writer, sayings: Sayings) -> Section:
    said: list[Sentence] = []
    for line in status["restatements"]:
        label = str(line["metric"]).replace("_", " ")
        pct = exact(line["change_pct"])
        month = write.fact(label, "day", datetime.fromisoformat(f"{line['period']}").toordinal(), "day")
        size = write.fact(label, "rate", None if pct is None else pct / 100, "ratio")
        if month is None:
            continue
        facts = [month, size] if size else [month]
        tail = f" by {{{size.id}:signed}}" if size else ""
        text = f"The source restated {{{month.id}:name}} of the period from {{{month.id}}}{tail}."
        said.append(canonical(sayings.say("restatement", facts, text, must=True, weight=60)))
    return Section("restatements", "Restated by the source", tuple(said))


def _duplicates(status: Mapping[str, Any], write: _Writer, sayings: Sayings) -> Section:
    found = status["duplicates"]
    if not found or not found["worst"]:
        return Section("duplicates", "")
    rows = [
        (
            Words(", ".join(map(str, cluster["members"]))),
            Words(str(cluster["source"])),
            write.cell(f"revenue of {cluster['cluster_id']}", "value", cluster["arr_affected"], "USD"),
        )
        for cluster in found["worst"]
    ]
    table = Table("Records held to be the same", ("", "Source", "Recurring revenue"), tuple(rows))
    return Section("duplicates", "Duplicates to review", (), (table,))


def _ranked(claims: Sequence[Claim]) -> list[Claim]:
    return sorted(claims, key=lambda claim: -claim.weight)


def _tone(claims: Sequence[Claim]) -> Any:
    return "bad" if any(claim.tone == "bad" for claim in claims) else "neutral"
