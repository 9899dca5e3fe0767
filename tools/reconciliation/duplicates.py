"""Duplicate clusters + record counts → rates, colour and the worst clusters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

from catalog.sources import DuplicateRule
from tools.reconciliation.report import Cluster, Colour, Duplicates

WORST = 5
"""Clusters listed by name: enough to start with, few enough to read."""


def duplicates(
    rule: DuplicateRule, clusters: Sequence[Cluster], golden_records: int, records: Mapping[str, int]
) -> Duplicates:
    """Residual rate = open surplus ÷ golden records; raw rate of a source = surplus of all clusters that were not
    rejected ÷ its `records` (sources whose record count is unknown have no raw rate)."""
    still_open = [c for c in clusters if c.status == "open"]
    surplus = sum(c.surplus for c in still_open)
    rate = surplus / golden_records if golden_records else 0.0
    raw: dict[str, int] = defaultdict(int)
    for cluster in clusters:
        if cluster.status != "rejected":
            raw[cluster.source] += cluster.surplus
    return Duplicates(
        table=rule.table,
        status=colour_of_rate(rate, rule),
        rate=rate,
        warn=rule.warn,
        fail=rule.fail,
        golden_records=golden_records,
        open_clusters=len(still_open),
        open_surplus=surplus,
        arr_affected=sum((c.arr_affected for c in still_open), Decimal(0)),
        raw_rates={source: raw[source] / count for source, count in sorted(records.items()) if count},
        worst=tuple(sorted(still_open, key=lambda c: (-c.arr_affected, -c.surplus, c.cluster_id))[:WORST]),
    )


def colour_of_rate(rate: float, rule: DuplicateRule) -> Colour:
    """green < warn ≤ amber < fail ≤ red."""
    if rate < rule.warn:
        return "green"
    return "amber" if rate < rule.fail else "red"
