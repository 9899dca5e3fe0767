"""What a principal may not see is an unknown word to it."""

from __future__ import annotations

import pytest

from catalog.access import Access
from tests.tools.question.conftest import reading_of, told


def customer_of(program, territory_user: str, other_user: str) -> str:
    """A customer that the first user sees and the second does not."""
    seen: list[set[str]] = []
    for user in (territory_user, other_user):
        access = Access(program.catalog, program.principal(user, None, {}))
        seen.append(set(program.warehouse.dimension_values(access, access.dimensions["customer_name"], 20_000)))
    return min(seen[0] - seen[1])


def test_a_customer_outside_the_own_rows_is_an_unknown_word(demo_program, tell_as) -> None:
    name = customer_of(demo_program, "csm.avery", "csm.blake")
    assert tell_as("csm.avery", f"ARR of {name}") == f"metric arr where customer_name = {name}"
    hidden = told(reading_of(demo_program, "csm.blake"), f"ARR of {name}")
    assert hidden == told(reading_of(demo_program, "csm.blake"), "ARR of Quasimodo Bells Limited") == "NOT_UNDERSTOOD"


@pytest.mark.parametrize("question", ["revenue last month", "ARR by segment", "ticket volume"])
def test_a_metric_that_the_role_lacks_is_an_unknown_word(tell_as, question: str) -> None:
    assert tell_as("hr.rowan", question) == "NOT_UNDERSTOOD"
    assert tell_as("fin.riley", question).startswith("metric ")


def test_refusals_offer_only_what_the_role_may_ask(demo_program) -> None:
    from catalog.refusals import NotUnderstood

    read = reading_of(demo_program, "hr.rowan")
    with pytest.raises(NotUnderstood) as refused:
        read("revenue last month")
    assert "evenue" not in " ".join(refused.value.choices)


def test_the_own_customers_are_those_that_the_policies_give(tell_as) -> None:
    assert tell_as("csm.avery", "my customers' ARR") == "metric arr"
    assert tell_as("exec.morgan", "my customers' ARR") == "NOT_UNDERSTOOD"
