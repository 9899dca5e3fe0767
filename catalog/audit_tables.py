"""The tables that the audit log can fill: what `kind: audit` may name, with the columns it may have."""

from __future__ import annotations

from collections.abc import Mapping

from catalog.tables import ColumnType

_WHO: Mapping[str, ColumnType] = {"receipt": "string", "asked_at": "timestamp", "user_id": "string", "role": "string"}

AUDIT_TABLES: Mapping[str, Mapping[str, ColumnType]] = {
    "audit_call": {
        **_WHO,
        "tool": "string",
        "client": "string",
        "code": "string",
        "answered": "boolean",
        "refused": "boolean",
        "interrupted": "boolean",
        "cached": "boolean",
        "rows_delivered": "integer",
        "milliseconds": "float",
    },
    "audit_call_metric": {**_WHO, "metric_name": "string", "definition": "string"},
}
"""Table → column → type."""
