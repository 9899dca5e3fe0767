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
from catalog.tables import Column, SmallGroups, Table
from warehouse.port import Dialect

MASK = "[masked]"
PRESENT = "[present]"
PSEUDONYM_LENGTH = 12
"""Hex digits of a pseudonym: 48 bits, so that among a million values a clash is unlikely (1 in 500)."""
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
    key = pseudonym_key.hex()
    return [
        SecuredView(table.schema_name, table.name, _view(access, table, source, key).sql(dialect=dialect))
        for table in access.tables.values()
        if table.kind != "audit"
    ]


def source_select(catalog: Catalog, table: Table, source: str) -> exp.Query:
    """The whole table (or its definition) over the source, unfiltered and unmasked: for the company itself."""
    if table.definition:
        return _definition(catalog, table, source, {})
    return exp.select("*").from_(_source_table(table, source))


def _view(access: Access, table: Table, source: str, key: str) -> exp.Query:
    chosen = [
        exp.alias_(_treated(column, treatment, key), column.name, quoted=True)
        for column in table.columns
        if (treatment := access.columns(table).get(column.name))
    ]
    if table.definition:
        rules = {name: access.row_rules(name) for name in access.catalog.tables}
        rows: exp.Query = _definition(access.catalog, table, source, rules)
        if table.small_groups and table.rollup:
            rows = _without_small_groups(rows, table.small_groups, table.rollup.dimension)
        return exp.select(*chosen).from_(rows.subquery("t", copy=False))
    select = exp.select(*chosen).from_(exp.alias_(_source_table(table, source), "t", table=True))
    for rule in access.row_rules(table.name):
        select = select.where(_row_condition(access.catalog, table, rule, source))
    return select


def _source_table(table: Table, source: str) -> exp.Table:
    return exp.table_(table.name, db=table.schema_name, catalog=source, quoted=True)


def _physical(column: Column) -> exp.Column:
    return exp.column(column.physical or column.name, table="t", quoted=True)


def _treated(column: Column, treatment: Treatment, key: str) -> exp.Expr:
    value = _physical(column)
    if treatment == "clear":
        # A moment stored with a zone is shown on the company's clocks, as all others are.
        return exp.cast(value, SQL_TYPES["timestamp"]) if column.type == "timestamp" else value
    missing = exp.cast(exp.null(), SQL_TYPES[column.type])
    if treatment == "null" or (treatment in ("mask", "pseudonym") and column.type != "string"):
        return missing
    if treatment == "pseudonym":
        salted = exp.DPipe(
            this=exp.Literal.string(f"{key}/{column.name}/"), expression=exp.cast(value.copy(), "VARCHAR")
        )
        digest = exp.SHA2(this=salted, length=exp.Literal.number(256))
        short = exp.func("SUBSTRING", digest, exp.Literal.number(1), exp.Literal.number(PSEUDONYM_LENGTH))
        shown: exp.Expr = exp.DPipe(this=exp.Literal.string(f"{column.name}-"), expression=short)
    else:
        shown = exp.Literal.string(MASK if treatment == "mask" else PRESENT)
    return exp.case().when(exp.Is(this=value, expression=exp.null()), exp.null()).else_(shown)


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


def _without_small_groups(rows: exp.Query, small: SmallGroups, dimension: str) -> exp.Query:
    """Leave out groups of fewer than k; where any is left out, leave out the next smallest too, until what is missing
    is at least two groups and at least k people, so that total minus the rest shows nobody. Total rows stay, unless
    fewer than k people are in all."""
    size, within = exp.column(small.size), [exp.column(name) for name in small.within]
    detail = exp.column(dimension).is_(exp.null()).not_()
    is_small = exp.and_(detail.copy(), exp.LT(this=size.copy(), expression=exp.Literal.number(small.k)))
    partition = [*[w.copy() for w in within], detail.copy()]
    order = exp.Order(expressions=[exp.Ordered(this=size.copy()), exp.Ordered(this=exp.column(dimension))])

    def windowed(call: exp.Expr, ordered: bool) -> exp.Expr:
        before = exp.WindowSpec(
            kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end=exp.Literal.number(1), end_side="PRECEDING"
        )
        return exp.Window(
            this=call,
            partition_by=[p.copy() for p in partition],
            order=order.copy() if ordered else None,
            spec=before if ordered else None,
        )

    ranked = exp.select(
        "*",
        exp.alias_(windowed(exp.func("SUM", exp.case().when(is_small, "1").else_("0")), False), "__small"),
        exp.alias_(windowed(exp.Count(this=exp.Star()), True), "__before"),
        exp.alias_(windowed(exp.func("SUM", size.copy()), True), "__people_before"),
    ).from_(rows.subquery("g"))
    people = exp.func("COALESCE", exp.column("__people_before"), exp.Literal.number(0))
    large = exp.GTE(this=size.copy(), expression=exp.Literal.number(small.k))
    unharmed = exp.or_(
        exp.column(dimension).is_(exp.null()),
        exp.EQ(this=exp.column("__small"), expression=exp.Literal.number(0)),
        exp.and_(
            exp.GTE(this=exp.column("__before"), expression=exp.Literal.number(2)),
            exp.GTE(this=people, expression=exp.Literal.number(small.k)),
        ),
    )
    return exp.select("*").from_(ranked.subquery("s")).where(exp.and_(large, unharmed))
