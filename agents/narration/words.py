"""Facts → the wordings of a claim: a canonical sentence and others that say exactly the same, as templates.

All agents speak through these builders, so that they speak alike. A verb gives the direction and its figure has no
sign; what rounds to zero did not change; a causal word stands in driver sentences only, a superlative in rank ones.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

from agents.facts import Fact
from agents.figures import reads_as_zero
from catalog.metrics import Direction

Tone = Literal["good", "bad", "neutral"]


class Wording(NamedTuple):
    """A sentence that reads well, and other wordings of it."""

    sentence: str
    variants: tuple[str, ...] = ()


def tone_of(change: Decimal, direction: Direction) -> Tone:
    """Is a difference of this sign good or bad for the business?"""
    if not change or direction not in ("up_is_good", "down_is_good"):
        return "neutral"
    return "good" if (change > 0) == (direction == "up_is_good") else "bad"


def ref(fact: Fact, aspect: str = "") -> str:
    """The placeholder of a fact."""
    return f"{{{fact.id}:{aspect}}}" if aspect else f"{{{fact.id}}}"


def subject(fact: Fact) -> str:
    """What a sentence is about: the metric, in its slice where it has one."""
    return f"{ref(fact, 'name')} of {ref(fact, 'where')}" if fact.slice else ref(fact, "name")


_HEAD = re.compile(r"[,(]|\b(?:of|per|at|in|by|with|that|using|for|from|under|over|times|who)\b")
_SINGULAR = re.compile(r"(?:ss|us|is|news|sales tax)$", re.IGNORECASE)


def is_plural(label: str) -> bool:
    """Is the thing many ("Active users", "Patients seen", "Lives per customer")?"""
    words = _HEAD.split(label.strip(), maxsplit=1)[0].split()
    if len(words) > 1 and re.search(r"(?:ed|en)$", words[-1]) and _many(words[-2]):
        return True
    return bool(words) and _many(words[-1])


def _many(word: str) -> bool:
    return word[-1:] in ("s", "S") and len(word) > 3 and not _SINGULAR.search(word)


def verb(fact: Fact, one: str, many: str) -> str:
    """The verb that fits the fact's label."""
    return many if is_plural(fact.label) else one


def noun_of(change: Fact) -> str:
    """The change as a noun: rise or fall."""
    return "rise" if change.value > 0 else "fall"


def change_sentence(value: Fact, prior: Fact | None, size: Fact) -> Wording:
    """How a figure moved: `size` is its difference (percent, points or the amount)."""
    who, v, period = subject(value), ref(value), ref(value, "when")
    then = f" from {ref(prior)}" if prior else ""
    was = verb(value, "was", "were")
    if reads_as_zero(size):
        return Wording(
            f"{who} did not change and stayed at {v} in {period}.",
            (f"{who} held at {v} in {period}.", f"{who} {was} {v} in {period}, unchanged."),
        )
    up = size.value > 0
    moved, adverb, going = ("rose", "up", "rising") if up else ("fell", "down", "falling")
    other = "increased" if up else "decreased"
    s = ref(size)
    return Wording(
        f"{who} {moved} {s}{then} to {v} in {period}.",
        (
            f"{who} {was} {v} in {period}, {adverb} {s}{then}.",
            f"In {period}, {who} {moved} {s}{then} to {v}.",
            f"{who} came to {v} in {period}, {going} {s}{then}.",
            f"{who} {other} by {s}{then} to {v} in {period}.",
        ),
    )


def year_sentence(value: Fact, year_ago: Fact, size: Fact) -> Wording:
    """A figure against the same period a year ago."""
    who, v, then = subject(value), ref(value), ref(year_ago)
    be, stand = verb(value, "is", "are"), verb(value, "stands", "stand")
    if reads_as_zero(size):
        return Wording(
            f"Compared with a year ago ({then}), {who} {be} unchanged at {v}.",
            (f"{who} {stand} at {v}, unchanged from a year ago.",),
        )
    side, adverb = ("above", "up") if size.value > 0 else ("below", "down")
    s = ref(size)
    return Wording(
        f"Compared with a year ago, {who} {be} {adverb} {s} from {then} to {v}.",
        (
            f"At {v}, {who} {be} {s} {side} the {then} of a year ago.",
            f"{who} {be} {adverb} {s} on the year, from {then} to {v}.",
        ),
    )


def level_sentence(value: Fact) -> Wording:
    """Where a figure stands."""
    who, v, period = subject(value), ref(value), ref(value, "when")
    be, stand = verb(value, "is", "are"), verb(value, "stands", "stand")
    return Wording(
        f"{who} {be} {v} in {period}.",
        (f"{who} {stand} at {v} for {period}.", f"In {period}, {who} {be} {v}."),
    )


