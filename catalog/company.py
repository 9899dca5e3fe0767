"""The company a workspace describes, as far as the catalog needs to know it."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from catalog.base import Entry


class Company(Entry):
    """`today` pins the company's moment (ISO, in `time_zone`), so that every relative date repeats."""

    name: str
    time_zone: str = "UTC"
    fiscal_start_month: int = Field(default=1, ge=1, le=12)
    currency: str = "USD"
    today: datetime | None = None
