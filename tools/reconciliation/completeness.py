"""How far each table reaches → tables whose recent days are missing or only partly loaded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from catalog.tables import Table
from tools.reconciliation.report import Completeness
from warehouse.horizon import Horizons

RECENT_DAYS = 7
"""An incomplete day matters to today's answers for a week; older gaps are history and stay in the horizons."""


def completeness(tables: Mapping[str, Table], horizons: Horizons, today: date) -> dict[str, Completeness]:
    """State of each table that promises complete days (`completeness` in the catalog). Today never counts: it is not
    over."""
    found: dict[str, Completeness] = {}
    for name, table in sorted(tables.items()):
        horizon = horizons.get(name)
        if horizon is None or table.completeness is None:
            continue
        since = min(horizon.latest, today) - timedelta(days=RECENT_DAYS)
        recent = tuple(sorted(day for day in horizon.incomplete if since < day < today))
        found[name] = Completeness(name, "red" if recent else "green", horizon.latest, horizon.through, recent)
    return found
