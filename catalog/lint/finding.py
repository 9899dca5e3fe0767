"""What a rule gives back, and the words that every rule uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from catalog.catalog import Catalog
from catalog.metrics import Metric
from catalog.problems import Problem
from catalog.search import nearest
from catalog.tables import Table

Finding = Iterator[Problem]
Rule = Callable[[Catalog], Finding]
MOST_SHOWN = 12


def in_metric(metric: Metric, path: str, message: str) -> Problem:
    """A problem of a metric entry; the loader turns the entry into its file and line."""
    return Problem(f"metrics/{metric.name}", path, 0, message)


def in_table(table: Table, path: str, message: str) -> Problem:
    """A problem of a table entry."""
    return Problem(f"tables/{table.name}", path, 0, message)


def instead_of(name: str, known: Iterable[str]) -> str:
    """The names that were probably meant, or some that exist."""
    names = sorted(known)
    close = nearest(name, names)
    if close:
        return f"; did you mean {' or '.join(close)}?"
    return f"; known: {', '.join(names[:MOST_SHOWN])}" if names else ""
