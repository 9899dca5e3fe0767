"""What the words of one caller's catalog mean: names, labels and synonyms of metrics and dimensions, values under the
caller's own row policy, feeds and tables. Longest phrase first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from rapidfuzz.distance import OSA

from catalog.access import Access
from catalog.catalog import Dimension
from catalog.search import folded
from tools.question.text import Words, words_of
from tools.question.vocabulary import FIXED_WORDS

Kind = Literal["metric", "dimension", "value", "feed", "table"]
LONGEST_PHRASE = 12
"""Words of one phrase."""
SHORTEST_MISSPELT = 5
"""Letters; shorter words are too near to each other."""
LONG_WORD = 9
"""Letters from which two slips are forgiven, not one."""
SUBSTITUTED = 8
"""Letters from which another letter in the place of one is a slip; in shorter words it makes another word
("lines", "lives")."""
PARTICIPLE = "ed"
GERUND = "ing"
"""What is summed, from what is done: "bookings" are what was booked."""
SHORTEST_GERUND = 6
LISTS = frozenset({"and", "or", "nor", "&"})
COUNTING = ("number", "of")
MANY = 30
"""Values from which a dimension has too many to be meant one by one in "per X"."""
Values = Callable[[Dimension], Sequence[str]]


@dataclass(frozen=True)
class Entry:
    """One meaning: a name of its kind; for a value, its dimension and the value itself. A `weak` value is an English
    word of another meaning ("Growth"): it counts only beside a word for its dimension."""

    kind: Kind
    name: str
    value: str = ""
    weak: bool = False


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
    return tuple(folded(word) or word for word in words_of(text)[0])


def sentence_forms(key: tuple[str, ...]) -> list[tuple[str, ...]]:
    """ "Churned customers" as it stands in a sentence: "customers churned", "customers were churned"; "bookings": "we
    booked"."""
    if len(key) == 1 and key[0].endswith(GERUND) and len(key[0]) >= SHORTEST_GERUND:
        verb = key[0].removesuffix(GERUND)
        return [("we", verb), ("we", f"{verb}{PARTICIPLE}")]
    if len(key) != 2:
        return []
    noun, participle = key if key[1].endswith(PARTICIPLE) else (key[1], key[0])
    if not participle.endswith(PARTICIPLE):
        return []
    return [(noun, participle), *((noun, auxiliary, participle) for auxiliary in ("were", "was", "have", "got"))]


