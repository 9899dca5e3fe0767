"""How far the data of each table reaches: company-wide, the same for every role."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class Horizon:
    """Days of one table. `through` is the last *complete* day (never today, never a day that a late load left
    unfinished); `through_by_feed` the same for each feed alone, where the table has several. `incomplete` are the
    days in [first, latest] whose snapshot is missing or partial. `live`: what happens is there at once, so that today
    counts as far as it has come."""

    first: date
    through: date
    latest: date
    incomplete: frozenset[date] = frozenset()
    through_by_feed: Mapping[str, date] = field(default_factory=dict[str, date])
    live: bool = False

    def through_for(self, feeds: Iterable[str]) -> date:
        """Last complete day for a metric that rests on `feeds` only (none named: on all of the table's)."""
        known = [self.through_by_feed[f] for f in feeds if f in self.through_by_feed]
        return min(known) if known else self.through


Horizons = Mapping[str, Horizon]
"""By table name; only tables that have a time column and rows."""