def target_sentence(target: Fact, gap: Fact, value: Fact | None = None) -> Wording:
    """A figure against plan: `gap` is its distance, a fraction of the plan or a difference."""
    who, t, period = subject(target), ref(target), ref(target, "when")
    be = verb(target, "is", "are")
    at = f" at {ref(value)}" if value else ""
    if reads_as_zero(gap):
        return Wording(
            f"{who} {be} on plan{at} (plan {t} for {period}).", (f"{who} {be}{at} in line with the plan of {t}.",)
        )
    side, other = ("above", "ahead of") if gap.value > 0 else ("below", "behind")
    if gap.direction == "down_is_good":
        other = "over" if gap.value > 0 else "under"
    g = ref(gap)
    return Wording(
        f"{who} {be}{at} {g} {side} the plan of {t} for {period}.",
        (f"Against a plan of {t} for {period}, {who} {be} {g} {side}.", f"{who} {be} {g} {other} the plan of {t}."),
    )


def driver_sentence(contribution: Fact, share: Fact | None, change: Fact) -> Wording:
    """The slice that explains a change. `share` is its part of the change."""
    where, signed, noun = ref(contribution, "where"), ref(contribution, "signed"), noun_of(change)
    if share is None:
        return Wording(
            f"{where} explains {signed} of the {noun}.",
            (f"{where} is the driver of {signed} of the {noun}.",),
        )
    s = ref(share)
    return Wording(
        f"{where} explains {s} of the {noun} ({signed}).",
        (
            f"{s} of the {noun} comes from {where} ({signed}).",
            f"{where} accounts for {s} of the {noun}, {signed}.",
            f"{where} drove {s} of the {noun} ({signed}).",
        ),
    )


def offset_sentence(contribution: Fact, change: Fact) -> Wording:
    """The slice that moved against a change."""
    where, signed, noun = ref(contribution, "where"), ref(contribution, "signed"), noun_of(change)
    size = ref(contribution)
    rose = contribution.value > 0
    moved = "rose" if rose else "fell"
    return Wording(
        f"{where} moved the other way ({signed}).",
        (f"Against the {noun}, {where} {moved} by {size}.", f"{where} offset part of the {noun} ({signed})."),
    )


def mix_sentence(mix: Fact, rate: Fact) -> Wording:
    """Mix against rate: which of the two carries a change."""
    larger, other = ("mix", "rate") if abs(mix.value) >= abs(rate.value) else ("rate", "mix")
    m, r = ref(mix, "signed"), ref(rate, "signed")
    return Wording(
        f"It is a matter of {larger} rather than {other}: the mix adds {m}, the rates {r}.",
        (f"The mix adds {m} and the rates {r}: it is {larger} rather than {other}.",),
    )


def broad_sentence(change: Fact) -> Wording:
    """No single slice explains a change."""
    noun, name = noun_of(change), ref(change, "name")
    return Wording(
        f"The {noun} in {name} is broad-based: no single part of the business explains it.",
        (f"No single part of the business explains the {noun} in {name}.", f"The {noun} in {name} is spread widely."),
    )


def anomaly_sentence(value: Fact, low: Fact, high: Fact) -> Wording:
    """A figure outside the range that its history leads to expect, or inside it."""
    who, v, span = subject(value), ref(value), f"{ref(low)} to {ref(high)}"
    be, was, lie = verb(value, "is", "are"), verb(value, "was", "were"), verb(value, "lies", "lie")
    if low.value <= value.value <= high.value:
        return Wording(f"{who} of {v} {lie} inside the expected range ({span}).")
    side = "above" if value.value > high.value else "below"
    return Wording(
        f"{who} of {v} {be} {side} the expected range ({span}).",
        (
            f"At {v}, {who} {lie} outside the expected range of {span}.",
            f"{who} {was} expected between {ref(low)} and {ref(high)} and came to {v}.",
        ),
    )


def late_sentence(age: Fact, limit: Fact | None = None) -> Wording:
    """A feed (the label of `age`) that has not loaded."""
    feed, old = ref(age, "name"), ref(age)
    if limit is None:
        return Wording(f"The feed {feed} last loaded {old} ago.")
    return Wording(
        f"The feed {feed} last loaded {old} ago; its limit is {ref(limit)}.",
        (f"The feed {feed} is {old} old, past its limit of {ref(limit)}.",),
    )


