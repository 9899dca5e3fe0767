"""The engine's own reading of a checked statement, compared with ours, before it runs.

The engine that will run the statement parses it and shows its tree; where it sees a source, a function or a kind of
statement that the guard would not allow, the statement is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import cast

import duckdb

from catalog.access import Access
from catalog.refusals import BadArgument, NotAllowed, NotReadOnly
from warehouse.guard.functions import functions
from warehouse.guard.tree import with_fixed_pivots
from warehouse.port import CheckedSql

_TREE_SQL = "SELECT json_serialize_sql(?)"
_QUERIES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "CTE_NODE"})
_SOURCES = frozenset(
    {"BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EXPRESSION_LIST", "PIVOT", "EMPTY", "COLUMN_DATA"}
)
Node = dict[str, object]


def confirm(connection: duckdb.DuckDBPyConnection, checked: CheckedSql, access: Access) -> None:
    """Raise NotReadOnly, NotAllowed or BadArgument unless the engine reads `checked` as one query over the same
    tables, with allowed functions only. `connection` uses the principal's secured catalog."""
    try:
        statements = connection.extract_statements(checked.sql)
    except duckdb.Error as error:
        raise _unreadable() from error
    kinds = duckdb.StatementType
    if len(statements) != 1 or statements[0].type not in (kinds.SELECT, kinds.MULTI):
        raise NotReadOnly("Only one reading statement (SELECT) is accepted.")
    # A PIVOT whose columns depend on the data is two statements to the engine, and has no tree as it stands.
    text = with_fixed_pivots(checked.sql) if statements[0].type == kinds.MULTI else checked.sql
    row = connection.execute(_TREE_SQL, [text]).fetchone()
    answer = json.loads(row[0]) if row else {"error": True}
    if answer["error"]:
        raise _unreadable()
    nodes = list(_objects(answer["statements"]))
    tables = {(access.tables[name].schema_name, name) for name in checked.tables}
    with_tables = {str(node["key"]).lower() for node in nodes if "key" in node and "value" in node}
    for node in nodes:
        _only_queries(node)
        _only_known_functions(node)
        _only_known_sources(node, tables, with_tables)


def _unreadable() -> BadArgument:
    return BadArgument("The engine cannot read this SQL.", hint="Write one plain SELECT.")


def _only_queries(node: Node) -> None:
    kind = node.get("type")
    if isinstance(kind, str) and kind.endswith("_NODE") and kind not in _QUERIES:
        raise NotReadOnly("Only one reading statement (SELECT) is accepted.")


def _only_known_functions(node: Node) -> None:
    called = node.get("function_name")
    if isinstance(called, str):
        known = functions()
        allowed = known.may_read if node.get("type") == "FUNCTION_IN_FROM" else known.may_compute
        if not allowed(called.lower()):
            raise NotAllowed("The engine sees a function in this SQL that cannot be used here.")


def _only_known_sources(node: Node, tables: set[tuple[str, str]], with_tables: set[str]) -> None:
    if node.get("sample") is not None or node.get("at_clause") is not None:
        raise NotAllowed("Samples and time travel cannot be used here.")
    kind = node.get("type")
    if "sample" in node and kind not in _SOURCES | _QUERIES:
        raise NotAllowed("The engine sees a source in this SQL that cannot be used here.")
    if kind == "BASE_TABLE":
        schema, name = str(node["schema_name"]), str(node["table_name"])
        known = (schema, name) in tables if schema else name.lower() in with_tables
        if not known or node.get("catalog_name"):
            raise NotAllowed("The engine reads other names in this SQL than the guard.", hint="Use plain table names.")


def _objects(tree: object) -> Iterator[Node]:
    """Every object of the engine's tree; a function in FROM is marked, so that it can be told from a value."""
    stack: list[object] = [tree]
    while stack:
        here = stack.pop()
        if isinstance(here, dict):
            node = cast(Node, here)
            function = node.get("function")
            if node.get("type") == "TABLE_FUNCTION" and isinstance(function, dict):
                cast(Node, function)["type"] = "FUNCTION_IN_FROM"
            yield node
            stack.extend(node.values())
        elif isinstance(here, list):
            stack.extend(cast(list[object], here))
