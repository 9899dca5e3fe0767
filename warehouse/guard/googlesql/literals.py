"""Literals that BigQuery and sqlglot read differently: refused, because nobody could say what the caller meant."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlglot.tokenizer_core import Token, TokenType

from catalog.refusals import BadArgument

_ESCAPE = re.compile(
    r"\\(?:[abfnrtv\\?\"'`]|[0-7]{3}|[xX][0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|(?P<wrong>.))", re.DOTALL
)
"""The escapes of GoogleSQL ("Lexical structure and syntax"); any other one is an error there."""
_TEXTS = frozenset({TokenType.STRING, TokenType.IDENTIFIER})


def only_plain_literals(tokens: Sequence[Token], sql: str) -> None:
    """Raises BadArgument for an escape that GoogleSQL does not have ('\\d' outside r'...'), which sqlglot would read
    without its backslash; and for a number that runs into a word (1_000), which it would read as a number and a
    name."""
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        if token.token_type in _TEXTS:
            _only_known_escapes(sql[token.start : token.end + 1])
        if after is None or token.token_type != TokenType.NUMBER or after.start != token.end + 1:
            continue
        if after.token_type in (TokenType.VAR, *_TEXTS):
            raise BadArgument("The SQL holds a number that runs into a word.", hint="Write 1000, and a space after it.")


def _only_known_escapes(written: str) -> None:
    if any(escape["wrong"] for escape in _ESCAPE.finditer(written)):
        raise BadArgument(
            "The SQL holds a text with an escape that does not exist.",
            hint="Write patterns as raw text, r'\\d+', or the backslash twice.",
        )
