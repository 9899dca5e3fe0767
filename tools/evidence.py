"""What an audit record says about rights, definitions and personal data: short hashes and names, derived from the
catalog, so that a receipt can later tell what has changed since."""

from __future__ import annotations

from collections.abc import Iterable

from audit.record import canonical, sha256
from catalog.access import Access
from catalog.catalog import Catalog

SHORT = 16
"""Hex digits of a shown hash: enough to tell versions of one company's catalog apart."""


class Evidence:
    """Hashes of one catalog, kept once computed."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._definitions: dict[str, str] = {}
        self._rights: dict[str, str] = {}

    def definitions(self, metrics: Iterable[str]) -> dict[str, str]:
        """Version and hash of each metric, the metrics it is built on included in the hash."""
        for name in metrics:
            if name not in self._definitions and name in self._catalog.metrics:
                metric = self._catalog.metrics[name]
                parts = [m.model_dump(mode="json") for m in self._catalog.inputs_of(metric)]
                text = canonical(sorted(parts, key=lambda part: str(part["name"])))
                self._definitions[name] = f"v{metric.version}:{sha256(text)[:SHORT]}"
        return {name: self._definitions[name] for name in sorted(metrics) if name in self._definitions}

    def rights(self, access: Access) -> str:
        """Hash of what the principal may see: tables, treatment of columns, row rules with their values, metrics."""
        known = self._rights.get(access.key)
        if known is None:
            tables = {
                name: {
                    "columns": dict(access.columns(table)),
                    "rows": [
                        [r.filter.table, r.filter.column, [j.table for j in r.path], list(r.values)]
                        for r in access.row_rules(name)
                    ],
                    "definition": table.definition,
                    "smallest_group": access.smallest_group(table),
                }
                for name, table in access.tables.items()
            }
            known = sha256(canonical([tables, sorted(access.metrics), access.role.sql, sorted(access.templates)]))[
                :SHORT
            ]
            self._rights[access.key] = known
        return known

    def personal_classes(self, columns: Iterable[str]) -> tuple[str, ...]:
        """Classes of personal data among columns given as "table.column"."""
        found: set[str] = set()
        for qualified in columns:
            table_name, _, name = qualified.partition(".")
            table = self._catalog.tables.get(table_name)
            column = table.column(name) if table else None
            if column is not None and column.pii:
                found.add(column.pii)
        return tuple(sorted(found))
