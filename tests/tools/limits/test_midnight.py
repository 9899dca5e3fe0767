"""Clocks that are wrong around midnight: no day is opened twice, and replicas share one day whatever their own clocks
say."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from catalog.refusals import RateLimited
from tests.postgres import new_database
from tools.limits.accounts import Account, Allowance, Amounts
from tools.limits.ledger import Ledger

OSLO = ZoneInfo("Europe/Oslo")
ANA = Account("user", "local", "ana")
TWO_A_DAY = [Allowance(ANA, "board", {"calls": 2})]
MIDNIGHT = datetime(2026, 11, 22, tzinfo=OSLO).timestamp()
FIRST, SECOND = date(2026, 11, 21), date(2026, 11, 22)


@dataclass
class Clocks:
    """What the machine's clocks say: seconds since midnight, and since it started."""

    past_midnight: float
    steady: float = 1_000.0

    def ledger(self, url: str) -> Ledger:
        return Ledger(url, wall=lambda: MIDNIGHT + self.past_midnight, steady=lambda: self.steady)

    def go_on(self, seconds: float) -> None:
        self.past_midnight += seconds
        self.steady += seconds


def caller(ledger: Ledger) -> Callable[[str], date]:
    def call(name: str) -> date:
        day = ledger.reserve(name, TWO_A_DAY, Amounts(calls=1), OSLO, seconds=50)
        ledger.settle(name, TWO_A_DAY, Amounts(calls=1), day, OSLO)
        return day

    return call


def test_a_clock_that_leaps_back_over_midnight_opens_the_day_before_to_nobody(tmp_path: Path) -> None:
    clocks, url = Clocks(-30), f"sqlite:///{tmp_path / 'limits.sqlite'}"
    with closing(clocks.ledger(url)) as ledger:
        call = caller(ledger)
        assert call("one") == FIRST
        clocks.go_on(60)
        assert (call("two"), call("three")) == (SECOND, SECOND)
        clocks.past_midnight -= 600
        with pytest.raises(RateLimited, match="2 calls used"):
            call("four")
        # A process that starts now knows no better than its clock; that day too has no more than its calls.
        with closing(clocks.ledger(url)) as other:
            assert caller(other)("five") == FIRST
            with pytest.raises(RateLimited, match="2 calls used"):
                caller(other)("six")
        clocks.past_midnight += 600
        clocks.go_on(60)
        with pytest.raises(RateLimited, match="2 calls used"):
            call("seven")


def test_replicas_whose_clocks_are_days_apart_count_on_one_day(postgres: str) -> None:
    url = new_database(postgres)
    ahead, behind = Clocks(5 * 86_400), Clocks(-400 * 86_400)
    with closing(ahead.ledger(url)) as one, closing(behind.ledger(url)) as other:
        before = datetime.now(UTC).astimezone(OSLO).date()
        days = {caller(one)("one"), caller(other)("two")}
        after = datetime.now(UTC).astimezone(OSLO).date()
        assert days <= {before, after}
        if before == after:
            with pytest.raises(RateLimited, match="2 calls used"):
                caller(other)("three")
