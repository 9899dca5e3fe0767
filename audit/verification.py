"""Rows, signed statements and what was noted elsewhere → is the log whole, and if not, what is the first thing wrong?

Above the chain (`audit.chain`) and the statements (`audit.checkpoints`): here both are held against each other. Reads
only, and needs no secret but the keys of the personal parts, which lie in the log's own store.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from audit.chain import ChainFault, Root, Row, Walk
from audit.checkpoints import Statement, StatementFault, agreed, checked
from audit.record import FIRST_HASH
from audit.store import Stored


@dataclass(frozen=True)
class Verification:
    """What a check of the whole log found. `bad_seq` (or `bad_checkpoint`) and `reason` name the first record
    (checkpoint) that is not as it was written; `interrupted` counts calls that began and have not ended; `clock_steps`
    are records before which the wall clock was set back, as noted when they were written; `head` is the hash to note
    for a later check. `checkpoints` signed statements were checked, `trusted` with a key known from outside the log;
    `unsigned` records came after the last of them; `behind` says how many each copy of them lacks. `purged` records
    were dropped by signed purges, up to `purged_until`; the personal part of `erased` calls was erased on request."""

    ok: bool
    records: int
    head: str
    interrupted: int = 0
    bad_seq: int | None = None
    bad_checkpoint: int | None = None
    reason: str = ""
    clock_steps: tuple[int, ...] = ()
    checkpoints: int = 0
    trusted: bool = False
    unsigned: int = 0
    behind: Mapping[str, int] = field(default_factory=dict[str, int])
    purged: int = 0
    purged_until: str = ""
    erased: int = 0


@dataclass(frozen=True)
class Evidence:
    """What the rows are held against: `heads` noted earlier (number, 0 where unknown, and hash), the `statements` of
    the store, `copies` of them kept elsewhere by name, `trusted` public keys (None: none known), and how many records
    over how many seconds there may be at most without any statement (`unsigned_records`, `unsigned_seconds`)."""

    heads: Sequence[tuple[int, str]] = ()
    statements: Sequence[str] = ()
    copies: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    trusted: frozenset[str] | None = None
    unsigned_records: int = 0
    unsigned_seconds: float = 0


@dataclass
class _Events:
    """What the log says was done to it."""

    statements: set[str] = field(default_factory=set[str])
    erased: set[str] = field(default_factory=set[str])
    forgotten: set[str] = field(default_factory=set[str])

    def note(self, fields: Mapping[str, Any]) -> None:
        """Take in an event."""
        if "statement" in fields:
            self.statements.add(fields["statement"])
        self.erased.update(fields.get("receipts", ()))
        self.forgotten.update(fields.get("persons", ()))


class _Check:
    def __init__(self, statements: Sequence[Statement]) -> None:
        purges = [s for s in statements if s.kind == "purge"]
        self.purge = purges[-1] if purges else None
        self.root = self.purge.root if self.purge else Root()
        self.walk = Walk.from_root(self.root)
        self.heads = {s.size: s for s in statements}
        self.at = self.root.seq + 1
        self.agreeing = self.root.seq
        self.events = _Events()
        self.first_time = ""
        self.boots: dict[str, tuple[int, int]] = {}
        self.keyless: dict[str, int] = {}
        self.nameless: dict[str, int] = {}

    def step(self, stored: Stored) -> None:
        """One row further. Raises ChainFault."""
        row, self.at = stored.row, self.walk.seq + 1
        if row.seq > self.walk.seq + 1 and self.walk.seq == self.root.seq:
            gap = f"records {self.walk.seq + 1} to {row.seq - 1} are missing, and no signed purge covers them"
            raise ChainFault(gap)
        fields = self.walk.step(row)
        self.first_time = self.first_time or row.time
        self._timed(fields)
        if row.kind == "event":
            self.events.note(fields)
        self._sealed(stored)
        signed = self.heads.get(row.seq)
        if signed is not None:
            if signed.head != row.hash:
                raise ChainFault(
                    f"records after {self.agreeing} up to {row.seq} were replaced: "
                    f"checkpoint {signed.number} was signed over others"
                )
            self.agreeing = row.seq

    def _timed(self, fields: Mapping[str, Any]) -> None:
        boot, steady = str(fields.get("boot")), fields.get("monotonic_ns")
        if isinstance(steady, int):
            first, last = self.boots.get(boot, (steady, steady))
            self.boots[boot] = min(first, steady), max(last, steady)

    def _sealed(self, stored: Stored) -> None:
        row = stored.row
        try:
            opened = stored.opened()
        except ValueError as error:
            raise ChainFault("its personal part does not open: its key was altered") from error
        if opened is None:
            self.keyless.setdefault(row.receipt, row.seq)
        if row.person and stored.user is None:
            self.nameless.setdefault(row.person, row.seq)
        if opened is not None and stored.user is not None and opened.get("user", stored.user) != stored.user:
            raise ChainFault("whom its name stands for was altered")

    def end(self, heads: Iterable[tuple[int, str]], met: set[str], statements: Sequence[Statement]) -> None:
        """What can be said only once all rows were seen. Raises ChainFault for the record after the last one."""
        self.at = self.walk.seq + 1
        beyond = next((s for s in statements if s.size > self.walk.seq), None)
        if beyond is not None:
            raise ChainFault(f"the tail was cut off: checkpoint {beyond.number} was signed over {beyond.size} records")
        known = met | {s.head for s in statements} | {FIRST_HASH}
        if any(digest not in known for seq, digest in heads if not seq or seq > self.root.seq):
            raise ChainFault("the tail was cut off or the log rewritten: a head noted earlier is gone")

    def is_long(self, evidence: Evidence) -> bool:
        """Whether a checkpoint should have been signed by now. Time goes by the machine's steady clock, where one start
        of one machine wrote all records: its wall clock may have been set meanwhile."""
        if not self.first_time:
            return False
        span = (datetime.fromisoformat(self.walk.time) - datetime.fromisoformat(self.first_time)).total_seconds()
        if len(self.boots) == 1:
            first, last = next(iter(self.boots.values()))
            span = (last - first) / 1e9
        return self.walk.seq > evidence.unsigned_records or span > evidence.unsigned_seconds

    def unrecorded(self, statements: Sequence[Statement]) -> tuple[int, str] | None:
        """The first thing missing that no record accounts for: its number and the reason."""
        found = [
            (seq, "its personal part was erased, and no erasure on record covers it")
            for receipt, seq in self.keyless.items()
            if receipt not in self.events.erased
        ]
        found += [
            (seq, "whom its name stands for was erased, and no erasure on record covers it")
            for person, seq in self.nameless.items()
            if person not in self.events.forgotten
        ]
        missing = self.events.statements - {s.hash for s in statements}
        if missing:
            found.append((self.walk.seq, "a checkpoint that the log names was dropped"))
        if self.purge is not None and self.purge.hash not in self.events.statements:
            found.append((self.root.seq + 1, f"the purge of checkpoint {self.purge.number} is not on record"))
        return min(found, default=None)


def verified(rows: Iterable[Stored], evidence: Evidence) -> Verification:
    """Check everything. `rows` may raise ChainFault where they cannot be read on."""
    try:
        statements = checked(agreed(evidence.statements, evidence.copies), evidence.trusted)
    except StatementFault as fault:
        return Verification(False, 0, FIRST_HASH, bad_checkpoint=fault.number, reason=str(fault))
    check = _Check(statements)
    met: set[str] = set()
    noted = {digest for _, digest in evidence.heads}
    try:
        for stored in rows:
            check.step(stored)
            met |= {check.walk.head} & noted
        check.end(evidence.heads, met, statements)
    except ChainFault as fault:
        return _result(check, evidence, statements, (check.at, str(fault)))
    fault = check.unrecorded(statements)
    if fault is None and not statements and evidence.trusted is not None and check.is_long(evidence):
        fault = (1, "no signed checkpoint is left, although there is a key that signs them")
    return _result(check, evidence, statements, fault)


def _result(
    check: _Check, evidence: Evidence, statements: Sequence[Statement], fault: tuple[int, str] | None
) -> Verification:
    walk, root = check.walk, check.root
    return Verification(
        ok=fault is None,
        records=walk.seq - root.seq,
        head=walk.head,
        interrupted=len(walk.open),
        bad_seq=fault[0] if fault else None,
        reason=fault[1] if fault else "",
        clock_steps=tuple(walk.steps),
        checkpoints=len(statements),
        trusted=bool(statements) and evidence.trusted is not None,
        unsigned=walk.seq - (statements[-1].size if statements else 0),
        behind={name: late for name, copy in evidence.copies.items() if (late := len(statements) - len(copy))},
        purged=root.seq,
        purged_until=root.time,
        erased=len(check.keyless),
    )


def verify_rows(rows: Iterable[Row], expected_heads: Iterable[str] = ()) -> Verification:
    """Check the chain alone: rows without keys, without statements; `expected_heads` must be among them."""
    walk = Walk()
    missing = {head for head in expected_heads if head != FIRST_HASH}
    reason = ""
    try:
        for row in rows:
            walk.step(row)
            missing.discard(walk.head)
        if missing:
            reason = "the tail was cut off or the log rewritten: a head noted earlier is gone"
    except ChainFault as fault:
        reason = str(fault)
    return Verification(
        not reason,
        walk.seq,
        walk.head,
        len(walk.open),
        walk.seq + 1 if reason else None,
        reason=reason,
        clock_steps=tuple(walk.steps),
    )
