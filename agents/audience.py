"""Who may read what: a message goes only to people who could have asked for every figure in it themselves.

A message for several is held to the least entitled of them. Whoever may not see all of it gets one computed under
their own rights, or a note that says only that there is something to look at.
"""

from __future__ import annotations

from collections.abc import Iterable

from catalog.access import Access
from catalog.catalog import Catalog
from catalog.principals import Principal

RIGHTS = "rights:"
"""What a message made under one person's own rights needs: that those are still the same."""


def own_rights(principal: Principal, catalog: Catalog) -> tuple[str, ...]:
    """The need of a message that was computed under this person's rights."""
    return (RIGHTS + Access(catalog, principal).key,)


def may_read(principal: Principal, needs: Iterable[str], catalog: Catalog) -> bool:
    """May this person see every row of these metrics and dimensions (by name), in clear? Of a message made under
    somebody's own rights: are these (still) the same?"""
    if catalog.policies.role(principal.role) is None:
        return False
    access, wanted = Access(catalog, principal), tuple(needs)
    if wanted and all(name.startswith(RIGHTS) for name in wanted):
        return wanted == (RIGHTS + access.key,)
    return access.sees_all_rows and all(_visible(name, access) for name in wanted)


def may_see(principal: Principal, columns: Iterable[str], catalog: Catalog) -> bool:
    """May this person see these columns ("table.column") of all rows, in clear?"""
    if catalog.policies.role(principal.role) is None:
        return False
    access = Access(catalog, principal)
    return access.sees_all_rows and all(_in_clear(name, access) for name in columns)


def as_entitled(principal: Principal, access: Access) -> bool:
    """May this person see all that somebody with `access` may see?"""
    columns = [f"{table.name}.{name}" for table in access.tables.values() for name in access.columns(table)]
    columns = [name for name in columns if _in_clear(name, access)]
    return may_read(principal, access.metrics, access.catalog) and may_see(principal, columns, access.catalog)


def _in_clear(name: str, access: Access) -> bool:
    table, _, column = name.partition(".")
    known = access.tables.get(table)
    return known is not None and access.columns(known).get(column) == "clear"


def _visible(name: str, access: Access) -> bool:
    if name in access.catalog.metrics:
        return name in access.metrics
    dimension = access.dimensions.get(name)
    if dimension is None:
        return False
    # A pseudonym is readable as a group, but a name computed for others must not be shown in its place.
    return access.treatment(dimension.table, dimension.column) == "clear"


def principal_of(user: str, catalog: Catalog) -> Principal | None:
    """A local user in their first role; None where nobody is called so."""
    known = catalog.users.get(user)
    return known.as_principal() if known else None


def person_of(slack_id: str, catalog: Catalog) -> Principal | None:
    """The local user with that Slack id, in their first role; None for a stranger."""
    known = next((u for u in catalog.users.values() if u.slack_id and u.slack_id == slack_id), None)
    return known.as_principal() if known else None
