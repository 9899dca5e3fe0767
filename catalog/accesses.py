"""The decisions for the principals that called last, so that they are not made anew with every call."""

from __future__ import annotations

import threading
from collections import OrderedDict

from catalog.access import Access
from catalog.catalog import Catalog
from catalog.principals import Principal

MOST_ACCESSES = 1_000


class Accesses:
    """`Access` objects by catalog and principal; those not asked for longest go first. Thread-safe."""

    def __init__(self, most: int = MOST_ACCESSES) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._known: OrderedDict[object, Access] = OrderedDict()

    def of(self, catalog: Catalog, principal: Principal) -> Access:
        """What this principal may see of this catalog. A catalog that was read again is another one."""
        key = (principal.user, principal.role, principal.issuer, *sorted(principal.attributes.items()))
        with self._lock:
            known = self._known.get(key)
            if known is None or known.catalog is not catalog or known.principal != principal:
                known = self._known[key] = Access(catalog, principal)
            self._known.move_to_end(key)
            if len(self._known) > self._most:
                self._known.popitem(last=False)
            return known
