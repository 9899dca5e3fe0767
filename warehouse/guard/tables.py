"""Names in FROM → the catalog's tables, scope by scope.

A name is a WITH table only where that WITH is in scope; anything else must be a table that the caller may see. Found
tables are rewritten to their full name, so that nothing else can be meant when the engine reads them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import exp

from catalog.access import Access
from catalog.refusals import NotAllowed, UnknownTable
from catalog.search import nearest
from catalog.tables import Table
from warehouse.guard.functions import functions
from warehouse.guard.words import folded, shown

MOST_LISTED = 30


@dataclass
class Sources:
    """Tables read by a statement, and what each alias in it may stand for: a table, or None for anything derived."""

    tables: dict[str, Table] = field(default_factory=dict[str, Table])
    aliases: dict[str, list[Table | None]] = field(default_factory=dict[str, list[Table | None]])

    def add(self, alias: str, table: Table | None) -> None:
        """Note one source under the name it has in the statement."""
        if table:
            self.tables[table.name] = table
        if alias:
            self.aliases.setdefault(folded(alias), []).append(table)


def find_sources(tree: exp.Expr, access: Access) -> Sources:
    """Resolve every name in FROM, rewriting tables to their full names. Raises UnknownTable, NotAllowed."""
    sources = Sources()
    _visit(tree, frozenset(), access, sources)
    return sources


def _visit(node: exp.Expr, visible: frozenset[str], access: Access, sources: Sources) -> None:
    with_ = node.args.get("with_")
    if isinstance(with_, exp.With):
        for cte in with_.expressions:
            _visit(cte.this, visible, access, sources)
            visible |= {folded(cte.alias)}
            sources.add(cte.alias, None)
    if isinstance(node, exp.Table):
        _resolve(node, visible, access, sources)
    elif isinstance(node, exp.Subquery | exp.Lateral | exp.Unnest | exp.Values):
        sources.add(node.alias, None)
    for child in _children(node):
        if child is not with_:
            _visit(child, visible, access, sources)


def _children(node: exp.Expr) -> Iterator[exp.Expr]:
    yield from node.iter_expressions()


def _resolve(node: exp.Table, visible: frozenset[str], access: Access, sources: Sources) -> None:
    if not isinstance(node.this, exp.Identifier):
        _only_table_functions(node.this)
        sources.add(node.alias, None)
        return
    name, schema = folded(node.name), folded(node.db)
    if not schema and not node.catalog and name in visible:
        sources.add(node.alias_or_name, None)
        return
    table = access.tables.get(name)
    if table is None or node.catalog or schema not in ("", table.schema_name):
        raise unknown_table(node.name, access)
    # Column aliases hide the table's own names behind positions.
    alias = node.args.get("alias")
    renamed = isinstance(alias, exp.TableAlias) and bool(alias.columns)
    sources.add(node.alias_or_name, None if renamed else table)
    sources.tables[table.name] = table
    node.set("this", exp.to_identifier(table.name))
    node.set("db", exp.to_identifier(table.schema_name))


def _only_table_functions(node: exp.Expr | None) -> None:
    """The three that may be read from have nodes of their own; every other call is refused."""
    if not isinstance(node, exp.GenerateSeries | exp.Unnest | exp.Explode):
        raise NotAllowed(
            "That function cannot be read from.", exists=sorted(functions().allowed["tables"]), hint="Use a table."
        )


def unknown_table(name: str, access: Access) -> UnknownTable:
    """The same words for a table that does not exist and one that is not the caller's to see."""
    visible = sorted(access.tables)
    near = nearest(name, visible) or visible[:MOST_LISTED]
    return UnknownTable(f"There is no table '{shown(name)}' for you.", exists=near)
