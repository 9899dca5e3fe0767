"""How long a thread waits for a state store, whatever has become of the store: a server that is frozen, a network that
swallows what is sent, a neighbour that holds a lock.

Whoever must answer soon says `within(seconds)`; everything below, down to the driver, waits no longer than what is left
of it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

STEP_SECONDS = 6.0
"""For one step of a call: a write that waits for another one (five seconds), and its own milliseconds."""
ANSWER_SECONDS = 600.0
"""For one answer of the store, where nobody waits for us: a purge, a scan of the whole log."""

_UNTIL: ContextVar[float | None] = ContextVar("until", default=None)


@contextmanager
def within(seconds: float) -> Generator[None]:
    """What the block waits for must be over in so many seconds; a shorter time that was given before holds."""
    until, before = time.monotonic() + seconds, _UNTIL.get()
    token = _UNTIL.set(until if before is None else min(until, before))
    try:
        yield
    finally:
        _UNTIL.reset(token)


@contextmanager
def unhurried() -> Generator[None]:
    """The block may take long, whatever was said before."""
    token = _UNTIL.set(None)
    try:
        yield
    finally:
        _UNTIL.reset(token)


def left(otherwise: float = ANSWER_SECONDS) -> float:
    """Seconds that may still be waited, at least 0; `otherwise` where nobody said how long."""
    until = _UNTIL.get()
    return otherwise if until is None else max(0.0, until - time.monotonic())


@contextmanager
def patiently(lock: threading.Lock | threading.RLock) -> Generator[None]:
    """Hold a lock of this process. Raises TimeoutError where another thread has it for too long."""
    if not lock.acquire(timeout=left()):
        raise TimeoutError("another thread waits for the store")
    try:
        yield
    finally:
        lock.release()
