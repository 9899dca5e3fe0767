"""Analysts' SQL of real breadth passes the guard and means what it says."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from tests.warehouse.guard.running import NOW, Roles, bag

STATEMENTS = [
    text.strip()
    for text in (Path(__file__).with_name("legitimate.sql").read_text(encoding="utf-8") + "\n").split(";\n")
    if text.strip()
]
CLOCKS = {
    "current_date": f"DATE '{NOW.date()}'",
    "today()": f"DATE '{NOW.date()}'",
    "now()": f"TIMESTAMP '{NOW}'",
    "current_timestamp": f"TIMESTAMP '{NOW}'",
}
NOT_OFFERED: dict[str, str] = {}
"""Statements that are refused on purpose or for want of the parser, each with the reason. At most 2 %."""


def as_on_that_day(sql: str) -> str:
    """The statement with the company's moment where it reads the clock."""
    for word, literal in CLOCKS.items():
        sql = sql.replace(word, literal)
    return sql


def test_there_are_two_hundred_statements_and_at_least_98_percent_are_offered() -> None:
    assert len(STATEMENTS) >= 200
    assert len(NOT_OFFERED) <= len(STATEMENTS) * 0.02


@pytest.mark.parametrize("sql", [s for s in STATEMENTS if s not in NOT_OFFERED])
@pytest.mark.parametrize("role", ["owner", "oslo"])
def test_an_analysts_statement_gives_what_its_own_text_gives_on_a_copy(roles: Roles, role: str, sql: str) -> None:
    guarded, plain = roles.guarded(role, sql), roles.plain(role, as_on_that_day(sql))

    assert (guarded.refused, guarded.failed) == ("", plain.failed)
    assert len(guarded.names) == len(plain.names)
    assert bag(guarded.rows) == bag(plain.rows)


def test_the_day_is_the_companys_and_not_the_hosts(roles: Roles) -> None:
    ran = roles.guarded("owner", "SELECT current_date, now(), today() - 1, CAST(current_timestamp AS DATE)")

    assert ran.rows == ((date(2026, 2, 20), datetime(2026, 2, 20, 8, 30), date(2026, 2, 19), date(2026, 2, 20)),)
