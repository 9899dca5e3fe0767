"""Rules about claims: a negation is the claim's own, and nothing that a claim stands or falls with is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from agents.claims import Claim
from agents.facts import Fact
from agents.narration import lexicon as lex
from agents.narration.checked import Checked, Fault, bigrams, wordings
from agents.narration.clauses import tokens_of
from agents.narration.word_rules import extreme, stem


def negations(checked: Checked) -> Iterator[Fault]:
    """A negation is the claim's own, of the same word, and none of the claim's is left out."""
    own: Counter[tuple[str, str]] = Counter()
    least: Counter[str] = Counter()
    for claim in checked.told:
        texts = [_negated(text) for text in wordings(claim)]
        for pairs in texts:
            own |= pairs
        least += min((Counter(word for _, word in pairs.elements()) for pairs in texts), key=lambda c: sum(c.values()))
    here = _negated(checked.sentence.text)
    for pair in here:
        if pair not in own:
            yield Fault("negation", " ".join(pair))
    plain = {word for claim in checked.told for text in wordings(claim) for word in _plain(text)}
    negated = {stem for _, stem in own}
    for word in _plain(checked.sentence.text):
        if word in negated and word not in plain:
            yield Fault("negation", f"{word} without its negation")
    pairs = bigrams(checked.told)
    for first, second in pairwise(checked.words):
        if (second == "rather" or (first == "than" and "rather" in checked.words)) and (first, second) not in pairs:
            yield Fault("negation", f"{first} {second}")
    if sum(here.values()) < sum(least.values()):
        yield Fault("negation", "left out")


def _plain(text: str) -> list[str]:
    """Words that mean something, except those right after a negation."""
    words = [token.text for token in tokens_of(text) if token.word]
    found: list[str] = []
    after = False
    for word in words:
        if word in lex.NEGATION or word.endswith("n't"):
            after = True
        elif word not in lex.FUNCTION:
            found += [] if after else [stem(word)]
            after = False
    return found


def _negated(text: str) -> Counter[tuple[str, str]]:
    """Each negation with the next word that means something."""
    words = [token.text if token.word else "{}" for token in tokens_of(text) if token.word or token.fact]
    found: Counter[tuple[str, str]] = Counter()
    for at, word in enumerate(words):
        if word in lex.NEGATION or word.endswith("n't"):
            after = next((w for w in words[at + 1 :] if w not in lex.FUNCTION), "")
            found[(word, stem(after))] += 1
    return found


def complete(checked: Checked) -> Iterator[Fault]:
    """What stands in every wording of a claim stands here too: its figures, its slice, and words that it falls with."""
    placed = {(token.fact, token.aspect) for token in checked.tokens if token.fact}
    figures = {fact for fact, aspect in placed if aspect in ("", "signed")}
    for claim in checked.told:
        needed = _needed(claim, checked.facts)
        if needed - figures:
            yield Fault("omission", f"{claim.id} without {', '.join(sorted(needed - figures))}")
        where = _everywhere(claim, "where")
        if where and not where & {fact for fact, aspect in placed if aspect == "where"}:
            yield Fault("omission", f"{claim.id} without its slice")
        if claim.facts and not {fact for fact, _ in placed} & set(claim.facts):
            yield Fault("omission", f"{claim.id} is not spoken of")
        ranks = {token.text for token in tokens_of(claim.sentence) if token.word and extreme(token.text)}
        if claim.kind == "rank" and ranks - set(checked.words):
            yield Fault("omission", f"{claim.id} without its place")
        if missing := _missing_words(claim, checked.words):
            yield Fault("omission", f"{claim.id} without {missing}")


def _needed(claim: Claim, facts: Mapping[str, Fact]) -> set[str]:
    always = _everywhere(claim, "") | _everywhere(claim, "signed")
    less = {f for f in always if facts[f].kind not in ("prior", "year_ago")}
    return less or always


def _everywhere(claim: Claim, aspect: str) -> set[str]:
    """Facts placed in every wording of a claim; a figure with its sign and one without are the same figure."""

    def placed(text: str) -> set[str]:
        same = ("", "signed") if aspect in ("", "signed") else (aspect,)
        return {token.fact for token in tokens_of(text) if token.fact and token.aspect in same}

    always = placed(claim.sentence)
    for text in claim.variants:
        always &= placed(text)
    return always


def _missing_words(claim: Claim, words: Iterable[str]) -> str:
    """Words that a claim made in words cannot do without: its qualifiers, and most of what it is about."""
    here = {stem(word) for word in words}

    def left_out(text: str) -> list[str]:
        own = [token.text for token in tokens_of(text) if token.word and token.text not in lex.FUNCTION]
        content = list(dict.fromkeys(own))
        gone = [word for word in content if stem(word) not in here]
        if [word for word in gone if word in lex.HEDGES]:
            return gone
        if claim.kind not in lex.WORD_KINDS and claim.facts:
            return []
        most = 0 if not claim.facts else len(content) * 0.6
        return gone if len(gone) > most else []

    options = [left_out(text) for text in wordings(claim)]
    return "" if any(not option for option in options) else min(options, key=len)[0]
