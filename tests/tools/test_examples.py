"""The questions that entries give as examples are read as asking for that very metric, and answered."""

from __future__ import annotations

from typing import Any


def test_each_metric_of_the_demo_company_has_an_example_that_asks_for_it(demo_program: Any) -> None:
    principal = demo_program.principal(None, None, {})
    for metric in demo_program.catalog.metrics.values():
        assert metric.examples, metric.name
        for example in metric.examples:
            told = demo_program.toolset.call(principal, "query_curated_data", {"question": example.question})
            assert not told.is_error, f"{example.question}: {told.text}"
            assert metric.name in [column["name"] for column in told.structured["columns"]], example.question
