"""Rules about words: marks and digits, the allow-list, units, causes, forecasts, superlatives."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from agents.claims import PLACEHOLDER, Sentence
from agents.narration import lexicon as lex
from agents.narration.checked import Checked, Fault, bigrams, said
from agents.narration.clauses import Clause, Token, key_of, mentions, singular

MARKS = frozenset(".,;:()'’\"“”–—-‑ ")
"""All that may stand beside words."""


RATES = frozenset({"change_pct", "yoy_pct"})
SMALL_CHANGE = Decimal("0.03")
LARGE_CHANGE = Decimal("0.1")
LONGEST = 600
"""Characters of a sentence's template."""


def marks(sentence: Sentence) -> Iterator[Fault]:
    """No digit of any script, no sign, no markup: only words, a few marks and whole placeholders."""
    rest = PLACEHOLDER.sub(" ", sentence.text)
    if len(sentence.text) > LONGEST:
        yield Fault("length", f"more than {LONGEST} characters")
    for char in dict.fromkeys(rest):
        if unicodedata.category(char).startswith("N") or unicodedata.numeric(char, None) is not None:
            yield Fault("digit", char)
        elif not (char in MARKS or (char.isalpha() and unicodedata.normalize("NFKC", char) == char)):
            yield Fault("mark", repr(char))
    for match in PLACEHOLDER.finditer(sentence.text):
        before, after = sentence.text[: match.start()][-1:], sentence.text[match.end() :][:1]
        if (before and before not in " (“\"'—") or (after and after not in " .,;:)”\"'’—"):
            yield Fault("glued", match[0])


def allowed_words(checked: Checked) -> Iterator[Fault]:
    """Every word is a joint of a sentence, a plain word of report, the claim's own, or a name of its metric."""
    for clause in checked.clauses:
        own = said(clause.owners)
        stems = {stem(word) for word in own}
        kinds = {claim.kind for claim in clause.owners}
        known = lex.FUNCTION | own
        if kinds - lex.WORD_KINDS:
            known |= lex.PLAIN | lex.UP | lex.DOWN | lex.GOOD | lex.BAD | lex.REST | lex.SMALL | lex.LARGE
        for kind in kinds:
            known |= lex.BY_KIND.get(kind, frozenset())
            known |= lex.ALONE.get(kind, frozenset()) if len(checked.told) == 1 else frozenset()
        named = {w for m in mentions(clause.words, checked.glossary, clause.facts.values()) for w in m.text.split()}
        period = _period_words(clause)
        for word in clause.words:
            if word not in known and word not in named and word not in period and not _same_stem(word, stems):
                yield Fault("word", word)


def _same_stem(word: str, stems: set[str]) -> bool:
    guarded = lex.SUPERLATIVE | lex.FORECAST | lex.CAUSE | lex.NEGATION | lex.UNITS | lex.HEDGES
    return word not in guarded and not word.endswith("est") and stem(word) in stems


