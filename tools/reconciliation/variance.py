"""Gold values + the totals that sources report for themselves → variances and restatements, closed periods only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from catalog.sources import ReferenceTotal
from tools.reconciliation.report import Restatement, Variance

RECENT = timedelta(days=45)
"""A restatement is news until the month after it has closed and been read (ours)."""

EXACT = Decimal("0.000001")
"""Differences below this are the noise of a float column, not a variance."""


EndOf = Callable[[date], date]
"""Last day of the period that starts on a day."""


@dataclass(frozen=True)
class SourceTotal:
    """One reported total: `reported_at` carries the company's zone; None where the source does not say."""

    source: str
    metric: str
    period: date
    value: Decimal
    reported_at: datetime | None


def latest_per_period(totals: Sequence[SourceTotal]) -> dict[date, tuple[SourceTotal, ...]]:
    """Reports of one source and metric by period, oldest first."""
    periods: dict[date, list[SourceTotal]] = defaultdict(list)
    for total in totals:
        periods[total.period].append(total)
    ordered: dict[date, tuple[SourceTotal, ...]] = {}
    for period, reports in sorted(periods.items()):
        ordered[period] = tuple(sorted(reports, key=lambda t: (t.reported_at is not None, t.reported_at, t.value)))
    return ordered


def variances(
    source: str,
    rule: ReferenceTotal,
    totals: Sequence[SourceTotal],
    gold: Mapping[date, Decimal | None],
    end_of: EndOf,
) -> tuple[Variance, ...]:
    """Gold against the latest report of each period that `gold` has an entry for (the closed ones)."""
    found: list[Variance] = []
    for period, reports in latest_per_period(totals).items():
        if period not in gold:
            continue
        value, reported = gold[period], reports[-1].value
        pct, ok = compared(value, reported, rule.tolerance_pct)
        found.append(
            Variance(
                rule.metric, source, period, end_of(period), rule.grain, value, reported, pct, rule.tolerance_pct, ok
            )
        )
    return tuple(found)


def compared(gold: Decimal | None, reported: Decimal, tolerance_pct: float) -> tuple[float | None, bool]:
    """(percent difference (gold − source) ÷ |source|, inside tolerance). A missing gold value is never inside."""
    if gold is None:
        return None, False
    difference = gold - reported
    if abs(difference) < EXACT:
        return 0.0, True
    if not reported:
        return None, False
    pct = float(difference / abs(reported) * 100)
    return pct, abs(pct) <= tolerance_pct


def restatements(
    source: str, rule: ReferenceTotal, totals: Sequence[SourceTotal], now: datetime, end_of: EndOf
) -> tuple[Restatement, ...]:
    """Periods for which the source later reported another value than at first."""
    found: list[Restatement] = []
    for period, reports in latest_per_period(totals).items():
        first, last = reports[0], reports[-1]
        if first.value == last.value or last.reported_at is None:
            continue
        recent = now - last.reported_at <= RECENT
        found.append(
            Restatement(rule.metric, source, period, end_of(period), first.value, last.value, last.reported_at, recent)
        )
    return tuple(found)
