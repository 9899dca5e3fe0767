"""What reconciliation found, as plain values: one `Report` for one state of the data at one moment of the company.

Every part is made by a pure module beside this one; `reconciler` puts them together, `trust` and the tools read them.
Rates are fractions of 1, percentages (`pct`) are in percent of the source's total, ages are hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

Colour = Literal["green", "amber", "red"]

RANK: Mapping[Colour, int] = {"green": 0, "amber": 1, "red": 2}


def worst(colours: list[Colour]) -> Colour:
    """The worst of some colours; green for none."""
    top: Colour = "green"
    for colour in colours:
        top = colour if RANK[colour] > RANK[top] else top
    return top


@dataclass(frozen=True)
class SourceFreshness:
    """A feed: green up to `warn_hours` since its last *successful* load, amber up to `error_hours`, then red.

    `attainment` is the share of the last 30 daily cut-offs at which the feed was inside its SLA (`warn_hours`); None
    when no cut-off lies after its first load. Without any successful load on record the status is red; without a load
    log at all it is amber and `logged` is False."""

    name: str
    system: str
    status: Colour
    warn_hours: float
    error_hours: float
    attainment_target: float
    logged: bool = True
    age_hours: float | None = None
    last_success: datetime | None = None
    last_attempt: datetime | None = None
    last_attempt_status: str = ""
    max_event_at: datetime | None = None
    next_due: datetime | None = None
    attainment: float | None = None
    days_in_sla: int = 0
    days_counted: int = 0


@dataclass(frozen=True)
class Cluster:
    """Source records that one rule holds to be the same customer. `surplus` is the members beyond the first."""

    cluster_id: str
    source: str
    members: tuple[str, ...]
    rule: str
    confidence: float | None
    arr_affected: Decimal
    status: str

    @property
    def surplus(self) -> int:
        """Records that would go if the cluster were merged."""
        return max(0, len(self.members) - 1)


@dataclass(frozen=True)
class Duplicates:
    """Open surplus records over golden records (`rate`), and before merging per source (`raw_rates`)."""

    table: str
    status: Colour
    rate: float
    warn: float
    fail: float
    golden_records: int
    open_clusters: int
    open_surplus: int
    arr_affected: Decimal
    raw_rates: Mapping[str, float]
    worst: tuple[Cluster, ...]


@dataclass(frozen=True)
class Variance:
    """Gold against one source's own total for one closed period (first day `period`, last day `last_day`). `pct` is
    None where the source says 0 and gold does not, or where gold has no value."""

    metric: str
    source: str
    period: date
    last_day: date
    grain: str
    gold: Decimal | None
    reported: Decimal
    pct: float | None
    tolerance_pct: float
    ok: bool


@dataclass(frozen=True)
class Restatement:
    """A source that reported another total for a period than it had before. `change` = latest − before."""

    metric: str
    source: str
    period: date
    last_day: date
    before: Decimal
    latest: Decimal
    reported_at: datetime
    recent: bool

    @property
    def change(self) -> Decimal:
        """Amount of the restatement."""
        return self.latest - self.before


ChangeKind = Literal["added", "removed", "renamed", "retyped", "nullability", "table_removed"]


@dataclass(frozen=True)
class SchemaChange:
    """A column that is not what it was, or not what the catalog's contract says. Green is information only."""

    table: str
    column: str
    kind: ChangeKind
    status: Colour
    detail: str
    since: datetime | None
    metrics: tuple[str, ...] = ()


@dataclass(frozen=True)
class Completeness:
    """A table's recent days that are missing or only partly loaded."""

    table: str
    status: Colour
    latest: date
    through: date
    incomplete: tuple[date, ...]


@dataclass(frozen=True)
class CheckFinding:
    """The last run of one pipeline check."""

    check_id: str
    kind: str
    object: str
    table: str
    severity: str
    status: str
    colour: Colour
    observed: str
    expected: str
    failing_rows: int | None
    run_at: datetime | None


@dataclass(frozen=True)
class Component:
    """One part of the quality score: `points` of `weight`; None when there was nothing to measure it with."""

    name: str
    weight: int
    points: float | None


@dataclass(frozen=True)
class Report:
    """Everything reconciliation knows. `missing` names operational tables that are not there."""

    as_of: datetime
    watermark: str
    overall: Colour
    reason: str
    score: float | None
    components: tuple[Component, ...]
    sources: Mapping[str, SourceFreshness]
    duplicates: Duplicates | None
    variances: tuple[Variance, ...]
    restatements: tuple[Restatement, ...]
    drift: tuple[SchemaChange, ...]
    completeness: Mapping[str, Completeness]
    checks: tuple[CheckFinding, ...]
    notes: tuple[str, ...]
    missing: tuple[str, ...]
    metric_colours: Mapping[str, Colour]
    """Metrics touched by something that is not green."""
