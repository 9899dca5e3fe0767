"""A model's sentences → those that may be delivered: each is checked alone, a faulty one gives way to the claim's own.

No sentence is repaired and none is believed: what the rules cannot prove from the claims is not said. Where too much
fails, where a claim that must be told is missing, or where such claims stand in another order, all is told by rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from agents.claims import PLACEHOLDER, Claim, Claims, Sentence, canonical
from agents.facts import Fact
from agents.narration import lexicon
from agents.narration.checked import Checked, Fault, wordings
from agents.narration.claim_rules import complete, negations
from agents.narration.clauses import Glossary, clauses_of, key_of, tokens_of
from agents.narration.direction_rules import comparing, moves, signs
from agents.narration.name_rules import names, slices
from agents.narration.rendered import check_rendered
from agents.narration.role_rules import bounds, learned, once, plans, revisions, roles, then
from agents.narration.template import narrate
from agents.narration.time_rules import period_words, periods
from agents.narration.word_rules import allowed_words, causes, forecasts, marks, sizes, superlatives, units
from catalog.metrics import Metric

__all__ = ["Fault", "Verdict", "check", "check_all", "check_rendered", "glossary_of"]
RULES = (
    allowed_words,
    sizes,
    units,
    causes,
    forecasts,
    superlatives,
    negations,
    complete,
    names,
    slices,
    period_words,
    periods,
    once,
    roles,
    learned,
    then,
    bounds,
    revisions,
    plans,
    signs,
    moves,
    comparing,
)
"""All rules about one sentence, in order."""
MOST_FAILED = 1 / 3
"""Above this part of faulty sentences nothing of the text is taken."""


@dataclass(frozen=True)
class Verdict:
    """`sentences` may be delivered. `faults` are those of each sentence given, () where it was taken; `whole` says why
    the whole text was told by rules, "" where it was not."""

    sentences: tuple[Sentence, ...]
    faults: tuple[tuple[Fault, ...], ...]
    whole: str = ""

    @property
    def failed(self) -> int:
        """How many sentences were not taken."""
        return sum(bool(faults) for faults in self.faults)


def glossary_of(metrics: Iterable[Metric]) -> dict[str, tuple[str, ...]]:
    """How each metric of a catalog may be called."""
    return {metric.name: (metric.label, *metric.synonyms) for metric in metrics}


def check(sentence: Sentence, claims: Claims, facts: Mapping[str, Fact], glossary: Glossary) -> tuple[Fault, ...]:
    """All that speaks against a sentence; () where nothing does. A claim's own wordings are taken as they are."""
    known = tuple(known_only(sentence, claims, facts))
    if known:
        return known
    told = tuple(claims[claim] for claim in sentence.claims)
    if sentence.text in {text for claim in told for text in wordings(claim)} and len(told) == 1:
        return ()
    found = [*marks(sentence)]
    if found or _only_joined(sentence, told, facts):
        return tuple(found)
    clauses = tuple(clauses_of(sentence, claims, facts, glossary))
    of_claims = {fact: facts[fact] for claim in told for fact in claim.facts}
    checked = Checked(sentence, told, of_claims, glossary, clauses)
    return tuple(dict.fromkeys(fault for rule in RULES for fault in rule(checked)))


def known_only(sentence: Sentence, claims: Claims, facts: Mapping[str, Fact]) -> Iterable[Fault]:
    """Claims and placeholders are known, and no fact is from outside the sentence's claims."""
    if not sentence.claims or not sentence.text.strip():
        yield Fault("claim", "none")
    for claim in sentence.claims:
        if claim not in claims:
            yield Fault("claim", claim)
    if len(set(sentence.claims)) < len(sentence.claims):
        yield Fault("claim", "twice")
    inside = {fact for claim in sentence.claims if claim in claims for fact in claims[claim].facts}
    for token in tokens_of(sentence.text):
        if token.fact and (token.fact not in inside or token.fact not in facts):
            yield Fault("placeholder", token.text)
    if any(brace in PLACEHOLDER.sub("", sentence.text) for brace in "{}"):
        yield Fault("placeholder", "braces")


def _about(claim: Claim, facts: Mapping[str, Fact]) -> frozenset[str]:
    return frozenset(key_of(facts[fact]) for fact in claim.facts)


def _named(claim: Claim) -> bool:
    """Does it say itself what it is about, so that it can follow a sentence about something else?"""
    return not claim.facts or all(":name}" in text for text in wordings(claim))


def _only_joined(sentence: Sentence, told: Sequence[Claim], facts: Mapping[str, Fact]) -> bool:
    """Is it nothing but the claims' own wordings, one each, with joints between?"""
    if len({_about(claim, facts) for claim in told}) > 1 and not all(_named(claim) for claim in told[1:]):
        return False
    rest = sentence.text
    for claim in told:
        fitting = [text.rstrip(".") for text in wordings(claim)]
        found = next((text for text in sorted(fitting, key=len, reverse=True) if _holds(rest, text)), None)
        if found is None:
            return False
        at = rest.lower().index(found.lower())
        rest = f"{rest[:at]} ; {rest[at + len(found) :]}"
    left = tokens_of(rest)
    if any(token.fact for token in left):
        return False
    return all(token.text in lexicon.CONNECTIVES for token in left if token.word)


def _holds(text: str, wording: str) -> bool:
    """Does it hold the wording, its first letter large or small?"""
    return wording in text or (wording[:1].lower() + wording[1:]) in text


def check_all(
    sentences: Sequence[Sentence], claims: Claims, facts: Mapping[str, Fact], glossary: Glossary, *, key: str = ""
) -> Verdict:
    """What may be delivered of a text. `key` is that of the text told by rules where nothing else may."""
    faults = tuple(check(sentence, claims, facts, glossary) for sentence in sentences)
    verdict = Verdict(narrate(claims, facts, key=key), faults)
    if not sentences:
        return Verdict(verdict.sentences, faults, "nothing was written")
    if verdict.failed > MOST_FAILED * len(sentences):
        return Verdict(verdict.sentences, faults, f"{verdict.failed} of {len(sentences)} sentences were faulty")
    kept = _kept(sentences, faults, claims)
    order = [claim for sentence in kept for claim in sentence.claims]
    musts = sorted((claim for claim in claims.values() if claim.must), key=lambda claim: -claim.weight)
    if missing := [claim.id for claim in musts if claim.id not in order]:
        return Verdict(verdict.sentences, faults, f"left out: {', '.join(missing)}")
    places = [(-claim.weight, order.index(claim.id)) for claim in musts]
    if any(a[0] < b[0] and a[1] > b[1] for a in places for b in places):
        return Verdict(verdict.sentences, faults, "what must be told stands in another order")
    return Verdict(kept, faults)


def _kept(sentences: Sequence[Sentence], faults: Sequence[tuple[Fault, ...]], claims: Claims) -> tuple[Sentence, ...]:
    """The sentences taken, and for each of the others the claims' own; no claim twice."""
    kept: list[Sentence] = []
    told: set[str] = set()
    safe = {claim for sentence, bad in zip(sentences, faults, strict=True) if not bad for claim in sentence.claims}
    for sentence, bad in zip(sentences, faults, strict=True):
        if not bad and not told & set(sentence.claims):
            kept.append(Sentence(sentence.claims, sentence.text, "model"))
            told |= set(sentence.claims)
            continue
        for claim in sentence.claims:
            if claim in claims and claim not in told and (claim not in safe or not bad):
                kept.append(canonical(claims[claim]))
                told.add(claim)
    return tuple(kept)
