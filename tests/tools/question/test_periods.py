"""Periods in words: the company's today is Monday 2026-11-16."""

from __future__ import annotations

import pytest

from tests.tools.question.conftest import reader_at

READ = [
    ("revenue last month", "metric recognized_revenue 2026-10-01..2026-10-31"),
    ("revenue previous quarter", "metric recognized_revenue 2026-07-01..2026-09-30"),
    ("revenue current year", "metric recognized_revenue 2026-01-01..2026-12-31"),
    ("revenue yesterday", "metric recognized_revenue 2026-11-15..2026-11-15"),
    ("revenue last 4 weeks", "metric recognized_revenue 2026-10-19..2026-11-15"),
    ("revenue trailing 90 days", "metric recognized_revenue 2026-08-18..2026-11-15"),
    ("revenue past six months", "metric recognized_revenue 2026-05-01..2026-10-31"),
    ("revenue in the last three quarters", "metric recognized_revenue 2026-01-01..2026-09-30"),
    ("revenue since March", "metric recognized_revenue 2026-03-01..2026-11-15"),
    ("revenue since 2026-03-01", "metric recognized_revenue 2026-03-01..2026-11-15"),
    ("revenue since the start of the year", "metric recognized_revenue 2026-01-01..2026-11-15"),
    ("revenue in Q2 2026", "metric recognized_revenue 2026-04-01..2026-06-30"),
    ("revenue Q3", "metric recognized_revenue 2026-07-01..2026-09-30"),
    ("revenue in Q4", "metric recognized_revenue 2026-10-01..2026-12-31"),
    ("revenue FY2025", "metric recognized_revenue 2025-01-01..2025-12-31"),
    ("revenue in 2025", "metric recognized_revenue 2025-01-01..2025-12-31"),
    ("revenue H1 2026", "metric recognized_revenue 2026-01-01..2026-06-30"),
    ("revenue in the second half of 2025", "metric recognized_revenue 2025-07-01..2025-12-31"),
    ("revenue in October", "metric recognized_revenue 2026-10-01..2026-10-31"),
    ("revenue in December", "metric recognized_revenue 2025-12-01..2025-12-31"),
    ("revenue October 2025", "metric recognized_revenue 2025-10-01..2025-10-31"),
    ("revenue between March and June", "metric recognized_revenue 2026-03-01..2026-06-30"),
    ("revenue from January 2026 to March 2026", "metric recognized_revenue 2026-01-01..2026-03-31"),
    ("revenue from 2026-02-01 to 2026-02-10", "metric recognized_revenue 2026-02-01..2026-02-10"),
    ("revenue on Nov 2, 2026", "metric recognized_revenue 2026-11-02..2026-11-02"),
    ("revenue on 2 November 2026", "metric recognized_revenue 2026-11-02..2026-11-02"),
    ("revenue on 2026-10-31", "metric recognized_revenue 2026-10-31..2026-10-31"),
    ("ARR as of 2026-10-31", "metric arr 2026-10-31..2026-10-31"),
    ("ARR at the end of October", "metric arr 2026-10-01..2026-10-31"),
    ("revenue year to date", "metric revenue_ytd"),
    ("revenue MTD", "metric recognized_revenue 2026-11-01..2026-11-15"),
    ("revenue qtd", "metric recognized_revenue 2026-10-01..2026-11-15"),
    ("revenue week of Nov 2", "metric recognized_revenue 2026-11-02..2026-11-08"),
    ("revenue in week 45", "metric recognized_revenue 2026-11-02..2026-11-08"),
    ("revenue in week 45 of 2025", "metric recognized_revenue 2025-11-03..2025-11-09"),
    ("revenue the month before last", "metric recognized_revenue 2026-09-01..2026-09-30"),
    ("revenue two months ago", "metric recognized_revenue 2026-09-01..2026-09-30"),
    ("revenue in Q3 last year", "metric recognized_revenue 2025-07-01..2025-09-30"),
    ("revenue last October", "metric recognized_revenue 2026-10-01..2026-10-31"),
    ("revenue first quarter of 2026", "metric recognized_revenue 2026-01-01..2026-03-31"),
    ("can you show me revenue in may", "metric recognized_revenue 2026-05-01..2026-05-31"),
    ("may I see revenue for last month", "metric recognized_revenue 2026-10-01..2026-10-31"),
    ("revenue in July and August", "metric recognized_revenue each month 2026-07-01..2026-08-31"),
    ("ARR by segment as of end of October", "metric arr by segment 2026-10-01..2026-10-31"),
    ("ARR at the end of last quarter", "metric arr 2026-07-01..2026-09-30"),
    ("headcount at end of Q2", "metric headcount 2026-04-01..2026-06-30"),
    ("tickets in the week ending Nov 15", "metric ticket_volume 2026-11-09..2026-11-15"),
    ("tickets in the week starting Nov 9", "metric ticket_volume 2026-11-09..2026-11-15"),
    ("revenue for the last quarter of 2025", "metric recognized_revenue 2025-10-01..2025-12-31"),
]

