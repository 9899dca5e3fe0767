"""Several processes at one address: the parent opens it, starts them, and starts anew one that ends.

Each process is whole (program, audit log, answers kept in memory); nothing is shared but the address and the state.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from types import FrameType

from server.commands.options import FAILED, stop

log = logging.getLogger("assay.processes")

QUICK_END_SECONDS = 10
"""A process that ends sooner would end again: what is wrong is wrong for all of them."""
LOOK_SECONDS = 0.5
PATIENCE_SECONDS = 15
BACKLOG = 2_048


def serve_in_processes(count: int, host: str, port: int, work: Callable[[socket.socket], None]) -> int:
    """Run `work` on one listening socket in `count` processes until told to end; the exit code.

    `work` must be importable by a fresh interpreter (a function of a module, or a partial of one)."""
    with _listening(host, port) as door:
        stopping = threading.Event()

        def end(_signal: int, _frame: FrameType | None) -> None:
            stopping.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        running = [_Started(work, door) for _ in range(count)]
        try:
            return _watched(running, stopping, lambda: _Started(work, door))
        finally:
            _ended(running)


class _Started:
    """One process and when it began (seconds of the monotonic clock)."""

    def __init__(self, work: Callable[[socket.socket], None], door: socket.socket) -> None:
        self.began = time.monotonic()
        self.process: SpawnProcess = multiprocessing.get_context("spawn").Process(target=_child, args=(work, door))
        self.process.start()


def _watched(running: list[_Started], stopping: threading.Event, anew: Callable[[], _Started]) -> int:
    while not stopping.is_set():
        wait([one.process.sentinel for one in running], LOOK_SECONDS)
        for place, one in enumerate(running):
            if one.process.is_alive() or stopping.is_set():
                continue
            code = one.process.exitcode
            if time.monotonic() - one.began < QUICK_END_SECONDS:
                log.error("a process ended right after its start", extra={"exit": code})
                return code if code and code > 0 else FAILED
            log.warning("a process ended and is started anew", extra={"exit": code})
            running[place] = anew()
    return 0


def _ended(running: list[_Started]) -> None:
    """Let every process finish what it is answering, and end those that take too long."""
    ends = time.monotonic() + PATIENCE_SECONDS
    for one in running:
        one.process.terminate()
    for one in running:
        one.process.join(max(0.0, ends - time.monotonic()))
        if one.process.is_alive():
            one.process.kill()
            one.process.join()


def _child(work: Callable[[socket.socket], None], door: socket.socket) -> None:
    threading.Thread(target=_follow_parent, daemon=True, name="assay-parent").start()
    work(door)


def _follow_parent() -> None:
    """End with the parent, however it ended: nobody would start this process anew."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def _listening(host: str, port: int) -> Generator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((host, port))
        except OSError as error:
            stop(f"cannot serve {host}:{port}: {error.strerror}")
        door.listen(BACKLOG)
        door.set_inheritable(True)
        yield door
