"""Rules about places: each figure stands where its kind belongs, and none takes the place of another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from agents.figures import DIFFERENCES
from agents.narration import lexicon as lex
from agents.narration.checked import Checked, Fault, own_word, wordings
from agents.narration.clauses import Clause, Token, tokens_of
from agents.narration.relations import BASES, LEVELS, sign_of

ROLES: dict[str, frozenset[str]] = {
    "from": BASES - {"target", "high"} | {"low"},
    "to": LEVELS | {"high", "told", "target"},
    "at": LEVELS | {"told", "target", "prior", "year_ago"},
    "than": BASES,
    "above": BASES,
    "below": BASES,
    "over": BASES,
    "under": BASES,
    "plan": frozenset({"target"}),
    "target": frozenset({"target"}),
    "budget": frozenset({"target"}),
    "goal": frozenset({"target"}),
    "told": frozenset({"told"}),
    "said": frozenset({"told"}),
    "now": frozenset({"value"}),
    "between": frozenset({"low", "share"}),
    "against": BASES,
    "versus": BASES,
}
"""Kinds of figure that may follow a word."""


LEARNED = frozenset({"from", "to", "at", "of", "by", "now", "said", "between", "had", "than", "adds", "added"})
"""Words before a figure that mark its part in a sentence: a claim's own texts show which figure they belong to."""


def once(checked: Checked) -> Iterator[Fault]:
    """No figure is told twice in a sentence."""
    counts = Counter(token.fact for token in checked.tokens if token.figure)
    for fact, count in counts.items():
        if count > 1:
            yield Fault("twice", fact)


def roles(checked: Checked) -> Iterator[Fault]:
    """A figure fits the words right before and after it."""
    for clause in checked.clauses:
        for at, token in enumerate(clause.tokens):
            if not token.figure:
                continue
            kind = clause.fact(token).kind
            before = clause.tokens[at - 1].text if at else ""
            if before in ROLES and kind not in ROLES[before] and not _own_place(checked, token, before):
                yield Fault("role", f"{before} {kind}")
            if before == "of" and at >= 2:
                yield from _of(clause, at, kind)
            if before == "by" and kind not in DIFFERENCES | {"rate"} and not _own_place(checked, token, "by"):
                yield Fault("role", f"by {kind}")
            if kind == "share" and not _share_of(checked, clause, at) and not _other_share(checked, token):
                yield Fault("role", "a share of nothing named")


def _of(clause: Clause, at: int, kind: str) -> Iterator[Fault]:
    """ "a plan of", "a fall of", "the expected range of": the noun says the kind."""
    noun = clause.tokens[at - 2].text
    if noun in ("plan", "target", "budget", "goal") and kind != "target":
        yield Fault("role", f"{noun} of {kind}")
    if noun in lex.MOVEMENTS and kind not in DIFFERENCES:
        yield Fault("role", f"{noun} of {kind}")
    if noun in ("range", "band") and kind not in ("low", "high"):
        yield Fault("role", f"{noun} of {kind}")
    if clause.tokens[at - 2].aspect == "name" and kind not in LEVELS:
        yield Fault("role", f"the figure named is a {kind}")


def _share_of(checked: Checked, clause: Clause, at: int) -> bool:
    """Is it "... of the fall", or after such a share the second, beside the name of its slice?"""
    nouns = lex.MOVEMENTS | {"total", "whole"}
    if any(token.text in nouns for token in clause.tokens[at + 1 : at + 5]):
        return True
    first = any(token.text in nouns for token in checked.tokens[: checked.tokens.index(clause.tokens[at])])
    return first and at > 0 and clause.tokens[at - 1].aspect == "where"


def _other_share(checked: Checked, token: Token) -> bool:
    """Do the claims themselves never call it a part of a movement?"""
    for claim in checked.told:
        for text in wordings(claim):
            tokens = tokens_of(text)
            at = next((i for i, other in enumerate(tokens) if other.fact == token.fact and other.figure), len(tokens))
            if any(other.text in lex.MOVEMENTS for other in tokens[at + 1 : at + 4]):
                return False
    return True


def learned(checked: Checked) -> Iterator[Fault]:
    """Two figures of a claim do not change places: beside a telling word stands the one that the claim puts there."""
    for claim in checked.told:
        own = set(claim.facts)
        before: dict[str, set[str]] = {}
        after: dict[str, set[str]] = {}
        for text in wordings(claim):
            for word, fact, side in _beside(tokens_of(text)):
                (before if side < 0 else after).setdefault(word, set()).add(fact)
        for word, fact, side in _beside(checked.tokens):
            seen = (before if side < 0 else after).get(word)
            if fact in own and seen and fact not in seen:
                yield Fault("role", f"{fact} beside {word!r}")


def _beside(tokens: tuple[Token, ...]) -> Iterator[tuple[str, str, int]]:
    plain = lex.FUNCTION | lex.PLAIN | lex.PLACED | lex.UP | lex.DOWN
    for first, second in pairwise(tokens):
        if first.word and second.figure and first.text in LEARNED:
            yield first.text, second.fact, -1
        if first.figure and second.word and second.text not in plain:
            yield second.text, first.fact, 1


def _own_place(checked: Checked, token: Token, before: str) -> bool:
    """Does one of the claims put this very figure after this very word?"""
    for claim in checked.told:
        for text in wordings(claim):
            for first, second in pairwise(tokens_of(text)):
                if second.fact == token.fact and second.figure and first.text == before:
                    return True
    return False


BASED = frozenset("from than above below over under against with the versus ( of at between".split())
"""What may stand before the figure of then."""


