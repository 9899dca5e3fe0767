"""Which days are explained, and what kind of change it is."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from catalog.company_calendar import CompanyCalendar
from catalog.metrics import Metric
from tests.tools.reconciliation.bicycles import METRICS
from tools.analysis.expected import ExpectedRange
from tools.explanation.reading import Pair
from tools.explanation.verdict import faults, habit, verdict
from tools.explanation.window import Window, window_of
from tools.reconciliation.findings import Finding
from tools.reconciliation.lineage import Scope

CALENDAR = CompanyCalendar(now=datetime(2026, 11, 16, 8))
LAST_WEEK = Window(date(2026, 11, 9), date(2026, 11, 15), "week")
RIDES = Metric.model_validate(METRICS[1] | {"thresholds": {"wow_pct": -10, "min_base": 50}})
PLAIN = Metric.model_validate(METRICS[1])
STEADY = [100.0, 101.0, 99.0, 100.0, 102.0, 100.0, 99.0, 101.0, 100.0, 101.0, 100.0]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (None, None, LAST_WEEK),
        (date(2026, 10, 1), None, Window(date(2026, 10, 1), date(2026, 10, 31), "month")),
        (date(2026, 10, 5), None, Window(date(2026, 10, 5), date(2026, 10, 11), "week")),
        (None, date(2026, 10, 31), Window(date(2026, 10, 1), date(2026, 10, 31), "month")),
        (date(2026, 10, 2), date(2026, 10, 9), Window(date(2026, 10, 2), date(2026, 10, 9), None)),
        (date(2026, 7, 1), date(2026, 9, 30), Window(date(2026, 7, 1), date(2026, 9, 30), "quarter")),
    ],
)
def test_the_days_explained_are_those_asked_for_else_the_last_week_that_is_over(
    start: date | None, end: date | None, expected: Window
) -> None:
    assert window_of(PLAIN, start, end, CALENDAR) == expected


def test_a_monthly_metric_is_explained_for_the_last_month_that_is_over() -> None:
    monthly = Metric.model_validate(METRICS[1] | {"time": {"dimension": "day", "min_grain": "month"}})
    assert window_of(monthly, None, None, CALENDAR) == Window(date(2026, 10, 1), date(2026, 10, 31), "month")


def judged(before: int, after: int, metric: Metric = RIDES, history: list[float] = STEADY, **parts: Any) -> str:
    pair = Pair(Decimal(before), Decimal(after))
    expected = habit(metric, LAST_WEEK, "prior_period", pair, history)
    return verdict(metric, LAST_WEEK, "prior_period", pair, parts.get("spoiled", []), expected).name


@pytest.mark.parametrize(
    ("after", "expected"),
    [(100, "within_normal_range"), (91, "within_normal_range"), (85, "business_change"), (125, "business_change")],
)
def test_a_change_counts_when_it_is_beyond_both_the_threshold_and_the_habit(after: int, expected: str) -> None:
    assert judged(100, after) == expected


def test_a_large_change_of_a_series_that_always_jumps_is_normal() -> None:
    jumpy = [100.0, 140.0, 80.0, 150.0, 90.0, 130.0, 70.0, 140.0, 90.0, 150.0, 100.0]
    assert judged(100, 80, history=jumpy) == "within_normal_range"


def test_a_tiny_baseline_is_no_alarm() -> None:
    assert judged(20, 5, history=[20.0, 21.0, 20.0] * 4) == "within_normal_range"


def test_without_history_and_threshold_nothing_is_claimed() -> None:
    assert judged(100, 50, metric=PLAIN, history=[]) == "undetermined"


def test_a_missing_baseline_is_undetermined_never_a_change_from_zero() -> None:
    found = verdict(RIDES, LAST_WEEK, "prior_period", Pair(None, Decimal(5)), [], None)
    assert (found.name, found.reasons) == ("undetermined", ("there is no baseline for these days",))


LATE = Finding("freshness", "red", "till is late", feed="till", since=date(2026, 11, 14))
SCOPE = Scope(frozenset({"rides"}), frozenset({"ride"}), frozenset(), frozenset({"till"}), frozenset({"till"}))


def test_a_fault_in_the_data_comes_before_any_business_reading() -> None:
    assert judged(100, 50, spoiled=[LATE]) == "data_fault"


def test_a_late_feed_is_no_fault_of_days_that_it_had_loaded_before() -> None:
    october = Window(date(2026, 10, 1), date(2026, 10, 31), "month")
    assert faults([LATE], SCOPE, [LAST_WEEK]) == [LATE]
    assert faults([LATE], SCOPE, [october]) == []


def test_a_fault_elsewhere_is_not_a_fault_of_this_number() -> None:
    other = Finding("completeness", "red", "docks incomplete", table="dock_day")
    assert faults([other], SCOPE, [LAST_WEEK]) == []


def test_the_range_of_habit_is_given_with_the_verdict() -> None:
    expected = ExpectedRange(95, 105, 100, 2, "smoothing")
    found = verdict(PLAIN, LAST_WEEK, "prior_period", Pair(Decimal(100), Decimal(80)), [], expected)
    assert found.name == "business_change"
    assert found.reasons == ("outside the range of its own history (95 to 105)",)


def test_a_count_that_is_sometimes_zero_is_judged_by_differences() -> None:
    sparse = [3.0, 0.0, 2.0, 4.0, 1.0, 3.0, 0.0, 2.0, 3.0, 1.0, 2.0]
    assert judged(2, 4, metric=PLAIN, history=sparse) == "within_normal_range"
    assert judged(2, 40, metric=PLAIN, history=sparse) == "business_change"
