"""A metric entry: MetricFlow's vocabulary for its meaning, our own shell for its governance.

SQL fragments (`expr`, `filter`, `definition`) are written once in portable SQL (DuckDB spelling) over the columns of
the named dataset; the compiler emits each dialect from the tree, never from text.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from catalog.base import DimensionName, Entry, Name

Grain = Literal["day", "week", "month", "quarter", "year"]
Aggregation = Literal["sum", "count", "count_distinct", "avg", "min", "max", "median", "p95"]
"""`p95`: the value that 95 % of the rows do not exceed, estimated by the engine."""
Direction = Literal["up_is_good", "down_is_good", "target", "neutral"]
MetricType = Literal[
    "simple", "ratio", "derived", "cumulative", "cohort", "distribution", "concentration", "operational"
]


class AsOf(Entry):
    """Columns of another snapshot table, as last known on or before the row's own date, at most `max_age_days` old.
    Its grain must be (`on`, `time`), so that it never multiplies rows."""

    dataset: Name
    on: Name
    time: Name
    columns: tuple[Name, ...] = Field(min_length=1)
    max_age_days: int = Field(default=3, ge=0)


class Snapshot(Entry):
    """Semi-additive rule. `last` is the last complete snapshot of the period, `opening` the last complete one before
    it, `average` the mean over its complete snapshots. `scope: global` takes one date for all groups; `per_entity`
    the last row of each entity."""

    time: Name
    pick: Literal["last", "opening", "average"] = "last"
    scope: Literal["global", "per_entity"] = "global"
    complete_only: bool = True
    carry_forward_days: int = Field(default=3, ge=0)


class Measure(Entry):
    """One aggregate over one dataset at its own grain."""

    dataset: Name
    agg: Aggregation
    expr: str | None = None
    """Row expression; None only for `count` (rows)."""
    filter: str | None = None
    as_of: AsOf | None = None

    @model_validator(mode="after")
    def _expression(self) -> Measure:
        if self.expr is None and self.agg != "count":
            raise ValueError(f"agg {self.agg} needs expr")
        return self


class Input(Entry):
    """Another metric as an input, optionally narrowed by `filter` (over the columns of its dataset) and, for
    snapshot metrics, read at the `opening` of the period instead of its end."""

    metric: Name
    filter: str | None = None
    at: Literal["closing", "opening"] | None = None


class Cumulative(Entry):
    """Accumulation of `measure`: over a trailing `window` of `window_unit`s ending with the period, or since the
    start of the `to_date` period (`quarter`, `year` are fiscal), or over `all` time. Periods whose window is not
    inside the data horizon are NULL, unless the window is `to_date` or `all`."""

    window: int | None = Field(default=None, ge=1)
    window_unit: Grain | None = None
    complete_only: bool = True
    to_date: Literal["month", "quarter", "year", "all"] | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Cumulative:
        if (self.window is None) == (self.to_date is None) or (self.window is None) != (self.window_unit is None):
            raise ValueError("give either window and window_unit, or to_date")
        return self


class Cohort(Entry):
    """Retention of the entities that had a positive `value` `base_offset_months` before the period's end.

    net = Σ current ÷ Σ base; gross = Σ min(current, base) ÷ Σ base; churn = 1 − gross; logo = entities still
    positive ÷ entities of the base. New entities never count. NULL where the base date is outside the horizon."""

    dataset: Name
    entity: Name
    value: str
    time: Name
    base_offset_months: int = Field(default=12, ge=1)
    variant: Literal["net", "gross", "churn", "logo"] = "net"
    carry_forward_days: int = Field(default=3, ge=0)


class Concentration(Entry):
    """Share of the `top` largest entities in the total of an additive metric (top-N ÷ all, a fraction)."""

    metric: Name
    entity: Name
    """Column of the metric's dataset that identifies the entity."""
    top: int = Field(default=10, ge=1)


class TimeRule(Entry):
    """Which column dates a row and the grains at which the metric may be read."""

    dimension: Name
    min_grain: Grain = "day"
    default_grain: Grain = "month"


class Dimensions(Entry):
    """Allowed dimension names ("segment"), whole tables ("dim_customer.*"), and forbidden ones with the reason."""

    allowed: tuple[str, ...] = ()
    forbidden: dict[str, str] = {}


class Caveat(Entry):
    """Something to know when reading the number, optionally for a time only."""

    text: str
    from_date: date | None = Field(default=None, alias="from")
    to_date: date | None = Field(default=None, alias="to")


class Thresholds(Entry):
    """When a change is worth a look. Percentages are fractions of the baseline in percent (-10 means −10 %)."""

    wow_pct: float | None = None
    yoy_pct: float | None = None
    z: float | None = None
    min_base: float | None = None


