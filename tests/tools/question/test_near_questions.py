"""Near-questions: none may be answered, and whatever is offered instead can be asked."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from catalog.refusals import Ambiguous, NotUnderstood

NEAR: dict[str, list[str]] = yaml.safe_load(
    (Path(__file__).parents[2] / "data" / "near_questions.yml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("kind", NEAR)
def test_a_near_question_is_never_answered(demo_program, kind: str, record_property) -> None:
    principal = demo_program.principal(None, None, {})
    answers = {q: demo_program.toolset.call(principal, "query_curated_data", {"question": q}) for q in NEAR[kind]}
    record_property("asked", len(answers))
    answered = {q: a.structured["reading"] for q, a in answers.items() if a.structured["status"] == "ok"}
    assert answered == {}


@pytest.mark.parametrize("kind", NEAR)
def test_what_is_offered_instead_of_a_near_question_can_be_asked(tell, read, kind: str) -> None:
    for question in NEAR[kind]:
        try:
            read(question)
        except (NotUnderstood, Ambiguous) as refusal:
            unread = [choice for choice in refusal.choices if tell(choice) in ("NOT_UNDERSTOOD", "AMBIGUOUS")]
            assert unread == [], question


def test_there_are_more_than_two_hundred_near_questions() -> None:
    assert sum(map(len, NEAR.values())) > 200
