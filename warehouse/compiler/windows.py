"""Turns a request's dates into windows: the periods that are read, and the earlier ones they are compared with.

Windows never overlap and follow each other; each is named by its label, the first day of its calendar period (or of
the range, without a grain).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from catalog.company_calendar import NEWEST, OLDEST, YEAR_AGO_WEEKS, CompanyCalendar, add_months
from catalog.metrics import Grain
from catalog.refusals import BadArgument, TooExpensive
from catalog.request import CompareTo, MetricRequest

DAY = timedelta(days=1)
DEFAULT_PERIODS = 12
MOST_WINDOWS = 1_500
"""Four years of days: more periods than anyone reads."""
CALENDAR: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")
MONTHS: dict[Grain, int] = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Window:
    """Days from `lo` to `hi`, both included. `full` says that `hi` is where the period really ends."""

    label: date
    lo: date
    hi: date
    full: bool = True

    @property
    def days(self) -> int:
        """Number of days read."""
        return (self.hi - self.lo).days + 1


@dataclass(frozen=True)
class Windows:
    """The windows of a request. `grain` is None for one range; `prior` are in the order of `current` and carry their
    labels; `in_progress_from` is the label of the unfinished period, if the last window is one."""

    grain: Grain | None
    current: tuple[Window, ...]
    prior: tuple[Window, ...] = ()
    in_progress_from: date | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reach:
    """What the data behind a request allow: first day, last complete day, whether all of it is snapshots, and whether
    today counts as far as it has come."""

    first: date
    through: date
    snapshots_only: bool
    default_grain: Grain
    live: bool = False


def find_windows(request: MetricRequest, reach: Reach, calendar: CompanyCalendar) -> Windows:
    """The windows of a request over data that reach from `reach.first` to `reach.through`.

    Raises BadArgument for a range without data, TooExpensive for too many periods."""
    _check_dates(request, reach, calendar)
    start, end = _range(request, reach, calendar)
    notes: list[str] = []
    if start > reach.through and ((request.grain == "day" and not reach.live) or not _is_period(calendar, start, end)):
        raise BadArgument(f"There is no complete data after {reach.through}.", hint="Ask for an earlier range.")
    if end < reach.first:
        raise BadArgument(f"There is no data before {reach.first}.", hint="Ask for a later range.")
    grain = request.grain
    if grain is None:
        return _one_range(request.compare_to, start, end, reach, calendar)
    current: list[Window] = []
    label = calendar.start_of(grain, start)
    while label <= end:
        if grain == "day" and label > reach.through and current and not reach.live:
            notes.append(f"Through {reach.through}, the last complete day.")
            break
        period_end = calendar.end_of(grain, label)
        lo, hi = max(label, start), min(period_end, end, max(reach.through, label))
        current.append(Window(label, lo, hi, hi == period_end))
        if label > start and lo > label:
            raise AssertionError("windows follow each other")
        if len(current) > MOST_WINDOWS:
            raise TooExpensive(f"More than {MOST_WINDOWS} periods.", hint="Ask for a coarser grain or fewer dates.")
        if hi < min(period_end, end):
            break
        label = calendar.next_start(grain, label)
    if current[0].lo > current[0].label:
        notes.append(f"The first {grain} begins on {start}, as asked.")
    last = current[-1]
    unfinished = last.hi < calendar.end_of(grain, last.label) and last.hi >= reach.through
    if not last.full and not unfinished:
        notes.append(f"The last {grain} ends on {last.hi}, as asked.")
    shift = _shift(request.compare_to, grain)
    prior = tuple(_shifted(w, shift, calendar) for w in current) if shift else ()
    return Windows(grain, tuple(current), prior, last.label if unfinished else None, tuple(notes))


def _check_dates(request: MetricRequest, reach: Reach, calendar: CompanyCalendar) -> None:
    has = f"Complete data reach from {reach.first} through {reach.through}."
    if request.start and request.start > calendar.today:
        raise BadArgument(f"{request.start} is in the future.", hint=has)
    if (request.start and request.start < OLDEST) or (request.end and request.end < OLDEST):
        raise BadArgument(f"There is no data before {reach.first}.", hint=has)
    if request.end and request.end > NEWEST:
        raise BadArgument(f"{request.end} is too far in the future.", hint=has)


def _range(request: MetricRequest, reach: Reach, calendar: CompanyCalendar) -> tuple[date, date]:
    through = reach.through
    if request.start and request.end:
        return request.start, request.end
    if request.grain:
        grain = request.grain
        running = calendar.start_of(grain, through + DAY)
        end = request.end or running - DAY
        start = request.start or calendar.next_start(grain, calendar.start_of(grain, end), 1 - DEFAULT_PERIODS)
        if request.start and not request.end:
            end = calendar.end_of(grain, through)
        return max(start, min(reach.first, start) if request.start else calendar_floor(reach, grain, calendar)), end
    if request.start:
        return request.start, max(through, request.start)
    if reach.snapshots_only:
        day = request.end or through
        return day, day
    last_start = calendar.start_of(reach.default_grain, (request.end or through) + DAY)
    start = calendar.next_start(reach.default_grain, last_start, -1)
    return start, request.end or last_start - DAY


def calendar_floor(reach: Reach, grain: Grain, calendar: CompanyCalendar) -> date:
    """First day of the first period that the data cover as a whole."""
    start = calendar.start_of(grain, reach.first)
    return start if start == reach.first else calendar.next_start(grain, start)


def _one_range(
    compare_to: CompareTo | None, start: date, end: date, reach: Reach, calendar: CompanyCalendar
) -> Windows:
    hi = min(end, max(reach.through, start))
    clipped = hi < end
    begun = start > reach.through and not (reach.snapshots_only or reach.live)
    unfinished = (clipped or begun) and _is_period(calendar, start, end)
    notes: tuple[str, ...] = ()
    if clipped and not unfinished:
        notes = (f"Through {hi}, the last complete day.",)
    current = Window(start, start, hi, not (clipped or begun))
    prior: tuple[Window, ...] = ()
    if compare_to == "prior_period":
        lo = _range_before(calendar, start, end if unfinished else hi)
        prior = (Window(start, lo, lo + (hi - start) if clipped else start - DAY),)
    elif compare_to == "prior_year":
        lo = _year_ago(calendar, start, end)
        grain = _period_grain(calendar, start, end)
        if reach.snapshots_only and grain == "day":
            # A level on a day is compared with the same date, not with the same day of the week.
            lo = add_months(start, -12)
        weekday = grain in ("day", "week") and not (reach.snapshots_only and grain == "day")
        prior = (Window(start, lo, lo + (hi - start) if weekday else _same_day(hi)),)
    return Windows(None, (current,), prior, start if unfinished else None, notes)


def _period_grain(calendar: CompanyCalendar, start: date, end: date) -> Grain | None:
    for grain in CALENDAR:
        if calendar.start_of(grain, start) == start and calendar.end_of(grain, start) == end:
            return grain
    return None


def _is_period(calendar: CompanyCalendar, start: date, end: date) -> bool:
    return _period_grain(calendar, start, end) is not None


def _range_before(calendar: CompanyCalendar, start: date, end: date) -> date:
    """Where the range before begins: the preceding calendar periods when the range is whole ones, else equal length."""
    grain = _period_grain(calendar, start, end)
    if grain is not None:
        return calendar.next_start(grain, start, -1)
    after = end + DAY
    if start.day == 1 and after.day == 1:
        months = (after.year - start.year) * 12 + after.month - start.month
        return add_months(start, -months)
    return start - (after - start)


def _same_day(day: date) -> date:
    """The day a year before; the last day of a month is the last day of that month then."""
    return add_months(day + DAY, -12) - DAY if (day + DAY).day == 1 else add_months(day, -12)


def _year_ago(calendar: CompanyCalendar, start: date, end: date) -> date:
    grain = _period_grain(calendar, start, end)
    return start - YEAR_AGO_WEEKS if grain in ("day", "week") else add_months(start, -12)


Shift = tuple[int, bool]
"""How far back the prior window lies: a number, and whether it counts months (else days)."""


def _shift(compare_to: CompareTo | None, grain: Grain) -> Shift | None:
    if compare_to is None:
        return None
    if compare_to == "prior_year":
        return (12, True) if grain in MONTHS else (YEAR_AGO_WEEKS.days, False)
    return (MONTHS[grain], True) if grain in MONTHS else ({"day": 1, "week": 7}[grain], False)


def _shifted(window: Window, shift: Shift, calendar: CompanyCalendar) -> Window:
    """The window that `window` is compared with, under the same label; a part of a period is compared with as many
    days of the earlier one."""
    amount, months = shift
    if not months:
        back = timedelta(days=amount)
        return Window(window.label, window.lo - back, window.hi - back, window.full)
    base = add_months(window.label, -amount)
    lo = base + (window.lo - window.label)
    if window.full:
        return Window(window.label, lo, add_months(window.hi + DAY, -amount) - DAY)
    if amount == MONTHS["year"]:
        return Window(window.label, lo, _same_day(window.hi), False)
    last = add_months(base, amount) - DAY
    return Window(window.label, lo, min(lo + (window.hi - window.lo), last), False)


def shift_of(windows: Windows) -> Shift | None:
    """How far the prior windows lie before their labels: (months, True) or (days, False); None without a grain."""
    if not windows.prior or windows.grain is None:
        return None
    label, base = windows.current[0].label, windows.prior[0].lo - (windows.current[0].lo - windows.current[0].label)
    if windows.grain in MONTHS:
        return ((label.year - base.year) * 12 + label.month - base.month, True)
    return ((label - base).days, False)
