"""Products of factors split exactly."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.analysis.product import split_product

FACTOR = st.floats(1e-6, 1e6)
SIDES = st.dictionaries(st.sampled_from("abcde"), st.tuples(FACTOR, FACTOR), min_size=1)


@given(sides=SIDES)
def test_the_factors_contributions_sum_to_the_change(sides: dict[str, tuple[float, float]]) -> None:
    found = split_product({k: v[0] for k, v in sides.items()}, {k: v[1] for k, v in sides.items()})
    assert found is not None
    assert abs(found.rest) <= 1e-9 * max(found.before, found.after)
    assert math.fsum(part for _, part in found.contributions) + found.rest == pytest.approx(found.change, abs=1e-300)


@given(sides=SIDES)
def test_a_factor_that_did_not_move_contributes_nothing(sides: dict[str, tuple[float, float]]) -> None:
    found = split_product(
        {k: v[0] for k, v in sides.items()} | {"same": 3.0}, {k: v[1] for k, v in sides.items()} | {"same": 3.0}
    )
    assert found is not None
    assert dict(found.contributions)["same"] == 0


def test_revenue_is_split_over_customers_orders_and_value() -> None:
    found = split_product({"customers": 100, "orders": 2, "value": 50}, {"customers": 80, "orders": 2.5, "value": 50})
    assert found is not None
    assert found.change == 0
    assert dict(found.contributions) == {
        "customers": pytest.approx(10_000 * math.log(0.8)),
        "orders": pytest.approx(10_000 * math.log(1.25)),
        "value": 0,
    }


@pytest.mark.parametrize("after", [0.0, -1.0, math.nan, math.inf])
def test_a_factor_that_is_not_above_zero_has_no_such_split(after: float) -> None:
    assert split_product({"a": 1.0, "b": 2.0}, {"a": after, "b": 2.0}) is None


def test_a_product_beyond_all_numbers_has_no_split() -> None:
    assert split_product({"a": 1e200, "b": 1e200}, {"a": 1.0, "b": 1.0}) is None


def test_different_factors_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="same factors"):
        split_product({"a": 1.0}, {"b": 1.0})
