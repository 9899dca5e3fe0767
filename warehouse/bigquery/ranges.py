"""Conditions of a statement on one of its tables → a range of the column by which that table is split.

Secured tables show moments as local time, and a condition on what was converted does not keep BigQuery from reading
every partition. So the same condition stands on the stored column once more, wide enough to leave out no row that the
statement could use: whatever the zone, local time and UTC are less than a day apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlglot import exp

DAY = timedelta(days=1)
_KINDS = {"TIMESTAMP": exp.DType.TIMESTAMPTZ, "DATETIME": exp.DType.TIMESTAMP}
"""sqlglot's words for the types: its TIMESTAMP has no zone."""
_MIRRORED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.GT: exp.LT,
    exp.GTE: exp.LTE,
    exp.LT: exp.GT,
    exp.LTE: exp.GTE,
    exp.EQ: exp.EQ,
}


@dataclass(frozen=True)
class Range:
    """From `low` to `high`, both included and both with a day to spare; None: open."""

    low: datetime | None
    high: datetime | None

    def condition(self, column: str, kind: str) -> exp.Expr | None:
        """The range on the stored column, whose type is TIMESTAMP or DATETIME; None where it is open on both sides."""
        tests: list[exp.Expr] = []
        for edge, test in ((self.low, exp.GTE), (self.high, exp.LTE)):
            if edge is not None:
                text = edge.isoformat(sep=" ", timespec="seconds") + ("+00" if kind == "TIMESTAMP" else "")
                moment = exp.cast(exp.Literal.string(text), _KINDS[kind])
                tests.append(test(this=exp.column(column, quoted=True), expression=moment))
        return exp.and_(*tests) if tests else None


def range_of(node: exp.Table, column: str) -> Range:
    """What the SELECT around a table demands of one of its columns in every row.

    Only terms joined by AND in its own WHERE count: they hold in every row that comes out, and none is true of NULL, so
    that rows outside the range may be left out on either side of any join."""
    source = node.parent
    select = source.parent if isinstance(source, exp.From | exp.Join) else None
    where = select.args.get("where") if isinstance(select, exp.Select) else None
    alias = node.args.get("alias")
    renamed = isinstance(alias, exp.TableAlias) and bool(alias.columns)
    if where is None or select is None or renamed or any(node.args.get(k) for k in ("joins", "pivots", "laterals")):
        return Range(None, None)
    alone = not select.args.get("joins") and not select.args.get("laterals")
    names = {(node.alias or node.name).lower(), *([""] if alone else [])}
    lows, highs = list[datetime](), list[datetime]()
    for test, known, edges in _tests(where.this, names, column.lower()):
        if known:
            if test in (exp.GT, exp.GTE, exp.EQ, exp.Between, exp.In):
                lows.append(min(edges))
            if test in (exp.LT, exp.LTE, exp.EQ, exp.Between, exp.In):
                highs.append(max(edges))
    return Range(_moved(max(lows, default=None), -DAY), _moved(min(highs, default=None), 2 * DAY))


def compared(tree: exp.Expr, column: str, aliases: Iterable[str] | None = None) -> bool:
    """Whether a WHERE of the statement compares that column with something; `aliases` are the qualifiers that count."""
    names = None if aliases is None else {alias.lower() for alias in aliases}
    kinds = (exp.EQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In)
    return any(
        column.lower() == found.name.lower() and (names is None or found.table.lower() in names)
        for where in tree.find_all(exp.Where)
        for test in where.find_all(*kinds)
        for found in test.this.find_all(exp.Column)
    )


def _tests(
    condition: exp.Expr, names: set[str], column: str
) -> Iterator[tuple[type[exp.Expr], bool, tuple[datetime, ...]]]:
    """(comparison, whether all its values are known, the values) of each term on the column."""
    terms = condition.flatten() if isinstance(condition, exp.And) else (condition,)
    for wrapped in terms:
        term = wrapped.unnest()
        if isinstance(term, exp.And):
            yield from _tests(term, names, column)
        elif isinstance(term, exp.Between) and _is(term.this, names, column) and not term.args.get("symmetric"):
            yield _known(exp.Between, (term.args["low"], term.args["high"]))
        elif isinstance(term, exp.In) and _is(term.this, names, column) and term.expressions:
            yield _known(exp.In, term.expressions)
        elif type(term) in _MIRRORED and isinstance(term, exp.Binary):
            if _is(term.this, names, column):
                yield _known(type(term), (term.expression,))
            elif _is(term.expression, names, column):
                yield _known(_MIRRORED[type(term)], (term.this,))


def _known(test: type[exp.Expr], values: Iterable[exp.Expr]) -> tuple[type[exp.Expr], bool, tuple[datetime, ...]]:
    moments = [_moment(value) for value in values]
    edges = tuple(moment for moment in moments if moment is not None)
    return test, len(edges) == len(moments), edges


def _is(node: exp.Expr, names: set[str], column: str) -> bool:
    """The column itself, or its day."""
    day = isinstance(node, exp.Cast) and node.to.this == exp.DType.DATE and not isinstance(node, exp.TryCast)
    if day or (isinstance(node, exp.Date) and not node.args.get("zone") and not node.expressions):
        node = node.this
    elif isinstance(node, exp.Anonymous) and node.name.lower() == "date" and len(node.expressions) == 1:
        # So the guard leaves the calls of callers.
        node = node.expressions[0]
    return isinstance(node, exp.Column) and node.name.lower() == column and node.table.lower() in names


def _moment(node: exp.Expr) -> datetime | None:
    """A literal day or local moment; a day is its beginning."""
    if isinstance(node, exp.Cast) and node.to.this in (exp.DType.DATE, exp.DType.TIMESTAMP, exp.DType.DATETIME):
        node = node.this
    if not isinstance(node, exp.Literal) or not node.is_string:
        return None
    try:
        found = datetime.fromisoformat(node.name)
    except ValueError:
        return None
    return found if found.tzinfo is None else None


def _moved(moment: datetime | None, by: timedelta) -> datetime | None:
    """Up to whole seconds, and None beyond the calendar."""
    if moment is None:
        return None
    try:
        return datetime.combine(moment.date(), time()) + by if by < timedelta() else moment + by
    except OverflowError:
        return None
