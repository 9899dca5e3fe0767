"""Companies that differ only in what a role must not learn give it the same everything, through every door."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from catalog.access import Access
from server.wiring import Program
from tests.security.two_worlds import (
    Asked,
    other_doors,
    other_values,
    principal_of,
    secrets,
    sql_attacks,
    told,
    world,
)
from tests.warehouse.guard.queries import OF_CATALOG, Writer

QUICK = [("demo", "executive", 0), ("demo", "analyst", 1), ("fjord", "board", 2), ("fjord", "researcher", 3)]
"""A company, a role, and which quarter of the attacks it meets here; the large proof puts all to all."""
EVERY = [
    *(("demo", role) for role in ("executive", "finance", "revops", "cs", "product", "analyst", "agent", "hr")),
    *(("fjord", role) for role in ("board", "regional_lead", "house_manager", "researcher")),
]
CUT_OFF = frozenset({"TIMEOUT", "TOO_EXPENSIVE"})
MOST_CUT_OFF = 0.02
"""Share of calls that a busy machine may cut off in one world and not in the other, by time or memory."""
CUT = "cut off"
GENERATED = 2_000
"""Random statements for each role of each company in the large proof."""


@pytest.fixture
def workspace(request: pytest.FixtureRequest) -> Callable[[str], Path]:
    """A company's workspace by name."""
    return lambda company: request.getfixturevalue(f"{company}_workspace")


def compare(first: Program, second: Program, access: Access, asked: list[Asked]) -> Counter[str]:
    """Ask both worlds everything; returns how many calls of each family told nothing, and fails on one that told.

    A call that took too long, or too much memory, in one of them (a busy machine) is counted apart."""
    same: Counter[str] = Counter()
    for call in asked:
        here, there = (told(program, access.principal, call) for program in (first, second))
        codes = {_code(here), _code(there)}
        if len(codes) > 1 and codes & CUT_OFF:
            same[CUT] += 1
            continue
        assert here == there or _in_any_order(here, call) == _in_any_order(there, call), call
        same[call.family] += 1
    return same


def _in_any_order(said: tuple[Any, ...], asked: Asked) -> tuple[Any, ...]:
    """What was said, with the rows of a statement that asks for no order as a bag; the rows of one that was cut count
    for nothing, as which of them come first is chance."""
    is_error, text, pages = said
    sql = str(asked.arguments.get("sql", ""))
    if not sql or "ORDER BY ALL" in sql:
        return said
    rows = [repr(row) for page in pages for row in page["rows"]]
    whole = len(rows) == pages[0]["row_count"]
    frames = [{key: value for key, value in page.items() if key != "rows"} for page in pages]
    return (
        is_error,
        sorted(text.splitlines()) if whole and len(pages) == 1 else "",
        frames,
        sorted(rows) if whole else len(rows),
    )


def _code(said: tuple[Any, ...]) -> str:
    return str(said[2][0].get("code") or "")


def generated(access: Access, seed: str, many: int) -> list[Asked]:
    """Random statements over all that the role sees."""
    tables = {
        table.name: {c.name: OF_CATALOG[c.type] for c in table.columns if c.name in access.columns(table)}
        for table in access.tables.values()
    }
    if not tables:
        return []
    schema = next(iter(access.tables.values())).schema_name
    write = Writer(Random(seed), tables, schema)
    texts = [write.statement() for _ in range(many)]
    return [Asked("generated", "query_curated_data", {"question": "?", "sql": text}) for text in texts]


@pytest.mark.first_cases(2)
@pytest.mark.parametrize(("company", "role", "quarter"), QUICK)
def test_every_door_tells_nothing_of_what_is_hidden(
    workspace: Callable[[str], Path], company: str, role: str, quarter: int, tmp_path: Path
) -> None:
    folder = workspace(company)
    with world(folder, tmp_path / "one") as first:
        access = Access(first.catalog, principal_of(first.catalog, role))
        found = secrets(first, access)
        assert found
        with world(folder, tmp_path / "other", *other_values(found)) as second:
            doors = list(other_doors(found[:1], access))
            asked = [*list(sql_attacks(found, every=False))[quarter::4], *doors[quarter % 2 :: 2]]
            same = compare(first, second, access, asked)
    assert same["sql"] >= 15
    assert same["metric filter"] and same["question"] and same["allowed"]


@pytest.mark.wide
def test_who_may_see_the_values_does_tell_the_companies_apart(demo_workspace: Path, tmp_path: Path) -> None:
    with world(demo_workspace, tmp_path / "one") as first:
        hidden = Access(first.catalog, principal_of(first.catalog, "executive"))
        finance = Access(first.catalog, principal_of(first.catalog, "finance"))
        found = secrets(first, hidden)
        with world(demo_workspace, tmp_path / "other", *other_values(found)) as second:
            asked = list(sql_attacks(found[:1], every=True))[::5]
            differ = [a for a in asked if told(first, finance.principal, a) != told(second, finance.principal, a)]
    assert len(differ) > len(asked) / 2


@pytest.mark.prove
@pytest.mark.parametrize(("company", "role"), EVERY)
def test_every_attack_on_every_hidden_column_and_random_statements_tell_nothing(
    workspace: Callable[[str], Path],
    company: str,
    role: str,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    folder = workspace(company)
    with world(folder, tmp_path / "one") as first:
        access = Access(first.catalog, principal_of(first.catalog, role))
        found = secrets(first, access)
        with world(folder, tmp_path / "other", *other_values(found)) as second:
            asked = [*sql_attacks(found, every=True)] if found else []
            asked += [*other_doors(found, access), *generated(access, f"9/{role}", GENERATED)]
            same = compare(first, second, access, asked)
    record_property("hidden columns", len(found))
    record_property("calls in each of two worlds", sum(same.values()) - same[CUT])
    record_property("cut off in one world", same[CUT])
    record_property("calls that told anything", 0)
    assert same[CUT] <= sum(same.values()) * MOST_CUT_OFF
