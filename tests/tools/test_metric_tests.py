"""The tests that entries carry pass on good data, and each kind fails where what it says is not so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from catalog.access import company_access
from catalog.metrics import Metric
from catalog.request import MetricRequest
from tools.metric_tests import TestResult, run_metric_tests
from tools.usage.answering import is_about_use
from warehouse.compiler import compile_request
from warehouse.deadline import Deadline

JUNE = {"grain": "month", "period": "2025-06-01"}
NORWAY = {"where": {"country": "Norway"}}


def outcome(program: Any, metric: str, test: dict[str, object], **changed: object) -> TestResult:
    """Run one test of one metric of the second company, the metric changed first where asked."""
    entry = program.catalog.metrics[metric].model_dump(by_alias=True, mode="json") | changed | {"tests": [test]}
    metrics = {**program.catalog.metrics, metric: Metric.model_validate(entry)}
    catalog = replace(program.catalog, metrics=metrics)
    found = run_metric_tests(catalog, program.warehouse, program.calendar())
    (only,) = [r for r in found if r.metric == metric and r.kind == test["kind"]]
    return only


def test_every_test_of_the_demo_company_passes(demo_program: Any) -> None:
    results = run_metric_tests(demo_program.catalog, demo_program.warehouse, demo_program.calendar())
    assert [r for r in results if not r.ok] == []
    catalog = demo_program.catalog
    run = [m for m in catalog.metrics.values() if m.type != "operational" and not is_about_use(catalog, m)]
    carried = [t for m in run for t in m.tests]
    assert {r.kind for r in results} == {t.kind for t in carried} | {"compiles"}
    assert len(results) == len(carried) + len({r.metric for r in results})


def test_every_test_of_the_second_company_passes(fjord_program: Any) -> None:
    results = run_metric_tests(fjord_program.catalog, fjord_program.warehouse, fjord_program.calendar())
    assert [r for r in results if not r.ok] == []


@pytest.mark.parametrize(
    ("metric", "test", "detail"),
    [
        (
            "no_show_rate",
            {"kind": "bound", "min": 0, "max": 0.05},
            "12 of 12 values outside [0.0, 0.05]",
        ),
        (
            "visit_count",
            {"kind": "not_additive_over_time"},
            "days add up to 720, the month is 720",
        ),
        (
            "income_per_visit",
            {"kind": "identity", "expr": "income_per_visit = 2 * fee_income"},
            "income_per_visit = 2 * fee_income: 12 of 12 periods differ",
        ),
        (
            "beds",
            {"kind": "identity", "expr": "beds >= beds_in_use AND beds <= beds_in_use"},
            "beds >= beds_in_use AND beds <= beds_in_use: 12 of 12 periods differ",
        ),
        (
            "visit_count",
            {"kind": "fixture", **JUNE, "value": 1},
            "720.0 instead of 1.0",
        ),
        (
            "visit_count",
            {"kind": "fixture", "grain": "month", "period": "2031-01-01", "value": 1},
            "",
        ),
        (
            "patients_seen",
            {"kind": "ties_to_source", "source": "booking"},
            "0 of 0 totals of booking differ",
        ),
    ],
)
def test_a_test_that_does_not_hold_fails_and_says_what_was_seen(
    fjord_program: Any, metric: str, test: dict[str, object], detail: str
) -> None:
    found = outcome(fjord_program, metric, test, dimensions={"allowed": ("clinic.*", "practitioner.*")})
    assert not found.ok
    assert found.detail.startswith(detail)


def test_groups_that_share_what_they_count_do_not_add_up(fjord_program: Any) -> None:
    found = outcome(
        fjord_program,
        "patients_seen",
        {"kind": "additive_over", "dims": ["specialty"]},
        measure={"dataset": "visit", "agg": "count_distinct", "expr": "clinic_id"},
        dimensions={"allowed": ["practitioner.*"]},
    )
    assert (found.ok, found.detail) == (False, "by specialty the parts add up to 30, the whole is 10")


def test_a_figure_that_the_source_counts_otherwise_does_not_tie_out(fjord_program: Any) -> None:
    measure = {"dataset": "visit", "agg": "count", "filter": "no_show = FALSE"}
    found = outcome(fjord_program, "visit_count", {"kind": "ties_to_source", "source": "booking"}, measure=measure)
    assert not found.ok
    assert "totals of booking differ, most in" in found.detail


@pytest.mark.parametrize(
    ("metric", "test"),
    [
        ("visit_count", {"kind": "fixture", **JUNE, "value": 720}),
        ("visit_count", {"kind": "fixture", **JUNE, **NORWAY, "value": 288}),
        ("beds", {"kind": "not_additive_over_time"}),
        ("income_per_visit", {"kind": "identity", "expr": "(income_per_visit + 0) * visit_count - 0 = fee_income"}),
        ("fee_income", {"kind": "ties_to_source", "source": "booking"}),
        ("visits_by_kind", {"kind": "additive_over", "dims": ["country"]}),
    ],
)
def test_a_test_that_holds_passes(fjord_program: Any, metric: str, test: dict[str, object]) -> None:
    found = outcome(fjord_program, metric, test)
    assert found.ok, found.detail


def test_a_metric_that_the_engine_cannot_run_fails_its_own_line_only(fjord_program: Any) -> None:
    broken = fjord_program.catalog.metrics["visit_count"].model_copy(
        update={"measure": fjord_program.catalog.metrics["fee_income"].measure.model_copy(update={"expr": "nothing"})}
    )
    catalog = replace(fjord_program.catalog, metrics={**fjord_program.catalog.metrics, "visit_count": broken})
    results = run_metric_tests(catalog, fjord_program.warehouse, fjord_program.calendar())
    assert {r.metric for r in results if not r.ok} == {"visit_count", "no_show_rate", "income_per_visit"}


def pairs(program: Any) -> Iterator[tuple[str, str]]:
    """Metrics that share a snapshot table, two by two: they are read together."""
    shared = [m for m in program.catalog.metrics.values() if m.type != "operational" and m.type != "distribution"]
    levels = [m.name for m in shared if any(part.snapshot for part in program.catalog.inputs_of(m))]
    yield from combinations(levels, 2)


@pytest.mark.wide
def test_any_two_levels_can_be_asked_together_and_are_what_they_are_alone(demo_program: Any) -> None:
    access = company_access(demo_program.catalog)

    def rows(*metrics: str) -> dict[object, tuple[object, ...]]:
        request = MetricRequest(metrics=metrics, grain="quarter")
        query = compile_request(
            request,
            access,
            demo_program.calendar(),
            demo_program.warehouse.horizons(),
            demo_program.warehouse.dialect,
        )
        found = demo_program.warehouse.compiled_rows(access, query, Deadline(20))
        return {row[0]: tuple(row[1:]) for row in found.rows}

    asked = list(pairs(demo_program))
    alone = {name: rows(name) for name in {name for pair in asked for name in pair}}
    for one, other in asked:
        together = rows(one, other)
        for day, values in together.items():
            assert values == (alone[one].get(day, (None,))[0], alone[other].get(day, (None,))[0]), (one, other, day)
