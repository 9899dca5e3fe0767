"""Companies with one truth planted each, and one look of the investigation agent at them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import duckdb

from agents.desk import Desk
from agents.document import Document, Figure
from agents.findings import Findings
from agents.investigation import investigate
from agents.store import Store
from catalog.agents import Agent
from demo.build import GOLD_FILE, build_company
from demo.plants import NOW, Profile
from server.commands.demo import prepare
from server.settings import Settings, StateSettings, load_settings
from server.wiring import running

AGENT = "anomaly-investigation"
USER = "agent.brief"
DOCS = Path(__file__).parents[3] / "docs" / "agents_measured.md"
HEADING = "## What was measured: investigation"


@dataclass(frozen=True)
class World:
    """A workspace folder and what was planted in it."""

    folder: Path
    truths: tuple[dict[str, Any], ...]

    def truth(self, name: str, kind: str = "") -> dict[str, Any]:
        """The planted truth of that name, which no agent reads."""
        return next(t for t in self.truths if t["id"] == name and kind in ("", t["kind"]))


def build(folder: Path, plants: Iterable[str], seed: int, profile: Profile = "small") -> World:
    """A company with these truths, or a clean one."""
    chosen = frozenset(plants)
    prepare(folder)
    build_company(folder, profile=profile, seed=seed, plant=chosen or None, clean=not chosen)
    truths = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return World(folder, tuple(cast("list[dict[str, Any]]", truths)))


def change(world: World, *statements: str) -> None:
    """Change the gold database by hand."""
    with contextlib.closing(duckdb.connect(str(world.folder / GOLD_FILE))) as connection:
        for statement in statements:
            connection.execute(statement)


def settings_of(world: World, moment: datetime = NOW) -> Settings:
    """The workspace's settings at another moment, with an audit log of its own."""
    found = load_settings(world.folder, environ={})
    company = found.company.model_copy(update={"today": moment})
    state = StateSettings(path=world.folder / "audit" / f"{moment:%Y%m%d%H}.sqlite")
    return found.model_copy(update={"company": company, "state": state})


@contextlib.contextmanager
def seat(world: World, moment: datetime = NOW) -> Generator[tuple[Agent, Desk]]:
    """The configured investigation agent at the tools."""
    with running(settings_of(world, moment)) as program:
        agent = program.catalog.agents.get(AGENT)
        assert agent is not None
        principal = program.principal(USER, None, {})
        yield agent, Desk(program.toolset, program.catalog, program.calendar(), principal, f"agent:{AGENT}")


def look(world: World, store: Store, moment: datetime = NOW) -> Findings:
    """One run, remembered."""
    with seat(world, moment) as (agent, desk):
        found = investigate(agent, desk, store, moment)
    with store.transaction() as connection:
        found.effects(connection)
    return found


@contextlib.contextmanager
def memory(world: World, name: str = "agents") -> Generator[Store]:
    """An agents' store for one world."""
    store = Store(f"sqlite:///{world.folder / name}.sqlite")
    try:
        yield store
    finally:
        store.close()


def first_look(world: World, moment: datetime = NOW) -> tuple[Document, ...]:
    """What a first run has to say."""
    with memory(world, f"first-{moment:%Y%m%d%H%M}") as store:
        return tuple(item.document for item in look(world, store, moment).documents)


def verdict_of(document: Document) -> str:
    """The verdict as the document words it: data_fault, business, mixed or undetermined."""
    text = document.claims["verdict"].sentence
    for words, name in (
        ("a data fault and a business change", "mixed"),
        ("a data fault", "data_fault"),
        ("a business change", "business"),
        ("changed a closed period", "data_fault"),
    ):
        if words in text:
            return name
    return "undetermined"


def subject_of(document: Document) -> str:
    """What an incident is about: "metric:...", "feed:..." or "table:..."."""
    return ":".join(document.key.split(":")[2:4])


def named_causes(document: Document) -> list[dict[str, str]]:
    """Where the document says that the change comes from."""
    shares = [f for f in document.facts.values() if f.kind == "share"]
    return [dict(fact.slice) for fact in shares]


def change_of(document: Document) -> Decimal:
    """Value minus baseline of the lead figure."""
    value, prior = (next(f.value for f in document.facts.values() if f.kind == kind) for kind in ("value", "prior"))
    return value - prior


def sums_of_contributions(document: Document) -> list[Decimal]:
    """What the members and the rest of each table of contributions add up to."""
    tables = [t for s in document.sections if s.id == "drivers" for t in s.tables]
    assert tables
    cells = [[cell for row in table.rows for cell in row if isinstance(cell, Figure)] for table in tables]
    return [sum((document.facts[cell.fact].value for cell in row), Decimal(0)) for row in cells]


def planted_slice(truth: dict[str, Any], names: dict[str, str]) -> dict[str, str]:
    """The slice of a planted fall, as dimensions and members. `names` are products by key."""
    detail = truth["detail"]
    if detail["segment"]:
        return {"segment": detail["segment"], "region": detail["region"]}
    return {"product_name": names[detail["product_id"]]}


def products(world: World) -> dict[str, str]:
    """Product names by key."""
    with contextlib.closing(duckdb.connect(str(world.folder / GOLD_FILE), read_only=True)) as connection:
        return dict(connection.execute("SELECT product_id, product_name FROM gold.dim_product").fetchall())


def mondays(count: int, step: int = 1) -> list[datetime]:
    """The last Mondays, the latest first."""
    return [NOW - timedelta(weeks=step * n) for n in range(count)]


def write_down(name: str, worlds: str, found: str) -> None:
    """Put one line into the table of docs/agents.md."""
    text = DOCS.read_text(encoding="utf-8")
    line = f"| {name} | {worlds} | {found} |"
    head, marker, tail = text.partition(HEADING)
    assert marker, "docs/agents.md has no such section"
    lines = tail.splitlines()
    at = next((i for i, known in enumerate(lines) if known.startswith(f"| {name} |")), None)
    if at is not None:
        lines[at] = line
    else:
        last = max(i for i, known in enumerate(lines) if known.startswith("|"))
        lines.insert(last + 1, line)
    DOCS.write_text(head + marker + "\n".join(lines).rstrip() + "\n", encoding="utf-8")
