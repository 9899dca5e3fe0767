"""Claims → sentences, by rules alone: the narrator that is always there.

The same key and claims give the same text to the letter; another key (the next week) gives another choice of wordings,
so that a weekly reader does not read a form. Nothing is added to what the claims say.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from agents.claims import Claim, Claims, Sentence, used_facts
from agents.facts import Fact
from agents.figures import UnknownPlaceholder

JOINED = {("driver", "offset"): ", while ", ("driver", "driver"): "; "}
"""Kinds that read better as one sentence, and how they are joined."""


def narrate(claims: Claims, facts: Mapping[str, Fact], *, key: str) -> tuple[Sentence, ...]:
    """All claims as sentences: those that must be said first, then by weight, in each the order given.

    `key` names the text (agent and period). Raises UnknownPlaceholder where a claim speaks of a fact that is not there.
    """
    said: list[Sentence] = []
    last: Claim | None = None
    for claim in sorted(claims.values(), key=lambda c: (not c.must, -c.weight)):
        text = _chosen(claim, key, said[-1].text if said else "")
        if missing := [fact for fact in used_facts(text) if fact not in facts]:
            raise UnknownPlaceholder(f"no fact {missing[0]}")
        joint = JOINED.get((last.kind, claim.kind)) if last else None
        same = last is not None and _label(last, facts) == _label(claim, facts)
        if said and joint and same and _alone(said[-1], text):
            said[-1] = Sentence((*said[-1].claims, claim.id), f"{said[-1].text[:-1]}{joint}{_inside(text)}")
        else:
            said.append(Sentence((claim.id,), text))
        last = claim
    return tuple(said)


def _label(claim: Claim, facts: Mapping[str, Fact]) -> str:
    """What it is about."""
    return facts[claim.facts[0]].label if claim.facts else ""


def _chosen(claim: Claim, key: str, before: str) -> str:
    """One of the wordings, by the key; another where it would open like the sentence before."""
    wordings = (claim.sentence, *claim.variants)
    first = int.from_bytes(sha256(f"{key}\n{claim.id}".encode()).digest()[:8], "big") % len(wordings)
    turned = wordings[first:] + wordings[:first]
    return next((text for text in turned if _opening(text) != _opening(before)), turned[0])


def _opening(text: str) -> tuple[str, ...]:
    """How it begins: two words, or what a placeholder shows and the word after it."""
    return tuple(word.partition(":")[2] or word for word in text.split()[:2])


def _alone(before: Sentence, text: str) -> bool:
    """May the two be joined: the first is of one claim, and neither is more than one plain sentence?"""
    plain = all(one.endswith(".") and one.count(". ") == 0 and ";" not in one for one in (before.text, text))
    return plain and len(before.claims) == 1


def _inside(text: str) -> str:
    """A sentence as it goes on after a joint: its first word small, unless it is an abbreviation."""
    word = text.split(" ", 1)[0]
    return text if text.startswith("{") or word[1:] != word[1:].lower() else text[0].lower() + text[1:]
