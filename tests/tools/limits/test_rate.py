"""A user may make so many calls a minute, whatever other users and the wall clock do."""

from __future__ import annotations

import pytest

from catalog.refusals import RateLimited
from tools.limits.accounts import Account
from tools.limits.rate import MAX_BUCKETS, CallRate, CallRates

ANA, BOB, CLERKS = Account("user", "local", "ana"), Account("user", "local", "bob"), Account("role", "", "clerk")


class Clock:
    """Milliseconds that pass only when told."""

    def __init__(self) -> None:
        self.now = 100_000

    def __call__(self) -> int:
        return self.now


def test_calls_beyond_the_limit_are_refused_with_the_time_to_wait_and_free_again_after_it() -> None:
    clock = Clock()
    rates = CallRates(clock)
    for _ in range(6):
        rates.take([CallRate(ANA, 6, 6)])
    with pytest.raises(RateLimited) as refusal:
        rates.take([CallRate(ANA, 6, 6)])
    assert "6 calls a minute" in refusal.value.text
    assert "in 10 s" in refusal.value.text
    clock.now += 10_000
    rates.take([CallRate(ANA, 6, 6)])
    with pytest.raises(RateLimited):
        rates.take([CallRate(ANA, 6, 6)])


def test_a_burst_smaller_than_a_minute_is_all_that_may_come_at_once() -> None:
    rates = CallRates(Clock())
    rates.take([CallRate(ANA, 60, 2)])
    rates.take([CallRate(ANA, 60, 2)])
    with pytest.raises(RateLimited, match="2 of 2 calls at once"):
        rates.take([CallRate(ANA, 60, 2)])


def test_one_user_does_not_use_up_the_calls_of_another() -> None:
    rates = CallRates(Clock())
    rates.take([CallRate(ANA, 1, 1)])
    rates.take([CallRate(BOB, 1, 1)])


def test_a_call_that_its_role_refuses_costs_its_user_nothing() -> None:
    rates = CallRates(Clock())
    rates.take([CallRate(ANA, 2, 2), CallRate(CLERKS, 1, 1)])
    with pytest.raises(RateLimited, match="of role 'clerk'"):
        rates.take([CallRate(ANA, 2, 2), CallRate(CLERKS, 1, 1)])
    rates.take([CallRate(ANA, 2, 2)])


def test_a_long_pause_does_not_save_up_more_than_a_minute() -> None:
    clock = Clock()
    rates = CallRates(clock)
    clock.now += 100_000_000
    for _ in range(6):
        rates.take([CallRate(ANA, 6, 6)])
    with pytest.raises(RateLimited):
        rates.take([CallRate(ANA, 6, 6)])


def test_no_more_buckets_are_kept_than_fit_and_those_in_use_stay() -> None:
    rates = CallRates(Clock())
    rates.take([CallRate(ANA, 1, 1)])
    for number in range(MAX_BUCKETS + 50):
        rates.take([CallRate(Account("user", "local", f"u{number}"), 1, 1)])
        if number == 25:
            # Longest unused goes first: Ana's is among those.
            with pytest.raises(RateLimited):
                rates.take([CallRate(ANA, 1, 1)])
    assert len(rates) == MAX_BUCKETS
    with pytest.raises(RateLimited):
        rates.take([CallRate(Account("user", "local", "u100"), 1, 1)])
