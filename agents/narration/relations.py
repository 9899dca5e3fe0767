"""Facts of a clause → which way things moved, as a reader would see it: up, down, or not at all.

Two figures that read the same did not move apart; a difference that reads as zero has no direction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agents.claims import Claim
from agents.facts import Fact
from agents.figures import DIFFERENCES, reads_as_zero, shown
from agents.narration import lexicon as lex
from agents.narration.checked import wordings
from agents.narration.clauses import Clause, key_of, tokens_of

BASES: frozenset[str] = frozenset({"prior", "year_ago", "told", "target", "low", "high"})
"""Kinds that a value is compared with."""
LEVELS: frozenset[str] = frozenset({"value", "count", "age", "rate"})
"""Kinds that say where something stands."""


def sign_of(fact: Fact) -> int:
    """-1, 0 or 1 as it reads."""
    return 0 if reads_as_zero(fact) else 1 if fact.value > 0 else -1


def sign_between(value: Fact, base: Fact) -> int:
    """Where a value lies from a base, as both read."""
    if shown(value) == shown(base):
        return 0
    return 1 if value.value > base.value else -1


def compared(facts: Sequence[Fact]) -> set[int]:
    """The directions between values and the bases of the same thing."""
    values = [fact for fact in facts if fact.kind in LEVELS]
    bases = [fact for fact in facts if fact.kind in BASES]
    return {sign_between(v, b) for v in values for b in bases if key_of(v) == key_of(b) and v.slice == b.slice}


def directions(clause: Clause) -> set[int]:
    """Which ways the clause's own figures say it went; else those of its claims; else the claims' own words."""
    facts = [clause.fact(token) for token in clause.figures]
    found = {sign_of(fact) for fact in facts if fact.kind in DIFFERENCES}
    found |= compared([fact for fact in facts if fact.kind not in ("low", "high")])
    if found:
        return found
    value = [fact for fact in facts if fact.kind in LEVELS]
    around = compared([*value, *(fact for fact in facts if fact.kind in ("low", "high"))])
    if around:
        return {1} if around == {1} else {-1} if around == {-1} else {0}
    return of_claims(clause) or spoken(clause.owners)


def of_claims(clause: Clause) -> set[int]:
    """The directions of the differences and comparisons that the clause's claims hold, of what the clause is about."""
    facts = [clause.facts[fact] for claim in clause.owners for fact in claim.facts if fact in clause.facts]
    same = [fact for fact in facts if not clause.keys or key_of(fact) in clause.keys]
    here = [fact for fact in same if not clause.slices or fact.slice in clause.slices]
    found = {sign_of(fact) for fact in here if fact.kind in DIFFERENCES}
    return found or compared([fact for fact in here if fact.kind not in ("low", "high")])


def spoken(claims: Iterable[Claim], of: frozenset[str] = lex.UP | lex.DOWN) -> set[int]:
    """The directions that the claims' own texts use."""
    words = {t.text for claim in claims for text in wordings(claim) for t in tokens_of(text) if t.word and t.text in of}
    return {sign for sign, those in ((1, lex.UP), (-1, lex.DOWN)) if words & those}


def judged(fact: Fact, sign: int) -> int:
    """1 where a movement of this sign is good for the business, -1 where it is bad, 0 where nobody said."""
    if fact.direction not in ("up_is_good", "down_is_good"):
        return 0
    return sign if fact.direction == "up_is_good" else -sign
