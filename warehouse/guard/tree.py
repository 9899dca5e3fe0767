"""Tokens → syntax tree → the text that runs, meaning the same.

sqlglot rewrites many functions into forms of its own; some rewrites change what a call means. So calls of the
engine's functions are parsed under a mark that sqlglot does not know: they pass through with name and arguments as
written. Whatever else cannot be written back exactly is refused.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Sequence
from contextlib import contextmanager

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import ErrorLevel, ParseError, UnsupportedError
from sqlglot.tokenizer_core import Token, TokenType

from catalog.refusals import BadArgument, NotReadOnly
from warehouse.guard.functions import functions
from warehouse.guard.text import tokens_of
from warehouse.guard.words import folded

MARK = "assay_call_"
_CALLABLE = frozenset(
    {
        TokenType.VAR,
        TokenType.IDENTIFIER,
        TokenType.LEFT,
        TokenType.RIGHT,
        TokenType.FIRST,
        TokenType.LIST,
        TokenType.FORMAT,
        TokenType.STRUCT,
        TokenType.APPLY,
        TokenType.XOR,
    }
)
_OWN_GRAMMAR = frozenset(
    {
        *("cast", "try_cast", "extract", "position", "trim", "coalesce", "if", "exists"),
        *("array", "unnest", "range", "generate_series", "columns"),
        *("lag", "lead", "first_value", "last_value", "nth_value", "percentile_cont", "percentile_disc", "mode"),
    }
)
"""Calls with a grammar of their own (FROM, AS, IGNORE NULLS, WITHIN GROUP): sqlglot must understand them."""

_CANNOT = "This SQL cannot be read."
_HINT = "Write one plain SELECT in the warehouse's dialect."


def parse(tokens: Sequence[Token], sql: str) -> exp.Expr:
    """The tree of one statement. Raises BadArgument with the place of the fault, never with the parser's words."""
    if MARK in sql.lower():
        raise BadArgument(_CANNOT, hint=_HINT)
    try:
        with unlogged():
            found = DuckDB().parser(error_level=ErrorLevel.IMMEDIATE).parse(_marked(tokens), sql)
    except ParseError as error:
        place = error.errors[0] if error.errors else {}
        where = f" near line {place.get('line', 1)}, column {place.get('col', 1)}" if place else ""
        raise BadArgument(f"The SQL cannot be read{where}.", hint=_HINT) from error
    trees = [tree for tree in found if tree is not None]
    if len(trees) != 1:
        raise NotReadOnly("Only one statement is accepted.", hint="Send one SELECT.")
    tree = trees[0]
    for node in tree.walk():
        if isinstance(node, exp.Anonymous | exp.Identifier):
            name = node.this
            if isinstance(name, str) and name.startswith(MARK):
                node.set("this", name[len(MARK) :])
        if isinstance(node, exp.Anonymous):
            _separate_distinct(node)
    return tree


def render(tree: exp.Expr) -> str:
    """The text that runs. Raises BadArgument where sqlglot would have to change the meaning."""
    try:
        with unlogged():
            return tree.sql(
                dialect="duckdb", comments=False, normalize_functions=False, unsupported_level=ErrorLevel.RAISE
            )
    except UnsupportedError as error:
        raise BadArgument("This SQL uses a form that is not supported here.", hint=_HINT) from error


@contextmanager
def unlogged() -> Generator[None]:
    """sqlglot logs statements that it does not know in full; a caller's text belongs in the audit log only."""
    log = logging.getLogger("sqlglot")
    was, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = was


def _marked(tokens: Sequence[Token]) -> list[Token]:
    marked: list[Token] = []
    known = functions()
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        if after is not None:
            _refuse_run_together(token, after)
        name = folded(token.text)
        calls = after is not None and after.token_type == TokenType.L_PAREN and token.token_type in _CALLABLE
        if calls and name not in _OWN_GRAMMAR and known.knows(name):
            text = MARK + token.text
            token = Token(TokenType.VAR, text, token.line, token.col, token.start, token.end)
        marked.append(token)
    return marked


def _refuse_run_together(token: Token, after: Token) -> None:
    """`0x1F`, `x'ab'`, `'a' 'b'`: literals that the engine and sqlglot read differently."""
    touching = after.start == token.end + 1
    number = token.token_type == TokenType.NUMBER and after.token_type == TokenType.VAR
    prefixed = token.token_type in (TokenType.VAR, TokenType.AMP) and after.token_type == TokenType.STRING
    twice = token.token_type == after.token_type == TokenType.STRING
    if twice or (touching and (number or prefixed)):
        raise BadArgument("The SQL holds a literal in a form that is not supported here.", hint="Use plain literals.")


def _separate_distinct(call: exp.Anonymous) -> None:
    """`string_agg(DISTINCT a, ',' ORDER BY b)`: sqlglot takes everything after DISTINCT for one list."""
    if len(call.expressions) != 1:
        return
    only = call.expressions[0]
    distinct = only.this if isinstance(only, exp.Order) else only
    if not isinstance(distinct, exp.Distinct) or len(distinct.expressions) < 2:
        return
    first, *middle, last = distinct.expressions
    if isinstance(only, exp.Order):
        only.set("this", last)
        last = only
    call.set("expressions", [exp.Distinct(expressions=[first]), *middle, last])


def with_fixed_pivots(sql: str) -> str:
    """Checked `sql` with a constant list of values for each PIVOT that takes its columns from the data: the same
    sources and functions in a form whose tree the engine can show."""
    tree = parse(tokens_of(sql), sql)
    for pivot in tree.find_all(exp.Pivot):
        if not pivot.args.get("unpivot") and not pivot.args.get("fields"):
            fixed = [
                e if isinstance(e, exp.In) else exp.In(this=e, expressions=[exp.null()]) for e in pivot.expressions
            ]
            pivot.set("expressions", fixed)
    return render(tree)