class MetricTest(Entry):
    """A check that the entry carries; run by `assay catalog check` on the engine and by the test suite.

    identity: `expr` over metric names holds on every row (for example "arr = 12 * mrr").
    additive_over: the groups of each of `dims` add up to the total.
    not_additive_over_time: the days of a month do not add up to the month.
    bound: every value lies in [`min`, `max`].
    fixture: for `period` (a start date at `grain`) and `where`, the value is `value`.
    ties_to_source: the value ties out to the feed's own totals within its tolerance."""

    kind: Literal["identity", "additive_over", "not_additive_over_time", "bound", "fixture", "ties_to_source"]
    expr: str | None = None
    dims: tuple[DimensionName, ...] = ()
    min: float | None = None
    max: float | None = None
    grain: Grain | None = None
    period: date | None = None
    where: dict[str, str] = {}
    value: float | None = None
    tolerance: float = 1e-6
    source: Name | None = None


class Example(Entry):
    """A question and the request it stands for; shown by look-up, never used to read questions."""

    question: str
    call: dict[str, object] = {}


class Change(Entry):
    """One line of the changelog."""

    version: int
    on: date
    by: str
    text: str


class Metric(Entry):
    """One metric: what it means, how it is computed, who stands behind it."""

    name: Name
    label: str
    synonyms: tuple[str, ...] = ()
    not_to_be_confused_with: tuple[Name, ...] = ()
    description: str = Field(min_length=3)
    formula_text: str = Field(min_length=3)
    type: MetricType

    measure: Measure | None = None
    snapshot: Snapshot | None = None
    numerator: Input | None = None
    denominator: Input | None = None
    expr: str | None = None
    """Derived: arithmetic over the keys of `inputs`, plus `period_days` (days in the period)."""
    inputs: dict[Name, Input] = {}
    cumulative: Cumulative | None = None
    cohort: Cohort | None = None
    concentration: Concentration | None = None
    distribution: DimensionName | None = None
    """Distribution: the dimension whose members are always shown side by side."""
    operational: Literal["duplicate_rate", "freshness_attainment", "quality_score"] | None = None

    time: TimeRule | None = None
    missing: Literal["null", "zero", "omit"] = "null"
    dimensions: Dimensions = Dimensions()
    unit: str
    """USD, count, customers, employees, ratio (a fraction of 1), points, days, ..."""
    format: Literal["currency", "integer", "decimal", "percent"] = "decimal"
    direction: Direction = "neutral"
    hero: bool = False

    owner: str
    approved_by: str | None = None
    approved_on: date | None = None
    rationale: str | None = None
    source_systems: tuple[str, ...] = ()
    system_of_record: str | None = None
    sources: tuple[Name, ...] = ()
    """Feeds of the measure where the dataset has several; default: all feeds of the dataset."""
    caveats: tuple[Caveat, ...] = ()
    thresholds: Thresholds = Thresholds()
    freshness_sla_hours: float | None = None
    sensitivity: Literal["public", "internal", "confidential", "restricted"] = "internal"
    version: int = Field(ge=1)
    last_updated: date
    changelog: tuple[Change, ...] = ()
    status: Literal["draft", "certified", "deprecated"] = "draft"
    tests: tuple[MetricTest, ...] = ()
    examples: tuple[Example, ...] = ()
    targets: str | None = None
    """Name of the metric in the company's target table."""
    drivers: tuple[Name, ...] = ()

    @model_validator(mode="after")
    def _parts_of_the_type(self) -> Metric:
        needs: dict[str, tuple[str, ...]] = {
            "simple": ("measure",),
            "ratio": ("numerator", "denominator"),
            "derived": ("expr", "inputs"),
            "cumulative": ("measure", "cumulative"),
            "cohort": ("cohort",),
            "distribution": ("measure", "distribution"),
            "concentration": ("concentration",),
            "operational": ("operational",),
        }
        for part in needs[self.type]:
            if not getattr(self, part):
                raise ValueError(f"type {self.type} needs '{part}'")
        if self.measure and not self.time:
            raise ValueError("a metric with a measure needs 'time'")
        return self

    @model_validator(mode="after")
    def _certified_has_an_owner(self) -> Metric:
        if self.status == "certified":
            missing = [k for k in ("owner", "rationale", "tests") if not getattr(self, k)]
            if missing:
                raise ValueError(f"a certified metric needs {', '.join(missing)}")
        return self

    @property
    def inputs_by_alias(self) -> dict[str, Input]:
        """Metrics this one is built on, by the alias used in its formula."""
        if self.type == "ratio" and self.numerator and self.denominator:
            return {"numerator": self.numerator, "denominator": self.denominator}
        if self.type == "concentration" and self.concentration:
            return {"base": Input(metric=self.concentration.metric)}
        return dict(self.inputs)
