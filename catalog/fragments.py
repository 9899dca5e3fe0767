"""The SQL fragments of catalog entries as trees: expressions and filters over one dataset's columns."""

from __future__ import annotations

from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

FRAGMENT_DIALECT = "duckdb"
"""Fragments are written in DuckDB's spelling and emitted per dialect from the tree."""


class BadFragment(ValueError):
    """A SQL fragment of the catalog cannot be read."""


@lru_cache(maxsize=2_000)
def _parsed(text: str) -> exp.Expr:
    try:
        return sqlglot.parse_one(text, dialect=FRAGMENT_DIALECT)
    except SqlglotError as error:
        raise BadFragment(f"cannot read {text!r} as a SQL expression") from error


def parse_fragment(text: str) -> exp.Expr:
    """A fresh tree of `text`, safe to change.

    Raises BadFragment when it is not one SQL expression."""
    return _parsed(text).copy()


def fragment_columns(text: str | None) -> frozenset[str]:
    """Names of the columns that a fragment reads; empty for None."""
    if not text:
        return frozenset()
    return frozenset(column.name for column in _parsed(text).find_all(exp.Column))


def fragment_tables(text: str) -> frozenset[str]:
    """Names of the tables with a schema that a definition reads; its own common table expressions have none."""
    return frozenset(table.name for table in _parsed(text).find_all(exp.Table) if table.db)


_JOINING = (exp.Column, exp.Identifier, exp.DPipe, exp.Literal, exp.Paren)


def only_joins_columns(text: str | None) -> bool:
    """Whether a row expression is a column, or columns and constants put one after the other: it then tells apart what
    its columns tell apart, whatever stands for their values. True for None (whole rows)."""
    return not text or all(isinstance(node, _JOINING) for node in _parsed(text).walk())
