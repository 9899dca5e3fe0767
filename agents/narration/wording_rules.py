"""Rules about words: marks, numbers in words, names, causes, forecasts, superlatives, negations, and the allow-list."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from agents.claims import PLACEHOLDER, Claim, Sentence
from agents.facts import Fact
from agents.narration import lexicon as lex
from agents.narration.clauses import Clause, Glossary, Token, key_of, mentions, singular, tokens_of

MARKS = frozenset(".,;:()'’\"“”–—-‑ ")
"""All that may stand beside words."""
LONGEST = 600
"""Characters of a sentence's template."""


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
        stems = {_stem(word) for word in own}
        kinds = {claim.kind for claim in clause.owners}
        known = lex.FUNCTION | own
        if kinds - lex.WORD_KINDS:
            known |= lex.PLAIN | lex.UP | lex.DOWN | lex.GOOD | lex.BAD | lex.REST
        for kind in kinds:
            known |= lex.BY_KIND.get(kind, frozenset())
        named = {w for m in mentions(clause.words, checked.glossary, clause.facts.values()) for w in m.text.split()}
        period = _period_words(clause)
        for word in clause.words:
            if word not in known and word not in named and word not in period and not _same_stem(word, stems):
                yield Fault("word", word)


def _same_stem(word: str, stems: set[str]) -> bool:
    guarded = lex.SUPERLATIVE | lex.FORECAST | lex.CAUSE | lex.NEGATION | lex.UNITS | lex.HEDGES
    return word not in guarded and not word.endswith("est") and _stem(word) in stems


def _stem(word: str) -> str:
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


def period_words(checked: Checked) -> Iterator[Fault]:
    """Words of time fit the figures they stand with: "a year ago" needs the figure of a year ago, and the reverse."""
    for clause in checked.clauses:
        own = bigrams(clause.owners)
        kinds = {clause.fact(token).kind for token in clause.figures}
        yearly = bool(kinds & {"year_ago", "yoy_pct", "yoy_points"})
        grains = {clause.fact(token).period.grain for token in clause.figures}
        labels = {w for m in mentions(clause.words, checked.glossary, clause.facts.values()) for w in m.text.split()}
        says_year = any(word in lex.YEARLY for word in clause.words if word not in labels)
        if says_year and not yearly and "year" not in grains:
            yield Fault("period", "a year ago, without such a figure")
        if yearly and not says_year and not _year_nearby(checked, clause):
            yield Fault("period", "a figure of a year ago that is not called so")
        if yearly and kinds & {"prior", "change_pct"} and says_year:
            yield from _nearest_year(clause, labels)
        if any(word in lex.BEFORE for word in clause.words) and not yearly:
            compared = {"prior", "change", "change_pct", "told", "by_data", "by_definition", "rest"}
            if not kinds & compared and not _all_own(clause.words, lex.BEFORE, said(clause.owners)):
                yield Fault("period", "the period before, without such a figure")
        yield from _spans(clause, own)
        for first, second in _pairs(clause):
            timed = (
                first in ("last", "next", "past", "this", "recent", "current") and second.split("'")[0] in lex.GRAINS
            )
            if timed and (first, second) not in own:
                yield Fault("period", f"{first} {second}")
            if (
                first in ("next", "past", "last", "since", "until", "before")
                and second == "{}"
                and (first, "{}") not in own
            ):
                yield Fault("period", f"{first} a figure")


def _spans(clause: Clause, own: set[tuple[str, str]]) -> Iterator[Fault]:
    """ "a week" is "a week ago" or the like, and a figure right before it is the one of then."""
    tokens = clause.tokens
    for at, token in enumerate(tokens):
        if token.text not in lex.GRAINS or not token.word:
            continue
        before, after = (tokens[at - 1].text if at else ""), (tokens[at + 1].text if at + 1 < len(tokens) else "")
        past = after in lex.BEFORE or before in lex.BEFORE
        if ((before == "a" and not past) or after == "of") and (token.text, after) not in own:
            yield Fault("period", f"{before} {token.text} {after}")
        first = at - 1 - (before in lex.BEFORE)
        figure = tokens[first - 1] if first > 0 and tokens[first].text in ("a", "the") else Token("")
        if figure.text == "of" and first > 1:
            figure = tokens[first - 2]
        if past and figure.figure:
            kind = clause.fact(figure).kind
            then = ("year_ago",) if token.text == "year" else ("prior", "told")
            if kind not in then and not (kind == "prior" and clause.fact(figure).period.grain == "year"):
                yield Fault("period", f"{kind} a {token.text} ago")


