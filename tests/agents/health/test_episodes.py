"""One alert an episode: when an agent may speak again, and what people said of its alerts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from agents.health.changes import Change, candidates, judge
from agents.health.episodes import (
    Episode,
    Feedback,
    episode_id,
    feedback_of,
    recent,
    record_feedback,
    seen,
    told,
    unused_high,
)
from agents.health.reading import Day, Standing, Standings
from agents.health.run import responses_of
from agents.health.signs import Signs
from agents.store import Store
from catalog.agents import Cases, Health

FIRST = date(2026, 1, 1)
HEALTH = Health(dataset="scores", entity="id", time="day", score="score", drop=10, window_days=56)
COOL_DOWN = timedelta(hours=72)
NO_SIGNS = Signs({}, 0, ())


def episode(day: int, reference: int, score: int) -> Episode:
    when = FIRST + timedelta(days=day)
    at = datetime(when.year, when.month, when.day, 8)
    name = episode_id("watch", "e", "fall", when)
    return Episode(name, "watch", "e", "fall", when, at, "owner", Decimal(reference), Decimal(score), when, ("call",))


def days(scores: Sequence[int]) -> tuple[Day, ...]:
    return tuple(Day(FIRST + timedelta(days=n), Decimal(score), ()) for n, score in enumerate(scores))


def alerts(scores: Sequence[int], health: Health = HEALTH) -> list[tuple[int, int, int]]:
    """(day, reference, score) of every alert when looked at each day."""
    known: list[Episode] = []
    for n in range(len(scores)):
        today = FIRST + timedelta(days=n)
        window = days(scores)[max(0, n - health.window_days) : n + 1]
        high = max(day.score for day in window)
        standing = Standing("e", "E", "owner", window[-1].score, high, (), (), ())
        standings = Standings(today, {"e": standing}, "r", "reconciled")
        courses = dict.fromkeys(candidates(standings, health), window)
        recently = [e for e in known if e.seen >= today - timedelta(days=health.window_days)]
        at = datetime(today.year, today.month, today.day, 8)
        found = judge(standings, courses, NO_SIGNS, recently, health, at, COOL_DOWN)
        known += [episode(n, int(change.reference), int(change.standing.score)) for change in found.told]
    return [((e.day - FIRST).days, int(e.reference), int(e.score)) for e in known]


def test_a_fall_of_ten_points_is_told_once() -> None:
    assert alerts([80] * 10 + [75, 71, 70, *[69] * 70]) == [(12, 80, 70)]


def test_a_fall_of_nine_points_is_not_told() -> None:
    assert alerts([80] * 10 + [71] * 60) == []


def test_a_fall_slower_than_the_window_is_not_one() -> None:
    assert alerts([80 - n // 8 for n in range(150)]) == []


def test_a_further_drop_is_told_again_against_the_score_that_was_told() -> None:
    assert alerts([80] * 5 + [70] * 10 + [61] * 5 + [60] * 20) == [(5, 80, 70), (20, 70, 60)]


def test_a_small_rise_is_no_recovery() -> None:
    assert alerts([80] * 5 + [60] * 10 + [65] * 5 + [55] * 5 + [51] * 20) == [(5, 80, 60)]


def test_half_the_fall_won_back_makes_the_next_fall_another_one() -> None:
    assert alerts([80] * 5 + [60] * 10 + [70] * 5 + [60] * 20) == [(5, 80, 60), (20, 70, 60)]


def test_nothing_is_told_inside_the_cool_down() -> None:
    assert alerts([80] * 5 + [70, 60, 60, 60, 60, 60]) == [(5, 80, 70), (8, 70, 60)]


COURSES = st.lists(st.integers(-7, 7), min_size=20, max_size=150)


@given(COURSES)
def test_whatever_the_course_no_alert_repeats_an_earlier_one(steps: list[int]) -> None:
    scores = [60]
    for step in steps:
        scores.append(min(100, max(0, scores[-1] + step)))
    found = alerts(scores)
    for day, reference, score in found:
        assert reference - score >= 10
        assert score == scores[day]
        assert reference in scores[max(0, day - 56) : day + 1]
    for (before, old_high, old), (day, reference, score) in pairwise(found):
        since = scores[before : day + 1]
        assert day - before >= 3
        assert reference in since, "a high is used once"
        recovered = max(since) >= old + (old_high - old) / 2
        far = day - before > 56
        assert recovered or far or old - score >= 10


@given(COURSES)
def test_looking_twice_on_a_day_tells_nothing_more(steps: list[int]) -> None:
    scores = [60]
    for step in steps:
        scores.append(min(100, max(0, scores[-1] + step)))
    course = [(day.day, day.score) for day in days(scores)[-57:]]
    high = unused_high(course, None, Decimal(10))
    assert high is not None
    if high[1] - course[-1][1] >= 10:
        last = episode(len(scores) - 1, int(high[1]), scores[-1])
        again = unused_high(course, last, Decimal(10))
        assert again is None or again[1] - course[-1][1] < 10


def test_an_alert_is_kept_with_what_it_used_and_is_kept_once(state_url: str) -> None:
    store = Store(state_url)
    first = episode(3, 80, 70)
    for _ in range(2):
        with store.transaction() as connection:
            told(connection, [first])
    assert recent(store, "watch", FIRST) == (first,)
    assert recent(store, "watch", FIRST + timedelta(days=4)) == ()
    with store.transaction() as connection:
        seen(connection, [first.id], FIRST + timedelta(days=9))
    assert [e.seen for e in recent(store, "watch", FIRST + timedelta(days=4))] == [FIRST + timedelta(days=9)]
    store.close()


def test_feedback_is_kept_with_who_and_when_and_counts_for_the_action(state_url: str) -> None:
    store = Store(state_url)
    at = datetime(2026, 1, 9, 10)
    said = [
        Feedback(episode(3, 80, 70).id, "accepted", "training", "owner", at),
        Feedback(episode(3, 80, 70).id, "outcome", "recovered", "owner", at + timedelta(days=40)),
        Feedback(episode(30, 80, 70).id, "ignored", "", "other", at + timedelta(days=41)),
    ]
    with store.transaction() as connection:
        told(connection, [episode(3, 80, 70), episode(30, 80, 70)])
        assert all(record_feedback(connection, word) for word in said)
        assert record_feedback(connection, said[0])
        assert not record_feedback(connection, Feedback("unknown", "accepted", "", "owner", at))
    kept = feedback_of(store, "watch")
    store.close()
    assert [word for _, word in kept] == said
    cases = Cases(dataset="done", key="k", entity="id", started="s", action="a", outcome="o", good="recovered")
    found = responses_of(kept, HEALTH.model_copy(update={"cases": cases}))
    assert (found["training"].accepted, found["training"].outcomes, found["training"].good) == (1, 1, 1)
    assert found["call"].ignored == 1


def test_a_change_knows_its_fall() -> None:
    standing = Standing("e", "E", "owner", Decimal(70), Decimal(80), (), (), ())
    assert Change(standing, "fall", FIRST, Decimal(80), ()).fall == 10
