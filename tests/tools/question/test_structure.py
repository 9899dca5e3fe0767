"""Near-questions: every word is known or nearly so, and the meaning is another one."""

from __future__ import annotations

import pytest

REFUSED = [
    ("netsuite gl revenue last month", "NOT_UNDERSTOOD"),
    ("revenue platform surveys last month", "NOT_UNDERSTOOD"),
    ("revenue from new customers last month", "NOT_UNDERSTOOD"),
    ("logins of churned customers", "NOT_UNDERSTOOD"),
    ("revenue per ticket", "NOT_UNDERSTOOD"),
    ("tickets per employee", "NOT_UNDERSTOOD"),
    ("revenue by bookings", "NOT_UNDERSTOOD"),
    ("revenue plus bookings", "NOT_UNDERSTOOD"),
    ("revenue minus billings", "NOT_UNDERSTOOD"),
    ("sum of revenue and bookings", "NOT_UNDERSTOOD"),
    ("revenue to bookings ratio", "NOT_UNDERSTOOD"),
    ("tickets over revenue", "NOT_UNDERSTOOD"),
    ("revenue / customers", "NOT_UNDERSTOOD"),
    ("average revenue last month", "NOT_UNDERSTOOD"),
    ("median revenue last month", "NOT_UNDERSTOOD"),
    ("revenue in euros last month", "NOT_UNDERSTOOD"),
    ("share of revenue from Enterprise", "NOT_UNDERSTOOD"),
    ("what percentage of tickets are urgent", "NOT_UNDERSTOOD"),
    ("customers with revenue over 1000", "AMBIGUOUS"),
    ("customers who have tickets", "NOT_UNDERSTOOD"),
    ("customers with tickets", "NOT_UNDERSTOOD"),
    ("number of customers with tickets", "NOT_UNDERSTOOD"),
    ("revenue > 1000", "NOT_UNDERSTOOD"),
    ("revenue last month and bookings last quarter", "NOT_UNDERSTOOD"),
    ("revenue by segment and bookings by region", "NOT_UNDERSTOOD"),
    ("revenue for Enterprise and bookings for SMB", "NOT_UNDERSTOOD"),
    ("revenue for Enterprise and bookings last month", "NOT_UNDERSTOOD"),
    ("Enterprise and revenue", "NOT_UNDERSTOOD"),
    ("revenue and by segment", "NOT_UNDERSTOOD"),
    ("forecast revenue", "NOT_UNDERSTOOD"),
    ("predict churn rate", "NOT_UNDERSTOOD"),
    ("will revenue grow", "NOT_UNDERSTOOD"),
    ("expected ARR next month", "NOT_UNDERSTOOD"),
    ("correlation between NPS and CSAT", "NOT_UNDERSTOOD"),
    ("revenue because of price", "NOT_UNDERSTOOD"),
    ("revenue if we lose EMEA", "NOT_UNDERSTOOD"),
    ("is revenue good", "NOT_UNDERSTOOD"),
    ("should I worry about revenue", "NOT_UNDERSTOOD"),
    ("delete all customers", "NOT_UNDERSTOOD"),
    ("update revenue to 5", "NOT_UNDERSTOOD"),
    ("drop table revenue", "NOT_UNDERSTOOD"),
    ("email of Alder Motors Collective", "NOT_UNDERSTOOD"),
    ("who is the contact of Alder Motors Collective", "NOT_UNDERSTOOD"),
    ("revenue without refunds", "NOT_UNDERSTOOD"),
    ("revenue not recognized", "NOT_UNDERSTOOD"),
    ("revenue on Mondays", "NOT_UNDERSTOOD"),
    ("revenue for Q3 in Q2", "NOT_UNDERSTOOD"),
    ("customers that joined last month", "AMBIGUOUS"),
    ("revenue or bookings", "NOT_UNDERSTOOD"),
    ("either revenue", "NOT_UNDERSTOOD"),
    ("revenue except bookings", "NOT_UNDERSTOOD"),
    ("gross margin last month", "NOT_UNDERSTOOD"),
]


@pytest.mark.parametrize(("question", "code"), REFUSED)
def test_a_question_of_known_words_in_an_unknown_relation_is_refused(tell, question: str, code: str) -> None:
    assert tell(question) == code
