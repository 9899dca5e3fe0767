"""Records and ranks."""

import math

from hypothesis import given
from hypothesis import strategies as st

from tools.analysis.records import Standing, standing


def test_a_value_above_all_before_it_is_a_record_high() -> None:
    found = standing([3.0, 5.0, 4.0], 6.0)
    assert found == Standing(rank=1, rank_low=4, of=4, higher_ago=None, lower_ago=1)
    assert found.record == "high"


def test_a_value_below_all_before_it_is_a_record_low() -> None:
    assert standing([3.0, 5.0, 4.0], 2.0).record == "low"


def test_short_of_a_record_it_says_since_when_none_was_so_high() -> None:
    found = standing([9.0, 5.0, 4.0, 6.0], 8.0)
    assert (found.record, found.rank, found.higher_ago) == (None, 2, 4)


def test_a_value_that_equals_the_highest_is_no_record_and_shares_its_rank() -> None:
    found = standing([7.0, 8.0, 1.0], 8.0)
    assert (found.record, found.rank, found.higher_ago) == (None, 1, 2)


def test_periods_without_a_value_count_as_time_but_not_in_the_rank() -> None:
    found = standing([9.0, math.nan, math.nan], 8.0)
    assert (found.rank, found.of, found.higher_ago) == (2, 2, 3)


def test_the_first_value_of_all_is_no_record() -> None:
    assert standing([], 8.0).record is None


@given(history=st.lists(st.floats(allow_nan=False)), value=st.floats(allow_nan=False))
def test_both_ranks_and_the_equals_make_up_all_values(history: list[float], value: float) -> None:
    found = standing(history, value)
    assert (found.rank - 1) + (found.rank_low - 1) + history.count(value) + 1 == found.of
