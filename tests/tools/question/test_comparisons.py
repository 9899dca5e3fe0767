"""What a question compares with."""

from __future__ import annotations

import pytest

READ = [
    ("revenue last quarter vs the quarter before", "metric recognized_revenue 2026-07-01..2026-09-30 vs prior_period"),
    (
        "revenue last month compared to the previous month",
        "metric recognized_revenue 2026-10-01..2026-10-31 vs prior_period",
    ),
    (
        "revenue last month vs the same month last year",
        "metric recognized_revenue 2026-10-01..2026-10-31 vs prior_year",
    ),
    ("revenue Q3 vs same quarter last year", "metric recognized_revenue 2026-07-01..2026-09-30 vs prior_year"),
    ("revenue yoy", "metric recognized_revenue vs prior_year"),
    ("revenue year over year by month", "metric recognized_revenue each month vs prior_year"),
    ("revenue wow", "metric recognized_revenue 2026-11-09..2026-11-15 vs prior_period"),
    ("revenue month over month", "metric recognized_revenue 2026-10-01..2026-10-31 vs prior_period"),
    ("revenue growth last quarter", "metric recognized_revenue 2026-07-01..2026-09-30 vs prior_period"),
    ("revenue growth over last quarter", "metric recognized_revenue 2026-07-01..2026-09-30 vs prior_period"),
    ("how did revenue change last week", "metric recognized_revenue 2026-11-09..2026-11-15 vs prior_period"),
    ("how much did ARR drop in October", "metric arr 2026-10-01..2026-10-31 vs prior_period"),
    ("% change in revenue last month", "metric recognized_revenue 2026-10-01..2026-10-31 vs prior_period"),
    ("Q3 2026 vs Q2 2026 revenue", "metric recognized_revenue 2026-07-01..2026-09-30 vs prior_period"),
    ("revenue in October vs September", "metric recognized_revenue 2026-10-01..2026-10-31 vs prior_period"),
    ("revenue October 2026 vs October 2025", "metric recognized_revenue 2026-10-01..2026-10-31 vs prior_year"),
    ("compare revenue in Q2 and Q3", "metric recognized_revenue 2026-07-01..2026-09-30 vs prior_period"),
    ("how did revenue change from Q2 to Q3", "metric recognized_revenue 2026-07-01..2026-09-30 vs prior_period"),
    ("this month vs last month revenue", "metric recognized_revenue 2026-11-01..2026-11-30 vs prior_period"),
    ("revenue year to date vs last year", "metric revenue_ytd vs prior_year"),
    ("revenue over the last quarter", "metric recognized_revenue 2026-07-01..2026-09-30"),
    ("compare revenue and bookings last quarter", "metric recognized_revenue,bookings 2026-07-01..2026-09-30"),
    ("NPS vs CSAT last quarter", "metric nps,csat 2026-07-01..2026-09-30"),
    (
        "revenue week over week for the last 8 weeks",
        "metric recognized_revenue each week 2026-09-21..2026-11-15 vs prior_period",
    ),
    ("revenue by week wow", "metric recognized_revenue each week vs prior_period"),
    ("revenue vs a year ago", "metric recognized_revenue vs prior_year"),
    ("did revenue go up or down last month", "metric recognized_revenue 2026-10-01..2026-10-31 vs prior_period"),
    ("weekly revenue in Q3 vs last year", "metric recognized_revenue each week 2026-07-01..2026-09-30 vs prior_year"),
]

READ += [
    ("revenue H1 2026 vs H1 2025", "metric recognized_revenue 2026-01-01..2026-06-30 vs prior_year"),
    ("revenue H1 2026 vs H2 2025", "metric recognized_revenue 2026-01-01..2026-06-30 vs prior_period"),
    ("revenue H2 2026 vs H2 2025", "metric recognized_revenue 2026-07-01..2026-12-31 vs prior_year"),
    ("bookings last 2 weeks vs the 2 weeks before", "metric bookings 2026-11-02..2026-11-15 vs prior_period"),
    ("bookings last 3 months vs the previous 3 months", "metric bookings 2026-08-01..2026-10-31 vs prior_period"),
    ("revenue year to date vs prior year to date", "metric revenue_ytd vs prior_year"),
    ("billings ytd vs last ytd", "metric billings 2026-01-01..2026-11-15 vs prior_year"),
    ("compare revenue Q2 to Q3", "metric recognized_revenue 2026-07-01..2026-09-30 vs prior_period"),
]

REFUSED = [
    ("revenue H2 2026 vs H1 2026", "NOT_UNDERSTOOD"),
    ("bookings last 3 months vs the previous 2 months", "NOT_UNDERSTOOD"),
    ("bookings last month vs the 2 weeks before", "NOT_UNDERSTOOD"),
    ("billings last month vs last ytd", "NOT_UNDERSTOOD"),
    ("billings vs last ytd", "NOT_UNDERSTOOD"),
    ("Q1 2026 vs Q3 2026 revenue", "NOT_UNDERSTOOD"),
    ("revenue in October vs 2025", "NOT_UNDERSTOOD"),
    ("revenue in October vs last quarter", "NOT_UNDERSTOOD"),
    ("revenue this week vs last month", "NOT_UNDERSTOOD"),
    ("revenue growth over the last 6 months", "AMBIGUOUS"),
    ("revenue growth since March", "AMBIGUOUS"),
    ("revenue growth year to date", "AMBIGUOUS"),
    ("revenue yoy and qoq", "NOT_UNDERSTOOD"),
    ("did revenue go up and go down", "AMBIGUOUS"),
    ("compare revenue", "NOT_UNDERSTOOD"),
    ("revenue vs target", "NOT_UNDERSTOOD"),
    ("same quarter last year revenue", "NOT_UNDERSTOOD"),
    ("monthly revenue last quarter vs the quarter before", "NOT_UNDERSTOOD"),
    ("weekly revenue in October vs September", "NOT_UNDERSTOOD"),
    ("monthly revenue in Q3 vs the previous period", "NOT_UNDERSTOOD"),
    ("MTD revenue vs last month", "NOT_UNDERSTOOD"),
    ("revenue last 30 days vs last month", "NOT_UNDERSTOOD"),
]


@pytest.mark.parametrize(("question", "meant"), READ)
def test_a_comparison_in_words_becomes_the_period_or_the_year_before(tell, question: str, meant: str) -> None:
    assert tell(question) == meant


@pytest.mark.parametrize(("question", "code"), REFUSED)
def test_a_comparison_that_no_request_expresses_is_refused(tell, question: str, code: str) -> None:
    assert tell(question) == code
