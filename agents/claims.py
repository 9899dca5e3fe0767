"""What may be said: a claim is one typed statement about facts, with a sentence that already reads well.

A sentence is a template. `{f3}` stands for fact f3 as it reads in text (a change without its sign: the verb has it);
`{f3:signed}` keeps the sign; `{f3:when}` is its period in words, `{f3:where}` its slice, `{f3:name}` its label.
Nothing else in braces is known, and no digit may stand outside them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ClaimKind = Literal[
    "headline",  # the bottom line
    "level",  # where a metric stands
    "change",  # how it moved against the period before or a year ago
    "target",  # against plan
    "driver",  # which slice explains the change: the only kind that may use causal words
    "offset",  # which slice moved against it
    "mix",  # mix against rate
    "broad",  # no single slice explains it
    "rank",  # record high or low, largest, smallest: the only kind that may use superlatives
    "anomaly",  # outside its expected range
    "data_fault",  # the data, not the business
    "restatement",  # a figure told before is now another
    "definition",  # a definition changed
    "trust",  # how far the figures can be trusted
    "entity",  # a customer to know about
    "case",  # what happened in similar cases
    "action",  # what to do next
    "quiet",  # nothing remarkable
]
PLACEHOLDER = re.compile(r"\{(f\d+)(?::(signed|when|where|name))?\}")


@dataclass(frozen=True)
class Claim:
    """`facts` are all it speaks of; `variants` are other wordings that say exactly the same. `must`: a text that leaves
    it out is wrong. `weight` orders claims, the largest first; `tone` is what it means for the business."""

    id: str
    kind: ClaimKind
    facts: tuple[str, ...]
    sentence: str
    variants: tuple[str, ...] = ()
    must: bool = False
    weight: float = 0.0
    tone: Literal["good", "bad", "neutral"] = "neutral"


@dataclass(frozen=True)
class Sentence:
    """A sentence about some claims. `text` is a template; `by` says who worded it."""

    claims: tuple[str, ...]
    text: str
    by: Literal["template", "model"] = "template"


Claims = Mapping[str, Claim]


def canonical(claim: Claim) -> Sentence:
    """The claim in its own words."""
    return Sentence((claim.id,), claim.sentence)


def used_facts(text: str) -> tuple[str, ...]:
    """Ids of the facts that a template names, in order, each once."""
    return tuple(dict.fromkeys(match[1] for match in PLACEHOLDER.finditer(text)))
