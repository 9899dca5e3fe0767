"""Values in words become filters."""

from __future__ import annotations

import pytest

READ = [
    ("Enterprise revenue last month", "metric recognized_revenue where segment = Enterprise 2026-10-01..2026-10-31"),
    (
        "revenue for Enterprise customers last month",
        "metric recognized_revenue where segment = Enterprise 2026-10-01..2026-10-31",
    ),
    (
        "revenue from customers in EMEA last month",
        "metric recognized_revenue where region = EMEA 2026-10-01..2026-10-31",
    ),
    (
        "revenue in EMEA excluding SMB last month",
        "metric recognized_revenue where region = EMEA where segment != SMB 2026-10-01..2026-10-31",
    ),
    ("revenue not in EMEA last month", "metric recognized_revenue where region != EMEA 2026-10-01..2026-10-31"),
    (
        "revenue outside North America last month",
        "metric recognized_revenue where region != North America 2026-10-01..2026-10-31",
    ),
    (
        "revenue for customers other than SMB last month",
        "metric recognized_revenue where segment != SMB 2026-10-01..2026-10-31",
    ),
    (
        "revenue for everything except SMB last month",
        "metric recognized_revenue where segment != SMB 2026-10-01..2026-10-31",
    ),
    (
        "revenue excluding SMB and Mid-Market last month",
        "metric recognized_revenue where segment not in SMB|Mid-Market 2026-10-01..2026-10-31",
    ),
    (
        "SMB and Mid-Market revenue last month",
        "metric recognized_revenue where segment in SMB|Mid-Market 2026-10-01..2026-10-31",
    ),
    (
        "SMB or Mid-Market revenue last month",
        "metric recognized_revenue where segment in SMB|Mid-Market 2026-10-01..2026-10-31",
    ),
    (
        "Enterprise, SMB and Mid-Market revenue last month",
        "metric recognized_revenue where segment in Enterprise|SMB|Mid-Market 2026-10-01..2026-10-31",
    ),
    (
        "Enterprise vs SMB revenue last month",
        "metric recognized_revenue by segment where segment in Enterprise|SMB 2026-10-01..2026-10-31",
    ),
    (
        "compare revenue for SMB and Enterprise last quarter",
        "metric recognized_revenue by segment where segment in SMB|Enterprise 2026-07-01..2026-09-30",
    ),
    (
        "only Enterprise revenue last month",
        "metric recognized_revenue where segment = Enterprise 2026-10-01..2026-10-31",
    ),
    (
        "Enterprise customers in EMEA but not in Healthcare revenue last month",
        "metric recognized_revenue where segment = Enterprise where region = EMEA where industry != Healthcare "
        "2026-10-01..2026-10-31",
    ),
    ("small business revenue last month", "metric recognized_revenue where segment = SMB 2026-10-01..2026-10-31"),
    ("mid market revenue last month", "metric recognized_revenue where segment = Mid-Market 2026-10-01..2026-10-31"),
    ("revenue for region EMEA last month", "metric recognized_revenue where region = EMEA 2026-10-01..2026-10-31"),
    ("Growth tier revenue last month", "metric recognized_revenue where billing_tier = Growth 2026-10-01..2026-10-31"),
    (
        "revenue in the Growth billing tier last month",
        "metric recognized_revenue where billing_tier = Growth 2026-10-01..2026-10-31",
    ),
    ("revenue growth last month", "metric recognized_revenue 2026-10-01..2026-10-31 vs prior_period"),
    (
        "Leave Core revenue last month",
        "metric recognized_revenue where product_name = Leave Core 2026-10-01..2026-10-31",
    ),
    (
        "revenue for product Leave Core last month",
        "metric recognized_revenue where product_name = Leave Core 2026-10-01..2026-10-31",
    ),
    ("headcount in Product", "metric headcount where department = Product"),
    ("tickets with high severity last week", "metric ticket_volume where severity = high 2026-11-09..2026-11-15"),
    ("critical tickets last week", "metric ticket_volume where health_band = Critical 2026-11-09..2026-11-15"),
    (
        "revenue in EMEA, APAC and LATAM last month",
        "metric recognized_revenue where region in EMEA|APAC|LATAM 2026-10-01..2026-10-31",
    ),
    (
        "Healthcare or Retail customers in EMEA revenue last month",
        "metric recognized_revenue where industry in Healthcare|Retail where region = EMEA 2026-10-01..2026-10-31",
    ),
    (
        "EMEA vs APAC revenue by segment last month",
        "metric recognized_revenue by segment,region where region in EMEA|APAC 2026-10-01..2026-10-31",
    ),
    (
        "tickets in Enterprise excluding EMEA and APAC last month",
        "metric ticket_volume where segment = Enterprise where region not in EMEA|APAC 2026-10-01..2026-10-31",
    ),
    (
        "revenue for SMB customers not in EMEA last month",
        "metric recognized_revenue where segment = SMB where region != EMEA 2026-10-01..2026-10-31",
    ),
]

READ += [
    ("ARR of customers that are not SMB", "metric arr where segment != SMB"),
    ("tickets that aren't urgent last week", "metric ticket_volume where severity != urgent 2026-11-09..2026-11-15"),
    (
        "tickets without low and medium severity last week",
        "metric ticket_volume where severity not in low|medium 2026-11-09..2026-11-15",
    ),
    (
        "tickets with severity low or medium last week",
        "metric ticket_volume where severity in low|medium 2026-11-09..2026-11-15",
    ),
    ("our customers' ARR", "metric arr"),
    ("how much did we book in Q3", "metric bookings 2026-07-01..2026-09-30"),
    ("how much have we billed in Q3", "metric billings 2026-07-01..2026-09-30"),
]

REFUSED = [
    ("low and medium tickets last week", "NOT_UNDERSTOOD"),
    ("European revenue last month", "NOT_UNDERSTOOD"),
    ("revenue for Enterprise or EMEA last month", "AMBIGUOUS"),
    ("revenue for Enterprise and EMEA last month", "AMBIGUOUS"),
    ("Enterprise revenue in SMB last month", "NOT_UNDERSTOOD"),
    ("revenue for Atlantis last month", "NOT_UNDERSTOOD"),
    ("not only Enterprise revenue", "NOT_UNDERSTOOD"),
    ("revenue without discounts", "NOT_UNDERSTOOD"),
    ("how healthy are our customers", "AMBIGUOUS"),
    ("revenue where amount is high", "NOT_UNDERSTOOD"),
    ("tickets excluding Enterprise in EMEA", "AMBIGUOUS"),
    ("EMEA revenue vs APAC bookings", "NOT_UNDERSTOOD"),
]


@pytest.mark.parametrize(("question", "meant"), READ)
def test_a_value_in_words_becomes_a_filter(tell, question: str, meant: str) -> None:
    assert tell(question) == meant


@pytest.mark.parametrize(("question", "code"), REFUSED)
def test_values_that_cannot_be_combined_for_certain_are_refused(tell, question: str, code: str) -> None:
    assert tell(question) == code
