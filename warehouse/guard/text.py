"""A caller's text → tokens, within caps that keep the parser standing.

Parsers fall over first: deep nesting overflows their stack, and code points that one parser takes for white space and
another for a letter hide names. Both are refused here, before anything is parsed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from sqlglot.dialects.dialect import Dialect
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token, TokenType

from catalog.refusals import BadArgument, NotReadOnly, TooExpensive
from warehouse.guard.words import shown

MOST_BYTES = 32_768
MOST_DEPTH = 64
"""Open brackets and CASEs; compiled sqlglot dies near 20,000, pure Python near 200."""
MOST_TOKENS = 8_000
MOST_RUN = 12
"""Keywords and operators in a row: prefix operators recurse in the parser like brackets."""
MOST_PREFIXES = 200
"""NOT, lambda and JSON arrows in one statement: with an operand between them they recurse too."""

_ODD_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"})
_PLAIN_SPACE = frozenset(" \t\r\n")
_STRINGS = frozenset(
    {TokenType.STRING, TokenType.RAW_STRING, TokenType.HEREDOC_STRING, TokenType.BYTE_STRING, TokenType.UNICODE_STRING}
)
_OPEN = frozenset({TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.CASE})
_CLOSE = frozenset({TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.END})
_CONSTANTS = frozenset({TokenType.NUMBER, TokenType.NULL, TokenType.TRUE, TokenType.FALSE})
_OPERANDS = frozenset({TokenType.VAR, TokenType.IDENTIFIER, TokenType.COMMA}) | _CONSTANTS | _STRINGS
_PREFIXES = frozenset({TokenType.NOT, TokenType.ARROW, TokenType.INTERVAL, TokenType.EXISTS})
_FIRST = frozenset({"SELECT", "WITH", "FROM", "VALUES", "PIVOT", "UNPIVOT", "TABLE", "("})


def tokens_of(sql: str, dialect: Dialect | None = None) -> list[Token]:
    """The tokens of one reading statement (of DuckDB, unless another `dialect` is named). Raises BadArgument (odd
    characters, broken quotes), TooExpensive (too long or too deep), NotReadOnly (several statements, or one that does
    not begin like a query)."""
    if len(sql) > MOST_BYTES or len(sql.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        raise TooExpensive(f"The SQL is longer than {MOST_BYTES:,} bytes.", hint="Ask for less in one statement.")
    try:
        tokens = list((dialect or DuckDB()).tokenize(sql))
    except TokenError as error:
        raise BadArgument("The SQL has an unfinished string, name or comment.", hint="Check the quotes.") from error
    _only_plain_characters(sql, tokens)
    while tokens and tokens[-1].token_type == TokenType.SEMICOLON:
        tokens.pop()
    if not tokens:
        raise BadArgument("The SQL is empty.", hint="Write one SELECT.")
    _one_query(tokens)
    _within_caps(tokens)
    return tokens


def _only_plain_characters(sql: str, tokens: Sequence[Token]) -> None:
    odd = [i for i, c in enumerate(sql) if c not in _PLAIN_SPACE and unicodedata.category(c) in _ODD_CATEGORIES]
    if not odd:
        return
    literal = [(t.start, t.end) for t in tokens if t.token_type in _STRINGS]
    for place in odd:
        inside = any(start <= place <= end for start, end in literal)
        if not inside or sql[place] == "\0" or "\ud800" <= sql[place] <= "\udfff":
            raise BadArgument(
                f"The SQL holds the character U+{ord(sql[place]):04X} outside a text literal.",
                hint="Use plain spaces and visible letters.",
            )


def _one_query(tokens: Sequence[Token]) -> None:
    if any(t.token_type == TokenType.SEMICOLON for t in tokens):
        raise NotReadOnly("Only one statement is accepted.", hint="Send one SELECT.")
    first = tokens[0].text.upper()
    if first not in _FIRST:
        raise NotReadOnly(
            f"Only a reading statement (SELECT) is accepted; this one begins with '{shown(first)}'.",
            hint="Use describe_catalog to see tables and columns.",
        )


def _within_caps(tokens: Sequence[Token]) -> None:
    if len(tokens) > MOST_TOKENS:
        raise TooExpensive(f"The SQL has more than {MOST_TOKENS:,} words.", hint="Ask for less in one statement.")
    depth = run = 0
    for token in tokens:
        if token.token_type in _OPEN:
            depth, run = depth + 1, 0
        elif token.token_type in _CLOSE:
            depth, run = depth - 1, 0
        else:
            run = 0 if token.token_type in _OPERANDS else run + 1
        if depth > MOST_DEPTH:
            raise TooExpensive(f"The SQL is nested deeper than {MOST_DEPTH} levels.", hint="Use WITH to flatten it.")
        if run > MOST_RUN:
            raise BadArgument("The SQL has too many keywords in a row.", hint="Write one plain SELECT.")
    if sum(t.token_type in _PREFIXES for t in tokens) > MOST_PREFIXES:
        raise TooExpensive(f"The SQL has more than {MOST_PREFIXES} negations, intervals and arrows.")
