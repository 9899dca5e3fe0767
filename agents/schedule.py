"""When agents are due: schedules in the company's time zone → slots at moments of the world. Pure.

A slot is named by its local date, so that a clock change neither repeats nor loses it: 08:00 on a Monday is one slot,
whatever 08:00 is in UTC that week.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from catalog.agents import Agent, Schedule
from catalog.company_calendar import CompanyCalendar

A_YEAR = timedelta(days=366)
"""No schedule is rarer than a quarter."""
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Slot:
    """One time an agent has to run. `period_key` is the slot's local date; `due` and `expires` are in UTC."""

    agent: str
    period_key: str
    due: datetime
    expires: datetime

    @property
    def key(self) -> str:
        """Name of the slot, and the beginning of the keys of its messages: "weekly-brief/2026-11-16"."""
        return f"{self.agent}/{self.period_key}"

    @property
    def day(self) -> date:
        """The slot's local date, also where a run by hand added to its name."""
        return date.fromisoformat(self.period_key[:10])


def due_slots(
    agents: Iterable[Agent], now: datetime, zone: str, since: datetime, fiscal_start_month: int = 1
) -> list[Slot]:
    """The slots that fell due after `since` and until `now` (aware moments), oldest first, those past their catch-up
    window too: `expires` tells them apart. `zone` is an IANA name."""
    calendar = CompanyCalendar(now, zone, fiscal_start_month)
    first, last = (moment.astimezone(ZoneInfo(zone)).date() for moment in (since, now))
    slots = (
        slot_on(agent, day, zone)
        for agent in agents
        for day in days(agent.schedule, first, last + timedelta(days=1), calendar)
    )
    return sorted((s for s in slots if since < s.due <= now), key=lambda s: (s.due, s.agent))


def next_slot(agent: Agent, now: datetime, zone: str, fiscal_start_month: int = 1) -> Slot:
    """The agent's first slot after `now`."""
    calendar = CompanyCalendar(now, zone, fiscal_start_month)
    today = now.astimezone(ZoneInfo(zone)).date()
    following = (slot_on(agent, day, zone) for day in days(agent.schedule, today, date.max, calendar))
    return next(slot for slot in following if slot.due > now)


def slot_before(agent: Agent, now: datetime, zone: str, fiscal_start_month: int = 1) -> Slot:
    """The agent's last slot that is due at `now`, however long ago."""
    calendar = CompanyCalendar(now, zone, fiscal_start_month)
    today = now.astimezone(ZoneInfo(zone)).date()
    slots = [slot_on(agent, day, zone) for day in days(agent.schedule, today - A_YEAR, today, calendar)]
    return [slot for slot in slots if slot.due <= now][-1]


def slot_on(agent: Agent, day: date, zone: str) -> Slot:
    """The agent's slot of a local date."""
    due = datetime.combine(day, agent.schedule.at, ZoneInfo(zone)).astimezone(UTC)
    return Slot(agent.name, day.isoformat(), due, due + timedelta(hours=agent.schedule.catch_up_hours))


def days(schedule: Schedule, first: date, last: date, calendar: CompanyCalendar) -> Iterator[date]:
    """The local dates of a schedule from `first` to `last`, in order."""
    into = {"day": 0, "week": WEEKDAYS.index(schedule.on)}.get(schedule.every, schedule.day - 1)
    start = calendar.start_of(schedule.every, first)
    while (day := start + timedelta(days=into)) <= last:
        if day >= first:
            yield day
        start = calendar.next_start(schedule.every, start)
