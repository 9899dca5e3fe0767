"""Questions for a definition, a reason, the state of the data, or what there is to ask."""

from __future__ import annotations

import pytest

READ = [
    ("what is NRR", "definition nrr"),
    ("what is our NRR", "metric nrr"),
    ("what's our NRR", "metric nrr"),
    ("define churn rate", "definition logo_churn_rate"),
    ("what does NRR mean", "definition nrr"),
    ("how is NRR calculated", "definition nrr"),
    ("definition of ARR", "definition arr"),
    ("who owns ARR", "definition arr"),
    ("what is the formula for CSAT", "definition csat"),
    ("why did revenue fall last week", "explain recognized_revenue 2026-11-09..2026-11-15"),
    ("why is revenue down in EMEA last week", "explain recognized_revenue where region = EMEA 2026-11-09..2026-11-15"),
    ("explain revenue last week", "explain recognized_revenue 2026-11-09..2026-11-15"),
    ("what drove the drop in revenue last week", "explain recognized_revenue 2026-11-09..2026-11-15"),
    ("why did ARR change in Q3", "explain arr 2026-07-01..2026-09-30"),
    ("what happened to logins last week", "explain logins 2026-11-09..2026-11-15"),
    ("is the data fresh", "status"),
    ("can I trust revenue", "status recognized_revenue"),
    ("is revenue up to date", "status recognized_revenue"),
    ("reconciliation status of revenue", "status recognized_revenue"),
    ("when was netsuite last loaded", "status netsuite"),
    ("how fresh is salesforce accounts", "status salesforce_accounts"),
    ("is the NPS survey stale", "status platform_surveys"),
    ("what metrics are there", "describe"),
    ("what can I ask", "describe"),
    ("list all metrics", "describe"),
    ("help", "describe"),
    ("how do we calculate NRR", "definition nrr"),
    ("tell me about ARR", "definition arr"),
    ("how is revenue", "metric recognized_revenue"),
]

REFUSED = [
    ("why", "NOT_UNDERSTOOD"),
    ("why did revenue and bookings fall last week", "NOT_UNDERSTOOD"),
    ("explain", "NOT_UNDERSTOOD"),
    ("can I trust Atlantis", "NOT_UNDERSTOOD"),
]


@pytest.mark.parametrize(("question", "meant"), READ)
def test_a_question_of_another_kind_is_told_apart(tell, question: str, meant: str) -> None:
    assert tell(question) == meant


@pytest.mark.parametrize(("question", "code"), REFUSED)
def test_what_is_of_no_kind_is_refused(tell, question: str, code: str) -> None:
    assert tell(question) == code
