"""Words as people write them lead to the entry they mean, or to none."""

from __future__ import annotations

import pytest

from catalog.access import Access
from catalog.catalog import Catalog
from catalog.principals import Principal
from catalog.search import CatalogIndex, folded, nearest


@pytest.fixture(scope="module")
def index(techco: Catalog) -> CatalogIndex:
    return CatalogIndex(techco, techco.playbooks)


@pytest.mark.parametrize(
    ("phrase", "metric"),
    [
        ("revenue", "recognized_revenue"),
        ("Revenue", "recognized_revenue"),
        ("GAAP revenue", "recognized_revenue"),
        ("recognised revenue", "recognized_revenue"),
        ("net-revenue retention", "nrr"),
        ("NRR", "nrr"),
        ("Net Dollar Retention", "nrr"),
        ("annual recurring revenue", "arr"),
        ("recurring revenue", "mrr"),
        ("booking", "bookings"),
        ("support tickets", "ticket_volume"),
        ("churn rate", "logo_churn_rate"),
        ("revenue churn", "revenue_churn_rate"),
        ("arpu", "arpa"),
        ("active_lives", "active_lives"),
        ("attrition", "employee_turnover_rate"),
    ],
)
def test_a_name_label_or_synonym_is_resolved(index: CatalogIndex, phrase: str, metric: str) -> None:
    assert index.resolve(phrase) == metric


MISSPELT = {
    "reveneu": "recognized_revenue",
    "revnue": "recognized_revenue",
    "recognized revenu": "recognized_revenue",
    "anual recurring revenue": "arr",
    "montly recurring revenue": "mrr",
    "net revenue retension": "nrr",
    "gross revenue retenton": "grr",
    "custmer count": "customer_count",
    "churned custmers": "churned_customers",
    "new custoemrs": "new_customers",
    "active livs": "active_lives",
    "lives per custmer": "lives_per_customer",
    "customer helth score": "customer_health_score",
    "ARR at riks": "arr_at_risk",
    "suport ticket volume": "ticket_volume",
    "customer satisfacton": "csat",
    "net promotor score": "nps",
    "feature adpotion rate": "feature_adoption_rate",
    "employe turnover": "employee_turnover_rate",
    "headcuont": "headcount",
    "liftime value": "ltv_to_date",
    "duplcate rate": "duplicate_rate",
    "bilings": "billings",
}


@pytest.mark.parametrize(("phrase", "metric"), MISSPELT.items())
def test_a_misspelling_is_not_resolved_but_offered_first(index: CatalogIndex, phrase: str, metric: str) -> None:
    assert index.resolve(phrase) is None
    assert index.candidates(phrase, "metric")[0].name == metric


def test_most_misspellings_can_only_mean_one_metric_and_none_means_another(index: CatalogIndex) -> None:
    taken = {phrase: index.misspelt(phrase) for phrase in MISSPELT}
    assert {p: m for p, m in taken.items() if m not in (None, MISSPELT[p])} == {}
    assert sum(m is not None for m in taken.values()) >= 15


@pytest.mark.parametrize("phrase", ["weather", "share price of a competitor", "xyzzy", "", "?!", "x" * 5_000])
def test_what_means_nothing_is_neither_resolved_nor_taken(index: CatalogIndex, phrase: str) -> None:
    assert index.resolve(phrase) is None
    assert index.misspelt(phrase) is None


def test_a_longer_phrase_that_holds_a_name_is_no_misspelling_of_it(index: CatalogIndex) -> None:
    assert index.misspelt("revenue that we expect to lose next spring") is None


def test_tables_dimensions_and_playbooks_are_found_by_their_words(index: CatalogIndex) -> None:
    assert index.resolve("golden customers", "table") == "dim_customer"
    assert index.resolve("csm", "dimension") == "csm_owner"
    assert index.resolve("Month-end close", "playbook") == "month_end"
    assert [f.kind for f in index.candidates("customers by health band", limit=1)] == ["metric"]


def test_what_a_role_may_not_see_is_not_found(techco: Catalog) -> None:
    own = CatalogIndex(Access(techco, Principal(user="hr.rowan", role="hr")))
    assert own.resolve("headcount") == "headcount"
    assert own.resolve("revenue") is None
    assert not [f for f in own.candidates("recognized revenue") if f.name == "recognized_revenue"]


def test_case_punctuation_and_plurals_fold_away() -> None:
    assert folded("Net-Revenue  Retentions") == folded("net revenue retention")
    assert (folded("categories"), folded("status"), folded("address")) == ("category", "status", "address")


def test_the_nearest_names_come_first_and_strangers_do_not_come() -> None:
    assert nearest("segmnt", ["region", "segment", "territory"]) == ["segment"]
    assert nearest("weather", ["region", "segment", "territory"]) == []
    assert nearest("x", []) == []
