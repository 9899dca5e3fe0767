"""A report → what one caller is shown of it.

Colours, ages, attainment and percentages are the same for every role. Money, members and row counts go only to roles
that see all rows (`amounts`); others get null there and percentages rounded to a tenth. Findings on tables, columns
and metrics outside the caller's access are counted, never named.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from pydantic import Field

from catalog.access import Access
from tools.answer import Part
from tools.reconciliation.findings import Finding
from tools.reconciliation.report import Colour, Duplicates, Report, SourceFreshness, Variance


class SourceLine(Part):
    """Freshness of one feed. Ages and limits in hours; `attainment_30d` is a fraction of 1."""

    name: str
    system: str
    status: Colour
    age_hours: float | None
    warn_hours: float
    error_hours: float
    last_success: datetime | None
    last_attempt: datetime | None
    last_attempt_status: str
    newest_event: datetime | None
    next_due: datetime | None
    attainment_30d: float | None
    attainment_target: float


class ClusterLine(Part):
    """Source records that are held to be the same customer."""

    cluster_id: str
    source: str
    members: list[str]
    rule: str
    arr_affected: float


class DuplicateLine(Part):
    """Residual duplicate rate (fraction of golden records) and its limits; the rest only with amounts."""

    table: str
    status: Colour
    rate: float
    warn: float
    fail: float
    raw_rate_by_source: dict[str, float]
    open_clusters: int | None
    open_surplus: int | None
    golden_records: int | None
    arr_affected: float | None
    worst: list[ClusterLine]


class VarianceLine(Part):
    """Gold against one source's own totals. One line a metric and source: `worst_*` is the period that is furthest
    off; `periods` how many closed periods were compared, `failed` how many are out of tolerance."""

    metric: str
    source: str
    status: Colour
    periods: int
    failed: int
    tolerance_pct: float
    worst_period: date
    worst_pct: float | None
    gold: float | None
    reported: float | None


class RestatementLine(Part):
    """A closed period for which the source later reported another total."""

    metric: str
    source: str
    period: date
    reported_at: datetime
    change_pct: float | None
    before: float | None
    latest: float | None
    change: float | None


class DriftLine(Part):
    """A column that changed."""

    table: str
    column: str
    kind: str
    status: Colour
    detail: str
    since: datetime | None
    affected_metrics: list[str]


class CompletenessLine(Part):
    """Days of a table that are missing or half loaded."""

    table: str
    status: Colour
    through: date
    incomplete_days: list[date]


class CheckLine(Part):
    """The last run of one pipeline check."""

    check_id: str
    kind: str
    object: str
    status: str
    colour: Colour
    observed: str
    expected: str
    failing_rows: int | None
    run_at: datetime | None


class MetricLine(Part):
    """A metric touched by something that is not green."""

    metric: str
    status: Colour


class ScoreLine(Part):
    """One component of the quality score; null points where nothing measures it."""

    name: str
    weight: int
    points: float | None


class Shown(Part):
    """Everything one caller is shown, before it is narrowed to a scope."""

    sources: list[SourceLine] = []
    duplicates: DuplicateLine | None = None
    variance: list[VarianceLine] = []
    restatements: list[RestatementLine] = []
    schema_drift: list[DriftLine] = []
    completeness: list[CompletenessLine] = []
    checks: list[CheckLine] = []
    affected_metrics: list[MetricLine] = []
    score: list[ScoreLine] = Field(default_factory=list[ScoreLine])


def sees_amounts(access: Access) -> bool:
    """May this caller see money, members and row counts of reconciliation?"""
    return access.sees_amounts


def visible(finding: Finding, access: Access) -> bool:
    """May this caller read a finding's sentence (it names tables, columns and metrics)?"""
    if finding.metric and finding.metric not in access.metrics:
        return False
    if not finding.table:
        return True
    table = access.tables.get(finding.table)
    return table is not None and (not finding.column or finding.column in access.columns(table))


def shown(report: Report, access: Access) -> Shown:
    """The report as this caller may see it."""
    amounts = sees_amounts(access)
    return Shown(
        sources=[_source(s) for s in report.sources.values()],
        duplicates=_duplicates(report.duplicates, amounts) if report.duplicates else None,
        variance=_variances(report, access, amounts),
        restatements=_restatements(report, access, amounts),
        schema_drift=[
            DriftLine(
                table=c.table,
                column=c.column,
                kind=c.kind,
                status=c.status,
                detail=c.detail,
                since=c.since,
                affected_metrics=[m for m in c.metrics if m in access.metrics],
            )
            for c in report.drift
            if _sees_column(access, c.table, c.column, c.kind == "added")
        ],
        completeness=[
            CompletenessLine(table=c.table, status=c.status, through=c.through, incomplete_days=list(c.incomplete))
            for c in report.completeness.values()
            if c.table in access.tables
        ],
        checks=_checks(report, access, amounts),
        affected_metrics=[
            MetricLine(metric=name, status=colour)
            for name, colour in report.metric_colours.items()
            if name in access.metrics
        ],
        score=[ScoreLine(name=c.name, weight=c.weight, points=c.points) for c in report.components],
    )


