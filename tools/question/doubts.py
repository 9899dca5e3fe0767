"""Readings that would leave out or change what a word means, refused before they become a request."""

from __future__ import annotations

import re
from datetime import date

from catalog.access import Access
from catalog.company_calendar import CompanyCalendar, add_months
from catalog.metrics import Grain
from catalog.refusals import Ambiguous, NotUnderstood
from tools.question.comparisons import Settled
from tools.question.found import SHOWN, Found, is_level, simpler
from tools.question.groups import ARTICLES, COUNTING
from tools.question.periods import DAY, Period
from tools.question.ranking import Ranking
from tools.question.text import Piece, Words

OF = frozenset("of for in at among across from with".split())
YEAR = re.compile(r"\b(20\d\d)\b")
NAMED = re.compile(r"q ?[1-4]|h ?[12]|half|quarter|week|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec")
RELATIVE_TIME = re.compile(r"\b(?:last|this|previous|prior|past|current|ago|to date|yesterday|today|20\d\d)\b")


def refuse_doubts(
    words: Words,
    found: Found,
    settled: Settled,
    grain: Grain | None,
    ranking: Ranking | None,
    access: Access,
    calendar: CompanyCalendar,
) -> None:
    """Raises NotUnderstood or Ambiguous where a word of the question has no place in its reading."""
    _refuse_count_of_money(words, found)
    _refuse_size_of_others(words, found, ranking, access)
    _refuse_sum_of_metrics(words, found)
    if grain is None:
        _refuse_running_change_of_levels(found, settled, access, calendar)
    _refuse_nothing_complete(found, settled, access, calendar)


def refuse_other_year(words: Words, periods: list[tuple[int, Period]], today: date) -> None:
    """ "Q1 vs Q4 2025": a year said once, at the end, can be meant for both. Raises Ambiguous unless both read the
    same."""
    if len(periods) != 2:
        return
    texts = [" ".join(words.words[words.pieces[at].start : words.pieces[at].end]) for at, _ in periods]
    years = [YEAR.search(text) for text in texts]
    if (years[0] is None) == (years[1] is None):
        return
    place = 0 if years[0] is None else 1
    text, period, year = texts[place], periods[place][1], years[1 - place]
    if year is None or not all(map(NAMED.search, texts)) or RELATIVE_TIME.search(text):
        return
    meant, middle = int(year[1]), period.start + (period.end - period.start) / 2
    same = add_months(period.start, 12 * (meant - middle.year)) == periods[1 - place][1].start
    if middle.year != meant and not same and date(meant, middle.month, 1) <= today:
        raise Ambiguous(f"The year of '{text[:SHOWN]}' can be {meant} or {middle.year}.", hint="Name the year of both.")


def _refuse_count_of_money(words: Words, found: Found) -> None:
    """ "How many bookings", "more than 3 bookings": a count was asked for, and the metric is an amount."""
    for metric in found.metrics:
        if metric.format != "currency":
            continue
        for piece in (p for p in words.pieces.values() if p.tag == "metric"):
            lead = piece.start - 1
            while lead >= 0 and (words.words[lead] in ARTICLES - {"of"} or _tag(words, lead) == "value"):
                lead -= 1
            counted = tuple(words.words[max(0, lead - 1) : lead + 1]) == COUNTING
            limit = next((p for p in words.pieces.values() if p.tag == "limit" and p.end == piece.start), None)
            bare = limit is not None and words.words[limit.end - 1].isdigit()
            plural = words.words[piece.end - 1].endswith("s")
            if plural and (counted or (bare and limit is not None and _small(words, limit))):
                raise NotUnderstood(
                    f"A count was asked for; {metric.label} is an amount in {metric.unit}.",
                    choices=[f"{metric.label} last month", f"{metric.label} last quarter"],
                )


def _small(words: Words, limit: Piece) -> bool:
    """A number that nobody would say of money."""
    return all(not w.isdigit() or len(w) <= 4 for w in words.words[limit.start : limit.end])


def _tag(words: Words, index: int) -> str:
    return next((p.tag for p in words.pieces.values() if p.start <= index < p.end), "")


def _refuse_size_of_others(words: Words, found: Found, ranking: Ranking | None, access: Access) -> None:
    """ "NRR of the biggest region": biggest by something else than NRR. Only headline figures are what things
    are sized by."""
    if (
        ranking is None
        or ranking.unit
        or not found.group_by
        or (found.metrics[0].hero and found.metrics[0].format == "currency")
    ):
        return
    rank = words.pieces[ranking.start]
    lead = rank.start - 1
    while lead >= 0 and words.words[lead] in ARTICLES - {"of", "for", "in"}:
        lead -= 1
    group = next((p for p in words.pieces.values() if p.tag == "group" and p.start == rank.end), None)
    behind = any(p.tag == "metric" and p.end <= rank.start for p in words.pieces.values())
    if group is not None and behind and lead >= 0 and words.words[lead] in OF:
        noun = " ".join(words.words[group.start : group.end])
        label = found.metrics[0].label
        raise Ambiguous(
            f"'{ranking.word} {noun[:SHOWN]}' does not say by what they are ranked.",
            choices=[f"{label} by {access.dimensions[found.group_by[0]].label} last month"],
            hint=f"Say '{ranking.word} {noun[:SHOWN]} by ...'.",
        )


def _refuse_sum_of_metrics(words: Words, found: Found) -> None:
    for index in range(len(words.words) - 1):
        if words.words[index : index + 2] == ["total", "of"] and len(found.metrics) > 1:
            raise NotUnderstood("Figures of several metrics are not added up; ask for them side by side.")


def _refuse_running_change_of_levels(found: Found, settled: Settled, access: Access, calendar: CompanyCalendar) -> None:
    """ "ARR growth this quarter": since the last close, or against the same day of the quarter before."""
    period, comparison = settled.period, settled.comparison
    if period is None or comparison is None or comparison.way is None or comparison.compare_to != "prior_period":
        return
    running = period.end >= calendar.today or period.open_end
    if running and period.grain != "day" and all(is_level(access, m) for m in found.metrics):
        label = found.metrics[0].label
        raise Ambiguous(
            f"A change of {label} in a running period can be since it began or against the same days of the one before.",
            choices=[f"{label} by month this year", f"{label} growth last month", f"{label} growth last quarter"],
        )


def _refuse_nothing_complete(found: Found, settled: Settled, access: Access, calendar: CompanyCalendar) -> None:
    """A period that has only begun, or none of whose days is over. The audit log misses nothing of today."""
    period = settled.period
    if period is None or period.start < min(calendar.today, period.end + DAY):
        return
    if period.start <= period.end and all(is_level(access, m) or access.catalog.is_about_use(m) for m in found.metrics):
        return
    raise NotUnderstood(
        f"No day since {period.start} is complete yet; data reach through {calendar.today - DAY}.",
        choices=simpler(access, found),
    )
