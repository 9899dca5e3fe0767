"""When checkpoints are signed: every so many records, so many seconds after the first unsigned one, and at the end.
In a thread of its own, so that no call waits for it; what keeps it from signing is logged, and tried again."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from audit.checkpoints import Statement, StatementFault, parsed
from audit.signing import KeyHolder, KeyUnusable, SigningKey
from audit.sinks import After, Sink, SinkFault
from catalog.refusals import AuditDown

LOG = logging.getLogger("assay.audit")
CLOSE_WAIT_SECONDS = 10.0


@dataclass(frozen=True)
class Signing:
    """Who signs, where copies of the statements go, and how often: at the latest `every_records` records or
    `every_seconds` seconds after the last one."""

    holder: KeyHolder
    sinks: Sequence[Sink] = ()
    every_records: int = 1_000
    every_seconds: float = 60.0

    @property
    def latest(self) -> tuple[int, float]:
        """Records and seconds after which a log without any checkpoint has lost them: twice what it takes, as the
        signing itself takes a moment."""
        return 2 * self.every_records, 2 * self.every_seconds

    def signer(self, last: Statement | None) -> SigningKey:
        """The key that may sign what follows `last`. Raises KeyUnusable where another one is in force."""
        key = self.holder.key()
        if last is not None and last.key_after != key.public:
            raise KeyUnusable(
                "The signing key is not the one that signed the last checkpoint.",
                hint="Put that key back. If it is lost: `assay audit key change --lost` begins anew with this one.",
            )
        return key

    def last_known(self) -> tuple[int, str]:
        """Size and head of the longest log that a copy speaks of; a copy that cannot be read is passed over, as writing
        to it will say so."""
        known = (0, "")
        for sink in self.sinks:
            try:
                line = sink.last()
                statement = parsed(line, int(json.loads(line)["number"])) if line else None
            except (OSError, ValueError, KeyError, TypeError, StatementFault):
                continue
            known = max(known, (statement.size, statement.head) if statement else (0, ""))
        return known

    def copy(self, after: After) -> None:
        """Bring every sink up to date. Raises AuditDown for the first that cannot be, once all were tried."""
        failed: AuditDown | None = None
        for sink in self.sinks:
            try:
                sink.catch_up(after)
            except SinkFault as fault:
                failed = failed or AuditDown(f"{fault}.")
            except (OSError, ValueError) as error:
                words = error.strerror if isinstance(error, OSError) else "it is not a file of checkpoints"
                failed = failed or AuditDown(f"Checkpoints cannot be copied to {sink.path.name}: {words}.")
        if failed is not None:
            raise failed


class Checkpointer:
    """Thread-safe."""

    def __init__(self, signing: Signing, checkpoint: Callable[[], bool]) -> None:
        self._signing = signing
        self._checkpoint = checkpoint
        self._wake = threading.Condition()
        self._pending = 0
        self._closed = False
        self._thread: threading.Thread | None = None

    def note(self, records: int) -> None:
        """So many records were added."""
        with self._wake:
            self._pending += records
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._work, name="audit-checkpoints", daemon=True)
                self._thread.start()
            if self._pending >= self._signing.every_records:
                self._wake.notify()

    def close(self) -> None:
        """Sign what is pending, and end."""
        with self._wake:
            self._closed, thread = True, self._thread
            self._wake.notify()
        if thread is not None:
            thread.join(CLOSE_WAIT_SECONDS)

    def _work(self) -> None:
        signing = self._signing
        while True:
            with self._wake:
                self._wake.wait_for(
                    lambda: self._closed or self._pending >= signing.every_records, timeout=signing.every_seconds
                )
                pending, self._pending, closed = self._pending, 0, self._closed
            if pending:
                self._sign()
            if closed:
                return

    def _sign(self) -> None:
        try:
            self._checkpoint()
        except AuditDown as refusal:
            with self._wake:
                self._pending += 1
            LOG.warning("no signed checkpoint: %s", refusal.text)
