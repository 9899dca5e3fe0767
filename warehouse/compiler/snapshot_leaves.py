"""Leaves over daily snapshots: the last complete day of each window, its opening day, its average; cohorts.

Which day is read is decided here, from the company-wide horizon, and enters the SQL as a date. It is therefore the
same for every group and every role, and is never added over time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlglot import exp

from catalog.company_calendar import add_months
from catalog.metrics import Cohort, Snapshot
from warehouse.compiler.components import Component
from warehouse.compiler.dialect import date_literal, inline_table
from warehouse.compiler.leaves import AS_OF, BASE, LABEL, Question, Source, aggregated, condition_of, grouped, source_of
from warehouse.compiler.windows import Window
from warehouse.horizon import Horizon, Horizons

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Pick:
    """The day read for a window; `wanted` is the day it should have been."""

    label: date
    day: date
    wanted: date


def complete_on(horizons: Sequence[Horizon], day: date, through: date) -> bool:
    """True when every one of the datasets has a complete snapshot of that day."""
    return all(h.first <= day <= min(h.latest, through) and day not in h.incomplete for h in horizons)


def pick_day(
    wanted: date, floor: date, carry: int, horizons: Sequence[Horizon], through: date, complete_only: bool = True
) -> date | None:
    """The last complete day on or before `wanted`, at most `carry` days back and not before `floor`."""
    for back in range(carry + 1):
        day = wanted - back * DAY
        if day < floor:
            return None
        if complete_on(horizons, day, through) or (
            not complete_only and all(h.first <= day <= h.latest for h in horizons)
        ):
            return day
    return None


def picks(windows: Sequence[Window], rule: Snapshot, at: str, horizons: Sequence[Horizon], through: date) -> list[Pick]:
    """The day for each window that has one. An opening day lies before its window, all others inside."""
    found: list[Pick] = []
    for window in windows:
        opening = at == "opening"
        wanted = window.lo - DAY if opening else min(window.hi, through)
        floor = date.min if opening else window.lo
        day = pick_day(wanted, floor, rule.carry_forward_days, horizons, through, rule.complete_only)
        if day is not None:
            found.append(Pick(window.label, day, wanted))
    return found


def average_picks(windows: Sequence[Window], horizons: Sequence[Horizon], through: date) -> list[Pick]:
    """Every complete day of each window."""
    found: list[Pick] = []
    for window in windows:
        day = window.lo
        while day <= min(window.hi, through):
            if complete_on(horizons, day, through):
                found.append(Pick(window.label, day, day))
            day += DAY
    return found


def snapshot_leaf(
    question: Question, named: Sequence[tuple[str, Component]], chosen: Sequence[Pick], horizons: Horizons
) -> tuple[exp.Select, set[str]]:
    """One read of the picked days for all components of a dataset that share them."""
    source = source_of(question, *(component for _, component in named))
    rule = named[0][1].metric.snapshot
    if rule is None:
        raise AssertionError("a snapshot leaf needs a snapshot rule")
    day = source.day(rule.time)
    joins, label = _labelled(question, source, day, chosen, horizons)
    alone = len(named) == 1
    conditions = [condition_of(source, component) for _, component in named]
    columns: list[exp.Expr] = [exp.alias_(label, LABEL)]
    columns += [exp.alias_(source.dimension(d), f"__d{i}") for i, d in enumerate(question.dimensions)]
    keys = len(columns)
    if rule.pick == "average":
        columns.append(exp.alias_(day.copy(), "__day"))
    for (name, component), condition in zip(named, conditions, strict=True):
        columns.append(exp.alias_(aggregated(source, component, None if alone else condition), name))
    select = source.select(columns, joins).where(_on_days(day.copy(), chosen))
    kept = [c for c in conditions if c is not None]
    if kept and len(kept) == len(named):
        select = select.where(exp.or_(*[c.copy() for c in kept]))
    if rule.pick != "average":
        return grouped(select, keys), source.read
    return _averaged(grouped(select, keys + 1), [n for n, _ in named], question, chosen), source.read


def _on_days(day: exp.Expr, chosen: Sequence[Pick]) -> exp.Expr:
    days = sorted({p.day for p in chosen})
    if len(days) == 1:
        return exp.EQ(this=day, expression=date_literal(days[0]))
    return exp.In(this=day, expressions=[date_literal(d) for d in days])


def _labelled(
    question: Question, source: Source, day: exp.Expr, chosen: Sequence[Pick], horizons: Horizons
) -> tuple[list[exp.Join], exp.Expr]:
    """The joins that give a row its window label and its as-of row, and the label's expression."""
    as_of = source.as_of
    if as_of is None and len({p.label for p in chosen}) == 1:
        return [], date_literal(chosen[0].label)
    rows = [
        (p.label, p.day, _as_of_day(as_of.max_age_days, p.day, horizons[as_of.dataset]) if as_of else p.day)
        for p in chosen
    ]
    table = inline_table("__s", ("__label", "__day", "__as_of"), rows)
    joins = [exp.Join(this=table, on=exp.EQ(this=exp.column("__day", table="__s"), expression=day.copy()))]
    if as_of:
        target = question.access.catalog.tables[as_of.dataset]
        source.read |= {f"{as_of.dataset}.{name}" for name in (as_of.on, as_of.time)}
        on = exp.and_(
            exp.EQ(
                this=exp.column(as_of.on, table=AS_OF, quoted=True),
                expression=exp.column(as_of.on, table=BASE, quoted=True),
            ),
            exp.EQ(
                this=exp.cast(exp.column(as_of.time, table=AS_OF, quoted=True), "DATE"),
                expression=exp.column("__as_of", table="__s"),
            ),
        )
        joined = exp.alias_(exp.table_(as_of.dataset, db=target.schema_name, quoted=True), AS_OF, table=True)
        joins.append(exp.Join(this=joined, side="LEFT", on=on))
    return joins, exp.column("__label", table="__s")


