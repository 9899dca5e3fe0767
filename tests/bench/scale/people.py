"""People at once over HTTP: each asks a new question every three to eight seconds, and waits for the answer."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import anyio
import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

THINK = (3.0, 8.0)
"""Seconds between an answer and the next question."""


@dataclass(frozen=True)
class Person:
    """Somebody with a connection of their own. `headers` carry their token, if any."""

    name: str
    url: str
    asks: Iterator[dict[str, object]]
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass
class Crowd:
    """What the calls of a crowd were like: milliseconds of each answered call; how calls ended, by code; failures of
    the connection."""

    spent: list[float] = field(default_factory=list[float])
    ended: Counter[str] = field(default_factory=Counter[str])
    answered: Counter[str] = field(default_factory=Counter[str])
    failures: list[str] = field(default_factory=list[str])

    def percentile(self, part: float) -> float:
        """The `part` percentile (0 to 1) of the calls, in milliseconds."""
        ordered = sorted(self.spent)
        return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else 0.0


async def _asking(person: Person, ends: float, crowd: Crowd, seed: int, think: tuple[float, float]) -> None:
    draw = random.Random(seed)
    await anyio.sleep(draw.uniform(0, think[1]))
    async with (
        httpx2.AsyncClient(headers=dict(person.headers), timeout=60) as http,
        Client(streamable_http_client(person.url, http_client=http)) as client,
    ):
        for arguments in person.asks:
            if time.monotonic() >= ends:
                break
            began = time.perf_counter()
            try:
                result = await client.call_tool("query_curated_data", arguments)
            except Exception as error:  # noqa: BLE001 - every failure of the connection is a finding
                crowd.failures.append(f"{person.name}: {type(error).__name__}: {error}")
            else:
                crowd.spent.append((time.perf_counter() - began) * 1000)
                crowd.ended[result.content[0].text.split(":", 1)[0] if result.is_error else "ok"] += 1
                crowd.answered[person.name] += 1
            await anyio.sleep(draw.uniform(*think))


async def _all(people: Sequence[Person], seconds: float, crowd: Crowd, think: tuple[float, float]) -> None:
    ends = time.monotonic() + seconds
    async with anyio.create_task_group() as group:
        for seed, person in enumerate(people):
            group.start_soon(_asking, person, ends, crowd, seed, think)


def asked_by(people: Sequence[Person], seconds: float, think: tuple[float, float] = THINK) -> Crowd:
    """Let all of them ask for some seconds, or until they have no more to ask."""
    crowd = Crowd()
    anyio.run(_all, people, seconds, crowd, think)
    return crowd
