"""One caller's GoogleSQL → the SQL that runs for one principal, with what it reads. Pure: no engine, no clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlglot import exp
from sqlglot.dialects.bigquery import BigQuery

from catalog.access import Access
from catalog.refusals import NotAllowed
from warehouse.guard.bounds import within_counts
from warehouse.guard.googlesql.clock import at_company_time
from warehouse.guard.googlesql.functions import bounded_values, only_known_functions
from warehouse.guard.googlesql.nodes import (
    no_hints,
    no_recursion,
    no_row_values,
    only_known_nodes,
    only_plain_aliases,
    only_short_paths,
)
from warehouse.guard.googlesql.tree import parse, render
from warehouse.guard.judged import Rule, judged, not_too_deep
from warehouse.guard.nodes import only_known_types, only_queries
from warehouse.guard.tables import Sources
from warehouse.guard.text import tokens_of
from warehouse.guard.words import folded, shown
from warehouse.port import CheckedSql

RULES: tuple[Rule, ...] = (
    within_counts,
    only_queries,
    no_hints,
    no_row_values,
    only_known_nodes,
    only_known_types,
    no_recursion,
    only_plain_aliases,
    only_short_paths,
    only_known_functions,
    bounded_values,
)
"""In this order, the first refusal counts."""


def check_google_sql(sql: str, access: Access, now: datetime | None = None) -> CheckedSql:
    """Check one SELECT of GoogleSQL. `now` is the company's moment, put in for CURRENT_DATE and its kin.

    What is returned is generated from the checked tree; nothing of the caller's text runs. Raises NotReadOnly,
    NotAllowed, UnknownTable, UnknownColumn, PiiDenied, TooExpensive or BadArgument."""
    with not_too_deep():
        tree = at_company_time(parse(tokens_of(sql, BigQuery()), sql), now, access.catalog.company.time_zone)

        def with_elements(sources: Sources) -> None:
            for name in _element_names(tree):
                sources.add(name, None)
            _no_rows_as_values(tree, sources, access)

        return judged(tree, RULES, access, render, with_elements)


def _element_names(tree: exp.Expr) -> Iterator[str]:
    """Columns that UNNEST brings: its elements, and their places (`WITH OFFSET [AS n]`)."""
    for unnest in tree.find_all(exp.Unnest):
        alias, offset = unnest.args.get("alias"), unnest.args.get("offset")
        if isinstance(alias, exp.TableAlias):
            yield from (folded(i.name) for i in (alias.this, *alias.columns) if isinstance(i, exp.Identifier))
        if offset:
            yield folded(offset.name) if isinstance(offset, exp.Identifier) else "offset"


def _no_rows_as_values(tree: exp.Expr, sources: Sources, access: Access) -> None:
    """A table's alias alone, or a star over anything but a table, is a row taken as a value. Raises NotAllowed."""
    visible = {name for table in sources.tables.values() for name in access.columns(table)}
    declared = [(folded(a.alias), a.find_ancestor(exp.Select)) for a in tree.find_all(exp.Alias)]
    elements = set(_element_names(tree))
    for column in tree.find_all(exp.Column):
        name = folded(column.name)
        star = isinstance(column.this, exp.Star)
        row = not star and not column.table and name in sources.aliases and name not in visible | elements
        if row and not any(sources.aliases[name]):
            # The name of a derived table may also be that of a column in it; not of one that this SELECT itself makes.
            here = column.find_ancestor(exp.Select)
            row = not any(alias == name and select is not here for alias, select in declared)
        if row or (star and folded(column.table) not in sources.aliases):
            raise NotAllowed(
                f"'{shown(column.table if star else column.name)}' as one value cannot be used here.",
                hint="Name the columns.",
            )
    if any(isinstance(dot.expression, exp.Star) for dot in tree.find_all(exp.Dot)):
        raise NotAllowed("A star over a value cannot be used here.", hint="Name the columns.")
