"""A principal's secured catalog on BigQuery: every table of a statement replaced by what the principal may see of it.

No rights to create views are needed. Each table becomes a subquery at its own place, over a source whose full name is
one quoted identifier; so neither a WITH table nor an alias of the caller can stand in its way. The dry run then shows
which tables BigQuery itself would read.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from catalog.access import Access
from catalog.fragments import fragment_tables
from catalog.refusals import WarehouseDown
from catalog.tables import Table
from warehouse.bigquery.place import Place
from warehouse.bigquery.ranges import range_of
from warehouse.bigquery.sources import SOURCE, Find, placed
from warehouse.bigquery.tables import INGESTED, Name, Physical
from warehouse.secured import secured_select

MOST_VIEWS = 2_000
NESTED = {"ARRAY": "an array", "RECORD": "a struct", "STRUCT": "a struct"}
"""What holds values inside: no mask and no row rule of a policy reaches into it."""


@dataclass(frozen=True)
class SecuredSelect:
    """What a principal sees of one table, and the tables that it is read from."""

    tree: exp.Query
    reads: frozenset[Name]


class SecuredCatalog:
    """The secured SELECTs of all principals. Thread-safe; kept by rights and state of the data."""

    def __init__(self, place: Place, find: Find, time_zone: str, pseudonym_key: bytes) -> None:
        self._place = place
        self._find = find
        self._zone = time_zone
        self._key = pseudonym_key
        self._lock = threading.Lock()
        self._made: OrderedDict[tuple[str, str, str], SecuredSelect] = OrderedDict()

    def secured(self, tree: exp.Query, access: Access, mark: str) -> tuple[exp.Query, frozenset[Name]]:
        """`tree` with each table (`schema.table`, as the compiler and the guard write them) replaced, and the real
        tables it then reads. `mark` is the watermark. Raises WarehouseDown for a table that is not as described."""
        read: set[Name] = set()
        for node in list(tree.find_all(exp.Table)):
            if not node.db:
                continue
            table = access.tables.get(node.name)
            if table is None or node.catalog or node.db != table.schema_name:
                raise WarehouseDown("The query names a table that is not in the secured catalog.")
            view = self._view(access, table, mark)
            read |= view.reads
            seen = view.tree.copy()
            if (known := None if table.definition else self._find((table.schema_name, table.name))) is not None:
                _narrow(seen, _on_the_partition(node, table, access, known))
            node.replace(_in_place(node, seen))
        return tree, frozenset(read)

    def _view(self, access: Access, table: Table, mark: str) -> SecuredSelect:
        place = (access.key, table.name, mark)
        with self._lock:
            if place in self._made:
                self._made.move_to_end(place)
                return self._made[place]
        tree = secured_select(access, table, SOURCE, self._key)
        read = frozenset((node.db, node.name) for node in tree.find_all(exp.Table) if node.catalog == SOURCE)
        self._as_described(access.catalog.tables, table)
        made = SecuredSelect(placed(tree, self._place, self._find, self._zone), read)
        with self._lock:
            self._made[place] = made
            if len(self._made) > MOST_VIEWS:
                self._made.popitem(last=False)
        return made

    def _as_described(self, tables: Mapping[str, Table], table: Table) -> None:
        """Raises WarehouseDown where the table, or one that its definition reads, lacks a column of the catalog or can
        be read by nobody."""
        behind = fragment_tables(table.definition) if table.definition else {table.name}
        for name in behind:
            entry = tables.get(name)
            if entry is None or entry.definition:
                continue
            known = self._find((entry.schema_name, entry.name))
            types = {column.lower() for column in known.types} if known else set[str]()
            wanted = [c.physical or c.name for c in entry.columns] if not table.definition else []
            if known is None or any(column.lower() not in types for column in wanted):
                raise WarehouseDown(f"The table '{name}' is not in the warehouse as described.")
            kinds = {column.lower(): kind for column, kind in known.types.items()}
            for column in wanted:
                if kinds[column.lower()] in NESTED:
                    raise WarehouseDown(
                        f"The column '{column}' of '{name}' is {NESTED[kinds[column.lower()]]} in the warehouse, which "
                        "cannot be shown as one value.",
                        hint="Describe a view that unnests it or names its fields, instead of the table.",
                    )
            if known.demands_filter and known.partition == INGESTED:
                raise WarehouseDown(
                    f"The table '{name}' is read only with a filter on the time at which its rows came in, which no "
                    "column of it holds.",
                    hint="Split it by a column of its own, or lift its require_partition_filter.",
                )


def _on_the_partition(node: exp.Table, table: Table, access: Access, known: Physical) -> exp.Expr | None:
    """What the statement demands of the column that splits the table, as a condition on that column where it holds
    moments: shown as they are to this principal, but not as they are stored."""
    kind = known.types.get(known.partition or "", "")
    shown = access.columns(table)
    names = [name for name in shown if table.physical(name).lower() == (known.partition or "").lower()]
    if kind not in ("TIMESTAMP", "DATETIME") or not names or shown[names[0]] != "clear":
        return None
    if "aggregate_only" in shown.values():
        # Its labels come from the first of all visible rows that share a value.
        return None
    return range_of(node, names[0]).condition(known.partition or "", kind)


def _narrow(view: exp.Query, condition: exp.Expr | None) -> None:
    """Read only those rows of the view's own table."""
    source = view.args["from_"].this
    if condition is None:
        return
    if isinstance(source, exp.Subquery):
        source.this.where(condition, copy=False)
    else:
        named, alias = source.copy(), source.alias
        named.set("alias", None)
        source.replace(exp.select("*").from_(named).where(condition).subquery(alias))


def _in_place(node: exp.Table, view: exp.Query) -> exp.Expr:
    """The subquery under the name that the table had in the statement, with its joins and pivots."""
    alias = node.args.get("alias")
    subquery = view.subquery(node.alias or node.name, copy=False)
    if isinstance(alias, exp.TableAlias):
        subquery.set("alias", alias.copy())
    for key in ("joins", "pivots", "laterals"):
        if node.args.get(key):
            subquery.set(key, [part.copy() for part in node.args[key]])
    return subquery
