"""Names that an answer rests on → citations, with version and owner where there is one; and the rows it was read
from."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.access import Access
from tools.answer import Citation


def citations(access: Access, metrics: Iterable[str], tables: Iterable[str], sources: Iterable[str]) -> list[Citation]:
    """What an answer rests on: its metrics in order, then tables and feeds by name."""
    catalog = access.catalog
    cited = [
        Citation(kind="metric", name=m.name, version=str(m.version), owner=m.owner)
        for m in (catalog.metrics[name] for name in metrics)
    ]
    cited += [
        Citation(kind="table", name=name, owner=access.tables[name].owner)
        for name in sorted(tables)
        if name in access.tables
    ]
    for name in sorted(sources):
        source = catalog.sources.get(name)
        cited += [Citation(kind="source", name=name, owner=source.owner)] if source else []
    return cited


def scope_of(access: Access, tables: Iterable[str]) -> str:
    """The rows seen, in words, where a row filter holds for one of the tables; else empty."""
    filtered = any(access.row_rules(name) for name in tables if name in access.tables)
    return (access.scope or "") if filtered else ""
