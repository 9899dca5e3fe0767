"""What every tool works with: one company's catalog, clock, warehouse, audit log, reconciliation, question reader,
limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from audit.log import AuditLog
from catalog.catalog import Catalog
from catalog.company_calendar import CompanyCalendar
from tools.caches import Caches
from tools.limits import Limiter
from tools.question import QuestionReader
from tools.reconciliation import Reconciler
from tools.usage.port import Usage
from warehouse.port import Warehouse


@dataclass(frozen=True)
class Services:
    """Built once by the program. `calendar` gives the company's now; `key` signs cursors."""

    catalog: Catalog
    calendar: Callable[[], CompanyCalendar]
    warehouse: Warehouse
    audit: AuditLog
    reconciler: Reconciler
    reader: QuestionReader
    key: bytes
    caches: Caches = field(default_factory=Caches)
    limits: Limiter = field(default_factory=Limiter)
    usage: Usage | None = None
    """The audit log as tables, where the catalog has metrics over it."""
