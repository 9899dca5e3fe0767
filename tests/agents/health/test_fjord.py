"""The same agent for another company: clinics whose beds empty, told to the house that they are in."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from datetime import date, timedelta

import duckdb
import pytest

from agents.render.plain import plain
from tests.agents.health.worlds import Seat, seat
from tests.companies.build import build_fjord

AGENTS = """
agents:
  - name: empty-beds
    kind: health
    title: Beds in use fell
    run_as: chair
    schedule: {every: day, at: "07:30"}
    entity: clinic_name
    owner: lead_user
    deliver: {owner: true, email: [chair]}
    health:
      dataset: bed_day
      entity: clinic_id
      time: as_of_day
      score: beds_used
      drop: 8
      window_days: 14
      healthy: 100
      signs:
        - {metric: visit_count, change_pct: -30, label: visits}
      signs_needed: 1
      attributes: [country]
      weight: beds
"""


@pytest.fixture(scope="module")
def clinics(tmp_path_factory: pytest.TempPathFactory) -> Generator[Seat]:
    """The second company with a health agent of its own."""
    folder = tmp_path_factory.mktemp("clinics")
    build_fjord(folder)
    (folder / "catalog" / "agents.yml").write_text(AGENTS, encoding="utf-8")
    table = folder / "catalog" / "tables" / "clinic.yml"
    text = table.read_text(encoding="utf-8")
    plain_column = "description: User id of the house manager}"
    assert plain_column in text
    owner = "description: User id of the house manager, dimension: true}"
    table.write_text(text.replace(plain_column, owner), encoding="utf-8")
    with seat(folder, tmp_path_factory.mktemp("state")) as place:
        yield place


def empties(place: Seat, clinic: str) -> date:
    """The latest day before today on which the beds of a clinic emptied."""
    query = """
        SELECT max(as_of_day) FROM mart.bed_day WHERE clinic_id = $clinic AND beds_used = 10 AND as_of_day < $today"""
    file = place.settings.at(place.settings.warehouse.path)
    with contextlib.closing(duckdb.connect(str(file), read_only=True)) as connection:
        row = connection.execute(query, {"clinic": clinic, "today": date(2025, 7, 8)}).fetchone()
    assert row is not None
    return row[0]


def test_a_house_is_told_of_its_own_beds_and_the_board_of_those_without_a_known_owner(clinics: Seat) -> None:
    day = empties(clinics, "c3")
    found = clinics.look(day + timedelta(days=1))
    told = {e.entity: e for e in clinics.episodes() if e.kind == "fall"}
    assert (told["c3"].reference, told["c3"].score, told["c3"].owner) == (19, 10, "house.3")
    (own,) = [a for a in found.documents if a.users == ("house.3",)]
    (board,) = [a for a in found.documents if a.users == ("chair",)]
    assert own.document.scope == "your house"
    assert "House D fell 9 points, from 19" in plain(own.document).replace("\n", " ")
    assert not [name for n in range(10) if n != 3 and (name := f"House {chr(65 + n)}") in plain(own.document)]
    assert "House D" not in plain(board.document)
    assert board.document.label.startswith("These have no owner")


def test_it_is_not_told_again_while_it_stands(clinics: Seat) -> None:
    day = empties(clinics, "c3") + timedelta(days=1)
    clinics.look(day)
    before = [e.id for e in clinics.episodes() if e.entity == "c3"]
    clinics.look(day + timedelta(days=1))
    assert [e.id for e in clinics.episodes() if e.entity == "c3"] == before
