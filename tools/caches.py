"""What is costly to make and the same for equal inputs: compiled requests, answers already read, rows that pages are
cut from."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from catalog.search import CatalogIndex
from tools.answer import JsonCell
from warehouse.bill import Bill
from warehouse.compiled import CompiledQuery

Value = TypeVar("Value")

MAX_COMPILED = 1_000
"""Compiled requests kept; each is a few kilobytes."""
MAX_INDEXES = 64
"""Sets of rights whose searchable names are kept."""
MAX_RESULTS = 16
"""Results kept for reading on, of at most `MAX_RESULT_CELLS` each; any other is read again."""
MAX_RESULT_CELLS = 100_000


class Latest(Generic[Value]):
    """A bounded map that forgets what was used longest ago. Thread-safe."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, Value] = OrderedDict()

    def get(self, key: Hashable) -> Value | None:
        """The value kept under `key`, if any."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            return None

    def put(self, key: Hashable, value: Value) -> Value:
        """Keep `value`; returns it."""
        with self._lock:
            self._kept[key] = value
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return value

    def made(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value kept under `key`, made first where there is none (twice at worst, never under the lock)."""
        known = self.get(key)
        return known if known is not None else self.put(key, make())


MAX_ANSWER_CELLS = 20_000
"""Answers up to this size are kept for the next one who asks the same."""
MAX_KEPT_CELLS = 400_000
"""Cells of all kept answers together: some 40 MB."""


@dataclass(frozen=True)
class ShapedRows:
    """All rows of a result as cells, their hash, and what a reader must be told about them."""

    rows: list[list[JsonCell]]
    hash: str
    warnings: tuple[str, ...]
    cut: bool
    bill: Bill | None = None
    """What the run cost that read them; not of a result that was kept, which costs nothing again."""


class Answers:
    """Results by what they are made of: the SQL that ran, the rights it ran under, the state of the data it read. A new
    definition, policy or load of data is another key, so nothing outlives any of them. Bounded by `most` cells (0 keeps
    nothing). Thread-safe."""

    def __init__(self, most: int = MAX_KEPT_CELLS) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str, str], tuple[int, ShapedRows]] = OrderedDict()
        self._cells = 0

    def get(self, key: tuple[str, str, str]) -> ShapedRows | None:
        """The result kept under (SQL, rights, watermark), if any."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][1]

    def put(self, key: tuple[str, str, str], value: ShapedRows, columns: int) -> None:
        """Keep a result that is small enough, and forget those used longest ago."""
        cells = len(value.rows) * columns + 1
        if cells > MAX_ANSWER_CELLS:
            return
        with self._lock:
            self._cells += cells - self._kept.pop(key, (0, value))[0]
            self._kept[key] = (cells, value)
            while self._cells > self._most:
                _, (size, _) = self._kept.popitem(last=False)
                self._cells -= size


@dataclass(frozen=True)
class Caches:
    """The caches of one set of services."""

    compiled: Latest[CompiledQuery] = field(default_factory=lambda: Latest[CompiledQuery](MAX_COMPILED))
    indexes: Latest[CatalogIndex] = field(default_factory=lambda: Latest[CatalogIndex](MAX_INDEXES))
    answers: Answers = field(default_factory=Answers)
    results: Latest[ShapedRows] = field(default_factory=lambda: Latest[ShapedRows](MAX_RESULTS))
