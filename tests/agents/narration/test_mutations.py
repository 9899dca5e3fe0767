"""How much is caught: mutations of true sentences about facts that no rule was developed on, and what honest sentences
cost. The counts of each class are printed (`pytest -s`)."""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

import pytest

from agents.claims import Sentence
from agents.narration.verifier import check
from tests.agents.narration.honest import honest, sentence_of
from tests.agents.narration.mutations import bases, mutated
from tests.agents.narration.scenes import Scene, clinic, freight, hotel, software

BLOCKED = 0.99
"""At least this part of each class."""
HONEST_REJECTED = 0.20


def scenes() -> list[Scene]:
    return [clinic()[0], freight()[0], hotel()[0]]


@pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.prove)])
def test_nearly_every_mutation_is_blocked(every: int) -> None:
    made: Counter[str] = Counter()
    passed: Counter[str] = Counter()
    for scene in scenes():
        for name, sentence in mutated(scene, {})[::every]:
            made[name] += 1
            passed[name] += not check(sentence, scene.claims, scene.book, scene.glossary)
    for name, count in sorted(made.items()):
        sys.stdout.write(f"{name:12} {count - passed[name]:5} of {count:5} blocked\n")
    assert sum(made.values()) >= 1_000 and len(made) >= 12
    assert {name: passed[name] for name in made if passed[name] > (1 - BLOCKED) * made[name]} == {}


def test_true_sentences_pass_alone_and_joined() -> None:
    for scene in scenes():
        for sentence in bases(scene, {}):
            assert check(sentence, scene.claims, scene.book, scene.glossary) == (), sentence.text


def test_few_honest_paraphrases_are_rejected() -> None:
    scene, told = software()
    sentences = honest(told)
    rejected = [s.text for s in sentences if check(s, scene.claims, scene.book, scene.glossary)]
    sys.stdout.write(f"{len(rejected)} of {len(sentences)} honest sentences are rejected\n")
    assert len(sentences) >= 60
    assert len(rejected) <= HONEST_REJECTED * len(sentences)


def cunning(name: str) -> list[str]:
    """False or unbacked sentences written by hand, subtler than the mutations: "claims|sentence" in the short names of
    `honest`; of the hotel in the places of a claim's facts."""
    return (Path(__file__).parent / "cunning" / f"{name}.txt").read_text("utf-8").splitlines()


def test_cunning_sentences_are_blocked_too() -> None:
    passed: list[str] = []
    lines = 0
    for (scene, told), those in ((software(), cunning("software")), (freight(), cunning("freight"))):
        for line in those:
            sentence = sentence_of(told, *line.split("|"))
            lines += 1
            passed += [] if check(sentence, scene.claims, scene.book, scene.glossary) else [line]
    scene, claims = hotel()
    for line in cunning("hotel"):
        name, text = line.split("|")
        facts = claims[name].facts
        placed = re.sub(r"\{(\d)", lambda match, facts=facts: "{" + facts[int(match[1])], text)
        lines += 1
        sentence = Sentence((claims[name].id,), placed, "model")
        passed += [] if check(sentence, scene.claims, scene.book, scene.glossary) else [line]
    sys.stdout.write(f"{lines - len(passed)} of {lines} cunning sentences are blocked\n")
    assert lines > 300 and len(passed) <= 0.01 * lines, passed
