"""A user may make so many calls a minute, whatever other users and the wall clock do."""

from __future__ import annotations

import pytest

from catalog.refusals import RateLimited
from tools.rate import CallRate


class Clock:
    """Seconds that pass only when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_calls_beyond_the_limit_are_refused_with_the_time_to_wait_and_free_again_after_it() -> None:
    clock = Clock()
    rate = CallRate(clock)
    for _ in range(6):
        rate.take("ana", 6)
    with pytest.raises(RateLimited) as refusal:
        rate.take("ana", 6)
    assert "in 10 s" in refusal.value.text
    clock.now += 10
    rate.take("ana", 6)
    with pytest.raises(RateLimited):
        rate.take("ana", 6)


def test_one_user_does_not_use_up_the_calls_of_another() -> None:
    rate = CallRate(Clock())
    rate.take("ana", 1)
    rate.take("bob", 1)


def test_a_long_pause_does_not_save_up_more_than_a_minute() -> None:
    clock = Clock()
    rate = CallRate(clock)
    clock.now += 100_000
    for _ in range(6):
        rate.take("ana", 6)
    with pytest.raises(RateLimited):
        rate.take("ana", 6)
