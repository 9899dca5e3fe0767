"""Tokens of GoogleSQL → syntax tree → the text that runs, meaning the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from sqlglot import exp
from sqlglot.dialects.bigquery import BigQuery
from sqlglot.tokenizer_core import Token, TokenType

from catalog.refusals import NotAllowed
from warehouse.guard.googlesql.functions import allowed_functions
from warehouse.guard.googlesql.literals import only_plain_literals
from warehouse.guard.marked import marked, refuse_marks, text_of, tree_of
from warehouse.guard.text import tokens_of
from warehouse.guard.words import folded

_CALLABLE = frozenset(
    {
        *(TokenType.VAR, TokenType.IDENTIFIER, TokenType.LEFT, TokenType.RIGHT, TokenType.FORMAT, TokenType.ANY),
        *(TokenType.DATE, TokenType.DATETIME, TokenType.TIMESTAMP, TokenType.TIMESTAMPTZ, TokenType.TIME),
        *(TokenType.OFFSET, TokenType.COLLATE, TokenType.DIV, TokenType.MOD),
    }
)
_OWN_GRAMMAR = frozenset(
    {
        *("cast", "safe_cast", "extract", "exists", "unnest", "array", "struct", "if", "coalesce", "trim"),
        *("current_date", "current_datetime", "current_timestamp", "current_time"),
    }
)
T = TypeVar("T", bound=exp.Expr)
_PARTS = frozenset(
    {
        *("microsecond", "millisecond", "second", "minute", "hour", "day", "dayofweek", "dayofyear", "week", "isoweek"),
        *("month", "quarter", "year", "isoyear", "date", "time", "datetime"),
    }
)
_WEEKDAYS = frozenset({"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"})
_BY_PART = {
    **dict.fromkeys(("date_trunc", "datetime_trunc", "timestamp_trunc", "time_trunc", "last_day"), 1),
    **dict.fromkeys(("date_diff", "datetime_diff", "timestamp_diff", "time_diff"), 2),
}
"""Functions that take a part of a date, and at which place."""
_HINT = "Write one plain SELECT in the warehouse's dialect (GoogleSQL)."


def parse(tokens: Sequence[Token], sql: str) -> exp.Expr:
    """The tree of one statement. Raises NotReadOnly, and BadArgument with the place of the fault."""
    refuse_marks(sql, _HINT)
    only_plain_literals(tokens, sql)
    tree = tree_of(BigQuery(), _marked(tokens), sql, _HINT)
    for node in list(tree.walk()):
        _with_parts(node)
        _with_prefix(node)
    return with_plain_intervals(tree)


def read_back(sql: str) -> exp.Query:
    """The tree of a statement that was checked: written again, it says the same, call by call."""
    tree = parse(tokens_of(sql, BigQuery()), sql)
    if not isinstance(tree, exp.Query):
        raise TypeError("not a query")
    return tree


def with_plain_intervals(tree: T) -> T:
    """`INTERVAL 7 DAY` as it is written: sqlglot makes a text of the number, which BigQuery takes in ranges only."""
    for interval in tree.find_all(exp.Interval):
        amount = interval.this
        if isinstance(amount, exp.Literal) and amount.is_string and amount.name.isdigit():
            interval.set("this", exp.Literal.number(amount.name))
    return tree


def render(tree: exp.Expr) -> str:
    """The text that runs. Raises BadArgument where sqlglot would have to change the meaning."""
    return text_of(BigQuery(), tree, _HINT)


def _marked(tokens: Sequence[Token]) -> list[Token]:
    done: list[Token] = []
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        if token.token_type == TokenType.PIPE_GT:
            raise NotAllowed("Pipe syntax (|>) cannot be used here.", hint="Write a SELECT.")
        calls = after is not None and after.token_type == TokenType.L_PAREN and token.token_type in _CALLABLE
        done.append(marked(token) if calls and folded(token.text) not in _OWN_GRAMMAR else token)
    return done


def _with_parts(node: exp.Expr) -> None:
    """Words for parts of a date (MONTH, WEEK(MONDAY)), which look like columns, as the words they are."""
    if isinstance(node, exp.Extract):
        part = node.this
    elif isinstance(node, exp.Anonymous) and len(node.expressions) > (place := _BY_PART.get(folded(node.name), 99)):
        part = node.expressions[place]
    else:
        return
    if (word := _part(part)) is not None:
        part.replace(exp.Var(this=word))


def _with_prefix(node: exp.Expr) -> None:
    """`HLL_COUNT.INIT(x)`: one known function, not a field of something called HLL_COUNT."""
    if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Anonymous):
        name = f"{node.this.name}.{node.expression.name}"
        if folded(name) in allowed_functions():
            node.replace(exp.Anonymous(this=name, expressions=node.expression.expressions))


def _part(node: object) -> str | None:
    if isinstance(node, exp.Column) and not node.table and folded(node.name) in _PARTS:
        return node.name.upper()
    if isinstance(node, exp.Anonymous) and folded(node.name) == "week" and len(node.expressions) == 1:
        day = folded(node.expressions[0].name)
        return f"WEEK({day.upper()})" if day in _WEEKDAYS else None
    return None
