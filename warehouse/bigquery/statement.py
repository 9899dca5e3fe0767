"""A secured tree → the text of a job and the values that go beside it, as typed query parameters.

Bound is what stands for a value in a condition (WHERE, ON): compared, listed, a bound of BETWEEN, looked for in a text.
Left as written is what BigQuery wants constant or what gives a column its type: JSON paths, formats, zones, parts of an
interval, LIMIT, elements of an array, whatever is selected or grouped by.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from google.cloud import bigquery
from sqlglot import exp

MOST_VALUES = 5_000
"""BigQuery takes 10,000 parameters; what is beyond ours stays in the text."""
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Like)
_MOMENTS = {
    exp.DType.DATE: "DATE",
    exp.DType.DATETIME: "DATETIME",
    exp.DType.TIMESTAMP: "DATETIME",
    exp.DType.TIMESTAMPTZ: "TIMESTAMP",
}
"""sqlglot's words for BigQuery's types: its TIMESTAMP has no zone."""
_LIKE_A_MOMENT = re.compile(r"\s*\d{1,4}-\d|\s*\d{1,2}:\d")
_MOST_DIGITS, _MOST_SCALE = 38, 9
"""What NUMERIC holds."""
_INT64 = 2**63


@dataclass(frozen=True)
class Value:
    """One parameter: `type` as BigQuery calls it, `value` as its text."""

    name: str
    type: str
    value: str


@dataclass(frozen=True)
class Statement:
    """What a job runs."""

    text: str
    values: tuple[Value, ...] = ()

    @property
    def parameters(self) -> list[bigquery.ScalarQueryParameter]:
        """The values as the driver wants them."""
        return [bigquery.ScalarQueryParameter(v.name, v.type, _python(v)) for v in self.values]


def bound(tree: exp.Query) -> Statement:
    """The statement of a tree, which is changed: values become `@v0`, `@v1`, …, equal ones the same."""
    values: dict[tuple[str, str], Value] = {}
    for node in list(_operands(tree)):
        known = _typed(node)
        if known is None or (known not in values and len(values) == MOST_VALUES):
            continue
        value = values.setdefault(known, Value(f"v{len(values)}", *known))
        node.replace(exp.Parameter(this=exp.to_identifier(value.name)))
    return Statement(tree.sql(dialect="bigquery"), tuple(values.values()))


def _operands(tree: exp.Query) -> Iterator[exp.Expr]:
    """Expressions that stand for values in the conditions of a tree."""
    for clause in tree.find_all(exp.Where, exp.Join):
        condition = clause.this if isinstance(clause, exp.Where) else clause.args.get("on")
        if condition is None:
            continue
        # What a subquery selects or groups by is not a condition; its own WHERE comes by itself.
        for node in condition.walk(prune=_is_query):
            if isinstance(node, _COMPARISONS):
                yield from (node.this, node.expression)
            elif isinstance(node, exp.In):
                yield from node.expressions
            elif isinstance(node, exp.Between):
                yield from (node.args["low"], node.args["high"])
            elif isinstance(node, exp.StrPosition):
                sought = node.args["substr"]
                yield sought.this if isinstance(sought, exp.Lower) else sought
            elif isinstance(node, exp.Anonymous) and node.name.lower() == "strpos" and len(node.expressions) > 1:
                # So the guard leaves the calls of callers.
                yield node.expressions[1]


def _is_query(node: exp.Expr) -> bool:
    return isinstance(node, exp.Query)


def _typed(node: exp.Expr) -> tuple[str, str] | None:
    """Type and text of a literal; None for anything else, and for a text that BigQuery may read as a moment (it would
    still do so with a parameter, but nobody promises that it then reads only the partitions it needs)."""
    if isinstance(node, exp.Cast) and isinstance(node.this, exp.Literal) and node.this.is_string:
        kind = _MOMENTS.get(node.to.this) if not node.args.get("format") else None
        return (kind, node.this.name) if kind else None
    if isinstance(node, exp.Literal) and node.is_string:
        # What may be an escape that sqlglot has not read is BigQuery's to read.
        return None if "\\" in node.name or _LIKE_A_MOMENT.match(node.name) else ("STRING", node.name)
    negative = isinstance(node, exp.Neg)
    number = node.this if negative else node
    if not isinstance(number, exp.Literal) or number.is_string or not re.fullmatch(r"\d+(\.\d+)?", number.name):
        return None
    text = f"-{number.name}" if negative else number.name
    if "." not in text:
        return ("INT64", text) if abs(int(text)) < _INT64 else None
    scale, digits = len(text.partition(".")[2]), len(re.sub(r"\D", "", text))
    return ("NUMERIC", text) if scale <= _MOST_SCALE and digits <= _MOST_DIGITS - _MOST_SCALE else None


def _python(value: Value) -> str | int | Decimal:
    if value.type == "INT64":
        return int(value.value)
    return Decimal(value.value) if value.type == "NUMERIC" else value.value
