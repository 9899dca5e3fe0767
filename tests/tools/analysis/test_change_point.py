"""When did the level shift?"""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.analysis.change_point import LevelShift, level_shift

NOISE = [0.4, -1.1, 0.3, 0.9, -0.6, 0.1, -0.2, 1.2, -0.9, 0.5, -0.4, 0.2]


def test_the_first_value_of_the_new_level_is_dated() -> None:
    series = [100 + e for e in NOISE] + [90 + e for e in NOISE]
    found = level_shift(series)
    assert found is not None
    assert found.at == len(NOISE)
    assert (found.before, found.after) == (pytest.approx(100, abs=0.1), pytest.approx(90, abs=0.1))


def test_noise_has_no_shift() -> None:
    chance = random.Random(3)
    dated = [level_shift([chance.gauss(0, 1) for _ in range(60)]) for _ in range(200)]
    assert sum(found is not None for found in dated) <= 10


def test_one_outlier_is_no_level() -> None:
    assert level_shift([100 + e for e in NOISE] + [40.0] + [100 + e for e in NOISE]) is None


def test_a_clean_step_is_found_however_large_the_level() -> None:
    assert level_shift([1e12] * 5 + [1e12 + 10] * 5) == LevelShift(5, 1e12, 1e12 + 10, pytest.approx(131, abs=1))


@pytest.mark.parametrize("series", [[], [1.0] * 5, [7.0] * 50])
def test_too_few_values_and_constants_have_no_shift(series: list[float]) -> None:
    assert level_shift(series) is None


def test_values_that_are_missing_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        level_shift([1.0, math.nan, 2.0] * 4)


@given(
    level=st.floats(-1e6, 1e6),
    step=st.floats(5, 1e6) | st.floats(-1e6, -5),
    before=st.integers(4, 30),
    after=st.integers(4, 30),
)
def test_a_shift_far_beyond_the_noise_is_dated_to_the_day(level: float, step: float, before: int, after: int) -> None:
    series = [level + 0.1 * NOISE[i % 12] + (step if i >= before else 0.0) for i in range(before + after)]
    found = level_shift(series)
    assert found is not None
    assert found.at == before
    assert (found.after > found.before) == (step > 0)
