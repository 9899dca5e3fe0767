"""Rankings in words."""

from __future__ import annotations

import pytest

READ = [
    ("top 5 customers by ARR", "metric arr by customer_name order arr desc first 5"),
    ("the 3 largest customers by MRR", "metric mrr by customer_name order mrr desc first 3"),
    ("5 customers with the highest ARR", "metric arr by customer_name order arr desc first 5"),
    ("customers with the highest ARR", "metric arr by customer_name order arr desc first 10"),
    ("biggest customers by ARR", "metric arr by customer_name order arr desc first 10"),
    ("which customer has the highest ARR", "metric arr by customer_name order arr desc first 1"),
    ("which region has the lowest churn rate", "metric logo_churn_rate by region order logo_churn_rate asc first 1"),
    (
        "bottom 3 industries by revenue last quarter",
        "metric recognized_revenue by industry 2026-07-01..2026-09-30 order recognized_revenue asc first 3",
    ),
    (
        "which segment grew revenue the most last quarter",
        "metric recognized_revenue by segment 2026-07-01..2026-09-30 vs prior_period "
        "having recognized_revenue__change > 0 order recognized_revenue__change desc first 1",
    ),
    (
        "which segment's revenue fell the most last quarter",
        "metric recognized_revenue by segment 2026-07-01..2026-09-30 vs prior_period "
        "having recognized_revenue__change < 0 order recognized_revenue__change asc first 1",
    ),
    (
        "best region by churn rate last quarter",
        "metric logo_churn_rate by region 2026-07-01..2026-09-30 order logo_churn_rate asc first 1",
    ),
    (
        "worst region by churn rate last quarter",
        "metric logo_churn_rate by region 2026-07-01..2026-09-30 order logo_churn_rate desc first 1",
    ),
    (
        "which month had the highest revenue this year",
        "metric recognized_revenue each month 2026-01-01..2026-10-31 order recognized_revenue desc first 1",
    ),
    ("worst month for NRR this year", "metric nrr each month 2026-01-01..2026-10-31 order nrr asc first 1"),
    (
        "top 3 months by revenue in 2025",
        "metric recognized_revenue each month 2025-01-01..2025-12-31 order recognized_revenue desc first 3",
    ),
    (
        "fewest tickets by region last month",
        "metric ticket_volume by region 2026-10-01..2026-10-31 order ticket_volume asc first 1",
    ),
    (
        "which week this year had the fewest tickets",
        "metric ticket_volume each week 2026-01-05..2026-11-15 order ticket_volume asc first 1",
    ),
    (
        "worst month for bookings between 15 May and 10 September",
        "metric bookings each month 2026-06-01..2026-08-31 order bookings asc first 1",
    ),
    (
        "best month for revenue year to date",
        "metric revenue_ytd each month 2026-01-01..2026-10-31 order revenue_ytd desc first 1",
    ),
    (
        "which region grew revenue fastest in Q3 vs Q2",
        "metric recognized_revenue by region 2026-07-01..2026-09-30 vs prior_period "
        "having recognized_revenue__change > 0 order recognized_revenue__change_pct desc first 1",
    ),
]

REFUSED = [
    ("which region had the biggest change in ARR last month", "AMBIGUOUS"),
    ("top customers", "NOT_UNDERSTOOD"),
    ("highest revenue last month", "NOT_UNDERSTOOD"),
    ("top 5 customers by revenue and bookings", "AMBIGUOUS"),
    ("top 5 customers by revenue by month", "NOT_UNDERSTOOD"),
    ("top 5 regions and segments by revenue", "NOT_UNDERSTOOD"),
    ("top 5 customers with the lowest health score", "NOT_UNDERSTOOD"),
    ("best headcount by department", "AMBIGUOUS"),
    ("top 0 customers by ARR", "NOT_UNDERSTOOD"),
    ("second highest region by revenue", "NOT_UNDERSTOOD"),
    ("fastest region by revenue last quarter", "NOT_UNDERSTOOD"),
    ("which month since 3 November had the most tickets", "NOT_UNDERSTOOD"),
    ("which week between 3 November and 12 November had the most tickets", "NOT_UNDERSTOOD"),
]


@pytest.mark.parametrize(("question", "meant"), READ)
def test_a_ranking_in_words_becomes_an_order_and_a_limit(tell, question: str, meant: str) -> None:
    assert tell(question) == meant


@pytest.mark.parametrize(("question", "code"), REFUSED)
def test_a_ranking_that_leaves_something_open_is_refused(tell, question: str, code: str) -> None:
    assert tell(question) == code
