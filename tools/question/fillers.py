"""Everyday words that change nothing in one place and much in another: refused where they would."""

from __future__ import annotations

import re

from catalog.access import Access
from catalog.company_calendar import CompanyCalendar
from catalog.metrics import Grain, Metric
from catalog.refusals import Ambiguous, NotUnderstood
from tools.question.comparisons import Settled
from tools.question.found import Found, is_level, simpler
from tools.question.periods import DAY
from tools.question.ranking import Ranking
from tools.question.text import Words, phrase
from tools.question.vocabulary import NEGATION, NOW, VS

HARMLESS = (
    phrase("(?:broken|break|breaking|split|drilled|drill) down"),
    phrase("just (?:give|show|tell|get|want|need|the)"),
)
"""Where "down" and "just" say nothing of their own."""
SAYINGS = (
    (re.compile(r"\bas (?:much|many)\b"), "'as much as' compares two things; ask for both side by side."),
    (re.compile(r"\b(?:have|has|had|is|are|was|were) all\b|\ball from\b"), "Whether all of them are so cannot be asked."),
    (re.compile(rf"\b(?:{VS}|than) (?:the )?(?:{'|'.join(sorted(NOW))})\b"), "Ask for the two times one after the other."),
    (re.compile(r"\bmay (?:have|need|be|our|the|their|your|want|like|also|get)\b"), "'may' is read as the month; leave it out."),
)  # fmt: skip
EVER = re.compile(r"\b(?:so far|overall|in total|altogether|all told)\b")
WORTH = re.compile(r"\bhow much\b|\bvalue\b|\bworth\b|\bearn(?:ed)?\b|\b(?:bring|brought)\b")
GAINED = re.compile(r"\b(?:earn|earned|generate|generated|make|made|bring|brought)\b|\bdid .*\b(?:get|got)\b")
EXCLUDES = frozenset({"!=", "not in"})


def take_harmless(words: Words) -> None:
    """Mark sayings of several words in which an ambiguous one says nothing."""
    for saying in HARMLESS:
        while words.consume(saying, "link"):
            pass
    for index, word in enumerate(words.words[:-1]):
        if word == "but" and not words.taken[index] and words.words[index + 1] in NEGATION:
            words.take(index, index + 1, "link")


def refuse_meaning_fillers(
    words: Words,
    found: Found,
    settled: Settled,
    grain: Grain | None,
    ranking: Ranking | None,
    access: Access,
    calendar: CompanyCalendar,
) -> None:
    """Raises NotUnderstood or Ambiguous where an everyday word means something here, and the reading leaves it out."""
    text, free = " ".join(words.words), words.joined()
    for pattern, why in SAYINGS:
        if pattern.search(text):
            raise NotUnderstood(f"The question was not understood. {why}", choices=simpler(access, found))
    levels = [m for m in found.metrics if is_level(access, m)]
    if EVER.search(free) and settled.period is None and grain is None and len(levels) < len(found.metrics):
        label = found.metrics[0].label
        raise Ambiguous(
            f"{label} is counted over a period; the question does not say which.",
            choices=[f"{label} {time}" for time in ("this year", "last month", "year to date")],
        )
    if levels and GAINED.search(free):
        raise Ambiguous(
            f"{levels[0].label} is a level; what was gained is another figure.",
            choices=[f"{levels[0].label} now", f"{levels[0].label} growth last month"],
        )
    counts = [m for m in found.metrics if m.format == "integer"]
    if counts and WORTH.search(free):
        raise NotUnderstood(f"{counts[0].label} is a count, not an amount.", choices=[f"{counts[0].label} last month"])
    _refuse_ranked_alone(found, ranking)
    _refuse_rows_for_things(words, found, access)
    _refuse_now_of_then(words, found, settled, access, calendar)
    _refuse_span_of_levels(found, settled, grain, ranking, access)


def _refuse_ranked_alone(found: Found, ranking: Ranking | None) -> None:
    """ "Is LATAM the largest region": ranked alone it would be."""
    for condition in found.where if ranking and not ranking.unit else ():
        if condition.dimension in found.group_by and condition.op == "=":
            raise NotUnderstood(
                "Whether one of them is among the first cannot be asked.",
                choices=[f"top 5 {condition.dimension.replace('_', ' ')} by {found.metrics[0].label}"],
            )


def _refuse_rows_for_things(words: Words, found: Found, access: Access) -> None:
    """ "Customers without Leave Plus" are not those with a row of another product. Raises NotUnderstood."""
    mixed = {c.dimension for c in found.where if c.op in EXCLUDES} & {c.dimension for c in found.where if c.op == "="}
    if mixed:
        raise NotUnderstood("One of them but not another cannot be asked in words.", choices=simpler(access, found))
    for metric in found.metrics:
        counted = _counted(access, metric)
        for condition in found.where if counted else ():
            table = access.dimensions[condition.dimension].table
            of_the_thing = table.grain == (counted,)
            several = (condition.op == "in" and "and" in words.words) or "only" in words.words
            if not of_the_thing and not table.kind == "snapshot" and (condition.op in EXCLUDES or several):
                raise NotUnderstood(
                    f"{metric.label} with or without several of {access.dimensions[condition.dimension].label} cannot be"
                    " asked in words.",
                    choices=[f"{metric.label} by {access.dimensions[condition.dimension].label}"],
                )


def _counted(access: Access, metric: Metric) -> str:
    """The column whose distinct values a metric counts; "" for all others."""
    measures = [leaf.measure for leaf in access.catalog.inputs_of(metric) if leaf.measure]
    distinct = {m.expr for m in measures if m.agg == "count_distinct" and m.expr}
    return next(iter(distinct)) if len(distinct) == 1 and len(measures) == 1 else ""


def _refuse_now_of_then(
    words: Words, found: Found, settled: Settled, access: Access, calendar: CompanyCalendar
) -> None:
    """ "Current ARR of last quarter"."""
    now = NOW & set(words.left())
    if now and settled.period and settled.period.end < calendar.today - DAY:
        raise NotUnderstood(f"'{min(now)}' and a time that is over do not go together.", choices=simpler(access, found))


def _refuse_span_of_levels(
    found: Found, settled: Settled, grain: Grain | None, ranking: Ranking | None, access: Access
) -> None:
    """ "ARR since June" has many values, "lifetime value since 2025" none of its own."""
    period = settled.period
    if period is None or grain or settled.comparison or ranking or period.point:
        return
    levels = [m for m in found.metrics if is_level(access, m) and m.type != "operational"]
    lasting = [m for m in levels if m.cumulative and m.cumulative.to_date == "all"]
    if lasting and (period.grain is None or period.open_end):
        label = lasting[0].label
        raise Ambiguous(
            f"{label} counts from the beginning; a time of its own does not fit.",
            choices=[f"{label} as of {period.end}", f"{label} by month this year"],
        )
    yearly = all(m.cumulative and m.cumulative.to_date for m in levels)
    if levels and period.open_end and not yearly:
        label = levels[0].label
        raise Ambiguous(
            f"{label} has one value at a time, and the question names a time with many.",
            choices=[f"{label} as of {period.end}", f"{label} by month from {period.start} to {period.end}"],
        )
