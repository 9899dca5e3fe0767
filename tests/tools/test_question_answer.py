"""A question that asks for no figure is answered by the tool that knows, in rows; its reading is always shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from audit.log import AuditLog
from catalog.refusals import NotUnderstood
from catalog.request import MetricRequest
from server.wiring import Program
from tests.tools.company import Company


@dataclass(frozen=True)
class Read:
    """What a reader returns."""

    kind: str
    subject: str = ""
    request: MetricRequest | None = None
    text: str = "Read so."
    warnings: tuple[str, ...] = ("It could be otherwise.",)


@dataclass(frozen=True)
class Reader:
    """A reader that knows one reading; without it, it understands nothing."""

    reading: Read | None

    def read(self, question: str, access: Any, calendar: Any, values: Any) -> Read:
        if self.reading is None:
            raise NotUnderstood("'weather' is not understood.", choices=["visits last month"])
        return self.reading


@pytest.fixture
def asking(fjord_program: Program, audit: AuditLog) -> Any:
    """The clinics, with questions read in the given way."""
    return lambda reading: Company.of(fjord_program, audit, reader=Reader(reading)).ask("chair", question="?")


YEAR = MetricRequest.model_validate({"metrics": ["visit_count"], "start": "2024-01-01", "end": "2024-12-31"})


def test_figures_come_with_the_reading_and_its_warnings(asking: Any) -> None:
    answer = asking(Read("metric", "visit_count", YEAR)).structured
    assert [c["name"] for c in answer["columns"]] == ["visit_count"]
    assert (answer["reading"], answer["warnings"]) == ("Read so.", ["It could be otherwise."])


@pytest.mark.parametrize(
    ("reading", "fact"),
    [
        (Read("definition", "fee_income"), ["formula", "Sum of fees by day of visit."]),
        (Read("status", "booking"), ["name", "booking"]),
        (Read("status", "visit"), ["scope", "table"]),
        (Read("status", "visit_count"), ["scope", "metric"]),
        (Read("status"), ["scope", "all"]),
        (Read("explain", "visit_count", YEAR), ["metric", "visit_count"]),
    ],
)
def test_other_questions_are_answered_as_fields_and_values(asking: Any, reading: Read, fact: list[str]) -> None:
    result = asking(reading)
    assert not result.is_error, result.text
    assert fact in result.structured["rows"]
    assert result.structured["reading"] == "Read so."
    assert [c["name"] for c in result.structured["columns"]] == ["field", "value"]
    assert result.text.startswith("OK rows 1–")


def test_what_can_be_asked_is_listed_entry_by_entry(asking: Any) -> None:
    answer = asking(Read("describe")).structured
    assert [c["name"] for c in answer["columns"]] == ["kind", "name", "label", "summary"]
    assert ["metric", "visit_count", "Visits", "Visits booked in the period, kept or not. (count)"] in answer["rows"]


def test_a_question_that_is_not_understood_asks_back(asking: Any) -> None:
    result = asking(None)
    asked = {k: result.structured[k] for k in ("status", "code", "choices", "rows")}
    assert asked == {
        "status": "needs_clarification",
        "code": "NOT_UNDERSTOOD",
        "choices": ["visits last month"],
        "rows": [],
    }
    assert result.is_error
    assert "Did you mean: visits last month" in result.text


def test_a_receipt_of_a_question_keeps_the_request_it_was_read_as(
    fjord_program: Program, audit: AuditLog, asking: Any
) -> None:
    receipt = asking(Read("metric", "visit_count", YEAR)).structured["receipt"]
    request = audit.get(receipt)[1].body["request"]
    assert request == {
        "question": "?",
        "metrics": ["visit_count"],
        "start": "2024-01-01",
        "end": "2024-12-31",
    }
