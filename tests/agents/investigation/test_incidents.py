"""What opens, changes, ends or stays silent, without any data."""

from __future__ import annotations

from datetime import datetime, timedelta

from agents.investigation.incidents import Incident, Seen, Step, Told, last_access, recent, steps, write
from agents.store import Store

MONDAY = datetime(2026, 11, 16, 8)
COOL_DOWN = timedelta(hours=72)
FALL = Seen(("metric:revenue",), "2026-11-15", Told("business", -0.13, (), ("revenue",)))


def after(known: tuple[Incident, ...], seen: list[Seen], points: dict[str, str], days: float = 0) -> tuple[Step, ...]:
    return steps("watcher", known, seen, points, MONDAY + timedelta(days=days), COOL_DOWN)


def opened() -> Incident:
    (step,) = after((), [FALL], {})
    assert step.event == "opened"
    return step.incident


def test_looking_again_at_the_same_point_says_nothing_new() -> None:
    (step,) = after((opened(),), [FALL], {}, days=1)
    assert step.event == "silent"
    assert step.incident == opened()


def test_a_figure_that_moved_by_a_quarter_is_news() -> None:
    (near,) = after((opened(),), [Seen(FALL.keys, FALL.point, Told("business", -0.14, (), ("revenue",)))], {}, days=1)
    (far,) = after((opened(),), [Seen(FALL.keys, FALL.point, Told("business", -0.18, (), ("revenue",)))], {}, days=1)
    assert (near.event, far.event) == ("silent", "changed")
    assert far.before == FALL.told
    assert far.incident.messages == 2


def test_another_verdict_is_news() -> None:
    (step,) = after((opened(),), [Seen(FALL.keys, FALL.point, Told("mixed", -0.13, (), ("revenue",)))], {}, days=1)
    assert step.event == "changed"


def test_the_same_change_in_the_next_period_is_news_of_the_same_incident() -> None:
    (step,) = after((opened(),), [Seen(FALL.keys, "2026-11-22", FALL.told)], {}, days=7)
    assert step.event == "changed"
    assert step.incident.id == opened().id


def test_two_normal_points_end_an_incident_and_days_between_them_do_not() -> None:
    quiet = {"metric:revenue": "2026-11-22"}
    (first,) = after((opened(),), [], quiet, days=7)
    (same,) = after((first.incident,), [], quiet, days=8)
    (second,) = after((same.incident,), [], {"metric:revenue": "2026-11-29"}, days=14)
    assert [first.event, same.event, second.event] == ["silent", "silent", "resolved"]
    assert second.incident.resolved_at == MONDAY + timedelta(days=14)


def test_a_normal_point_between_two_falls_does_not_count() -> None:
    (first,) = after((opened(),), [], {"metric:revenue": "2026-11-22"}, days=7)
    (again,) = after((first.incident,), [Seen(FALL.keys, "2026-11-29", FALL.told)], {}, days=14)
    assert again.incident.normal_points == 0


def test_what_was_not_looked_at_does_not_end() -> None:
    (step,) = after((opened(),), [], {}, days=30)
    assert (step.event, step.incident.normal_points) == ("silent", 0)


def test_a_resolved_incident_is_not_spoken_of_during_its_cool_down() -> None:
    (_, one) = (None, after((opened(),), [], {"metric:revenue": "2026-11-22"}, days=7)[0].incident)
    (ended,) = after((one,), [], {"metric:revenue": "2026-11-29"}, days=14)
    later = Seen(FALL.keys, "2026-12-06", FALL.told)
    (cooling,) = after((ended.incident,), [later], {}, days=16)
    (fresh,) = after((ended.incident,), [later], {}, days=18)
    assert (cooling.event, fresh.event) == ("silent", "opened")
    assert fresh.incident.id != ended.incident.id


def test_an_incident_is_known_by_any_metric_of_its_family() -> None:
    family = Seen(("metric:arr", "metric:revenue"), "2026-11-15", Told("business", -0.13, (), ("arr", "revenue")))
    (step,) = after((opened(),), [family], {}, days=1)
    assert step.incident.id == opened().id
    assert step.event == "changed"


def test_the_store_gives_back_what_was_written(state_url: str) -> None:
    store = Store(state_url)
    step = after((), [FALL], {})
    with store.transaction() as connection:
        write(connection, step, "watcher", MONDAY, "rights")
    assert recent(store, "watcher", MONDAY) == (step[0].incident,)
    assert recent(store, "somebody", MONDAY) == ()
    assert (last_access(store, "watcher"), last_access(store, "somebody")) == ("rights", "")
    store.close()
