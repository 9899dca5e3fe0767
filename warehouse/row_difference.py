"""How many rows of a table two sets of rights have in common, and what either has alone: over the real rows."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from catalog.access import Access
from warehouse.port import Dialect, Warehouse
from warehouse.secured import visible_keys

HERE = ""
"""The company's own rows, as `Warehouse.system_rows` reads them."""


@dataclass(frozen=True)
class RowDifference:
    """Rows seen before and after, and rows, told apart by their keys, that only one of the two sees."""

    before: int
    after: int
    gained: int
    lost: int


def row_difference(warehouse: Warehouse, old: Access | None, new: Access | None, table: str) -> RowDifference:
    """Compare what two principals see of one table; None stands for somebody who sees nothing. Raises Refusal where
    the table is not there as described."""
    sql = _counts(old, new, table, warehouse.dialect)
    (counts,) = warehouse.system_rows(sql).rows
    return RowDifference(*(int(str(count)) for count in counts))


def _counts(old: Access | None, new: Access | None, table: str, dialect: Dialect) -> str:
    seen = [access if access and table in access.tables else None for access in (old, new)]
    keys = [visible_keys(access, access.tables[table], HERE) if access else None for access in seen]
    before, after = (_count(rows) for rows in keys)
    gained, lost = _alone(keys[1], keys[0]), _alone(keys[0], keys[1])
    return exp.select(before, after, gained, lost).sql(dialect=dialect)


def _count(rows: exp.Query | None) -> exp.Expr:
    if rows is None:
        return exp.Literal.number(0)
    return exp.select(exp.Count(this=exp.Star())).from_(rows.copy().subquery("r")).subquery()


def _alone(rows: exp.Query | None, others: exp.Query | None) -> exp.Expr:
    if rows is None or others is None:
        return _count(rows)
    return _count(exp.except_(rows.copy(), others.copy()))
