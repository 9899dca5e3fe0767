"""What is costly to make and the same for equal inputs: compiled requests and the rows that pages are cut from."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from catalog.search import CatalogIndex
from tools.answer import JsonCell
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


@dataclass(frozen=True)
class ShapedRows:
    """All rows of a result as cells, their hash, and what a reader must be told about them."""

    rows: list[list[JsonCell]]
    hash: str
    warnings: tuple[str, ...]
    cut: bool


@dataclass(frozen=True)
class Caches:
    """The caches of one set of services."""

    compiled: Latest[CompiledQuery] = field(default_factory=lambda: Latest[CompiledQuery](MAX_COMPILED))
    indexes: Latest[CatalogIndex] = field(default_factory=lambda: Latest[CatalogIndex](MAX_INDEXES))
    results: Latest[ShapedRows] = field(default_factory=lambda: Latest[ShapedRows](MAX_RESULTS))
