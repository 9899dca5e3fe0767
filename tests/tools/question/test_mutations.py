"""A word more or a word less must not pass unnoticed."""

from __future__ import annotations

import pytest

from catalog.refusals import Ambiguous, NotUnderstood, Refusal

QUESTIONS = (
    "What was revenue last month?",
    "recognized revenue by segment last quarter vs the quarter before",
    "top 5 customers by ARR",
    "how did ticket volume change last week",
    "Enterprise revenue in EMEA last month",
    "revenue excluding SMB and Mid-Market by month this year",
    "which csm has the lowest health score",
    "NPS and CSAT by region in Q3",
    "how many Enterprise customers do we have",
    "logins by week over the last 8 weeks",
    "why did revenue fall last week",
    "churn rate in October vs September",
    "ARR as of 2026-09-30",
    "tickets with high severity last week",
)
UNKNOWN = (
    "purple", "unless", "refunded", "twice", "median", "below", "half", "organic", "except", "without", "expected",
    "7", "only", "never", "almost", "weighted", "cumulative", "adjusted", "or", "who",
)  # fmt: skip
SAME = (
    "only Enterprise",
    "Enterprise only",
    "only in EMEA",
    "in only EMEA",
    "EMEA only",
    "only high",
    "only with high",
    "high only",
    "Market only",
)
"""A filter says "only" anyway."""
ESSENTIAL = {
    "revenue last month by segment": ("revenue", "month", "segment"),
    "top 5 customers by ARR": ("5", "customers", "ARR"),
    "revenue excluding SMB last month": ("excluding", "SMB", "month"),
    "revenue in October vs September": ("vs", "September", "October"),
    "lowest health score by csm": ("lowest", "csm"),
    "revenue not in EMEA last month": ("not", "EMEA"),
}


def outcome(read, question: str) -> object:
    try:
        reading = read(question)
    except Refusal as refusal:
        return refusal.code
    return reading.kind, reading.request, reading.subject


def unnoticed(read, question: str, every: int) -> list[str]:
    """Mutants of a question that are read as the question itself; one of `every` is tried."""
    meant = outcome(read, question)
    assert isinstance(meant, tuple)
    words = question.split()
    mutants = [[*words[:place], word, *words[place:]] for place in range(len(words) + 1) for word in UNKNOWN]
    texts = [" ".join(mutant) for mutant in mutants[::every]]
    return [text for text in texts if not any(same in text for same in SAME) and outcome(read, text) == meant]


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_content_word_put_in_never_gives_the_same_reading(read, question: str) -> None:
    assert unnoticed(read, question, 7) == []


@pytest.mark.prove
@pytest.mark.parametrize("question", QUESTIONS)
def test_no_content_word_at_no_place_gives_the_same_reading(read, question: str) -> None:
    assert unnoticed(read, question, 1) == []


@pytest.mark.parametrize("question", ESSENTIAL)
def test_an_essential_word_taken_away_never_gives_the_same_reading(read, question: str) -> None:
    meant = outcome(read, question)
    assert isinstance(meant, tuple)
    words = question.split()
    for word in ESSENTIAL[question]:
        mutant = " ".join(w for w in words if w != word)
        assert outcome(read, mutant) != meant, mutant


@pytest.mark.parametrize("word", ["revenu", "reveneu", "revnue", "custmers", "segmnt", "Recognised revnue", "bilings"])
def test_a_small_slip_is_put_right_and_said_so(read, word: str) -> None:
    question = f"ARR by {word}" if word in ("custmers", "segmnt") else f"{word} last month"
    assert any(note.startswith("Read '") for note in read(question).warnings)


@pytest.mark.parametrize("word", ["avenue", "county", "sales", "price", "lines", "prevent", "tickle"])
def test_another_english_word_is_not_taken_for_a_misspelling(read, word: str) -> None:
    with pytest.raises((NotUnderstood, Ambiguous)):
        read(f"{word} by segment last month")


def test_what_is_offered_instead_can_be_read(read) -> None:
    for question in (
        "revenue flurb",
        "top customers",
        "revenue in 2025 and 2023",
        "customers in EMEA",
        "churn",
        "bork",
    ):
        with pytest.raises((NotUnderstood, Ambiguous)) as refused:
            read(question)
        assert refused.value.choices, question
        assert len(refused.value.choices) <= 3
        for choice in refused.value.choices:
            assert read(choice)
