"""Operators of a catalog fragment that DuckDB and BigQuery understand differently → forms that mean the same on both.

The meaning is DuckDB's, in whose spelling fragments are written, but for two: a division by 0 is NULL (not infinity,
not an error), and a half is rounded away from 0 whatever type it has.

| fragment | DuckDB | BigQuery, as documented | here |
|---|---|---|---|
| `a / b` | floating point; infinity for 0 | decimals to 9 places; an error for 0 | floating point, NULL for 0 |
| `greatest(a, NULL)` | a | NULL | a |
| `CAST(2.5 AS INTEGER)`, floating point | 2 | 3 | 3 |
| `CAST(x AS DECIMAL(10, 2))` | two places | sqlglot leaves the places out: nine | two places |
| `day - day` | days | an INTERVAL | days |
| `LIKE 'a\\b'` | a backslash | an escape | a backslash |
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from catalog.tables import ColumnType
from warehouse.compiler.components import divided
from warehouse.port import Dialect

TypeOf = Callable[[str], ColumnType | None]
_NUMBERS = ("integer", "decimal", "float")


def one_meaning(tree: exp.Expr, dialect: Dialect, type_of: TypeOf) -> exp.Expr:
    """The fragment, changed in place where the engines differ. `type_of` gives the type of a column by its name."""
    holder = exp.paren(tree)
    # From the leaves up: a replaced node takes its operands along as they are by then.
    for node in reversed(list(holder.walk())):
        if isinstance(node, exp.Div):
            node.replace(divided(node.left, node.right))
        elif isinstance(node, exp.Cast) and node.to.this in exp.DataType.INTEGER_TYPES and _number(node.this, type_of):
            node.set("this", exp.Round(this=node.this))
        elif dialect == "bigquery":
            _for_bigquery(node, type_of)
    return holder.this


def _for_bigquery(node: exp.Expr, type_of: TypeOf) -> None:
    if isinstance(node, exp.Greatest | exp.Least):
        _without_nulls(node)
    elif isinstance(node, exp.Sub) and _day(node.left, type_of) and _day(node.right, type_of):
        days = [node.left, node.right, exp.Var(this="DAY")]
        node.replace(exp.Anonymous(this="DATE_DIFF", expressions=days))
    elif isinstance(node, exp.Cast) and node.is_type(exp.DType.DECIMAL) and len(node.to.expressions) == 2:
        places = node.to.expressions[1].this
        bare = exp.cast(node.this, "DECIMAL")
        node.replace(exp.Round(this=bare, decimals=places))
    elif isinstance(node, exp.Like) and isinstance(node.expression, exp.Literal):
        pattern = node.expression.name.replace("\\", "\\\\")
        node.set("expression", exp.Literal.string(pattern))


def _without_nulls(node: exp.Expr) -> None:
    """Every argument falls back on the others: NULL only where all of them are."""
    given = [node.this, *node.expressions]
    full = [exp.func("COALESCE", *[a.copy() for a in (*given[i:], *given[:i])]) for i in range(len(given))]
    node.set("this", full[0])
    node.set("expressions", full[1:])


def _day(node: exp.Expr, type_of: TypeOf) -> bool:
    if isinstance(node, exp.Column):
        return type_of(node.name) == "date"
    return isinstance(node, exp.Cast) and node.is_type(exp.DType.DATE)


def _number(node: exp.Expr, type_of: TypeOf) -> bool:
    """Whether it is certain that an operand is a number: a literal, or made of columns of numbers."""
    if isinstance(node, exp.Literal):
        return not node.is_string
    columns = [type_of(column.name) for column in node.find_all(exp.Column)]
    makes_another = isinstance(node, exp.Predicate | exp.Connector | exp.Not | exp.DPipe)
    return bool(columns) and not makes_another and all(kind in _NUMBERS for kind in columns)


def median(value: exp.Expr, dialect: Dialect) -> exp.Expr:
    """The median of a group, exactly: BigQuery has no such aggregate, so the middle of the sorted values is taken (the
    mean of the two middle ones). A group too large for that is refused by BigQuery, never estimated."""
    if dialect == "duckdb":
        return exp.Median(this=value)
    middle = [_at(value, exp.Sub(this=_count(value), expression=exp.Literal.number(1))), _at(value, _count(value))]
    both = exp.Add(this=middle[0], expression=middle[1])
    return exp.Div(this=exp.paren(both), expression=exp.Literal.number(2))


def _count(value: exp.Expr) -> exp.Expr:
    return exp.Count(this=value.copy())


def _at(value: exp.Expr, double: exp.Expr) -> exp.Expr:
    """The value at half of `double` (rounded down) among the sorted ones, as floating point."""
    order = exp.Order(
        this=exp.IgnoreNulls(this=value.copy()), expressions=[exp.Ordered(this=value.copy(), nulls_first=True)]
    )
    place = exp.Anonymous(this="DIV", expressions=[exp.paren(double), exp.Literal.number(2)])
    offset = exp.Anonymous(this="SAFE_OFFSET", expressions=[place])
    return exp.cast(exp.Bracket(this=exp.ArrayAgg(this=order), expressions=[offset]), "DOUBLE")
