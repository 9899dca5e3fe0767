"""Age, colour and attainment of one feed from made-up load logs."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from catalog.sources import Source
from tools.reconciliation.freshness import Load, attainment, freshness

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 16, 8, tzinfo=ZONE)
FEED = Source(name="till", system="shop", owner="ops", warn_hours=24, error_hours=30)


def load(hours_ago: float, status: str = "success") -> Load:
    at = NOW - timedelta(hours=hours_ago)
    return Load("till", status, at - timedelta(minutes=10), at, at - timedelta(hours=5))


@pytest.mark.parametrize(
    ("hours", "colour"),
    [(3, "green"), (20, "green"), (24, "green"), (24.1, "amber"), (30, "amber"), (30.1, "red"), (60, "red")],
)
def test_a_feed_is_coloured_by_the_hours_since_its_last_successful_load(hours: float, colour: str) -> None:
    assert freshness(FEED, [load(hours)], NOW).status == colour


def test_a_failed_attempt_does_not_make_a_feed_fresh_but_is_shown() -> None:
    state = freshness(FEED, [load(40), load(2, "failed")], NOW)
    assert (state.status, state.age_hours, state.last_attempt_status) == ("red", 40, "failed")
    assert state.last_attempt == NOW - timedelta(hours=2)
    assert state.last_success == NOW - timedelta(hours=40)


def test_loads_after_now_are_not_known_yet() -> None:
    assert freshness(FEED, [load(26), load(-1)], NOW).age_hours == 26


def test_a_feed_without_any_success_is_red_and_without_a_load_log_amber() -> None:
    assert freshness(FEED, [load(1, "failed")], NOW).status == "red"
    assert freshness(FEED, [], NOW).status == "red"
    unlogged = freshness(FEED, None, NOW)
    assert (unlogged.status, unlogged.logged) == ("amber", False)


def test_attainment_counts_the_days_in_sla_at_the_daily_cut_off() -> None:
    daily = [NOW - timedelta(hours=3, days=day) for day in range(40)]
    assert attainment(daily, 24, NOW) == (30, 30)
    assert attainment(daily[2:], 24, NOW) == (28, 30)


def test_days_before_the_first_load_do_not_count_against_a_young_feed() -> None:
    young = [NOW - timedelta(hours=3, days=day) for day in range(10)]
    assert attainment(young, 24, NOW) == (10, 10)


def test_an_age_across_the_change_to_winter_time_counts_real_hours() -> None:
    now = datetime(2026, 11, 1, 8, tzinfo=ZONE)
    before = Load("till", "success", None, datetime(2026, 10, 31, 8, tzinfo=ZONE), None)
    assert freshness(FEED, [before], now).age_hours == 25
