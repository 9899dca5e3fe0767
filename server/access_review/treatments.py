"""How a caller saw a column, by the policy in force now: known only where the call ran under the same policy."""

from __future__ import annotations

from audit.desk.calls import Call
from audit.desk.who_saw import ShownAs
from catalog.access import Access
from catalog.catalog import Catalog
from catalog.principals import Principal

UNKNOWN = "unknown"
"""The call ran under another version of the policy, or in a role that is gone."""


def shown_as(catalog: Catalog) -> ShownAs:
    """(call, "table.column") → "clear", "mask", ... or "unknown"."""
    known: dict[tuple[str, str], str] = {}

    def treatment(call: Call, name: str) -> str:
        if call.policy_version != catalog.policy_version:
            return UNKNOWN
        place = (call.role, name)
        if place not in known:
            known[place] = _treatment(catalog, *place)
        return known[place]

    return treatment


def _treatment(catalog: Catalog, role: str, name: str) -> str:
    table_name, _, column_name = name.partition(".")
    table = catalog.tables.get(table_name)
    column = table.column(column_name) if table else None
    if table is None or column is None or catalog.policies.role(role) is None:
        return UNKNOWN
    return Access(catalog, Principal(user="anyone", role=role)).treatment(table, column)
