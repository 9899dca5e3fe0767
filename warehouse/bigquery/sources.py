"""Names of the catalog in our own trees → tables of BigQuery, each read on the company's clocks.

A column that BigQuery keeps as a moment with a zone is read as the local moment, as it is in every other engine.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from catalog.refusals import WarehouseDown
from warehouse.bigquery.place import Place
from warehouse.bigquery.tables import Name, Physical

SOURCE = "assay_source"
"""Name of the catalog that our own trees read the real tables from, until they are placed."""
INFORMATION = "INFORMATION_SCHEMA"
Find = Callable[[Name], Physical | None]


def placed(tree: exp.Query, place: Place, find: Find, time_zone: str) -> exp.Query:
    """The tree with every table of SOURCE replaced by the table of BigQuery, and hashes as BigQuery writes them.

    Raises WarehouseDown for a table that is not there."""
    for node in list(tree.find_all(exp.Table)):
        if node.catalog == SOURCE:
            node.replace(_relation((node.db, node.name), node.alias or node.name, place, find, time_zone))
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
    return placed(tree, place, find, time_zone)


def _relation(name: Name, alias: str, place: Place, find: Find, time_zone: str) -> exp.Expr:
    known = find(name)
    if known is None:
        raise WarehouseDown(f"The table '{name[1]}' is not in the warehouse as described.")
    table = place.table(*name)
    if not known.zoned:
        return exp.alias_(table, alias, table=True)
    local = [exp.alias_(_local(column, time_zone), column, quoted=True) for column in known.zoned]
    star = exp.Star(replace=local)
    return exp.select(star).from_(table).subquery(alias)


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
