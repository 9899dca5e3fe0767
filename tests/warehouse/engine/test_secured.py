from __future__ import annotations

from collections.abc import Iterable

import duckdb
import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from catalog.access import Access
from catalog.catalog import Catalog
from catalog.company import Company
from catalog.policies import ColumnRule, Policies, Role, RowFilter, Treatment
from catalog.principals import Principal
from catalog.sources import Source, Sources
from catalog.tables import Column, Relationship, Rollup, SmallGroups, Table
from tests.warehouse.guard.bikes import access
from warehouse.duckdb_connection import SOURCE
from warehouse.duckdb_secured import build_secured
from warehouse.secured import MASK, secured_views

K = 5


def column(name: str, type_: str = "string", pii: str | None = None, physical: str | None = None) -> Column:
    return Column.model_validate(
        {"name": name, "type": type_, "description": "One.", "pii": pii, "physical": physical, "dimension": False}
    )


def table(name: str, *columns: Column, links: Iterable[tuple[str, str]] = (), **more: object) -> Table:
    return Table.model_validate(
        {
            "name": name,
            "entity": name,
            "description": "One.",
            "grain": (columns[0].name,),
            "owner": "Owner",
            "columns": columns,
            "relationships": [Relationship(column=here, to=to) for here, to in links],
            **more,
        }
    )


def orchard(*tables: Table, role: Role) -> Access:
    sources = Sources(sources=(Source(name="feed", system="feed", owner="Owner"),))
    catalog = Catalog(Company(name="Orchard"), {t.name: t for t in tables}, {}, sources, Policies(roles=(role,)))
    return Access(catalog, Principal(user="u'1", role=role.name, attributes={"valley": ("O'Hara", "West")}))


def secured(rights: Access, *build: str) -> duckdb.DuckDBPyConnection:
    """The secured catalog over a source made by `build`, in memory."""
    connection = duckdb.connect(":memory:")
    connection.execute(f"ATTACH ':memory:' AS {SOURCE}")
    connection.execute(f"USE {SOURCE}")
    for statement in build:
        connection.execute(statement)
    build_secured(connection, "rights", rights, b"key")
    connection.execute("USE rights.gold")
    return connection


TREE = "CREATE SCHEMA gold; CREATE TABLE gold.tree AS SELECT 't1' AS tree_id, 'secret' AS a_text, 7 AS a_number, "
TREE += (
    "DATE '2026-01-01' AS a_day, TIMESTAMP '2026-01-01' AS a_moment, true AS a_flag, 1.5::DECIMAL(9, 2) AS an_amount, "
)
TREE += "0.5::DOUBLE AS a_share UNION ALL SELECT 't2', NULL, NULL, NULL, NULL, NULL, NULL, NULL"
SECRETS = {
    "a_text": "string",
    "a_number": "integer",
    "a_day": "date",
    "a_moment": "timestamp",
    "a_flag": "boolean",
    "an_amount": "decimal",
    "a_share": "float",
}


@pytest.mark.parametrize(
    ("treatment", "text", "others"),
    [
        ("mask", MASK, None),
        ("null", None, None),
    ],
)
def test_a_treated_column_shows_whether_and_never_what(
    treatment: Treatment, text: str | None, others: str | None
) -> None:
    tree = table("tree", column("tree_id"), *(column(n, t, pii="secret") for n, t in SECRETS.items()))
    role = Role(name="r", tables=("*",), columns=(ColumnRule(pii=("secret",), treatment=treatment),))
    connection = secured(orchard(tree, role=role), TREE)
    found = connection.execute("SELECT * FROM tree ORDER BY tree_id").fetchall()
    assert found == [("t1", text, *[others] * 6), ("t2", *[None] * 7)]
    connection.close()


def test_what_is_only_counted_is_told_apart_and_never_made_from_the_value() -> None:
    """Two worlds whose values are all others but equal in the same rows give the same labels."""
    columns = (
        column("tree_id"),
        column("grove"),
        column("a_text", pii="secret"),
        column("a_number", "integer", "secret"),
    )
    rows = RowFilter(table="tree", column="grove", attribute="valley")
    role = Role(
        name="r", tables=("*",), rows=(rows,), columns=(ColumnRule(pii=("secret",), treatment="aggregate_only"),)
    )
    rights = orchard(table("tree", *columns), role=role)
    worlds = []
    for word, number in (("plain", 7), ("other", 99)):
        build = (
            f"SELECT 't' || i AS tree_id, CASE WHEN i < 9 THEN 'West' ELSE 'East' END AS grove, "
            f"CASE WHEN i <> 3 THEN '{word}' || (i % 4) END AS a_text, {number} * (i // 3) AS a_number "
            "FROM range(12) t(i)"
        )
        connection = secured(rights, "CREATE SCHEMA gold", f"CREATE TABLE gold.tree AS {build}")
        worlds.append(connection.execute("FROM tree ORDER BY ALL").fetchall())
        counts = "count(*), count(a_text), count(DISTINCT a_text), count(DISTINCT a_number)"
        assert connection.execute(f"SELECT {counts} FROM tree").fetchall() == [(9, 8, 4, 3)]
        sizes = connection.execute("SELECT count(*) FROM tree GROUP BY a_text ORDER BY 1").fetchall()
        assert [size for (size,) in sizes] == [1, 1, 2, 2, 3]
        connection.close()
    assert worlds[0] == worlds[1]
    assert "plain" not in str(worlds)