def _as_of_day(max_age: int, day: date, horizon: Horizon) -> date:
    """The other table's last complete day on or before `day`; a day it does not have when all are too old."""
    return pick_day(day, date.min, max_age, (horizon,), horizon.latest) or date.min


def _averaged(daily: exp.Select, names: Sequence[str], question: Question, chosen: Sequence[Pick]) -> exp.Select:
    """Mean over all picked days of a window, days without rows counting as 0."""
    counts: dict[date, int] = {}
    for pick in chosen:
        counts[pick.label] = counts.get(pick.label, 0) + 1
    keys: list[exp.Expr] = [exp.column(LABEL), *[exp.column(d) for d in question.dimension_columns]]
    days = exp.case()
    for label, count in counts.items():
        days = days.when(exp.EQ(this=exp.column(LABEL), expression=date_literal(label)), exp.Literal.number(count))
    means = [
        exp.alias_(
            exp.Div(this=exp.cast(exp.Sum(this=exp.column(n)), "DOUBLE"), expression=exp.Max(this=days.copy())), n
        )
        for n in names
    ]
    return grouped(exp.select(*keys, *means).from_(daily.subquery("__b")), len(keys))


def cohort_picks(windows: Sequence[Window], rule: Cohort, horizon: Horizon, through: date) -> list[tuple[Pick, date]]:
    """Current and base day of each window whose base lies inside the data."""
    found: list[tuple[Pick, date]] = []
    for window in windows:
        wanted = min(window.hi, through)
        current = pick_day(wanted, window.lo, rule.carry_forward_days, (horizon,), through)
        if current is None:
            continue
        month_end = (wanted + DAY).day == 1
        base_wanted = (
            add_months(wanted + DAY, -rule.base_offset_months) - DAY
            if month_end
            else add_months(wanted, -rule.base_offset_months)
        )
        base = pick_day(base_wanted, date.min, rule.carry_forward_days, (horizon,), through)
        if base is not None:
            found.append((Pick(window.label, current, wanted), base))
    return found


