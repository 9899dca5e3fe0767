"""Which groups of a table about people are shown: a query over all rows → a query over the rows that may be seen.

A group is one value of the rollup's dimension. It is judged over a span of publications (all of them, a year, a
quarter), never day by day: were it shown on one day and left out on the next, the day's joiners and leavers would give
away the size that was left out.

1. A group is small in a span when it ever has fewer than k people there, or had on its last publication before.
2. Where a span has a small group, the groups that are least at their lowest are left out, small ones first, until they
   are two or more and together never fewer than k people: total minus rest then shows at least k people of two groups.
3. The total is left out in a span where it is ever below k itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from catalog.tables import Table

ROWS, GROUPS, RANKED, SHOWN = "__rows", "__groups", "__ranked", "__shown"
SPAN, EARLIER, LEAST, FLOOR, TIMES = "__span", "__earlier", "__least", "__floor", "__times"
SMALL, BEFORE, PEOPLE_BEFORE = "__small", "__before", "__people_before"
FEWEST_LEFT_OUT = 2
"""Groups left out together: one alone would be the total minus the rest."""


@dataclass(frozen=True)
class _Plan:
    """Names that the steps share. `keys` are the columns and the span within which groups are compared."""

    size: str
    group: str
    keys: tuple[str, ...]
    time: str | None
    steady: str
    k: int


def published(rows: exp.Query, table: Table, k: int) -> exp.Query:
    """The rows of a defined table that may be shown. `rows` is the whole of it, `k` the fewest people of a group.

    The table has `small_groups` and a `rollup`."""
    small, rollup = table.small_groups, table.rollup
    if small is None or rollup is None:
        raise TypeError(f"'{table.name}' has no small groups")
    time = table.time if table.time in small.within else None
    keys = (*(name for name in small.within if name != time), SPAN)
    plan = _Plan(small.size, rollup.dimension, keys, time, small.steady, k)
    same = [exp.NullSafeEQ(this=_column(name, "r"), expression=_column(name, "s")) for name in (*plan.keys, plan.group)]
    shown = exp.select("r.*").from_(exp.alias_(exp.table_(ROWS, quoted=True), "r", table=True))
    shown = shown.join(_shown(plan).subquery("s"), on=exp.and_(*same))
    return shown.with_(exp.to_identifier(ROWS, quoted=True), as_=_rows(rows, plan), materialized=True)


def _rows(rows: exp.Query, plan: _Plan) -> exp.Select:
    """All rows with their span, and the size of the group on its publication before."""
    columns: list[exp.Expr] = [exp.Column(this=exp.Star(), table=exp.to_identifier("g")), _alias(_span(plan), SPAN)]
    size = _column(plan.size, "g")
    if plan.time and plan.steady != "always":
        apart = [_column(name, "g") for name in (*plan.keys[:-1], plan.group)]
        order = exp.Order(expressions=[_ascending(_column(plan.time, "g"))])
        earlier = exp.Window(this=exp.func("LAG", size.copy()), partition_by=apart, order=order)
        columns.append(_alias(exp.func("COALESCE", earlier, size), EARLIER))
    else:
        columns.append(_alias(size, EARLIER))
    return exp.select(*columns).from_(rows.subquery("g"))


def _span(plan: _Plan) -> exp.Expr:
    """A number for the span a row falls in; one and the same where a decision holds for ever."""
    if not plan.time or plan.steady == "always":
        return exp.Literal.number(0)
    time = _column(plan.time, "g")
    year = exp.Extract(this=exp.var("YEAR"), expression=time)
    if plan.steady == "year":
        return year
    quarter = exp.Extract(this=exp.var("QUARTER"), expression=time.copy())
    return exp.Add(this=exp.Mul(this=year, expression=exp.Literal.number(4)), expression=quarter)


def _groups(plan: _Plan) -> exp.Select:
    """Each group of each span: its lowest size, and on how many publications it is there."""
    names = [_column(name) for name in (*plan.keys, plan.group)]
    lowest = exp.func("MIN", exp.func("LEAST", _column(plan.size), _column(EARLIER)))
    return (
        exp.select(*names, _alias(lowest, LEAST), _alias(exp.Count(this=exp.Star()), TIMES))
        .from_(exp.table_(ROWS, quoted=True))
        .group_by(*[name.copy() for name in names])
    )


def _ranked(plan: _Plan) -> exp.Select:
    """Groups with their floor: the people they are sure to add on any day, none where they are not always there."""
    always = exp.EQ(
        this=_column(TIMES),
        expression=exp.Window(this=exp.func("MAX", _column(TIMES)), partition_by=[_column(n) for n in plan.keys]),
    )
    floor = exp.case().when(always, _column(LEAST)).else_(exp.Literal.number(0))
    return exp.select("*", _alias(floor, FLOOR)).from_(_groups(plan).subquery(GROUPS))


def _shown(plan: _Plan) -> exp.Select:
    """The groups that are shown, by the rules above."""
    total = _column(plan.group).is_(exp.null())
    enough, number = exp.Literal.number(plan.k), exp.Literal.number
    apart = [*(_column(name) for name in plan.keys), total.copy()]
    order = exp.Order(expressions=[_ascending(_column(LEAST)), _ascending(_column(plan.group))])
    before = exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end=number(1), end_side="PRECEDING")

    def over(call: exp.Expr, ordered: bool) -> exp.Expr:
        own = {"order": order.copy(), "spec": before.copy()} if ordered else {}
        return exp.Window(this=call, partition_by=[a.copy() for a in apart], **own)

    is_small = exp.LT(this=_column(LEAST), expression=enough.copy())
    small = exp.func("SUM", exp.case().when(is_small, number(1)).else_(number(0)))
    ranked = exp.select(
        "*",
        _alias(over(small, False), SMALL),
        _alias(over(exp.Count(this=exp.Star()), True), BEFORE),
        _alias(exp.func("COALESCE", over(exp.func("SUM", _column(FLOOR)), True), number(0)), PEOPLE_BEFORE),
    ).from_(_ranked(plan).subquery(RANKED))
    left_out_enough = exp.and_(
        exp.GTE(this=_column(BEFORE), expression=number(FEWEST_LEFT_OUT)),
        exp.GTE(this=_column(PEOPLE_BEFORE), expression=enough.copy()),
    )
    unharmed = exp.or_(total.copy(), exp.EQ(this=_column(SMALL), expression=number(0)), left_out_enough)
    large = exp.GTE(this=_column(LEAST), expression=enough)
    return exp.select("*").from_(ranked.subquery(SHOWN)).where(exp.and_(large, unharmed))


def _column(name: str, table: str | None = None) -> exp.Column:
    return exp.column(name, table=table, quoted=True)


def _alias(value: exp.Expr, name: str) -> exp.Expr:
    return exp.alias_(value, name, quoted=True)


def _ascending(value: exp.Expr) -> exp.Ordered:
    """With the place of nulls spelled out: engines differ."""
    return exp.Ordered(this=value, desc=False, nulls_first=True)
