"""What one call leaves behind: an intent before anything runs, an outcome after, each as canonical JSON in a chain; and
events, which are what was done to the log itself.

A record's hash covers its own content, the hash of its sealed personal part and the hash of the record before it.
Personal literals (what people typed, SQL with values, who they are) are in the personal part only; the clear part names
the caller by a random name. Result rows are in neither.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

Kind = Literal["intent", "outcome", "event"]

FIRST_HASH = "0" * 64
"""What the first record names as the one before it."""
CHAIN_FIELDS = frozenset({"seq", "receipt", "kind", "time", "monotonic_ns", "boot", "process", "previous", "personal"})
"""Fields of a record that the log itself writes; `clock_stepped_back` is added where the wall clock did."""


@dataclass(frozen=True)
class Who:
    """A person as the identity provider knows them."""

    issuer: str
    user: str


@dataclass(frozen=True)
class Intent:
    """Who is about to call what. `arguments` as they came in, cut to size; `attributes` those of the principal."""

    kind: ClassVar[Kind] = "intent"
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

    @property
    def who(self) -> Who | None:
        """Whom the record is about."""
        return Who(self.issuer, self.user)

    def clear(self) -> dict[str, Any]:
        """The fields that stay readable for ever."""
        return {
            "role": self.role,
            "roles": list(self.roles),
            "issuer": self.issuer,
            "client": self.client,
            "tool": self.tool,
            "policy_version": self.policy_version,
        }

    def personal(self) -> dict[str, Any]:
        """The fields that may hold personal literals."""
        return {
            "user": self.user,
            "attributes": {k: list(v) for k, v in self.attributes.items()},
            "question": self.question,
            "arguments": dict(self.arguments),
        }


@dataclass(frozen=True)
class Outcome:
    """How it ended: `outcome` is "ok" or the refusal's code; `request` the resolved request; `definitions` a metric's
    version and hash by name; `rights` a hash of what the principal may see; `detail` engine words, for auditors only;
    `rows` those of the whole result, `delivered` those that left with this call; `duration_us` microseconds;
    `cached`: the rows were read by an earlier call."""

    kind: ClassVar[Kind] = "outcome"
    who: ClassVar[Who | None] = None
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
            "watermark": self.watermark,
            "rows": self.rows,
            "delivered": self.delivered,
            "bytes": self.bytes,
            "duration_us": self.duration_us,
            **({"cached": True} if self.cached else {}),
        }

    def personal(self) -> dict[str, Any]:
        """The fields that may hold personal literals, or a hash that could be guessed from them."""
        return {
            "request": dict(self.request),
            "sql": self.sql,
            "sql_hash": sha256(self.sql) if self.sql else "",
            "detail": self.detail,
            "scope": self.scope,
            "rights": self.rights,
            "result_hash": self.result_hash,
        }


@dataclass(frozen=True)
class Event:
    """Something done to the log itself: `event` is "purge", "erasure", "hold", "release" or "key_change"; `user` who
    did it; `facts` stay readable for ever; `words` may be personal."""

    kind: ClassVar[Kind] = "event"
    event: str
    user: str
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    words: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def who(self) -> Who | None:
        """Who did it."""
        return Who("", self.user)

    def clear(self) -> dict[str, Any]:
        """The fields that stay readable for ever."""
        return {"event": self.event, **self.facts}

    def personal(self) -> dict[str, Any]:
        """The fields that may hold personal literals."""
        return {"user": self.user, **self.words}


Entry = Intent | Outcome | Event
ERASED: Mapping[str, Mapping[str, Any]] = {
    "intent": {**Intent("", "", "").personal(), "erased": True},
    "outcome": {**Outcome("").personal(), "erased": True},
    "event": {"erased": True},
}
"""What stands for the personal part of a record once its key is destroyed."""


@dataclass(frozen=True)
class Record:
    """One record as it is read back. `body` holds every other field, those of the personal part included: `user` the
    caller, `person` the random name that stands for them; where the personal part was erased `erased` is true and the
    fields of the personal part are empty."""

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


def read_back(record: str, personal: Mapping[str, Any] | None, user: str | None) -> Record:
    """A stored record with its opened personal part (None: erased) and whom its name stands for (None: nobody knows any
    more). Raises ValueError where it is not JSON."""
    fields: dict[str, Any] = json.loads(record)
    body = {k: v for k, v in fields.items() if k not in CHAIN_FIELDS}
    body |= personal if personal is not None else ERASED.get(str(fields.get("kind")), {})
    if fields.get("person"):
        body["user"] = body.get("user") or user or fields["person"]
    return Record(fields["seq"], fields["time"], fields["kind"], fields["receipt"], sha256(record), body)
