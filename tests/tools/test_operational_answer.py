"""Metrics about the data itself come from the reconciliation report, for now and for the whole company."""

from __future__ import annotations

from dataclasses import replace

import pytest

from audit.log import AuditLog
from catalog.metrics import Metric
from server.wiring import Program
from tests.tools.company import Company

KINDS = ("duplicate_rate", "freshness_attainment", "quality_score")


def about_the_data(kind: str) -> Metric:
    return Metric.model_validate(
        {
            "name": kind,
            "label": kind.replace("_", " ").capitalize(),
            "description": "About the data itself.",
            "formula_text": "As reconciliation computes it.",
            "type": "operational",
            "operational": kind,
            "unit": "ratio",
            "owner": "Data team",
            "version": 1,
            "last_updated": "2025-01-01",
        }
    )


@pytest.fixture
def company(fjord_program: Program, audit: AuditLog) -> Company:
    """The clinics with metrics about their data."""
    catalog = fjord_program.catalog
    metrics = {**catalog.metrics, **{kind: about_the_data(kind) for kind in KINDS}}
    return Company.of(fjord_program, audit, catalog=replace(catalog, metrics=metrics))


def test_they_are_the_figures_of_the_report(company: Company) -> None:
    report = company.services.reconciler.report()
    answer = company.ask("chair", metrics=list(KINDS)).structured
    assert [c["name"] for c in answer["columns"]] == list(KINDS)
    assert answer["rows"][0][2] == report.score
    assert 0 < answer["rows"][0][1] <= 1
    assert answer["reading"].startswith("Duplicate rate and Freshness attainment and Quality score, as of 2025-07-09")


def test_attainment_can_be_split_by_source(company: Company) -> None:
    answer = company.ask("lead.no", metrics=["freshness_attainment"], group_by=["source"]).structured
    assert [row[0] for row in answer["rows"]] == ["booking", "registry", "wards"]
    assert answer["scope"] == ""


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ({"metrics": ["quality_score", "visit_count"]}, "BAD_ARGUMENT", "apart"),
        ({"metrics": ["quality_score"], "grain": "month"}, "BAD_ARGUMENT", "known for now only; grain does not apply"),
        ({"metrics": ["quality_score"], "group_by": ["source"]}, "UNKNOWN_DIMENSION", "cannot be split that way"),
    ],
)
def test_what_the_report_does_not_hold_is_refused(
    company: Company, arguments: dict[str, object], code: str, words: str
) -> None:
    refused = company.ask("chair", **arguments)
    assert refused.structured["code"] == code
    assert words in refused.text


def test_their_definition_can_be_looked_up(company: Company) -> None:
    found = company.call("chair", "lookup_metric_definition", metric="quality score")
    assert (found.is_error, found.structured["name"], found.structured["sql"]) == (False, "quality_score", "")
