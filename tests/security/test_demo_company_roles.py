"""The demo company's own roles: any SQL gives each of them what the same SQL gives on the copy it should see."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.security.techco import ROLES, cut_down
from tests.warehouse.guard.running import Roles
from tests.warehouse.guard.test_any_sql_equals_the_copy import compare

QUICK, WHOLE = 25, 1_000


@pytest.fixture(scope="module")
def company(demo_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Roles:
    return cut_down(demo_workspace, tmp_path_factory.mktemp("cut") / "small.duckdb")


@pytest.mark.parametrize("role", ROLES)
def test_each_table_of_a_role_holds_what_its_policy_says(company: Roles, role: str) -> None:
    for table in company.company.access(role).tables:
        guarded, plain = company.guarded(role, f"SELECT * FROM {table}"), company.plain(role, f"SELECT * FROM {table}")

        assert (guarded.refused, guarded.failed) == ("", "")
        assert guarded.names == plain.names
        assert sorted(map(repr, guarded.rows)) == sorted(map(repr, plain.rows))


@pytest.mark.parametrize("role", ROLES)
def test_generated_queries_of_a_role_give_what_its_copy_gives(company: Roles, role: str) -> None:
    ends = compare(company, role, QUICK)

    assert ends["equal"] + ends["empty"] + ends["failed alike"] >= QUICK * 0.95


@pytest.mark.prove
@pytest.mark.parametrize("role", ROLES)
def test_a_thousand_generated_queries_of_a_role_give_what_its_copy_gives(company: Roles, role: str) -> None:
    ends = compare(company, role, WHOLE)

    assert ends["equal"] + ends["empty"] + ends["failed alike"] >= WHOLE * 0.98
