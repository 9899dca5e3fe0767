"""One worker process as its parent sees it: started, given jobs, and killed when its time or memory is up."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, cast

import psutil

from catalog.access import Access
from catalog.refusals import Refusal, Timeout, TooExpensive
from warehouse.deadline import Deadline
from warehouse.frames import FrameError, from_json, receive, send
from warehouse.worker import TOO_MUCH, Job, Setup

WATCH_SECONDS = 0.05
"""How often the resident memory of a working process is looked at, where the system sets no limit itself."""
UNWATCHED_SECONDS = 3600.0
UNLIMITED = 2**62
NARROW = "Narrow the dates, add a filter, or select fewer columns."
KEPT_VARIABLES = ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "LANG", "LC_ALL", "TZDIR", "HOME", "USERPROFILE")
"""Environment of a worker; nothing else of the server's is passed on."""


@dataclass(frozen=True)
class WorkerSettings:
    """Where the data is; DuckDB's own memory limit; the process's hard limit. `watch` forces the watchdog on."""

    path: Path
    memory_limit: str
    memory_bytes: int
    watch: bool = False
    time_zone: str = "UTC"


class WorkerProcess:
    """A started worker and its pipes. Used by one caller at a time."""

    def __init__(self, settings: WorkerSettings) -> None:
        """Start it and wait until it is ready. Raises OSError, FrameError when it cannot be."""
        environment = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        # -P: nothing is imported from the folder that the server happens to run in.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "warehouse.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        self._in = cast(BinaryIO, self._process.stdin)
        self._out = cast(BinaryIO, self._process.stdout)
        self._most = settings.memory_bytes
        self._why: type[Refusal] | None = None
        most = UNLIMITED if settings.watch else settings.memory_bytes
        setup = Setup(settings.path, settings.memory_limit, most, settings.time_zone)
        try:
            send(self._in, pickle.dumps(setup))
            ready = receive(self._out)
            if ready is None:
                raise FrameError("the worker did not start")
            self._watched = settings.watch or not from_json(ready)["limited"]
        except (OSError, FrameError):
            self.close()
            raise

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """True while it can take another job."""
        return self._why is None and self._process.poll() is None

    def run(self, job: Job, access: Access, deadline: Deadline) -> dict[str, Any]:
        """Run one job; kills this process at the deadline, on cancel, or over its memory.

        The rights are sent only when the worker asks for them: it keeps those it has seen. Raises Timeout,
        TooExpensive."""
        done = threading.Event()
        guard = threading.Thread(target=self._guard, args=(done, deadline), daemon=True)
        guard.start()
        take_off = deadline.on_cancel(lambda: self._end(Timeout))
        try:
            message = self._asked(job)
            if message.get("rights_needed"):
                message = self._asked(replace(job, access=access))
            if message.get("spent"):
                self._end(TooExpensive)
            return message
        except (OSError, FrameError) as error:
            refusal = self._refusal(deadline)
            self._end(type(refusal))
            raise refusal from error
        finally:
            take_off()
            done.set()
            guard.join()

    def close(self) -> None:
        """End it and collect what is left."""
        self._process.kill()
        for pipe in (self._in, self._out):
            try:
                pipe.close()
            except OSError:
                continue
        self._process.wait()

    def _asked(self, job: Job) -> dict[str, Any]:
        send(self._in, pickle.dumps(job))
        frame = receive(self._out)
        if frame is None:
            raise FrameError("the worker died")
        return from_json(frame)

    def _guard(self, done: threading.Event, deadline: Deadline) -> None:
        while not done.wait(min(deadline.remaining(), WATCH_SECONDS if self._watched else UNWATCHED_SECONDS)):
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
        return TooExpensive(TOO_MUCH, hint=NARROW)
