"""Which range a value is held against, end to end in the company of clinics: seasons, gaps, the year before."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from catalog.metrics import Metric
from tests.tools.clinics import clinics
from tests.tools.reconciliation.bicycles import METRICS
from tools.explanation.reading import Pair
from tools.explanation.verdict import habit
from tools.explanation.window import Window

QUIET_SATURDAYS = "DELETE FROM mart.visit WHERE dayofweek(visited_on) = 6 AND practitioner_id > 'p1'"
CLOSED_SUNDAYS = "DELETE FROM mart.visit WHERE dayofweek(visited_on) = 0"
QUIET_FRIDAY = "DELETE FROM mart.visit WHERE visited_on = DATE '2025-07-04' AND practitioner_id > 'p1'"
JUNE = Window(date(2025, 6, 1), date(2025, 6, 30), "month")
RIDES = Metric.model_validate(METRICS[1])


def of_day(program: Any, day: str) -> dict[str, Any]:
    asked = {"metric": "visit_count", "start": day, "end": day}
    result = program.toolset.call(program.principal(None, None, {}), "explain_number", asked)
    assert not result.is_error, result.text
    return result.structured


def test_a_quiet_saturday_is_normal_and_a_friday_like_it_is_not_though_sundays_have_no_rows(tmp_path: Path) -> None:
    with clinics(tmp_path, QUIET_SATURDAYS, CLOSED_SUNDAYS, QUIET_FRIDAY) as program:
        friday, saturday = of_day(program, "2025-07-04"), of_day(program, "2025-07-05")
    assert (friday["value"], saturday["value"]) == (20, 20)
    assert saturday["expected_low"] <= 20 <= saturday["expected_high"]
    assert friday["expected_low"] > 50
    assert friday["verdict"] == "business_change"


def against_last_year(metric: Metric, before: float, history: list[float]) -> tuple[float, float]:
    expected = habit(metric, JUNE, "prior_year", Pair(Decimal(str(before)), Decimal(1)), history)
    assert expected is not None
    return expected.low, expected.high


def test_against_the_year_before_steady_growth_is_what_is_expected() -> None:
    grown = [100 * 1.02**month for month in range(36)]
    low, high = against_last_year(RIDES, grown[24], grown)
    assert low < grown[24] * 1.02**12 < high
    assert low > grown[24]


def test_against_the_year_before_a_share_is_compared_by_odds_and_stays_a_share() -> None:
    share = Metric.model_validate(METRICS[1] | {"unit": "ratio"})
    low, high = against_last_year(share, 0.99, [0.98, 0.99, 0.985] * 12)
    assert 0.9 < low < 0.99 < high < 1


def test_without_two_years_nothing_is_said_against_the_year_before() -> None:
    pair = Pair(Decimal(100), Decimal(50))
    assert habit(RIDES, JUNE, "prior_year", pair, [100.0] * 23) is None


@pytest.mark.parametrize("pair", [Pair(None, Decimal(1)), Pair(Decimal(1), None)])
def test_without_a_value_or_a_baseline_there_is_no_range(pair: Pair) -> None:
    assert habit(RIDES, JUNE, "prior_period", pair, [100.0] * 36) is None
