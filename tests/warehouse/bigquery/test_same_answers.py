"""Every metric means the same on both engines: compiled for each, run on each, compared row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from catalog.access import company_access
from catalog.refusals import Refusal
from catalog.request import MetricRequest
from tests.warehouse.bigquery.company import Company, differences
from warehouse.compiler import compile_request
from warehouse.deadline import Deadline

SHAPES: dict[str, dict[str, Any]] = {
    "one value": {},
    "days": {"grain": "day"},
    "weeks and the week before": {"grain": "week", "compare_to": "prior_period", "start": "2026-06-01"},
    "months": {"grain": "month"},
    "quarters and a year before": {"grain": "quarter", "compare_to": "prior_year"},
    "years": {"grain": "year"},
    "a value and a year before": {"compare_to": "prior_year"},
}
SAMPLE = (
    ("techco", {"metrics": ["recognized_revenue", "nps"], "grain": "week", "compare_to": "prior_period"}),
    ("techco", {"metrics": ["mrr"], "group_by": ["segment"], "grain": "month"}),
    ("techco", {"metrics": ["nrr"], "group_by": ["region"], "grain": "quarter", "compare_to": "prior_year"}),
    ("techco", {"metrics": ["headcount"], "group_by": ["department"], "grain": "month"}),
    ("techco", {"metrics": ["top_customer_concentration", "revenue_ttm"], "grain": "quarter"}),
    ("fjord", {"metrics": ["bed_occupancy"], "grain": "week"}),
)


def _compared(company: Company, request: dict[str, Any]) -> list[str] | None:
    """What differs; None where the request is refused (the same on both engines)."""
    access, calendar = company_access(company.catalog), company.calendar()
    asked = MetricRequest.model_validate(request)
    try:
        query = compile_request(asked, access, calendar, company.duckdb.horizons(), "duckdb")
    except Refusal as refusal:
        with pytest.raises(type(refusal)):
            compile_request(asked, access, calendar, company.bigquery.horizons(), "bigquery")
        return None
    other = compile_request(asked, access, calendar, company.bigquery.horizons(), "bigquery")
    left = company.duckdb.compiled_rows(access, query, Deadline(60))
    right = company.bigquery.compiled_rows(access, other, Deadline(60))
    found = differences(left, right)
    if left.types != right.types:
        found.append(f"types {left.types} and {right.types}")
    return found


@pytest.mark.wide
@pytest.mark.parametrize(("name", "request_"), SAMPLE, ids=lambda value: str(value))
def test_a_metric_is_the_same_on_both_engines(
    name: str, request_: dict[str, Any], company: Callable[[str], Company]
) -> None:
    assert _compared(company(name), request_) == []


@pytest.mark.parametrize("name", ["techco", "fjord"])
@pytest.mark.wide
def test_both_engines_see_the_data_reach_equally_far(name: str, company: Callable[[str], Company]) -> None:
    assert company(name).bigquery.horizons() == company(name).duckdb.horizons()


def _every_request(company: Company) -> Iterator[dict[str, Any]]:
    """Each metric in every shape as it is, and by month for every dimension it allows."""
    access = company_access(company.catalog)
    for name, metric in access.metrics.items():
        if metric.type == "operational":
            continue
        yield from ({"metrics": [name], **shape} for shape in SHAPES.values())
        for dimension in access.dimensions.values():
            if {dimension.name, f"{dimension.table.name}.*"} & set(metric.dimensions.allowed):
                yield {"metrics": [name], "group_by": [dimension.name], "grain": "month"}


@pytest.mark.prove
@pytest.mark.parametrize("name", ["techco", "fjord"])
def test_every_metric_is_the_same_on_both_engines(
    name: str, company: Callable[[str], Company], record_property: Callable[[str, object], None]
) -> None:
    compared, different = 0, list[str]()
    for request in _every_request(company(name)):
        found = _compared(company(name), request)
        compared += found is not None
        different += [f"{request}: {found[:2]}"] if found else []
    record_property(f"bigquery_metric_answers_compared_{name}", compared)
    record_property(f"bigquery_metric_answers_different_{name}", len(different))
    assert different == []
