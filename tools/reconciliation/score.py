"""Report parts → the quality score, 0–100.

25 freshness + 25 reconciliation + 20 uniqueness + 20 completeness and validity + 10 schema, each linear between its
warning and its failure point. A component that nothing measures is left out and the others are scaled up; the score
never hides a red component (the overall colour is the worst one).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from tools.reconciliation.report import (
    CheckFinding,
    Completeness,
    Component,
    Duplicates,
    SchemaChange,
    SourceFreshness,
    Variance,
)

VARIANCE_FAIL_PCT = 1.0
"""A difference of this many percent (or ten tolerances, if that is more) earns no points (ours)."""
CHECKS_FAIL_SHARE = 0.10
"""With this share of checks not passing, validity earns no points (ours)."""


def linear(value: float, warn: float, fail: float) -> float:
    """1 up to `warn`, 0 from `fail` on, linear between."""
    if value <= warn:
        return 1.0
    return 0.0 if value >= fail else (fail - value) / (fail - warn)


def components(
    sources: Iterable[SourceFreshness],
    variances: Sequence[Variance],
    duplicates: Duplicates | None,
    tables: Mapping[str, Completeness],
    checks: Sequence[CheckFinding],
    drift: Sequence[SchemaChange] | None,
) -> tuple[Component, ...]:
    """The five components, in order; `drift` is None when no schema snapshot exists."""
    uniqueness = linear(duplicates.rate, duplicates.warn, duplicates.fail) if duplicates else None
    schema = min((_schema(change) for change in drift), default=1.0) if drift is not None else None
    parts = (
        ("freshness", 25, _mean([_fresh(s) for s in sources if s.logged])),
        ("reconciliation", 25, _mean(_tied_out(variances))),
        ("uniqueness", 20, uniqueness),
        ("completeness", 20, _mean(_valid(tables, checks))),
        ("schema", 10, schema),
    )
    return tuple(Component(n, w, None if share is None else round(w * share, 2)) for n, w, share in parts)


def score(parts: Sequence[Component]) -> float | None:
    """Points over the weight that was measured, times 100; None when nothing was."""
    measured = [(p.points, p.weight) for p in parts if p.points is not None]
    weight = sum(w for _, w in measured)
    return round(100 * sum(p for p, _ in measured) / weight, 1) if weight else None


def _fresh(source: SourceFreshness) -> float:
    if source.age_hours is None:
        return 0.0
    return linear(source.age_hours, source.warn_hours, source.error_hours)


def _tied_out(variances: Sequence[Variance]) -> list[float]:
    """Per metric and source, the share earned by its worst period."""
    ordered = sorted(variances, key=lambda v: (v.metric, v.source))
    return [min(_variance(cell) for cell in group) for _, group in groupby(ordered, key=lambda v: (v.metric, v.source))]


def _variance(cell: Variance) -> float:
    if cell.pct is None:
        return 0.0
    return linear(abs(cell.pct), cell.tolerance_pct, max(10 * cell.tolerance_pct, VARIANCE_FAIL_PCT))


def _valid(tables: Mapping[str, Completeness], checks: Sequence[CheckFinding]) -> list[float]:
    """Share of tables whose recent days are complete, and the share of checks that pass."""
    shares = [sum(not t.incomplete for t in tables.values()) / len(tables)] if tables else []
    if checks:
        failing = sum(check.colour != "green" for check in checks) / len(checks)
        shares.append(linear(failing, 0.0, CHECKS_FAIL_SHARE))
    return shares


def _schema(change: SchemaChange) -> float:
    return {"green": 1.0, "amber": 0.5, "red": 0.0}[change.status]


def _mean(shares: Sequence[float]) -> float | None:
    return sum(shares) / len(shares) if shares else None
