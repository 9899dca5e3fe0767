"""What the words of one caller's catalog mean: names, labels and synonyms of metrics and dimensions, values under the
caller's own row policy, feeds and tables. Longest phrase first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from rapidfuzz import fuzz

from catalog.access import Access
from catalog.catalog import Dimension
from catalog.search import folded
from tools.question.text import CONTRACTIONS, TOKEN, Words
from tools.question.vocabulary import CHANGES, FIXED_WORDS

Kind = Literal["metric", "dimension", "value", "feed", "table"]
LONGEST_PHRASE = 12
"""Words of one phrase."""
LEAST_ALIKE = 88.0
"""Similarity (0–100) from which a word is taken for a misspelling of one catalog word."""
SHORTEST_MISSPELT = 5
EVERYDAY = frozenset(CHANGES.split("|"))
Values = Callable[[Dimension], Sequence[str]]


@dataclass(frozen=True)
class Entry:
    """One meaning: a name of its kind; for a value, its dimension and the value itself."""

    kind: Kind
    name: str
    value: str = ""


@dataclass(frozen=True)
class Spot:
    """Words [start, end) of the question and what they can mean. `phrase` is how they were written."""

    start: int
    end: int
    entries: tuple[Entry, ...]
    phrase: str

    def of(self, kind: Kind) -> tuple[Entry, ...]:
        """Meanings of one kind."""
        return tuple(entry for entry in self.entries if entry.kind == kind)


def fold_words(text: str) -> tuple[str, ...]:
    """A phrase as the words it is looked up by."""
    found: list[str] = TOKEN.findall(text.casefold())
    plain = " ".join(CONTRACTIONS.get(token, token) for token in found)
    return tuple(folded(word) or word for word in plain.split())


class Lexicon:
    """All phrases of one principal's view of the catalog."""

    def __init__(self, access: Access, values: Values) -> None:
        self.phrases: dict[tuple[str, ...], list[Entry]] = {}
        for metric in access.metrics.values():
            for text in (metric.name.replace("_", " "), metric.label, *metric.synonyms):
                self._add(text, Entry("metric", metric.name))
        for dimension in access.dimensions.values():
            column = dimension.column
            for text in (dimension.name.replace("_", " ").replace(".", " "), dimension.label, *column.synonyms):
                self._add(text, Entry("dimension", dimension.name))
            if column.type == "string":
                self._add_values(dimension, values(dimension))
        for source in access.catalog.sources.sources:
            for text in (source.name.replace("_", " "), source.label, *source.synonyms):
                self._add(text, Entry("feed", source.name))
            self._add(source.system, Entry("feed", source.system))
        for table in access.tables.values():
            for text in (table.name.replace("_", " "), table.name):
                self._add(text, Entry("table", table.name))
        self.words = frozenset(word for key in self.phrases for word in key if word.isalpha()) - FIXED_WORDS

    def _add_values(self, dimension: Dimension, found: Sequence[str]) -> None:
        known = set(found)
        for value in found:
            self._add(value, Entry("value", dimension.name, value))
        for value, synonyms in dimension.column.value_synonyms.items():
            for text in synonyms if value in known else ():
                self._add(text, Entry("value", dimension.name, value))

    def _add(self, text: str, entry: Entry) -> None:
        key = fold_words(text)
        if not key or len(key) > LONGEST_PHRASE or (entry.kind == "value" and all(w in FIXED_WORDS for w in key)):
            return
        entries = self.phrases.setdefault(key, [])
        if entry not in entries:
            entries.append(entry)

    def spot(self, words: Words) -> list[Spot]:
        """Phrases in the question, longest first from the left; their words are marked as understood."""
        keys = [folded(word) or word for word in words.words]
        spots: list[Spot] = []
        start = 0
        while start < len(keys):
            for end in range(min(len(keys), start + LONGEST_PHRASE), start, -1):
                entries = self.phrases.get(tuple(keys[start:end]))
                if entries and not any(words.taken[start:end]) and not self._only_in_passing(keys, start, end, entries):
                    spots.append(Spot(start, end, tuple(entries), " ".join(words.words[start:end])))
                    words.take(start, end)
                    start = end - 1
                    break
            start += 1
        return spots

    def _only_in_passing(self, keys: list[str], start: int, end: int, entries: list[Entry]) -> bool:
        """True for a value that is also an everyday word of questions ("growth"), unless its dimension stands beside
        it ("Growth tier")."""
        if end - start > 1 or keys[start] not in EVERYDAY or any(e.kind != "value" for e in entries):
            return False
        beside = [tuple(keys[end : end + n]) for n in (1, 2)] + [tuple(keys[max(0, start - n) : start]) for n in (1, 2)]
        named = {e.name for key in beside for e in self.phrases.get(key, ()) if e.kind == "dimension"}
        return not named & {e.name for e in entries}

    def misspelt(self, word: str) -> str | None:
        """The one catalog word that `word` can only be a misspelling of."""
        if len(word) < SHORTEST_MISSPELT or not word.isalpha() or word in FIXED_WORDS:
            return None
        alike = [w for w in self.words if w[0] == word[0] and fuzz.ratio(w, word) >= LEAST_ALIKE]
        return alike[0] if len(alike) == 1 else None
