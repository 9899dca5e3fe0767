"""A sentence's template → its clauses: which words, figures, names, slices and periods stand together, of which claims.

A rule looks at one clause at a time: "revenue rose {f1} and churn fell {f2}" is two statements, and the words of one
prove nothing about the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from agents.claims import Claim, Claims, Sentence
from agents.facts import Fact

Glossary = Mapping[str, Sequence[str]]
"""By metric name, its label and synonyms: every way it may be called."""

_TOKEN = re.compile(r"(\{[^{}]*\})|([^\W\d_]+(?:[’'_.\-‑][^\W\d_]+)*)|(\S)")
_PLACEHOLDER = re.compile(r"\{(f\d+)(?::(signed|when|where|name))?\}")
_BREAKS = frozenset(".,;:—–")
_BREAKING = frozenset({"and", "but", "while", "whereas", "although", "though", "which", "however", "meanwhile", "yet"})
_STARTING = frozenset({"driven", "led", "because", "due", "explained", "with", "against", "compared"})


@dataclass(frozen=True)
class Token:
    """A word in small letters, a mark, or a placeholder (`fact` and `aspect` set)."""

    text: str
    fact: str = ""
    aspect: str = ""
    word: bool = False

    @property
    def figure(self) -> bool:
        """Does it show the number itself?"""
        return bool(self.fact) and self.aspect in ("", "signed")


_TRAILING = frozenset({"by", "from", "to", "against", "versus", "compared", "with"})
_AUXILIARY = frozenset({"is", "was", "are", "were", "be", "been"})
_PAUSE = Token(",")


@dataclass
class Clause:
    """A part of a sentence. `facts` are all facts of the sentence's claims; `owners` the claims it speaks of."""

    tokens: tuple[Token, ...]
    facts: Mapping[str, Fact]
    owners: tuple[Claim, ...] = ()
    keys: frozenset[str] = frozenset()
    """Metrics (or things) it is about: those it names, else those named before it."""
    slices: frozenset[tuple[tuple[str, str], ...]] = frozenset()
    """Slices it is about: those it names, else those named before it."""
    names: bool = field(default=False)
    """Does it name a metric itself?"""

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Its words."""
        return tuple(token.text for token in self.tokens if token.word)

    @cached_property
    def figures(self) -> tuple[Token, ...]:
        """Its figures."""
        return tuple(token for token in self.tokens if token.figure)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Each word or mark with the one after it; a figure reads as {}."""
        texts = ["{}" if token.figure else token.text for token in self.tokens]
        return list(zip(texts, [*texts[1:], ""], strict=True))

    def fact(self, token: Token) -> Fact:
        """The fact of a placeholder."""
        return self.facts[token.fact]

    def of(self, aspect: str) -> tuple[Fact, ...]:
        """The facts placed with an aspect."""
        return tuple(self.facts[token.fact] for token in self.tokens if token.fact and token.aspect == aspect)


def key_of(fact: Fact) -> str:
    """What a fact is about: its metric, or the thing that its label names."""
    return fact.label.casefold()


@lru_cache(maxsize=4096)
def tokens_of(text: str) -> tuple[Token, ...]:
    """The words, marks and placeholders of a template."""
    return tuple(_tokens(text))


def _tokens(text: str) -> Iterator[Token]:
    for match in _TOKEN.finditer(text):
        if match[1]:
            known = _PLACEHOLDER.fullmatch(match[1])
            yield Token(match[1], known[1], known[2] or "") if known else Token(match[1])
        elif match[2]:
            yield Token(match[2].lower().replace("’", "'").replace("‑", "-"), word=True)
        else:
            yield Token(match[3])


def clauses_of(sentence: Sentence, claims: Claims, facts: Mapping[str, Fact], glossary: Glossary) -> list[Clause]:
    """The clauses of a sentence whose placeholders are all known, each with what it is about."""
    told = [claims[claim] for claim in sentence.claims]
    seen = {fact: facts[fact] for claim in told for fact in claim.facts}
    clauses = [Clause(tokens, seen) for tokens in _split(tokens_of(sentence.text))]
    before: Clause | None = None
    for clause in clauses:
        _settle(clause, before, told, glossary)
        before = clause
    return clauses


