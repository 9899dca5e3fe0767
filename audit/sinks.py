"""Where copies of the signed checkpoints are kept: a file of lines, or a folder with a file for each (for storage that
takes each file once and for all). A sink that was away catches up; one that holds other checkpoints than the log is
left as it is and said to be at fault."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

After = Callable[[int], Sequence[str]]
"""The log's statements after a number."""
NAME_DIGITS = 9
TAIL_BYTES = 65_536
LOCK_SECONDS, LOCK_LOOK_SECONDS = 5.0, 0.01
"""How long a file that another process writes is waited for, and how often it is looked at; writing takes milliseconds,
and a process that is frozen must not keep the others from signing."""


class SinkFault(Exception):
    """The checkpoints cannot be copied there; the message says why."""


class Sink(Protocol):
    """A place for copies of checkpoints."""

    @property
    def path(self) -> Path:
        """Where it is."""
        ...

    def lines(self) -> Sequence[str]:
        """What it holds, in order. Raises OSError, ValueError."""
        ...

    def last(self) -> str:
        """The newest it holds; empty where it holds none. Raises OSError, ValueError."""
        ...

    def catch_up(self, after: After) -> None:
        """Add what it lacks, durably. Raises SinkFault, OSError, ValueError."""
        ...


def sink_at(path: Path) -> Sink:
    """A folder where `path` is one or has no suffix, else a file."""
    return FolderSink(path) if path.is_dir() or not path.suffix else FileSink(path)


class FileSink:
    """One line for each statement. Processes of one machine take turns."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def lines(self) -> Sequence[str]:
        """The whole lines; one that a crash left unfinished is not counted."""
        try:
            text = self.path.read_bytes().decode()
        except FileNotFoundError:
            return []
        return text.split("\n")[:-1]

    def last(self) -> str:
        """The last whole line."""
        try:
            with self.path.open("rb") as file:
                return _last_line(file)[0]
        except FileNotFoundError:
            return ""

    def catch_up(self, after: After) -> None:
        """Add the lines that are missing at the end."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab+") as file, _locked(file.fileno()):
            last, whole = _last_line(file)
            lacking = _lacking(self.path, _number(last), last, after)
            if lacking:
                file.truncate(whole)
                file.write("".join(line + "\n" for line in lacking).encode())
                file.flush()
                os.fsync(file.fileno())


class FolderSink:
    """One file for each statement, written once: `000000001.json`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def lines(self) -> Sequence[str]:
        """The statements by the names of their files; a missing one is an empty line, so that it is found. A newest one
        that a crash left unfinished is not counted."""
        newest = self._newest()
        by_number = {int(file.stem): file.read_text(encoding="utf-8") for file in self.path.glob("[0-9]*.json")}
        return [by_number.get(number, "").rstrip("\n") for number in range(1, newest + 1)]

    def last(self) -> str:
        """The file with the highest number."""
        return self._line(self._newest())

    def catch_up(self, after: After) -> None:
        """Add the files that are missing at the end."""
        self.path.mkdir(parents=True, exist_ok=True)
        newest = self._newest()
        lacking = _lacking(self.path, newest, self._line(newest), after)
        self._drop_unfinished(newest + 1, lacking)
        for number, line in enumerate(lacking, newest + 1):
            try:
                handle = os.open(self._file(number), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
            except FileExistsError:
                continue
            with os.fdopen(handle, "wb") as out:
                out.write(line.encode() + b"\n")
                out.flush()
                os.fsync(out.fileno())

    def _drop_unfinished(self, number: int, lacking: Sequence[str]) -> None:
        """Make way for a statement of which only a beginning is there. Raises SinkFault where it is another's."""
        file = self._file(number)
        if file.exists():
            begun = file.read_text(encoding="utf-8")
            if begun.endswith("\n"):
                # Another process has finished it meanwhile.
                return
            if not lacking or not lacking[0].startswith(begun):
                raise SinkFault(f"{self.path.name} holds other checkpoints than the log: one was altered or replaced")
            file.unlink()

    def _line(self, number: int) -> str:
        return self._file(number).read_text(encoding="utf-8").rstrip("\n") if number else ""

    def _newest(self) -> int:
        """The highest number of a whole file: a last one without its end of line was being written when a process
        died."""
        newest = max((int(file.stem) for file in self.path.glob("[0-9]*.json")), default=0)
        return newest if not newest or self._file(newest).read_bytes().endswith(b"\n") else newest - 1

    def _file(self, number: int) -> Path:
        return self.path / f"{number:0{NAME_DIGITS}}.json"


def _lacking(path: Path, number: int, last: str, after: After) -> Sequence[str]:
    """The log's statements after the last one held; that one must be the same here and there."""
    if not number:
        return after(0)
    statements = after(number - 1)
    if not statements or statements[0] != last:
        raise SinkFault(f"{path.name} holds other checkpoints than the log: one of them was altered or replaced")
    return statements[1:]


def _last_line(file: BinaryIO) -> tuple[str, int]:
    """The last whole line, and the bytes up to its end; a line that a crash left unfinished is not counted."""
    size = file.seek(0, os.SEEK_END)
    begin, tail = size, b""
    while begin and tail.count(b"\n") < 2:
        begin = max(0, begin - TAIL_BYTES)
        file.seek(begin)
        tail = file.read(size - begin)
    whole = tail.rfind(b"\n") + 1
    return tail[:whole].rstrip(b"\n").rpartition(b"\n")[2].decode(), begin + whole


def _number(line: str) -> int:
    """The number of a statement; 0 where there is none. Raises ValueError."""
    return int(json.loads(line)["number"]) if line else 0


@contextmanager
def _locked(handle: int) -> Generator[None]:
    if sys.platform == "win32":
        yield
        return
    import fcntl  # noqa: PLC0415

    until = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError as error:
            if time.monotonic() > until:
                raise OSError(error.errno, "another process keeps it to itself") from error
            time.sleep(LOCK_LOOK_SECONDS)
    try:
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)
