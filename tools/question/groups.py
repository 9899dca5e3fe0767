"""Dimensions in a question: what the figures are split by, and nouns that only say what they are about."""

from __future__ import annotations

from dataclasses import replace

from catalog.access import Access
from catalog.metrics import Grain
from catalog.refusals import Ambiguous, NotUnderstood
from catalog.search import CatalogIndex
from tools.question.found import SHOWN, Found, allows
from tools.question.lexicon import Entry, Lexicon, Spot
from tools.question.limits import condition_after
from tools.question.periods import number_of, unit_of
from tools.question.ranking import NUMBER, Ranking
from tools.question.text import Words, phrase
from tools.question.vocabulary import ASKING, GROUPING, UNIT

ARTICLES = frozenset("the our all of for in different individual these".split())
AND_UNIT = phrase(rf"and (?:by )?(?P<u>{UNIT})")
COUNTING = ("number", "of")


def take_groups(
    words: Words,
    spots: list[Spot],
    access: Access,
    found: Found,
    ranking: Ranking | None,
    lexicon: Lexicon,
    *,
    limited: bool,
) -> Ranking | None:
    """Sort the dimensions in the question into groups and nouns; the ranking comes back with its number. `limited` when
    there is a condition on a number, which makes a group of the noun that it is said of.

    Raises Ambiguous for a word with several meanings and for "per" one of many."""
    grouped_until = -1
    for index, spot in enumerate(spots):
        entries = spot.of("dimension")
        if not entries or words.pieces[spot.start].tag != "spot" or _is_value(spot, words, access, found):
            continue
        lead = _lead(words, spot.start)
        asked = lead >= 0 and not words.taken[lead] and words.words[lead] in GROUPING | ASKING
        if asked is False and spot.start == grouped_until and spot.start not in words.breaks:
            raise Ambiguous(
                f"'{spot.phrase[:SHOWN]}' behind another grouping can belong to it or be one of its own.",
                hint="Join groupings with 'and'.",
            )
        after_grain = words.before(spot.start) == "and" and _tag_before(words, spot.start - 1) == "grain"
        chained = after_grain or (grouped_until >= 0 and set(words.words[grouped_until : spot.start]) <= {"and", "by"})
        after = words.words[spot.end] if spot.end < len(words.words) else ""
        listed = after == "by" and any(s.start == spot.end + 1 and s.of("metric") for s in spots)
        ranked = ranking is not None and ranking.unit is None and not found.group_by
        condition = condition_after(words, spot.end) if limited and not found.group_by else None
        if _beside_value(spots, index) or not (asked or chained or listed or ranked or condition is not None):
            found.nouns.append(spot)
            words.take(spot.start, spot.end, "noun")
            continue
        name = _one_dimension(spot, entries, access, found)
        if asked and words.words[lead] == "per" and name in lexicon.many:
            label = found.metrics[0].label if found.metrics else spot.phrase
            raise Ambiguous(
                f"'per {spot.phrase[:SHOWN]}' can ask for a list or for an average.",
                choices=[f"{label} by {access.dimensions[name].label}"],
            )
        if ranked and ranking is not None:
            ranking = _numbered(words, spot, ranking)
        if name not in found.group_by:
            found.group_by.append(name)
        grouped_until = spot.end
        words.take(spot.start, spot.end, "group")
        if condition is not None:
            words.take(condition, condition + 1, "link")
        if asked:
            words.take(lead, spot.start, "link")
        elif chained and not after_grain:
            _link(words, [i for i in range(spots[index - 1].end, spot.start) if words.words[i] == "by"])
        if listed:
            words.take(spot.end, spot.end + 1, "link")
    return ranking


def _tag_before(words: Words, index: int) -> str:
    return next((piece.tag for piece in words.pieces.values() if piece.end == index), "")


def take_chained_grain(words: Words) -> Grain | None:
    """ "By region and month": the grain that follows a group."""
    hit = words.search(AND_UNIT)
    if hit is None or _tag_before(words, hit[1]) != "group":
        return None
    words.take(hit[1], hit[2], "grain")
    return unit_of(hit[0]["u"])


def _link(words: Words, positions: list[int]) -> None:
    for index in positions:
        words.take(index, index + 1, "link")


