"""The host's clock in a statement → the company's moment, as literals.

An answer must repeat, and "today" is the company's day in its time zone, which may be pinned.
"""

from __future__ import annotations

from datetime import datetime

from sqlglot import exp

from catalog.refusals import BadArgument
from warehouse.guard.words import folded

_DAYS = frozenset({"today", "current_date"})
_MOMENTS = frozenset(
    {"now", "current_timestamp", "get_current_timestamp", "transaction_timestamp", "current_localtimestamp"}
)


def at_company_time(tree: exp.Expr, now: datetime | None) -> exp.Expr:
    """Replace current_date and its kin by `now` (the company's local moment). Raises BadArgument where there is no
    such moment to put in, and for the time of day."""
    for node in list(tree.walk()):
        value = _value(node, now)
        if value is not None:
            node.replace(value)
    return tree


def _value(node: exp.Expr, now: datetime | None) -> exp.Expr | None:
    name = folded(node.name) if isinstance(node, exp.Anonymous) and not node.expressions else ""
    is_day = isinstance(node, exp.CurrentDate) or name in _DAYS
    is_moment = isinstance(node, exp.CurrentTimestamp | exp.Localtimestamp) or name in _MOMENTS
    elsewhere = (is_day or is_moment) and (now is None or bool(node.args.get("zone")) or _zoned(node))
    if isinstance(node, exp.CurrentTime | exp.Localtime) or elsewhere:
        raise BadArgument("The clock cannot be read here.", hint="Write the date as a literal: DATE '2026-01-31'.")
    if now is None or not (is_day or is_moment):
        return None
    local = now.replace(tzinfo=None)
    if is_day:
        return exp.cast(exp.Literal.string(local.date().isoformat()), "DATE")
    return exp.cast(exp.Literal.string(local.isoformat(sep=" ")), "TIMESTAMP")


def _zoned(node: exp.Expr) -> bool:
    """current_date of another time zone, which is not the company's day."""
    return not isinstance(node, exp.Anonymous) and node.args.get("this") is not None
