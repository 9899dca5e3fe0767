"""Value, baseline, habits and the state of the data → what kind of change it is. Data fault first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from catalog.metrics import Metric
from catalog.request import CompareTo
from tools.analysis.expected import WIDTH, ExpectedRange, expected_range
from tools.explanation.reading import Pair
from tools.explanation.window import PERIODS_A_YEAR, SEASON, Window, lag_of
from tools.explanation.words import figure
from tools.reconciliation.findings import Finding
from tools.reconciliation.lineage import Scope

VerdictName = Literal["data_fault", "business_change", "within_normal_range", "undetermined"]
STEPS_NOT_RATIOS = frozenset({"ratio", "points"})
"""Units whose usual steps are differences, not ratios; so are those of series that touch 0."""


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
    """The range in which the value would be unremarkable, from the periods before it."""
    if window.grain is None or pair.before is None or pair.after is None:
        return None
    lag = lag_of(window.grain, compare_to)
    if compare_to == "prior_year" and len(history) < 2 * PERIODS_A_YEAR[window.grain]:
        return None
    before = float(pair.before)
    ratios = metric.unit not in STEPS_NOT_RATIOS and min((before, *history)) > 0
    return expected_range(
        history,
        before,
        float(pair.after),
        relative=ratios,
        season=SEASON[window.grain],
        lag=lag,
    )


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
        unusual = abs(expected.z) > (metric.thresholds.z or WIDTH)
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
