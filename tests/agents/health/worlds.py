"""Companies with planted decliners, and the health agent's seat in them on any day, through the real parts."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from agents.desk import Desk
from agents.findings import Findings
from agents.health.episodes import Episode, recent
from agents.health.run import health_documents
from agents.store import Store
from audit.log import AuditLog
from catalog.agents import Agent
from catalog.catalog import Catalog
from catalog.company_calendar import CompanyCalendar
from catalog.loader import load_catalog
from demo.build import build_company
from demo.plants import Profile
from server.commands.demo import prepare
from server.settings import Settings, load_settings
from tools.caches import Answers, Caches
from tools.question import QuestionReader
from tools.reconciliation import Reconciler
from tools.toolset import Services, Toolset
from warehouse.duckdb_warehouse import DuckDBWarehouse

AGENT = "customer-health"
MORNING = 8
EVER = date(2000, 1, 1)


@dataclass
class Seat:
    """The gate of one company, on a day that the test moves."""

    settings: Settings
    catalog: Catalog
    toolset: Toolset
    store: Store
    now: datetime

    @property
    def agent(self) -> Agent:
        """The health agent as it is configured."""
        found = next((a for a in self.catalog.agents.agents if a.kind == "health"), None)
        assert found is not None
        return found

    def calendar(self) -> CompanyCalendar:
        """The company's calendar at the moment."""
        company = self.settings.company
        return CompanyCalendar(self.now, company.time_zone, company.fiscal_start_month)

    def desk(self, user: str | None = None) -> Desk:
        """The desk of a user, or of the one that the agent runs as."""
        principal = self.catalog.users[user or self.agent.run_as].as_principal()
        return Desk(self.toolset, self.catalog, self.calendar(), principal, "agent test")

    def look(self, day: date, agent: Agent | None = None) -> Findings:
        """One run on the morning of a day, remembered."""
        self.now = datetime(day.year, day.month, day.day, MORNING)
        found = health_documents(agent or self.agent, self.desk(), self.store, self.now)
        with self.store.transaction() as connection:
            found.effects(connection)
        return found

    def episodes(self) -> tuple[Episode, ...]:
        """Everything told so far."""
        return recent(self.store, self.agent.name, EVER)


@contextlib.contextmanager
def seat(workspace: Path, state: Path) -> Generator[Seat]:
    """The parts of `server.wiring`, with a calendar that moves."""
    settings = load_settings(workspace, environ={})
    catalog = load_catalog(workspace / "catalog", settings.company)
    pinned = settings.company.today
    assert pinned is not None
    place: list[Seat] = []

    def calendar() -> CompanyCalendar:
        return place[0].calendar()

    warehouse = DuckDBWarehouse(
        settings.at(settings.warehouse.path), catalog, pseudonym_key=settings.key, calendar=calendar, workers=1
    )
    audit = AuditLog(state / "audit.sqlite")
    reconciler = Reconciler(warehouse, catalog, calendar)
    caches = Caches(answers=Answers(0))
    reader = QuestionReader(catalog)
    toolset = Toolset(Services(catalog, calendar, warehouse, audit, reconciler, reader, settings.key, caches))
    store = Store(f"sqlite:///{state / 'agents.sqlite'}")
    place.append(Seat(settings, catalog, toolset, store, pinned.replace(tzinfo=None)))
    try:
        yield place[0]
    finally:
        store.close()
        warehouse.close()
        audit.close()


@dataclass(frozen=True)
class Decline:
    """One planted decline: its customer, its first day and the day it has reached its depth."""

    customer: str
    since: date
    until: date
    depth: int
    alert_on: date


@dataclass(frozen=True)
class World:
    """A workspace and who declines in it; no agent reads the truth."""

    folder: Path
    declines: tuple[Decline, ...]
    near_misses: frozenset[str]


def build(folder: Path, seed: int, profile: Profile = "small") -> World:
    """A company with nothing planted but decliners."""
    prepare(folder)
    build_company(folder, profile=profile, seed=seed, plant=frozenset({"T8"}), threads=1)
    return world_of(folder)


def world_of(folder: Path) -> World:
    """A company that is built already."""
    truths = cast("list[dict[str, Any]]", json.loads((folder / "truth.json").read_text(encoding="utf-8")))
    planted = {t["kind"]: t for t in truths if t["id"] == "T8"}
    return World(
        folder,
        tuple(map(_decline, planted["decline"]["detail"])),
        frozenset(planted["near miss"]["entities"]),
    )


def _decline(detail: dict[str, Any]) -> Decline:
    since = date.fromisoformat(detail["since"][:10])
    length = timedelta(days=round(float(detail["weeks"]) * 7))
    return Decline(
        detail["customer_id"], since, since + length, int(detail["depth"]), date.fromisoformat(detail["alert_on"][:10])
    )


@dataclass(frozen=True)
class Score:
    """How well the planted decliners were found: `false` are falls told of near misses, or of decliners before or after
    the days of their decline (a second message about its bottom, mostly); `near` are those of near misses; `others`
    falls of customers about whom nothing was planted."""

    planted: int
    found: int
    false: int
    near: int
    others: int

    @property
    def recall(self) -> float:
        """Share of the planted declines that were told."""
        return self.found / self.planted

    @property
    def precision(self) -> float:
        """Share of what was told of the planted cast that is a decline."""
        return self.found / (self.found + self.false) if self.found + self.false else 1.0


def scored(world: World, episodes: Sequence[Episode]) -> Score:
    """What was told against what was planted."""
    falls = [e for e in episodes if e.kind == "fall"]
    by_customer = {d.customer: d for d in world.declines}
    right = {e.entity for e in falls if (d := by_customer.get(e.entity)) and d.since <= e.day <= d.until}
    cast_falls = [e for e in falls if e.entity in by_customer or e.entity in world.near_misses]
    false = [e for e in cast_falls if not ((d := by_customer.get(e.entity)) and d.since <= e.day <= d.until)]
    near = sum(e.entity in world.near_misses for e in falls)
    return Score(len(world.declines), len(right), len(false), near, len(falls) - len(cast_falls))