class Lexicon:
    """All phrases of one principal's view of the catalog."""

    def __init__(self, access: Access, values: Values) -> None:
        self.phrases: dict[tuple[str, ...], list[Entry]] = {}
        for metric in access.metrics.values():
            for text in (metric.name.replace("_", " "), metric.label, *metric.synonyms):
                self._add(text, Entry("metric", metric.name))
        for key in list(self.phrases):
            for form in sentence_forms(key):
                self.phrases.setdefault(form, self.phrases[key])
        many: list[str] = []
        for dimension in access.dimensions.values():
            column = dimension.column
            for text in (dimension.name.replace("_", " ").replace(".", " "), dimension.label, *column.synonyms):
                self._add(text, Entry("dimension", dimension.name))
            if column.type == "string":
                found = values(dimension)
                many += [dimension.name] if len(found) > MANY else []
                self._add_values(dimension, found)
        for source in access.catalog.sources.sources:
            for text in (source.name.replace("_", " "), source.label, *source.synonyms):
                self._add(text, Entry("feed", source.name))
        for system in sorted({source.system for source in access.catalog.sources.sources}):
            self._add(system, Entry("feed", system))
        for table in access.tables.values():
            for text in (table.name.replace("_", " "), table.name):
                self._add(text, Entry("table", table.name))
        self.many = frozenset(many)
        # Values are left out: a name of a customer is near to many words that mean something else.
        named = [k for k, entries in self.phrases.items() if any(e.kind in ("metric", "dimension") for e in entries)]
        self.words = frozenset(word for key in self.phrases for word in key)
        self.correctable = frozenset(word for key in named for word in key if word.isalpha()) - FIXED_WORDS

    def _add_values(self, dimension: Dimension, found: Sequence[str]) -> None:
        known = set(found)
        for value in found:
            self._add_value(value, dimension.name, value)
        for value, synonyms in dimension.column.value_synonyms.items():
            for text in synonyms if value in known else ():
                self._add_value(text, dimension.name, value)

    def _add_value(self, text: str, dimension: str, value: str) -> None:
        words = words_of(text)[0]
        self._add(text, Entry("value", dimension, value, weak=all(w in FIXED_WORDS or w.isdigit() for w in words)))

    def _add(self, text: str, entry: Entry) -> None:
        key = fold_words(text)
        if not key or len(key) > LONGEST_PHRASE:
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
            if tuple(keys[start : start + 2]) == COUNTING and self._end(keys, start + 2) > self._end(keys, start):
                # "Number of tickets opened": the longer phrase behind "number of" is the one meant.
                start += 2
            end = self._end(keys, start)
            if end > start:
                entries = tuple(self.phrases[tuple(keys[start:end])])
                spots.append(Spot(start, end, entries, " ".join(words.words[start:end])))
                words.take(start, end, "spot")
            start = max(end, start + 1)
        return _without_weak(spots, words)

    def _end(self, keys: list[str], start: int) -> int:
        """Where the longest phrase that begins at a position ends; the position itself where none does."""
        ends = range(min(len(keys), start + LONGEST_PHRASE), start, -1)
        return next((end for end in ends if tuple(keys[start:end]) in self.phrases), start)

    def misspelt(self, word: str) -> str | None:
        """The one catalog word that `word` can only be a misspelling of."""
        if len(word) < SHORTEST_MISSPELT or not word.isalpha() or word in FIXED_WORDS:
            return None
        slips = 2 if len(word) >= LONG_WORD else 1
        near = {w: OSA.distance(w, folded(word), score_cutoff=slips) for w in self.correctable if w[0] == word[0]}
        alike = [w for w, distance in near.items() if distance <= slips and not _another_word(w, folded(word))]
        return alike[0] if len(alike) == 1 else None


def _another_word(meant: str, written: str) -> bool:
    same_length = len(meant) == len(written) and len(meant) < SUBSTITUTED
    return same_length and sum(a != b for a, b in zip(meant, written, strict=True)) == 1


def _nouns_beside(spots: list[Spot], index: int, words: Words) -> set[str]:
    """Dimensions whose word stands beside a value, or beside the list of values that it is in ("low and medium
    severity")."""
    first = last = index
    while last + 1 < len(spots) and _listed(spots[last], spots[last + 1], words):
        last += 1
    while first and _listed(spots[first - 1], spots[first], words):
        first -= 1
    beside = [s for s in spots[max(0, first - 1) : first] if s.end == spots[first].start]
    beside += [s for s in spots[last + 1 : last + 2] if s.start == spots[last].end]
    return {e.name for s in beside for e in s.of("dimension")}


def _listed(one: Spot, other: Spot, words: Words) -> bool:
    between = words.words[one.end : other.start]
    paused = other.start == one.end and other.start in words.breaks
    return bool(one.of("value") and other.of("value")) and (paused or (len(between) == 1 and between[0] in LISTS))


def _without_weak(spots: list[Spot], words: Words) -> list[Spot]:
    """Weak values stay where a word for their dimension stands beside them; else their words are free again."""
    kept: list[Spot] = []
    for index, spot in enumerate(spots):
        nouns = _nouns_beside(spots, index, words)
        strong = tuple(e for e in spot.entries if not e.weak or e.name in nouns)
        if strong:
            kept.append(Spot(spot.start, spot.end, strong, spot.phrase))
        else:
            words.free(spot.start, spot.end)
    return kept
