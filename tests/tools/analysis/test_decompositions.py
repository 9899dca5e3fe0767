"""Contributions, mix and rate on plain numbers."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.analysis.contributions import additive, concentration
from tools.analysis.mix_rate import Parts, mix_and_rate, story

AMOUNTS = st.dictionaries(
    st.sampled_from("abcdef"), st.decimals(-1000, 1000, places=2, allow_nan=False), min_size=1, max_size=6
)
PARTS = st.dictionaries(
    st.sampled_from("abcdef"),
    st.builds(
        Parts,
        st.decimals(0, 1000, places=2, allow_nan=False),
        st.decimals("0.01", 1000, places=2, allow_nan=False),
    ),
    min_size=1,
    max_size=6,
)


def amounts(**values: int | str) -> dict[str, Decimal]:
    return {name: Decimal(value) for name, value in values.items()}


@given(before=AMOUNTS, after=AMOUNTS, change=st.decimals(-5000, 5000, places=2, allow_nan=False))
def test_members_and_the_rest_add_up_to_the_change_to_the_last_digit(
    before: dict[str, Decimal], after: dict[str, Decimal], change: Decimal
) -> None:
    found = additive(before, after, change)
    assert sum((m.change for m in found.members), Decimal(0)) + found.rest == change


def test_the_largest_effect_comes_first_and_missing_members_count_as_zero() -> None:
    found = additive(amounts(a=100, b=50), amounts(a=90, c=20), Decimal(-40))
    assert [(m.member, m.change) for m in found.members] == [("b", -50), ("c", 20), ("a", -10)]
    assert found.rest == 0
    assert concentration(found) == pytest.approx(50 / 60)


def test_members_that_do_not_add_up_leave_an_unexplained_rest() -> None:
    assert additive(amounts(a=5), amounts(a=8), Decimal(2)).rest == -1


@settings(max_examples=200)
@given(before=PARTS, after=PARTS)
def test_mix_and_rate_add_up_to_the_change_of_the_quotient(before: dict[str, Parts], after: dict[str, Parts]) -> None:
    def total(side: dict[str, Parts]) -> Decimal:
        return sum(p.numerator for p in side.values()) / sum(p.denominator for p in side.values())

    change = total(after) - total(before)
    found = mix_and_rate(before, after, change)
    assert found is not None
    assert found.mix is not None
    assert found.rate is not None
    assert abs(found.mix + found.rate - change) < Decimal("1e-15")
    assert sum((m.change for m in found.members), Decimal(0)) + found.rest == change


def parts(**values: tuple[int, int]) -> dict[str, Parts]:
    return {name: Parts(Decimal(n), Decimal(d)) for name, (n, d) in values.items()}


def test_weights_that_move_at_constant_rates_are_mix_not_rate() -> None:
    found = mix_and_rate(parts(big=(90, 100), small=(50, 100)), parts(big=(45, 50), small=(75, 150)), Decimal("-0.1"))
    assert found is not None
    assert (story(found), found.rate, found.rest) == ("mix, not rate", 0, 0)


def test_rates_that_move_at_constant_weights_are_rate_not_mix() -> None:
    found = mix_and_rate(parts(a=(50, 100), b=(50, 100)), parts(a=(40, 100), b=(30, 100)), Decimal("-0.15"))
    assert found is not None
    assert (story(found), found.mix) == ("rate, not mix", 0)


def test_without_a_denominator_there_is_no_quotient_to_split() -> None:
    assert mix_and_rate({}, parts(a=(1, 2)), Decimal(1)) is None