def stem(word: str) -> str:
    word = singular(word)
    for ending in ("ing", "ed", "e", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word.removesuffix(ending)
    return word


def _period_words(clause: Clause) -> set[str]:
    """Words of time that this clause's figures allow; `period_words` checks how they are used."""
    words: set[str] = set(lex.BEFORE) | set(lex.YEARLY)
    for token in clause.figures:
        grain = clause.fact(token).period.grain
        if grain:
            words |= {grain, f"{grain}'s", f"{grain}ly", f"{grain}-on-{grain}", f"{grain}-over-{grain}"}
    return words


def sizes(checked: Checked) -> Iterator[Fault]:
    """Words for a small or a large change stand only where the claims hold such a change, in percent, of what the
    clause is about."""
    for clause in checked.clauses:
        rates = [
            abs(fact.value)
            for fact in clause.facts.values()
            if fact.kind in RATES
            and (not clause.keys or key_of(fact) in clause.keys)
            and (not clause.slices or fact.slice in clause.slices)
        ]
        for word in clause.words:
            if word in lex.SMALL and not (rates and max(rates) <= SMALL_CHANGE):
                yield Fault("size", word)
            if word in lex.LARGE and not (rates and min(rates) >= LARGE_CHANGE):
                yield Fault("size", word)


def units(checked: Checked) -> Iterator[Fault]:
    """A unit or noun beside a figure is only there where the claim's own text has it: the figure brings its unit."""
    for clause in checked.clauses:
        own = bigrams(clause.owners)
        nouns = lex.UNITS | {word for fact in clause.facts.values() for word in fact.unit.lower().split()}
        nouns = {singular(noun) for noun in nouns}
        for first, second in clause.pairs:
            if first == "{}" and singular(second) in nouns and ("{}", second) not in own:
                yield Fault("unit", second)
            if second == "{}" and singular(first) in nouns - {"day"} and (first, "{}") not in own:
                yield Fault("unit", first)


def causes(checked: Checked) -> Iterator[Fault]:
    """Causal words stand in driver claims, on the right side of the slice that a driver claim names."""
    for clause in checked.clauses:
        drives = {fact for claim in clause.owners if claim.kind == "driver" for fact in claim.facts}
        own = said(claim for claim in clause.owners if claim.kind != "driver")
        for at, token in enumerate(clause.tokens):
            comes = token.text == "from" and any(near.aspect == "where" for near in clause.tokens[at + 1 : at + 2])
            came = token.text in ("come", "comes", "came", "coming") and _from_nothing(clause, at)
            if came:
                yield Fault("cause", f"{token.text} from")
            if not comes and (token.text not in lex.CAUSE or (not drives and token.text in own)):
                continue
            if not _caused(clause, at, drives):
                yield Fault("cause", token.text)


def _from_nothing(clause: Clause, at: int) -> bool:
    """Is it "came from" something that is neither a slice nor a figure?"""
    after = clause.tokens[at + 1 : at + 3]
    return bool(after) and after[0].text == "from" and not (len(after) > 1 and after[1].fact)


def _caused(clause: Clause, at: int, drives: set[str]) -> bool:
    """Is what a causal word calls the cause a slice that a driver claim names?"""
    word = clause.tokens[at].text
    where = [(place, token.fact) for place, token in enumerate(clause.tokens) if token.aspect == "where"]
    if word in lex.CAUSE_NOUNS:
        return any(fact in drives for _, fact in where)
    linked = {"driven": "by", "led": "by", "caused": "by", "due": "to", "because": "of", "stems": "from"}
    if word in linked and not any(token.text == linked[word] for token in clause.tokens[at + 1 : at + 2]):
        return False
    passive = any(token.text == "by" for token in clause.tokens[at + 1 : at + 2])
    active = word in lex.CAUSE_ACTIVE and not passive
    if active and not where:
        figures = [token.fact for token in clause.figures]
        return bool(figures) and all(f in drives and clause.facts[f].slice in clause.slices for f in figures)
    side = [fact for place, fact in where if (place < at) == active]
    return bool(side) and set(side) <= drives


def forecasts(checked: Checked) -> Iterator[Fault]:
    """Nothing is said of the future; "expected" only of an expected range."""
    for clause in checked.clauses:
        own = bigrams(clause.owners)
        own_words = said(clause.owners)
        for token, after in pairwise((*clause.tokens, Token(""))):
            second = "{}" if after.fact else after.text
            bound = after.figure and clause.fact(after).kind == "low"
            ranged = token.text == "expected" and (bound or second in ("range", "band", "between", "limits"))
            backed = (token.text, second) in own or (ranged and token.text in own_words)
            if token.text in lex.FORECAST and not backed:
                yield Fault("forecast", token.text)
            if token.text == "to" and second in lex.BASE_FORMS:
                yield Fault("forecast", f"to {second}")


def superlatives(checked: Checked) -> Iterator[Fault]:
    """Records and extremes stand in rank claims only, in the words of that claim."""
    for clause in checked.clauses:
        ranked = said(c for c in clause.owners if c.kind == "rank")
        own = bigrams(clause.owners)
        for first, second in clause.pairs:
            if extreme(first) and first not in ranked and (first, second) not in own:
                yield Fault("superlative", first)


def extreme(word: str) -> bool:
    """Is it a superlative or a word of records?"""
    return word in lex.SUPERLATIVE or (word.endswith("est") and len(word) > 5)
