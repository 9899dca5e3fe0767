"""Fiscal years are named as the company says."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from audit.desk.periods import quarter
from catalog.company import Company
from catalog.company_calendar import NamedBy

NOW = datetime(2026, 3, 17, 8)


@pytest.mark.parametrize(
    ("month", "named_by", "first"),
    [
        (7, "start", date(2025, 7, 1)),
        (7, "end", date(2024, 7, 1)),
        (7, None, date(2025, 7, 1)),
        (1, "end", date(2025, 1, 1)),
        (1, None, date(2025, 1, 1)),
    ],
)
def test_fiscal_2025_begins_where_the_company_says(month: int, named_by: NamedBy | None, first: date) -> None:
    company = Company(name="Any", fiscal_start_month=month, fiscal_years_named_by=named_by)
    assert company.calendar(NOW).year_named(2025) == first


@pytest.mark.parametrize("named_by", ["start", "end"])
def test_a_quarter_of_the_audit_desk_has_the_name_that_finds_it_again(named_by: NamedBy) -> None:
    calendar = Company(name="Any", fiscal_start_month=7, fiscal_years_named_by=named_by).calendar(NOW)
    name, first, last = quarter(calendar)
    assert (first, last) == (date(2025, 10, 1), date(2025, 12, 31))
    assert name == {"start": "2025Q2", "end": "2026Q2"}[named_by]
    assert quarter(calendar, name) == (name, first, last)
