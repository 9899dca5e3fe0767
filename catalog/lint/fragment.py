"""A SQL fragment of an entry → why it cannot be used: it does not read, names a column that is not there, or uses more
than plain arithmetic and tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlglot import exp

from catalog.fragments import BadFragment, parse_fragment
from catalog.lint.finding import instead_of

ALLOWED_NODES = (
    exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Binary, exp.Unary, exp.Paren, exp.In,
    exp.Between, exp.Is, exp.Not, exp.And, exp.Or, exp.Case, exp.If, exp.Cast, exp.DataType, exp.Coalesce, exp.Nullif,
    exp.Greatest, exp.Least, exp.Abs, exp.Round, exp.Lower, exp.Upper, exp.DataTypeParam,
)  # fmt: skip
"""What an expression or filter of a metric may be made of; no subquery, no other function."""


def faults(text: str, columns: Iterable[str], where: str) -> Iterator[str]:
    """What is wrong with `text` over `columns`, which are those of `where` ("fact_order")."""
    try:
        tree = parse_fragment(text)
    except BadFragment as error:
        yield str(error)
        return
    for node in tree.walk():
        if not isinstance(node, ALLOWED_NODES):
            yield f"'{text}' may not use {type(node).__name__}; write plain arithmetic and tests"
            return
    known = set(columns)
    for name in sorted({column.name for column in tree.find_all(exp.Column)} - known):
        yield f"no column '{name}' in {where}{instead_of(name, known)}"
    for column in tree.find_all(exp.Column):
        if column.table:
            yield f"'{column.sql()}': write the bare column, without '{column.table}.'"
