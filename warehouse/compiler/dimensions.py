"""Dimensions and conditions of a request: whether each metric allows them, and how each is read from a dataset."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from sqlglot import exp

from catalog.access import Access
from catalog.catalog import Dimension
from catalog.metrics import Metric
from catalog.refusals import BadArgument, PiiDenied, UnknownDimension
from catalog.request import Condition, Scalar
from catalog.search import nearest
from catalog.tables import Column
from warehouse.compiler.dialect import date_literal

NUMBERS = ("integer", "decimal", "float")
TRUE_WORDS = {"true": True, "yes": True, "false": False, "no": False}


def find_dimension(access: Access, name: str) -> Dimension:
    """The dimension of that name that the caller may read.

    Raises UnknownDimension, or PiiDenied for a listed column of personal data that the role does not see."""
    if found := access.dimensions.get(name):
        return found
    listed = access.catalog.dimensions.get(name)
    if listed and listed.column.pii and listed.table.name in access.tables:
        raise PiiDenied(f"'{name}' holds personal data ({listed.column.pii}) that your role does not see.")
    close = nearest(name, access.dimensions)
    raise UnknownDimension(
        f"No dimension called '{name[:80]}' is available to you.",
        exists=close or sorted(access.dimensions)[:12],
        hint="describe_catalog lists dimensions.",
    )


def check_allowed(access: Access, metric: Metric, dimension: Dimension) -> None:
    """Raises UnknownDimension when the metric may not be grouped or filtered by the dimension, with the reason."""
    for name in (dimension.name, f"{dimension.table.name}.*", dimension.table.name):
        if name in metric.dimensions.forbidden:
            reason = metric.dimensions.forbidden[name]
            raise UnknownDimension(f"'{metric.name}' cannot be split by '{dimension.name}': {reason}")
    if metric.distribution == dimension.name:
        return
    if {dimension.name, f"{dimension.table.name}.*"} & set(metric.dimensions.allowed):
        return
    allowed = sorted(d.name for d in access.dimensions.values() if _listed(metric, d))
    raise UnknownDimension(f"'{metric.name}' cannot be split or filtered by '{dimension.name}'.", exists=allowed)


def _listed(metric: Metric, dimension: Dimension) -> bool:
    return bool({dimension.name, f"{dimension.table.name}.*"} & set(metric.dimensions.allowed))


@dataclass(frozen=True)
class Bound:
    """A condition with its dimension found and its values of the column's own type."""

    dimension: Dimension
    condition: Condition
    values: tuple[exp.Expr, ...]

    def applied(self, column: exp.Expr) -> exp.Expr:
        """The condition on the given column."""
        operator, values = self.condition.op, self.values
        if operator in ("is null", "is not null"):
            test = exp.Is(this=column, expression=exp.null())
            return test if operator == "is null" else exp.not_(test)
        if operator in ("in", "not in"):
            test = exp.In(this=column, expressions=list(values))
            return test if operator == "in" else exp.not_(test)
        if operator == "between":
            return exp.Between(this=column, low=values[0], high=values[1])
        if operator == "contains":
            position = exp.StrPosition(this=exp.Lower(this=column), substr=exp.Lower(this=values[0]))
            return exp.GT(this=position, expression=exp.Literal.number(0))
        kinds = {"=": exp.EQ, "!=": exp.NEQ, ">": exp.GT, ">=": exp.GTE, "<": exp.LT, "<=": exp.LTE}
        return kinds[operator](this=column, expression=values[0])


def bind(access: Access, condition: Condition) -> Bound:
    """Find the dimension and read the values. Raises UnknownDimension, BadArgument."""
    dimension = find_dimension(access, condition.dimension)
    column = dimension.column
    given = condition.value
    values: Iterable[Scalar] = given if isinstance(given, tuple) else () if given is None else (given,)
    if condition.op == "contains" and column.type != "string":
        raise BadArgument(f"'contains' works on text; '{dimension.name}' is {column.type}.")
    exact = condition.op in ("=", "!=", "in", "not in")
    return Bound(dimension, condition, tuple(_literal(dimension, column, v, exact) for v in values))


def _literal(dimension: Dimension, column: Column, value: Scalar, exact: bool) -> exp.Expr:
    try:
        if column.type in NUMBERS:
            if isinstance(value, bool):
                raise ValueError
            number = Decimal(str(value))
            if not number.is_finite():
                raise ValueError
            return exp.Literal.number(str(number))
        if column.type == "boolean":
            truth = value if isinstance(value, bool) else TRUE_WORDS[str(value).casefold()]
            return exp.true() if truth else exp.false()
        if column.type == "date":
            return date_literal(date.fromisoformat(str(value)))
        if column.type == "timestamp":
            return exp.cast(exp.Literal.string(datetime.fromisoformat(str(value)).isoformat(" ")), "TIMESTAMP")
    except (ValueError, KeyError, InvalidOperation) as error:
        raise BadArgument(f"'{dimension.name}' is {column.type}; '{str(value)[:80]}' is not.") from error
    text = str(value)
    if exact and column.values and text not in column.values:
        text = _member(dimension, column, text)
    return exp.Literal.string(text)


def _member(dimension: Dimension, column: Column, text: str) -> str:
    """The listed value that `text` means (case aside, or a listed synonym)."""
    wanted = text.casefold()
    for value in column.values:
        words = (value, *column.value_synonyms.get(value, ()))
        if wanted in (word.casefold() for word in words):
            return value
    close = nearest(text, column.values)
    raise BadArgument(f"'{dimension.name}' has no value '{text[:80]}'.", exists=close or column.values)