def _source(source: SourceFreshness) -> SourceLine:
    return SourceLine(
        name=source.name,
        system=source.system,
        status=source.status,
        age_hours=source.age_hours,
        warn_hours=source.warn_hours,
        error_hours=source.error_hours,
        last_success=source.last_success,
        last_attempt=source.last_attempt,
        last_attempt_status=source.last_attempt_status,
        newest_event=source.max_event_at,
        next_due=source.next_due,
        attainment_30d=None if source.attainment is None else round(source.attainment, 4),
        attainment_target=source.attainment_target,
    )


def _duplicates(found: Duplicates, amounts: bool) -> DuplicateLine:
    digits = 6 if amounts else 3
    clusters = [
        ClusterLine(
            cluster_id=c.cluster_id,
            source=c.source,
            members=list(c.members),
            rule=c.rule,
            arr_affected=float(c.arr_affected),
        )
        for c in found.worst
    ]
    return DuplicateLine(
        table=found.table,
        status=found.status,
        rate=round(found.rate, digits),
        warn=found.warn,
        fail=found.fail,
        raw_rate_by_source={source: round(rate, digits) for source, rate in found.raw_rates.items()},
        open_clusters=found.open_clusters if amounts else None,
        open_surplus=found.open_surplus if amounts else None,
        golden_records=found.golden_records if amounts else None,
        arr_affected=float(found.arr_affected) if amounts else None,
        worst=clusters if amounts else [],
    )


def _variances(report: Report, access: Access, amounts: bool) -> list[VarianceLine]:
    cells: dict[tuple[str, str], list[Variance]] = {}
    for cell in report.variances:
        if cell.metric in access.metrics:
            cells.setdefault((cell.metric, cell.source), []).append(cell)
    lines: list[VarianceLine] = []
    for (metric, source), group in sorted(cells.items()):
        worst = max(group, key=lambda v: (not v.ok, v.pct is None, abs(v.pct or 0.0), v.period))
        failed = sum(not v.ok for v in group)
        lines.append(
            VarianceLine(
                metric=metric,
                source=source,
                status="red" if failed else "green",
                periods=len(group),
                failed=failed,
                tolerance_pct=worst.tolerance_pct,
                worst_period=worst.period,
                worst_pct=_pct(worst.pct, amounts),
                gold=_amount(worst.gold, amounts),
                reported=_amount(worst.reported, amounts),
            )
        )
    return lines


def _restatements(report: Report, access: Access, amounts: bool) -> list[RestatementLine]:
    return [
        RestatementLine(
            metric=r.metric,
            source=r.source,
            period=r.period,
            reported_at=r.reported_at,
            change_pct=_pct(float(r.change / abs(r.before) * 100) if r.before else None, amounts),
            before=_amount(r.before, amounts),
            latest=_amount(r.latest, amounts),
            change=_amount(r.change, amounts),
        )
        for r in report.restatements
        if r.metric in access.metrics
    ]


def _checks(report: Report, access: Access, amounts: bool) -> list[CheckLine]:
    def may_see(table: str, checked: str) -> bool:
        if not table:
            return checked in report.sources or checked in access.metrics
        parts = checked.split(".")
        after = parts[parts.index(table) + 1 :]
        return _sees_column(access, table, after[0] if after else "", False)

    return [
        CheckLine(
            check_id=c.check_id,
            kind=c.kind,
            object=c.object,
            status=c.status,
            colour=c.colour,
            observed=c.observed if amounts else "",
            expected=c.expected if amounts else "",
            failing_rows=c.failing_rows if amounts else None,
            run_at=c.run_at,
        )
        for c in report.checks
        if may_see(c.table, c.object)
    ]


def _sees_column(access: Access, table: str, column: str, new: bool) -> bool:
    """Is the column (or, with none, the table) in this caller's access? A column new to the catalog is in nobody's,
    so it shows to those who see everything."""
    entry = access.tables.get(table)
    if entry is None:
        return False
    if not column or column in access.columns(entry):
        return True
    return new and sees_amounts(access)


def _pct(pct: float | None, amounts: bool) -> float | None:
    return None if pct is None else round(pct, 4 if amounts else 1) + 0.0


def _amount(value: Decimal | None, amounts: bool) -> float | None:
    return float(value) if amounts and value is not None else None