def _settle(clause: Clause, before: Clause | None, told: Sequence[Claim], glossary: Glossary) -> None:
    placed = {token.fact for token in clause.tokens if token.fact}
    wordless = tuple(claim for claim in told if not claim.facts)
    owners = tuple(claim for claim in told if placed & set(claim.facts))
    clause.owners = (*owners, *wordless) or (before.owners if before else tuple(told))
    if not owners and before:
        clause.owners = tuple(dict.fromkeys((*before.owners, *wordless)))
    named = {key_of(fact) for fact in clause.of("name")}
    for token_run in mentions(clause.words, glossary, clause.facts.values()):
        named |= token_run.keys
    where = {fact.slice for fact in clause.of("where") if fact.slice}
    clause.names = bool(named)
    clause.keys = frozenset(named) or (before.keys if before else frozenset())
    reset = bool(named) and not where and not any(fact.slice for fact in clause.of("name"))
    clause.slices = frozenset(where) or (before.slices if before and not reset else frozenset())


@dataclass(frozen=True)
class Mention:
    """A run of words that is somebody's name: `keys` are the labels of the sentence's facts it may stand for (empty:
    none of them)."""

    text: str
    keys: frozenset[str]


def mentions(words: Sequence[str], glossary: Glossary, facts: Iterable[Fact]) -> list[Mention]:
    """The metrics and things that words name, the longest names first read."""
    names = _names(glossary, list(facts))
    longest = max((len(name) for name in names), default=0)
    found: list[Mention] = []
    at = 0
    while at < len(words):
        for size in range(min(longest, len(words) - at), 0, -1):
            run = tuple(singular(word) for word in words[at : at + size])
            if run in names:
                found.append(Mention(" ".join(words[at : at + size]), names[run]))
                at += size
                break
        else:
            at += 1
    return found


def _names(glossary: Glossary, facts: Sequence[Fact]) -> dict[tuple[str, ...], frozenset[str]]:
    names: dict[tuple[str, ...], frozenset[str]] = {}
    for metric, phrases in glossary.items():
        keys = frozenset(key_of(fact) for fact in facts if fact.metric == metric)
        for phrase in phrases:
            run = phrase_of(phrase)
            names[run] = names.get(run, frozenset()) | keys
    for fact in facts:
        run = phrase_of(fact.label)
        names[run] = names.get(run, frozenset()) | {key_of(fact)}
    names.pop((), None)
    return names


@lru_cache(maxsize=4096)
def phrase_of(text: str) -> tuple[str, ...]:
    """A name as comparable words."""
    return tuple(singular(token.text) for token in tokens_of(text) if token.word)


def singular(word: str) -> str:
    """A word without the endings of number and possession."""
    word = word.removesuffix("'s").removesuffix("'")
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _split(tokens: Sequence[Token]) -> list[tuple[Token, ...]]:
    parts: list[list[Token]] = [[]]
    for token in tokens:
        opens = token.text in _BREAKING and not (token.text == "and" and _between(parts[-1]))
        after = parts[-1][-1].text if parts[-1] else ""
        opens = opens or (token.text in _STARTING and after not in _AUXILIARY)
        if (token.text in _BREAKS and not token.word) or opens:
            parts.append([])
        if not (token.text in _BREAKS and not token.word):
            parts[-1].append(token)
    return [tuple(part) for part in _merged([part for part in parts if part])]


def _between(part: Sequence[Token]) -> bool:
    """Is this the "and" of "between ... and ..."?"""
    return any(token.text == "between" for token in part) and sum(token.figure for token in part) <= 1


def _trails(part: Sequence[Token]) -> bool:
    """Does it only give figures to what was just said: "by {f7}", "{f1} against {f4}"?"""
    return all(token.figure or token.text in _TRAILING for token in part) and (
        part[0].text == "by" or sum(token.figure for token in part) > 1
    )


def _merged(parts: list[list[Token]]) -> list[list[Token]]:
    """Parts without a figure and a slice join the statement they belong to: the one before, at the start the next."""
    whole: list[list[Token]] = []
    waiting: list[Token] = []
    for part in parts:
        bare = not any(token.figure or token.aspect == "where" for token in part)
        if whole and not waiting and _trails(part):
            whole[-1] = [*whole[-1], _PAUSE, *part]
            continue
        opening = part[0].text in _BREAKING | _STARTING and part is not parts[-1]
        if bare and whole and not opening:
            whole[-1] = [*whole[-1], _PAUSE, *part]
        elif bare:
            waiting = [*waiting, *part, _PAUSE]
        else:
            whole.append([*waiting, *part])
            waiting = []
    if waiting and whole:
        whole[-1] = [*whole[-1], _PAUSE, *waiting]
        return whole
    return [*whole, waiting] if waiting else whole
