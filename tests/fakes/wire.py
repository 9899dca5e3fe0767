"""A network between a program and a server on a socket of this machine: TCP on one side, which may swallow everything
without a word, as a firewall that drops packets does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PIECE = 65_536


class Wire:
    """Carries bytes both ways between `port` on loopback and the socket `target`, while `open` is set."""

    def __init__(self, target: Path) -> None:
        self._target = str(target)
        self.open = threading.Event()
        self.open.set()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self._ends: list[socket.socket] = []
        self._closed = False
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Cut everything."""
        self._closed = True
        self.open.set()
        for end in (self._door, *self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                here, _ = self._door.accept()
                there = socket.socket(socket.AF_UNIX)
                self._ends += [here, there]
                there.connect(self._target)
                for source, sink in ((here, there), (there, here)):
                    threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(PIECE):
                self.open.wait()
                sink.sendall(piece)
            sink.shutdown(socket.SHUT_WR)


@contextmanager
def wire_to(url: str) -> Iterator[tuple[Wire, str]]:
    """A wire to the PostgreSQL server of `url`, and the URL of the same database over it."""
    before, _, folder = url.partition("?host=")
    wire = Wire(Path(folder) / ".s.PGSQL.5432")
    try:
        yield wire, before.replace(":@/", f":@127.0.0.1:{wire.port}/")
    finally:
        wire.close()
