"""Slots fall due at the company's hour, once each, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.schedule import Slot, due_slots, next_slot
from catalog.agents import Agent

NEW_YORK = "America/New_York"


def agent(**schedule: object) -> Agent:
    fields = {"name": "brief", "kind": "report", "title": "Brief", "run_as": "agent.brief"}
    return Agent.model_validate(fields | {"schedule": {"at": "08:00"} | schedule})


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def keys(one: Agent, start: str, end: str, zone: str = NEW_YORK, fiscal: int = 1) -> list[str]:
    return [slot.period_key for slot in due_slots((one,), utc(end), zone, utc(start), fiscal)]


def test_a_weekly_slot_is_due_on_its_weekday_at_its_local_hour_and_named_by_the_day() -> None:
    slots = due_slots((agent(every="week"),), utc("2026-11-16T13:00"), NEW_YORK, utc("2026-11-15T00:00"))
    assert slots == [Slot("brief", "2026-11-16", utc("2026-11-16T13:00"), utc("2026-11-16T23:00"))]
    assert slots[0].key == "brief/2026-11-16"
    assert slots[0].day.isoformat() == "2026-11-16"


def test_a_slot_is_not_due_a_moment_before_its_hour() -> None:
    assert keys(agent(every="week"), "2026-11-15T00:00", "2026-11-16T12:59:59") == []


@pytest.mark.parametrize(
    ("sunday", "hours"),
    [("2026-03-08", (13, 12)), ("2026-11-01", (12, 13))],
    ids=["spring", "autumn"],
)
def test_eight_o_clock_comes_once_a_day_when_the_clocks_change(sunday: str, hours: tuple[int, int]) -> None:
    day = utc(sunday)
    slots = due_slots((agent(every="day"),), day + timedelta(days=2), NEW_YORK, day - timedelta(days=1))
    assert [slot.period_key for slot in slots] == [(day + timedelta(days=n)).date().isoformat() for n in (-1, 0, 1)]
    assert [slot.due.hour for slot in slots] == [hours[0], hours[1], hours[1]]
    assert all(slot.due.astimezone(ZoneInfo(NEW_YORK)).hour == 8 for slot in slots)


def test_minute_by_minute_over_a_year_every_slot_comes_once() -> None:
    daily, seen, last = agent(every="day"), [], utc("2026-01-01T00:00")
    while last < utc("2027-01-01T00:00"):
        now = last + timedelta(minutes=30)
        seen += [slot.period_key for slot in due_slots((daily,), now, "Europe/Berlin", last)]
        last = now
    assert len(seen) == 365
    assert seen == sorted(set(seen))


def test_a_zone_that_skips_midnight_still_has_a_slot_at_midnight() -> None:
    # Cairo, 24 April 2026: 00:00 does not exist.
    assert keys(agent(every="day", at="00:00"), "2026-04-22T21:30", "2026-04-25T12:00", "Africa/Cairo") == [
        "2026-04-23",
        "2026-04-24",
        "2026-04-25",
    ]


def test_months_and_fiscal_quarters_are_due_on_a_day_of_the_next_one() -> None:
    assert keys(agent(every="month", day=5), "2026-01-01T00:00", "2026-04-01T00:00") == [
        "2026-01-05",
        "2026-02-05",
        "2026-03-05",
    ]
    quarterly = agent(every="quarter", day=3)
    assert keys(quarterly, "2026-01-01T00:00", "2026-12-31T00:00") == [
        "2026-01-03",
        "2026-04-03",
        "2026-07-03",
        "2026-10-03",
    ]
    assert keys(quarterly, "2026-01-01T00:00", "2026-12-31T00:00", fiscal=2) == [
        "2026-02-03",
        "2026-05-03",
        "2026-08-03",
        "2026-11-03",
    ]


def test_the_next_slot_is_the_first_one_to_come() -> None:
    assert next_slot(agent(every="week"), utc("2026-11-16T13:00"), NEW_YORK).period_key == "2026-11-23"
    assert next_slot(agent(every="month"), utc("2026-11-16T13:00"), NEW_YORK).period_key == "2026-12-02"
    assert next_slot(agent(every="day"), utc("2026-11-16T12:00"), NEW_YORK).period_key == "2026-11-16"


def test_slots_of_several_agents_come_oldest_first() -> None:
    early = agent(every="day", at="07:00").model_copy(update={"name": "early"})
    late = agent(every="day", at="09:00").model_copy(update={"name": "a-late"})
    slots = due_slots((late, early), utc("2026-11-17T23:00"), "UTC", utc("2026-11-16T00:00"))
    assert [slot.key for slot in slots] == [
        "early/2026-11-16",
        "a-late/2026-11-16",
        "early/2026-11-17",
        "a-late/2026-11-17",
    ]


@given(
    start=st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),
    cuts=st.lists(st.integers(1, 20_000), min_size=1, max_size=6),
    every=st.sampled_from(["day", "week", "month", "quarter"]),
    zone=st.sampled_from([NEW_YORK, "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"]),
)
def test_looking_often_or_seldom_finds_the_same_slots(start: datetime, cuts: list[int], every: str, zone: str) -> None:
    one, pieces, last = agent(every=every), [], start
    for minutes in cuts:
        now = last + timedelta(minutes=minutes)
        pieces += due_slots((one,), now, zone, last)
        last = now
    assert pieces == due_slots((one,), last, zone, start)
