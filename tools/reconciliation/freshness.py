"""Load log + feeds of the catalog + the company's now → the freshness of each feed.

Age counts from the last *successful* load, never from the last attempt or the newest event; both are shown beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from catalog.sources import Source
from tools.reconciliation.report import Colour, SourceFreshness

CUT_OFF = time(8, 0)
"""Company time of day at which a day counts as in or out of SLA: the hour the working day relies on the data (ours)."""
ATTAINMENT_DAYS = 30
SUCCESS = frozenset({"success", "succeeded", "ok", "loaded", "complete", "completed"})
"""Spellings of a successful load in a load log, lower case."""


@dataclass(frozen=True)
class Load:
    """One line of the load log; moments carry the company's zone. `loaded_at` is None while it runs or if it died."""

    source: str
    status: str
    started_at: datetime | None
    loaded_at: datetime | None
    max_event_at: datetime | None
    row_count: int | None = None

    @property
    def succeeded(self) -> datetime | None:
        """When it was loaded, if it was."""
        return self.loaded_at if self.status.lower() in SUCCESS else None

    @property
    def attempted(self) -> datetime | None:
        """The last moment known of this attempt."""
        return self.loaded_at or self.started_at


def freshness(source: Source, loads: Sequence[Load] | None, now: datetime) -> SourceFreshness:
    """State of one feed at `now` (with zone). `loads` are the feed's own lines, None when there is no load log."""
    base = SourceFreshness(
        name=source.name,
        system=source.system,
        status="amber",
        warn_hours=source.warn_hours,
        error_hours=source.error_hours,
        attainment_target=source.attainment_target,
        logged=loads is not None,
    )
    if loads is None:
        return base
    known = [(at, load) for load in loads if (at := load.attempted) is not None and at <= now]
    if not known:
        return replace(base, status="red")
    last_attempt, attempt = max(known, key=lambda pair: pair[0])
    successes = sorted((at, i) for i, (_, load) in enumerate(known) if (at := load.succeeded) is not None and at <= now)
    tried = replace(base, status="red", last_attempt=last_attempt, last_attempt_status=attempt.status)
    if not successes:
        return tried
    last, index = successes[-1]
    age = (now.astimezone(UTC) - last.astimezone(UTC)) / timedelta(hours=1)
    within, counted = attainment([at for at, _ in successes], source.warn_hours, now)
    return replace(
        tried,
        status=colour_of_age(age, source),
        age_hours=round(age, 2),
        last_success=last,
        max_event_at=known[index][1].max_event_at,
        next_due=last + timedelta(hours=source.cadence_hours),
        attainment=within / counted if counted else None,
        days_in_sla=within,
        days_counted=counted,
    )


def colour_of_age(age_hours: float, source: Source) -> Colour:
    """green ≤ warn < amber ≤ error < red."""
    if age_hours <= source.warn_hours:
        return "green"
    return "amber" if age_hours <= source.error_hours else "red"


def attainment(successes: Iterable[datetime], warn_hours: float, now: datetime) -> tuple[int, int]:
    """(days in SLA, days counted) over the last 30 cut-offs; days before the first load on record do not count."""
    ordered = sorted(at.astimezone(UTC) for at in successes)
    cut_off = now.replace(hour=CUT_OFF.hour, minute=CUT_OFF.minute, second=0, microsecond=0)
    if cut_off > now:
        cut_off -= timedelta(days=1)
    limit = timedelta(hours=warn_hours)
    within = counted = 0
    for days_back in range(ATTAINMENT_DAYS):
        moment = (cut_off - timedelta(days=days_back)).astimezone(UTC)
        before = [at for at in ordered if at <= moment]
        if before:
            counted += 1
            within += moment - before[-1] <= limit
    return within, counted
