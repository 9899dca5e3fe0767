"""What runs is generated from the checked tree; it must mean what the caller wrote."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from itertools import product

import duckdb
import pytest

from catalog.refusals import BadArgument, Refusal
from warehouse.guard.functions import functions
from warehouse.guard.nodes import only_known_nodes, only_plain_distinct
from warehouse.guard.precedence import bracketed_negations, only_agreed_operators, only_clear_precedence
from warehouse.guard.text import tokens_of
from warehouse.guard.tree import parse, render

QUICK, WHOLE = 600, 20_000
ARGUMENTS = ("", "a", "a, b, c", "DISTINCT a, ',' ORDER BY b DESC", "'x', a ORDER BY b")
CALLS = (
    "{f}({a})",
    "{f}({a}) FILTER (WHERE z > 1) OVER (PARTITION BY k ORDER BY o DESC NULLS FIRST)",
    '"{f}"({a})',
    "a.{f}({a})",
)
OPERATORS = (
    *("+ - * / // % ^ ** & | << >> || = <> < <= -> ->> @> <@ && ^@ <-> <=> ~ !~ ~~ LIKE ILIKE AND OR GLOB".split()),
    *("IS DISTINCT FROM", "NOT LIKE", "SIMILAR TO"),
)
AROUND = (
    *("a {} b {} c", "-a {} b", "NOT a {} b", "~a {} b", "a {} -b", "a {} b IS NULL", "a {} b IS NOT NULL"),
    *("a {} b::INT", "a {} b BETWEEN c AND d", "a BETWEEN b AND c {} d", "a {} b IN (1, 2)", "a {} b NOT IN (1)"),
    *("a {} b[1]", "a {} b.c", "a {} b AT TIME ZONE 'UTC'", "a IS NULL {} b", "a {} b COLLATE nocase", "a {} b ISNULL"),
)
SPELT_DIFFERENTLY = frozenset({"current_date", "range", "generate_series", "if", "position", "map"})
"""Calls with a grammar of their own, whose tree has another form for the same meaning."""
PLAIN_QUOTED = frozenset({"grouping", "grouping_id", "nullif", "row", "overlay", "substring", "if"})
"""Keywords of the engine's grammar, which quoted would be functions that do not exist."""


def written_back(sql: str) -> str:
    tokens = tokens_of(sql)
    only_agreed_operators(tokens)
    tree = parse(tokens, sql)
    for rule in (only_known_nodes, only_plain_distinct, only_clear_precedence):
        rule(tree)
    return render(bracketed_negations(tree))


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE t AS SELECT (i % 7 - 3)::INT a, (i * 3 % 5 - 2)::INT b, (i * 5 % 11)::INT c, i % 2 = 0 p, "
            "i % 3 = 0 q, CASE i % 4 WHEN 0 THEN NULL ELSE i % 4 = 1 END r, chr((97 + i % 5)::INT) s, "
            "chr((98 + i % 3)::INT) u FROM range(30) x(i)"
        )
        yield connection


def tree_of(engine: duckdb.DuckDBPyConnection, sql: str) -> object:
    """The engine's own tree without places, or None where it cannot read the text."""
    row = engine.execute("SELECT json_serialize_sql(?)", [sql]).fetchone()
    assert row
    answer = json.loads(row[0])
    return None if answer["error"] else _plain(answer["statements"])


def _plain(node: object) -> object:
    if isinstance(node, dict):
        return {k: _plain(v) for k, v in node.items() if not k.startswith("query_location") and k != "alias"}
    if isinstance(node, list):
        return [_plain(item) for item in node]
    return node.lower() if isinstance(node, str) else node


@pytest.mark.wide
def test_every_allowed_function_is_called_as_it_was_written(engine: duckdb.DuckDBPyConnection) -> None:
    names = sorted((functions().allowed["values"] | functions().allowed["syntax"]) - SPELT_DIFFERENTLY)
    changed: list[str] = []
    for name in names:
        if not name.replace("_", "").isalnum():
            continue
        for call in CALLS:
            if call.startswith('"') and name in PLAIN_QUOTED:
                continue
            for arguments in ARGUMENTS:
                sql = f"SELECT {call.format(f=name, a=arguments)} FROM t"
                meant = tree_of(engine, sql)
                if meant is None:
                    continue
                try:
                    ours = written_back(sql)
                except Refusal:
                    continue
                if tree_of(engine, ours) != meant:
                    changed.append(f"{sql} -> {ours}")
    assert changed == []


def operators_of(node: object) -> object:
    """The nesting of operators in the engine's tree, with one name for each that can be spelt in two ways."""
    if isinstance(node, tuple):
        return tuple(operators_of(item) for item in node)
    if not isinstance(node, dict):
        return node
    kind = node.get("class")
    if kind == "COLUMN_REF":
        return tuple(node["column_names"])
    if kind == "CONSTANT":
        return str(node.get("literal"))
    if kind == "FUNCTION":
        name = SAME.get(node["function_name"], node["function_name"])
        return (name, *(operators_of(a["expression"]) for a in node["arguments"]))
    parts = [node[key] for key in ("left", "right", "input", "lower", "upper", "child", "lhs", "expr") if key in node]
    inner = tuple(operators_of(part) for part in [*parts, *node.get("children", [])])
    if node.get("type") == "OPERATOR_NOT" and isinstance(inner[0], tuple) and inner[0][0] in NEGATED:
        return (NEGATED[inner[0][0]], *inner[0][1:])
    return (node.get("type"), *inner)


