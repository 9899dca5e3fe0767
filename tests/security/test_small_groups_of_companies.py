"""Two companies whose small groups differ answer alike through every door, in sequences of at most fifty questions."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest

from catalog.access import Access
from server.wiring import Program
from tests.security.two_worlds import Asked, told, world
from tests.warehouse.guard.queries import OF_CATALOG, Writer

NURSES = Path(__file__).parent / "nurses"
LONGEST = 50
STEADY = "employment_type = 'employee' AND terminated_at IS NULL AND hired_at < DATE '2023-11-01'"
MOVE = (
    "UPDATE gold.dim_employee SET department = 'Legal' WHERE employee_id IN (SELECT employee_id FROM gold.dim_employee "
    f"WHERE department = '{{0}}' AND {STEADY} ORDER BY employee_id LIMIT {{1}})"
)
NURSE = (
    "CREATE TABLE mart.nurse AS SELECT 'n' || i AS nurse_id, CASE WHEN i < 20 THEN 'Surgery' WHEN i < 32 THEN 'Birth' "
    "WHEN i < 39 THEN 'Eyes' ELSE 'Skin' END AS ward, DATE '2023-04-01' + ((i * 7) % 5)::INTEGER AS since_day, "
    "NULL::DATE AS until_day FROM range(43) t(i)"
)
ANOTHER_WARD = "UPDATE mart.nurse SET ward = 'Skin' WHERE nurse_id = 'n38'"


@pytest.fixture
def demo(demo_workspace: Path, tmp_path: Path) -> Iterator[tuple[Program, Program]]:
    """The demo company with a department of three, and with the same department of four: one person came over."""
    small = MOVE.format("People", 3)
    with (
        world(demo_workspace, tmp_path / "one", small) as first,
        world(demo_workspace, tmp_path / "other", small, MOVE.format("Finance", 1)) as second,
    ):
        yield first, second


@pytest.fixture
def fjord(fjord_workspace: Path, tmp_path: Path) -> Iterator[tuple[Program, Program]]:
    """The second company with nurses: a ward of four beside one of seven, and of five beside six."""
    folder = tmp_path / "with nurses"
    shutil.copytree(fjord_workspace, folder, ignore=shutil.ignore_patterns("*.sqlite*"))
    for file, place in (("nurse", "tables"), ("nurse_day", "tables"), ("metrics", "metrics")):
        shutil.copy(NURSES / f"{file}.yml", folder / "catalog" / place / f"{file}_of_wards.yml")
    policies = folder / "catalog" / "policies.yml"
    policies.write_text(policies.read_text() + "  - {name: matron, tables: [nurse_day]}\nrestricted: [nurse_day]\n")
    with (
        world(folder, tmp_path / "one", NURSE) as first,
        world(folder, tmp_path / "other", NURSE, ANOTHER_WARD) as second,
    ):
        yield first, second


def clever(access: Access, metrics: list[str], dimension: str, groups: list[str]) -> Iterator[Asked]:
    """Totals without one group, one group alone, neighbours of a period, explanations, arithmetic in SQL."""
    for metric, (op, value) in product(metrics, _filters(groups)):
        where = [{"dimension": dimension, "op": op, "value": value}]
        yield _query(metrics=[metric], where=where, grain="month")
    for metric in metrics:
        yield _query(metrics=[metric])
        yield _query(metrics=[metric], group_by=[dimension], grain="month", compare_to="prior_period")
        yield _query(metrics=[metric], group_by=[dimension], order_by=[{"by": metric, "direction": "asc"}], limit=3)
        yield Asked("explain", "explain_number", {"metric": metric})
        yield Asked("words", "query_curated_data", {"question": f"{metric} of {groups[0]} by {dimension}"})
    table = access.catalog.tables[access.catalog.dimensions[dimension].table.name]
    place, size = f"{table.schema_name}.{table.name}", table.small_groups.size if table.small_groups else ""
    for sql in (
        "SELECT * FROM {0} ORDER BY ALL DESC LIMIT 400",
        "SELECT {1}, count(*), min({2}), max({2}), avg({2}) FROM {0} GROUP BY ALL ORDER BY ALL",
        "SELECT t.{3}, t.{2} - sum(g.{2}) FROM {0} t JOIN {0} g ON t.{3} = g.{3} AND t.{1} IS NULL "
        "AND g.{1} IS NOT NULL GROUP BY t.{3}, t.{2} ORDER BY ALL",
        "SELECT {1}, {3}, {2} - lag({2}) OVER (PARTITION BY {1} ORDER BY {3}) AS moved FROM {0} QUALIFY moved <> 0 "
        "ORDER BY ALL",
        "SELECT count(*) FROM {0} WHERE {1} IN ('" + "', '".join(groups) + "')",
        "SELECT {3} FROM {0} GROUP BY {3} HAVING count(*) < 9 ORDER BY ALL",
    ):
        yield _query(sql=sql.format(place, dimension, size, table.time))


def random_statements(access: Access, seed: str, many: int) -> Iterator[Asked]:
    """Any SQL over what the role sees."""
    tables = {t.name: {c.name: OF_CATALOG[c.type] for c in t.columns} for t in access.tables.values() if t.definition}
    write = Writer(Random(seed), tables, next(iter(access.tables.values())).schema_name)
    for _ in range(many):
        yield _query(sql=write.statement())


def _filters(groups: list[str]) -> Iterator[tuple[str, Any]]:
    for group in groups:
        yield "eq", group
        yield "neq", group
    yield "not_in", groups
    yield "in", groups


def _query(**arguments: Any) -> Asked:
    return Asked("query", "query_curated_data", {"question": "how many people", **arguments})


def alike(worlds: tuple[Program, Program], access: Access, asked: list[Asked]) -> int:
    """How many calls answered with rows; fails where the two worlds are told apart."""
    answered = 0
    for call in asked:
        here, there = (told(program, access.principal, call) for program in worlds)
        assert here == there, call
        answered += not here[0]
    return answered


@pytest.mark.wide
def test_a_small_department_of_the_demo_company_cannot_be_worked_out(demo: tuple[Program, Program]) -> None:
    access = Access(demo[0].catalog, demo[0].principal("hr.rowan", None, {}))
    strategy = list(clever(access, ["headcount", "terminations"], "department", ["Legal", "Finance"]))
    assert len(strategy) <= LONGEST
    assert alike(demo, access, strategy) > len(strategy) / 2
    assert alike(demo, access, list(random_statements(access, "legal", 5)))


def test_a_small_ward_of_the_second_company_cannot_be_worked_out(fjord: tuple[Program, Program]) -> None:
    principal = fjord[0].principal("chair", None, {}).model_copy(update={"role": "matron", "roles": ("matron",)})
    access = Access(fjord[0].catalog, principal)
    strategy = list(clever(access, ["nurse_count", "nurse_starters"], "ward", ["Skin", "Eyes"]))
    assert len(strategy) <= LONGEST
    assert alike(fjord, access, strategy) > len(strategy) / 2
    assert alike(fjord, access, list(random_statements(access, "ward", 10)))


def test_an_answer_says_that_small_groups_are_left_out(demo: tuple[Program, Program]) -> None:
    hr = demo[0].principal("hr.rowan", None, {})
    asked = {"question": "headcount by department", "metrics": ["headcount"], "group_by": ["department"]}
    found = demo[0].toolset.call(hr, "query_curated_data", asked).structured
    groups = {row[0] for row in found["rows"]}
    assert "Engineering" in groups and not {"Legal", "Finance"} & groups
    assert any("fewer than 5 people are left out" in warning for warning in found["warnings"])


@pytest.mark.prove
def test_long_random_sequences_tell_nothing(demo: tuple[Program, Program], record_property: Any) -> None:
    access = Access(demo[0].catalog, demo[0].principal("hr.rowan", None, {}))
    sequences = 20
    answered = sum(
        alike(demo, access, list(random_statements(access, f"sequence {n}", LONGEST))) for n in range(sequences)
    )
    record_property("sequences of fifty", sequences)
    record_property("statements answered", answered)
    record_property("sequences that told anything", 0)
