"""The audit log: an append-only, hash-chained table in SQLite or PostgreSQL that many processes may write, a record at
a time.

`begin` makes an intent durable before anything runs; `finish` adds the outcome. Whatever keeps a record from being
written durably (full disk, read-only or removed file, a lock that does not go away, a server that is down or does not
answer within seconds) is AuditDown, so that the gate answers nothing; the next call tries afresh. Beside an SQLite file
lies a copy of the latest head, so that a cut-off tail and a removed log are found; signed checkpoints
(`audit.checkpointer`) show it on either engine.
"""

from __future__ import annotations

import math
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from audit.chain import ChainFault
from audit.checkpointer import Checkpointer, Signing
from audit.checkpoints import StatementFault
from audit.record import FIRST_HASH, Entry, Event, Intent, Outcome, Record, Who
from audit.sinks import Sink
from audit.store import Head, Store, Stored, Turn, View, moment_text, random_id
from audit.verification import Evidence, Verification, verified
from catalog.refusals import AuditDown
from state.database import SQLAlchemyError
from state.patience import STEP_SECONDS, patiently, within

__all__ = ["AuditLog", "Event", "Intent", "Outcome", "Record", "Signing", "Verification"]

HEAD_EVERY_SECONDS = 1.0
"""The copy of the head may lag this far; `close` brings it up to date."""
REFUSED_SECONDS = 10.0
"""How long a write that failed counts against the log, if no other one was tried since."""
UNREADABLE = "the log cannot be read from here on"
STORE_ERRORS = (SQLAlchemyError, sqlite3.Error, OSError, ValueError, StatementFault)


