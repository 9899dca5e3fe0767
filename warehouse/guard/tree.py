"""Tokens of DuckDB's SQL → syntax tree → the text that runs, meaning the same."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.tokenizer_core import Token, TokenType

from catalog.refusals import BadArgument
from warehouse.guard.functions import functions
from warehouse.guard.marked import marked, refuse_marks, text_of, tree_of
from warehouse.guard.text import tokens_of
from warehouse.guard.words import folded

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

_HINT = "Write one plain SELECT in the warehouse's dialect."


def parse(tokens: Sequence[Token], sql: str) -> exp.Expr:
    """The tree of one statement. Raises NotReadOnly, and BadArgument with the place of the fault."""
    refuse_marks(sql, _HINT)
    tree = tree_of(DuckDB(), _marked(tokens), sql, _HINT)
    for call in tree.find_all(exp.Anonymous):
        _separate_distinct(call)
    return tree


def render(tree: exp.Expr) -> str:
    """The text that runs. Raises BadArgument where sqlglot would have to change the meaning."""
    return text_of(DuckDB(), tree, _HINT)


def _marked(tokens: Sequence[Token]) -> list[Token]:
    done: list[Token] = []
    known = functions()
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        if after is not None:
            _refuse_run_together(token, after)
        name = folded(token.text)
        calls = after is not None and after.token_type == TokenType.L_PAREN and token.token_type in _CALLABLE
        done.append(marked(token) if calls and name not in _OWN_GRAMMAR and known.knows(name) else token)
    return done


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
