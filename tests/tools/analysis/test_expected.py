"""The expected range: what it holds, on which history, and what it bears without failing."""

from __future__ import annotations

import math
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.analysis.detect import Habits, Materiality, judge, walk_forward
from tools.analysis.expected import ExpectedRange, expected_range
from tools.analysis.scales import Scale, back, onto

STEADY = [100.0, 102.0, 99.0, 101.0, 103.0, 100.0, 98.0, 101.0, 102.0, 100.0, 101.0, 99.0]
WEEKDAYS = [100.0, 110.0, 105.0, 108.0, 120.0, 60.0, 40.0]
SHOP = [v * (1 + 0.01 * ((7 * i) % 5 - 2)) for i, v in enumerate(WEEKDAYS * 8)]
"""56 days: busy weekdays, quiet weekends, 2 % noise; a Monday comes next."""
VALUES = st.floats(-1e9, 1e9) | st.sampled_from([0.0, 1.0, 0.5, math.nan, math.inf, 1e-300, 1e300])


def found(history: list[float], season: int = 0, scale: Scale = "log", **more: list[int]) -> ExpectedRange:
    expected = expected_range(history, season=season, scale=scale, **more)
    assert expected is not None
    return expected


def test_an_ordinary_value_is_inside_the_range_and_a_collapse_is_far_outside() -> None:
    expected = found(STEADY)
    assert expected.holds(101)
    assert abs(expected.z(101)) < 1
    assert not expected.holds(70)
    assert expected.z(70) < -5


def test_a_quiet_weekend_is_expected_and_a_quiet_monday_is_not() -> None:
    assert not found(SHOP, 7).holds(60)
    assert found(SHOP[:-2], 7).holds(60)
    assert found(SHOP, 7).centre == pytest.approx(100, rel=0.03)


def test_with_two_weeks_only_the_same_weekday_is_the_measure() -> None:
    expected = found(SHOP[:14], 7)
    assert expected.method == "same place in earlier seasons"
    assert expected.holds(100)
    assert not expected.holds(60)


def test_with_less_nothing_is_claimed() -> None:
    assert expected_range([1.0, 2.0, 3.0], season=0, scale="log") is None
    assert expected_range(STEADY[:8], season=7, scale="log", excluded=[3]) is None


def test_a_value_like_the_one_a_year_ago_is_expected_in_that_week_only() -> None:
    year = [100.0 + 2 * math.sin(week) for week in range(52)]
    christmas = [*year[:51], 250.0]
    weeks = [*christmas, *christmas][:-1]
    assert found(weeks, 52).method == "smoothing and a year ago"
    assert found(weeks, 52).holds(250)
    assert found(weeks, 52).holds(100)
    assert found(weeks, 52).z(120) == 0
    assert not found(weeks, 52).holds(60)
    assert not found(weeks[:-1], 52).holds(250)


def test_a_past_incident_neither_widens_the_range_nor_drags_it_along() -> None:
    incident = [*SHOP[:50], 3.0, *SHOP[51:]]
    clean, spoiled = found(SHOP, 7), found(incident, 7)
    assert spoiled.centre == pytest.approx(clean.centre, rel=0.03)
    assert not spoiled.holds(75)
    assert not found(incident, 7, excluded=[50]).holds(85)


def test_missing_values_keep_the_weekdays_in_their_places() -> None:
    gaps = [math.nan if i % 9 == 4 else v for i, v in enumerate(SHOP)]
    assert found(gaps, 7).centre == pytest.approx(found(SHOP, 7).centre, rel=0.03)
    assert found([math.nan] * 5 + SHOP, 7).holds(100)


def test_a_share_stays_a_share() -> None:
    rates = [0.97, 0.98, 0.975, 0.97, 0.985, 0.98, 0.975, 0.97, 0.98, 0.985, 0.975, 0.98]
    expected = found(rates, scale="logit")
    assert 0 < expected.low < expected.high < 1
    assert not expected.holds(0.9)


def test_amounts_that_touch_zero_or_fall_below_it_are_judged_by_differences() -> None:
    net = [5.0, -3.0, 2.0, 0.0, 4.0, -1.0, 3.0, 1.0, -2.0, 2.0, 0.0, 3.0]
    expected = found(net)
    assert expected.scale == "linear"
    assert expected.holds(-2)
    assert not expected.holds(60)


@pytest.mark.parametrize("constant", [0.0, 1.0, 1e12, -7.0])
def test_a_constant_series_expects_itself(constant: float) -> None:
    expected = found([constant] * 30, 7)
    assert expected.holds(constant)
    assert not expected.holds(constant + abs(constant) * 0.1 + 1)


@settings(max_examples=25)
@given(
    history=st.lists(VALUES, max_size=30),
    value=VALUES,
    season=st.sampled_from([0, 1, 2, 4, 7, 12, 52]),
    scale=st.sampled_from(["log", "logit", "linear"]),
    excluded=st.sets(st.integers(0, 40), max_size=4),
)
def test_any_history_gives_a_finite_range_or_none(
    history: list[float], value: float, season: int, scale: Scale, excluded: set[int]
) -> None:
    expected = expected_range(history, season=season, scale=scale, excluded=excluded)
    if expected is not None:
        assert expected.low <= expected.centre <= expected.high
        assert math.isfinite(expected.sigma)
        assert math.isfinite(expected.low)
        assert math.isfinite(expected.high)
        assert not math.isnan(expected.z(value)) or math.isnan(value) or math.isinf(value)


@given(value=st.floats(0.001, 0.999), scale=st.sampled_from(["log", "logit", "linear"]))
def test_a_value_comes_back_from_its_scale(value: float, scale: Scale) -> None:
    assert back(scale, onto(scale, value)) == pytest.approx(value)


@pytest.mark.prove
def test_the_range_holds_about_as_many_unremarkable_values_as_it_says() -> None:
    chance = random.Random(1)
    inside = 0
    for _ in range(300):
        days = [v * math.exp(chance.gauss(0, 0.05)) for v in WEEKDAYS * 8]
        inside += found(days[:-1], 7).holds(days[-1])
    assert 0.95 <= inside / 300 <= 1


def test_an_anomaly_is_outside_the_range_and_matters_to_the_business() -> None:
    habits = Habits(season=7, scale="log", look_back=56)
    matters = Materiality(change=0.10, lag=7)
    assert judge(SHOP, 90.0, habits).anomaly
    assert not judge(SHOP, 90.0, habits, Materiality(change=0.2, lag=7)).anomaly
    assert judge(SHOP, 80.0, habits, matters).anomaly
    assert not judge(SHOP, 80.0, habits, Materiality(change=0.1, min_base=1000, lag=7)).anomaly
    assert not judge(SHOP, math.nan, habits).anomaly


def test_walked_forward_only_the_planted_day_is_an_anomaly() -> None:
    planted = [*SHOP[:40], SHOP[40] * 0.5, *SHOP[41:]]
    judged = walk_forward(planted, Habits(season=7, scale="log", look_back=56), warm_up=30)
    assert [30 + i for i, day in enumerate(judged) if day.anomaly] == [40]


def test_no_start_of_the_program_pays_for_the_import_of_statsmodels() -> None:
    asked = "import sys, server.main, server.wiring; print([m for m in ('statsmodels', 'pandas') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", asked], cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
