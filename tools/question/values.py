"""Values in a question → filters: "Enterprise customers", "not in West", "SMB and Mid-Market", "Enterprise vs SMB"."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.access import Access
from catalog.refusals import Ambiguous, NotUnderstood
from catalog.request import Condition
from tools.question.found import SHOWN, Found, allows
from tools.question.lexicon import Entry, Spot
from tools.question.text import Words
from tools.question.vocabulary import NEGATION, VS

LEADS = frozenset("the in for from of any our at within those".split())
JOINING = frozenset({"and", "or", "nor", "&"})
AGAINST = frozenset(VS.split("|"))
COPULAS = frozenset("is are was were".split())
RELATIVES = frozenset("that which who".split())
DESCRIBED = frozenset("noun metric group spot value".split())
EVERYTHING = frozenset("everything everyone everywhere anything all every".split())


@dataclass(frozen=True)
class Chosen:
    """A value with its place: `joined` is the word that joins it to the value before it, if any."""

    spot: Spot
    entry: Entry
    excluded: bool
    joined: str = ""


def take_values(words: Words, spots: list[Spot], access: Access, found: Found, *, compares: bool) -> None:
    """Make the filters. Raises Ambiguous and NotUnderstood where values cannot be combined for certain."""
    chosen: list[Chosen] = []
    for index, spot in enumerate(spots):
        if spot.of("value") and words.pieces[spot.start].tag == "spot":
            chosen.append(_choose(words, spots, index, access, found, chosen))
            words.take(spot.start, spot.end, "value")
    if any(c.joined in AGAINST or (compares and c.joined == "and") for c in chosen):
        _set_against(chosen, found)
    members: dict[tuple[str, bool], list[str]] = {}
    last: dict[tuple[str, bool], int] = {}
    for place, each in enumerate(chosen):
        key = (each.entry.name, each.excluded)
        if key in members and last[key] != place - 1:
            raise NotUnderstood(
                f"{_label(access, each)} is named twice; join the values with 'and', or ask for one of them."
            )
        if each.joined and chosen[place - 1].entry.name != each.entry.name:
            _refuse_mixed(words, chosen[place - 1], each)
        if place and chosen[place - 1].excluded and not each.excluded and _next_to(words, chosen[place - 1], each):
            raise Ambiguous(
                "What is left out is not clear: the first value, or only what is both.",
                hint="Name what is kept before what is left out.",
            )
        if key in members and not each.joined:
            raise NotUnderstood(f"{_label(access, each)} cannot be two values at once; join them with 'and'.")
        members.setdefault(key, []).append(each.entry.value)
        last[key] = place
    for (dimension, excluded), values in members.items():
        found.where.append(_condition(dimension, excluded, tuple(dict.fromkeys(values))))
        if len(values) > 1 and not excluded and dimension not in found.group_by:
            found.notes.append(f"{' and '.join(values)[:200]} are taken together.")


def _next_to(words: Words, one: Chosen, other: Chosen) -> bool:
    """True when nothing but nouns and articles stands between two values: "excluding SMB in EMEA"."""
    nouns = {i for p in words.pieces.values() if p.tag == "noun" for i in range(p.start, p.end)}
    return all(i in nouns or words.words[i] in LEADS for i in range(one.spot.end, other.spot.start))


def _condition(dimension: str, excluded: bool, values: tuple[str, ...]) -> Condition:
    if len(values) == 1:
        return Condition(dimension=dimension, op="!=" if excluded else "=", value=values[0])
    return Condition(dimension=dimension, op="not in" if excluded else "in", value=values)


def _label(access: Access, chosen: Chosen) -> str:
    return access.dimensions[chosen.entry.name].label


def _set_against(chosen: list[Chosen], found: Found) -> None:
    """ "Enterprise vs SMB": both are shown, apart."""
    names = {c.entry.name for c in chosen if c.joined} | {
        chosen[i - 1].entry.name for i, c in enumerate(chosen) if c.joined and i
    }
    if len(names) != 1 or any(c.excluded for c in chosen if c.entry.name in names):
        raise NotUnderstood("Only values of one dimension can be set against each other.")
    found.versus = True
    found.group_by += [name for name in names if name not in found.group_by]


def _refuse_mixed(words: Words, one: Chosen, other: Chosen) -> None:
    """Two values of different dimensions with "and" or "or" between them: both, or either? A comma narrows."""
    if other.joined == ",":
        return
    both = [*words.words[: one.spot.end], *words.words[other.spot.start :]]
    raise Ambiguous(
        f"'{one.spot.phrase[:SHOWN]} {other.joined} {other.spot.phrase[:SHOWN]}' can mean what is both or what is either.",
        choices=[
            " ".join(both),
            " ".join(words.words[: one.spot.end]),
            " ".join([*words.words[: one.spot.start], *words.words[other.spot.start :]]),
        ],
    )


def _choose(words: Words, spots: list[Spot], index: int, access: Access, found: Found, before: list[Chosen]) -> Chosen:
    spot = spots[index]
    joined = _joined(words, before[-1].spot, spot) if before else ""
    excluded = _negated(words, spot.start)
    _take_relative(words, spot.start)
    if not excluded and joined and before:
        excluded = before[-1].excluded
    _take_only(words, spot)
    prefer = before[-1].entry.name if joined and before else ""
    return Chosen(spot, _one_value(words, spots, index, access, found, prefer), excluded, joined)


def _joined(words: Words, one: Spot, other: Spot) -> str:
    """The word that joins two values, over nouns and articles; nothing when they only stand in one sentence."""
    between: list[int] = []
    for index in range(one.end, other.start):
        piece_tag = next((p.tag for p in words.pieces.values() if p.start <= index < p.end), "")
        if piece_tag == "noun" or words.words[index] in LEADS:
            continue
        if words.taken[index] and piece_tag != "link":
            return ""
        between.append(index)
    text = " ".join(words.words[i] for i in between)
    if not between:
        return "," if other.start in words.breaks else ""
    if text not in JOINING | AGAINST:
        return ""
    for index in between:
        words.take(index, index + 1, "link")
    return "and" if text == "&" else "or" if text == "nor" else text


def _negated(words: Words, start: int) -> bool:
    """True when the value is excluded; the words that say so are taken."""
    index = start - 1
    while index >= 0 and not words.taken[index] and words.words[index] in LEADS:
        index -= 1
    if index < 0 or words.taken[index]:
        return False
    first = index
    if words.words[index] == "than" and index and words.words[index - 1] == "other":
        first = index - 1
    elif words.words[index] == "but" and index and words.words[index - 1] in EVERYTHING:
        first = index
    elif words.words[index] == "for" or words.words[index] not in NEGATION:
        return False
    if first and words.words[first - 1] in EVERYTHING and not words.taken[first - 1]:
        first -= 1
    for each in range(first, start):
        words.take(each, each + 1, "link")
    return True


def _take_relative(words: Words, start: int) -> None:
    """ "Customers that are SMB", "tickets which are not urgent": says what a filter says anyway."""
    index = start - 1
    while index > 1 and (words.words[index] in LEADS or words.words[index] in NEGATION):
        index -= 1
    before = next((p.tag for p in words.pieces.values() if p.end == index - 1), "")
    if words.words[index] in COPULAS and words.words[index - 1] in RELATIVES and before in DESCRIBED:
        words.take(index - 1, index + 1, "link")


def _take_only(words: Words, spot: Spot) -> None:
    """ "Only Enterprise", "for Enterprise only": says what a filter says anyway."""
    index = spot.start - 1
    while index >= 0 and not words.taken[index] and words.words[index] in LEADS:
        index -= 1
    if index >= 0 and words.words[index] == "only" and words.before(index) != "not":
        words.take(index, index + 1, "link")
    if spot.end < len(words.words) and words.words[spot.end] == "only":
        words.take(spot.end, spot.end + 1, "link")


def _one_value(words: Words, spots: list[Spot], index: int, access: Access, found: Found, prefer: str) -> Entry:
    """The one dimension a value belongs to: a noun beside it ("Enterprise tier") or the value it is joined to decides,
    then what the metrics can be split by."""
    spot = spots[index]
    entries = spot.of("value")
    if len({e.name for e in entries}) == 1:
        return entries[0]
    near = [s for s in spots[max(0, index - 1) : index + 2] if s.end == spot.start or s.start == spot.end]
    nouns = {e.name for s in near for e in s.of("dimension")}
    for names in (nouns, {prefer}, {e.name for e in entries if all(allows(m, e.name, access) for m in found.metrics)}):
        fitting = [e for e in entries if e.name in names]
        if len({e.name for e in fitting}) == 1:
            return fitting[0]
        entries = tuple(fitting) or entries
    labels = [access.dimensions[e.name].label for e in entries]
    raise Ambiguous(
        f"'{spot.phrase[:SHOWN]}' is a value of {' and of '.join(labels)}.",
        choices=[
            " ".join([*words.words[: spot.start], label, *words.words[spot.start :]]) for label in dict.fromkeys(labels)
        ],
    )
