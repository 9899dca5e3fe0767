"""The reader knows nothing of the demo company: clinics, with a fiscal year from April."""

from __future__ import annotations

import pytest

READ = [
    ("fee income by country last month", "metric fee_income by country 2025-06-01..2025-06-30"),
    ("appointments by clinic last quarter", "metric visit_count by clinic_name 2025-04-01..2025-06-30"),
    ("visits in Norway last year", "metric visit_count where country = Norway 2024-04-01..2025-03-31"),
    ("Norwegian visits last month", "metric visit_count where country = Norway 2025-06-01..2025-06-30"),
    ("Dental visits in Q1", "metric visit_count where specialty = Dental 2025-04-01..2025-06-30"),
    ("visits in Q1 2025", "metric visit_count 2025-04-01..2025-06-30"),
    ("visits in FY2025", "metric visit_count 2025-04-01..2026-03-31"),
    ("visits year to date", "metric visit_count 2025-04-01..2025-07-08"),
    ("occupancy by country", "metric bed_occupancy by country"),
    ("bed capacity in Sweden vs Denmark", "metric beds by country where country in Sweden|Denmark"),
    ("no-show rate by specialty this year", "metric no_show_rate by specialty 2025-04-01..2026-03-31"),
    (
        "top 3 houses by fee income last quarter",
        "metric fee_income by clinic_name 2025-04-01..2025-06-30 order fee_income desc first 3",
    ),
    (
        "which city had the most visits last month",
        "metric visit_count by city 2025-06-01..2025-06-30 order visit_count desc first 1",
    ),
    ("how many visits were there last week", "metric visit_count 2025-06-30..2025-07-06"),
    ("first visits last month", "metric visit_count where visit_kind = First 2025-06-01..2025-06-30"),
    ("beds in use over the last 3 months", "metric beds_in_use each month 2025-04-01..2025-06-30"),
    ("income last month vs the same month last year", "metric fee_income 2025-06-01..2025-06-30 vs prior_year"),
    ("what is bed occupancy", "definition bed_occupancy"),
    ("why did visits fall last week", "explain visit_count 2025-06-30..2025-07-06"),
    ("visits in 2024", "metric visit_count 2024-01-01..2024-12-31"),
    ("visits in fiscal year 2024", "metric visit_count 2024-04-01..2025-03-31"),
    ("visits last calendar year", "metric visit_count 2024-01-01..2024-12-31"),
    ("visits by year", "metric visit_count each year"),
]
REFUSED = {
    "recognized revenue last month": "NOT_UNDERSTOOD",
    "visits by segment last month": "NOT_UNDERSTOOD",
    "ARR by region": "NOT_UNDERSTOOD",
    "visits by clinic name or city": "NOT_UNDERSTOOD",
    "visits per patient last month": "NOT_UNDERSTOOD",
    "visits of the Oslo house with more than 10 beds": "NOT_UNDERSTOOD",
    "fee income from visits": "NOT_UNDERSTOOD",
}


@pytest.mark.parametrize(("question", "meant"), READ)
def test_questions_in_the_words_of_another_company_are_read(tell_fjord, question: str, meant: str) -> None:
    assert tell_fjord(question) == meant


@pytest.mark.parametrize("question", REFUSED)
def test_words_of_the_first_company_mean_nothing_to_the_second(tell_fjord, question: str) -> None:
    assert tell_fjord(question) == REFUSED[question]
