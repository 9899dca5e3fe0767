"""What one call leaves behind: an intent before anything runs, an outcome after, each as canonical JSON in a chain.

A record's hash covers its own content, the hash of its personal part and the hash of the record before it. Personal
literals (what people typed, SQL with values) lie beside the record, salted, so that they can be erased later without
breaking the chain. Result rows are in neither.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["intent", "outcome"]

FIRST_HASH = "0" * 64
"""What the first record names as the one before it."""
CHAIN_FIELDS = frozenset({"seq", "receipt", "kind", "time", "monotonic_ns", "boot", "process", "previous", "personal"})
"""Fields of a record that the log itself writes; `clock_stepped_back` is added where the wall clock did."""


@dataclass(frozen=True)
class Intent:
    """Who is about to call what. `arguments` as they came in, cut to size; `attributes` those of the principal."""

    user: str
    role: str
    tool: str
    roles: tuple[str, ...] = ()
    issuer: str = ""
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    client: str = ""
    question: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])
    policy_version: str = ""

    def clear(self) -> dict[str, Any]:
        """The fields that stay readable for ever."""
        return {
            "user": self.user,
            "role": self.role,
            "roles": list(self.roles),
            "issuer": self.issuer,
            "attributes": {k: list(v) for k, v in self.attributes.items()},
            "client": self.client,
            "tool": self.tool,
            "policy_version": self.policy_version,
        }

    def personal(self) -> dict[str, Any]:
        """The fields that may hold personal literals."""
        return {"question": self.question, "arguments": dict(self.arguments)}


@dataclass(frozen=True)
class Outcome:
    """How it ended: `outcome` is "ok" or the refusal's code; `request` the resolved request; `definitions` a metric's
    version and hash by name; `rights` a hash of what the principal may see; `detail` engine words, for auditors only;
    `rows` those of the whole result, `delivered` those that left with this call; `duration_us` microseconds;
    `cached`: the rows were read by an earlier call."""

    outcome: str
    request: Mapping[str, Any] = field(default_factory=dict[str, Any])
    sql: str = ""
    detail: str = ""
    tables: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    pii: tuple[str, ...] = ()
    definitions: Mapping[str, str] = field(default_factory=dict[str, str])
    rights: str = ""
    scope: str = ""
    watermark: str = ""
    rows: int = 0
    delivered: int = 0
    bytes: int = 0
    duration_us: int = 0
    result_hash: str = ""
    cached: bool = False

    def clear(self) -> dict[str, Any]:
        """The fields that stay readable for ever."""
        return {
            "outcome": self.outcome,
            "tables": list(self.tables),
            "columns": list(self.columns),
            "pii": list(self.pii),
            "definitions": dict(self.definitions),
            "rights": self.rights,
            "scope": self.scope,
            "watermark": self.watermark,
            "rows": self.rows,
            "delivered": self.delivered,
            "bytes": self.bytes,
            "duration_us": self.duration_us,
            "result_hash": self.result_hash,
            "sql_hash": sha256(self.sql) if self.sql else "",
            **({"cached": True} if self.cached else {}),
        }

    def personal(self) -> dict[str, Any]:
        """The fields that may hold personal literals."""
        return {"request": dict(self.request), "sql": self.sql, "detail": self.detail}


@dataclass(frozen=True)
class Record:
    """One record as it is read back. `body` holds every other field, those of the personal part included."""

    seq: int
    time: str
    kind: Kind
    receipt: str
    hash: str
    body: Mapping[str, Any]


def canonical(value: object) -> str:
    """The one JSON text of a value: sorted keys, no spaces, UTF-8 as it is (the form of RFC 8785 for the integers,
    strings, lists and objects that records hold)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sha256(text: str) -> str:
    """Hex digest of a text."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def read_back(seq: int, receipt: str, kind: Kind, record: str, personal: str, digest: str) -> Record:
    """A stored row as a Record. Raises ValueError where it is not JSON."""
    fields: dict[str, Any] = json.loads(record)
    private: dict[str, Any] = json.loads(personal)
    private.pop("salt", None)
    body = {k: v for k, v in fields.items() if k not in CHAIN_FIELDS} | private
    return Record(seq, str(fields.get("time", "")), kind, receipt, digest, body)
