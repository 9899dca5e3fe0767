"""Rules about figures: each stands where its kind belongs, moves the way the words say, and is of the slice and period
that the words name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from agents.facts import Fact
from agents.figures import DIFFERENCES
from agents.narration import lexicon as lex
from agents.narration.clauses import Clause, Token, key_of, tokens_of
from agents.narration.relations import (
    BASES,
    LEVELS,
    directions,
    judged,
    of_claims,
    sign_between,
    sign_of,
    spoken,
)
from agents.narration.wording_rules import Checked, Fault, wordings

MOVING = lex.UP | lex.DOWN
PARTS: frozenset[str] = frozenset({"share", "contribution", "rate", "count"})
SIGNED_PARTS: frozenset[str] = frozenset({"contribution", "by_data", "by_definition", "rest"})
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
            if kind == "share" and not _share_of(checked, clause, at) and not _own_place(checked, token, before):
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
        texts = [token.text if not token.figure else "{}" for token in clause.tokens]
        if ("low" in kinds or "high" in kinds) and not {"range", "between", "band", "above", "below"} & set(texts):
            yield Fault("role", "a bound that is not called so")


def plans(checked: Checked) -> Iterator[Fault]:
    """The distance to plan stands with the plan, and no other difference does."""
    before: set[str] = set()
    for clause in checked.clauses:
        kinds = {clause.fact(token).kind for token in clause.figures}
        words = set(clause.words) & lex.PLANNED or ({"plan"} if "target" in kinds else set[str]())
        if "target_pct" in kinds and not words | before:
            yield Fault("role", "a distance to no plan")
        if words and "target_pct" not in kinds and kinds & {"change", "change_pct", "yoy_pct", "yoy_points"}:
            yield Fault("role", "another difference to plan")
        if "target_pct" in kinds and kinds & {"prior", "year_ago", "change_pct", "change", "yoy_pct", "yoy_points"}:
            yield Fault("role", "a distance to plan among other differences")
        before = words


def comparing(checked: Checked) -> Iterator[Fault]:
    """ "more" and "lower" stand beside what they compare."""
    for clause in checked.clauses:
        for at, token in enumerate(clause.tokens):
            if token.text in lex.COMPARING:
                before, after = clause.tokens[max(0, at - 1) : at], clause.tokens[at + 1 : at + 2]
                than = any(near.text in ("than", "of") for near in after)
                if not than and not any(near.figure for near in (*before, *after)):
                    yield Fault("direction", f"{token.text} than nothing")


def signs(checked: Checked) -> Iterator[Fault]:
    """A difference has either its sign or a verb that gives it, never both and never none."""
    for clause in checked.clauses:
        for at, token in enumerate(clause.tokens):
            if not token.figure:
                continue
            fact = clause.fact(token)
            verb = _governing(clause, at)
            if token.aspect == "signed":
                if verb and verb not in lex.ADDING:
                    yield Fault("sign", f"{verb} {token.text}")
                if fact.kind not in DIFFERENCES and not _own_aspect(checked, token):
                    yield Fault("sign", f"a {fact.kind} with a sign")
            elif fact.kind in DIFFERENCES:
                wanted = 1 if verb in lex.UP else -1 if verb in lex.DOWN else 0
                if verb in lex.GOOD | lex.BAD:
                    wanted = _for_judgement(fact, 1 if verb in lex.GOOD else -1)
                if not verb and not _own_aspect(checked, token):
                    yield Fault("sign", f"{token.text} without its direction")
                elif verb and wanted != sign_of(fact) and verb not in lex.CAUSE_ACTIVE:
                    yield Fault("direction", f"{verb} {token.text}")
            elif verb and verb not in lex.PLACED and _directly(clause, at) and fact.kind not in ("rate",):
                yield Fault("role", f"{verb} {fact.kind}")


def _for_judgement(fact: Fact, good: int) -> int:
    return good if fact.direction != "down_is_good" else -good


def _own_aspect(checked: Checked, token: Token) -> bool:
    """Do the claims themselves show this figure so, without a verb before it?"""
    for claim in checked.told:
        for text in wordings(claim):
            for first, second in pairwise((Token(""), *tokens_of(text))):
                verb = first.text in MOVING | {"by", "of"}
                if (second.fact, second.aspect) == (token.fact, token.aspect) and not verb:
                    return second.aspect == "signed" or not _has_verb(text)
    return False


def _has_verb(text: str) -> bool:
    return any(token.text in MOVING for token in tokens_of(text))


def _governing(clause: Clause, at: int) -> str:
    """The word that gives a figure its direction: right before it (by, of), right after it ("{f1} above"), or earlier
    in the clause where "by" or a bracket leads to it."""
    tokens = clause.tokens
    words = MOVING | lex.GOOD | lex.BAD
    back = at - 1
    if back >= 0 and tokens[back].text in ("(", "by", "of"):
        link = tokens[back].text
        near = tokens[back - 1] if back else Token("")
        if link == "(":
            return _governing(clause, back - 1) if near.figure and near.aspect == tokens[at].aspect == "" else ""
        if near.text in words:
            return near.text
        if link == "by":
            earlier = [token.text for token in tokens[:back] if token.text in words]
            if earlier:
                return earlier[-1]
    elif back >= 0 and tokens[back].text in words:
        return tokens[back].text
    after = tokens[at + 1] if at + 1 < len(tokens) else Token("")
    if after.text in words:
        return after.text
    if after.text == "of":
        following = next((t.text for t in tokens[at + 2 : at + 4] if t.text in lex.MOVEMENTS), "")
        return following if tokens[at].aspect == "" else ""
    return ""


def _directly(clause: Clause, at: int) -> bool:
    """Does the verb stand right before the figure?"""
    before = [token.text for token in clause.tokens[max(0, at - 2) : at]]
    return bool(before) and (before[-1] in MOVING or (before[-1] == "by" and before[0] in MOVING))


def moves(checked: Checked) -> Iterator[Fault]:
    """Words of direction, of judgement and of rest agree with what the figures of their clause did."""
    for clause in checked.clauses:
        names = _name_words(checked)
        for at, token in enumerate(clause.tokens):
            word = token.text
            if not token.word or word in names:
                continue
            if word in MOVING:
                found = _found(clause, at)
                wanted = 1 if word in lex.UP else -1
                if found != {wanted}:
                    yield Fault("direction", word)
            elif word in lex.REST and not _own(clause, word):
                timed = word == "same" and clause.tokens[at + 1 : at + 2] and clause.tokens[at + 1].text in lex.GRAINS
                if directions(clause) != {0} and not timed:
                    yield Fault("direction", word)
            elif word in lex.GOOD | lex.BAD:
                yield from _judgement(clause, word)


def _own(clause: Clause, word: str) -> bool:
    return any(token.text == word for c in clause.owners for text in wordings(c) for token in tokens_of(text))


def _name_words(checked: Checked) -> set[str]:
    labels = {fact.label for fact in checked.facts.values()}
    return {token.text for label in labels for token in tokens_of(label) if token.word}


def _found(clause: Clause, at: int) -> set[int]:
    """What a word of direction has to agree with: the figure it governs, the whole's change where it is a noun for it,
    the figure it compares with, else the clause."""
    tokens = clause.tokens
    word = tokens[at].text
    after = tokens[at + 1] if at + 1 < len(tokens) else Token("")
    whole = word in lex.MOVEMENTS and at > 0 and tokens[at - 1].text in ("the", "this", "that")
    if whole and any(claim.kind in ("driver", "offset", "broad", "mix") for claim in clause.owners):
        parted = [claim for claim in clause.owners if claim.kind in ("driver", "offset", "broad", "mix")]
        return spoken(parted, frozenset(lex.MOVEMENTS & MOVING)) or of_claims(clause) or directions(clause)
    if after.figure and clause.fact(after).kind in DIFFERENCES and after.aspect == "":
        return {sign_of(clause.fact(after))}
    if word in lex.PLACED and after.figure and clause.fact(after).kind in BASES:
        base = clause.fact(after)
        values = [f for f in clause.facts.values() if f.kind == "value" and key_of(f) == key_of(base)]
        near = [f for f in values if f.slice == base.slice]
        if near:
            return {sign_between(near[0], base)}
    back = tokens[at - 1] if at else Token("")
    if back.figure and clause.fact(back).kind in DIFFERENCES and back.aspect == "":
        return {sign_of(clause.fact(back))}
    for near in tokens[at + 1 : at + 4]:
        if near.figure and clause.fact(near).kind in DIFFERENCES and near.aspect == "":
            return {sign_of(clause.fact(near))}
    return directions(clause)


def _judgement(clause: Clause, word: str) -> Iterator[Fault]:
    """Good and bad words agree with which way is good for the metric."""
    wanted = 1 if word in lex.GOOD else -1
    facts = [f for f in clause.facts.values() if not clause.keys or key_of(f) in clause.keys]
    sense = {fact.direction for fact in facts if fact.direction in ("up_is_good", "down_is_good")}
    found = directions(clause)
    placed = word in ("ahead", "behind") and not sense
    if placed:
        if found != {wanted}:
            yield Fault("direction", word)
    elif len(sense) != 1 or {judged(facts_of_sense, sign) for facts_of_sense in facts[:1] for sign in found} != {
        wanted
    }:
        yield Fault("judgement", word)


def slices(checked: Checked) -> Iterator[Fault]:
    """A figure of a part of the business stands with the name of that part; a figure of the whole with none."""
    named = _claims_that_name(checked)
    for clause in checked.clauses:
        for at, token in enumerate(clause.tokens):
            if not token.figure:
                continue
            fact = clause.fact(token)
            if fact.slice:
                wrong = clause.slices and fact.slice not in clause.slices
                unnamed = not clause.slices and token.fact in named
                if wrong or unnamed:
                    yield Fault("slice", token.text)
            elif clause.slices and not _of_whole(clause, at):
                yield Fault("slice", f"{token.text} is of the whole")
        if len({fact.slice for fact in clause.of("where")}) > 1:
            yield Fault("slice", "two parts in one statement")


def _claims_that_name(checked: Checked) -> set[str]:
    """Facts of claims whose own texts name the slice."""
    named: set[str] = set()
    for claim in checked.told:
        if any(token.aspect == "where" for text in wordings(claim) for token in tokens_of(text)):
            named |= set(claim.facts)
    return named


def _of_whole(clause: Clause, at: int) -> bool:
    """Is it "the {f1} fall": the whole's change as a noun?"""
    after = clause.tokens[at + 1 : at + 2]
    return bool(after) and after[0].text in lex.MOVEMENTS and clause.fact(clause.tokens[at]).kind in DIFFERENCES


def periods(checked: Checked) -> Iterator[Fault]:
    """A period in words is that of the figure before it (at the start of a sentence: after it)."""
    tokens = checked.tokens
    for at, token in enumerate(tokens):
        if token.aspect != "when":
            continue
        figures = [t for t in tokens[:at] if t.figure][-1:] or [t for t in tokens[at:] if t.figure][:1]
        period = checked.facts[token.fact].period
        if figures and checked.facts[figures[0].fact].period != period and not _own_pair(checked, figures[0], token):
            yield Fault("period", f"{figures[0].text} in {token.text}")


def _own_pair(checked: Checked, figure: Token, when: Token) -> bool:
    for claim in checked.told:
        for text in wordings(claim):
            tokens = tokens_of(text)
            if any(t.fact == when.fact and t.aspect == "when" for t in tokens):
                at = next(i for i, t in enumerate(tokens) if t.fact == when.fact and t.aspect == "when")
                near = [t.fact for t in tokens[:at] if t.figure][-1:] or [t.fact for t in tokens[at:] if t.figure][:1]
                if near == [figure.fact]:
                    return True
    return False


RULES = (once, roles, learned, bounds, plans, comparing, signs, moves, slices, periods)
"""Rules about figures, in order."""