READ += [
    ("revenue Q1 to Q3 2026", "metric recognized_revenue 2026-01-01..2026-09-30"),
    ("revenue between October and December 2025", "metric recognized_revenue 2025-10-01..2025-12-31"),
    ("revenue year to date by month", "metric revenue_ytd each month 2026-01-01..2026-11-15"),
    ("billings fiscal year to date", "metric billings 2026-01-01..2026-11-15"),
    ("billings calendar ytd", "metric billings 2026-01-01..2026-11-15"),
    ("ARR at the end of each quarter in 2025", "metric arr each quarter 2025-01-01..2025-12-31"),
    ("headcount at year end 2025", "metric headcount 2025-01-01..2025-12-31"),
]

REFUSED = [
    ("revenue at the end of each quarter", "NOT_UNDERSTOOD"),
    ("revenue at year end 2025", "NOT_UNDERSTOOD"),
    ("revenue as of 2026-10-31", "NOT_UNDERSTOOD"),
    ("revenue on 2026-02-30", "NOT_UNDERSTOOD"),
    ("revenue in week 99", "NOT_UNDERSTOOD"),
    ("revenue in July and September", "NOT_UNDERSTOOD"),
    ("revenue last month this year", "NOT_UNDERSTOOD"),
    ("revenue from June to March 2026", "NOT_UNDERSTOOD"),
    ("revenue in 2030", "NOT_UNDERSTOOD"),
    ("revenue next quarter", "NOT_UNDERSTOOD"),
    ("revenue before March", "NOT_UNDERSTOOD"),
    ("revenue last weekend", "NOT_UNDERSTOOD"),
    ("revenue early October", "NOT_UNDERSTOOD"),
    ("revenue in the first week of October", "NOT_UNDERSTOOD"),
    ("revenue last 0 months", "NOT_UNDERSTOOD"),
    ("revenue at the end of October", "NOT_UNDERSTOOD"),
    ("tickets in the week ending Nov 14", "NOT_UNDERSTOOD"),
    ("revenue for the past year", "AMBIGUOUS"),
    ("what was MRR a year ago", "AMBIGUOUS"),
    ("revenue from 15/10/2026 to 20/10/2026", "AMBIGUOUS"),
    ("revenue on 3/4/26", "AMBIGUOUS"),
    ("revenue this week", "NOT_UNDERSTOOD"),  # a Monday: no day of it is over
]


@pytest.mark.parametrize(("question", "meant"), READ)
def test_a_period_in_words_becomes_its_first_and_last_day(tell, question: str, meant: str) -> None:
    assert tell(question) == meant


@pytest.mark.parametrize(("question", "code"), REFUSED)
def test_a_period_that_is_no_clear_one_is_refused(tell, question: str, code: str) -> None:
    assert tell(question) == code


def test_a_flow_without_a_time_says_which_one_was_taken(read) -> None:
    assert "No time was named: the last finished month is shown." in read("overdue invoices by region").warnings
    named = [*read("overdue invoices by region last quarter").warnings, *read("ARR by region").warnings]
    assert not [note for note in named if note.startswith("No time")]


def test_the_end_of_a_year_is_asked_back_where_fiscal_and_calendar_years_differ(tell_fjord) -> None:
    assert tell_fjord("beds at year end 2024") == "AMBIGUOUS"
    assert tell_fjord("beds at fiscal year end 2024") == "metric beds 2024-04-01..2025-03-31"
    assert tell_fjord("beds at calendar year end 2024") == "metric beds 2024-01-01..2024-12-31"
    assert tell_fjord("visits calendar year to date") == "metric visit_count 2025-01-01..2025-07-08"


@pytest.mark.parametrize("named_by", ["start", "end", None])
def test_a_fiscal_year_is_the_one_that_the_company_calls_so_or_asked_back(fjord_program, named_by) -> None:
    company = fjord_program.catalog.company.model_copy(
        update={"fiscal_start_month": 7, "fiscal_years_named_by": named_by}
    )
    calendar = company.calendar(fjord_program.calendar().now)
    tell = reader_at(fjord_program, calendar)
    year = {"start": "2024-07-01..2025-06-30", "end": "2023-07-01..2024-06-30", None: None}[named_by]
    half = {"start": "2025-01-01..2025-06-30", "end": "2024-01-01..2024-06-30", None: None}[named_by]
    assert tell("visits in FY2024") == (f"metric visit_count {year}" if year else "AMBIGUOUS")
    assert tell("visits in H2 2024") == (f"metric visit_count {half}" if half else "AMBIGUOUS")
    assert tell("visits last fiscal year") == "metric visit_count 2024-07-01..2025-06-30"
    assert tell("visits in Q3 last year") == "metric visit_count 2025-01-01..2025-03-31"


def test_a_month_of_last_year_is_asked_back_where_the_fiscal_and_the_calendar_year_differ_on_it(tell_fjord) -> None:
    assert tell_fjord("visits in June last year") == "metric visit_count 2024-06-01..2024-06-30"
    assert tell_fjord("visits in February last year") == "AMBIGUOUS"
