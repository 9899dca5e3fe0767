"""What a user may see in a role, in words: tables, classes of personal data by treatment, rows."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.access import Access
from catalog.catalog import Catalog
from catalog.policies import Treatment
from catalog.principals import Principal

WEAKEST_FIRST: tuple[Treatment, ...] = ("deny", "null", "mask", "aggregate_only", "pseudonym", "clear")


@dataclass(frozen=True)
class Rights:
    """`tables` by name; `pii` the best treatment of each class of personal data in them; `rows` in words;
    `reads_log`: other people's calls too."""

    tables: tuple[str, ...]
    pii: dict[str, Treatment]
    rows: str
    sql: bool
    reads_log: bool

    @property
    def clear(self) -> tuple[str, ...]:
        """Classes of personal data that are seen as stored."""
        return tuple(sorted(name for name, treatment in self.pii.items() if treatment == "clear"))

    @property
    def hidden(self) -> tuple[str, ...]:
        """Classes that are seen masked, counted or under another name."""
        return tuple(sorted(f"{n} ({t.replace('_', ' ')})" for n, t in self.pii.items() if t not in ("clear", "deny")))


def rights_of(catalog: Catalog, principal: Principal) -> Rights | None:
    """What a principal may see now; None in a role that the policies do not know."""
    role = catalog.policies.role(principal.role)
    if role is None:
        return None
    access = Access(catalog, principal)
    pii: dict[str, Treatment] = {}
    for table in access.tables.values():
        for column in table.columns:
            if column.pii:
                found = access.treatment(table, column)
                best = pii.get(column.pii, "deny")
                pii[column.pii] = found if WEAKEST_FIRST.index(found) > WEAKEST_FIRST.index(best) else best
    rows = access.scope or ("all rows" if access.tables else "no rows")
    return Rights(tuple(sorted(access.tables)), pii, rows, role.sql == "any", role.audit)