class AuditLog:
    """Thread-safe. Opened on first use; `clock` gives the wall-clock time in UTC."""

    def __init__(
        self,
        where: Path | str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        signing: Signing | None = None,
    ) -> None:
        """`where`: a SQLite file, or the URL of a state database; `signing`: who signs checkpoints and where copies of
        them go (None: the log is not signed)."""
        self._store = Store(f"sqlite:///{where}" if isinstance(where, Path) else where, clock)
        self._path = self._store.database.file
        self._head_path = self._path.with_name(self._path.name + ".head") if self._path else None
        self._lock = threading.RLock()
        self._open = False
        self._inode = 0
        self._known = Head()
        self._head_written = 0.0
        self._refused_at = -math.inf
        self._own = secrets.token_hex(4)
        self.signing = signing
        self._checkpointer = Checkpointer(signing, self.checkpoint) if signing else None

    def begin(self, intent: Intent) -> str:
        """Write down that a call is about to run; durable when this returns. Returns its receipt.

        Raises AuditDown."""
        receipt = random_id("r")
        self._append(receipt, intent)
        return receipt

    def finish(self, receipt: str, outcome: Outcome) -> None:
        """Write down how the call of `receipt` ended. Raises AuditDown."""
        self._append(receipt, outcome)

    def check(self) -> None:
        """Find out whether a record could be written now, without writing one: the store takes writers, and the latest
        call could be written down, or that is a while ago (a full disk shows only when something is written). Raises
        AuditDown."""
        if time.monotonic() - self._refused_at < REFUSED_SECONDS:
            raise AuditDown("A moment ago a record could not be written.")
        with within(STEP_SECONDS), self.turn():
            pass

    def get(self, receipt: str) -> tuple[Record, ...]:
        """The intent and the outcome (if any) of a call; empty when there is no such receipt. Raises AuditDown."""
        return self._read("of_receipt", receipt=receipt)

    def tail(self, count: int) -> tuple[Record, ...]:
        """The latest `count` records, oldest first. Raises AuditDown."""
        return tuple(reversed(self._read("latest", count=count)))

    def records(self, since: datetime | None = None, until: datetime | None = None) -> Iterator[Record]:
        """All records from `since` on and before `until`, in the order of the chain, one after the other as they are
        read; no writer waits for the reader. Raises AuditDown."""
        first, last = (moment_text(moment) if moment else "" for moment in (since, until))
        with self.view() as view:
            for each in view.records(since=first, until=last):
                yield each.record()

    def verify(
        self,
        expected_head: str | None = None,
        copies: Mapping[str, Sequence[str]] | None = None,
        trusted: Sequence[str] | None = None,
    ) -> Verification:
        """Check the whole chain, its pairs and its times, its signed checkpoints and their copies, and the head kept
        beside the file; with `expected_head` (a hash noted earlier) and more `copies` of the checkpoints (lines by
        name), those too. `trusted` public keys (hex) replace that of the signing key at hand.

        Never raises for a broken log: it says so."""
        noted = self._noted_head()
        heads = [(noted.seq, noted.hash)] if noted.seq else []
        heads += [(0, expected_head)] if expected_head else []
        try:
            late = self.signing.latest if self.signing else (0, 0.0)
            evidence = Evidence(heads, (), self._copies(copies or {}), self._trusted(trusted), *late)
            if self._path is not None and not self._path.exists():
                return verified((), evidence)
            with self._store.view() as view:
                return verified(_readable(view.records()), replace(evidence, statements=view.statements()))
        except STORE_ERRORS as error:
            reason = f"{UNREADABLE}: {type(error).__name__}"
            return Verification(False, 0, FIRST_HASH, bad_seq=1, reason=reason)

    def checkpoint(self) -> bool:
        """Sign a statement about the log as it is now, and bring its copies up to date; False where nothing was added
        to the log since the last one. Raises AuditDown, also where a copy cannot be written."""
        if self.signing is None:
            raise AuditDown("The audit log is not signed: there is no signing key.")
        signing = self.signing
        with within(STEP_SECONDS), self.turn() as turn:
            last = turn.last_statement()
            due = turn.head.seq > 0 and (last is None or last.size < turn.head.seq)
            if due:
                turn.sign(signing.signer(last))
        with self.view() as view:
            signing.copy(view.statements)
        return due

    def close(self) -> None:
        """Sign what is not signed yet, bring the copy of the head up to date and let go of the store."""
        if self._checkpointer is not None:
            self._checkpointer.close()
        with self._lock:
            # Without room for it the copy stays behind, which is no reason not to end.
            with suppress(OSError):
                if self._open:
                    self._note_head(force=True)
            self._drop()

    @contextmanager
    def turn(self, receipt: str = "", who: Who | None = None) -> Generator[Turn]:
        """A turn at the chain, for this module's neighbours that keep the log: what is done in it happens as a whole.

        Raises AuditDown, also where records that were there are gone."""
        with self._translated(), patiently(self._lock):
            self._opened()
            with self._store.turn(receipt, who) as turn:
                self._compare(turn)
                before = turn.head.seq
                yield turn
            self._known = turn.head
            if turn.head.seq > before:
                self._note_head()
                if self._checkpointer is not None:
                    self._checkpointer.note(turn.head.seq - before)

    @contextmanager
    def view(self) -> Generator[View]:
        """An unchanging view of the log. Raises AuditDown."""
        with self._translated():
            self._opened()
            with self._store.view() as view:
                yield view

    def overwrite_deleted(self) -> bool:
        """Leave nothing of deleted keys and names in the store's files; False where they are in use for too long."""
        try:
            self._store.database.tidy("sealing_key", "person", "hold")
        except STORE_ERRORS:
            return False
        return True

    def _append(self, receipt: str, entry: Entry) -> None:
        try:
            with within(STEP_SECONDS), self.turn(receipt, entry.who) as turn:
                turn.append(receipt, entry)
        except AuditDown:
            self._refused_at = time.monotonic()
            raise
        self._refused_at = -math.inf

    def _read(self, query: str, **parameters: str | int) -> tuple[Record, ...]:
        with within(STEP_SECONDS), self.view() as view:
            return tuple(each.record() for each in view.stored(query, **parameters))

    def _compare(self, turn: Turn) -> None:
        """Raises AuditDown where records that were written earlier are gone."""
        seq, digest, _ = self._known
        found = turn.head
        if found.seq < seq or (found.seq == seq and found.hash != digest):
            raise AuditDown(
                "The audit log lost records that were written to it, so nothing is answered.",
                hint="Put them back; to begin a new log on purpose, also move the copies of its checkpoints away.",
            )

    @contextmanager
    def _translated(self) -> Generator[None]:
        """Errors of the store as AuditDown; its connections are let go, so that the next call tries afresh."""
        try:
            yield
        except STORE_ERRORS as error:
            # Without the lock: others may hold it as long as they wait for the store.
            self._drop()
            raise AuditDown() from error

    def _opened(self) -> None:
        """Look whether the store is the one we know. Raises AuditDown, OSError."""
        if self._path is None:
            self._recall()
            return
        with patiently(self._lock):
            if self._open:
                if self._path.stat().st_ino == self._inode:
                    return
                raise OSError("the file was removed or replaced")
            if not self._path.exists():
                if self._noted_head().seq:
                    raise AuditDown(
                        "The audit log is gone, so nothing is answered.",
                        hint="Put it back; to begin a new log on purpose, also move the .head file beside it away.",
                    )
                with self._store.view():
                    pass
            self._recall()
            self._inode = self._path.stat().st_ino

    def _recall(self) -> None:
        """What earlier processes noted about the log, so that a log put back to an earlier state is refused."""
        with patiently(self._lock):
            if not self._open:
                signed = Head(*self.signing.last_known()) if self.signing else Head()
                self._known = max(self._known, self._noted_head(), signed, key=lambda known: known.seq)
                self._open = True

    def _drop(self) -> None:
        self._open = False
        self._store.database.dispose()

    def _copies(self, more: Mapping[str, Sequence[str]]) -> Mapping[str, Sequence[str]]:
        sinks: Sequence[Sink] = self.signing.sinks if self.signing else ()
        return {sink.path.name: sink.lines() for sink in sinks} | dict(more)

    def _trusted(self, given: Sequence[str] | None) -> frozenset[str] | None:
        if given is not None:
            return frozenset(given)
        held = self.signing.holder.existing() if self.signing else None
        return frozenset({held.public}) if held else None

    def _noted_head(self) -> Head:
        """The copy of the head; nothing where there is none, or where a power cut left it empty."""
        try:
            text = self._head_path.read_text(encoding="ascii") if self._head_path else ""
            seq, _, digest = text.strip().partition(" ")
            return Head(int(seq), digest)
        except (FileNotFoundError, ValueError):
            return Head()

    def _note_head(self, force: bool = False) -> None:
        now = time.monotonic()
        due = force or now - self._head_written >= HEAD_EVERY_SECONDS
        if self._head_path is None or not self._known.seq or not due:
            return
        if not force or self._known.seq > self._noted_head().seq:
            written = self._head_path.with_name(f"{self._head_path.name}.{self._own}")
            written.write_text(f"{self._known.seq} {self._known.hash}\n", encoding="ascii")
            written.replace(self._head_path)
        self._head_written = now


def _readable(rows: Iterator[Stored]) -> Iterator[Stored]:
    """The rows. Raises ChainFault where they cannot be read any further."""
    try:
        yield from rows
    except STORE_ERRORS as error:
        raise ChainFault(UNREADABLE) from error