def cohort_leaf(
    question: Question, name: str, component: Component, chosen: Sequence[tuple[Pick, date]]
) -> tuple[exp.Select, set[str]]:
    """Retention of the entities of each base day. Formula: catalog.metrics.Cohort."""
    rule = component.metric.cohort
    if rule is None:
        raise AssertionError("a cohort leaf needs a cohort")
    read: set[str] = set()
    base = _entities(question, component, rule, {p.label: b for p, b in chosen}, read)
    base = base.having(exp.GT(this=exp.Sum(this=exp.column("__x", table="__n")), expression=exp.Literal.number(0)))
    current = _entities(question, component, rule, {p.label: p.day for p, _ in chosen}, read)
    keys = [LABEL, *question.dimension_columns]
    same = [_same(key, "__b", "__c") for key in (*keys, "__e")]
    was, value = (
        exp.column("__x", table="__b"),
        exp.func("COALESCE", exp.column("__x", table="__c"), exp.Literal.number(0)),
    )
    kept = exp.func("LEAST", value.copy(), was.copy())
    total = exp.func("NULLIF", exp.cast(exp.Sum(this=was.copy()), "DOUBLE"), exp.Literal.number(0))
    if rule.variant == "logo":
        stayed = exp.case().when(exp.GT(this=value, expression=exp.Literal.number(0)), exp.Literal.number(1))
        share: exp.Expr = exp.Div(
            this=exp.cast(exp.Count(this=stayed), "DOUBLE"), expression=exp.cast(exp.Count(this=exp.Star()), "DOUBLE")
        )
    else:
        retained = value if rule.variant == "net" else kept
        share = exp.Div(this=exp.cast(exp.Sum(this=retained), "DOUBLE"), expression=total)
    if rule.variant == "churn":
        share = exp.Sub(this=exp.Literal.number(1), expression=exp.paren(share))
    select = exp.select(*[exp.column(k, table="__b") for k in keys], exp.alias_(share, name))
    select = select.from_(base.subquery("__b")).join(current.subquery("__c"), on=exp.and_(*same), join_type="left")
    return grouped(select, len(keys)), read


def _same(key: str, left: str, right: str) -> exp.Expr:
    if key in (LABEL, "__e"):
        return exp.EQ(this=exp.column(key, table=left), expression=exp.column(key, table=right))
    return exp.NullSafeEQ(this=exp.column(key, table=left), expression=exp.column(key, table=right))


def _entities(
    question: Question, component: Component, rule: Cohort, days: Mapping[date, date], read: set[str]
) -> exp.Select:
    """Value of each entity on its window's day."""
    source = source_of(question, component)
    day = source.day(rule.time)
    columns: list[exp.Expr] = [exp.alias_(day, "__day")]
    columns += [exp.alias_(source.dimension(d), f"__d{i}") for i, d in enumerate(question.dimensions)]
    columns += [exp.alias_(source.column(rule.entity), "__e"), exp.alias_(source.fragment(rule.value), "__x")]
    listed = exp.In(this=day.copy(), expressions=[date_literal(d) for d in sorted(set(days.values()))])
    rows = source.select(columns).where(listed)
    read |= source.read
    table = inline_table("__s", ("__label", "__day"), list(days.items()))
    keys = [exp.alias_(exp.column("__label", table="__s"), LABEL)]
    keys += [exp.column(d, table="__n") for d in question.dimension_columns]
    keys.append(exp.column("__e", table="__n"))
    select = exp.select(*keys, exp.alias_(exp.Sum(this=exp.column("__x", table="__n")), "__x"))
    on = exp.EQ(this=exp.column("__day", table="__n"), expression=exp.column("__day", table="__s"))
    return grouped(select.from_(rows.subquery("__n")).join(table, on=on, join_type="inner"), len(keys))
