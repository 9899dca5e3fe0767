"""One formatter: what each kind of number reads like, at its edges too."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.facts import Fact, Period
from agents.figures import fill, shown

WEEK = Period(date(2026, 11, 9), date(2026, 11, 15), "week")


def fact(value: str, kind: Any = "value", unit: str = "USD", **rest: Any) -> Fact:
    """A fact with this value."""
    return Fact("f1", "revenue", "Revenue", rest.pop("period", WEEK), kind, Decimal(value), unit, **rest)


@pytest.mark.parametrize(
    ("value", "kind", "unit", "text", "signed"),
    [
        ("606055.2", "value", "USD", "$606.1K", "+$606.1K"),
        ("29774000", "value", "USD", "$29.77M", "+$29.77M"),
        ("999950", "value", "USD", "$1.00M", "+$1.00M"),
        ("999999999", "value", "USD", "$1.00B", "+$1.00B"),
        ("9999.6", "value", "USD", "$10.0K", "+$10.0K"),
        ("4.5", "value", "USD", "$4.50", "+$4.50"),
        ("950", "value", "CHF", "CHF 950", "+CHF 950"),
        ("-80680.12", "contribution", "USD", "$80.7K", "−$80.7K"),
        ("-80680.12", "value", "USD", "−$80.7K", "−$80.7K"),
        ("-0.118112", "change_pct", "ratio", "11.8%", "−11.8%"),
        ("-0.0004", "change_pct", "ratio", "0.0%", "0.0%"),
        ("0.8717", "value", "ratio", "87.2%", "+87.2%"),
        ("-0.0125", "change", "ratio", "1.2 points", "−1.2 points"),
        ("0.5", "share", "USD", "50.0%", "+50.0%"),
        ("76.82", "value", "points", "76.8", "+76.8"),
        ("-0.3", "change", "points", "0.3 points", "−0.3 points"),
        ("772759", "value", "lives", "772,759", "+772,759"),
        ("1", "age", "hours", "1 hour", "+1 hour"),
        ("40.2", "age", "hours", "40 hours", "+40 hours"),
        ("11", "rank", "", "11th", "11th"),
        ("22", "rank", "", "22nd", "22nd"),
    ],
)
def test_a_number_reads_as_people_write_it(value: str, kind: Any, unit: str, text: str, signed: str) -> None:
    assert (shown(fact(value, kind, unit)), shown(fact(value, kind, unit), "signed")) == (text, signed)


@pytest.mark.parametrize(
    ("period", "words"),
    [
        (WEEK, "the week of November 9, 2026"),
        (Period(date(2026, 10, 1), date(2026, 10, 31), "month"), "October 2026"),
        (Period(date(2026, 7, 1), date(2026, 9, 30), "quarter"), "the quarter to September 2026"),
        (Period(date(2026, 11, 1), date(2026, 11, 15)), "November 1 to 15, 2026"),
        (Period(date(2026, 10, 28), date(2026, 11, 3)), "October 28 to November 3, 2026"),
        (Period(date(2025, 12, 28), date(2026, 1, 3)), "December 28, 2025 to January 3, 2026"),
        (Period(date(2026, 11, 9), date(2026, 11, 9), "day"), "November 9, 2026"),
    ],
)
def test_a_period_reads_without_a_calendar_at_hand(period: Period, words: str) -> None:
    assert shown(fact("1", period=period), "when") == words


def test_names_are_data_on_one_line() -> None:
    named = fact("1", slice=(("customer", "A\nB\u202e C"), ("region", "EMEA")))
    assert shown(named, "where") == "A B C, EMEA"


def test_a_template_is_filled_and_an_unknown_fact_is_an_error() -> None:
    facts = {"f1": fact("-0.5", "change_pct", "ratio")}
    assert fill("{f1:name} fell {f1} ({f1:signed}).", facts) == "Revenue fell 50.0% (−50.0%)."
    assert fill("{f1}", facts, lambda f, text: f"[{f.id} {text}]") == "[f1 50.0%]"
    with pytest.raises(KeyError):
        fill("{f2}", facts)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=4))
def test_nothing_that_rounds_to_zero_has_a_sign(value: Decimal) -> None:
    for kind, unit in (("value", "USD"), ("change_pct", "ratio"), ("change", "points"), ("value", "count")):
        text = shown(fact(str(value), kind, unit), "signed")
        has_digits = any(d in "123456789" for d in text)
        assert text[0] in "+−" if has_digits else text[0] not in "+−"
