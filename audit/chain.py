"""Stored rows → is the chain whole? Pure: row after row in, a ChainFault at the first that is not as it was written.

What the chain alone can show: a record changed, removed, put in, reordered or dated back. What it cannot: a tail cut
off, or everything rewritten by who holds the store; for these heads noted earlier and signed checkpoints are compared
(`audit.verification`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

from audit.record import FIRST_HASH, sha256


class Row(NamedTuple):
    """One row of the log as it is stored."""

    seq: int
    receipt: str
    kind: str
    time: str
    person: str
    record: str
    personal: str
    hash: str


@dataclass(frozen=True)
class Root:
    """Where a chain begins: at the first record, or after the last record of what was purged. `open` are calls that had
    begun there and not ended."""

    seq: int = 0
    head: str = FIRST_HASH
    time: str = ""
    open: frozenset[str] = frozenset()


class ChainFault(Exception):
    """A record is not as it was written; the message says in which way."""


@dataclass
class Walk:
    """The state of going along the chain."""

    seq: int = 0
    head: str = FIRST_HASH
    time: str = ""
    open: set[str] = field(default_factory=set[str])
    seen: set[str] = field(default_factory=set[str])
    steps: list[int] = field(default_factory=list[int])

    @classmethod
    def from_root(cls, root: Root) -> Walk:
        """At the beginning of a chain."""
        return cls(root.seq, root.head, root.time, set(root.open), set(root.open))

    def step(self, row: Row) -> dict[str, Any]:
        """Go on by one row; its fields. Raises ChainFault."""
        if row.seq != self.seq + 1:
            raise ChainFault(f"record {self.seq + 1} is missing (the next one is {row.seq})")
        fields = _fields(row.record)
        if sha256(row.record) != row.hash:
            raise ChainFault("its content was altered: it does not have the hash it was written with")
        if fields.get("previous") != self.head:
            raise ChainFault("it does not follow the record before it: records were reordered, put in or rewritten")
        stored = (row.seq, row.receipt, row.kind, row.time, row.person)
        if tuple(fields.get(name) for name in ("seq", "receipt", "kind", "time", "person")) != stored:
            raise ChainFault("its number, receipt, kind, time or person was altered")
        if fields.get("personal") != sha256(row.personal):
            raise ChainFault("its personal part was altered or removed")
        self._dated(fields, row)
        self._paired(row.receipt, row.kind)
        self.seq, self.head = row.seq, row.hash
        return fields

    def _dated(self, fields: dict[str, Any], row: Row) -> None:
        if row.time < self.time:
            if not fields.get("clock_stepped_back"):
                raise ChainFault(f"it was dated back: {row.time} comes after {self.time}")
            self.steps.append(row.seq)
        self.time = row.time

    def _paired(self, receipt: str, kind: str) -> None:
        if kind != "outcome":
            if receipt in self.seen:
                raise ChainFault("its receipt was used before")
            self.seen.add(receipt)
            if kind == "intent":
                self.open.add(receipt)
        elif receipt in self.open:
            self.open.discard(receipt)
        else:
            raise ChainFault("it is the outcome of a call that never began or has ended before")


def _fields(record: str) -> dict[str, Any]:
    try:
        fields = json.loads(record)
    except ValueError as error:
        raise ChainFault("its content was altered: it is not JSON") from error
    if not isinstance(fields, dict):
        raise ChainFault("its content was altered: it is not an object")
    return cast("dict[str, Any]", fields)
