"""Whatever the model or its service does, a text is delivered, it is true, and its cost is known."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from agents.narration.budget import ModelSettings, Price
from agents.narration.model import Narration, word
from agents.narration.template import narrate
from tests.agents.narration.scenes import clinic
from tests.fakes.anthropic_server import Answer, AnthropicServer, Request, Trouble, fails, says

TOO_LONG = "the service asked to wait too long (status 429)"
PRICES = {"claude-sonnet-5-5": Price(Decimal(2), Decimal(10), date(2026, 11, 1))}


def settings(url: str, **changes: Any) -> ModelSettings:
    plain = ModelSettings(
        "claude-sonnet-5-5",
        "key-of-tests",
        url,
        timeout_seconds=5,
        deadline_seconds=10,
        max_retries=0,
        prices=PRICES,
    )
    return replace(plain, **changes)


def claims_in(request: Request) -> list[dict[str, Any]]:
    """The claims that a prompt holds."""
    text = str(request["messages"][0]["content"])
    found: list[dict[str, Any]] = json.loads(text.split("<claims>\n")[1].split("\n</claims>")[0])
    return found


def brief(*sentences: tuple[list[str], str]) -> str:
    return json.dumps({"sentences": [{"claims": claims, "text": text} for claims, text in sentences]})


def faithful(request: Request) -> Answer:
    """Another wording of each claim that must be told."""
    musts = [claim for claim in claims_in(request) if claim["must"]]
    return says(brief(*(([claim["id"]], claim["wordings"][2]) for claim in musts)))


def written(script: Callable[[Request], Answer], **changes: Any) -> tuple[Narration, AnthropicServer]:
    scene, _ = clinic()
    with AnthropicServer(script) as server:
        return word(scene.claims, scene.book, scene.glossary, settings(server.url, **changes), key="k"), server


def by_rules() -> tuple[object, ...]:
    scene, _ = clinic()
    return narrate(scene.claims, scene.book, key="k")


def test_a_faithful_text_is_delivered_as_the_model_wrote_it() -> None:
    narration, server = written(faithful)
    assert (narration.by, narration.reason) == ("claude-sonnet-5-5", "")
    assert [s.by for s in narration.sentences] == ["model"] * 3
    assert narration.cost_usd == Decimal("0.004")
    assert server.headers[0]["authorization"] == "Bearer key-of-tests"


def test_the_model_gets_neither_values_nor_names() -> None:
    scene, _ = clinic()
    _, server = written(faithful)
    sent = json.dumps(server.requests)
    assert not any(member in sent for fact in scene.book.values() for _, member in fact.slice)
    assert not any(len(text) > 3 and text in sent for text in (str(fact.value) for fact in scene.book.values()))


def test_a_faulty_sentence_gives_way_to_the_claims_own_words() -> None:
    def script(request: Request) -> Answer:
        musts = [claim for claim in claims_in(request) if claim["must"]]
        texts = [([c["id"]], c["wordings"][1]) for c in musts]
        return says(brief((texts[0][0], f"Fee income doubled to {{{musts[0]['id'].replace('c', 'f')}}}."), *texts[1:]))

    narration, _ = written(script)
    assert [s.by for s in narration.sentences] == ["template", "model", "model"]
    assert narration.verdict and narration.verdict.failed == 1


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (lambda _: fails(400, "invalid_request_error"), "BadRequestError, status 400, invalid_request_error"),
        (lambda _: fails(401, "authentication_error"), "AuthenticationError, status 401, authentication_error"),
        (lambda _: fails(500), "InternalServerError, status 500, api_error"),
        (lambda _: fails(529, "overloaded_error"), "OverloadedError, status 529, overloaded_error"),
        (lambda _: fails(429, "rate_limit_error", retry_after="3600"), TOO_LONG),
        (lambda _: fails(429, retry_after="Fri, 31 Dec 2027 23:59:59 GMT"), TOO_LONG),
        (lambda _: Answer(trouble="not json"), "the reply is malformed"),
        (lambda _: Answer(trouble="no content"), "the reply is malformed"),
        (lambda _: Answer(trouble="drop"), "APIConnectionError"),
        (lambda _: says('{"sentences": [{"claims"', "max_tokens"), "the model stopped early (max_tokens)"),
        (lambda _: says("", "refusal"), "the model stopped early (refusal)"),
        (lambda _: says("{}", "pause_turn"), "the model stopped early (pause_turn)"),
        (lambda _: says("I would rather not."), "ValidationError"),
        (lambda _: says('{"sentences": []}'), "ValidationError"),
        (lambda _: Answer(), "the reply is empty"),
        (lambda _: says(brief((["c99"], "Nothing."))), "1 of 1 sentences were faulty"),
        (lambda _: says(brief(([], ""))), "1 of 1 sentences were faulty"),
    ],
)  # fmt: skip
def test_whatever_goes_wrong_the_text_is_told_by_rules_and_the_reason_kept(
    script: Callable[[Request], Answer], reason: str
) -> None:
    narration, _ = written(script)
    assert (narration.by, narration.reason) == ("template", reason)
    assert narration.sentences == by_rules()


@pytest.mark.parametrize("trouble", ["hang", "trickle"])
def test_a_silent_service_is_left_at_the_deadline(trouble: Trouble) -> None:
    narration, _ = written(lambda _: Answer(trouble=trouble), deadline_seconds=0.5, timeout_seconds=5)
    assert narration.sentences == by_rules()
    assert narration.reason in ("the deadline has passed", "APITimeoutError")


def test_a_short_wait_is_waited_and_the_call_made_again() -> None:
    answers = iter([fails(529, "overloaded_error", retry_after_ms="10"), None])
    narration, server = written(lambda request: next(answers) or faithful(request), max_retries=1)
    assert narration.by == "claude-sonnet-5-5"
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"model": "claude-unknown"}, "no price is set for the model claude-unknown"),
        ({"budget_usd": Decimal("0.01")}, "the call might take the cost to $0.05, over $0.01"),
        ({"api_key": ""}, "no key is set"),
        ({"deadline_seconds": 0}, "the deadline has passed"),
    ],
)
def test_no_call_is_made_that_may_not_be_made(changes: dict[str, Any], reason: str) -> None:
    narration, server = written(faithful, **changes)
    assert (narration.by, server.requests) == ("template", [])
    assert narration.reason.split("$0.0")[0] == reason.split("$0.0")[0]


def test_the_order_of_what_must_be_told_is_kept_and_nothing_of_it_left_out() -> None:
    def script(request: Request) -> Answer:
        musts = [claim for claim in claims_in(request) if claim["must"]]
        return says(brief(*(([claim["id"]], claim["wordings"][1]) for claim in reversed(musts))))

    assert written(script)[0].reason == "what must be told stands in another order"

    def short(request: Request) -> Answer:
        first = claims_in(request)[0]
        return says(brief(([first["id"]], first["wordings"][1])))

    assert written(short)[0].reason.startswith("left out: ")


def test_without_settings_there_is_no_model() -> None:
    scene, _ = clinic()
    narration = word(scene.claims, scene.book, scene.glossary, None, key="k")
    assert (narration.by, narration.reason, narration.sentences) == ("template", "", by_rules())


def test_the_sdk_is_not_loaded_until_a_model_is_called() -> None:
    code = "import agents.narration.model, agents.narration.investigator, sys; sys.exit('anthropic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
