"""Rules about names: figures are of the metric and of the part of the business that their clause names."""

from __future__ import annotations

from collections.abc import Iterator

from agents.figures import DIFFERENCES
from agents.narration import lexicon as lex
from agents.narration.checked import Checked, Fault, said, wordings
from agents.narration.clauses import Clause, key_of, mentions, tokens_of


def names(checked: Checked) -> Iterator[Fault]:
    """A metric named in a clause has a figure there, and each figure is of the metric named."""
    for clause in checked.clauses:
        placed = {key_of(clause.fact(token)) for token in clause.tokens if token.fact}
        for mention in mentions(clause.words, checked.glossary, clause.facts.values()):
            if not mention.keys & placed and not _own_phrase(mention.text, clause):
                yield Fault("metric", mention.text)
        called = _called(checked)
        for token in clause.figures:
            key = key_of(clause.fact(token))
            if clause.keys and key not in clause.keys and key in called:
                yield Fault("metric", f"{token.text} is of {clause.fact(token).label}")
        for token in clause.tokens:
            if token.aspect == "name" and clause.figures and not _has_figure(clause, key_of(clause.fact(token))):
                yield Fault("metric", f"{token.text} without a figure of it")


def _own_phrase(text: str, clause: Clause) -> bool:
    """Do the claims of the clause use the phrase themselves, outside the names of other metrics?"""
    return all(word in said(clause.owners) for word in text.split())


def _has_figure(clause: Clause, key: str) -> bool:
    own = {key_of(clause.facts[f]) for c in clause.owners for f in c.facts if f in clause.facts}
    return any(key_of(clause.fact(token)) == key for token in clause.figures) or len(own) > 1


def _called(checked: Checked) -> set[str]:
    """What the claims' own texts call by name."""
    labels = {phrase.casefold() for phrases in checked.glossary.values() for phrase in phrases}
    called = {key_of(fact) for fact in checked.facts.values() if key_of(fact) in labels}
    for claim in checked.told:
        for text in wordings(claim):
            tokens = tokens_of(text)
            called |= {key_of(checked.facts[t.fact]) for t in tokens if t.aspect == "name"}
            words = [t.text for t in tokens if t.word]
            for mention in mentions(words, checked.glossary, [checked.facts[f] for f in claim.facts]):
                called |= mention.keys
    return called


def slices(checked: Checked) -> Iterator[Fault]:
    """A figure of a part of the business stands with the name of that part; a figure of the whole with none."""
    named = _claims_that_name(checked)
    for clause in checked.clauses:
        for at, token in enumerate(clause.tokens):
            if not token.figure:
                continue
            fact = clause.fact(token)
            if fact.slice:
                wrong = clause.slices and fact.slice not in clause.slices
                unnamed = not clause.slices and token.fact in named
                if wrong or unnamed:
                    yield Fault("slice", token.text)
            elif clause.slices and not _of_whole(clause, at):
                yield Fault("slice", f"{token.text} is of the whole")
        if len({fact.slice for fact in clause.of("where")}) > 1:
            yield Fault("slice", "two parts in one statement")


def _claims_that_name(checked: Checked) -> set[str]:
    """Facts of claims whose own texts name the slice."""
    named: set[str] = set()
    for claim in checked.told:
        if any(token.aspect == "where" for text in wordings(claim) for token in tokens_of(text)):
            named |= set(claim.facts)
    return named


def _of_whole(clause: Clause, at: int) -> bool:
    """Is it "the {f1} fall": the whole's change as a noun?"""
    after = clause.tokens[at + 1 : at + 2]
    return bool(after) and after[0].text in lex.MOVEMENTS and clause.fact(clause.tokens[at]).kind in DIFFERENCES
