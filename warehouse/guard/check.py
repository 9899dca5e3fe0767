"""One caller's text → the SQL that runs for one principal, with what it reads. Pure: no engine, no files, no clock."""

from __future__ import annotations

from datetime import datetime

from catalog.access import Access
from warehouse.guard.bounds import (
    bounded_formats,
    bounded_series,
    bounded_values,
    no_hidden_clock,
    only_known_functions,
    within_counts,
)
from warehouse.guard.clock import at_company_time
from warehouse.guard.judged import Rule, judged, not_too_deep
from warehouse.guard.nodes import no_recursion, only_known_nodes, only_known_types, only_plain_distinct, only_queries
from warehouse.guard.precedence import only_agreed_operators, only_clear_precedence
from warehouse.guard.text import tokens_of
from warehouse.guard.tree import parse, render
from warehouse.port import CheckedSql

RULES: tuple[Rule, ...] = (
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
"""In this order, the first refusal counts."""


def check_sql(sql: str, access: Access, now: datetime | None = None) -> CheckedSql:
    """Check one SELECT. `now` is the company's local moment, put in for current_date and its kin.

    What is returned is generated from the checked tree; nothing of the caller's text runs. Raises NotReadOnly,
    NotAllowed, UnknownTable, UnknownColumn, PiiDenied, TooExpensive or BadArgument."""
    with not_too_deep():
        tokens = tokens_of(sql)
        only_agreed_operators(tokens)
        return judged(at_company_time(parse(tokens, sql), now), RULES, access, render)
