"""Facts read from the warehouse → the report: calls the pure modules and takes the worst colour."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import partial

from catalog.access import Access
from catalog.catalog import Catalog
from catalog.company_calendar import CompanyCalendar
from tools.reconciliation import findings as say
from tools.reconciliation.checks import last_runs
from tools.reconciliation.completeness import completeness
from tools.reconciliation.duplicates import duplicates
from tools.reconciliation.findings import Finding
from tools.reconciliation.freshness import Load, freshness
from tools.reconciliation.gold_values import grain_of, try_gold_values
from tools.reconciliation.lineage import Scope
from tools.reconciliation.ops_rows import OpsRows, read_ops
from tools.reconciliation.report import RANK, Colour, Report, Restatement, SchemaChange, Variance, worst
from tools.reconciliation.schema_drift import schema_drift
from tools.reconciliation.score import components, score
from tools.reconciliation.variance import SourceTotal, restatements, variances
from warehouse.horizon import Horizons
from warehouse.port import Warehouse

MAX_REASONS = 4
"""Findings named in the overall reason."""


@dataclass(frozen=True)
class Facts:
    """What was read for one state of the data: nothing in it depends on the hour."""

    ops: OpsRows
    horizons: Horizons
    calendar: CompanyCalendar
    """Of the day it was read; only days and periods are asked of it."""
    gold: Mapping[tuple[str, str], Mapping[date, Decimal | None]]
    """By metric and grain."""
    notes: tuple[str, ...]


def gathered(warehouse: Warehouse, catalog: Catalog, company: Access, calendar: CompanyCalendar) -> Facts:
    """Read the operational tables and compute gold for every period that a source reported a total for.

    Raises WarehouseDown, Timeout."""
    ops = read_ops(warehouse, catalog)
    notes = [f"there is no operational table {name}" for name in ops.missing]
    wanted: dict[tuple[str, str], set[date]] = defaultdict(set)
    for source in catalog.sources.sources:
        for rule in source.totals:
            if reported := _reported(ops, source.name, rule.total or rule.metric):
                wanted[rule.metric, rule.grain] |= {total.period for total in reported}
            elif ops.totals is not None:
                notes.append(f"{source.name} has not reported {rule.total or rule.metric}")
    gold: dict[tuple[str, str], Mapping[date, Decimal | None]] = {}
    for (metric, grain), periods in sorted(wanted.items()):
        gold[metric, grain], why_not = try_gold_values(warehouse, company, calendar, metric, grain, periods)
        notes += [why_not] if why_not else []
    return Facts(ops, warehouse.horizons(), calendar, gold, tuple(notes))


def assembled(catalog: Catalog, facts: Facts, scopes: Mapping[str, Scope], now: datetime, watermark: str) -> Report:
    """The report at `now` (with zone). `scopes`: what each metric rests on."""
    ops, sources = facts.ops, catalog.sources
    loads = _loads_by_source(ops)
    fresh = {s.name: freshness(s, None if loads is None else loads.get(s.name, ()), now) for s in sources.sources}
    cells, restated = _against_totals(catalog, facts, now)
    drift = None if ops.snapshots is None else _with_metrics(schema_drift(catalog.tables, ops.snapshots), scopes)
    complete = completeness(catalog.tables, facts.horizons, facts.calendar.today)
    checks = last_runs(ops.checks or (), catalog.tables)
    rule = sources.duplicates
    twice = (
        duplicates(rule, ops.clusters, ops.golden_records, ops.records) if rule and ops.clusters is not None else None
    )
    parts = components(fresh.values(), cells, twice, complete, checks, drift)
    report = Report(
        as_of=now,
        watermark=watermark,
        overall="green",
        reason="",
        score=score(parts),
        components=parts,
        sources=fresh,
        duplicates=twice,
        variances=cells,
        restatements=restated,
        drift=drift or (),
        completeness=complete,
        checks=checks,
        notes=facts.notes,
        missing=ops.missing,
        metric_colours={},
    )
    tables = {name: scope.tables for name, scope in scopes.items()}
    found = findings_of(report, tables, catalog)
    colour, reason = _overall(report, found)
    return replace(report, overall=colour, reason=reason, metric_colours=_metric_colours(found, scopes))


def findings_of(report: Report, tables: Mapping[str, frozenset[str]], catalog: Catalog) -> tuple[Finding, ...]:
    """All findings of a report, worst first. `tables`: those under each metric."""
    found = [
        *say.freshness_findings(report.sources.values()),
        *say.attainment_findings(report.sources.values()),
        *say.completeness_findings(report.completeness.values()),
        *say.schema_findings(report.drift),
        *say.check_findings(report.checks, report.sources, catalog.metrics),
        *say.variance_findings(report.variances, tables),
        *say.duplicate_findings(report.duplicates),
        *say.restatement_findings(report.restatements, tables),
    ]
    return tuple(sorted(found, key=lambda f: -RANK[f.colour]))


def _overall(report: Report, found: Sequence[Finding]) -> tuple[Colour, str]:
    colour = worst([f.colour for f in found])
    if report.notes and colour == "green":
        return "amber", "not everything can be checked: " + "; ".join(report.notes[:MAX_REASONS])
    said = [f.text for f in found if f.colour == colour]
    if colour == "green" or not said:
        return "green", "every feed is in its SLA, totals tie out, nothing fails"
    more = f"; and {len(said) - MAX_REASONS} more" if len(said) > MAX_REASONS else ""
    return colour, "; ".join(said[:MAX_REASONS]) + more


def _metric_colours(found: Sequence[Finding], scopes: Mapping[str, Scope]) -> dict[str, Colour]:
    touched: dict[str, Colour] = {
        name: worst([f.colour for f in found if f.touches(scope)]) for name, scope in sorted(scopes.items())
    }
    return {name: colour for name, colour in touched.items() if colour != "green"}


def _loads_by_source(ops: OpsRows) -> dict[str, list[Load]] | None:
    if ops.loads is None:
        return None
    grouped: dict[str, list[Load]] = defaultdict(list)
    for load in ops.loads:
        grouped[load.source].append(load)
    return grouped


def _reported(ops: OpsRows, source: str, name: str) -> list[SourceTotal]:
    return [total for total in ops.totals or () if total.source == source and total.metric == name]


def _against_totals(
    catalog: Catalog, facts: Facts, now: datetime
) -> tuple[tuple[Variance, ...], tuple[Restatement, ...]]:
    cells: list[Variance] = []
    restated: list[Restatement] = []
    for source in catalog.sources.sources:
        for rule in source.totals:
            totals = _reported(facts.ops, source.name, rule.total or rule.metric)
            end_of = partial(facts.calendar.end_of, grain_of(rule.grain))
            gold = facts.gold.get((rule.metric, rule.grain), {})
            cells += variances(source.name, rule, totals, gold, end_of)
            restated += restatements(source.name, rule, totals, now, end_of)
    return tuple(cells), tuple(restated)


def _with_metrics(changes: Sequence[SchemaChange], scopes: Mapping[str, Scope]) -> tuple[SchemaChange, ...]:
    """The changes, each with the metrics that read the column (or, for a whole table, the table)."""

    def reads(change: SchemaChange, scope: Scope) -> bool:
        if not change.column:
            return change.table in scope.tables
        return f"{change.table}.{change.column}" in (scope.columns or frozenset())

    return tuple(replace(c, metrics=tuple(n for n, s in sorted(scopes.items()) if reads(c, s))) for c in changes)
