"""Stored rows → is the chain whole? Pure: a sequence of rows in, the first fault out.

What the chain alone can show: a record changed, removed, put in, reordered or dated back. What it cannot: a tail cut
off, or everything rewritten by who holds the file; for these a head noted earlier is compared.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, cast

from audit.record import FIRST_HASH, sha256

Row = tuple[int, str, str, str, str, str]
"""seq, receipt, kind, record, personal, hash."""


@dataclass(frozen=True)
class Verification:
    """What a check of the whole log found. `bad_seq` and `reason` name the first record that is not as it was written;
    `interrupted` counts calls that began and have not ended; `clock_steps` are records before which the wall clock was
    set back, as noted when they were written; `head` is the hash to note for a later check."""

    ok: bool
    records: int
    head: str
    interrupted: int = 0
    bad_seq: int | None = None
    reason: str = ""
    clock_steps: tuple[int, ...] = ()


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

    def step(self, row: Row) -> None:
        """Go on by one row. Raises ChainFault."""
        seq, receipt, kind, record, personal, digest = row
        if seq != self.seq + 1:
            raise ChainFault(f"record {self.seq + 1} is missing (the next one is {seq})")
        fields = _fields(record)
        if sha256(record) != digest:
            raise ChainFault("its content was altered: it does not have the hash it was written with")
        if fields.get("previous") != self.head:
            raise ChainFault("it does not follow the record before it: records were reordered, put in or rewritten")
        if (fields.get("seq"), fields.get("receipt"), fields.get("kind")) != (seq, receipt, kind):
            raise ChainFault("its number, receipt or kind was altered")
        if fields.get("personal") != sha256(personal):
            raise ChainFault("its personal part was altered or removed")
        self._dated(fields, seq)
        self._paired(receipt, kind)
        self.seq, self.head = seq, digest

    def _dated(self, fields: dict[str, Any], seq: int) -> None:
        time = str(fields.get("time", ""))
        if time < self.time:
            if not fields.get("clock_stepped_back"):
                raise ChainFault(f"it was dated back: {time} comes after {self.time}")
            self.steps.append(seq)
        self.time = time

    def _paired(self, receipt: str, kind: str) -> None:
        if kind == "intent":
            if receipt in self.seen:
                raise ChainFault("its receipt was used before")
            self.seen.add(receipt)
            self.open.add(receipt)
        elif receipt in self.open:
            self.open.discard(receipt)
        else:
            raise ChainFault("it is the outcome of a call that never began or has ended before")


def verify_rows(rows: Iterable[Row], expected_heads: Iterable[str] = ()) -> Verification:
    """Walk the whole chain; `expected_heads` are hashes noted earlier that must be among its records. `rows` may raise
    ChainFault where they cannot be read on."""
    walk = Walk()
    missing = {head for head in expected_heads if head != FIRST_HASH}
    try:
        for row in rows:
            walk.step(row)
            missing.discard(walk.head)
    except ChainFault as fault:
        return _result(walk, walk.seq + 1, str(fault))
    if missing:
        return _result(walk, walk.seq + 1, "the tail was cut off or the log rewritten: a head noted earlier is gone")
    return _result(walk, None, "")


def _result(walk: Walk, bad_seq: int | None, reason: str) -> Verification:
    return Verification(
        ok=bad_seq is None,
        records=walk.seq,
        head=walk.head,
        interrupted=len(walk.open),
        bad_seq=bad_seq,
        reason=reason,
        clock_steps=tuple(walk.steps),
    )


def _fields(record: str) -> dict[str, Any]:
    try:
        fields = json.loads(record)
    except ValueError as error:
        raise ChainFault("its content was altered: it is not JSON") from error
    if not isinstance(fields, dict):
        raise ChainFault("its content was altered: it is not an object")
    return cast("dict[str, Any]", fields)
