"""BigQuery's clock in a statement → the company's moment, as literals: an answer must repeat."""

from __future__ import annotations

from datetime import datetime

from sqlglot import exp

from catalog.refusals import BadArgument


def at_company_time(tree: exp.Expr, now: datetime | None, time_zone: str) -> exp.Expr:
    """Replace CURRENT_DATE, CURRENT_DATETIME and CURRENT_TIMESTAMP by `now`, the company's moment. A zone in brackets
    must be the company's. Raises BadArgument for another zone, for the time of day, and where there is no moment."""
    for node in list(tree.find_all(exp.CurrentDate, exp.CurrentDatetime, exp.CurrentTimestamp, exp.CurrentTime)):
        zone = node.args.get("this") or node.args.get("zone")
        named = zone.name if isinstance(zone, exp.Literal) else None
        if now is None or isinstance(node, exp.CurrentTime) or (zone is not None and named != time_zone):
            raise BadArgument(
                "The clock can be read in the company's time zone only.",
                hint=f"Write CURRENT_DATE('{time_zone}'), or a literal: DATE '2026-01-31'.",
            )
        node.replace(_literal(node, now))
    return tree


def _literal(node: exp.Expr, now: datetime) -> exp.Expr:
    local = now.replace(tzinfo=None)
    if isinstance(node, exp.CurrentDate):
        return exp.cast(exp.Literal.string(local.date().isoformat()), exp.DType.DATE)
    if isinstance(node, exp.CurrentDatetime):
        return exp.cast(exp.Literal.string(local.isoformat(sep=" ")), exp.DType.DATETIME)
    return exp.cast(exp.Literal.string(now.isoformat(sep=" ")), exp.DType.TIMESTAMPTZ)
