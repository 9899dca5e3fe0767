"""No group below k, on any day, can be worked out from everything that is shown about the people of a company."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.security.people import Person, Staff, random_staff, recovered

QUICK, WHOLE = 5, 60


def crossing(*, by_day: bool) -> Staff:
    """A group of four that gains a fifth on a known day, beside two others."""
    people = [Person("small", -9, None)] * 4 + [Person("small", 9, None)]
    people += [Person("middle", -9, None)] * 7 + [Person("large", -9, None)] * 20
    return Staff(people, 16, by_day=by_day)


def test_judging_each_day_alone_gives_a_small_group_away() -> None:
    """What the attack is worth: the first day that shows the group tells, by its joiner, all sizes before."""
    assert recovered(crossing(by_day=True)) == [((day, "small"), "people", 4) for day in range(9)]


def test_one_decision_for_all_days_does_not() -> None:
    staff = crossing(by_day=False)
    assert {team for _, team in staff.published()} == {None, "large"}
    assert recovered(staff) == []


def test_groups_that_are_always_large_are_all_shown_and_right() -> None:
    staff = Staff([Person(team, -9, None) for team in "abc" for _ in range(6)], 20)
    shown = staff.published()
    assert {cell: figures for cell, figures in shown.items() if cell[1]} == staff.truth
    assert {figures for (_, team), figures in shown.items() if team is None} == {(18, 0, 0)}


def test_random_companies_that_judge_each_day_alone_do_not_keep_them() -> None:
    assert any(recovered(random_staff(seed, 20, by_day=True)) for seed in range(QUICK))


def test_random_companies_keep_their_small_groups() -> None:
    for seed in range(QUICK):
        assert recovered(random_staff(seed, 20)) == [], seed


@pytest.mark.prove
def test_many_random_companies_keep_their_small_groups(record_property: Callable[[str, object], None]) -> None:
    hidden = 0
    for seed in range(1_000, 1_000 + WHOLE):
        staff = random_staff(seed, 24)
        assert recovered(staff) == [], seed
        shown = staff.published()
        hidden += sum(1 for cell, figures in staff.truth.items() if cell not in shown and 0 < figures[0] < staff.k)
    record_property("companies", WHOLE)
    record_property("hidden figures of small groups", hidden)
    record_property("figures recovered", 0)