SAME = {"power": "^", "pow": "^", "**": "^", "regexp_matches": "~", "~~": "LIKE", "list_has_all": "@>"}
NEGATED = {"OPERATOR_IS_NULL": "OPERATOR_IS_NOT_NULL", "COMPARE_IN": "COMPARE_NOT_IN"}


def select_list(engine: duckdb.DuckDBPyConnection, sql: str) -> object:
    row = engine.execute("SELECT json_serialize_sql(?)", [sql]).fetchone()
    assert row
    answer = json.loads(row[0])
    return None if answer["error"] else operators_of(answer["statements"][0]["node"]["select_list"][0])


def test_no_pair_of_operators_binds_otherwise_than_the_engine_reads_it(engine: duckdb.DuckDBPyConnection) -> None:
    changed: list[str] = []
    for shape, one, two in product(AROUND, OPERATORS, OPERATORS):
        if shape.count("{}") == 1 and two != "+":
            continue
        sql = "SELECT " + shape.format(one, two)
        meant = select_list(engine, sql)
        if meant is None:
            continue
        try:
            ours = written_back(sql)
        except Refusal:
            continue
        if select_list(engine, ours) != meant:
            changed.append(f"{sql} -> {ours}")
    assert changed == []


class Expressions:
    """Random expressions over table t without needless brackets, so that precedence decides."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def any(self) -> str:
        return self.random.choice([self.number, self.truth, self.text])(self.random.randint(1, 4))

    def number(self, depth: int) -> str:
        if depth == 0:
            return self.random.choice(["a", "b", "c", "1", "2", "-1", "3"])
        operator = self.random.choice("+ - * / // % ^ ** & | << >>".split())
        return self.random.choice(
            [
                f"{self.number(depth - 1)} {operator} {self.number(depth - 1)}",
                f"{self.number(depth - 1)} {operator} {self.number(depth - 1)}",
                f"-{self.number(depth - 1)}",
                f"({self.number(depth - 1)})",
                f"{self.number(depth - 1)}::int",
                f"CASE WHEN {self.truth(depth - 1)} THEN {self.number(0)} ELSE {self.number(depth - 1)} END",
            ]
        )

    def text(self, depth: int) -> str:
        if depth == 0:
            return self.random.choice(["s", "u", "'a'", "'ab'"])
        return self.random.choice(
            [
                f"{self.text(depth - 1)} || {self.text(depth - 1)}",
                f"upper({self.text(depth - 1)})",
                f"{self.number(0)} || {self.text(depth - 1)}",
            ]
        )

    def truth(self, depth: int) -> str:
        if depth == 0:
            return self.random.choice(["p", "q", "r", "true", "NULL", "a > 1"])
        compare = self.random.choice(
            ["=", "==", "<>", "!=", "<", "<=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM", "<=>"]
        )
        like = self.random.choice(["LIKE", "NOT LIKE", "ILIKE", "~", "!~", "~~", "!~~", "GLOB", "SIMILAR TO"])
        is_ = self.random.choice(["IS NULL", "IS NOT NULL", "ISNULL", "NOTNULL", "IS TRUE", "IS NOT TRUE", "IS FALSE"])
        not_ = self.random.choice(["", "NOT "])
        return self.random.choice(
            [
                f"{self.truth(depth - 1)} {self.random.choice(['AND', 'OR'])} {self.truth(depth - 1)}",
                f"NOT {self.truth(depth - 1)}",
                f"{self.number(depth - 1)} {compare} {self.number(depth - 1)}",
                f"{self.truth(depth - 1)} {is_}",
                f"{self.number(depth - 1)} {not_}BETWEEN {self.number(0)} AND {self.number(depth - 1)}",
                f"{self.number(depth - 1)} {not_}IN (1, 2, {self.number(0)})",
                f"{self.text(depth - 1)} {like} {self.text(0)}",
                f"({self.truth(depth - 1)})",
            ]
        )


def compare_values(engine: duckdb.DuckDBPyConnection, count: int, seed: int) -> int:
    """Run random expressions as written and as written back; returns how many gave values."""
    expressions, gave = Expressions(seed), 0
    for _ in range(count):
        sql = f"SELECT {expressions.any()} FROM t"
        try:
            meant = engine.execute(sql).fetchall()
        except duckdb.Error:
            continue
        gave += 1
        try:
            ours = written_back(sql)
        except Refusal:
            continue
        assert str(engine.execute(ours).fetchall()) == str(meant), sql
    return gave


def test_operators_keep_their_precedence(engine: duckdb.DuckDBPyConnection) -> None:
    assert compare_values(engine, QUICK, seed=1) > QUICK / 2


@pytest.mark.prove
def test_operators_keep_their_precedence_in_many_thousands(engine: duckdb.DuckDBPyConnection) -> None:
    assert compare_values(engine, WHOLE, seed=2) > WHOLE / 2


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 0x1F",
        "SELECT x'41'",
        "SELECT 'a' 'b'",
        "SELECT 1a",
        "SELECT U&'x'",
        "SELECT first_value(DISTINCT a, b) FROM t",
        "SELECT sum(a IGNORE NULLS) FROM t",
        "SELECT first(a IGNORE NULLS) FROM t",
        "SELECT a <=> b FROM t",
        "SELECT a -> 'x' ->> 'y' FROM t",
    ],
)
def test_a_form_that_the_parsers_read_differently_is_refused(sql: str) -> None:
    with pytest.raises(BadArgument):
        written_back(sql)


def test_comments_and_the_callers_layout_do_not_reach_the_engine() -> None:
    assert written_back("select /*+ hint */ a -- b\n from   t /* c */") == "SELECT a FROM t"
