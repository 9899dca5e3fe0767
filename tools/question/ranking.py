"""Rankings ("top 5", "which ... has the highest") and grains ("by month", "weekly", "over time") in a question."""

from __future__ import annotations

import re
from dataclasses import dataclass

from catalog.metrics import Grain
from catalog.refusals import NotUnderstood
from tools.question.periods import number_of, unit_of
from tools.question.text import Words, phrase
from tools.question.vocabulary import ASCENDING, DESCENDING, UNIT

NUMBER = r"\d{1,4}|one|two|three|four|five|six|seven|eight|nine|ten|fifteen|twenty"
DEFAULT_COUNT = 10
NOT_ALL = frozenset("for of from in to with at among across".split())
"""Words after which "most" is no rank: "for most customers"."""
MOST = 1_000
SUPERLATIVE = f"{DESCENDING}|{ASCENDING}"
TOP = phrase(rf"(?:the )?(?P<w>{SUPERLATIVE}) (?P<n>{NUMBER})")
N_TOP = phrase(rf"(?:the )?(?P<n>{NUMBER}) (?P<w>{SUPERLATIVE})")
BARE = phrase(rf"(?:the )?(?P<w>{SUPERLATIVE})")
RANKED_UNIT = phrase(rf"(?:(?:which|what) |by |in )?(?P<u>{UNIT})s?(?: by(?= #))?")
BY_UNIT = phrase(rf"(?:by|per|each|every|for each|for every|in each|in every) (?:fiscal )?(?P<u>{UNIT})")
END_OF_EACH = phrase(rf"(?:(?:at|as of|by|for) )?(?:the )?end of (?:each|every) (?:fiscal )?(?P<u>{UNIT})")
UNIT_BY_UNIT = phrase(rf"(?P<u>{UNIT}) by (?P=u)")
ADVERB = phrase(r"(?:on a )?(?P<w>daily|weekly|monthly|quarterly|yearly|annually|annual)(?: basis)?")
TRENDS = phrase(
    r"(?:over time|trend|trends|trended|trending|trendline|time series|history|historical|historically)(?: (?:of|for))?"
)
ADVERBS: dict[str, Grain] = {
    "daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter", "yearly": "year", "annually": "year",
    "annual": "year",
}  # fmt: skip


@dataclass(frozen=True)
class Ranking:
    """The first groups by the superlative `word`; `count` None where the question gave no number; `start` is the
    position of the word; `unit` when periods are ranked ("which month had the highest")."""

    word: str
    count: int | None
    start: int
    unit: Grain | None = None

    @property
    def descending(self) -> bool:
        """True when large values come first (for "best" and "worst": when more is better)."""
        return self.word in DESCENDING.split("|")


def take_ranking(words: Words) -> Ranking | None:
    """The ranking that the words ask for; they are marked as understood."""
    for pattern in (TOP, N_TOP, BARE):
        if hit := words.search(pattern):
            match, start, end = hit
            if match[0] == "most" and words.before(start) in NOT_ALL:
                raise NotUnderstood("'most' of them are not named, so they cannot be added up.")
            words.take(start, end, "rank")
            count = number_of(match["n"]) if pattern is not BARE else None
            if count is not None and not 1 <= count <= MOST:
                raise NotUnderstood(f"A ranking shows 1 to {MOST} groups.")
            if words.has(BARE):
                raise NotUnderstood("The question ranks twice.", hint="Ask for one ranking at a time.")
            return Ranking(match["w"], count, start, _ranked_unit(words))
    return None


def _ranked_unit(words: Words) -> Grain | None:
    match: re.Match[str] | None = words.consume(RANKED_UNIT, "grain")
    return unit_of(match["u"]) if match else None


def take_grain(words: Words) -> tuple[Grain | None, bool, bool]:
    """The grain, whether a trend is asked for, and whether the ends of periods are; raises NotUnderstood for two
    different grains."""
    grains: list[Grain] = []
    closing = False
    while match := words.consume(END_OF_EACH, "grain"):
        grains.append(unit_of(match["u"]))
        closing = True
    for pattern in (UNIT_BY_UNIT, BY_UNIT):
        while match := words.consume(pattern, "grain"):
            grains.append(unit_of(match["u"]))
    while match := words.consume(ADVERB, "grain"):
        grains.append(ADVERBS[match["w"]])
    trend = False
    while words.consume(TRENDS, "grain"):
        trend = True
    if len(set(grains)) > 1:
        raise NotUnderstood("The question names two grains.", hint="Ask by day, week, month, quarter or year.")
    return (grains[0] if grains else None), trend, closing
