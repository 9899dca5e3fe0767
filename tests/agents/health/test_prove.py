"""Large proofs: planted declines of many companies, a year day by day, and what neighbours know of outcomes."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from agents.health.casebook import read_cases
from agents.health.cases import NEIGHBOURS, comparable, similar_cases
from tests.agents.health.test_cases import area_under_curve
from tests.agents.health.worlds import Score, build, scored, seat

SEEDS = range(1, 21)
NIGHT = timedelta(days=1)
Record = Callable[[str, object], None]


@pytest.mark.prove
def test_planted_decliners_of_twenty_companies(tmp_path: Path, record_property: Record) -> None:
    """Looked for on the morning after the tenth point, and after each decline has reached its depth."""
    found: dict[int, Score] = {}
    for seed in SEEDS:
        world = build(tmp_path / str(seed) / "workspace", seed)
        with seat(world.folder, tmp_path / str(seed)) as place:
            for day in sorted({day for d in world.declines for day in (d.alert_on, d.until)}):
                place.look(day + NIGHT)
            found[seed] = scored(world, place.episodes())
        shutil.rmtree(world.folder)
    lines = ["", "seed planted found false near recall precision others"]
    lines += [
        f"{seed:4} {s.planted:7} {s.found:5} {s.false:5} {s.near:4} {s.recall:6.0%} {s.precision:9.0%} {s.others:6}"
        for seed, s in found.items()
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    whole = Score(*(sum(getattr(s, field.name) for s in found.values()) for field in fields(Score)))
    record_property("recall", f"{whole.recall:.3f} of {whole.planted} declines")
    record_property("precision", f"{whole.precision:.3f}")
    record_property("near misses told of", whole.near)
    assert whole.near == 0
    assert whole.recall >= 0.95
    assert whole.precision >= 0.90


@pytest.mark.prove
def test_a_year_of_mornings(tmp_path: Path, record_property: Record) -> None:
    """Every day, one company: how soon a decline is told, how often, and that near misses never are."""
    world = build(tmp_path / "workspace", 7)
    first = min(d.since for d in world.declines)
    last = max(d.until for d in world.declines) + timedelta(days=60)
    with seat(world.folder, tmp_path) as place:
        for n in range((last - first).days):
            place.look(first + timedelta(days=n))
        falls = [e for e in place.episodes() if e.kind == "fall"]
        quiet = [e for e in place.episodes() if e.kind != "fall"]
    found = scored(world, falls)
    delays = sorted(
        (min(e.day for e in falls if e.entity == d.customer) - d.alert_on).days
        for d in world.declines
        if any(e.entity == d.customer for e in falls)
    )
    most = max(len([e for e in falls if e.entity == d.customer]) for d in world.declines)
    record_property("recall", f"{found.recall:.3f} of {found.planted} declines")
    record_property("precision", f"{found.precision:.3f}")
    record_property("days from the tenth point to the alert", f"{delays[0]} to {delays[-1]}")
    record_property("most alerts of one decline", most)
    record_property("disagreements told in the year", len(quiet))
    sys.stdout.write(f"\n{found} delays {delays} most {most} disagreements {len(quiet)} falls {len(falls)}\n")
    assert found.recall >= 0.95
    assert found.precision >= 0.90
    assert most <= 3, "a decline of 28 points is told at each ten"


@pytest.mark.prove
def test_what_neighbours_know_of_outcomes(tmp_path: Path, record_property: Record) -> None:
    """Asked about every case with what was closed before it began: better than the base, whatever the action."""
    world = build(tmp_path / "workspace", 7, "demo")
    with seat(world.folder, tmp_path) as place:
        health = place.agent.health
        assert health is not None
        desk = place.desk()
        cases = read_cases(desk, place.agent, health, place.now.date() - NIGHT)
    told: list[tuple[float, bool]] = []
    by_segment: list[tuple[float, bool]] = []
    for case in cases:
        similar = similar_cases(case.profile, cases, case.started)
        if len(similar.neighbours) < NEIGHBOURS:
            continue
        told.append((sum(c.good for c in similar.neighbours) / NEIGHBOURS, case.good))
        alike = [
            c
            for c in comparable(case.profile, cases, case.started)
            if c.profile.attributes[:1] == case.profile.attributes[:1]
        ]
        by_segment.append((sum(c.good for c in alike) / len(alike), case.good))
    by_fall = [(-max(f for f in case.profile.falls if f is not None), case.good) for case in cases]
    areas = {
        "neighbours": area_under_curve(told),
        "same segment": area_under_curve(by_segment),
        "depth of the fall alone": area_under_curve(by_fall),
    }
    record_property("cases asked about", len(told))
    for name, area in areas.items():
        record_property(f"outcome AUC, {name}", f"{area:.3f}")
    assert areas["neighbours"] > max(0.5, areas["same segment"])
