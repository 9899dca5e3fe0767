"""What the rules look at: a sentence with its claims, facts and clauses; and what they give back: faults."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from agents.claims import Claim, Sentence
from agents.facts import Fact
from agents.narration.clauses import Clause, Glossary, Token, tokens_of


@dataclass(frozen=True)
class Fault:
    """Why a sentence is not taken: the rule and what it met."""

    rule: str
    detail: str


@dataclass(frozen=True)
class Checked:
    """A sentence under check. `told` are its claims, `facts` theirs."""

    sentence: Sentence
    told: tuple[Claim, ...]
    facts: Mapping[str, Fact]
    glossary: Glossary
    clauses: tuple[Clause, ...]

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """Everything in it."""
        return tokens_of(self.sentence.text)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Its words."""
        return tuple(token.text for token in self.tokens if token.word)


def wordings(claim: Claim) -> tuple[str, ...]:
    """All texts of a claim that its agent stands behind."""
    return (claim.sentence, *claim.variants)


def said(claims: Iterable[Claim]) -> set[str]:
    """Words of the claims' own texts."""
    return {token.text for claim in claims for text in wordings(claim) for token in tokens_of(text) if token.word}


def bigrams(claims: Iterable[Claim]) -> set[tuple[str, str]]:
    """Neighbouring words of the claims' own texts; a placeholder counts as a word."""
    pairs: set[tuple[str, str]] = set()
    for claim in claims:
        for text in wordings(claim):
            texts = ["{}" if token.fact else token.text for token in tokens_of(text)]
            pairs |= set(zip(texts, [*texts[1:], ""], strict=True))
    return pairs


def own_word(clause: Clause, word: str) -> bool:
    return any(token.text == word for c in clause.owners for text in wordings(c) for token in tokens_of(text))


def own_pair(clause: Clause, at: int) -> bool:
    """Do the claims use the word with the one after it?"""
    after = clause.tokens[at + 1 : at + 2]
    pairs = {(a.text, b.text) for c in clause.owners for t in wordings(c) for a, b in pairwise(tokens_of(t))}
    return bool(after) and (clause.tokens[at].text, after[0].text) in pairs
