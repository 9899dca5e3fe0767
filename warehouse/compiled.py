"""What the compiler hands over: SQL for one dialect, and everything that can be said about it without running it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from catalog.tables import ColumnType

OutputRole = Literal["time", "dimension", "value", "prior", "change", "change_pct"]


@dataclass(frozen=True)
class OutputColumn:
    """One column of the answer, in order. `unit` of a `change_pct` is "ratio" (a fraction of 1)."""

    name: str
    type: ColumnType
    unit: str
    role: OutputRole
    metric: str | None = None


@dataclass(frozen=True)
class CompiledQuery:
    """A metric request as SQL over `gold.*`, to be run against a principal's secured catalog.

    `start`/`end`: the inclusive range that was read. `in_progress_from`: first day of the unfinished period, if the
    range holds one; rows whose time column is on or after it (or the only row, without a time column) are in
    progress. `snapshot_dates`: the day read for each period start of a snapshot metric. `notes`: sentences a reader
    must see (a fallen-back snapshot, a window outside the data)."""

    sql: str
    dialect: Literal["duckdb", "bigquery"]
    columns: tuple[OutputColumn, ...]
    metrics: tuple[str, ...]
    tables: frozenset[str]
    columns_read: frozenset[str]
    """As "table.column"."""
    sources: frozenset[str]
    """Feeds the figures rest on: those of the measures, then of the dimensions used."""
    start: date
    end: date
    through: date | None
    """Last complete day of the data behind the answer (the earliest over its datasets)."""
    in_progress_from: date | None = None
    prior_start: date | None = None
    prior_end: date | None = None
    snapshot_dates: dict[str, dict[date, date]] = field(default_factory=dict[str, dict[date, date]])
    notes: tuple[str, ...] = ()
