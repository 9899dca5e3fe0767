"""The reviewed list of GoogleSQL's functions (`functions.txt`). What is not on it is refused."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from sqlglot import exp

from catalog.refusals import NotAllowed, TooExpensive
from warehouse.guard.words import folded, shown

MOST_GENERATED = 100_000
"""Elements of one GENERATE_ARRAY."""
MOST_REPEATED = 100_000
"""Characters that one LPAD or RPAD may make."""
_GROWERS = {"lpad": 1, "rpad": 1}


@lru_cache(maxsize=1)
def allowed_functions() -> frozenset[str]:
    """Names in lower case; of a function with a prefix, the whole ("net.host")."""
    text = Path(__file__).with_name("functions.txt").read_text(encoding="utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


def only_known_functions(tree: exp.Expr) -> None:
    """Every call is on the list, by its full name. Raises NotAllowed."""
    for dot in tree.find_all(exp.Dot):
        if isinstance(dot.expression, exp.Func):
            raise _refused(f"{dot.this.sql()}.{_name(dot.expression)}")
    for call in tree.find_all(exp.Anonymous):
        if isinstance(call.parent, exp.Dot) and call.parent.expression is call:
            continue
        name = f"net.{folded(call.name)}" if isinstance(call.parent, exp.NetFunc) else folded(call.name)
        if name not in allowed_functions():
            raise _refused(call.name)


def _name(call: exp.Expr) -> str:
    return call.name if isinstance(call, exp.Anonymous) else call.key


def _refused(name: str) -> NotAllowed:
    return NotAllowed(f"Function '{shown(name)}' cannot be used here.", hint="Use plain SQL functions over the tables.")


def bounded_values(tree: exp.Expr) -> None:
    """Functions that make many elements or long texts do so by literal sizes. Raises TooExpensive."""
    for call in tree.find_all(exp.Anonymous):
        name = folded(call.name)
        if name == "generate_array":
            numbers = [_integer(argument) for argument in call.expressions]
            if len(numbers) < 2 or None in numbers:
                raise TooExpensive("GENERATE_ARRAY needs literal bounds.", hint="Write GENERATE_ARRAY(1, 100).")
            first, last, step = (*[n for n in numbers if n is not None], 1)[:3]
            if abs(last - first) > MOST_GENERATED * abs(step or 1):
                raise TooExpensive(f"An array of more than {MOST_GENERATED:,} elements.", hint="Use a smaller range.")
        if name in _GROWERS:
            size = _integer(call.expressions[1]) if len(call.expressions) > 1 else None
            if size is None or size > MOST_REPEATED:
                raise TooExpensive(f"{shown(call.name)}() needs a literal size of at most {MOST_REPEATED:,}.")


def _integer(node: exp.Expr) -> int | None:
    sign = -1 if isinstance(node, exp.Neg) else 1
    literal = node.this if isinstance(node, exp.Neg) else node
    if not isinstance(literal, exp.Literal) or literal.is_string or not literal.name.isdigit():
        return None
    return sign * int(literal.name)
