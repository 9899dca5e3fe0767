"""Rules about direction: words of movement, judgement and rest agree with the figures of their clause."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from agents.facts import Fact
from agents.figures import DIFFERENCES
from agents.narration import lexicon as lex
from agents.narration.checked import Checked, Fault, own_pair, own_word, wordings
from agents.narration.clauses import Clause, Token, key_of, tokens_of
from agents.narration.relations import BASES, directions, judged, of_claims, sign_between, sign_of, spoken

MOVING = lex.UP | lex.DOWN


def comparing(checked: Checked) -> Iterator[Fault]:
    """ "more" and "lower" stand beside what they compare."""
    for clause in checked.clauses:
        for at, token in enumerate(clause.tokens):
            near = clause.tokens[at + 1 : at + 2]
            if token.text in lex.TAKING and not any(t.figure or t.text in ("by", "of", "in") for t in near):
                yield Fault("direction", f"{token.text} nothing")
            if token.text in lex.PLACED and any(other.aspect == "name" for other in near):
                yield Fault("direction", f"{token.text} the metric itself")
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
            following = [near.text for near in clause.tokens[at + 1 : at + 3]]
            if word in lex.ADDING and following[:1] == ["to"] and not own_pair(clause, at):
                yield Fault("direction", f"{word} to")
            if word in MOVING:
                found = _found(clause, at)
                wanted = 1 if word in lex.UP else -1
                if found != {wanted}:
                    yield Fault("direction", word)
            elif word in lex.REST and not own_word(clause, word):
                timed = word == "same" and following[:1] and following[0] in {*lex.GRAINS, "period"}
                if directions(clause) != {0} and not timed:
                    yield Fault("direction", word)
            elif word == "offset" and not own_pair(clause, at):
                yield Fault("direction", "offset, but not in part")
            elif word in lex.GOOD | lex.BAD:
                yield from _judgement(clause, word)


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