def _lead(words: Words, start: int) -> int:
    """Position of the word that leads to a phrase, articles skipped; -1 when there is none."""
    index = start - 1
    while index >= 0 and not words.taken[index] and words.words[index] in ARTICLES:
        index -= 1
    return index


def _is_value(spot: Spot, words: Words, access: Access, found: Found) -> bool:
    """A word for a dimension that is also a value ("Product", the department): the metrics decide."""
    lead = _lead(words, spot.start)
    if lead >= 0 and words.words[lead] in GROUPING | ASKING:
        return False
    fits = [e for e in spot.of("value") if found.metrics and all(allows(m, e.name, access) for m in found.metrics)]
    nouns = [e for e in spot.of("dimension") if all(allows(m, e.name, access) for m in found.metrics)]
    return bool(fits) and not nouns


def _beside_value(spots: list[Spot], index: int) -> bool:
    """True when a value of this dimension stands directly before or after it: "EMEA region", "segment SMB"."""
    spot = spots[index]
    names = {e.name for e in spot.of("dimension")}
    near = [s for s in spots[max(0, index - 1) : index + 2] if s.end == spot.start or s.start == spot.end]
    return any(e.name in names for s in near for e in s.of("value"))


def _one_dimension(spot: Spot, entries: tuple[Entry, ...], access: Access, found: Found) -> str:
    names = [e.name for e in entries]
    fitting = [name for name in names if all(allows(m, name, access) for m in found.metrics)] or names
    if len(fitting) > 1:
        raise Ambiguous(f"'{spot.phrase[:SHOWN]}' can mean {' or '.join(fitting)}.", choices=fitting)
    return fitting[0]


def _numbered(words: Words, spot: Spot, ranking: Ranking) -> Ranking:
    """ "5 customers with the highest ...": the number stands before the noun. Plurals without one ask for several."""
    number = words.before(spot.start)
    if ranking.count is None and spot.start and not words.taken[spot.start - 1] and _is_number(number):
        words.take(spot.start - 1, spot.start, "rank")
        return replace(ranking, count=number_of(number))
    return ranking if ranking.count or spot.phrase.endswith("s") else replace(ranking, count=1)


def _is_number(word: str) -> bool:
    return word in NUMBER.split("|") or (word.isdigit() and 0 < len(word) <= 3)


def count_nouns(words: Words, spots: list[Spot], access: Access, found: Found, *, sure: bool) -> None:
    """ "Number of Enterprise customers" and "customers by region" count customers, where a metric does that.

    `sure` says that the question asks for figures by group, over time or by change, so that a bare noun is a count.
    Raises NotUnderstood where no metric counts the noun, Ambiguous for a noun alone."""
    counted = _counted(words, spots)
    nouns = [counted] if counted else (found.nouns if not found.metrics else [])
    index = CatalogIndex(access)
    for spot in nouns:
        if words.pieces[spot.start].tag != "noun":
            continue
        name = next((n for t in ("number of {}", "{} count") if (n := index.resolve(t.format(spot.phrase)))), None)
        if name is None:
            if counted:
                raise NotUnderstood(f"No metric counts '{spot.phrase[:SHOWN]}'.")
            continue
        metric = access.metrics[name]
        if not counted and not sure:
            raise Ambiguous(
                f"'{spot.phrase[:SHOWN]}' alone does not say which figure.",
                choices=[" ".join([*words.words[: spot.start], metric.label, *words.words[spot.end :]]), metric.label],
            )
        found.metrics.insert(0, metric)
        found.notes.append(f"'{spot.phrase[:SHOWN]}' was read as {metric.label}.")
        words.take(spot.start, spot.end, "metric")
        found.nouns.remove(spot)
        return


def _counted(words: Words, spots: list[Spot]) -> Spot | None:
    """The noun that "number of" leads to, over values that narrow it."""
    for index in range(len(words.words) - 1):
        if tuple(words.words[index : index + 2]) != COUNTING or any(words.taken[index : index + 2]):
            continue
        at = index + 2
        for spot in spots:
            while at < spot.start and not words.taken[at] and words.words[at] in ARTICLES:
                at += 1
            if spot.start != at:
                continue
            if words.pieces[spot.start].tag == "noun":
                return spot
            if spot.of("metric") or not spot.of("value"):
                return None
            at = spot.end
    return None
