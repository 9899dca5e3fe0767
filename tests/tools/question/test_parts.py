"""A part of a name, or one word that is not known: what is offered instead is a whole question of the same time."""

from __future__ import annotations

import pytest

from catalog.refusals import NotUnderstood
from tests.tools.question.conftest import reading_of


def refused(read, question: str) -> NotUnderstood:
    with pytest.raises(NotUnderstood) as refusal:
        read(question)
    return refusal.value


def test_a_part_of_several_names_is_asked_back_with_the_names(read) -> None:
    refusal = refused(read, "ARR of Coral as of 2026-10-31")
    assert refusal.choices == (
        "arr of Coral Foods Cooperative as of 2026-10-31",
        "arr of Coral Logistics Holdings as of 2026-10-31",
        "arr of Coral Water International as of 2026-10-31",
    )
    assert "'coral' is a part of Coral Foods Cooperative, Coral Logistics Holdings" in refusal.message


def test_names_of_other_peoples_rows_are_not_offered(demo_program) -> None:
    everything = refused(reading_of(demo_program), "ARR of Copper")
    hidden = refused(reading_of(demo_program, "prod.quinn"), "ARR of Copper")
    assert "Copper" in everything.message
    assert "Copper" not in hidden.message and not [c for c in hidden.choices if "Copper" in c]


def test_one_unknown_word_is_replaced_by_the_metrics_that_come_near(read) -> None:
    refusal = refused(read, "churn by region last quarter")
    assert refusal.choices[0] == "Churned customers by region last quarter"
    assert all(choice.endswith("by region last quarter") for choice in refusal.choices)


def test_what_is_offered_keeps_the_time_that_was_named(read) -> None:
    assert (
        refused(read, "share of revenue by segment in Q2 2026").choices[0] == "Recognized revenue by segment in q2 2026"
    )
