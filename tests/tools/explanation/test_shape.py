"""How a metric's change can be split, for the metrics of a made-up company."""

from dataclasses import replace
from typing import Any

import pytest

from catalog.access import Access, company_access
from catalog.metrics import Metric
from tests.tools.reconciliation.bicycles import catalog, metric
from tools.explanation.shape import shape_of

RIDES = {"dataset": "ride", "agg": "count"}
FARE = {"dataset": "ride", "agg": "avg", "expr": "fare"}
DAY = {"dimension": "day"}
MORE = [
    metric("double_fares", type="derived", expr="2 * fares", inputs={"fares": {"metric": "fares"}}),
    metric(
        "margin",
        type="derived",
        expr="(fares - rides) / rides",
        inputs={"fares": {"metric": "fares"}, "rides": {"metric": "rides"}},
    ),
    metric(
        "product",
        type="derived",
        expr="fares * rides",
        inputs={"fares": {"metric": "fares"}, "rides": {"metric": "rides"}},
    ),
    metric("mean_fare", measure=FARE, time=DAY),
    metric("top_fare", measure={**FARE, "agg": "max"}, time=DAY),
    metric("fares_so_far", type="cumulative", measure={**FARE, "agg": "sum"}, cumulative={"to_date": "year"}, time=DAY),
]


def access() -> Access:
    plain = catalog()
    more = {m.name: m for m in map(Metric.model_validate, MORE)}
    return company_access(replace(plain, metrics={**plain.metrics, **more}))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("fares", "additive"),
        ("bikes_used", "additive"),
        ("free_docks", "additive"),
        ("double_fares", "additive"),
        ("fares_so_far", "additive"),
        ("fare_per_ride", "quotient"),
        ("margin", "quotient"),
        ("mean_fare", "quotient"),
        ("top_fare", "other"),
        ("product", "other"),
    ],
)
def test_the_shape_of_a_metric_follows_from_its_definition(name: str, kind: str) -> None:
    rights = access()
    assert shape_of(rights.metrics[name], rights).kind == kind


def test_the_two_sides_of_a_quotient_are_metrics_that_only_this_call_knows() -> None:
    rights = access()
    shape = shape_of(rights.metrics["fare_per_ride"], rights)
    assert set(shape.metrics) <= set(shape.access.metrics)
    assert not set(shape.metrics) & set(rights.metrics)


def test_the_sides_of_an_average_are_its_sum_and_the_count_of_rows_that_have_a_value() -> None:
    rights = access()
    shape = shape_of(rights.metrics["mean_fare"], rights)
    over, under = (shape.access.metrics[name].measure for name in shape.metrics)
    assert over is not None
    assert under is not None
    assert (over.agg, under.agg, under.filter) == ("sum", "count", "(fare) IS NOT NULL")


def test_a_role_with_a_list_of_metrics_gets_the_sides_of_its_own_ones() -> None:
    rights = access()
    role: Any = rights.role.model_copy(update={"metrics": ("fare_per_ride",)})
    policies = rights.catalog.policies.model_copy(update={"roles": (role,)})
    narrow = Access(replace(rights.catalog, policies=policies), rights.principal)
    shape = shape_of(narrow.metrics["fare_per_ride"], narrow)
    assert set(shape.access.metrics) == {"fare_per_ride", *shape.metrics}
