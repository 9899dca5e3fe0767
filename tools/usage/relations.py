"""Calls → rows of the tables that usage metrics are defined over. No words of callers are in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from audit.desk.calls import Call
from warehouse.port import Cell

Row = Mapping[str, Cell]
CLIENT_CHARACTERS = 60


def call_rows(call: Call, zone: ZoneInfo) -> list[Row]:
    """One row a call."""
    ended = call.state in ("ok", "refused")
    return [
        {
            **_who(call, zone),
            "tool": call.tool,
            "client": call.client[:CLIENT_CHARACTERS],
            "code": call.outcome if ended else call.state,
            "answered": call.state == "ok",
            "refused": call.state == "refused",
            "interrupted": call.state == "interrupted",
            "cached": call.cached,
            "rows_delivered": call.rows_out if call.answered else 0,
            "milliseconds": call.duration_us / 1_000 if ended else None,
        }
    ]


def metric_rows(call: Call, zone: ZoneInfo) -> list[Row]:
    """One row for each metric that an answer holds."""
    if not call.answered:
        return []
    return [
        {**_who(call, zone), "metric_name": name, "definition": version} for name, version in call.definitions.items()
    ]


def _who(call: Call, zone: ZoneInfo) -> dict[str, Cell]:
    """Moments are the company's, as in gold."""
    at = call.asked_at.astimezone(zone).replace(tzinfo=None)
    return {"receipt": call.receipt, "asked_at": at, "user_id": call.user, "role": call.role}


RELATIONS: Mapping[str, Callable[[Call, ZoneInfo], list[Row]]] = {
    "audit_call": call_rows,
    "audit_call_metric": metric_rows,
}
"""The rows of a call for each table of `catalog.audit_tables`."""
