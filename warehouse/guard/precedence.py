"""Operators that sqlglot and the engine bind differently: they need brackets, or have no place here.

Measured over all pairs of operators (tests/warehouse/guard/test_written_back.py): where the two parsers would build
different trees from the same text, the text is refused, because nobody could say which meaning the caller had.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from catalog.refusals import BadArgument

_NO_PLACE = {
    TokenType.NULLSAFE_EQ: "<=>",
    TokenType.LR_ARROW: "<->",
    TokenType.CARET_AT: "^@",
}
"""Vector distances to the engine, something else to sqlglot; and a prefix test that has a function."""
_ARROW = (exp.JSONExtract,)
_SETS = (exp.ArrayContainsAll, exp.ArrayContainedBy, exp.ArrayOverlaps)
_BITS = (exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseLeftShift, exp.BitwiseRightShift)
_OPERATORS = (exp.Binary, exp.Unary, exp.Between, exp.In, exp.AtTimeZone)
_JOINING = (exp.And, exp.Or)
_Kinds = tuple[type[exp.Expr], ...]

CLASHES: tuple[tuple[_Kinds, _Kinds, _Kinds], ...] = (
    (_ARROW, _OPERATORS, _ARROW),
    (_SETS, _OPERATORS, _JOINING),
    ((exp.JSONExtractScalar,), (*_BITS, *_SETS), ()),
    ((exp.RegexpLike,), _SETS, ()),
    ((exp.AtTimeZone, exp.Collate), (exp.Pow,), ()),
)
"""Kinds of operators that must not stand next to kinds of others without brackets, with the exceptions."""


def only_agreed_operators(tokens: Sequence[Token]) -> None:
    """Raises BadArgument for an operator that means something else to the engine."""
    for token in tokens:
        if token.token_type in _NO_PLACE:
            raise BadArgument(
                f"The operator {_NO_PLACE[token.token_type]} cannot be used here.",
                hint="Use IS NOT DISTINCT FROM, starts_with(), or a distance function.",
            )


def only_clear_precedence(tree: exp.Expr) -> None:
    """No two operators of CLASHES stand next to each other. Raises BadArgument."""
    for node in tree.walk():
        for kinds, others, fine in CLASHES:
            if type(node) in kinds and any(isinstance(n, others) and not isinstance(n, fine) for n in _around(node)):
                raise BadArgument(
                    "An arrow or another loose operator stands next to an operator.",
                    hint="Put brackets around it: (a -> '$.x') = 'y'.",
                )


def bracketed_negations(tree: exp.Expr) -> exp.Expr:
    """`(NOT x) < y` keeps its brackets: sqlglot writes the NOT of `x IS NOT NULL` and `x NOT IN (...)` in front."""
    for node in list(tree.find_all(exp.Not)):
        if _operator(node.parent) and not isinstance(node.parent, (*_JOINING, exp.Not)):
            bracketed = exp.Paren()
            node.replace(bracketed)
            bracketed.set("this", node)
    return tree


def _around(node: exp.Expr) -> Iterator[exp.Expr]:
    """The operators that a node stands between: its operands, and what it is an operand of, looking through NOT
    (which sqlglot puts between brackets of its own in `a NOT LIKE b @> c`)."""
    above = node.parent
    if isinstance(above, exp.Not) and type(node) in _ARROW:
        yield above
    while isinstance(above, exp.Not):
        above = above.parent
    for near in (above, node.args.get("this"), node.args.get("expression")):
        if isinstance(near, exp.Paren) and isinstance(near.this, exp.Not | exp.Predicate) and type(node) in _SETS:
            near = near.this
        while isinstance(near, exp.Not):
            near = near.this
        if isinstance(near, exp.Expr) and _operator(near):
            yield near


def _operator(node: object) -> bool:
    return isinstance(node, _OPERATORS) and not isinstance(
        node, exp.Dot | exp.PropertyEQ | exp.Kwarg | exp.Slice | exp.Paren
    )
