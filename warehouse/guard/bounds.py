"""Limits on what a statement may ask the planner and the engine to build, readable from its tree.

The worker's memory limit and deadline end everything; these rules refuse early, with a reason, what engines are known
not to interrupt: giant strings and lists, thousands of joins, list elements or grouping sets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sqlglot import exp

from catalog.refusals import BadArgument, NotAllowed, TooExpensive
from warehouse.guard.functions import functions
from warehouse.guard.words import folded, shown

MOST_OF: tuple[tuple[str, tuple[type[exp.Expr], ...], int], ...] = (
    ("joins", (exp.Join,), 32),
    ("set operations", (exp.SetOperation,), 64),
    ("WITH tables", (exp.CTE,), 48),
    ("subqueries", (exp.Select,), 150),
    ("PIVOTs", (exp.Pivot,), 4),
    ("windows", (exp.Window,), 100),
)
MOST_ITEMS = 2_000
"""Elements of one list (IN, VALUES, arrays, select lists)."""
MOST_TREE_DEPTH = 250
"""Equal to the engine's max_expression_depth."""
MOST_CUBE = 8
"""Columns under CUBE in one GROUP BY: n columns make 2^n groupings."""
MOST_GENERATED = 100_000
"""Rows or elements of one range()."""
MOST_GROWN = 100_000
"""Characters or elements that all repeat(), lpad(), ... of a statement may make together."""

_GROWERS: dict[str, int] = {
    "repeat": 1,
    "lpad": 1,
    "rpad": 1,
    "list_resize": 1,
    "array_resize": 1,
    "to_base": 2,
}
"""Functions that build a value of any size, and which argument says how large."""
_CLOCKS = ("age",)
_STEPS = frozenset({"HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR", "DECADE", "CENTURY"})


def within_counts(tree: exp.Expr) -> None:
    """Few enough joins, set operations, lists and levels. Raises TooExpensive."""
    for words, kinds, most in MOST_OF:
        if sum(1 for _ in tree.find_all(*kinds)) > most:
            raise TooExpensive(f"The SQL has more than {most} {words}.", hint="Split the question.")
    for node in tree.walk():
        if len(node.expressions) > MOST_ITEMS:
            raise TooExpensive(f"A list in the SQL has more than {MOST_ITEMS:,} elements.", hint="Filter by a join.")
    if any(sum(len(c.expressions) for c in group.find_all(exp.Cube)) > MOST_CUBE for group in tree.find_all(exp.Group)):
        raise TooExpensive(f"CUBE over more than {MOST_CUBE} columns.", hint="Name the GROUPING SETS you need.")
    if _depth(tree) > MOST_TREE_DEPTH:
        raise TooExpensive(f"The SQL is nested deeper than {MOST_TREE_DEPTH} levels.", hint="Use lists or WITH.")


def bounded_series(tree: exp.Expr) -> None:
    """range() and generate_series() run between integer literals, or over time by hours or more. Raises
    TooExpensive."""
    for node in tree.find_all(exp.GenerateSeries):
        step = node.args.get("step")
        if isinstance(step, exp.Interval):
            unit = folded(step.text("unit")).upper().removesuffix("S")
            if unit not in _STEPS or (_integer(step.this) or 0) <= 0:
                raise TooExpensive("A series of moments steps by whole hours or days.", hint="Use INTERVAL 1 DAY.")
            continue
        numbers = [_integer(node.args.get(key), default) for key, default in (("start", 0), ("end", None), ("step", 1))]
        start, end, by = numbers
        if start is None or end is None or by is None:
            raise TooExpensive("A series needs literal bounds.", hint="Write range(1, 100), or step by INTERVAL 1 DAY.")
        if by and abs(end - start) // abs(by) > MOST_GENERATED:
            raise TooExpensive(f"A series of more than {MOST_GENERATED:,} elements.", hint="Use a smaller range.")


def bounded_values(tree: exp.Expr) -> None:
    """Functions that grow a value do so by literal sizes, not inside each other. Raises TooExpensive."""
    grown = 1
    for call in tree.find_all(exp.Anonymous):
        place = _GROWERS.get(folded(call.name))
        if place is None or (folded(call.name) == "to_base" and _argument(call, 2) is None):
            continue
        size = _integer(_argument(call, place))
        if size is None:
            raise TooExpensive(f"{shown(call.name)}() needs a literal size.", hint="Write the number.")
        grown *= max(1, size)
    if grown > MOST_GROWN:
        raise TooExpensive("The SQL builds values that are too large.", hint="Use smaller sizes.")


def bounded_formats(tree: exp.Expr) -> None:
    """format() and printf() have a literal pattern with small widths. Raises TooExpensive."""
    for call in tree.find_all(exp.Anonymous):
        if folded(call.name) not in ("format", "printf"):
            continue
        pattern = call.expressions[0] if call.expressions else None
        text = pattern.name if isinstance(pattern, exp.Literal) and pattern.is_string else None
        if text is None or "*" in text or re.search(r"\{[^}]*\{|\d{4}", text):
            raise TooExpensive(f"{shown(call.name)}() needs a literal pattern with small widths.")


def only_known_functions(tree: exp.Expr) -> None:
    """Every function is on the reviewed list, by its full name. Raises NotAllowed."""
    for call in tree.find_all(exp.Anonymous):
        name = call.this if isinstance(call.this, str) else call.name
        in_from = isinstance(call.parent, exp.Table | exp.Lateral)
        allowed = functions().may_read(folded(name)) if in_from else functions().may_compute(folded(name))
        if not allowed:
            raise NotAllowed(
                f"Function '{shown(name)}' cannot be used here.", hint="Use plain SQL functions over the tables."
            )
    for aggregate in _named_aggregates(tree):
        if not functions().may_compute(aggregate):
            raise NotAllowed("list_aggregate() needs the literal name of an allowed aggregate.")


def _named_aggregates(tree: exp.Expr) -> Iterator[str]:
    names = {"list_aggregate", "list_aggr", "array_aggregate", "array_aggr"}
    for call in tree.find_all(exp.Anonymous):
        if folded(call.name) in names:
            named = _argument(call, 1)
            yield folded(named.name) if isinstance(named, exp.Literal) and named.is_string else ""


def no_hidden_clock(tree: exp.Expr) -> None:
    """age() of one argument reads the host's clock, which is not the company's. Raises BadArgument."""
    for call in tree.find_all(exp.Anonymous):
        if folded(call.name) in _CLOCKS and len(call.expressions) < 2:
            raise BadArgument("age() needs two arguments.", hint="Write age(current_date, x).")


def _argument(call: exp.Anonymous, place: int) -> exp.Expr | None:
    arguments: Sequence[exp.Expr] = call.expressions
    # x.list_aggregate('sum') has its first argument before the dot.
    if isinstance(call.parent, exp.Dot):
        place -= 1
    return arguments[place] if 0 <= place < len(arguments) else None


def _integer(node: object, default: int | None = None) -> int | None:
    if node is None:
        return default
    sign = 1
    while isinstance(node, exp.Neg | exp.Paren):
        sign, node = (-sign if isinstance(node, exp.Neg) else sign), node.this
    if isinstance(node, exp.Literal) and re.fullmatch(r"\d{1,18}", node.name):
        return sign * int(node.name)
    return None


def _depth(tree: exp.Expr) -> int:
    deepest, stack = 0, [(tree, 1)]
    while stack:
        node, depth = stack.pop()
        deepest = max(deepest, depth)
        stack.extend((child, depth + 1) for child in node.iter_expressions())
    return deepest
