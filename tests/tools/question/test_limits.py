"""Conditions on a figure in words."""

from __future__ import annotations

import pytest

TICKETS = "metric ticket_volume by customer_name 2026-10-01..2026-10-31"
READ = [
    ("customers with more than 5 tickets last month", f"{TICKETS} having ticket_volume > 5 order ticket_volume desc"),
    ("customers with 5 or more tickets last month", f"{TICKETS} having ticket_volume >= 5 order ticket_volume desc"),
    ("customers with 5+ tickets last month", f"{TICKETS} having ticket_volume >= 5 order ticket_volume desc"),
    (
        "customers with more than five tickets last month",
        f"{TICKETS} having ticket_volume > 5 order ticket_volume desc",
    ),
    (
        "customers with no more than 2 tickets last month",
        f"{TICKETS} having ticket_volume <= 2 order ticket_volume asc",
    ),
    (
        "customers with at least 3 urgent tickets since July",
        "metric ticket_volume by customer_name where severity = urgent 2026-07-01..2026-11-15 "
        "having ticket_volume >= 3 order ticket_volume desc",
    ),
    ("which customers have ARR over $150k", "metric arr by customer_name having arr > 150000 order arr desc"),
    (
        "customers in EMEA with ARR above 150,000",
        "metric arr by customer_name where region = EMEA having arr > 150000 order arr desc",
    ),
    (
        "customers with ARR between $200,000 and 0.3 million",
        "metric arr by customer_name having arr >= 200000 having arr <= 300000 order arr desc",
    ),
    (
        "customers with health score below 40",
        "metric customer_health_score by customer_name having customer_health_score < 40 "
        "order customer_health_score asc",
    ),
    (
        "industries with csat under 80% last quarter",
        "metric csat by industry 2026-07-01..2026-09-30 having csat < 0.8 order csat asc",
    ),
    (
        "regions with NPS below -10 last quarter",
        "metric nps by region 2026-07-01..2026-09-30 having nps < -10 order nps asc",
    ),
    (
        "segments with more than 50 customers",
        "metric customer_count by segment having customer_count > 50 order customer_count desc",
    ),
    (
        "which customers' revenue fell more than 20% last quarter vs the quarter before",
        "metric recognized_revenue by customer_name 2026-07-01..2026-09-30 vs prior_period "
        "having recognized_revenue__change_pct < -0.2 order recognized_revenue__change_pct asc",
    ),
    (
        "regions whose revenue grew by more than 100k last quarter",
        "metric recognized_revenue by region 2026-07-01..2026-09-30 vs prior_period "
        "having recognized_revenue__change > 100000 order recognized_revenue__change desc",
    ),
    (
        "top 5 customers with more than 3 tickets last month",
        f"{TICKETS} having ticket_volume > 3 order ticket_volume desc first 5",
    ),
    ("revenue over 2025", "metric recognized_revenue 2025-01-01..2025-12-31"),
]

REFUSED = [
    ("customers with more than 5 tickets", "AMBIGUOUS"),
    ("customers with more than 5 tickets by region last month", "AMBIGUOUS"),
    ("customers with more than 5 tickets by month this year", "AMBIGUOUS"),
    ("how many regions have more than 50 customers", "NOT_UNDERSTOOD"),
    ("how many customers have a health score under 40", "NOT_UNDERSTOOD"),
    ("revenue of customers with more than 5 tickets last month", "NOT_UNDERSTOOD"),
    ("customers with ARR over 150k and health score below 50", "NOT_UNDERSTOOD"),
    ("customers with not over 5 tickets last month", "NOT_UNDERSTOOD"),
    ("customers with ARR over €150k", "NOT_UNDERSTOOD"),
    ("customers with $5 or more tickets last month", "NOT_UNDERSTOOD"),
    ("customers with health score below 40%", "NOT_UNDERSTOOD"),
    ("industries with csat under 80 last quarter", "AMBIGUOUS"),
    ("regions whose revenue changed by more than 5% last quarter", "AMBIGUOUS"),
    ("regions whose revenue fell by less than 5% last quarter", "AMBIGUOUS"),
    ("tickets open more than 5 days", "NOT_UNDERSTOOD"),
    ("revenue over 90 days", "NOT_UNDERSTOOD"),
    ("revenue > 1000", "NOT_UNDERSTOOD"),
    ("customers with more than 5 products", "NOT_UNDERSTOOD"),
    ("why did customers with more than 5 tickets churn", "NOT_UNDERSTOOD"),
    ("customers with ARR over 12 345", "NOT_UNDERSTOOD"),
]


@pytest.mark.parametrize(("question", "meant"), READ)
def test_a_condition_on_a_figure_keeps_the_rows_that_fit(tell, question: str, meant: str) -> None:
    assert tell(question) == meant


@pytest.mark.parametrize(("question", "code"), REFUSED)
def test_a_condition_that_leaves_something_open_is_refused(tell, question: str, code: str) -> None:
    assert tell(question) == code


def test_a_condition_is_in_the_reading_and_what_it_cannot_list_is_said(demo_program) -> None:
    principal = demo_program.principal(None, None, {})
    asked = {"question": "customers with less than 3 tickets last month"}
    answer = demo_program.toolset.call(principal, "query_curated_data", asked).structured
    assert "only where Support ticket volume < 3" in answer["reading"]
    assert "Who has no support ticket volume at all has no row and is not listed." in answer["warnings"]
    assert {row[1] for row in answer["rows"]} == {1, 2}
