"""Value, baseline, habits and the state of the data → what kind of change it is. Data fault first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from catalog.metrics import Metric
from catalog.request import CompareTo
from tools.analysis.expected import ExpectedRange, expected_range
from tools.analysis.scales import Scale, back, onto, usable
from tools.explanation.reading import Pair
from tools.explanation.window import SEASON, Window, lag_of
from tools.explanation.words import figure
from tools.reconciliation.findings import Finding
from tools.reconciliation.lineage import Scope

VerdictName = Literal["data_fault", "business_change", "within_normal_range", "undetermined"]
SCALES: dict[str, Scale] = {"ratio": "logit", "points": "linear"}
"""Units whose usual steps are not relative ones. Shares that touch 0 or 1, and amounts that touch 0, are taken on the
next coarser scale."""


@dataclass(frozen=True)
class Verdict:
    """`reasons` in words; `expected` is the range of habit, where the history gives one."""

    name: VerdictName
    reasons: tuple[str, ...]
    expected: ExpectedRange | None = None


def faults(findings: Sequence[Finding], scope: Scope, days: Sequence[Window]) -> list[Finding]:
    """Findings that spoil the figures of these windows: a late feed whose missing days lie in them, incomplete days,
    a broken column, a variance, a failing check, duplicates among counted records."""
    spoiling: list[Finding] = []
    for finding in findings:
        inside = any(finding.covers(window.start, window.end) for window in days)
        if inside and finding.touches(scope) and _is_fault(finding):
            spoiling.append(finding)
    return spoiling


def _is_fault(finding: Finding) -> bool:
    if finding.kind in ("check", "schema"):
        return finding.colour == "red"
    return finding.kind in ("freshness", "completeness", "variance", "duplicates")


def habit(
    metric: Metric, window: Window, compare_to: CompareTo, pair: Pair, history: Sequence[float]
) -> ExpectedRange | None:
    """The range in which the value would be unremarkable, from the periods before it (oldest first, without gaps: a
    missing one is NaN). Against the year before, the distance to it is what must be unremarkable."""
    if window.grain is None or pair.before is None or pair.after is None:
        return None
    scale = SCALES.get(metric.unit, "log")
    if compare_to == "prior_period":
        return expected_range(history, season=SEASON[window.grain], scale=scale)
    year = lag_of(window.grain, compare_to)
    return _against_last_year(history, float(pair.before), year, scale) if len(history) >= 2 * year else None


def _against_last_year(history: Sequence[float], before: float, year: int, scale: Scale) -> ExpectedRange | None:
    """The range of distances to the year before, on the scale of the metric, put on last year's value."""
    scale = usable(scale, [v for v in (before, *history) if math.isfinite(v)])
    distances = [onto(scale, now) - onto(scale, then) for then, now in zip(history, history[year:], strict=False)]
    found = expected_range(distances, season=0, scale="linear")
    if found is None:
        return None
    low, high, centre = (back(scale, onto(scale, before) + step) for step in (found.low, found.high, found.centre))
    return replace(found, low=low, high=high, centre=centre, scale=scale)


def verdict(
    metric: Metric,
    window: Window,
    compare_to: CompareTo,
    pair: Pair,
    spoiled: Sequence[Finding],
    expected: ExpectedRange | None,
) -> Verdict:
    """Data fault, else whether the change is beyond both the metric's threshold and its habit."""
    if spoiled:
        return Verdict("data_fault", tuple(f.text for f in spoiled), expected)
    if pair.before is None or pair.after is None:
        missing = "value" if pair.after is None else "baseline"
        return Verdict("undetermined", (f"there is no {missing} for these days",), expected)
    threshold = _threshold(metric, window, compare_to)
    material, said = _material(metric, pair, threshold)
    if expected is None and threshold is None:
        why = "too little history to tell what is normal, and no threshold in the catalog"
        return Verdict("undetermined", (why,), expected)
    unusual = True
    if expected is not None:
        value, strict = float(pair.after), metric.thresholds.z
        unusual = abs(expected.z(value)) > strict if strict else not expected.holds(value)
        where = "outside" if unusual else "inside"
        said.append(f"{where} the range of its own history ({figure(expected.low)} to {figure(expected.high)})")
    return Verdict("business_change" if material and unusual else "within_normal_range", tuple(said), expected)


def _threshold(metric: Metric, window: Window, compare_to: CompareTo) -> float | None:
    """Percent from which the catalog wants a change of this kind looked at."""
    if compare_to == "prior_year":
        return metric.thresholds.yoy_pct
    return metric.thresholds.wow_pct if window.grain == "week" else None


def _material(metric: Metric, pair: Pair, threshold: float | None) -> tuple[bool, list[str]]:
    """Is the change large enough for the business? Without a threshold any change is."""
    change, before = pair.change, pair.before
    if not change or before is None:
        return False, ["no change"]
    if metric.thresholds.min_base is not None and abs(float(before)) < metric.thresholds.min_base:
        return False, [f"the baseline is below {metric.thresholds.min_base:g}, too small to judge a change by"]
    if threshold is None or not before:
        return True, []
    pct = float(change / abs(before) * 100)
    beyond = abs(pct) >= abs(threshold)
    return beyond, [f"{pct:+.1f} % is {'beyond' if beyond else 'within'} the threshold of {abs(threshold):g} %"]
