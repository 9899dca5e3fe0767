"""Every function of the engine has been looked at: allowed or refused, nothing in between."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from catalog.refusals import Refusal
from tests.warehouse.guard.bikes import access
from warehouse.guard import check_sql
from warehouse.guard.functions import functions, parse_functions

KINDS = {
    "scalar": "values",
    "aggregate": "values",
    "macro": "values",
    "window": "values",
    "table": "tables",
    "table_macro": "tables",
    "pragma": "pragmas",
}


def engine_functions() -> set[tuple[str, str]]:
    """(kind, name) of everything the installed engine offers."""
    with duckdb.connect() as connection:
        rows = connection.execute("SELECT DISTINCT function_type, function_name FROM duckdb_functions()").fetchall()
    return {(KINDS[kind], name.lower()) for kind, name in rows}


def test_each_function_of_the_engine_stands_in_exactly_one_section() -> None:
    known = functions()
    allowed = {(kind, name) for kind, names in known.allowed.items() for name in names if kind != "syntax"}
    refused = {(kind, name) for kind, names in known.refused.items() for name in names}

    assert engine_functions() - allowed - refused == set()
    assert allowed & refused == set()
    assert (allowed | refused) - engine_functions() == set()


def test_no_function_that_reads_or_runs_anything_is_allowed() -> None:
    forbidden = ("read_", "query", "pragma", "duckdb_", "pg_", "setting", "variable", "sleep", "serialize", "secret")

    named = [n for names in functions().allowed.values() for n in names if any(word in n for word in forbidden)]
    assert named == []


def test_a_function_that_nobody_has_looked_at_is_refused() -> None:
    fresh = parse_functions("[allowed values]\nabs\n[refused tables]\n# a comment\nglob\n")

    assert fresh.may_compute("abs")
    assert not fresh.may_compute("brand_new")
    assert not fresh.may_read("glob")
    assert fresh.knows("glob")
    assert not fresh.knows("# a comment")


@pytest.mark.parametrize("kind", ["values", "tables", "pragmas"])
def test_each_refused_function_is_refused_wherever_it_is_called(kind: str) -> None:
    rights = access("owner")
    names = [n for n in sorted(functions().refused[kind]) if n.replace("_", "").isalnum()]
    accepted = []
    for name in names:
        for sql in (f"SELECT {name}(km) FROM ride", f'SELECT "{name}"(1)', f"SELECT * FROM {name}('x')"):
            allowed_there = "FROM ride" not in sql and functions().may_read(name)
            allowed_there |= not sql.startswith("SELECT *") and functions().may_compute(name)
            try:
                check_sql(sql, rights)
            except Refusal:
                continue
            if not allowed_there:
                accepted.append(sql)
    assert accepted == []


def test_the_list_ships_inside_the_package() -> None:
    import warehouse.guard as guard

    assert (Path(guard.__file__).parent / "functions.txt").is_file()
