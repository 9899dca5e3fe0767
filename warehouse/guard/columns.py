"""Column names in a statement → refusals for what is not there, and the columns that it reads.

Names only: what a column holds is settled in the secured catalog, whatever the statement calls it. Where names cannot
be known before the engine binds them (PIVOT, struct fields), the engine decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from sqlglot import exp

from catalog.access import Access
from catalog.refusals import PiiDenied, UnknownColumn
from catalog.search import nearest
from catalog.tables import Table
from warehouse.guard.tables import Sources
from warehouse.guard.words import folded, shown

MOST_LISTED = 40
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_GENERATED = frozenset({"range", "generate_series", "unnest", "ordinality", "count_star", "name", "value"})
"""Columns that table functions, PIVOT and UNPIVOT bring along without being named in the statement."""


def only_visible_columns(tree: exp.Expr, sources: Sources, access: Access) -> None:
    """Every column name is one that the statement declares or that a table of it shows to the caller. Raises
    PiiDenied for personal data that the role does not see, UnknownColumn for anything else, hidden or missing."""
    declared = frozenset(_declared(tree)) | _GENERATED
    visible = _visible(sources, access)
    known = declared | sources.aliases.keys() | {name for names in visible.values() for name in names}
    open_ended = any(not p.args.get("unpivot") for p in tree.find_all(exp.Pivot))
    for table_name, name in _asked(tree):
        owners = _owners(table_name, sources)
        if _shown_by(owners, name, visible) if owners else name in known:
            continue
        _refuse_denied(name, owners or list(sources.tables.values()), access)
        if owners or (not open_ended and _PLAIN.fullmatch(name)):
            raise _unknown(name, owners, sources, visible)
    for name in _fields(tree):
        if name not in known:
            _refuse_denied(name, list(sources.tables.values()), access)


def columns_read(tree: exp.Expr, sources: Sources, access: Access) -> frozenset[str]:
    """ "table.column" of everything the statement may read; all visible columns of a table where it does not name
    them (stars, COLUMNS, a row taken as a value, NATURAL joins, columns renamed by position)."""
    visible = _visible(sources, access)
    named = {folded(i.name) for i in tree.find_all(exp.Identifier)}
    all_of = set(sources.tables) if _unnamed(tree) else set[str]()
    for column in tree.find_all(exp.Column):
        asked = folded(column.name) if not isinstance(column.this, exp.Star) else "*"
        if asked == "*" or (not column.table and asked in sources.aliases):
            owners = sources.aliases.get(folded(column.table) if asked == "*" else asked, [])
            all_of |= {t.name for t in owners if t} or (set(sources.tables) if None in owners else set())
    return frozenset(
        f"{table}.{name}" for table, names in visible.items() for name in names if table in all_of or name in named
    )


def _unnamed(tree: exp.Expr) -> bool:
    if next(tree.find_all(exp.Columns, exp.PositionalColumn), None) is not None:
        return True
    if any(join.args.get("method") == "NATURAL" for join in tree.find_all(exp.Join)):
        return True
    if any(alias.columns for alias in tree.find_all(exp.TableAlias)):
        return True
    if isinstance(tree, exp.Pivot) or any(not isinstance(p.parent, exp.Table) for p in tree.find_all(exp.Pivot)):
        return True
    return any(not isinstance(s.parent, exp.Anonymous | exp.Column) for s in tree.find_all(exp.Star))


def _visible(sources: Sources, access: Access) -> Mapping[str, frozenset[str]]:
    return {name: frozenset(access.columns(table)) for name, table in sources.tables.items()}


def _declared(tree: exp.Expr) -> Iterator[str]:
    """Names that the statement itself gives to something."""
    for node in tree.walk():
        if isinstance(node, exp.Alias | exp.PivotAlias):
            yield folded(node.alias)
        elif isinstance(node, exp.TableAlias):
            yield from (folded(i.name) for i in (node.this, *node.columns) if i is not None)
        elif isinstance(node, exp.Lambda):
            yield from (folded(parameter.name) for parameter in node.expressions)
        elif isinstance(node, exp.Comprehension):
            yield folded(node.expression.name)
        elif isinstance(node, exp.PropertyEQ | exp.ColumnDef | exp.Kwarg):
            yield folded(node.this.name)
        elif isinstance(node, exp.Pivot) and node.args.get("unpivot"):
            yield from _unpivoted(node)
        elif isinstance(node, exp.Star):
            yield from (folded(r.alias) for r in node.args.get("rename") or ())
        elif isinstance(node, exp.Window) and node.this is not None and node.parent is not None:
            yield folded(node.this.name)


def _unpivoted(node: exp.Pivot) -> Iterator[str]:
    into = node.args.get("into")
    named = [*node.args.get("fields", []), *(node.expressions if node.args.get("fields") else [])]
    if isinstance(into, exp.UnpivotColumns):
        named += [into.this, *into.expressions]
    for part in named:
        label = part.this if isinstance(part, exp.In) else part
        yield from (folded(i.name) for i in label.find_all(exp.Identifier))


def _asked(tree: exp.Expr) -> Iterator[tuple[str, str]]:
    """(table or "", column) of every column reference, as far as the tree shows them."""
    for node in tree.walk():
        if isinstance(node, exp.Column) and isinstance(node.this, exp.Identifier):
            yield folded(node.table), folded(node.name)
        elif isinstance(node, exp.Dot) and isinstance(node.this, exp.Identifier):
            yield "", folded(node.this.name)
        elif isinstance(node, exp.Join):
            yield from (("", folded(key.name)) for key in node.args.get("using") or ())


def _fields(tree: exp.Expr) -> Iterator[str]:
    """Names after a dot that may be fields of a row taken as a value."""
    for node in tree.find_all(exp.Dot):
        if isinstance(node.expression, exp.Identifier):
            yield folded(node.expression.name)


def _owners(table_name: str, sources: Sources) -> list[Table]:
    """The tables that a qualifier stands for; empty where it may stand for something derived."""
    found = sources.aliases.get(table_name, []) if table_name else []
    return [] if None in found else [t for t in found if t]


def _shown_by(owners: list[Table], name: str, visible: Mapping[str, frozenset[str]]) -> bool:
    return any(name in visible[table.name] for table in owners)


def _refuse_denied(name: str, tables: list[Table], access: Access) -> None:
    for table in tables:
        column = table.column(name)
        if column and column.pii and access.treatment(table, column) == "deny":
            raise PiiDenied(
                f"Column '{name}' of '{table.name}' holds personal data ({column.pii}) that your role does not see.",
                exists=sorted(access.columns(table))[:MOST_LISTED],
            )


def _unknown(name: str, owners: list[Table], sources: Sources, visible: Mapping[str, frozenset[str]]) -> UnknownColumn:
    tables = [t.name for t in owners] or list(sources.tables)
    names = sorted({column for table in tables for column in visible[table]})
    return UnknownColumn(
        f"There is no column '{shown(name)}' in the tables of this query for you.",
        exists=nearest(name, names) or names[:MOST_LISTED],
    )
