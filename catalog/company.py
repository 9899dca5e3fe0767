"""The company a workspace describes, as far as the catalog needs to know it."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from catalog.base import Entry
from catalog.company_calendar import CompanyCalendar, NamedBy


class Company(Entry):
    """`today` pins the company's moment (ISO, in `time_zone`), so that every relative date repeats. A fiscal year that
    begins in another month than January is named by the calendar year of its start or of its end."""

    name: str
    time_zone: str = "UTC"
    fiscal_start_month: int = Field(default=1, ge=1, le=12)
    fiscal_years_named_by: NamedBy | None = None
    currency: str = "USD"
    today: datetime | None = None

    def calendar(self, now: datetime) -> CompanyCalendar:
        """The company's calendar at a moment."""
        return CompanyCalendar(now, self.time_zone, self.fiscal_start_month, self.fiscal_years_named_by)
