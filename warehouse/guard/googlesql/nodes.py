"""The kinds of GoogleSQL syntax that may stand in a query, and the rules about them."""

from __future__ import annotations

import re

from sqlglot import exp

from catalog.refusals import BadArgument, NotAllowed
from warehouse.guard import nodes
from warehouse.guard.words import shown

ALLOWED: frozenset[type[exp.Expr]] = nodes.ALLOWED - {
    *(exp.Columns, exp.PositionalColumn, exp.Lambda, exp.Kwarg, exp.Comprehension, exp.Map, exp.ToMap, exp.Glob),
    *(exp.GenerateSeries, exp.Explode, exp.ILike, exp.SimilarTo, exp.Lateral, exp.Values, exp.PivotAny),
} | {
    *(exp.CurrentDatetime, exp.BitwiseXor, exp.BitwiseNot, exp.HavingMax, exp.WeekStart),
    *(exp.SafeFunc, exp.NetFunc, exp.Host, exp.RegDomain),
}
_WORDS: dict[type[exp.Expr], tuple[str, str]] = {
    exp.TableSample: ("TABLESAMPLE", "An answer must repeat; use ORDER BY and LIMIT."),
    exp.Version: ("FOR SYSTEM_TIME", "Tables are read as they stand."),
    exp.HistoricalData: ("FOR SYSTEM_TIME", "Tables are read as they stand."),
    exp.Placeholder: ("Parameters (@name, ?)", "Write the values."),
    exp.Parameter: ("Parameters (@name, ?)", "Write the values."),
    exp.SessionParameter: ("Session variables", "Write the values."),
    exp.Lateral: ("LATERAL", "Use a join."),
}
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def only_known_nodes(tree: exp.Expr) -> None:
    """Every node is of an allowed kind. Raises NotAllowed."""
    nodes.only_nodes(tree, ALLOWED, _WORDS)


def no_row_values(tree: exp.Expr) -> None:
    """SELECT AS STRUCT and AS VALUE give rows as values. Raises NotAllowed."""
    for select in tree.find_all(exp.Select):
        if select.args.get("kind"):
            raise NotAllowed(
                f"SELECT AS {shown(str(select.args['kind']))} cannot be used here.", hint="Select the columns."
            )


def no_hints(tree: exp.Expr) -> None:
    """Table and join hints are left to the engine. Raises NotAllowed."""
    for node in tree.find_all(exp.Table, exp.Join, exp.Select):
        if node.args.get("hint") or node.args.get("hints"):
            raise NotAllowed("Hints cannot be used here.", hint="Leave them out.")


def no_recursion(tree: exp.Expr) -> None:
    """WITH RECURSIVE has no bound that can be checked. Raises NotAllowed."""
    nodes.no_recursion(tree, "Use UNNEST(GENERATE_DATE_ARRAY(...)).")


def only_plain_aliases(tree: exp.Expr) -> None:
    """Names that a statement gives are letters, digits and underscores: none can look like a path of names. Raises
    BadArgument."""
    for alias in tree.find_all(exp.TableAlias):
        for name in (alias.this, *alias.columns):
            if isinstance(name, exp.Identifier) and not _PLAIN.fullmatch(name.name):
                raise BadArgument(
                    f"'{shown(name.name)}' cannot be the name of a table here.", hint="Use letters and digits."
                )


def only_short_paths(tree: exp.Expr) -> None:
    """Columns are named alone or with one qualifier. Raises BadArgument."""
    for column in tree.find_all(exp.Column):
        if column.db or column.catalog:
            raise BadArgument(f"'{shown(column.sql())}' has too many parts.", hint="Write alias.column.")