def then(checked: Checked) -> Iterator[Fault]:
    """The figure of then is compared with or dated, never what the metric is; a figure of now has words beside it."""
    for clause in checked.clauses:
        if not any(token.word and token.text not in ("and", "while", "but") for token in clause.tokens):
            levels = [token for token in clause.figures if clause.fact(token).kind in LEVELS]
            if levels and not any(token.aspect in ("name", "where") for token in clause.tokens):
                yield Fault("role", f"{levels[0].text} alone")
        for at, token in enumerate(clause.tokens):
            if not token.figure or clause.fact(token).kind not in ("prior", "year_ago"):
                continue
            before = clause.tokens[at - 1].text if at else ""
            after = {near.text for near in clause.tokens[at + 1 : at + 4]}
            if before not in BASED and not after & lex.BEFORE and not _own_place(checked, token, before):
                yield Fault("role", f"{before} {clause.fact(token).kind}")


def bounds(checked: Checked) -> Iterator[Fault]:
    """A range runs from low to high, a movement from before to now."""
    for clause in checked.clauses:
        figures = [clause.fact(token) for token in clause.figures]
        kinds = [fact.kind for fact in figures]
        if "low" in kinds and "high" in kinds and kinds.index("low") > kinds.index("high"):
            yield Fault("role", "high before low")
        for first, link, second in zip(clause.tokens, clause.tokens[1:], clause.tokens[2:], strict=False):
            if link.text == "to" and first.figure and second.figure:
                ends = (clause.fact(first).kind, clause.fact(second).kind)
                if ("low" in ends or "high" in ends) and ends != ("low", "high"):
                    yield Fault("role", "{} to {}".format(*ends))
        for first, link, second in zip(clause.tokens, clause.tokens[1:], (*clause.tokens[2:], Token("")), strict=False):
            if first.figure and clause.fact(first).kind == "low":
                high = second.figure and clause.fact(second).kind == "high"
                if link.text not in ("to", "and") or not high:
                    yield Fault("role", "half a range")
        kinds_in_order = [clause.fact(token).kind if token.figure else token.text for token in clause.tokens]
        for at, kind in enumerate(kinds_in_order):
            if kind == "high" and kinds_in_order[max(0, at - 2) : at - 1] != ["low"]:
                yield Fault("role", "half a range")
        yield from _inside(clause)
        texts = [token.text if not token.figure else "{}" for token in clause.tokens]
        if ("low" in kinds or "high" in kinds) and not {"range", "between", "band", "above", "below"} & set(texts):
            yield Fault("role", "a bound that is not called so")


def _inside(clause: Clause) -> Iterator[Fault]:
    """A figure is called inside or outside its range as it is."""
    facts = clause.facts.values()
    bounds_of = {fact.kind: fact.value for fact in facts if fact.kind in ("low", "high")}
    values = [fact.value for fact in facts if fact.kind == "value"]
    if len(bounds_of) < 2 or not values or not any(claim.kind == "anomaly" for claim in clause.owners):
        return
    inside = bounds_of["low"] <= values[0] <= bounds_of["high"]
    words = set(clause.words)
    for at, word in enumerate(clause.words):
        if word == "in" and set(clause.words[at + 1 : at + 4]) & {"range", "band"} and not inside:
            yield Fault("direction", "in its range")
    for word in words & lex.INSIDE:
        if not inside and not (word in ("usual", "normal") and words & lex.OUTSIDE) and not own_word(clause, word):
            yield Fault("direction", word)
    if inside and words & (lex.OUTSIDE - {"above", "below"}):
        yield Fault("direction", "outside")


def revisions(checked: Checked) -> Iterator[Fault]:
    """What newer data add is not what a new definition adds, and neither is a movement of the business."""
    for clause in checked.clauses:
        kinds = {clause.fact(token).kind for token in clause.figures}
        words = set(clause.words)
        if ("by_definition" in kinds and "data" in words) or ("by_data" in kinds and "definition" in words):
            yield Fault("role", "data and definition")
        told = kinds & {"told", "by_data", "by_definition"}
        if told and words & lex.GOING and not kinds & {"prior", "change", "change_pct", "year_ago"}:
            yield Fault("role", "a figure told anew did not move by itself")


def plans(checked: Checked) -> Iterator[Fault]:
    """The distance to plan stands with the plan, and no other difference does."""
    before: set[str] = set()
    for clause in checked.clauses:
        kinds = {clause.fact(token).kind for token in clause.figures}
        words = set(clause.words) & (lex.PLANNED | {"short"}) or ({"plan"} if "target" in kinds else set[str]())
        if "target_pct" in kinds and not words | before:
            yield Fault("role", "a distance to no plan")
        if words and "target_pct" not in kinds and kinds & {"change", "change_pct", "yoy_pct", "yoy_points"}:
            yield Fault("role", "another difference to plan")
        if "target_pct" in kinds and kinds & {"prior", "year_ago", "change_pct", "change", "yoy_pct", "yoy_points"}:
            yield Fault("role", "a distance to plan among other differences")
        for at, token in enumerate(clause.tokens):
            near = {other.text for other in clause.tokens[max(0, at - 5) : at]}
            if token.figure and clause.fact(token).kind == "target" and not near & lex.PLANNED:
                yield Fault("role", "a plan that is not called so")
            meets = token.text in ("on", "to") and clause.tokens[at + 1 : at + 2]
            if (meets and clause.tokens[at + 1].text in lex.PLANNED) or token.text == "line":
                gaps = {sign_of(f) for f in clause.facts.values() if f.kind == "target_pct"}
                if gaps != {0}:
                    yield Fault("direction", "on plan")
        before = words
