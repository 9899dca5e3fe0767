"""One caller's text → the SQL that runs for one principal, with what it reads. Pure: no engine, no files, no clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlglot import exp

from catalog.access import Access
from catalog.refusals import Refusal, TooExpensive
from warehouse.guard.bounds import (
    bounded_formats,
    bounded_series,
    bounded_values,
    no_hidden_clock,
    only_known_functions,
    within_counts,
)
from warehouse.guard.clock import at_company_time
from warehouse.guard.columns import columns_read, only_visible_columns
from warehouse.guard.nodes import no_recursion, only_known_nodes, only_known_types, only_plain_distinct, only_queries
from warehouse.guard.precedence import bracketed_negations, only_agreed_operators, only_clear_precedence
from warehouse.guard.tables import find_sources
from warehouse.guard.text import tokens_of
from warehouse.guard.tree import parse, render
from warehouse.port import CheckedSql

RULES: tuple[Callable[[exp.Expr], None], ...] = (
    within_counts,
    only_queries,
    only_known_nodes,
    only_known_types,
    no_recursion,
    only_plain_distinct,
    only_clear_precedence,
    only_known_functions,
    no_hidden_clock,
    bounded_series,
    bounded_values,
    bounded_formats,
)
"""What holds for every statement, whoever asks; in this order, the first refusal counts."""


def check_sql(sql: str, access: Access, now: datetime | None = None) -> CheckedSql:
    """Check one SELECT. `now` is the company's local moment, put in for current_date and its kin.

    What is returned is generated from the checked tree; nothing of the caller's text runs. Raises NotReadOnly,
    NotAllowed, UnknownTable, UnknownColumn, PiiDenied, TooExpensive or BadArgument."""
    try:
        tokens = tokens_of(sql)
        only_agreed_operators(tokens)
        tree = at_company_time(parse(tokens, sql), now)
        for rule in RULES:
            rule(tree)
        sources = find_sources(tree, access)
        only_visible_columns(tree, sources, access)
        return CheckedSql(
            render(bracketed_negations(tree)), frozenset(sources.tables), columns_read(tree, sources, access)
        )
    except Refusal:
        raise
    except RecursionError as error:
        raise TooExpensive("The SQL is nested too deeply.", hint="Use WITH to flatten it.") from error
