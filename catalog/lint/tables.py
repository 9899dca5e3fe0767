"""Rules over table entries."""

from __future__ import annotations

from sqlglot import exp

from catalog.audit_tables import AUDIT_TABLES
from catalog.catalog import Catalog
from catalog.fragments import BadFragment, parse_fragment
from catalog.lint.finding import Finding, in_table, instead_of
from catalog.problems import Problem

SPLITS = ("date", "timestamp", "integer")
SPLIT_WORDS = "a date, a timestamp or an integer"
MOST_CLUSTERS = 4
PERSONAL_WORDS = ("email", "phone", "tax_id", "contact", "birth", "salary", "address")


def relationships_point_at_keys(catalog: Catalog) -> Finding:
    """A relationship points at a column of a table; many-to-one at its whole grain, else it would multiply rows."""
    for table in catalog.tables.values():
        for index, link in enumerate(table.relationships):
            path = f"relationships.{index}.to"
            target = catalog.tables.get(link.to_table)
            if target is None:
                yield in_table(table, path, f"no table '{link.to_table}'{instead_of(link.to_table, catalog.tables)}")
            elif target.column(link.to_column) is None:
                names = [c.name for c in target.columns]
                yield in_table(
                    table, path, f"no column '{link.to_column}' in {target.name}{instead_of(link.to_column, names)}"
                )
            elif link.type != "one_to_many" and target.grain != (link.to_column,):
                grain = ", ".join(target.grain)
                yield in_table(table, path, f"{target.name} has one row a {grain}, not a {link.to_column}")


def feeds_exist(catalog: Catalog) -> Finding:
    """Feeds of tables are feeds of sources.yml, and reference totals are of metrics that exist."""
    feeds = [s.name for s in catalog.sources.sources]
    for table in catalog.tables.values():
        for name in table.sources:
            if name not in feeds:
                yield in_table(table, "sources", f"no feed '{name}'{instead_of(name, feeds)}")
    for source in catalog.sources.sources:
        for total in source.totals:
            if total.metric not in catalog.metrics:
                text = f"no metric '{total.metric}' to tie out{instead_of(total.metric, catalog.metrics)}"
                yield Problem("sources.yml", f"sources.{source.name}.totals", 0, text)
    duplicates = catalog.sources.duplicates
    for name in filter(None, (duplicates.table, duplicates.records) if duplicates else ()):
        if name not in catalog.tables:
            yield Problem("sources.yml", "duplicates", 0, f"no table '{name}'{instead_of(name, catalog.tables)}")


def audit_tables_are_filled_from_the_log(catalog: Catalog) -> Finding:
    """A table of kind audit is one that the log can fill, with columns that it has."""
    for table in catalog.tables.values():
        if table.kind != "audit":
            continue
        known = AUDIT_TABLES.get(table.name)
        if known is None:
            yield in_table(table, "name", f"the audit log fills no such table{instead_of(table.name, AUDIT_TABLES)}")
            continue
        for column in table.columns:
            if known.get(column.name) != column.type:
                told = f"is of type {known[column.name]}" if column.name in known else "is not among its columns"
                yield in_table(table, f"columns.{column.name}", f"{told}; they are {', '.join(known)}")


def definitions_read_what_exists(catalog: Catalog) -> Finding:
    """A defined table is one SELECT over tables of the catalog, each named with its schema."""
    for table in catalog.tables.values():
        if table.definition is None:
            continue
        try:
            tree = parse_fragment(table.definition)
        except BadFragment:
            yield in_table(table, "definition", "cannot be read as SQL")
            continue
        if not isinstance(tree, exp.Query):
            yield in_table(table, "definition", "is not a SELECT")
            continue
        own = {cte.alias for cte in tree.find_all(exp.CTE)}
        for name, schema in sorted({(t.name, t.db) for t in tree.find_all(exp.Table)}):
            known = catalog.tables.get(name)
            if not schema and name in own:
                continue
            if known is None or known.schema_name != schema or known.definition:
                real = [f"{t.schema_name}.{t.name}" for t in catalog.tables.values() if not t.definition]
                full = f"{schema}.{name}" if schema else name
                yield in_table(table, "definition", f"no table '{full}'{instead_of(full, real)}")


def tables_are_split_as_they_can_be(catalog: Catalog) -> Finding:
    """A partition is a day, a moment or a whole number, clusters are few, and a summary that the catalog defines has
    neither."""
    for table in catalog.tables.values():
        column = table.column(table.partition) if table.partition else None
        if table.definition and (table.partition or table.cluster):
            key = "partition" if table.partition else "cluster"
            yield in_table(table, key, "a table that the catalog defines is not stored, so nothing splits it")
        elif column is not None and column.type not in SPLITS:
            yield in_table(table, "partition", f"'{column.name}' is {column.type}; a table is split by {SPLIT_WORDS}")
        if len(table.cluster) > MOST_CLUSTERS:
            yield in_table(table, "cluster", f"{len(table.cluster)} columns; BigQuery takes {MOST_CLUSTERS}")


def personal_columns_have_a_class(catalog: Catalog) -> Finding:
    """A column that looks personal names its class of personal data (a warning)."""
    for table in catalog.tables.values():
        for column in table.columns:
            if not column.pii and any(word in column.name for word in PERSONAL_WORDS):
                text = "looks personal but has no pii class"
                yield Problem(f"tables/{table.name}", f"columns.{column.name}", 0, text, "warning")
