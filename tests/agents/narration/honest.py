"""Sentences that an honest writer might make of the software scene's claims: all true, none the claim's own wording.

`r`, `c` and `u` are the three metrics; after the dot: v value, p prior, s size of the change, a year ago, y against it,
t plan, g distance to it, k1 and k2 what a slice contributed, h1 and h2 its share, o what moved the other way,
lo and hi the expected range.
"""

from __future__ import annotations

import re

from agents.claims import Sentence
from tests.agents.narration.scenes import Told

HONEST: tuple[tuple[str, str], ...] = (
    ("r.change", "{r.v:name} declined {r.s} to {r.v} in {r.v:when}."),
    ("r.change", "{r.v:name} dropped from {r.p} to {r.v}, a decrease of {r.s}."),
    ("r.change", "In {r.v:when}, {r.v:name} came in at {r.v}, {r.s} below the {r.p} of the week before."),
    ("r.change", "Revenue fell {r.s} in {r.v:when}, from {r.p} to {r.v}."),
    ("r.change", "At {r.v}, {r.v:name} was down {r.s} on the previous week."),
    ("r.change", "{r.v:name} slipped {r.s} to {r.v}."),
    ("r.change", "{r.v:name} ended {r.v:when} at {r.v}, {r.s} lower than the week before."),
    ("r.change", "{r.v:name} for {r.v:when} was {r.v}; that is a decline of {r.s} from {r.p}."),
    ("r.change", "Week on week, {r.v:name} decreased by {r.s} to {r.v}."),
    ("r.change", "{r.v:name} shrank by {r.s} and closed {r.v:when} at {r.v}."),
    ("r.change", "Recognized revenue fell to {r.v} from {r.p} ({r.s:signed})."),
    ("r.change", "Sales were {r.v} in {r.v:when}, a drop of {r.s} from the prior week."),
    ("c.change", "{c.v:name} rose to {c.v} in {c.v:when}, up {c.s} from {c.p}."),
    ("c.change", "{c.v:name} worsened by {c.s} to {c.v}."),
    ("c.change", "Churn climbed {c.s} to {c.v}, from {c.p} the week before."),
    ("c.change", "{c.v:name} increased from {c.p} to {c.v} ({c.s:signed})."),
    ("c.change", "At {c.v}, {c.v:name} is {c.s} higher than in the previous week."),
    ("c.change", "{c.v:name} deteriorated: it rose {c.s} to {c.v} in {c.v:when}."),
    ("c.change", "{c.v:name} went up by {c.s} to {c.v}."),
    ("u.change", "{u.v:name} grew {u.s} to {u.v}."),
    ("u.change", "{u.v:name} improved, rising {u.s} from {u.p} to {u.v} in {u.v:when}."),
    ("u.change", "We saw {u.v} active users in {u.v:when}, {u.s} more than the week before."),
    ("u.change", "{u.v:name} advanced by {u.s} to reach {u.v}."),
    ("u.change", "{u.v:name} gained {u.s} on the week and stood at {u.v}."),
    ("u.change", "Growth in {u.v:name} came to {u.s}, from {u.p} to {u.v}."),
    ("r.year", "Against the same week a year ago, {r.v:name} is up {r.y} from {r.a} to {r.v}."),
    ("r.year", "{r.v:name} of {r.v} is {r.y} higher than a year earlier."),
    ("r.year", "Year on year, {r.v:name} grew {r.y} to {r.v}."),
    ("r.year", "{r.v:name} rose {r.y} over the year, from {r.a} to {r.v}."),
    ("c.year", "{c.v:name} is {c.y} above its level of a year ago, at {c.v}."),
    ("c.year", "Compared with {c.a} a year ago, {c.v:name} is up {c.y} to {c.v}."),
    ("u.year", "{u.v:name} were {u.v}, up {u.y} on a year ago."),
    ("u.year", "On the year, {u.v:name} increased {u.y} from {u.a} to {u.v}."),
    ("r.target", "{r.t:name} is {r.g} short of the plan of {r.t}."),
    ("r.target", "{r.t:name} missed its {r.t:when} plan of {r.t} by {r.g}."),
    ("r.target", "Against the target of {r.t} for {r.t:when}, {r.t:name} is {r.g} behind."),
    ("r.target", "The plan for {r.t:when} was {r.t}; {r.t:name} stands {r.g} below it."),
    ("c.target", "{c.t:name} exceeds the plan of {c.t} for {c.t:when} by {c.g}."),
    ("c.target", "{c.t:name} is running {c.g} over its plan of {c.t}."),
    ("u.target", "{u.t:name} are {u.g} above plan ({u.t} for {u.t:when})."),
    ("u.target", "{u.t:name} beat the plan of {u.t} by {u.g}."),
    ("r.driver1", "{r.h1} of the decline is explained by {r.k1:where} ({r.k1:signed})."),
    ("r.driver1", "{r.k1:where} accounted for {r.h1} of the drop in {r.k1:name}, or {r.k1:signed}."),
    ("r.driver1", "{r.k1:where} contributed {r.h1} of the fall ({r.k1:signed})."),
    ("r.driver1", "The fall was driven by {r.k1:where}, with {r.h1} of it ({r.k1:signed})."),
    ("r.driver1", "{r.k1:where} was the main driver, with {r.h1} of the fall ({r.k1:signed})."),
    ("r.driver2", "{r.k2:where} explains another {r.h2} of the fall ({r.k2:signed})."),
    ("c.driver1", "{c.h1} of the increase came from {c.k1:where} ({c.k1:signed})."),
    ("c.driver1", "{c.k1:where} drove {c.h1} of the increase in churn ({c.k1:signed})."),
    ("u.driver1", "{u.k1:where} accounts for {u.h1} of the growth ({u.k1:signed})."),
    ("r.driver1 r.driver2", "{r.k1:where} explains {r.h1} of the fall ({r.k1:signed}) and {r.k2:where} {r.h2} "
     "({r.k2:signed})."),
    ("r.driver1 r.offset", "{r.k1:where} accounts for {r.h1} of the fall ({r.k1:signed}), while {r.o:where} moved "
     "the other way ({r.o:signed})."),
    ("r.change r.driver1", "{r.v:name} fell {r.s} to {r.v}, driven by {r.k1:where}, which explains {r.h1} of the fall "
     "({r.k1:signed})."),
    ("r.change r.driver1", "{r.v:name} dropped {r.s} from {r.p} to {r.v}; {r.k1:where} explains {r.h1} of the drop "
     "({r.k1:signed})."),
    ("r.offset", "{r.o:where} rose by {r.o}, which offset part of the fall."),
    ("r.offset", "Against this, {r.o:where} gained {r.o}."),
    ("c.offset", "{c.o:where} fell by {c.o} and offset part of the rise."),
    ("u.offset", "{u.o:where} moved in the opposite direction ({u.o:signed})."),
    ("r.anomaly", "{r.v:name} of {r.v} is outside its expected range of {r.lo} to {r.hi}."),
    ("r.anomaly", "At {r.v}, {r.v:name} falls below the expected range ({r.lo} to {r.hi})."),
    ("r.anomaly", "{r.v:name} was {r.v}, below the range of {r.lo} to {r.hi} that its history leads to expect."),
    ("u.anomaly", "{u.v:name} stood at {u.v}, below the expected {u.lo} to {u.hi}."),
    ("r.level", "{r.v:name} was {r.v} for {r.v:when}."),
    ("c.level", "For {c.v:when}, {c.v:name} stands at {c.v}."),
    ("u.level", "{u.v:name} came to {u.v}."),
    ("r.change c.change", "{r.v:name} fell {r.s} to {r.v}, while {c.v:name} rose {c.s} to {c.v}."),
    ("r.change u.change", "{u.v:name} grew {u.s} to {u.v}, but {r.v:name} declined {r.s} to {r.v}."),
    ("r.change r.target", "{r.v:name} fell {r.s} to {r.v} and is {r.g} below the plan of {r.t}."),
    ("r.change r.year", "{r.v:name} was {r.v}, down {r.s} from {r.p} but up {r.y} on a year ago."),
    ("c.change c.target", "{c.v:name} rose {c.s} to {c.v}, {c.g} above the plan of {c.t}."),
)  # fmt: skip


