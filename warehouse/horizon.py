"""How far the data of each table reaches: company-wide, the same for every role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Horizon:
    """Days of one table. `through` is the last *complete* day (never today, never a day that a late or partial load
    left unfinished); `incomplete` are the days in [first, latest] whose snapshot is missing or partial."""

    first: date
    through: date
    latest: date
    incomplete: frozenset[date] = frozenset()


Horizons = Mapping[str, Horizon]
"""By table name; only tables that have a time column."""