def data_fault_sentence(fact: Fact, problem: str) -> Wording:
    """A fault of the data: `problem` says it in words that follow the thing's name ("is incomplete")."""
    return Wording(f"{ref(fact, 'name')} {problem}.")


def restatement_sentence(now: Fact, told: Fact, by_data: Fact | None = None) -> Wording:
    """A figure told before that newer data made another."""
    name, period, n, t = ref(now, "name"), ref(now, "when"), ref(now), ref(told)
    if by_data is None or reads_as_zero(by_data):
        return Wording(
            f"{name} for {period} is now {n}; the last report said {t}.",
            (f"The last report had {name} for {period} at {t}; it is now {n}.",),
        )
    verb = "raised" if by_data.value > 0 else "lowered"
    return Wording(
        f"{name} for {period} is now {n}; the last report said {t} ({ref(by_data, 'signed')}).",
        (
            f"The last report had {name} for {period} at {t}; newer data {verb} it by {ref(by_data)} to {n}.",
            f"Newer data {verb} {name} for {period} from {t} to {n}.",
        ),
    )


def definition_sentence(now: Fact, told: Fact, by_definition: Fact, by_data: Fact | None = None) -> Wording:
    """A figure told before that a new definition (and perhaps newer data) made another."""
    name, period, n, t = ref(now, "name"), ref(now, "when"), ref(now), ref(told)

    def moved(fact: Fact) -> str:
        return f"{'raised' if fact.value > 0 else 'lowered'} it by {ref(fact)}"

    text = f"{name} for {period} is now {n}; the last report said {t}. The new definition {moved(by_definition)}"
    if by_data is not None and not reads_as_zero(by_data):
        text += f", newer data {moved(by_data)}"
    return Wording(f"{text}.")


def trust_sentence(value: Fact, state: str) -> Wording:
    """How far a figure can be trusted: `state` in words ("stale: one of its feeds is late")."""
    name, be = ref(value, "name"), verb(value, "is", "are")
    it, they = verb(value, "it", "them"), verb(value, "it", "they")
    return Wording(f"{name} {be} {state}; read {it} with care.", (f"Read {name} with care: {they} {be} {state}.",))


def rank_sentence(value: Fact, rank: Fact, *, among: str, best: str = "highest") -> Wording:
    """A place in an order: `among` says of what ("the weeks on record"), `best` which end is first."""
    who, v, be = subject(value), ref(value), verb(value, "is", "are")
    if rank.value == 1:
        return Wording(
            f"{who} of {v} {be} the {best} of {among}.",
            (f"At {v}, {who} {be} the {best} of {among}.",),
        )
    place = f"{ref(rank)} {best}"
    return Wording(f"{who} of {v} {be} the {place} of {among}.", (f"At {v}, {who} {be} the {place} of {among}.",))


def entity_sentence(value: Fact, change: Fact, size: Fact | None = None) -> Wording:
    """A customer (or whatever the slice names) to know about."""
    where, name, v = ref(value, "where"), ref(value, "name"), ref(value)
    pct = f" ({ref(size)})" if size else ""
    if reads_as_zero(change):
        return Wording(f"{where} stayed at {v} of {name}.")
    moved, adverb = ("rose", "up") if change.value > 0 else ("fell", "down")
    c = ref(change)
    return Wording(
        f"{where} {moved} by {c}{pct} to {v} of {name}.",
        (f"{where} is {adverb} {c}{pct}, at {v} of {name}.", f"{name} of {where} {moved} by {c}{pct} to {v}."),
    )


def case_sentence(count: Fact, recovered: Fact) -> Wording:
    """What happened in similar cases: how many there were, and how many of them came back."""
    many, well = ref(count), ref(recovered)
    cases = "case" if count.value == 1 else "cases"
    if recovered.kind == "count":
        return Wording(
            f"Of {many} similar {cases}, {well} recovered.",
            (f"{well} of {many} similar {cases} recovered.",),
        )
    return Wording(f"{well} of {many} similar {cases} recovered.", (f"Of {many} similar {cases}, {well} recovered.",))


def action_sentence(step: str, facts: Sequence[Fact] = ()) -> Wording:
    """What to do next. `step` is a whole instruction without a number; `facts` follow it in brackets."""
    text = step.rstrip(".")
    return Wording(f"{text} ({', '.join(ref(fact) for fact in facts)})." if facts else f"{text}.")


def quiet_sentence(period: Fact) -> Wording:
    """Nothing remarkable in the period of a fact."""
    when = ref(period, "when")
    return Wording(
        f"Nothing remarkable happened in {when}.",
        (f"In {when} nothing stood out.", f"All was within its usual range in {when}."),
    )
