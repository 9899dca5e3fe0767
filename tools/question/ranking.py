"""Rankings ("top 5", "which ... has the highest") and grains ("by month", "weekly", "over time") in a question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from catalog.metrics import Grain
from catalog.refusals import NotUnderstood
from tools.question.periods import number_of, unit_of
from tools.question.text import Words, phrase
from tools.question.vocabulary import ASCENDING, DESCENDING, UNIT

NUMBER = r"\d{1,4}|one|two|three|four|five|six|seven|eight|nine|ten|fifteen|twenty"
DEFAULT_COUNT = 10
MOST = 1_000
TOP = phrase(rf"(?:the )?(?P<w>{DESCENDING}|{ASCENDING}) (?P<n>{NUMBER})")
N_TOP = phrase(rf"(?:the )?(?P<n>{NUMBER}) (?P<w>{DESCENDING}|{ASCENDING})")
BARE = phrase(rf"(?:the )?(?P<w>{DESCENDING}|{ASCENDING})")
BY_UNIT = phrase(
    rf"(?:(?:broken down |split |grouped )?(?:by|per|each|every|for each|for every)) (?:calendar |fiscal )?(?P<u>{UNIT})"
)
UNIT_BY_UNIT = phrase(rf"(?P<u>{UNIT}) by (?P=u)")
ADVERB = phrase(r"(?:on a )?(?P<w>daily|weekly|monthly|quarterly|yearly|annually|annual)(?: basis)?")
TRENDS = phrase(r"(?:over time|trend|trends|trended|trending|time series|history|historical|historically)")
ADVERBS: dict[str, Grain] = {
    "daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter", "yearly": "year", "annually": "year",
    "annual": "year",
}  # fmt: skip


@dataclass(frozen=True)
class Ranking:
    """The first `count` groups in `direction`; `start` is the position of the word that says so."""

    count: int
    direction: Literal["asc", "desc"]
    start: int
    assumed: bool = False


def take_ranking(words: Words) -> Ranking | None:
    """The ranking that the words ask for; they are marked as understood."""
    for pattern in (TOP, N_TOP):
        if hit := words.search(pattern):
            match, start, end = hit
            words.take(start, end)
            count = number_of(match["n"])
            if not 1 <= count <= MOST:
                raise NotUnderstood(f"A ranking shows 1 to {MOST} groups.")
            return Ranking(count, _direction(match["w"]), start)
    if hit := words.search(BARE):
        match, start, end = hit
        words.take(start, end)
        # "which region has the highest" asks for one; "top customers" for some.
        single = any(w in words.words[:start] for w in ("which", "what", "who"))
        return Ranking(1 if single else DEFAULT_COUNT, _direction(match["w"]), 0 if single else start, not single)
    return None


def _direction(word: str) -> Literal["asc", "desc"]:
    return "asc" if word in ASCENDING.split("|") else "desc"


def take_grain(words: Words) -> tuple[Grain | None, bool]:
    """The grain, and whether a trend is asked for; raises NotUnderstood for two different grains."""
    grains: list[Grain] = []
    for pattern in (UNIT_BY_UNIT, BY_UNIT):
        while match := words.consume(pattern):
            grains.append(unit_of(match["u"]))
    while match := words.consume(ADVERB):
        grains.append(ADVERBS[match["w"]])
    trend = False
    while words.consume(TRENDS):
        trend = True
    if len(set(grains)) > 1:
        raise NotUnderstood("The question names two grains.", hint="Ask by day, week, month, quarter or year.")
    return (grains[0] if grains else None), trend
