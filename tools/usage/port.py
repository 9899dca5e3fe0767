"""What answers over the audit log need besides tables: the log's clock, and whether it is whole."""

from __future__ import annotations

from datetime import date
from typing import Protocol

from catalog.company_calendar import CompanyCalendar
from tools.answer import Trust
from warehouse.port import Warehouse


class Usage(Warehouse, Protocol):
    """The audit log as tables."""

    def calendar(self) -> CompanyCalendar:
        """The company's calendar by the wall clock."""
        ...

    def trust(self, end: date) -> Trust:
        """Whether the log is whole, and the last day asked (`end`) over."""
        ...
