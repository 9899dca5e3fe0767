"""Turns what a principal may see into the views of a secured catalog: one view a visible table, nothing else.

Rows are filtered and columns masked inside the view, over the hidden source, so that any SQL shape gives what it would
give on a physically filtered and masked copy. Small groups of defined tables are suppressed here as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlglot
from sqlglot import exp

from catalog.access import Access, RowRule
from catalog.catalog import Catalog
from catalog.fragments import FRAGMENT_DIALECT
from catalog.policies import Treatment
from catalog.tables import Column, Table
from warehouse.port import Dialect
from warehouse.small_groups import published

MASK = "[masked]"
PSEUDONYM_LENGTH = 12
"""Hex digits of a pseudonym: 48 bits, so that among a million values a clash is unlikely (1 in 500)."""
LABEL_LENGTH = 24
"""Hex digits of a label that is only counted: 96 bits, so that no two values are ever counted as one."""
SQL_TYPES = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "decimal": "DECIMAL(38, 9)",
    "float": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}


@dataclass(frozen=True)
class SecuredView:
    """One view: `sql` is its SELECT over the hidden source."""

    schema: str
    name: str
    sql: str


def secured_views(
    access: Access, *, source: str, pseudonym_key: bytes, dialect: Dialect = "duckdb"
) -> list[SecuredView]:
    """The views of one principal. `source` is the hidden catalog that holds the real tables; `pseudonym_key` makes
    pseudonyms of this deployment differ from all others."""
    return [
        SecuredView(table.schema_name, table.name, secured_select(access, table, source, pseudonym_key).sql(dialect))
        for table in access.tables.values()
        if table.kind != "audit"
    ]


def secured_select(access: Access, table: Table, source: str, pseudonym_key: bytes) -> exp.Query:
    """What one principal sees of one visible table, as a tree over the hidden `source`."""
    return _view(access, table, source, pseudonym_key.hex())


def source_select(catalog: Catalog, table: Table, source: str) -> exp.Query:
    """The whole table (or its definition) over the source, unfiltered and unmasked: for the company itself."""
    if table.definition:
        return _definition(catalog, table, source, {})
    return exp.select("*").from_(_source_table(table, source))


def _view(access: Access, table: Table, source: str, key: str) -> exp.Query:
    chosen = [
        exp.alias_(_treated(table, column, treatment, key), column.name, quoted=True)
        for column in table.columns
        if (treatment := access.columns(table).get(column.name))
    ]
    return visible_rows(access, table, source).select(*chosen, append=False)


def visible_rows(access: Access, table: Table, source: str) -> exp.Select:
    """The rows of a table that a principal sees, as `t` and under the names of the warehouse; small groups are left
    out. An empty `source` is the one that the connection is in."""
    if table.definition:
        rules = {name: access.row_rules(name) for name in access.catalog.tables}
        rows: exp.Query = _definition(access.catalog, table, source, rules)
        if (k := access.smallest_group(table)) is not None:
            rows = published(rows, table, k)
        return exp.select("*").from_(rows.subquery("t", copy=False))
    select = exp.select("*").from_(exp.alias_(_source_table(table, source), "t", table=True))
    for rule in access.row_rules(table.name):
        select = select.where(_row_condition(access.catalog, table, rule, source))
    return select


def visible_keys(access: Access, table: Table, source: str) -> exp.Select:
    """The keys of the rows of a table that a principal sees, as text."""
    names = [exp.column(_physical_name(table, name), table="t", quoted=True) for name in table.grain]
    keys = [exp.alias_(exp.cast(key, "VARCHAR"), f"k{index}") for index, key in enumerate(names)]
    return visible_rows(access, table, source).select(*keys, append=False)


def _source_table(table: Table, source: str) -> exp.Table:
    return exp.table_(table.name, db=table.schema_name, catalog=source or None, quoted=True)


def _physical(column: Column) -> exp.Column:
    return exp.column(column.physical or column.name, table="t", quoted=True)


def _treated(table: Table, column: Column, treatment: Treatment, key: str) -> exp.Expr:
    value = _physical(column)
    if treatment == "clear":
        # A moment stored with a zone is shown on the company's clocks, as all others are.
        return exp.cast(value, SQL_TYPES["timestamp"]) if column.type == "timestamp" else value
    missing = exp.cast(exp.null(), SQL_TYPES[column.type])
    if treatment == "null" or (treatment in ("mask", "pseudonym") and column.type != "string"):
        return missing
    if treatment == "pseudonym":
        shown = _keyed(f"{column.name}-", exp.cast(value.copy(), "VARCHAR"), f"{key}/{column.name}/", PSEUDONYM_LENGTH)
    elif treatment == "aggregate_only":
        shown = _keyed("present-", _first_row_with(table, value), f"{key}/{table.name}.{column.name}/", LABEL_LENGTH)
    else:
        shown = exp.Literal.string(MASK)
    return exp.case().when(exp.Is(this=value, expression=exp.null()), exp.null()).else_(shown)


def _keyed(prefix: str, value: exp.Expr, salt: str, length: int) -> exp.Expr:
    """`prefix` and the first `length` hex digits of the keyed hash of a text."""
    digest = exp.SHA2(this=exp.DPipe(this=exp.Literal.string(salt), expression=value), length=exp.Literal.number(256))
    short = exp.func("SUBSTRING", digest, exp.Literal.number(1), exp.Literal.number(length))
    return exp.DPipe(this=exp.Literal.string(prefix), expression=short)


def _first_row_with(table: Table, value: exp.Column) -> exp.Expr:
    """The least key among the visible rows that share `value`: equal exactly where the value is, and not made from it,
    so that worlds which differ in nothing but the value give the same."""
    parts: list[exp.Expr] = []
    for name in table.grain:
        text = exp.cast(exp.column(_physical_name(table, name), table="t", quoted=True), "VARCHAR")
        parts += [exp.Literal.string("/"), exp.func("COALESCE", text, exp.Literal.string(""))]
    key = parts[1]
    for part in parts[2:]:
        key = exp.DPipe(this=key, expression=part)
    return exp.Window(this=exp.func("MIN", key), partition_by=[value.copy()])


def _row_condition(catalog: Catalog, table: Table, rule: RowRule, source: str) -> exp.Expr:
    """`t.key IN (SELECT key FROM the next table WHERE ...)`, down the path to the filtered column."""
    if not rule.path:
        column = table.column(rule.filter.column)
        name = (column.physical or column.name) if column else rule.filter.column
        return _one_of(exp.column(name, table="t", quoted=True), rule.values)
    step = rule.path[0].relationship
    target = catalog.tables[step.to_table]
    rest = RowRule(rule.path[1:], rule.filter, rule.values)
    inner = (
        exp.select(exp.column(_physical_name(target, step.to_column), table="t", quoted=True))
        .from_(exp.alias_(_source_table(target, source), "t", table=True))
        .where(_row_condition(catalog, target, rest, source))
    )
    here = exp.column(_physical_name(table, step.column), table="t", quoted=True)
    return exp.In(this=here, query=inner.subquery())


def _physical_name(table: Table, name: str) -> str:
    column = table.column(name)
    return (column.physical or column.name) if column else name


def _one_of(column: exp.Column, values: Sequence[str]) -> exp.Expr:
    if not values:
        return exp.false()
    return exp.In(this=column, expressions=[exp.Literal.string(value) for value in values])


def _definition(catalog: Catalog, table: Table, source: str, rules: dict[str, tuple[RowRule, ...]]) -> exp.Query:
    """The table's definition with every catalog table replaced by its (row-filtered) source."""
    tree = sqlglot.parse_one(table.definition or "", dialect=FRAGMENT_DIALECT)
    if not isinstance(tree, exp.Query):
        raise TypeError(f"the definition of '{table.name}' is not a SELECT")
    for node in list(tree.find_all(exp.Table)):
        known = catalog.tables.get(node.name)
        if known is None or not node.db:
            continue
        rows = exp.select("*").from_(exp.alias_(_source_table(known, source), "t", table=True))
        for rule in rules.get(known.name, ()):
            rows = rows.where(_row_condition(catalog, known, rule, source))
        node.replace(rows.subquery(node.alias or node.name))
    return tree
