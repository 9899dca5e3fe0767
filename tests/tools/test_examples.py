"""The questions that entries give as examples are read as asking for that very metric, and answered."""

from __future__ import annotations

from typing import Any

from tools.usage.answering import is_about_use


def test_each_metric_of_the_demo_company_has_an_example_that_asks_for_it(demo_program: Any) -> None:
    principal = demo_program.principal(None, None, {})
    for metric in demo_program.catalog.metrics.values():
        assert metric.examples, metric.name
        if is_about_use(demo_program.catalog, metric):
            continue
        for example in metric.examples:
            told = demo_program.toolset.call(principal, "query_curated_data", {"question": example.question})
            assert not told.is_error, f"{example.question}: {told.text}"
            assert metric.name in [column["name"] for column in told.structured["columns"]], example.question


def test_examples_of_metrics_about_use_are_read_for_the_auditor(demo_program: Any) -> None:
    auditor = demo_program.principal("aud.reese", None, {})
    for metric in demo_program.catalog.metrics.values():
        if is_about_use(demo_program.catalog, metric):
            for example in metric.examples:
                told = demo_program.toolset.call(auditor, "query_curated_data", {"question": example.question})
                # The log of this test begins today: read, and refused for a week that is not on record.
                assert told.structured["message"].startswith("There is no data before"), told.text