def _all_own(words: Iterable[str], of: frozenset[str], own: set[str]) -> bool:
    return all(word in own for word in words if word in of)


def _year_nearby(checked: Checked, clause: Clause) -> bool:
    """Is the year named in the clause right before, about the same thing?"""
    at = checked.clauses.index(clause)
    before = checked.clauses[at - 1] if at else None
    same = before is not None and (not before.keys or before.keys == clause.keys)
    return before is not None and same and any(word in lex.YEARLY for word in before.words)


def _nearest_year(clause: Clause, labels: set[str]) -> Iterator[Fault]:
    at = [i for i, token in enumerate(clause.tokens) if token.word and token.text in lex.YEARLY - labels]
    for place in at:
        near = min(
            ((abs(i - place), token) for i, token in enumerate(clause.tokens) if token.figure), key=lambda pair: pair[0]
        )
        if clause.fact(near[1]).kind not in ("year_ago", "yoy_pct", "yoy_points"):
            yield Fault("period", "a year ago, beside another figure")


def _pairs(clause: Clause) -> list[tuple[str, str]]:
    texts = ["{}" if token.figure else token.text for token in clause.tokens]
    return list(zip(texts, [*texts[1:], ""], strict=True))


def units(checked: Checked) -> Iterator[Fault]:
    """A unit or noun beside a figure is only there where the claim's own text has it: the figure brings its unit."""
    for clause in checked.clauses:
        own = bigrams(clause.owners)
        nouns = lex.UNITS | {word for fact in clause.facts.values() for word in fact.unit.lower().split()}
        nouns = {singular(noun) for noun in nouns}
        for first, second in _pairs(clause):
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
            if not comes and (token.text not in lex.CAUSE or (not drives and token.text in own)):
                continue
            if not _caused(clause, at, drives):
                yield Fault("cause", token.text)


def _caused(clause: Clause, at: int, drives: set[str]) -> bool:
    """Is what a causal word calls the cause a slice that a driver claim names?"""
    word = clause.tokens[at].text
    where = [(place, token.fact) for place, token in enumerate(clause.tokens) if token.aspect == "where"]
    if word in lex.CAUSE_NOUNS:
        return any(fact in drives for _, fact in where)
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
        for first, second in _pairs(clause):
            if extreme(first) and first not in ranked and (first, second) not in own:
                yield Fault("superlative", first)


def extreme(word: str) -> bool:
    """Is it a superlative or a word of records?"""
    return word in lex.SUPERLATIVE or (word.endswith("est") and len(word) > 5)


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
    if sum(here.values()) < sum(least.values()):
        yield Fault("negation", "left out")


def _negated(text: str) -> Counter[tuple[str, str]]:
    """Each negation with the next word that means something."""
    words = [token.text if token.word else "{}" for token in tokens_of(text) if token.word or token.fact]
    found: Counter[tuple[str, str]] = Counter()
    for at, word in enumerate(words):
        if word in lex.NEGATION or word.endswith("n't"):
            after = next((w for w in words[at + 1 :] if w not in lex.FUNCTION), "")
            found[(word, _stem(after))] += 1
    return found


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
    called: set[str] = set()
    for claim in checked.told:
        for text in wordings(claim):
            tokens = tokens_of(text)
            called |= {key_of(checked.facts[t.fact]) for t in tokens if t.aspect == "name"}
            words = [t.text for t in tokens if t.word]
            for mention in mentions(words, checked.glossary, [checked.facts[f] for f in claim.facts]):
                called |= mention.keys
    return called


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
        ranks = {word for word in said([claim]) if extreme(word)}
        if claim.kind == "rank" and ranks and not ranks & set(checked.words):
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
    here = {_stem(word) for word in words}

    def left_out(text: str) -> list[str]:
        own = [token.text for token in tokens_of(text) if token.word and token.text not in lex.FUNCTION]
        content = list(dict.fromkeys(own))
        gone = [word for word in content if _stem(word) not in here]
        if [word for word in gone if word in lex.HEDGES]:
            return gone
        if claim.kind not in lex.WORD_KINDS and claim.facts:
            return []
        most = 0 if not claim.facts else len(content) * 0.6
        return gone if len(gone) > most else []

    options = [left_out(text) for text in wordings(claim)]
    return "" if any(not option for option in options) else min(options, key=len)[0]


RULES = (allowed_words, period_words, units, causes, forecasts, superlatives, negations, names, complete)
"""Rules about words, in order."""
