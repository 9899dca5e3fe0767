"""What figures are split by, and what nouns stand for."""

from __future__ import annotations

import pytest

READ = [
    ("revenue by segment last month", "metric recognized_revenue by segment 2026-10-01..2026-10-31"),
    (
        "revenue per region and product last month",
        "metric recognized_revenue by region,product_name 2026-10-01..2026-10-31",
    ),
    ("revenue by segment, region last month", "metric recognized_revenue by segment,region 2026-10-01..2026-10-31"),
    ("revenue by month and region in Q3", "metric recognized_revenue by region each month 2026-07-01..2026-09-30"),
    ("revenue by region and month in Q3", "metric recognized_revenue by region each month 2026-07-01..2026-09-30"),
    ("monthly revenue by segment this year", "metric recognized_revenue by segment each month 2026-01-01..2026-12-31"),
    ("revenue for each csm last month", "metric recognized_revenue by csm_owner 2026-10-01..2026-10-31"),
    ("revenue broken down by industry last month", "metric recognized_revenue by industry 2026-10-01..2026-10-31"),
    ("revenue across regions last month", "metric recognized_revenue by region 2026-10-01..2026-10-31"),
    ("customers by region", "metric customer_count by region"),
    ("number of SMB customers by industry", "metric customer_count by industry where segment = SMB"),
    ("how many customers do we have", "metric customer_count"),
    ("how many SMB customers in EMEA do we have", "metric customer_count where segment = SMB where region = EMEA"),
    ("customer growth last quarter", "metric customer_count 2026-07-01..2026-09-30 vs prior_period"),
    ("total customers", "metric customer_count"),
    ("ARR by customer", "metric arr by customer_name"),
    ("customers by ARR", "metric arr by customer_name"),
    ("ARR trend", "metric arr each month"),
    ("weekly tickets", "metric ticket_volume each week"),
    ("revenue over time", "metric recognized_revenue each month"),
    ("active lives over the last 6 months", "metric active_lives each month 2026-05-01..2026-10-31"),
    ("how many tickets were opened last month", "metric ticket_volume 2026-10-01..2026-10-31"),
    ("how many employees were hired last quarter", "metric hires 2026-07-01..2026-09-30"),
    (
        "how many Enterprise customers churned in October",
        "metric churned_customers where segment = Enterprise 2026-10-01..2026-10-31",
    ),
    ("tickets by severity and segment last week", "metric ticket_volume by severity,segment 2026-11-09..2026-11-15"),
    ("list the top 10 customers by ARR at risk", "metric arr_at_risk by customer_name order arr_at_risk desc first 10"),
]

REFUSED = [
    ("customers in EMEA", "AMBIGUOUS"),
    ("list customers in EMEA", "AMBIGUOUS"),
    ("logins per customer last month", "AMBIGUOUS"),
    ("revenue for all segments", "AMBIGUOUS"),
    ("segment revenue", "NOT_UNDERSTOOD"),
    ("customer revenue last month", "NOT_UNDERSTOOD"),
    ("revenue by planet", "NOT_UNDERSTOOD"),
    ("how many dogs do we have", "NOT_UNDERSTOOD"),
    ("how many regions do we have", "NOT_UNDERSTOOD"),
    ("revenue by month by week", "NOT_UNDERSTOOD"),
    ("weekly active users", "NOT_UNDERSTOOD"),
    ("weekly recurring revenue", "NOT_UNDERSTOOD"),
    ("my customers' health score", "NOT_UNDERSTOOD"),
]


@pytest.mark.parametrize(("question", "meant"), READ)
def test_a_group_or_a_counted_noun_is_read(tell, question: str, meant: str) -> None:
    assert tell(question) == meant


@pytest.mark.parametrize(("question", "code"), REFUSED)
def test_a_noun_without_a_role_is_refused(tell, question: str, code: str) -> None:
    assert tell(question) == code
