"""The jobs that this process may have running, so that none goes on when the process ends.

What cannot be told any more (the process was killed) ends by the timeout that every job carries.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager


class RunningJobs:
    """Ids of jobs that somebody here waits for, and the threads that tell BigQuery to stop one. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids: set[str] = set()
        self._telling: set[threading.Thread] = set()

    @contextmanager
    def job(self, job_id: str) -> Generator[None]:
        """Counts a job as running until the block ends."""
        with self._lock:
            self._ids.add(job_id)
        try:
            yield
        finally:
            with self._lock:
                self._ids.discard(job_id)

    def ids(self) -> list[str]:
        """Those that run now."""
        with self._lock:
            return list(self._ids)

    def tell(self, work: Callable[[], None]) -> None:
        """Do `work` in a thread that nobody waits for, but the end of the process."""

        def told() -> None:
            try:
                work()
            finally:
                with self._lock:
                    self._telling.discard(thread)

        thread = threading.Thread(target=told, daemon=True, name="assay-bigquery-cancel")
        with self._lock:
            self._telling.add(thread)
        thread.start()

    def told(self, seconds: float) -> None:
        """Wait until BigQuery has been told everything, at most so long."""
        until = time.monotonic() + seconds
        with self._lock:
            waiting = list(self._telling)
        for thread in waiting:
            thread.join(max(0.0, until - time.monotonic()))
