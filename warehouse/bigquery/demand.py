"""Tables that are read only with a filter on the column by which they are split: refused before anything is asked."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from catalog.refusals import TooExpensive
from catalog.tables import Table
from warehouse.bigquery.ranges import compared
from warehouse.bigquery.tables import Physical
from warehouse.bill import size_words


def demand_filters(tree: exp.Query, tables: Iterable[tuple[Table, Physical]], from_bytes: int | None) -> None:
    """Every table that BigQuery itself reads only with a filter, and every split table of `from_bytes` or more (None:
    whatever its size), is filtered in the statement. Raises TooExpensive, which names the filter."""
    for table, known in tables:
        column = split_by(table, known)
        large = from_bytes is not None and known.size >= from_bytes
        if column and (known.demands_filter or large) and not compared(tree, column, _qualifiers(tree, table)):
            size = f" ({size_words(known.size)})" if known.size else ""
            raise TooExpensive(
                f"The table '{table.name}'{size} is read only with a filter on {column}.", hint=advice(table, column)
            )


def split_by(table: Table, known: Physical) -> str:
    """The catalog's name of the column by which BigQuery splits the table; "" where it is not split, or not by one of
    its columns in the catalog."""
    split = (known.partition or "").lower()
    return next((c.name for c in table.columns if split and table.physical(c.name).lower() == split), "")


def advice(table: Table, column: str) -> str:
    """The filter that helps."""
    known = table.column(column)
    if known is not None and known.type == "integer":
        return f"Add a filter on {table.name}.{column}, for example: WHERE {column} BETWEEN 1 AND 100."
    word = "DATE" if known is None or known.type == "date" else "DATETIME"
    return f"Add a filter on {table.name}.{column}, for example: WHERE {column} >= {word} '2026-01-01'."


def _qualifiers(tree: exp.Query, table: Table) -> set[str]:
    """Names under which a condition may speak of the table: its own in this statement, none at all, and those of
    anything derived, which may pass its rows on."""
    others = {n.alias_or_name.lower() for n in tree.find_all(exp.Table) if n.db and n.name != table.name}
    own = {n.alias_or_name.lower() for n in tree.find_all(exp.Table) if n.db and n.name == table.name}
    derived = {n.alias_or_name.lower() for n in tree.find_all(exp.Table) if not n.db}
    derived |= {n.alias.lower() for n in tree.find_all(exp.Subquery) if n.alias}
    return own | (derived - others) | {""}
