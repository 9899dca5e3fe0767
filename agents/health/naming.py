"""Names of the data and of the catalog as words inside a sentence."""

from __future__ import annotations

from catalog.tables import Table


def words_of(name: str) -> str:
    """A name of the data as words: exec_sponsor_call → exec sponsor call."""
    return " ".join(name.replace("_", " ").split())


def called(table: Table, count: int) -> str:
    """What so many rows of a table are called: customer, customers."""
    one = words_of(table.entity)
    return one if count == 1 else (table.label or f"{one}s").lower()
