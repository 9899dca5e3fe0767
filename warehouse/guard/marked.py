"""One statement's tokens → its tree → text again, in any dialect, with calls that sqlglot leaves alone.

sqlglot rewrites many functions into forms of its own; some rewrites change what a call means. So calls of the
engine's functions are parsed under a mark that sqlglot does not know: they pass through with name and arguments as
written. Whatever else cannot be written back exactly is refused.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ErrorLevel, ParseError, UnsupportedError
from sqlglot.tokenizer_core import Token, TokenType

from catalog.refusals import BadArgument, NotReadOnly

_MARK = "assay_call_"
# It logs statements that it does not know in full; a caller's text belongs in the audit log only.
logging.getLogger("sqlglot").disabled = True


def marked(token: Token) -> Token:
    """A function's name under the mark."""
    return Token(TokenType.VAR, _MARK + token.text, token.line, token.col, token.start, token.end)


def refuse_marks(sql: str, hint: str) -> None:
    """A caller's text holds no mark of ours. Raises BadArgument."""
    if _MARK in sql.lower():
        raise BadArgument("This SQL cannot be read.", hint=hint)


def tree_of(dialect: Dialect, tokens: Sequence[Token], sql: str, hint: str) -> exp.Expr:
    """The tree of one statement, its calls under their own names again. Raises NotReadOnly, and BadArgument with the
    place of the fault, never with the parser's words."""
    try:
        found = dialect.parser(error_level=ErrorLevel.IMMEDIATE).parse(list(tokens), sql)
    except ParseError as error:
        place = error.errors[0] if error.errors else {}
        where = f" near line {place.get('line', 1)}, column {place.get('col', 1)}" if place else ""
        raise BadArgument(f"The SQL cannot be read{where}.", hint=hint) from error
    trees = [tree for tree in found if tree is not None]
    if len(trees) != 1:
        raise NotReadOnly("Only one statement is accepted.", hint="Send one SELECT.")
    for node in trees[0].walk():
        if isinstance(node, exp.Anonymous | exp.Identifier) and isinstance(node.this, str):
            node.set("this", node.this.removeprefix(_MARK))
    return trees[0]


def text_of(dialect: Dialect, tree: exp.Expr, hint: str) -> str:
    """The text that runs. Raises BadArgument where sqlglot would have to change the meaning."""
    try:
        return tree.sql(dialect=dialect, comments=False, normalize_functions=False, unsupported_level=ErrorLevel.RAISE)
    except UnsupportedError as error:
        raise BadArgument("This SQL uses a form that is not supported here.", hint=hint) from error
