"""The parts of a report → findings: one sentence and one colour each, with what it touches.

The overall colour, trust, the status tool and explanations all read the same findings. Sentences are for every role:
they hold no amounts, members or row counts, only names of feeds, tables and columns, ages and rounded percentages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Literal

from tools.reconciliation.lineage import Scope
from tools.reconciliation.report import (
    CheckFinding,
    Colour,
    Completeness,
    Duplicates,
    Restatement,
    SchemaChange,
    SourceFreshness,
    Variance,
)

END_OF_DAY = timedelta(hours=1)
"""A feed whose newest event is this close to midnight has the whole day."""
FindingKind = Literal[
    "freshness", "attainment", "completeness", "duplicates", "variance", "restatement", "schema", "check"
]


@dataclass(frozen=True)
class Finding:
    """Something a reader must know. Empty fields do not narrow: a finding on a table without column touches all who
    read the table."""

    kind: FindingKind
    colour: Colour
    text: str
    feed: str = ""
    table: str = ""
    column: str = ""
    metric: str = ""
    tables: frozenset[str] = frozenset()
    """Tables under `metric`: other figures from the same feed and table share its fate."""
    since: date | None = None
    until: date | None = None
    """Days of the data that it speaks of, inclusive; None is open."""

    def covers(self, start: date, end: date) -> bool:
        """Does it speak of any day in [start, end]?"""
        return (self.since is None or self.since <= end) and (self.until is None or self.until >= start)

    def touches(self, scope: Scope) -> bool:
        """Does it bear on an answer with this scope?"""
        if self.kind == "attainment":
            return False
        if self.kind == "freshness":
            return self.feed in scope.feeds
        if self.kind in ("variance", "restatement"):
            return self.metric in scope.metrics or (
                self.feed in scope.measure_feeds and bool(self.tables & scope.tables)
            )
        if self.kind == "duplicates":
            return self.table in (scope.counted if scope.columns is not None else scope.tables)
        if self.metric or self.feed:
            return self.metric in scope.metrics or self.feed in scope.feeds
        if self.column and scope.columns is not None:
            return f"{self.table}.{self.column}" in scope.columns
        return self.table in scope.tables


def freshness_findings(sources: Iterable[SourceFreshness]) -> Iterator[Finding]:
    """Late feeds, feeds never loaded, and feeds that missed their attainment target."""
    for source in sources:
        if source.age_hours is None:
            words = "has no successful load on record" if source.logged else "has no load log"
            yield Finding("freshness", source.status, f"{source.name} {words}", feed=source.name)
        elif source.status != "green":
            limit = f"{source.error_hours:g}" if source.status == "red" else f"{source.warn_hours:g}"
            text = f"{source.name} last loaded {source.age_hours:.0f} h ago (limit {limit} h)"
            newest = source.max_event_at
            since = (newest + END_OF_DAY).date() if newest else None
            yield Finding("freshness", source.status, text, feed=source.name, since=since)


def attainment_findings(sources: Iterable[SourceFreshness]) -> Iterator[Finding]:
    """Feeds that were in SLA on too few of the last 30 days; a matter of the feed, not of today's figures."""
    for source in sources:
        if source.attainment is not None and source.attainment < source.attainment_target:
            text = (
                f"{source.name} was in its SLA on {source.days_in_sla} of {source.days_counted} days "
                f"(target {source.attainment_target:.0%})"
            )
            yield Finding("attainment", "amber", text, feed=source.name)


def completeness_findings(tables: Iterable[Completeness]) -> Iterator[Finding]:
    """Tables with missing or partly loaded days."""
    for table in tables:
        if table.incomplete:
            days = ", ".join(day.isoformat() for day in table.incomplete)
            plural = "days" if len(table.incomplete) > 1 else "day"
            text = f"{table.table} is incomplete for the {plural} {days}; last complete day {table.through}"
            first, last = min(table.incomplete), max(table.incomplete)
            yield Finding("completeness", table.status, text, table=table.table, since=first, until=last)


def duplicate_findings(found: Duplicates | None) -> Iterator[Finding]:
    """A residual duplicate rate at or over its warning limit."""
    if found is not None and found.status != "green":
        limit = found.warn if found.status == "amber" else found.fail
        text = f"duplicate rate of {found.table} is {found.rate:.1%} (limit {limit:.0%})"
        yield Finding("duplicates", found.status, text, table=found.table)


def variance_findings(variances: Sequence[Variance], tables: Mapping[str, frozenset[str]]) -> Iterator[Finding]:
    """One finding per metric and source whose totals do not tie out. `tables`: those under each metric."""
    broken = sorted((v for v in variances if not v.ok), key=lambda v: (v.metric, v.source, v.period))
    for (metric, source), group in groupby(broken, key=lambda v: (v.metric, v.source)):
        cells = list(group)
        worst = max(cells, key=lambda v: abs(v.pct) if v.pct is not None else float("inf"))
        size = f"{worst.pct:+.1f} %" if worst.pct is not None else "no comparable value"
        more = f" and {len(cells) - 1} more" if len(cells) > 1 else ""
        limit = f"tolerance {worst.tolerance_pct:g} %"
        text = f"{metric} differs from {source} in {worst.period:%Y-%m}{more}: {size} ({limit})"
        under = tables.get(metric, frozenset())
        first, last = cells[0].period, cells[-1].last_day
        yield Finding("variance", "red", text, feed=source, metric=metric, tables=under, since=first, until=last)


def restatement_findings(restated: Sequence[Restatement], tables: Mapping[str, frozenset[str]]) -> Iterator[Finding]:
    """Recent restatements of closed periods."""
    for item in restated:
        if item.recent:
            pct = f"{float(item.change / abs(item.before) * 100):+.1f} %" if item.before else "from 0"
            text = f"{item.source} restated {item.metric} of {item.period:%Y-%m} on {item.reported_at:%Y-%m-%d}: {pct}"
            under = tables.get(item.metric, frozenset())
            yield Finding(
                "restatement",
                "amber",
                text,
                feed=item.source,
                metric=item.metric,
                tables=under,
                since=item.period,
                until=item.last_day,
            )


def schema_findings(changes: Iterable[SchemaChange]) -> Iterator[Finding]:
    """Columns that broke or loosened a contract."""
    for change in changes:
        if change.status != "green":
            name = f"{change.table}.{change.column}" if change.column else change.table
            text = f"schema of {name} changed: {change.detail}"
            since = change.since.date() - timedelta(days=1) if change.since else None
            yield Finding("schema", change.status, text, table=change.table, column=change.column, since=since)


def check_findings(checks: Iterable[CheckFinding], feeds: Iterable[str], metrics: Iterable[str]) -> Iterator[Finding]:
    """Checks of the pipeline that did not pass."""
    sources, names = frozenset(feeds), frozenset(metrics)
    for check in checks:
        if check.colour != "green":
            parts = check.object.split(".")
            after = parts[parts.index(check.table) + 1 :] if check.table else []
            yield Finding(
                "check",
                check.colour,
                f"check {check.check_id} ({check.kind} of {check.object}) ended with {check.status}",
                feed=check.object if check.object in sources and not check.table else "",
                table=check.table,
                column=after[0] if after else "",
                metric=check.object if check.object in names and not check.table else "",
            )
