"""A model that lies in every way it can, through HTTP: not one number reaches a reader without a fact behind it."""

from __future__ import annotations

import json
import random
import re
import sys
from collections.abc import Callable, Sequence

import pytest

from agents.claims import Sentence
from agents.facts import Fact
from agents.figures import fill, shown
from agents.narration.model import Narration, word
from agents.narration.verifier import check
from tests.agents.narration.mutations import bases, mutated
from tests.agents.narration.scenes import Scene, clinic, freight, hotel
from tests.agents.narration.test_model import settings
from tests.fakes.anthropic_server import Answer, AnthropicServer, Request, fails, says

MADE: Sequence[Callable[[], Scene]] = (lambda: clinic()[0], lambda: freight()[0], lambda: hotel()[0])


@pytest.fixture(scope="module")
def lies() -> list[tuple[Scene, list[Sentence], list[Sentence]]]:
    """Scenes with true sentences and lies about them."""
    return [(scene, bases(scene, {}), [one for _, one in mutated(scene, {})]) for scene in (make() for make in MADE)]


def a_text(scene: Scene, true: list[Sentence], false: list[Sentence], chance: random.Random) -> list[Sentence]:
    """What must be told in its order, with lies in the place of some of it and more of them between."""
    musts = sorted((claim for claim in scene.claims.values() if claim.must), key=lambda claim: -claim.weight)
    part = chance.choice((0.1, 0.25, 0.6, 1.0))
    text: list[Sentence] = []
    for claim in musts:
        own = [s for s in (false if chance.random() < part else true) if s.claims == (claim.id,)]
        text.append(chance.choice(own or [Sentence((claim.id,), claim.sentence)]))
        if chance.random() < part:
            text.append(chance.choice(false))
    return text


def answer(sentences: Sequence[Sentence], chance: random.Random) -> Answer:
    if chance.random() < 0.05:
        return chance.choice((fails(529), Answer(trouble="not json"), says("{", "max_tokens"), Answer(trouble="drop")))
    body = {"sentences": [{"claims": list(s.claims), "text": s.text} for s in sentences]}
    return says(json.dumps(body))


def unbacked(narration: Narration, scene: Scene) -> list[str]:
    """Digits of the delivered text that no fact of the sentence's claims wrote."""
    found: list[str] = []
    for sentence in narration.sentences:
        inside = {fact for claim in sentence.claims for fact in scene.claims[claim].facts}
        assert all(fact in inside for fact in re.findall(r"\{(f\d+)", sentence.text))

        def empty(fact: Fact, aspect: str) -> str:
            assert shown(fact, aspect)
            return ""

        left = fill(sentence.text, scene.book, empty)
        found += [left] if any(char.isnumeric() for char in left) else []
    return found


def deliver(lies: list[tuple[Scene, list[Sentence], list[Sentence]]], runs: int, seed: int) -> tuple[int, int, int]:
    """Texts by the model, its sentences delivered, and lies among them. Raises where a number is unbacked."""
    chance = random.Random(seed)
    current: list[Sentence] = []

    def script(request: Request) -> Answer:
        return answer(current, chance)

    texts = sentences = passed = 0
    with AnthropicServer(script) as server:
        chosen = settings(server.url)
        for run in range(runs):
            scene, true, false = lies[run % len(lies)]
            current[:] = a_text(scene, true, false, chance)
            narration = word(scene.claims, scene.book, scene.glossary, chosen, key=str(run))
            assert unbacked(narration, scene) == []
            musts = {claim.id for claim in scene.claims.values() if claim.must}
            assert musts <= {claim for sentence in narration.sentences for claim in sentence.claims}
            told = [s for s in narration.sentences if s.by == "model"]
            texts += narration.by != "template"
            sentences += len(told)
            wrong = {(s.claims, s.text) for s in false}
            passed += sum((s.claims, s.text) in wrong for s in told)
            assert all(not check(s, scene.claims, scene.book, scene.glossary) for s in told)
    sys.stdout.write(
        f"{runs} runs: {texts} texts by the model, {sentences} of its sentences delivered, {passed} lies among them\n"
    )
    return texts, sentences, passed


def test_a_lying_model_delivers_no_number_of_its_own(lies: list[tuple[Scene, list[Sentence], list[Sentence]]]) -> None:
    texts, sentences, passed = deliver(lies, 40, 1)
    assert texts and sentences and passed == 0


@pytest.mark.prove
def test_five_hundred_texts_of_a_lying_model_deliver_no_number_of_its_own(
    lies: list[tuple[Scene, list[Sentence], list[Sentence]]],
) -> None:
    texts, sentences, passed = deliver(lies, 500, 2)
    assert texts and sentences and passed == 0
