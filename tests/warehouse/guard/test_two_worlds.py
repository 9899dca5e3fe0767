"""Two worlds that differ only in what a role must not learn answer that role alike: rows, order, names and errors."""

from __future__ import annotations

import pytest

from tests.security.attacks import ATTACKS
from tests.warehouse.guard.bikes import OTHER, access
from tests.warehouse.guard.queries import writer_for
from tests.warehouse.guard.running import Ran, Roles
from tests.warehouse.guard.test_legitimate_sql import STATEMENTS

QUICK, WHOLE = 80, 2_000
HARMLESS_IN_PROCESS = [attack.sql for attack in ATTACKS if not attack.exhausts]


def same(first: Ran, second: Ran, sql: str) -> None:
    """Equal to the last byte where the statement gives an order, else as bags of rows."""
    assert (first.names, first.refused, first.failed) == (second.names, second.refused, second.failed), sql
    if "ORDER BY ALL" in sql:
        assert first.rows == second.rows, sql
    assert sorted(map(repr, first.rows)) == sorted(map(repr, second.rows)), sql


def compare_worlds(roles: Roles, others: dict[str, Roles], role: str, statements: list[str]) -> None:
    for sql in statements:
        same(roles.guarded(role, sql), others[role].guarded(role, sql), sql)


@pytest.mark.parametrize("role", sorted(OTHER))
def test_an_analysts_statements_tell_nothing_hidden(roles: Roles, other_worlds: dict[str, Roles], role: str) -> None:
    compare_worlds(roles, other_worlds, role, STATEMENTS)


@pytest.mark.parametrize("role", sorted(OTHER))
def test_attacks_tell_nothing_hidden(roles: Roles, other_worlds: dict[str, Roles], role: str) -> None:
    compare_worlds(roles, other_worlds, role, HARMLESS_IN_PROCESS)


@pytest.mark.parametrize("role", sorted(OTHER))
def test_generated_queries_tell_nothing_hidden(roles: Roles, other_worlds: dict[str, Roles], role: str) -> None:
    write = writer_for(access(role), f"7/{role}")
    compare_worlds(roles, other_worlds, role, [write.statement() for _ in range(QUICK)])


@pytest.mark.prove
@pytest.mark.parametrize("role", sorted(OTHER))
def test_two_thousand_queries_tell_nothing_hidden(roles: Roles, other_worlds: dict[str, Roles], role: str) -> None:
    write = writer_for(access(role), f"8/{role}")
    compare_worlds(roles, other_worlds, role, [write.statement() for _ in range(WHOLE)])


@pytest.mark.parametrize("role", sorted(OTHER))
def test_the_owner_does_tell_the_worlds_apart(roles: Roles, other_worlds: dict[str, Roles], role: str) -> None:
    sql = "SELECT sum(hash(r)) FROM ride r UNION ALL SELECT sum(hash(r)) FROM rider r"

    assert roles.guarded("owner", sql).rows != other_worlds[role].guarded("owner", sql).rows