def test_a_masked_column_keeps_the_type_the_catalog_gives_it() -> None:
    tree = table("tree", column("tree_id"), *(column(n, t, pii="secret") for n, t in SECRETS.items()))
    role = Role(name="r", tables=("*",), columns=(ColumnRule(pii=("secret",), treatment="null"),))
    connection = secured(orchard(tree, role=role), TREE)
    described = {row[0]: row[1] for row in connection.execute("DESCRIBE tree").fetchall()}
    assert described == {
        "tree_id": "VARCHAR",
        "a_text": "VARCHAR",
        "a_number": "BIGINT",
        "a_day": "DATE",
        "a_moment": "TIMESTAMP",
        "a_flag": "BOOLEAN",
        "an_amount": "DECIMAL(38,9)",
        "a_share": "DOUBLE",
    }
    connection.close()


def test_personal_data_that_no_rule_names_is_absent() -> None:
    tree = table("tree", column("tree_id"), column("a_text", pii="secret"))
    connection = secured(orchard(tree, role=Role(name="r", tables=("*",))), TREE)
    with pytest.raises(duckdb.BinderException):
        connection.execute("SELECT a_text FROM tree")
    connection.close()


def test_a_pseudonym_is_stable_joins_and_differs_by_key_and_column() -> None:
    columns = (column("tree_id"), column("a_text", pii="secret"))
    role = Role(name="r", tables=("*",), columns=(ColumnRule(pii=("secret",), treatment="pseudonym"),))
    rights = orchard(table("tree", *columns), role=role)
    connection = secured(rights, TREE)
    ((shown,), (missing,)) = connection.execute("SELECT a_text FROM tree ORDER BY tree_id").fetchall()
    connection.close()
    other = {
        view.sql for key in (b"key", b"other key") for view in secured_views(rights, source=SOURCE, pseudonym_key=key)
    }
    assert shown.startswith("a_text-") and "secret" not in shown and missing is None
    assert len(other) == 2


def test_names_in_the_warehouse_may_differ_from_those_of_the_catalog() -> None:
    valley = table("valley", column("valley_id", physical="V ID"), column("valley_name", physical='na"me'))
    tree = table(
        "tree",
        column("tree_id", physical="Tree"),
        column("valley_id", physical="IN"),
        links=[("valley_id", "valley.valley_id")],
    )
    role = Role(name="r", tables=("*",), rows=(RowFilter(table="valley", column="valley_name", attribute="valley"),))
    connection = secured(
        orchard(valley, tree, role=role),
        "CREATE SCHEMA gold",
        """CREATE TABLE gold.valley AS SELECT 1 AS "V ID", 'O''Hara' AS "na""me" UNION ALL SELECT 2, 'East'""",
        """CREATE TABLE gold.tree AS SELECT 't' || i AS "Tree", i % 3 AS "IN" FROM range(6) r(i)""",
    )
    assert connection.execute("SELECT * FROM valley").fetchall() == [(1, "O'Hara")]
    assert connection.execute("SELECT * FROM tree ORDER BY ALL").fetchall() == [("t1", 1), ("t4", 1)]
    connection.close()


def test_a_row_filter_reaches_over_several_tables_and_rows_without_a_key_stay_hidden() -> None:
    valley = table("valley", column("valley_id"), column("valley_name"))
    tree = table("tree", column("tree_id"), column("valley_id"), links=[("valley_id", "valley.valley_id")])
    apple = table("apple", column("apple_id"), column("tree_id"), links=[("tree_id", "tree.tree_id")])
    role = Role(name="r", tables=("*",), rows=(RowFilter(table="valley", column="valley_name", attribute="valley"),))
    connection = secured(
        orchard(apple, tree, valley, role=role),
        "CREATE SCHEMA gold",
        "CREATE TABLE gold.valley (valley_id VARCHAR, valley_name VARCHAR)",
        "INSERT INTO gold.valley VALUES ('v1', 'West'), ('v2', 'East'), ('v3', NULL)",
        "CREATE TABLE gold.tree (tree_id VARCHAR, valley_id VARCHAR)",
        "INSERT INTO gold.tree VALUES ('t1', 'v1'), ('t2', 'v2'), ('t3', NULL), ('t4', 'v3')",
        "CREATE TABLE gold.apple (apple_id VARCHAR, tree_id VARCHAR)",
        "INSERT INTO gold.apple VALUES ('a1', 't1'), ('a2', 't2'), ('a3', 't3'), ('a4', NULL), ('a5', 't4')",
    )
    found = {name: connection.execute(f"FROM {name}").fetchall() for name in ("valley", "tree", "apple")}
    assert found == {"valley": [("v1", "West")], "tree": [("t1", "v1")], "apple": [("a1", "t1")]}
    connection.close()


