"""Conditions on a figure in words → thresholds on the rows of the answer: "more than 5 tickets", "ARR over $150k", "csat
under 80%", "fell by more than 20%". A condition belongs to the figure that stands beside it, or is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass

from catalog.access import Access
from catalog.metrics import Grain, Metric
from catalog.refusals import Ambiguous, NotUnderstood
from catalog.request import Order, Threshold, ThresholdOp
from tools.question.comparisons import Settled
from tools.question.found import Found, is_level, simpler
from tools.question.periods import NUMBERS
from tools.question.ranking import Ranking
from tools.question.text import Piece, Words, phrase
from tools.question.vocabulary import RELATIVE

OPERATORS: tuple[tuple[ThresholdOp, str], ...] = (
    (">=", r"at least|(?:no|not) (?:less|fewer) than|a minimum of|> =|≥"),
    ("<=", r"at most|(?:no|not) more than|a maximum of|< =|≤"),
    (">", r"more than|greater than|higher than|larger than|bigger than|in excess of|over|above|exceed(?:s|ed|ing)?|>"),
    ("<", r"less than|fewer than|lower than|smaller than|under|below|<"),
)
OR_MORE: dict[str, ThresholdOp] = {"or more": ">=", "+": ">=", "or less": "<=", "or fewer": "<="}
DOLLARS = frozenset({"USD", "AUD", "CAD", "NZD", "SGD", "HKD"})
MONEY: dict[str, frozenset[str]] = {
    "$": DOLLARS, "dollars": DOLLARS, "€": frozenset({"EUR"}), "euros": frozenset({"EUR"}), "£": frozenset({"GBP"}),
    "pounds": frozenset({"GBP"}), "¥": frozenset({"JPY", "CNY"}),
} | {code.lower(): frozenset({code}) for code in (*DOLLARS, "EUR", "GBP", "JPY", "CNY", "CHF")}  # fmt: skip
SCALES = {
    "k": 1e3,
    "thousand": 1e3,
    "m": 1e6,
    "mn": 1e6,
    "mm": 1e6,
    "million": 1e6,
    "b": 1e9,
    "bn": 1e9,
    "billion": 1e9,
}
PERCENT = "%|percent|pct"
SIGN, SUFFIX = r"[$€£¥]", "|".join(word for word in MONEY if word.isalpha())
NUMBER = (
    rf"(?:{SIGN} )?(?:- )?(?:\d+(?:\.\d+)?(?: \d{{3}}(?!\d))*|{'|'.join(NUMBERS)})"
    rf"(?: (?:{'|'.join(SCALES)})(?= |$))?(?: (?:{PERCENT}|{SUFFIX})(?= |$))?"
)
NO_TIME = r"(?! (?:hour|day|week|month|quarter|year)s?(?: |$))"
YEAR = re.compile(r"20\d\d")
BETWEEN = phrase(rf"between (?P<a>{NUMBER}) and (?P<b>{NUMBER}){NO_TIME}")
TRAILING = phrase(rf"(?P<a>{NUMBER}) (?P<more>{'|'.join(map(re.escape, OR_MORE))}){NO_TIME}")
LEADING: tuple[tuple[ThresholdOp, re.Pattern[str]], ...] = tuple(
    (op, phrase(rf"(?:by )?(?:{words}) (?P<a>{NUMBER}){NO_TIME}")) for op, words in OPERATORS
)
NARROWS = frozenset("in from of the our".split())
BESIDE = frozenset("is are was were of being a an the".split())
COUNTED = ("number", "of")


@dataclass(frozen=True)
class Number:
    """A number as written: its size, whether in percent, and the currencies that its sign allows."""

    size: float
    percent: bool
    money: frozenset[str] | None


@dataclass(frozen=True)
class Limit:
    """One condition at the words [start, end)."""

    op: ThresholdOp
    number: Number
    start: int
    end: int


def take_limits(words: Words) -> list[Limit]:
    """The conditions in the words, marked as understood; what is a time ("over 90 days", "over 2025") is left."""
    found: list[Limit] = []
    while hit := words.search(BETWEEN):
        match, start, end = hit
        if any(YEAR.fullmatch(match[name]) for name in "ab"):
            break
        words.take(start, end, "limit")
        found.append(Limit(">=", _number(words, match["a"], start), start, end))
        found.append(Limit("<=", _number(words, match["b"], start), start, end))
    while hit := words.search(TRAILING):
        match, start, end = hit
        words.take(start, end, "limit")
        found.append(Limit(OR_MORE[match["more"]], _number(words, match["a"], start), start, end))
    for op, pattern in LEADING:
        while hit := words.search(pattern):
            match, start, end = hit
            if YEAR.fullmatch(match["a"]):
                break
            words.take(start, end, "limit")
            found.append(Limit(op, _number(words, match["a"], start), start, end))
    return found


def _number(words: Words, text: str, start: int) -> Number:
    parts = text.split()
    digits = [part for part in parts if part[0].isdigit()]
    if len(digits) > 1:
        first = words.words.index(digits[0], start)
        if any(first + place not in words.breaks for place in range(1, len(digits))):
            raise NotUnderstood(f"'{text[:40]}' is not one number.")
    named = next((float(NUMBERS[part]) for part in parts if part in NUMBERS), None)
    size = float("".join(digits)) if named is None else named
    scale = next((SCALES[part] for part in parts if part in SCALES), 1.0)
    money = next((MONEY[part] for part in parts if part in MONEY), None)
    return Number(-size * scale if "-" in parts else size * scale, bool(set(parts) & set(PERCENT.split("|"))), money)


def thresholds_of(
    limits: list[Limit],
    words: Words,
    found: Found,
    access: Access,
    settled: Settled,
    grain: Grain | None,
    ranking: Ranking | None,
) -> tuple[tuple[Threshold, ...], tuple[Order, ...]]:
    """The conditions as thresholds, and the order in which rows that fit are best read.

    Raises NotUnderstood and Ambiguous where it is open what a condition is said of."""
    if not limits:
        return (), ()
    metric = found.metrics[0]
    if len(found.metrics) > 1 or not (found.group_by or grain) or len(limits) > 2:
        raise NotUnderstood(
            "A condition on a number needs one figure, and what it is asked of.", choices=simpler(access, found)
        )
    _refuse_count(words)
    if len(found.group_by) + bool(grain) > 1:
        raise Ambiguous(
            "The condition can be meant of the whole or of each part.",
            hint="Ask for one kind of thing with its condition, then split it.",
        )
    if settled.period is None and not is_level(access, metric):
        asked = " ".join(words.words)
        raise Ambiguous(
            f"{metric.label} is counted over a period; the question does not say which.",
            choices=[f"{asked} {time}" for time in ("last month", "last quarter", "this year")],
        )
    made = tuple(_threshold(limit, words, metric, settled) for limit in limits)
    descending = made[0].op in (">", ">=")
    if ranking and ranking.descending != descending and len(made) == 1:
        raise Ambiguous(
            f"'{ranking.word}' asks for one end, and the condition for the other.", choices=simpler(access, found)
        )
    return made, (Order(by=made[0].by, direction="desc" if descending else "asc"),) if not grain else ()


def directed(
    having: tuple[Threshold, ...],
    order: tuple[Order, ...],
    words: Words,
    found: Found,
    settled: Settled,
    ranking: Ranking | None,
    grain: Grain | None,
) -> tuple[tuple[Threshold, ...], tuple[Order, ...]]:
    """ "Which regions shrank", "the biggest drop by customer": only those that did. Raises NotUnderstood for several
    metrics."""
    way = settled.comparison.way if settled.comparison else None
    if having or way not in ("up", "down") or not found.group_by or grain:
        return having, order
    asked = ranking is not None or any(
        piece.tag == "group" and _asks(words, piece.start) for piece in words.pieces.values()
    )
    if not asked:
        return having, order
    if len(found.metrics) > 1:
        raise NotUnderstood("Which of them rose or fell is asked of one figure at a time.")
    change = f"{found.metrics[0].name}__change"
    if ranking is None:
        order = (Order(by=change, direction="desc" if way == "up" else "asc"),)
    return (Threshold(by=change, op=">" if way == "up" else "<", value=0),), order


def _asks(words: Words, start: int) -> bool:
    """ "Which regions", "what customers"."""
    index = start - 1
    while index >= 0 and words.words[index] in ("of", "the", "our"):
        index -= 1
    return index >= 0 and words.words[index] in ("which", "what", "who")


def tell_left_out(found: Found, settled: Settled, ranking: Ranking | None, access: Access) -> None:
    """Notes for groups that cannot stand in the answer: those without rows, at the low end or in one of two periods."""
    if not found.group_by:
        return
    metric = found.metrics[0]
    ascending = ranking is not None and not ranking.descending and ranking.unit is None
    if ascending and settled.comparison is None and not is_level(access, metric):
        found.notes.append("Only groups with something to count are ranked; those with none come before them.")
    leaves = [leaf for m in found.metrics for leaf in access.catalog.inputs_of(m) if leaf.measure]
    if settled.comparison and settled.comparison.way and any(leaf.missing != "zero" for leaf in leaves):
        found.notes.append("Groups without a value in one of the two periods have no change and are left out.")


def _refuse_count(words: Words) -> None:
    """ "How many customers have more than 5 tickets": the answer would be their list."""
    for piece in words.pieces.values():
        if piece.tag == "group" and tuple(words.words[max(0, piece.start - 2) : piece.start]) == COUNTED:
            rest = [*words.words[: piece.start - 2], "which", *words.words[piece.start :]]
            raise NotUnderstood(
                "How many fit a condition is not counted; they can be listed.", choices=[" ".join(rest)]
            )


def _threshold(limit: Limit, words: Words, metric: Metric, settled: Settled) -> Threshold:
    parts = words.parts()
    place = next(i for i, part in enumerate(parts) if isinstance(part, Piece) and part.start == limit.start)
    way = settled.comparison.way if settled.comparison else None
    if way and _beside(parts, place, "change"):
        return _of_change(limit, metric, way)
    if not _beside(parts, place, "metric"):
        raise NotUnderstood(f"What '{_text(words, limit)}' is said of was not understood.")
    return Threshold(by=metric.name, op=limit.op, value=_size(limit, words, metric))


def _beside(parts: list[Piece | str], place: int, tag: str) -> bool:
    """True when a piece of that kind stands before the condition, or after it over the values that narrow it."""
    before = place - 1
    while before >= 0 and parts[before] in BESIDE:
        before -= 1
    after = place + 1
    while after < len(parts) and (parts[after] in BESIDE or _tag(parts[after]) == "value"):
        after += 1
    return (before >= 0 and _tag(parts[before]) == tag) or (after < len(parts) and _tag(parts[after]) == tag)


def _tag(part: Piece | str) -> str:
    return part.tag if isinstance(part, Piece) else ""


def _text(words: Words, limit: Limit) -> str:
    return " ".join(words.words[limit.start : limit.end])[:40]


def _of_change(limit: Limit, metric: Metric, way: str) -> Threshold:
    """ "Fell by more than 20 %": below −20 %."""
    if way == "either" or limit.op not in (">", ">="):
        raise Ambiguous(
            "A condition on a change needs its direction.", hint="Say 'grew by more than' or 'fell by more than'."
        )
    if limit.number.money and metric.unit not in limit.number.money:
        raise NotUnderstood(f"{metric.label} is in {metric.unit}.")
    part = "change_pct" if limit.number.percent else "change"
    size = limit.number.size / 100 if limit.number.percent else limit.number.size
    if way == "up":
        return Threshold(by=f"{metric.name}__{part}", op=limit.op, value=size)
    return Threshold(by=f"{metric.name}__{part}", op="<" if limit.op == ">" else "<=", value=-size)


def _size(limit: Limit, words: Words, metric: Metric) -> float:
    """The number in the metric's own unit."""
    number, text = limit.number, _text(words, limit)
    if number.money is not None and metric.unit not in number.money:
        raise NotUnderstood(f"'{text}' does not fit {metric.label}, which is in {metric.unit}.")
    if number.percent and metric.unit != "ratio":
        raise NotUnderstood(f"'{text}' does not fit {metric.label}, which is in {metric.unit}, not in percent.")
    if metric.unit == "ratio" and not number.percent and abs(number.size) > 1:
        raise Ambiguous(f"{metric.label} is a share; '{text}' may be in percent.", hint="Say for example '80 %'.")
    return number.size / 100 if number.percent else number.size


def condition_after(words: Words, end: int) -> int | None:
    """Position of the word that begins a condition on the noun that ends at `end`: "customers with", "regions whose",
    "customers in EMEA with"; None where there is none."""
    for index in range(end, len(words.words)):
        if not words.taken[index] and words.words[index] in RELATIVE:
            return index
        if not words.taken[index] and words.words[index] not in NARROWS:
            return None
    return None
