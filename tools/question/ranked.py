"""What a ranking in a question comes to: the order of the rows, how many of them, and which periods are ranked."""

from __future__ import annotations

from dataclasses import replace

from catalog.company_calendar import CompanyCalendar
from catalog.metrics import Grain, Metric
from catalog.refusals import Ambiguous, NotUnderstood
from catalog.request import Order
from tools.question.comparisons import Comparison, Settled
from tools.question.found import Found
from tools.question.periods import DAY
from tools.question.ranking import DEFAULT_COUNT, Ranking
from tools.question.vocabulary import FASTEST, GOODNESS


def ranked_grain(grain: Grain | None, ranking: Ranking, found: Found) -> Grain | None:
    """The unit that is ranked. Raises NotUnderstood where groups are ranked as well."""
    if found.group_by or (grain and grain != ranking.unit):
        raise NotUnderstood("The question ranks periods and groups at once.")
    return ranking.unit


def whole_periods(settled: Settled, unit: Grain, found: Found, calendar: CompanyCalendar) -> Settled:
    """Only whole periods are ranked: a running one, or one that the range cuts, would be the lowest for no other reason
    than that."""
    period = settled.period
    if period is None:
        return settled
    running = calendar.start_of(unit, calendar.today)
    first = calendar.start_of(unit, period.start)
    start = first if first == period.start else calendar.next_start(unit, first)
    end = min(calendar.start_of(unit, period.end + DAY), running) - DAY
    if start > end:
        raise NotUnderstood(f"No whole {unit} of that time is finished, so none can be ranked.")
    if period.end >= running:
        found.notes.append(f"The unfinished {unit} is left out of the ranking.")
    if start > period.start or (end < period.end and period.end < running):
        found.notes.append(f"Only whole {unit}s are ranked: {start} to {end}.")
    return replace(settled, period=replace(period, start=start, end=end))


def order_of(
    found: Found, ranking: Ranking | None, grain: Grain | None, comparison: Comparison | None
) -> tuple[tuple[Order, ...], int | None]:
    """The order of a ranking and its number of rows. Raises NotUnderstood, Ambiguous."""
    if ranking is None:
        return (), None
    metric = found.metrics[0]
    if len(found.group_by) != 1 and not ranking.unit:
        raise NotUnderstood(
            "The question ranks, but not one kind of thing.", choices=[f"{metric.label} by month this year"]
        )
    if grain and not ranking.unit:
        raise NotUnderstood("A ranking is for one period.", choices=simpler_ranking(found))
    if len(found.metrics) > 1:
        raise Ambiguous("The question ranks by more than one metric.", choices=simpler_ranking(found))
    count = ranking.count or (1 if ranking.unit else DEFAULT_COUNT)
    if ranking.count is None and not ranking.unit:
        found.notes.append(f"The first {count} are shown.")
    descending = _descending(ranking, metric)
    by = metric.name
    if comparison and comparison.way:
        part = "change_pct" if ranking.word == FASTEST else "change"
        descending, by = _by_change(ranking, comparison, metric), f"{metric.name}__{part}"
        found.notes.append(f"Ranked by the change in {'percent' if ranking.word == FASTEST else 'absolute terms'}.")
    elif ranking.word == FASTEST:
        raise NotUnderstood("'fastest' ranks changes, and none was asked for.", hint="Say 'grew fastest'.")
    return (Order(by=by, direction="desc" if descending else "asc"),), count


def simpler_ranking(found: Found) -> list[str]:
    """Rankings that would be read, one for each metric."""
    return [f"top {DEFAULT_COUNT} {found.group_by[0].replace('_', ' ')} by {m.label}" for m in found.metrics[:3]]


def _descending(ranking: Ranking, metric: Metric) -> bool:
    if ranking.word not in GOODNESS:
        return ranking.descending
    if metric.direction not in ("up_is_good", "down_is_good"):
        raise Ambiguous(f"What is {ranking.word} for {metric.label} is not defined.", hint="Say 'highest' or 'lowest'.")
    return (ranking.word == "best") == (metric.direction == "up_is_good")


def _by_change(ranking: Ranking, comparison: Comparison, metric: Metric) -> bool:
    """True when large changes come first. Raises Ambiguous where the words leave the direction open."""
    clear = ranking.word not in GOODNESS and comparison.way != "either" and ranking.descending
    if not clear:
        raise Ambiguous(
            "Which change ranks first is not clear from the words.",
            hint="Say 'grew the most' or 'fell the most'.",
        )
    return comparison.way == "up"
