"""Which groups of a table about people are shown: a query over all rows → a query over the rows that may be seen.

A group is one value of the rollup's dimension. It is judged over all publications together, never day by day: were it
shown on one day and left out on the next, the day's joiners and leavers would give away the size that was left out. (By
the year is no better: a group that changes between left out and shown at the turn gives away the one beside it.)

1. A group is small when it ever has fewer than k people.
2. Where there is a small group, the groups that are least at their lowest are left out, small ones first, until they
   are two or more and together never fewer than k people: total minus rest then shows at least k people of two groups.
3. The total is left out where it is ever below k itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from catalog.tables import Table

ROWS, GROUPS, RANKED, SHOWN = "__rows", "__groups", "__ranked", "__shown"
EVERY, LEAST, FLOOR, TIMES = "__every", "__least", "__floor", "__times"
SMALL, BEFORE, PEOPLE_BEFORE = "__small", "__before", "__people_before"
FEWEST_LEFT_OUT = 2
"""Groups left out together: one alone would be the total minus the rest."""


@dataclass(frozen=True)
class _Plan:
    """Names that the steps share. `keys` are the columns within which groups are compared: never none (`EVERY` is the
    same on all rows), never the time."""

    size: str
    group: str
    keys: tuple[str, ...]
    k: int


def published(rows: exp.Query, table: Table, k: int) -> exp.Query:
    """The rows of a defined table that may be shown. `rows` is the whole of it, `k` the fewest people of a group.

    The table has `small_groups` and a `rollup`."""
    small, rollup = table.small_groups, table.rollup
    if small is None or rollup is None:
        raise TypeError(f"'{table.name}' has no small groups")
    keys = (*(name for name in small.within if name != table.time), EVERY)
    plan = _Plan(small.size, rollup.dimension, keys, k)
    same = [exp.NullSafeEQ(this=_column(name, "r"), expression=_column(name, "s")) for name in (*plan.keys, plan.group)]
    shown = exp.select("r.*").from_(exp.alias_(exp.table_(ROWS, quoted=True), "r", table=True))
    shown = shown.join(_shown(plan).subquery("s"), on=exp.and_(*same))
    return shown.with_(exp.to_identifier(ROWS, quoted=True), as_=_rows(rows), materialized=True)


def _rows(rows: exp.Query) -> exp.Select:
    """All rows, with one column that is the same on all."""
    every = exp.Column(this=exp.Star(), table=exp.to_identifier("g"))
    return exp.select(every, _alias(exp.Literal.number(0), EVERY)).from_(rows.subquery("g"))


def _groups(plan: _Plan) -> exp.Select:
    """Each group: its lowest size, and on how many publications it is there."""
    names = [_column(name) for name in (*plan.keys, plan.group)]
    lowest = exp.func("MIN", _column(plan.size))
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