def honest(told: dict[str, Told]) -> list[Sentence]:
    """Those sentences over the scene's facts and claims."""
    return [sentence_of(told, *one) for one in HONEST]


def sentence_of(metrics: dict[str, Told], claims: str, text: str) -> Sentence:
    """A sentence in the short names, about a scene's three metrics."""
    told = dict(zip("rcu", metrics.values(), strict=True))
    ids = tuple(_claim(told, path) for path in claims.split())
    facts: dict[str, str] = {}
    for short, one in told.items():
        facts |= {f"{short}.{n}": f for n, f in zip("vps", one.change.facts, strict=True)}
        facts |= {f"{short}.{n}": f for n, f in zip("vay", one.year.facts, strict=True)}
        facts |= {f"{short}.{n}": f for n, f in zip("tg", one.target.facts, strict=True)}
        facts |= {f"{short}.{n}": f for n, f in zip(("v", "lo", "hi"), one.anomaly.facts, strict=True)}
        facts[f"{short}.o"] = one.offset.facts[0]
        for number, driver in enumerate(one.drivers, 1):
            facts |= {f"{short}.k{number}": driver.facts[0], f"{short}.h{number}": driver.facts[1]}
    return Sentence(ids, re.sub(r"\{([a-z]\.\w+)", lambda match: "{" + facts[match[1]], text), "model")


def _claim(told: dict[str, Told], path: str) -> str:
    short, _, name = path.partition(".")
    one = told[short]
    if name.startswith("driver"):
        return one.drivers[int(name[-1]) - 1].id
    return {"change": one.change, "year": one.year, "target": one.target, "offset": one.offset,
            "anomaly": one.anomaly, "level": one.level}[name].id  # fmt: skip
