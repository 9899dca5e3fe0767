"""Similar cases: what counts as one, what is never used, and how actions are ranked."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.health.cases import (
    ENOUGH_CASES,
    NONE_NEAR,
    SUPPORT,
    TOO_FEW,
    Case,
    Profile,
    Response,
    leaders,
    ranked,
    similar_cases,
    wilson,
)

DAY = date(2026, 11, 15)
USAGE_FELL = Profile("me", (15.0, 3.0, 1.0), 60.0, ("SMB", "Retail"))


def case(
    n: int, *, good: bool = True, action: str = "call", entity: str = "", closed: int = 30, **profile: object
) -> Case:
    """A case much like USAGE_FELL; no two are quite the same."""
    own = Profile(entity or f"c{n}", (14.0 + n % 5, 2.0 + n % 3, n % 2), 55.0 + n % 11, ("SMB", "Retail"))
    when = DAY - timedelta(days=closed)
    return Case(f"k{n:04}", replace(own, **profile), action, good, when - timedelta(days=42), when)


MANY = tuple(case(n, good=n % 3 > 0, action=("call", "training")[n % 2]) for n in range(80))


def test_few_cases_are_said_to_be_few() -> None:
    found = similar_cases(USAGE_FELL, MANY[: ENOUGH_CASES - 1], DAY)
    assert (found.why, found.pool, found.neighbours, found.tried) == (TOO_FEW, ENOUGH_CASES - 1, (), ())


def test_what_is_far_from_every_case_has_no_comparable_case() -> None:
    far = replace(USAGE_FELL, falls=(90.0, 3.0, 1.0), level=5.0, attributes=("Enterprise", "Space"))
    assert similar_cases(far, MANY, DAY).why == NONE_NEAR


def test_neighbours_come_nearest_first_and_actions_with_support() -> None:
    found = similar_cases(USAGE_FELL, MANY, DAY)
    assert found.why == ""
    assert list(found.distances) == sorted(found.distances)
    assert all(tried.used >= SUPPORT and 0 <= tried.good <= tried.used for tried in found.tried)
    assert sum(tried.used for tried in found.tried) <= len(found.neighbours)


def test_a_case_that_closed_on_the_day_or_later_is_not_known_yet() -> None:
    late = [case(n, closed=-(n % 3)) for n in range(100, 200)]
    found = similar_cases(USAGE_FELL, [*MANY, *late], DAY)
    assert found.pool == len(MANY)
    assert all(known.closed < DAY for known in found.neighbours)


def test_the_same_entity_is_never_its_own_precedent() -> None:
    own = [replace(MANY[n], key=f"own{n}", profile=replace(USAGE_FELL)) for n in range(20)]
    found = similar_cases(USAGE_FELL, [*MANY, *own], DAY)
    assert {known.profile.entity for known in found.neighbours}.isdisjoint({"me"})


def test_a_fall_of_another_component_is_another_story() -> None:
    support = [case(n, falls=(0.0, 1.0, 20.0)) for n in range(300, 400)]
    found = similar_cases(USAGE_FELL, [*MANY, *support], DAY)
    assert found.pool == len(MANY)


def test_components_that_fall_nearly_as_much_lead_together() -> None:
    assert leaders((15.0, 14.0, 3.0)) == {0, 1}
    assert leaders((0.0, 0.0, 0.0)) == frozenset()
    assert leaders((None, 4.0)) == {1}


def test_attributes_that_agree_make_cases_nearer() -> None:
    other = [case(n, attributes=("Enterprise", "Energy")) for n in range(80)]
    same = [replace(c, key=f"s{c.key}", profile=replace(c.profile, entity=f"s{c.key}")) for c in MANY]
    found = similar_cases(USAGE_FELL, [*other, *same], DAY)
    assert {known.profile.attributes for known in found.neighbours} == {("SMB", "Retail")}


def test_what_people_said_of_an_action_moves_its_place() -> None:
    near = [case(n, good=n % 2 == 0, action="call") for n in range(4)]
    near += [case(n, good=n % 2 == 0, action="training") for n in range(4)]
    first = ranked(near, 0.5, {})
    assert [tried.action for tried in first] == ["call", "training"]
    refused = ranked(near, 0.5, {"call": Response(ignored=5)})
    taken = ranked(near, 0.5, {"training": Response(accepted=3)})
    worked = ranked(near, 0.5, {"training": Response(outcomes=4, good=4)})
    assert {tuple(t.action for t in order) for order in (refused, taken, worked)} == {("training", "call")}
    assert {(t.used, t.good, t.low, t.high) for t in worked} == {(t.used, t.good, t.low, t.high) for t in first}


def test_wilsons_interval_is_the_published_one() -> None:
    assert tuple(round(bound, 3) for bound in wilson(4, 5)) == (0.376, 0.964)
    assert tuple(round(bound, 4) for bound in wilson(81, 263)) == (0.2553, 0.3662)
    with pytest.raises(ValueError, match="no proportion"):
        wilson(1, 0)


TRIALS = st.integers(1, 400).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total)))


@given(TRIALS)
def test_wilsons_interval_holds_the_share_and_is_symmetric(trial: tuple[int, int]) -> None:
    good, total = trial
    low, high = wilson(good, total)
    assert 0 <= low <= good / total <= high <= 1
    mirrored = wilson(total - good, total)
    assert mirrored == pytest.approx((1 - high, 1 - low))
    wider = wilson(good * 4, total * 4)
    assert wider[1] - wider[0] < high - low


OUTCOMES = st.lists(st.tuples(st.sampled_from(["call", "plan", "training"]), st.booleans()), min_size=1, max_size=12)


@given(OUTCOMES, st.randoms(use_true_random=False), st.floats(0, 1))
def test_ranking_does_not_depend_on_the_order_of_cases(
    outcomes: list[tuple[str, bool]], shuffle: random.Random, base: float
) -> None:
    near = [case(n, action=action, good=good) for n, (action, good) in enumerate(outcomes)]
    mixed = list(near)
    shuffle.shuffle(mixed)
    assert ranked(mixed, base, {}) == ranked(near, base, {})


@given(OUTCOMES, st.floats(0, 1))
def test_one_more_success_never_lowers_an_action(outcomes: list[tuple[str, bool]], base: float) -> None:
    near = [case(n, action=action, good=good) for n, (action, good) in enumerate(outcomes)]
    better = [*near, case(99, action="call", good=True)]
    before = {tried.action: tried.rank for tried in ranked(near, base, {})}
    after = {tried.action: tried.rank for tried in ranked(better, base, {})}
    assert all(after[action] >= rank - 1e-12 for action, rank in before.items())


@given(st.randoms(use_true_random=False))
def test_the_same_cases_in_any_order_give_the_same_answer(shuffle: random.Random) -> None:
    mixed = list(MANY)
    shuffle.shuffle(mixed)
    assert similar_cases(USAGE_FELL, mixed, DAY) == similar_cases(USAGE_FELL, MANY, DAY)


def test_a_change_of_one_percent_keeps_nearly_all_neighbours() -> None:
    draw = random.Random(5)
    cases = [
        case(n, falls=(draw.uniform(8, 25), draw.uniform(0, 6), draw.uniform(0, 6)), level=draw.uniform(20, 90))
        for n in range(400)
    ]
    kept: list[int] = []
    for n in range(30):
        profile = replace(cases[n].profile, entity="me")
        base = {c.key for c in similar_cases(profile, cases, DAY).neighbours}
        moved = similar_cases(replace(profile, level=profile.level * 1.01), cases, DAY)
        kept.append(len(base & {c.key for c in moved.neighbours}))
    assert sum(kept) / len(kept) >= 9


def test_neighbours_tell_the_outcome_where_the_outcome_follows_the_fall() -> None:
    """Trained on the earlier half, asked about the later one; a deep fall ends badly four times in five."""
    draw = random.Random(11)
    told: list[tuple[float, bool]] = []
    cases: list[Case] = []
    for n in range(400):
        deep = draw.random() < 0.5
        fall = draw.gauss(22 if deep else 12, 2.5)
        good = draw.random() < (0.2 if deep else 0.8)
        falls = (fall, draw.uniform(0, 5), draw.uniform(0, 5))
        cases.append(case(n, good=good, closed=400 - n, falls=falls, level=draw.uniform(30, 90)))
    for later in cases[250:]:
        found = similar_cases(later.profile, cases, later.started)
        if found.neighbours:
            told.append((sum(c.good for c in found.neighbours) / len(found.neighbours), later.good))
    assert len(told) > 100
    assert area_under_curve(told) > 0.7


def area_under_curve(told: list[tuple[float, bool]]) -> float:
    """Chance that a good outcome was given a higher share than a bad one; ties count half."""
    good = [share for share, well in told if well]
    bad = [share for share, well in told if not well]
    wins = sum((a > b) + 0.5 * (a == b) for a in good for b in bad)
    return wins / (len(good) * len(bad))