def test_a_defined_table_counts_only_the_principals_rows() -> None:
    tree = table("tree", column("tree_id"), column("valley"))
    count = table(
        "tree_count",
        column("valley"),
        column("trees", "integer"),
        kind="summary",
        definition="WITH seen AS (SELECT t.valley FROM gold.tree AS t) "
        "SELECT valley, COUNT(*) AS trees FROM seen GROUP BY 1",
    )
    role = Role(name="r", tables=("*",), rows=(RowFilter(table="tree", column="valley", attribute="valley"),))
    connection = secured(
        orchard(tree, count, role=role),
        "CREATE SCHEMA gold",
        "CREATE TABLE gold.tree AS SELECT i AS tree_id, CASE WHEN i < 4 THEN 'West' ELSE 'East' END AS valley "
        "FROM range(9) t(i)",
    )
    assert connection.execute("FROM tree_count").fetchall() == [("West", 4)]
    connection.close()


@given(
    st.lists(
        st.dictionaries(st.sampled_from("abcdefg"), st.integers(1, 12), min_size=1, max_size=7), min_size=1, max_size=4
    )
)
def test_groups_of_fewer_than_k_can_neither_be_read_nor_worked_out(days: list[dict[str, int]]) -> None:
    people = table("person", column("person_id"), column("team"), column("day", "integer"))
    crew = table(
        "crew",
        column("day", "integer"),
        column("team"),
        column("people", "integer"),
        kind="summary",
        definition="SELECT day, team, COUNT(*) AS people FROM gold.person GROUP BY GROUPING SETS ((day, team), (day))",
        rollup=Rollup(dimension="team"),
        small_groups=SmallGroups(k=K, size="people", within=("day",)),
    )
    values = ", ".join(
        f"('{team}', {day})" for day, teams in enumerate(days) for team, size in teams.items() for _ in range(size)
    )
    connection = secured(
        orchard(people, crew, role=Role(name="r", tables=("crew",))),
        "CREATE SCHEMA gold",
        f"CREATE TABLE gold.person AS SELECT '1' AS person_id, * FROM (VALUES {values}) v(team, day)",
    )
    shown = connection.execute("SELECT day, team, people FROM crew").fetchall()
    connection.close()
    for day, teams in enumerate(days):
        detail = {team: size for found, team, size in shown if found == day and team is not None}
        totals = [size for found, team, size in shown if found == day and team is None]
        missing = {team: size for team, size in teams.items() if team not in detail}
        assert detail.items() <= teams.items()
        assert all(size >= K for size in detail.values())
        assert totals == ([sum(teams.values())] if sum(teams.values()) >= K else [])
        if missing and totals:
            assert len(missing) >= 2
            assert sum(missing.values()) >= K
        if not any(size < K for size in teams.values()):
            assert not missing


@pytest.mark.parametrize("role", ["owner", "oslo", "viewer", "chief", "people"])
def test_the_views_are_also_written_for_the_other_engine(role: str) -> None:
    views = secured_views(access(role), source="project", pseudonym_key=b"key", dialect="bigquery")
    assert [view.name for view in views] == list(access(role).tables)
    for view in views:
        tree = sqlglot.parse_one(view.sql, dialect="bigquery")
        assert isinstance(tree, exp.Query)
        assert {t.catalog for t in tree.find_all(exp.Table) if t.db} == {"project"}


def test_statistics_and_plans_tell_nothing_of_rows_outside_the_filter() -> None:
    tree = table("tree", column("tree_id"), column("valley"), column("height", "integer"))
    role = Role(name="r", tables=("*",), rows=(RowFilter(table="tree", column="valley", attribute="valley"),))
    connection = secured(
        orchard(tree, role=role),
        "CREATE SCHEMA gold",
        "CREATE TABLE gold.tree AS SELECT 't' || i AS tree_id, CASE i WHEN 5 THEN 'West' ELSE 'East' END AS valley, "
        "1000 + i AS height FROM range(100) t(i)",
    )
    told = [str(connection.execute(f"SELECT stats({name}) FROM tree").fetchall()) for name in ("height", "valley")]
    told.append(str(connection.execute("EXPLAIN SELECT * FROM tree").fetchall()))
    assert connection.execute("SELECT height FROM tree").fetchall() == [(1005,)]
    for word in ("1000", "1099", "East", "West", SOURCE, b"key".hex()):
        assert all(word not in text for text in told)
    connection.close()
