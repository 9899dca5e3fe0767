"""Leaves over events and their accumulations: rows dated inside a window, inside a trailing one, or since a start."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlglot import exp

from catalog.company_calendar import CompanyCalendar, add_months
from catalog.metrics import Cumulative
from catalog.refusals import BadArgument
from warehouse.compiler.components import ADDITIVE, Component
from warehouse.compiler.dialect import date_literal, inline_table, moved, truncated
from warehouse.compiler.leaves import BASE, LABEL, Question, Source, aggregated, condition_of, grouped, p95, source_of
from warehouse.compiler.windows import Shift, Window
from warehouse.horizon import Horizon

Named = Sequence[tuple[str, Component]]
"""Components with the column each becomes."""


def time_column(source: Source, component: Component) -> exp.Expr:
    """The date of a row for this component."""
    rule = component.metric.time
    if rule is None:
        raise BadArgument(f"'{component.metric.name}' has no time rule.")
    return source.day(rule.dimension)


def label_of(question: Question, day: exp.Expr, grain: str | None, shift: Shift | None, label: date) -> exp.Expr:
    """The label of the window that a day falls in; a prior pass carries the label of the window compared with it."""
    if grain is None:
        return date_literal(label)
    start = truncated(day, grain, question.calendar.fiscal_start_month, question.dialect)  # pyright: ignore[reportArgumentType]
    return moved(start, *shift, question.dialect) if shift else start


def event_leaf(
    question: Question, named: Named, windows: Sequence[Window], grain: str | None, shift: Shift | None
) -> tuple[exp.Select, set[str]]:
    """One pass over a dataset for all components that share its time column; windows follow each other."""
    source = source_of(question, named[0][1])
    day = time_column(source, named[0][1])
    conditions = [condition_of(source, component) for _, component in named]
    alone = len(named) == 1
    columns = [exp.alias_(label_of(question, day.copy(), grain, shift, windows[0].label), LABEL)]
    columns += [exp.alias_(source.dimension(d), f"__d{i}") for i, d in enumerate(question.dimensions)]
    for (name, component), condition in zip(named, conditions, strict=True):
        columns.append(exp.alias_(aggregated(source, component, None if alone else condition), name))
    select = source.select(columns).where(between(day.copy(), windows[0].lo, windows[-1].hi))
    kept = [c for c in conditions if c is not None]
    if kept and len(kept) == len(named):
        select = select.where(exp.or_(*[c.copy() for c in kept]))
    return grouped(select, len(columns) - len(named)), source.read


def between(day: exp.Expr, lo: date, hi: date) -> exp.Expr:
    """`day` from `lo` to `hi`, both included."""
    return exp.Between(this=day, low=date_literal(lo), high=date_literal(hi))


def reach_back(window: Window, rule: Cumulative, calendar: CompanyCalendar, first: date) -> date:
    """First day that a window accumulates from."""
    if rule.to_date == "all":
        return first
    if rule.to_date:
        return calendar.start_of(rule.to_date, window.hi)
    after = window.hi + timedelta(days=1)
    count, unit = rule.window or 1, rule.window_unit or "day"
    if unit == "day":
        return after - timedelta(days=count)
    if unit == "week":
        return after - timedelta(weeks=count)
    return add_months(after, -count * {"month": 1, "quarter": 3, "year": 12}[unit])


def accumulated(
    window: Window, rule: Cumulative, calendar: CompanyCalendar, horizon: Horizon, through: date
) -> Window | None:
    """The days a window accumulates over; None where a trailing window is not inside the data, or no whole unit of a
    `complete_only` window ends inside it."""
    hi = min(window.hi, through)
    if rule.window_unit in ("week", "month", "quarter", "year") and rule.complete_only:
        hi = calendar.start_of(rule.window_unit, hi + timedelta(days=1)) - timedelta(days=1)
    whole = Window(window.label, hi, hi)
    lo = reach_back(whole, rule, calendar, horizon.first)
    if rule.window and lo < horizon.first:
        return None
    return Window(window.label, lo, hi)


def cumulative_leaf(
    question: Question, name: str, component: Component, spans: Sequence[Window], grain: str | None
) -> tuple[exp.Select, set[str]]:
    """Accumulation over overlapping spans, each named by its label. Additive measures are first added up by period
    (or day), so that every row is read once; others are read once for each span that holds them."""
    source = source_of(question, component)
    day = time_column(source, component)
    condition = condition_of(source, component)
    dimensions = [exp.alias_(source.dimension(d), f"__d{i}") for i, d in enumerate(question.dimensions)]
    value = aggregated(source, component, None)
    lo, hi = min(s.lo for s in spans), max(s.hi for s in spans)
    if len(spans) == 1:
        columns = [exp.alias_(date_literal(spans[0].label), LABEL), *dimensions, exp.alias_(value, name)]
        select = source.select(columns).where(between(day, lo, hi))
        select = select.where(condition) if condition is not None else select
        return grouped(select, 1 + len(dimensions)), source.read
    table = inline_table("__s", ("__label", "__lo", "__hi"), [(s.label, s.lo, s.hi) for s in spans])
    inside = exp.Between(
        this=exp.column("__day", table="__b"), low=exp.column("__lo", table="__s"), high=exp.column("__hi", table="__s")
    )
    if component.measure.agg in ADDITIVE:
        inner = source.select([exp.alias_(day, "__day"), *dimensions, exp.alias_(value, "__v")])
        inner = inner.where(between(day.copy(), lo, hi))
        inner = inner.where(condition) if condition is not None else inner
        inner = grouped(inner, 1 + len(dimensions))
        outer_value: exp.Expr = exp.Sum(this=exp.column("__v", table="__b"))
    else:
        measured = source.fragment(component.measure.expr) if component.measure.expr else exp.Literal.number(1)
        inner = source.select([exp.alias_(day, "__day"), *dimensions, exp.alias_(measured, "__v")])
        inner = inner.where(between(day.copy(), lo, hi))
        inner = inner.where(condition) if condition is not None else inner
        outer_value = _reaggregated(component)
    columns = [exp.alias_(exp.column("__label", table="__s"), LABEL)]
    columns += [exp.column(f"__d{i}", table="__b") for i in range(len(dimensions))]
    select = exp.select(*columns, exp.alias_(outer_value, name)).from_(inner.subquery("__b"))
    select = select.join(table, on=inside, join_type="inner")
    return grouped(select, len(columns)), source.read


def _reaggregated(component: Component) -> exp.Expr:
    value = exp.column("__v", table="__b")
    if component.measure.agg == "count_distinct":
        return exp.Count(this=exp.Distinct(expressions=[value]))
    if component.measure.agg == "p95":
        return p95(value)
    kinds = {"avg": exp.Avg, "min": exp.Min, "max": exp.Max, "median": exp.Median}
    return kinds[component.measure.agg](this=value)


def concentration_leaf(
    question: Question,
    name: str,
    component: Component,
    windows: Sequence[Window],
    grain: str | None,
    shift: Shift | None,
) -> tuple[exp.Select, set[str]]:
    """Share of the largest entities in the total, for each window and group."""
    rule = component.metric.concentration
    if rule is None:
        raise AssertionError("a concentration leaf needs a concentration")
    source = source_of(question, component)
    day = time_column(source, component)
    condition = condition_of(source, component)
    columns = [exp.alias_(label_of(question, day.copy(), grain, shift, windows[0].label), LABEL)]
    columns += [exp.alias_(source.dimension(d), f"__d{i}") for i, d in enumerate(question.dimensions)]
    keys = [LABEL, *question.dimension_columns]
    columns.append(exp.alias_(source.column(rule.entity), "__e"))
    inner = source.select([*columns, exp.alias_(aggregated(source, component, None), "__v")])
    inner = inner.where(between(day.copy(), windows[0].lo, windows[-1].hi))
    inner = inner.where(condition) if condition is not None else inner
    return largest_share(grouped(inner, len(columns)), name, keys, rule.top), source.read


def largest_share(entities: exp.Select, name: str, keys: Sequence[str], top: int) -> exp.Select:
    """Σ of the `top` largest `__v` ÷ Σ of all, by `keys`; ties are broken by the entity, so that it repeats."""
    order = exp.Order(
        expressions=[
            exp.Ordered(this=exp.column("__v"), desc=True, nulls_first=False),
            exp.Ordered(this=exp.column("__e"), desc=False, nulls_first=True),
        ]
    )
    rank = exp.Window(this=exp.RowNumber(), partition_by=[exp.column(k) for k in keys], order=order)
    ranked = exp.select("*", exp.alias_(rank, "__rank")).from_(entities.subquery("__b"))
    first = exp.case().when(exp.LTE(this=exp.column("__rank"), expression=exp.Literal.number(top)), exp.column("__v"))
    total = exp.func("NULLIF", exp.cast(exp.Sum(this=exp.column("__v")), "DOUBLE"), exp.Literal.number(0))
    share = exp.Div(this=exp.cast(exp.Sum(this=first), "DOUBLE"), expression=total)
    select = exp.select(*[exp.column(k) for k in keys], exp.alias_(share, name)).from_(ranked.subquery("__r"))
    return grouped(select, len(keys))


__all__ = ["BASE", "accumulated", "concentration_leaf", "cumulative_leaf", "event_leaf", "largest_share"]
