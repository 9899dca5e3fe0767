"""A warm pool of worker processes, and the hand that kills one when its time or memory is up.

A job waits for a free worker no longer than its deadline; callers are served first come, first served. A worker that
was killed or died is replaced before the next job.
"""

from __future__ import annotations

import os
import pickle
import queue
import subprocess
import sys
import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, cast

import psutil

from catalog import refusals
from catalog.access import Access
from catalog.refusals import Refusal, Timeout, TooExpensive, WarehouseDown
from catalog.tables import ColumnType
from warehouse.deadline import Deadline
from warehouse.frames import FrameError, decode_rows, from_json, receive, send
from warehouse.port import CheckedSql, Rows
from warehouse.worker import Job, Setup

MAX_RESULT_BYTES = 8_000_000
WATCH_SECONDS = 0.05
"""How often the resident memory of a working process is looked at, where the system sets no limit itself."""
NARROW = "Narrow the dates, add a filter, or select fewer columns."
REFUSALS = {name: kind for name, kind in vars(refusals).items() if isinstance(kind, type) and issubclass(kind, Refusal)}
KEPT_VARIABLES = ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "LANG", "LC_ALL", "TZDIR", "HOME", "USERPROFILE")
"""Environment of a worker; nothing else of the server's is passed on."""


@dataclass(frozen=True)
class WorkerSettings:
    """Where the data is; DuckDB's own memory limit; the process's hard limit. `watch` forces the watchdog on."""

    path: Path
    memory_limit: str
    memory_bytes: int
    watch: bool = False


class _Process:
    """One worker and its pipes."""

    def __init__(self, settings: WorkerSettings) -> None:
        environment = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "warehouse.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        self._in = cast(IO[bytes], self._process.stdin)
        self._out = cast(IO[bytes], self._process.stdout)
        unlimited = 2**62
        setup = Setup(settings.path, settings.memory_limit, unlimited if settings.watch else settings.memory_bytes)
        self._most = settings.memory_bytes
        send(self._in, pickle.dumps(setup))  # pyright: ignore[reportArgumentType]
        ready = receive(self._out)  # pyright: ignore[reportArgumentType]
        if ready is None:
            raise FrameError("the worker did not start")
        self._watched = settings.watch or not from_json(ready)["limited"]
        self._why: type[Refusal] | None = None

    def run(self, job: Job, deadline: Deadline) -> dict[str, Any]:
        """Run one job; kills this process at the deadline, on cancel, or over its memory."""
        done = threading.Event()
        guard = threading.Thread(target=self._guard, args=(done, deadline), daemon=True)
        guard.start()
        take_off = deadline.on_cancel(lambda: self._end(Timeout))
        try:
            send(self._in, pickle.dumps(job))  # pyright: ignore[reportArgumentType]
            frame = receive(self._out)  # pyright: ignore[reportArgumentType]
            if frame is None:
                raise FrameError("the worker died")
            return from_json(frame)
        except (OSError, FrameError, ValueError) as error:
            self._end(TooExpensive)
            raise self._refusal(deadline) from error
        finally:
            done.set()
            take_off()
            guard.join()

    @property
    def alive(self) -> bool:
        """True while it can take another job."""
        return self._why is None and self._process.poll() is None

    def close(self) -> None:
        """End it and collect what is left."""
        self._process.kill()
        for pipe in (self._in, self._out):
            try:
                pipe.close()
            except OSError:
                continue
        self._process.wait()

    def _guard(self, done: threading.Event, deadline: Deadline) -> None:
        while not done.wait(min(deadline.remaining(), WATCH_SECONDS if self._watched else 3600)):
            if deadline.remaining() == 0:
                self._end(Timeout)
                return
            if self._watched and self._resident() > self._most:
                self._end(TooExpensive)
                return

    def _resident(self) -> int:
        try:
            return int(psutil.Process(self._process.pid).memory_info().rss)
        except psutil.Error:
            return 0

    def _end(self, why: type[Refusal]) -> None:
        if self._why is None:
            self._why = why
            self._process.kill()

    def _refusal(self, deadline: Deadline) -> Refusal:
        if self._why is Timeout or deadline.remaining() == 0:
            return Timeout(f"The query did not finish within {deadline.seconds:g} s.", hint=NARROW)
        return TooExpensive("The query needs more memory than it may use.", hint=NARROW)


class WorkerPool:
    """`size` workers, started on first use or by `start`."""

    def __init__(self, settings: WorkerSettings, size: int) -> None:
        self._settings = settings
        self._size = size
        self._idle: queue.Queue[_Process | None] = queue.Queue()
        self._lock = threading.Lock()
        self._open = True
        for _ in range(size):
            self._idle.put(None)

    def start(self) -> None:
        """Start all workers that are not running yet."""
        for _ in range(self._size):
            try:
                held = self._idle.get_nowait()
            except queue.Empty:
                return
            self._idle.put(self._living(held))

    def run(
        self,
        access: Access,
        key: bytes,
        sql: str,
        deadline: Deadline,
        max_rows: int,
        mark: str,
        now: datetime | None = None,
    ) -> tuple[CheckedSql, Rows]:
        """Check and run one statement in a free worker; `now` is the company's local moment.

        Raises the guard's refusals, Timeout, TooExpensive."""
        try:
            held = self._idle.get(timeout=deadline.remaining())
        except queue.Empty:
            raise Timeout("All workers are busy.", hint="Try again shortly.") from None
        process: _Process | None = None
        try:
            process = self._living(held)
            job = Job(access, key, sql, deadline.remaining(), max_rows, MAX_RESULT_BYTES, mark, now)
            return _result(process.run(job, deadline))
        finally:
            if process is not None and not process.alive:
                process.close()
                process = None
            self._idle.put(process)
            if not self._open:
                self.close()

    def close(self) -> None:
        """End all workers; those still busy end with their job."""
        self._open = False
        for _ in range(self._size):
            try:
                held = self._idle.get_nowait()
            except queue.Empty:
                return
            if held is not None:
                held.close()

    def _living(self, held: _Process | None) -> _Process:
        if held is not None and held.alive:
            return held
        if held is not None:
            held.close()
        try:
            return _Process(self._settings)
        except (OSError, FrameError) as error:
            raise WarehouseDown("No worker could be started.", hint="Try again shortly.") from error


def _result(message: dict[str, Any]) -> tuple[CheckedSql, Rows]:
    if kind := message.get("refused"):
        refusal = REFUSALS.get(str(kind), TooExpensive)
        raise refusal(
            str(message["message"]),
            exists=tuple(message.get("exists", ())),
            hint=str(message.get("hint", "")),
            choices=tuple(message.get("choices", ())),
        )
    types = cast(tuple[ColumnType, ...], tuple(message["types"]))
    rows = Rows(tuple(message["names"]), types, decode_rows(message["rows"], types), bool(message["truncated"]))
    return CheckedSql(message["sql"], frozenset(message["tables"]), frozenset(message["columns"])), rows
