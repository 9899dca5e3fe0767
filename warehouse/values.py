"""The query behind a dimension's values, the same on every engine."""

from __future__ import annotations

from sqlglot import exp

from catalog.catalog import Dimension


def values_query(dimension: Dimension, limit: int) -> exp.Select:
    """The first `limit` distinct values as text (`value`), in order, without NULL."""
    column = exp.column(dimension.column.name, quoted=True)
    return (
        exp.select(exp.alias_(exp.cast(column, "VARCHAR"), "value"))
        .distinct()
        .from_(exp.table_(dimension.table.name, db=dimension.table.schema_name, quoted=True))
        .where(column.copy().is_(exp.null()).not_())
        .order_by(exp.Literal.number(1))
        .limit(limit)
    )
