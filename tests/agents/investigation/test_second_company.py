"""The investigation agent over a company with other tables, names, roles, calendar and warehouse schema."""

from __future__ import annotations

import contextlib
from datetime import time
from pathlib import Path

import duckdb

from agents.desk import Desk
from agents.document import Document
from agents.investigation import investigate
from agents.store import Store
from catalog.agents import Agent, Recipients, Schedule
from server.settings import load_settings
from server.wiring import running
from tests.agents.investigation.worlds import named_causes, subject_of, verdict_of
from tests.companies.build import build_fjord

AGENT = Agent(
    name="watch",
    kind="investigation",
    title="Watch",
    run_as="chair",
    schedule=Schedule(every="day", at=time(7)),
    dimensions=("country", "city"),
    deliver=Recipients(email=("chair",)),
)


def test_a_fall_in_one_country_is_found_by_thresholds_of_the_catalog_alone(tmp_path: Path) -> None:
    build_fjord(tmp_path)
    beds = tmp_path / "catalog" / "metrics" / "beds.yml"
    text = beds.read_text(encoding="utf-8")
    line = "  - name: beds_in_use\n"
    beds.write_text(text.replace(line, f"{line}    thresholds: {{wow_pct: -10}}\n", 1), encoding="utf-8")
    assert look(tmp_path) == ()
    with contextlib.closing(duckdb.connect(str(tmp_path / "clinics.duckdb"))) as connection:
        connection.execute(
            "UPDATE mart.bed_day SET beds_used = 2 WHERE as_of_day >= DATE '2025-07-01' AND clinic_id IN "
            "(SELECT clinic_id FROM mart.clinic WHERE country = 'Norway')"
        )
    (document,) = look(tmp_path)
    assert (subject_of(document), verdict_of(document)) == ("metric:beds_in_use", "business")
    assert named_causes(document)[0] == {"country": "Norway"}


def look(folder: Path) -> tuple[Document, ...]:
    store = Store(f"sqlite:///{folder / 'state.sqlite'}")
    try:
        with running(load_settings(folder, environ={})) as program:
            calendar = program.calendar()
            desk = Desk(program.toolset, program.catalog, calendar, program.principal("chair", None, {}), "agent:watch")
            return tuple(item.document for item in investigate(AGENT, desk, store, calendar.moment).documents)
    finally:
        store.close()
