"""Score and commercial signs: when they say different things, and what counts as a sign. Without any data."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from agents.facts import Period
from agents.health.changes import disagreement, judge
from agents.health.episodes import Episode, Kind
from agents.health.reading import Standing, Standings
from agents.health.signs import Commercial, Signs, State, state_of
from catalog.agents import Health, Sign
from catalog.metrics import Metric

DAY = date(2026, 11, 15)
SIGNS = tuple(Sign(metric=f"m{n}", change_pct=-10, label=f"sign {n}") for n in range(3))
HEALTH = Health(dataset="scores", entity="id", time="day", score="score", signs=SIGNS, signs_needed=2)


def signs(*states: State) -> tuple[Commercial, ...]:
    period = Period(DAY, DAY)
    return tuple(
        Commercial(sign, METRIC, state, period, Decimal(1), None, None, "r", "reconciled")
        for sign, state in zip(SIGNS, states, strict=True)
    )


METRIC = Metric.model_construct(name="m", label="M", unit="USD", direction="up_is_good")
COUNT = Metric.model_construct(name="n", label="N", unit="count", direction="up_is_good")


@pytest.mark.parametrize(
    ("score", "states", "kind"),
    [
        (70, ("holds", "holds", "improves"), "conflict"),
        (70, ("holds", "neither", "improves"), None),
        (69, ("holds", "holds", "holds"), None),
        (69, ("improves", "improves", "improves"), "reverse"),
        (69, ("improves", "neither", "improves"), None),
        (90, ("improves", "improves", "improves"), None),
    ],
)
def test_a_healthy_score_beside_signs_or_a_low_one_beside_none(
    score: int, states: tuple[State, State, State], kind: Kind | None
) -> None:
    assert disagreement(Decimal(score), signs(*states), 3, HEALTH) == kind


def test_where_a_sign_could_not_be_read_nobody_says_that_all_improve() -> None:
    assert disagreement(Decimal(50), signs("improves", "improves", "improves")[:2], 3, HEALTH) is None


def told(names: tuple[str, ...], *known: Episode) -> tuple[list[str], tuple[str, ...]]:
    """(entities told of a conflict, episodes that go on) where every entity of these names has two signs."""
    by_key = {
        f"e{n}": Standing(f"e{n}", name, "owner", Decimal(80), Decimal(82), (), (), ()) for n, name in enumerate(names)
    }
    standings = Standings(DAY, by_key, "r", "reconciled")
    read = Signs({name: signs("holds", "holds", "neither") for name in names}, 3, ())
    at = datetime(2026, 11, 16, 8)
    found = judge(standings, {}, read, known, HEALTH, at, timedelta(hours=72))
    return [change.standing.key for change in found.told], found.continuing


def conflict(days_ago: int, kind: Kind = "conflict") -> Episode:
    day = DAY - timedelta(days=days_ago)
    at = datetime(day.year, day.month, day.day, 8)
    return Episode(f"{kind}{days_ago}", "watch", "e0", kind, day, at, "owner", Decimal(80), Decimal(80), day)


def test_a_disagreement_that_goes_on_is_told_once() -> None:
    assert told(("A",)) == (["e0"], ())
    assert told(("A",), conflict(10)) == ([], ("conflict10",))
    assert told(("A",), conflict(29)) == (["e0"], ())


def test_a_disagreement_beside_a_fall_that_was_told_is_not_told_again() -> None:
    assert told(("A",), conflict(10, "fall")) == ([], ())


def test_signs_of_a_name_that_two_entities_share_are_nobodys() -> None:
    assert told(("A", "A", "B"))[0] == ["e2"]


@pytest.mark.parametrize(
    ("metric", "before", "now", "typical", "state"),
    [
        (METRIC, 100, 89, 0.0, "holds"),
        (METRIC, 100, 91, 0.0, "neither"),
        (METRIC, 100, 89, -0.08, "neither"),
        (METRIC, 100, 106, 0.0, "improves"),
        (METRIC, 100, 104, 0.0, "neither"),
        (METRIC, 100, 106, 0.09, "neither"),
        (COUNT, 20, 15, 0.0, "neither"),
        (COUNT, 2000, 1500, 0.0, "holds"),
    ],
)
def test_a_sign_is_a_change_of_this_entity_beyond_season_and_chance(
    metric: Metric, before: int, now: int, typical: float, state: State
) -> None:
    change = Decimal(now - before) / Decimal(before)
    found = state_of(SIGNS[0], metric, Decimal(now), Decimal(before), change, Decimal(str(typical)))
    assert found == state


def test_an_amount_above_its_limit_is_a_sign() -> None:
    overdue = Sign(metric="m", above=0, label="overdue")
    assert state_of(overdue, METRIC, Decimal("0.01"), None, None, Decimal(0)) == "holds"
    assert state_of(overdue, METRIC, Decimal(0), None, None, Decimal(0)) == "improves"
