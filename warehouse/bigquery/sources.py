"""Names of the catalog in our own trees → tables of BigQuery, each read on the company's clocks.

A column that BigQuery keeps as a moment with a zone is read as the local moment, as it is in every other engine.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from catalog.refusals import WarehouseDown
from warehouse.bigquery.place import Place
from warehouse.bigquery.tables import INGESTED, Name, Physical

SOURCE = "assay_source"
"""Name of the catalog that our own trees read the real tables from, until they are placed."""
INFORMATION = "INFORMATION_SCHEMA"
Find = Callable[[Name], Physical | None]
LEAST_INT64 = -(2**63)
_FIRST = {
    "DATE": (exp.DType.DATE, "0001-01-01"),
    "DATETIME": (exp.DType.TIMESTAMP, "0001-01-01 00:00:00"),
    "TIMESTAMP": (exp.DType.TIMESTAMPTZ, "0001-01-01 00:00:00+00"),
}
"""The least value of each type that a table can be split by, beside INT64."""


def placed(tree: exp.Query, place: Place, find: Find, time_zone: str, *, whole: bool = False) -> exp.Query:
    """The tree with every table of SOURCE replaced by the table of BigQuery, and hashes as BigQuery writes them. With
    `whole`, tables that BigQuery reads only with a filter on their partition get one that every row passes.

    Raises WarehouseDown for a table that is not there."""
    for node in list(tree.find_all(exp.Table)):
        if node.catalog == SOURCE:
            node.replace(_relation((node.db, node.name), node.alias or node.name, place, find, time_zone, whole))
    for digest in list(tree.find_all(exp.SHA2)):
        text = exp.Anonymous(this="SHA256", expressions=[digest.this.copy()])
        digest.replace(exp.Anonymous(this="TO_HEX", expressions=[text]))
    return tree


def ours(tree: exp.Query, place: Place, find: Find, time_zone: str) -> exp.Query:
    """Our own statement over `schema.table` names (with or without SOURCE before them), placed. INFORMATION_SCHEMA is
    read in the schema that stands before it."""
    for node in list(tree.find_all(exp.Table)):
        # The parser reads schema.INFORMATION_SCHEMA.TABLES as a table with a dot in its name.
        first, _, view = node.name.partition(".")
        if first.upper() == INFORMATION:
            node.replace(_information(node, node.db, view, place))
        elif node.db and not node.catalog:
            node.set("catalog", exp.to_identifier(SOURCE))
    return placed(tree, place, find, time_zone, whole=True)


def _relation(name: Name, alias: str, place: Place, find: Find, time_zone: str, whole: bool) -> exp.Expr:
    known = find(name)
    if known is None:
        raise WarehouseDown(f"The table '{name[1]}' is not in the warehouse as described.")
    table = place.table(*name)
    every = _every_row(known) if whole and known.demands_filter else None
    if not known.zoned and every is None:
        return exp.alias_(table, alias, table=True)
    local = [exp.alias_(_local(column, time_zone), column, quoted=True) for column in known.zoned]
    select = exp.select(exp.Star(replace=local) if local else exp.Star()).from_(table)
    return (select.where(every) if every is not None else select).subquery(alias)


def _every_row(known: Physical) -> exp.Expr:
    """A condition on the partition alone that holds in every row."""
    name = known.partition or ""
    column = exp.column(name, quoted=name != INGESTED)
    kind = _FIRST.get("TIMESTAMP" if name == INGESTED else known.types.get(name, ""))
    first = exp.cast(exp.Literal.string(kind[1]), kind[0]) if kind else exp.Literal.number(LEAST_INT64)
    return exp.or_(exp.GTE(this=column, expression=first), exp.Is(this=column.copy(), expression=exp.null()))


def _local(column: str, time_zone: str) -> exp.Expr:
    return exp.Anonymous(this="DATETIME", expressions=[exp.column(column, quoted=True), exp.Literal.string(time_zone)])


def _information(node: exp.Table, schema: str, view: str, place: Place) -> exp.Expr:
    """The view with the catalog's own schema name in it, which need not be the dataset's."""
    dataset = f"{place.project}.{place.dataset(schema)}"
    source = exp.Table(
        this=exp.to_identifier(view.upper()),
        db=exp.to_identifier(INFORMATION),
        catalog=exp.to_identifier(dataset, quoted=True),
    )
    ours_ = exp.alias_(exp.Literal.string(schema), "table_schema")
    return exp.select(exp.Star(replace=[ours_])).from_(source).subquery(node.alias or "t")
