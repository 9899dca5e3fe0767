"""Attacks on the SQL door end in a refusal or in what the role may see anyway; refusals tell nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.company_calendar import CompanyCalendar
from catalog.refusals import Refusal
from tests.security.attacks import ATTACKS, Attack
from tests.warehouse.guard.bikes import KEY, access, build_bikes, catalog
from tests.warehouse.guard.running import NOW, Roles, bag
from warehouse.deadline import Deadline
from warehouse.duckdb_warehouse import DuckDBWarehouse

FAMILIES = sorted({attack.family for attack in ATTACKS})
SECRET = re.compile(r"private\.example|\+47 900|note about|Secret Salary|Mech \d|Person Q|rights_|__assay_source")
"""Values that roles other than the owner never see, and names inside the engine."""
ENGINE = re.compile(r"Error:|Binder|Catalog Error|Parser Error|Candidate|LINE \d+:|duckdb\.|Traceback|sqlglot")
MOST_ECHOED = 80
SECONDS = 2.0
MOST_ROWS = 10_000


def refused_well(attack: Attack, text: str) -> None:
    """A refusal has a code, shows no hidden value, no engine wording and little of the caller's own text."""
    assert re.match(r"[A-Z_]+: ", text), attack.sql
    assert not SECRET.search(text.replace(attack.sql, "")), attack.sql
    assert not ENGINE.search(text) or attack.sql in text, attack.sql
    quoted = re.findall(r"'([^']*)'", text)
    assert all(len(part) <= MOST_ECHOED for part in quoted), attack.sql
    assert text.isprintable(), attack.sql


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBWarehouse]:
    """The whole engine with one worker, as the server has it."""
    path: Path = tmp_path_factory.mktemp("attacked") / "rental.duckdb"
    build_bikes(path)
    running = DuckDBWarehouse(
        path,
        catalog(),
        pseudonym_key=KEY,
        calendar=lambda: CompanyCalendar(NOW),
        workers=1,
        memory_limit="400MB",
        worker_memory_bytes=1_500_000_000,
    )
    yield running
    running.close()


def test_there_are_at_least_three_hundred_attacks_of_many_families() -> None:
    assert len(ATTACKS) >= 300
    assert len(FAMILIES) >= 10


@pytest.mark.parametrize("role", ["oslo", "viewer", "chief"])
@pytest.mark.parametrize("family", [f for f in FAMILIES if f != "exhaustion"])
def test_an_attack_is_refused_or_gives_what_the_role_sees_anyway(roles: Roles, role: str, family: str) -> None:
    for attack in ATTACKS:
        if attack.family != family or attack.exhausts:
            continue
        ran = roles.guarded(role, attack.sql)
        if ran.refused:
            refused_well(attack, ran.refused)
        elif not ran.failed and "current_localtimestamp" not in attack.sql:
            assert bag(ran.rows) == bag(roles.plain(role, attack.sql).rows), attack.sql
            assert not SECRET.search(str(ran.rows)), attack.sql


@pytest.mark.parametrize("family", ["another table", "a file", "the catalog", "another statement", "odd code points"])
def test_what_a_role_has_no_business_with_is_always_refused(roles: Roles, family: str) -> None:
    for attack in ATTACKS:
        if attack.family == family:
            assert roles.guarded("people", attack.sql).refused or "team_size" in attack.sql, attack.sql


@pytest.mark.wide
def test_exhausting_statements_end_in_a_refusal_and_the_next_caller_is_answered(warehouse: DuckDBWarehouse) -> None:
    ends: list[str] = []
    for attack in ATTACKS:
        if not attack.exhausts:
            continue
        try:
            warehouse.sql_rows(access("oslo"), attack.sql, Deadline(SECONDS), max_rows=1_000)
            ends.append("answered")
        except Refusal as refusal:
            refused_well(attack, refusal.text)
            ends.append(refusal.code)
    _, rows = warehouse.sql_rows(access("oslo"), "SELECT count(*) FROM ride", Deadline(20), max_rows=10)

    assert rows.rows == ((731,),)
    assert ends.count("answered") < len(ends) * 0.2


@pytest.mark.prove
@pytest.mark.parametrize("role", ["owner", "oslo", "viewer", "chief", "people"])
def test_every_attack_through_the_workers_is_refused_or_harmless(
    warehouse: DuckDBWarehouse, roles: Roles, role: str
) -> None:
    for attack in ATTACKS:
        try:
            _, found = warehouse.sql_rows(access(role), attack.sql, Deadline(SECONDS), max_rows=MOST_ROWS)
        except Refusal as refusal:
            refused_well(attack, refusal.text)
            continue
        if role != "owner":
            assert not SECRET.search(str(found.rows)), attack.sql
        if not attack.exhausts and "current_localtimestamp" not in attack.sql:
            assert len(found.rows) == min(MOST_ROWS, len(roles.plain(role, attack.sql).rows)), attack.sql
