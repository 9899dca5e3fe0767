"""The verifier against a set of false and of honest sentences that was written apart from it."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache

import pytest

from agents.claims import Sentence
from agents.narration.verifier import check, check_all
from tests.agents.narration import independent
from tests.agents.narration.independent import GLOSSARY, Case, Scene

BLOCKED = 0.99
REJECTED = 0.20
FIRST = 4


@cache
def scenes() -> tuple[Scene, ...]:
    return independent.scenes()


@cache
def false_cases() -> tuple[Case, ...]:
    """All false sentences, each once."""
    cases: dict[tuple[str, Sentence], Case] = {}
    for scene in scenes():
        for case in (*independent.by_hand(scene), *independent.by_rule(scene)):
            cases.setdefault((scene.name, case.sentence), case)
    return tuple(cases.values())


@cache
def _taken(scene: str, sentence: Sentence) -> bool:
    at = next(one for one in scenes() if one.name == scene)
    return not check(sentence, at.claims, at.book, GLOSSARY)


def taken(case: Case) -> bool:
    return _taken(case.scene.name, case.sentence)


def shown(case: Case) -> str:
    return f"{case.scene.name}: {'+'.join(case.sentence.claims)}: {case.sentence.text!r}"


def test_the_set_is_what_it_says() -> None:
    cases = false_cases()
    assert len(scenes()) >= 12
    assert len(cases) >= 1000
    assert sum(case.by_hand for case in cases) >= 250
    assert len({case.kind for case in cases}) >= 10
    assert sum(len(list(independent.honest(scene))) for scene in scenes()) >= 80
    assert {claim.kind for scene in scenes() for claim in scene.claims.values()} >= {
        "driver", "offset", "mix", "broad", "restatement", "definition", "trust", "rank", "entity", "case", "target",
        "quiet",
    }  # fmt: skip


def test_what_the_rules_wrote_is_taken() -> None:
    for scene in scenes():
        for claim in scene.claims.values():
            for text in (claim.sentence, *claim.variants):
                assert not check(Sentence((claim.id,), text, "model"), scene.claims, scene.book, GLOSSARY), text


@pytest.mark.wide
def test_false_sentences_are_blocked() -> None:
    table = _table([(case.kind, taken(case), shown(case)) for case in false_cases()])
    assert table.share >= BLOCKED, table.text


def test_false_sentences_by_hand_are_blocked() -> None:
    table = _table([(case.kind, taken(case), shown(case)) for case in false_cases() if case.by_hand])
    assert table.share >= BLOCKED, table.text


def test_false_sentences_beside_a_true_one_that_is_taken_are_blocked() -> None:
    """Only what the mutation added can speak against these."""
    rows = []
    for case in false_cases():
        if case.true and _taken(case.scene.name, case.true):
            rows.append((case.kind, taken(case), shown(case)))
    assert len(rows) >= 1000
    table = _table(rows)
    assert table.share >= BLOCKED, table.text


def test_false_sentences_are_not_delivered_in_a_whole_text() -> None:
    """A false sentence in place of the first claim's own, all others in their own words."""
    rows = []
    for case in false_cases():
        if case.by_hand:
            rest = [Sentence((c.id,), c.sentence, "model") for c in case.scene.claims.values()]
            kept = [sentence for sentence in rest if not set(sentence.claims) & set(case.sentence.claims)]
            verdict = check_all([case.sentence, *kept], case.scene.claims, case.scene.book, GLOSSARY)
            told = {(sentence.claims, sentence.text) for sentence in verdict.sentences}
            delivered = (case.sentence.claims, case.sentence.text) in told
            rows.append((case.kind, delivered, shown(case)))
    table = _table(rows)
    assert table.share >= BLOCKED, table.text


def test_a_claim_that_must_be_told_is_told() -> None:
    rows = []
    for scene in scenes():
        for text in independent.omissions(scene):
            verdict = check_all(text.sentences, scene.claims, scene.book, GLOSSARY)
            missing = not independent.is_told(text.must, verdict.sentences, scene)
            rows.append(("omission", missing, f"{scene.name}: {text.must.id} of {text.sentences!r}"))
    table = _table(rows)
    assert table.share >= BLOCKED, table.text


def test_honest_sentences_are_taken() -> None:
    cases = [case for scene in scenes() for case in independent.honest(scene)]
    rejected = [case for case in cases if not taken(case)]
    lines = [f"{shown(c)} {check(c.sentence, c.scene.claims, c.scene.book, GLOSSARY)!r}" for c in rejected]
    text = "\n".join((f"{len(rejected)} of {len(cases)} honest sentences rejected", *lines))
    _print(text)
    assert len(rejected) <= REJECTED * len(cases), text


class _Table:
    """What share was blocked, and the table that says so per class with the first misses."""

    def __init__(self, share: float, text: str) -> None:
        self.share = share
        self.text = text


def _table(rows: list[tuple[str, bool, str]]) -> _Table:
    every = Counter(kind for kind, _, _ in rows)
    missed: defaultdict[str, list[str]] = defaultdict(list)
    for kind, miss, text in rows:
        if miss:
            missed[kind].append(text)
    lines = [f"{'class':<14}{'cases':>7}{'blocked':>9}"]
    for kind, count in every.most_common():
        lines.append(f"{kind:<14}{count:>7}{1 - len(missed[kind]) / count:>9.1%}")
        lines += [f"    {text}" for text in missed[kind][:FIRST]]
    misses = sum(map(len, missed.values()))
    share = 1 - misses / len(rows)
    lines.append(f"{'all':<14}{len(rows):>7}{share:>9.2%} ({misses} missed)")
    text = "\n".join(lines)
    _print(text)
    return _Table(share, text)


def _print(text: str) -> None:
    print(text)  # noqa: T201 - pytest shows it with -s, and when a test fails
