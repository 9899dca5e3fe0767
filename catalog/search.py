"""Finds entries by what people call them: names, labels, synonyms, plurals and misspellings.

`nearest` ranks names for error texts; `CatalogIndex` resolves a phrase to one entry or offers candidates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from rapidfuzz import fuzz, process

from catalog.access import Access
from catalog.catalog import Catalog
from catalog.documents import Playbook

Kind = Literal["metric", "table", "dimension", "playbook"]

LEAST_NEAR = 62.0
"""Similarity (0–100) below which two names are strangers."""
LEAST_SAME = 86.0
"""Similarity from which a phrase is taken for a misspelling of exactly one entry."""
LEAST_ALIKE = 75.0
"""Similarity of the whole phrases below which one is not a misspelling of the other."""
LEAST_LEAD = 4.0
"""How far the best entry must be ahead of the next for a misspelling to be unambiguous."""


def folded(phrase: str) -> str:
    """Case, punctuation and simple plurals removed: "Net-Revenue Retentions" and "net revenue retention" are one."""
    words = re.findall(r"[^\W_]+", phrase.casefold())
    return " ".join(_singular(word) for word in words)


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def nearest(name: str, candidates: Iterable[str], limit: int = 3) -> list[str]:
    """Up to `limit` candidates that look like `name`, best first; empty when none does."""
    names = list(candidates)
    found = process.extract(name[:200].casefold(), names, scorer=fuzz.WRatio, processor=str.casefold, limit=limit)
    return [choice for choice, score, _ in found if score >= LEAST_NEAR]


@dataclass(frozen=True)
class Found:
    """An entry that fits: `phrase` is the name or synonym that matched, `score` 0–100."""

    kind: Kind
    name: str
    phrase: str
    score: float


class CatalogIndex:
    """Names, labels and synonyms of what may be seen, folded for look-up."""

    def __init__(self, within: Catalog | Access, playbooks: Mapping[str, Playbook] | None = None) -> None:
        self._phrases: dict[Kind, dict[str, str]] = {"metric": {}, "table": {}, "dimension": {}, "playbook": {}}
        for metric in within.metrics.values():
            self._add("metric", metric.name, metric.name, metric.label, *metric.synonyms)
        for table in within.tables.values():
            self._add("table", table.name, table.name, table.label, *table.synonyms)
        for dimension in within.dimensions.values():
            self._add("dimension", dimension.name, dimension.name, dimension.label, *dimension.column.synonyms)
        for playbook in (playbooks or {}).values():
            self._add("playbook", playbook.name, playbook.name, playbook.title)

    def _add(self, kind: Kind, name: str, *phrases: str) -> None:
        for phrase in phrases:
            if key := folded(phrase):
                self._phrases[kind].setdefault(key, name)

    def resolve(self, phrase: str, kind: Kind = "metric") -> str | None:
        """The one entry that `phrase` names exactly (case, plural and punctuation aside), or None."""
        return self._phrases[kind].get(folded(phrase[:200]))

    def misspelt(self, phrase: str, kind: Kind = "metric") -> str | None:
        """The one entry that `phrase` can only be a misspelling of, or None."""
        found = self.candidates(phrase, kind, limit=2)
        if not found or found[0].score < LEAST_SAME:
            return None
        # Partial matches count for candidates, but a longer phrase that holds a name is not a misspelling of it.
        if fuzz.ratio(folded(phrase[:200]), found[0].phrase) < LEAST_ALIKE:
            return None
        clear = len(found) == 1 or found[0].score - found[1].score >= LEAST_LEAD
        return found[0].name if clear else None

    def candidates(self, phrase: str, kind: Kind | None = None, limit: int = 5) -> list[Found]:
        """Entries that resemble `phrase`, best first, each once."""
        wanted = folded(phrase[:200])
        best: dict[tuple[Kind, str], Found] = {}
        for each in (kind,) if kind else tuple(self._phrases):
            phrases = self._phrases[each]
            for key, score, _ in process.extract(wanted, list(phrases), scorer=fuzz.WRatio, limit=limit * 4):
                place = (each, phrases[key])
                if score >= LEAST_NEAR and (place not in best or score > best[place].score):
                    best[place] = Found(each, phrases[key], key, score)
        return sorted(best.values(), key=lambda f: (-f.score, f.kind, f.name))[:limit]
