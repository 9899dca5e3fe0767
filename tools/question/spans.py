"""The time of a question for figures: which period, comparison and grain fit the metrics that were named."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from catalog.access import Access
from catalog.company_calendar import CompanyCalendar
from catalog.metrics import Grain, Metric
from catalog.refusals import Ambiguous, NotUnderstood
from tools.question.comparisons import Settled
from tools.question.found import Found, is_level
from tools.question.periods import DAY, Period, Periods
from tools.question.ranking import Ranking
from tools.question.text import Words
from tools.question.vocabulary import NOW

FINER: dict[Grain, tuple[Grain, ...]] = {
    "month": ("day", "week"),
    "quarter": ("day", "week", "month"),
    "year": ("day", "week", "month", "quarter"),
}
"""Grains that show how a running sum since the start of such a period came about."""


def default_grain(access: Access, metric: Metric) -> Grain:
    """The grain in which a metric is usually shown."""
    rules = [part.time for part in access.catalog.inputs_of(metric) if part.time]
    return rules[0].default_grain if rules else "month"


def trend_grain(access: Access, metric: Metric, period: Period | None) -> Grain:
    """The grain of a trend: the metric's usual one, or the finer one in which its time was named ("last 6 weeks")."""
    usual = default_grain(access, metric)
    named = period.units if period and period.units else usual
    both: tuple[Grain, Grain] = (usual, named)
    return min(both, key=("day", "week", "month", "quarter", "year").index)


def only_levels(found: Found, access: Access, *instead: str) -> None:
    """Raises NotUnderstood, with what could be asked instead, where a flow is asked for at a point in time."""
    if not all(is_level(access, m) for m in found.metrics):
        label = found.metrics[0].label
        raise NotUnderstood(
            f"{label} is counted over a period, not at a point in time.",
            choices=[f"{label} {time}" for time in instead],
        )


def settled_for(
    settled: Settled,
    found: Found,
    access: Access,
    calendar: CompanyCalendar,
    grain: Grain | None,
) -> Settled:
    """The period that fits these metrics: a day only for levels; the unit of "week over week" where none was named."""
    period, comparison = settled.period, settled.comparison
    label = found.metrics[0].label
    of_year = all(m.cumulative and m.cumulative.to_date == "year" for m in found.metrics)
    if comparison and comparison.to_date and period is None and not of_year:
        raise NotUnderstood(f"{label} is no figure of a year so far.", choices=[f"{label} year to date yoy"])
    if period and period.point:
        only_levels(found, access, f"on {period.end}", f"in {period.end:%B %Y}")
    if period and period.start > calendar.today:
        raise NotUnderstood(f"{period.start} is in the future; only what has happened can be answered.")
    if period is None and comparison and comparison.unit and grain is None and comparison.compare_to == "prior_period":
        running = calendar.start_of(comparison.unit, calendar.today)
        period = Periods(calendar).unit(comparison.unit, calendar.next_start(comparison.unit, running, -1))
    elif comparison and grain and comparison.compare_to == "prior_period":
        whole = not comparison.assumed and comparison.unit is None and period is not None and period.grain != grain
        if whole or comparison.unit not in (None, grain):
            raise NotUnderstood(f"Figures by {grain} are compared with the {grain} before, not with a longer time.")
    return replace(settled, period=period)


def needs_period(words: Words, settled: Settled, found: Found, access: Access, ranking: Ranking | None) -> None:
    """ "Which customers have overdue invoices" without a period: a default month would hide the others."""
    asks = {"which", "who"} & set(words.words) and {"have", "has", "had"} & set(words.words)
    flows = [m for m in found.metrics if not is_level(access, m)]
    if asks and flows and found.group_by and ranking is None and settled.period is None:
        by = access.dimensions[found.group_by[0]].label
        raise Ambiguous(
            f"{flows[0].label} is counted over a period; the question does not say which.",
            choices=[f"{flows[0].label} by {by} {period}" for period in ("last month", "this month", "this year")],
        )


def needs_span(words: Words, settled: Settled, found: Found, access: Access, grain: Grain | None) -> None:
    """A change of a level, or "now" against a period before it, without saying over what time."""
    comparison, label = settled.comparison, found.metrics[0].label
    levels = all(is_level(access, m) for m in found.metrics)
    if levels and settled.period and settled.period.ends and not grain and not comparison:
        start, end = settled.period.start, settled.period.end
        raise Ambiguous(
            f"{label} has one value at a time, and the question names a time with many.",
            choices=[f"{label} as of {end}", f"{label} by month from {start} to {end}"],
        )
    if comparison is None:
        return
    unit, to_date = comparison.unit, all(m.cumulative for m in found.metrics)
    if unit and comparison.assumed and not (settled.period or grain or to_date or _during(words)):
        raise Ambiguous(
            f"What is set against last {unit} was not said.",
            choices=[
                f"{label} {time}" for time in (f"this {unit} vs last {unit}", f"last {unit} vs the {unit} before")
            ],
        )
    if comparison.compare_to != "prior_period":
        return
    if levels and comparison.assumed and not comparison.unit and not (settled.period or grain):
        raise Ambiguous(
            f"A change of {label} needs a time to change over.",
            choices=[f"{label} growth {time}" for time in ("last month", "last quarter", "last year")],
        )
    if comparison.unit and NOW & set(words.left()):
        raise Ambiguous(
            f"What '{label} now' is set against was not understood.",
            choices=[f"{label} this {comparison.unit} vs last {comparison.unit}"],
        )


def _during(words: Words) -> bool:
    """ "Growth over last quarter" is the growth in it; "growth vs last quarter" is what came after it."""
    return any(p.tag == "compare" and words.words[p.start] in ("over", "on") for p in words.pieces.values())


def spans_levels(settled: Settled, ranking: Ranking | None, found: Found, access: Access) -> bool:
    """ "ARR over the last 6 months" asks how a level went, not for one number."""
    period: Period | None = settled.period
    return bool(
        period
        and period.units
        and period.grain is None
        and settled.comparison is None
        and ranking is None
        and all(is_level(access, m) for m in found.metrics)
    )


def to_date(settled: Settled, grain: Grain | None, found: Found, calendar: CompanyCalendar) -> Settled:
    """ "Revenue year to date by month": the words for the metric name the time as well."""
    spans: set[Grain | Literal["all"] | None] = {m.cumulative.to_date if m.cumulative else None for m in found.metrics}
    span = next(iter(spans)) if len(spans) == 1 else None
    if settled.period or span is None or span == "all" or grain not in FINER[span]:
        return settled
    start = calendar.start_of(span, calendar.today)
    return replace(settled, period=Period(start, calendar.today - DAY, open_end=True))


def unnamed_period(found: Found, access: Access) -> list[str]:
    """What is said where a flow is asked for without a time: which one was taken."""
    flows = [m for m in found.metrics if not is_level(access, m)]
    if not flows:
        return []
    grains = {default_grain(access, m) for m in flows}
    unit = next(iter(grains)) if len(grains) == 1 else "period"
    return [f"No time was named: the last finished {unit} is shown."]
