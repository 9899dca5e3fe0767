"""Source feeds: which system, how often it loads, how late it may be, and the totals it reports for itself."""

from __future__ import annotations

from pydantic import Field, model_validator

from catalog.base import Entry, Name


class ReferenceTotal(Entry):
    """A total that the source system states for itself and that gold must tie out to.

    `metric` is a catalog metric; `total` is its name in `ops.source_total.metric` (default: the same);
    `tolerance_pct` is in percent of the source's total (0.1 means 0.1 %); 0 demands equality."""

    metric: Name
    total: str | None = None
    grain: str = Field(default="month", pattern="^(day|week|month|quarter|year)$")
    tolerance_pct: float = Field(default=0.0, ge=0)


class Source(Entry):
    """One feed from one source system. Ages are hours since its last *successful* load."""

    name: Name
    system: str
    label: str = ""
    description: str = ""
    owner: str
    synonyms: tuple[str, ...] = ()
    cadence_hours: float = Field(default=24, gt=0)
    warn_hours: float = Field(default=24, gt=0)
    error_hours: float = Field(default=30, gt=0)
    attainment_target: float = Field(default=0.95, gt=0, le=1)
    totals: tuple[ReferenceTotal, ...] = ()

    @model_validator(mode="after")
    def _ordered(self) -> Source:
        if self.error_hours < self.warn_hours:
            raise ValueError("error_hours must not be below warn_hours")
        return self


class DuplicateRule(Entry):
    """Thresholds of the residual duplicate rate (fractions): open surplus records over golden records of `table`.

    `records` is the table with one row a source record, `source_column` its column that says which source; without
    it the raw rate per source is not known."""

    table: Name
    warn: float = 0.05
    fail: float = 0.08
    records: Name | None = None
    source_column: Name = "source"


class Sources(Entry):
    """catalog/sources.yml."""

    sources: tuple[Source, ...] = Field(min_length=1)
    duplicates: DuplicateRule | None = None
    ops_schema: Name = "ops"

    @model_validator(mode="after")
    def _unique(self) -> Sources:
        names = [s.name for s in self.sources]
        if twice := sorted({n for n in names if names.count(n) > 1}):
            raise ValueError(f"listed twice: {', '.join(twice)}")
        return self

    def get(self, name: str) -> Source | None:
        """The feed of that name, or None."""
        return next((s for s in self.sources if s.name == name), None)
