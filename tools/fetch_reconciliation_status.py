"""`fetch_reconciliation_status`: is the data fresh, complete, unique and tied out, and which figures are touched?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from catalog.catalog import Catalog
from catalog.refusals import BadArgument, UnknownTable
from catalog.search import nearest
from tools.answer import ToolOutput, Trust
from tools.arguments import shown as said_back
from tools.cells import clean_text
from tools.csv_text import csv_text
from tools.names import index_of, unknown_metric
from tools.reconciliation.findings import Finding
from tools.reconciliation.lineage import Scope
from tools.reconciliation.report import RANK, Colour, worst
from tools.reconciliation.shown import (
    CheckLine,
    CompletenessLine,
    DriftLine,
    DuplicateLine,
    MetricLine,
    RestatementLine,
    ScoreLine,
    Shown,
    SourceLine,
    VarianceLine,
    shown,
    visible,
)
from tools.tool import Call, Output, Tool, ToolArguments, Trace

MAX_REASONS = 6
"""Findings named in the reason of the overall colour."""


class StatusArguments(ToolArguments):
    """Arguments of fetch_reconciliation_status."""

    scope: Literal["all", "source", "table", "metric"] = Field(
        default="all", description="What to report on: everything, or one source feed, table or metric (see name)."
    )
    name: str | None = Field(
        default=None, max_length=200, description="Which source feed, table or metric; needed unless scope is all."
    )
    detail: bool = Field(default=False, description="true lists everything that was checked, not only what stands out.")


class StatusResult(ToolOutput):
    """Result of fetch_reconciliation_status. Colours: green, amber (warning), red. Rates are fractions of 1, `_pct` are
    percent, ages are hours. Amounts, members and row counts are null for roles that do not see all rows."""

    scope: str = "all"
    name: str = ""
    as_of: datetime | None = None
    overall: Colour = "green"
    reason: str = ""
    quality_score: float | None = None
    score: list[ScoreLine] = []
    sources: list[SourceLine] = []
    duplicates: DuplicateLine | None = None
    variance: list[VarianceLine] = []
    restatements: list[RestatementLine] = []
    schema_drift: list[DriftLine] = []
    completeness: list[CompletenessLine] = []
    checks: list[CheckLine] = []
    affected_metrics: list[MetricLine] = []
    trust: Trust | None = None


@dataclass(frozen=True)
class _Target:
    """What is reported on. `scope` is None for everything."""

    name: str
    scope: Scope | None
    feeds: frozenset[str]
    tables: frozenset[str]
    metrics: frozenset[str]


class FetchReconciliationStatus(Tool[StatusArguments]):
    """The state of the data behind every figure."""

    name: ClassVar[str] = "fetch_reconciliation_status"
    title: ClassVar[str] = "Is the data fresh and reconciled?"
    description: ClassVar[str] = (
        "Tells how far the data can be trusted now: an overall colour with its reason; per source feed the hours since "
        "its last successful load against its limits and the share of the last 30 days in SLA; duplicate records; "
        "differences from the totals that source systems report; schema changes; incomplete days; failing checks; a "
        "quality score; and the metrics that are touched. Call it before relying on figures, or with scope 'metric', "
        "'table' or 'source' and a name to look at one. The company's 'now' is used for ages."
    )
    Arguments = StatusArguments
    Result: ClassVar[type[ToolOutput]] = StatusResult

    def run(self, arguments: StatusArguments, call: Call) -> Output:
        """Report on everything, or on one feed, table or metric. Raises UnknownMetric, UnknownTable, BadArgument."""
        services = call.services
        target = _target(arguments, call)
        report, findings = services.reconciler.report(), services.reconciler.findings()
        touching = [f for f in findings if target.scope is None or f.touches(target.scope) or f.feed in target.feeds]
        trust = _trust(arguments, target, call)
        colour, reason = _overall(touching, call, "; ".join(trust.reasons) if trust else report.reason)
        colour = worst([colour, report.overall]) if target.scope is None else colour
        parts = _narrowed(shown(report, call.access), target, arguments.detail)
        result = StatusResult(
            scope=arguments.scope,
            name=target.name,
            as_of=report.as_of,
            overall=colour,
            reason=reason,
            quality_score=report.score if target.scope is None else None,
            score=parts.score if target.scope is None else [],
            sources=parts.sources,
            duplicates=parts.duplicates,
            variance=parts.variance,
            restatements=parts.restatements,
            schema_drift=parts.schema_drift,
            completeness=parts.completeness,
            checks=parts.checks,
            affected_metrics=parts.affected_metrics,
            trust=trust,
            warnings=list(report.notes) if arguments.detail else [],
        )
        request = arguments.model_dump(mode="json", exclude_defaults=True) | (
            {"name": target.name} if target.name else {}
        )
        return Output(result, _text(result), Trace(request=request, watermark=report.watermark))


def _target(arguments: StatusArguments, call: Call) -> _Target:
    """The feed, table or metric that was named."""
    reconciler, access, catalog = call.services.reconciler, call.access, call.services.catalog
    name = arguments.name
    if arguments.scope == "all":
        if name is not None:
            raise BadArgument("'name' needs a scope: source, table or metric.")
        return _Target("", None, frozenset(), frozenset(), frozenset())
    if name is None:
        raise BadArgument(f"Scope '{arguments.scope}' needs the argument 'name'.")
    if arguments.scope == "source":
        feeds = _feeds(catalog, name)
        scope = reconciler.scope(sources=feeds)
        return _Target(", ".join(sorted(feeds)), scope, feeds, frozenset(), frozenset())
    found = index_of(call).resolve(name, arguments.scope)
    if found is None:
        if arguments.scope == "metric":
            raise unknown_metric(name, call)
        near = nearest(name, access.tables) or sorted(access.tables)
        raise UnknownTable(f"No table '{said_back(name)}' is available to you.", exists=near)
    if arguments.scope == "table":
        scope = reconciler.scope(tables=(found,))
        return _Target(found, scope, scope.feeds, frozenset((found,)), frozenset())
    scope = reconciler.scope(metrics=(found,))
    return _Target(found, scope, scope.feeds, scope.tables, scope.metrics)


def _feeds(catalog: Catalog, name: str) -> frozenset[str]:
    """A feed by name, label or synonym, or all feeds of a system."""
    wanted = name.strip().casefold()
    sources = catalog.sources.sources
    feeds = {s.name for s in sources if wanted in {w.casefold() for w in (s.name, s.label, *s.synonyms)}}
    feeds = feeds or {s.name for s in sources if s.system.casefold() == wanted}
    if not feeds:
        known = [s.name for s in sources]
        raise BadArgument(f"There is no source '{said_back(name)}'.", exists=nearest(name, known) or known)
    return frozenset(feeds)


def _trust(arguments: StatusArguments, target: _Target, call: Call) -> Trust | None:
    if target.scope is None:
        return None
    reconciler = call.services.reconciler
    if arguments.scope == "metric":
        return reconciler.trust(metrics=(target.name,))
    if arguments.scope == "table":
        return reconciler.trust(tables=target.tables)
    return reconciler.trust(sources=target.feeds)


def _overall(touching: Sequence[Finding], call: Call, nothing: str) -> tuple[Colour, str]:
    """Worst colour and its reasons; findings on what the caller may not see are counted, not named."""
    colour = worst([f.colour for f in touching])
    said = [f for f in touching if f.colour == colour]
    if not said or colour == "green":
        return "green", nothing
    readable = [f.text for f in said if visible(f, call.access)]
    words = readable[:MAX_REASONS]
    if more := len(readable) - len(words):
        words.append(f"{more} more")
    if hidden := len(said) - len(readable):
        words.append(f"{hidden} finding{'s' * (hidden > 1)} outside your access")
    return colour, "; ".join(words)


def _narrowed(parts: Shown, target: _Target, detail: bool) -> Shown:
    """The parts that belong to the target; without `detail` of checks, tables and drift only what stands out."""
    every = target.scope is None
    counted = target.scope.counted | target.tables if target.scope else frozenset[str]()
    narrowed = Shown(
        sources=[s for s in parts.sources if every or s.name in target.feeds],
        duplicates=parts.duplicates if every or (parts.duplicates and parts.duplicates.table in counted) else None,
        variance=[v for v in parts.variance if every or _bears(v.metric, v.source, target)],
        restatements=[r for r in parts.restatements if every or _bears(r.metric, r.source, target)],
        schema_drift=[d for d in parts.schema_drift if every or d.table in target.tables],
        completeness=[c for c in parts.completeness if every or c.table in target.tables],
        checks=[c for c in parts.checks if every or set(c.object.split(".")) & (target.tables | target.feeds)],
        affected_metrics=[m for m in parts.affected_metrics if every or m.metric in target.metrics],
        score=parts.score,
    )
    if detail:
        return narrowed
    return narrowed.model_copy(
        update={
            "schema_drift": [d for d in narrowed.schema_drift if d.status != "green"],
            "completeness": [c for c in narrowed.completeness if c.status != "green"],
            "checks": [c for c in narrowed.checks if c.colour != "green"],
        }
    )


def _bears(metric: str, source: str, target: _Target) -> bool:
    """Does a total of this metric and source belong to the target?"""
    if target.metrics:
        return metric in target.metrics
    return source in target.feeds


def _text(result: StatusResult) -> str:
    """One status line, then what stands out, then the feeds as CSV."""
    about = f" {result.scope} {result.name}" if result.name else ""
    score = f" · quality score {result.quality_score:g} of 100" if result.quality_score is not None else ""
    lines = [f"OK{about} {result.overall.upper()}: {result.reason}{score} · as of {result.as_of:%Y-%m-%d %H:%M}"]
    if result.duplicates:
        found = result.duplicates
        limits = f"warn {found.warn:.0%}, fail {found.fail:.0%}"
        lines.append(f"duplicates of {found.table}: {found.rate:.1%} ({found.status}; {limits})")
    for cell in sorted(result.variance, key=lambda v: -RANK[v.status]):
        off = (
            "no comparable value" if cell.worst_pct is None else f"{cell.worst_pct:+.2f} % in {cell.worst_period:%Y-%m}"
        )
        lines.append(
            f"variance {cell.metric} against {cell.source}: {cell.status}, worst {off} of {cell.periods} periods"
        )
    lines += [f"restated {r.metric} of {r.period:%Y-%m} by {r.source}: {r.change_pct} %" for r in result.restatements]
    lines += [f"schema {d.table}.{d.column}: {d.kind}, {d.detail} ({d.status})" for d in result.schema_drift]
    lines += [
        f"incomplete {c.table}: {', '.join(map(str, c.incomplete_days))}"
        for c in result.completeness
        if c.incomplete_days
    ]
    lines += [f"check {c.check_id} on {c.object}: {c.status}" for c in result.checks]
    if result.affected_metrics:
        lines.append("affected: " + ", ".join(f"{m.metric} ({m.status})" for m in result.affected_metrics))
    header = ["source", "status", "age_hours", "warn_hours", "error_hours", "last_success", "attainment_30d"]
    rows = [
        [
            s.name,
            s.status,
            s.age_hours,
            s.warn_hours,
            s.error_hours,
            s.last_success.isoformat() if s.last_success else None,
            s.attainment_30d,
        ]
        for s in result.sources
    ]
    return clean_lines(lines) + "\n" + csv_text(header, rows).text


def clean_lines(lines: Sequence[str]) -> str:
    """Lines of visible text: names in them may come from data."""
    return "\n".join(clean_text(line) for line in lines)
