"""How a server ends that is told to (SIGTERM): what it started in the warehouse does not run on without it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType

LAST_SECONDS = 5.0
"""Longest that closing may take; then the process ends all the same."""


def ends_like_any_other() -> None:
    """SIGTERM alone does not end the process: uvicorn, which answers it while it serves, raises it once more when it
    has stopped, and whoever opened something would not close it."""
    _when_told(lambda _number, _frame: None)


def closes_and_ends(close: Callable[[], None]) -> None:
    """SIGTERM calls `close` and ends the process, whatever else it waits for (over stdio a thread waits for a line that
    may never come)."""

    def end(number: int, _frame: FrameType | None) -> None:
        closing = threading.Thread(target=close, daemon=True, name="assay-close")
        closing.start()

        def finish() -> None:
            closing.join(LAST_SECONDS)
            os._exit(128 + number)

        threading.Thread(target=finish, name="assay-end").start()

    _when_told(end)


def _when_told(do: Callable[[int, FrameType | None], None]) -> None:
    # Only the main thread may say what signals do; a server in another one is ended by whoever started it.
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, do)
