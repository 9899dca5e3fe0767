"""A report + what an answer rests on → its trust.

The state is the first of these that holds:
stale         a feed behind the figures is past its SLA (amber or red), or its log shows no successful load
degraded      a day behind them is incomplete, a column they read broke its contract, a blocking check fails, or they
              count records of a table whose duplicate rate is at or over its warning limit
variance      a total of theirs, or of the same feed and table, is out of tolerance in a closed period
unreconciled  there is no load log, or a feed of a measure has nothing that ties it out
reconciled    everything else: all feeds fresh, nothing failing, and every feed of a measure tied out: by a total of
              the metric itself, by a total of the feed or of another feed of its system, or by a passing row-count
              or reconciliation check of a table it loads
Restatements, warnings and amber checks are told as reasons and do not change the state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from tools.answer import SourceState, Trust, TrustState
from tools.reconciliation.findings import Finding
from tools.reconciliation.lineage import Scope
from tools.reconciliation.report import Report, SourceFreshness, Variance

TIE_OUT_KINDS = frozenset({"row_count", "reconciliation"})
MAX_REASONS = 8
"""Reasons shown; the status tool lists all."""


def trust_of(
    report: Report,
    findings: Sequence[Finding],
    scope: Scope,
    tables_fed: Mapping[str, frozenset[str]],
    metric_tables: Mapping[str, frozenset[str]],
    through: date | None,
) -> Trust:
    """Trust of an answer. `tables_fed`: tables loaded by each feed; `metric_tables`: tables under each metric with
    totals; `through`: last complete day of the data behind the answer."""
    behind = [f for f in findings if f.touches(scope)]
    cells = [v for v in report.variances if _is_behind(v, scope, metric_tables)]
    feeds = [report.sources[name] for name in sorted(scope.feeds) if name in report.sources]
    gaps = _untied(report, scope, cells, tables_fed)
    state = _state(feeds, behind, gaps)
    reasons = [f.text for f in sorted(behind, key=lambda f: ("red", "amber", "green").index(f.colour))]
    reasons += gaps if state == "unreconciled" else []
    if state == "reconciled":
        reasons.append(_tied_out_words(cells))
    if len(reasons) > MAX_REASONS:
        reasons = [*reasons[: MAX_REASONS - 1], f"and {len(reasons) - MAX_REASONS + 1} more; see the status"]
    return Trust(
        state=state,
        as_of=through,
        sources=[source_state(feed) for feed in feeds],
        variance_pct=_worst_pct(cells),
        reasons=reasons,
    )


def source_state(feed: SourceFreshness) -> SourceState:
    """A feed as an answer shows it."""
    return SourceState(
        name=feed.name,
        status=feed.status,
        last_success=feed.last_success,
        age_hours=None if feed.age_hours is None else round(feed.age_hours, 1),
        warn_hours=feed.warn_hours,
        error_hours=feed.error_hours,
    )


def _state(feeds: Sequence[SourceFreshness], behind: Sequence[Finding], gaps: Sequence[str]) -> TrustState:
    if any(feed.status != "green" and feed.logged for feed in feeds):
        return "stale"
    if any(_degrades(finding) for finding in behind):
        return "degraded"
    if any(finding.kind == "variance" for finding in behind):
        return "variance"
    return "unreconciled" if gaps else "reconciled"


def _degrades(finding: Finding) -> bool:
    if finding.kind == "duplicates":
        return True
    return finding.kind in ("completeness", "schema", "check") and finding.colour == "red"


def _is_behind(cell: Variance, scope: Scope, metric_tables: Mapping[str, frozenset[str]]) -> bool:
    """The same rule as `Finding.touches` for variances, for cells that are in tolerance too."""
    under = metric_tables.get(cell.metric, frozenset())
    return cell.metric in scope.metrics or (cell.source in scope.measure_feeds and bool(under & scope.tables))


def _untied(
    report: Report, scope: Scope, cells: Sequence[Variance], tables_fed: Mapping[str, frozenset[str]]
) -> list[str]:
    """Why the figures are not tied out; empty when they are."""
    if report.missing and "source_load" in report.missing:
        return ["there is no load log to tell how fresh the feeds are"]
    if not scope.measure_feeds:
        return ["no feed is known for these figures"]
    if unknown := sorted(scope.feeds - set(report.sources)):
        return [f"feed {name} is not in the catalog's sources" for name in unknown]
    by_total = {report.sources[v.source].system for v in report.variances if v.ok}
    by_metric = {v.metric for v in cells if v.ok} & scope.metrics
    if by_metric:
        return []
    checked = {c.table for c in report.checks if c.kind in TIE_OUT_KINDS and c.colour == "green"}
    checked_feeds = {c.object for c in report.checks if c.kind in TIE_OUT_KINDS and c.colour == "green"}
    untied = [
        feed
        for feed in sorted(scope.measure_feeds)
        if report.sources[feed].system not in by_total
        and feed not in checked_feeds
        and not (tables_fed.get(feed, frozenset()) & scope.tables & checked)
    ]
    return [f"{feed} has no total of its system and no passing row-count check to tie out to" for feed in untied]


def _worst_pct(cells: Sequence[Variance]) -> float | None:
    """The worst difference in percent, rounded for every role alike; None when nothing was compared."""
    known = [cell.pct for cell in cells if cell.pct is not None]
    return round(max(known, key=abs), 2) + 0.0 if known else None


def _tied_out_words(cells: Sequence[Variance]) -> str:
    if not cells:
        return "every feed behind this is fresh, its checks pass, and its system's totals or row counts tie out"
    sources = ", ".join(sorted({cell.source for cell in cells}))
    periods = len({cell.period for cell in cells})
    return f"every feed behind this is fresh and ties out to the totals of {sources} over {periods} closed periods"
