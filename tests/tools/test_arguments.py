"""Arguments are taken strictly; what is wrong is said by name, with what exists."""

from __future__ import annotations

import math

import pytest

from catalog.refusals import BadArgument
from tools.arguments import for_the_record, shown, validated
from tools.query_curated_data import QueryArguments

DEEP: object = "bottom"
for _ in range(200):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "Argument 'question' is missing"),
        ({"question": ""}, "question"),
        ({"question": "x" * 1_000_000}, "question"),
        ({"question": 7}, "Argument 'question': Input should be a valid string"),
        ({"question": "q", "metricz": ["a"]}, "There is no argument 'metricz'"),
        ({"question": "q", "who": "root"}, "There is no argument 'who'"),
        ({"question": "q", "limit": "5"}, "Argument 'limit': Input should be a valid integer"),
        ({"question": "q", "limit": True}, "Argument 'limit'"),
        ({"question": "q", "limit": 2**63}, "Argument 'limit'"),
        ({"question": "q", "limit": -1}, "Argument 'limit'"),
        ({"question": "q", "limit": math.nan}, "not plain JSON"),
        ({"question": "q", "limit": math.inf}, "not plain JSON"),
        ({"question": "q", "start": "last week"}, "Argument 'start'"),
        ({"question": "q", "grain": "fortnight"}, "Argument 'grain'"),
        ({"question": "q", "where": {"dimension": "a"}}, "Argument 'where'"),
        ({"question": "q", "where": [{"dimension": "a", "op": "~", "value": 1}]}, "Argument 'where.0.op'"),
        ({"question": "q", "where": [{"dimension": "a", "op": "in", "value": 1}]}, "takes a list of values"),
        ({"question": "q", "where": [{"dimension": "a", "value": "b", "or": 1}]}, "There is no 'where.0.or'"),
        ({"question": "nul\x00"}, "NUL"),
        ({"question": "half \ud800"}, "broken characters"),
        ({"question": "q", "params": {"\ud800": 1}}, "broken characters"),
        ({"question": "q", "metrics": DEEP}, "nested too deeply"),
        ({"question": "q", "metrics": ["m"] * 100_000}, "too large"),
        ({"question": "q", "sql": object()}, "not plain JSON"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(BadArgument) as refusal:
        validated(QueryArguments, arguments)
    assert words in refusal.value.text
    assert len(refusal.value.text) < 800


def test_an_unknown_argument_is_told_what_exists_and_what_is_near() -> None:
    with pytest.raises(BadArgument) as refusal:
        validated(QueryArguments, {"question": "q", "metric": "revenue"})
    assert "metrics" in refusal.value.exists
    assert refusal.value.hint == "Did you mean 'metrics'?"


def test_lists_and_objects_may_come_as_json_texts() -> None:
    read = validated(
        QueryArguments,
        {
            "question": "q",
            "metrics": '["a", "b"]',
            "where": '[{"dimension": "d", "op": "=", "value": "[x]"}]',
            "params": '{"n": 1}',
        },
    )
    assert read.metrics == ("a", "b")
    assert read.where is not None
    assert read.where[0].value == "[x]"
    assert read.params == {"n": 1}


def test_a_text_that_looks_like_json_stays_a_text() -> None:
    assert validated(QueryArguments, {"question": "[1, 2]"}).question == "[1, 2]"
    assert validated(QueryArguments, {"question": "q", "sql": "[1]"}).sql == "[1]"


def test_null_is_the_same_as_leaving_out() -> None:
    assert validated(QueryArguments, {"question": "q", "metrics": None}) == QueryArguments(question="q")


def test_one_name_stands_for_a_list_of_one() -> None:
    assert validated(QueryArguments, {"question": "q", "metrics": "a"}).metrics == ("a",)


def test_words_said_back_are_short_and_harmless() -> None:
    assert shown("a\x1b[31m<b>`c`‮d") == "a�[31m�b��c��d"
    assert len(shown("x" * 10_000)) == 61


def test_anything_can_be_put_on_record() -> None:
    recorded = for_the_record(
        {"text": "x" * 5_000, "half": "\ud800", "nan": math.nan, "huge": 10**5_000, "deep": DEEP, "ok": [1, True, None]}
    )
    assert recorded["text"].endswith("… (5000 characters)")
    assert recorded["half"] == "\\ud800"
    assert recorded["nan"] == "nan"
    assert recorded["ok"] == [1, True, None]
    assert isinstance(recorded["huge"], str)
