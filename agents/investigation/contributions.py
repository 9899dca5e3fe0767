"""What explain_number found → facts and claims about where a change comes from: causes, members and the rest.

Contributions of one dimension and the rest add up to the change, exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from agents.claims import Claim
from agents.facts import Fact, FactBook, FactKind, Slice
from agents.investigation.verdict import broad
from agents.investigation.watch import Sighting
from agents.narration.words import broad_sentence, driver_sentence
from catalog.agents import Agent

MOST_MEMBERS = 6
MOST_CAUSES = 3
MOST_SPLITS = 2


def fact_of(
    book: FactBook, sighting: Sighting, kind: FactKind, value: Decimal, *, where: Slice | None = None, unit: str = ""
) -> Fact:
    """A number of a sighting as a fact."""
    metric = sighting.watch.metric
    explained = sighting.explained
    trust: Mapping[str, Any] = explained["trust"] or {}
    return book.add(
        metric=metric.name,
        label=metric.label,
        period=sighting.period,
        kind=kind,
        value=value,
        unit=unit or metric.unit,
        slice=sighting.slice if where is None else where,
        receipt=str(explained["receipt"]),
        trust=str(trust.get("state", "")),
        direction=metric.direction,
    )


def causes(agent: Agent, sighting: Sighting) -> list[tuple[Slice, Mapping[str, Any]]]:
    """The causes that explain_number names, in the agent's own dimensions where one of them shows the same part."""
    found: list[tuple[Slice, Mapping[str, Any]]] = []
    for cause in sighting.explained["causes"][:MOST_CAUSES]:
        where: Slice = tuple((str(d), str(m)) for d, m in cause["where"].items())
        if len(where) == 1 and where[0][0] not in agent.dimensions:
            where = _renamed(agent, sighting, cause) or where
        found.append((where, cause))
    return found


def _renamed(agent: Agent, sighting: Sighting, cause: Mapping[str, Any]) -> Slice | None:
    splits = {split["dimension"]: split for split in sighting.explained["contributions"]}
    for dimension in agent.dimensions:
        for member in splits.get(dimension, {"members": ()})["members"]:
            if (member["before"], member["after"]) == (cause["before"], cause["after"]):
                return ((dimension, str(member["member"])),)
    return None


def cause_claims(agent: Agent, book: FactBook, sighting: Sighting) -> Iterator[Claim]:
    """What explains the change; or that nothing does."""
    moved = fact_of(book, sighting, "change", sighting.after - sighting.before)
    if broad(sighting):
        said = broad_sentence(moved)
        yield Claim("broad", "broad", (moved.id,), said.sentence, said.variants, must=True, weight=6.0)
        return
    for place, (where, cause) in enumerate(causes(agent, sighting)):
        inside = (*sighting.slice, *where)
        share = fact_of(book, sighting, "share", fraction(cause["share"]), where=inside, unit="ratio")
        change = fact_of(book, sighting, "contribution", fraction(cause["change"]), where=inside)
        said = driver_sentence(change, share, moved)
        ids = (share.id, change.id)
        yield Claim(f"cause-{place + 1}", "driver", ids, said.sentence, said.variants, weight=6.0 - place)


def best_splits(agent: Agent, sighting: Sighting) -> list[Mapping[str, Any]]:
    """The splits to show, exact ones only: by the dimensions of the first cause, else by the most concentrated."""
    exact_ones = [s for s in sighting.explained["contributions"] if s["method"] != "side_by_side" and s["members"]]
    first = next(iter(causes(agent, sighting)), None)
    wanted = [dimension for dimension, _ in first[0]] if first and not broad(sighting) else []
    found = [s for name in wanted for s in exact_ones if s["dimension"] == name]
    others = [s for s in exact_ones if s["dimension"] in agent.dimensions]
    return found[:MOST_SPLITS] or sorted(others, key=lambda s: -s["top_share"])[:1]


def contributions(book: FactBook, sighting: Sighting, split: Mapping[str, Any]) -> tuple[tuple[Fact, ...], Fact]:
    """The largest members of one dimension and the rest: together exactly the change."""
    parts = [
        fact_of(
            book,
            sighting,
            "contribution",
            fraction(member["change"]),
            where=(*sighting.slice, (str(split["dimension"]), str(member["member"]))),
        )
        for member in split["members"][:MOST_MEMBERS]
    ]
    change = sighting.after - sighting.before
    rest = change - sum((part.value for part in parts), Decimal(0))
    return tuple(parts), fact_of(book, sighting, "rest", rest)


def fraction(value: float) -> Decimal:
    return Decimal(str(value))
