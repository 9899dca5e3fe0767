"""What an answer says about groups that are too small to be shown. Constant for a role, so that it tells nothing."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.access import Access


def small_group_notes(access: Access, tables: Iterable[str]) -> list[str]:
    """One sentence for each table read that leaves out small groups for this principal."""
    notes: list[str] = []
    for name in sorted(tables):
        table = access.tables.get(name)
        k = access.smallest_group(table) if table else None
        if table and k is not None:
            notes.append(
                f"{table.label or name}: groups that are ever fewer than {k} people are left out, others with them so "
                f"that they cannot be worked out; only the total holds everybody."
            )
    return notes
