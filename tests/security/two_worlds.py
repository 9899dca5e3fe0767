"""Two companies that differ only in what a role must not learn, and everything that the role could ask of them.

An answer that differs between the two worlds has told something; equal answers, refusals included, have told nothing.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import duckdb

from catalog.access import Access
from catalog.catalog import Catalog
from catalog.fragments import fragment_columns, fragment_tables
from catalog.principals import Principal
from catalog.tables import Column, Table
from server.settings import StateSettings, load_settings
from server.wiring import Program, running

HIDDEN = ("deny", "null", "mask", "aggregate_only")
OTHER_VALUE = {
    "string": "'other ' || md5({0})",
    "integer": "{0} + 1",
    "decimal": "{0} + 1",
    "float": "{0} + 1",
    "boolean": "NOT {0}",
    "date": "{0} + 1",
    "timestamp": "{0} + INTERVAL 1 HOUR",
}
"""Another value for every value, equal where the values were equal, NULL where they were."""
KEY = b"one key for both worlds"
CURSOR = re.compile(r"cursor=\S+|receipt [\w-]+")

SHAPES = (
    "SELECT {c} FROM {t}",
    "SELECT DISTINCT {c} FROM {t}",
    "SELECT count(*) FROM {t} WHERE {c} = '{v}'",
    "SELECT count(*) FROM {t} WHERE {c} LIKE '{v1}%'",
    "SELECT count(*) FROM {t} WHERE {c}::VARCHAR ILIKE '%{v1}%'",
    "SELECT count(*) FROM {t} WHERE {c} GLOB '{v1}*'",
    "SELECT count(*) FROM {t} WHERE {c} SIMILAR TO '{v1}.*'",
    "SELECT count(*) FROM {t} WHERE regexp_matches({c}::VARCHAR, '^{v1}')",
    "SELECT count(*) FROM {t} WHERE substring({c}::VARCHAR, 1, 1) = '{v1}'",
    "SELECT count(*) FROM {t} WHERE {c}::VARCHAR[1] = '{v1}'",
    "SELECT count(*) FROM {t} WHERE starts_with({c}::VARCHAR, '{v1}')",
    "SELECT count(*) FROM {t} WHERE ascii({c}::VARCHAR) > 100",
    "SELECT count(*) FROM {t} WHERE {c}::VARCHAR BETWEEN '{v1}' AND '{v1}zzzz'",
    "SELECT count(*) FROM {t} WHERE {c} IN (VALUES ('{v}'), ('x'))",
    "SELECT sum(length({c}::VARCHAR)) FROM {t}",
    "SELECT strpos({c}::VARCHAR, '{v1}') AS p, count(*) FROM {t} GROUP BY 1 ORDER BY ALL",
    "SELECT {k} FROM {t} ORDER BY {c}, {k} LIMIT 50",
    "SELECT {k} FROM {t} ORDER BY {c} DESC, {k} LIMIT 1",
    "SELECT count(*) FROM {t} GROUP BY {c} ORDER BY ALL",
    "SELECT left({c}::VARCHAR, 2) AS p, count(*) FROM {t} GROUP BY p ORDER BY ALL",
    "SELECT count(*) AS n FROM {t} GROUP BY {c} HAVING max({c})::VARCHAR LIKE '{v1}%' ORDER BY ALL",
    "SELECT min({c}), max({c}) FROM {t}",
    "SELECT max({c}) FILTER (WHERE {c}::VARCHAR < '{v}') FROM {t}",
    "SELECT string_agg({c}::VARCHAR, ',' ORDER BY {k}) FROM {t}",
    "SELECT list({c} ORDER BY {k}) FROM {t}",
    "SELECT arg_max({k}, {c}), arg_min({k}, {c}) FROM {t}",
    "SELECT mode({c}) FROM {t}",
    "SELECT median(length({c}::VARCHAR)) FROM {t}",
    "SELECT count(DISTINCT {c}), approx_count_distinct({c}) FROM {t}",
    "SELECT count(DISTINCT CASE WHEN {c}::VARCHAR LIKE '{v1}%' THEN {k} END) FROM {t}",
    "SELECT sum(CASE WHEN {c} = '{v}' THEN 1 ELSE 0 END) FROM {t}",
    "SELECT {k}, rank() OVER (ORDER BY {c}) AS r FROM {t} ORDER BY ALL LIMIT 60",
    "SELECT {k}, lag({k}) OVER (ORDER BY {c}, {k}) AS l FROM {t} ORDER BY ALL LIMIT 60",
    "SELECT {k} FROM {t} QUALIFY row_number() OVER (PARTITION BY {c} ORDER BY {k}) = 2 ORDER BY ALL LIMIT 60",
    "SELECT a.{k} FROM {t} a JOIN {t} b ON a.{c} < b.{c} AND a.{k} = b.{k} ORDER BY ALL LIMIT 60",
    "SELECT count(*) FROM {t} a JOIN (VALUES ('{v}'), ('{v1}')) g(guess) ON a.{c}::VARCHAR = g.guess",
    "SELECT g.guess, count(*) FROM {t} a CROSS JOIN (VALUES ('{v}'), ('{v1}')) g(guess) "
    "WHERE a.{c}::VARCHAR LIKE g.guess || '%' GROUP BY 1 ORDER BY ALL",
    "SELECT count(*) FROM (SELECT {c}::VARCHAR AS x FROM {t} INTERSECT SELECT '{v}')",
    "SELECT count(*) FROM (SELECT '{v}' AS x EXCEPT SELECT {c}::VARCHAR FROM {t})",
    "SELECT count(DISTINCT x) FROM (SELECT {c}::VARCHAR AS x FROM {t} UNION ALL SELECT '{v}')",
    "SELECT count(*) FROM {t} NATURAL JOIN (SELECT '{v}' AS {c})",
    "SELECT count(*) FROM {t} JOIN (SELECT '{v}' AS {c}) USING ({c})",
    "SELECT json_extract({c}::VARCHAR, '$.a') FROM {t} LIMIT 3",
    "SELECT to_json(x) FROM {t} x ORDER BY {k} LIMIT 3",
    "SELECT json_group_array({c}) FROM {t}",
    "SELECT CAST({c} AS INTEGER) FROM {t} WHERE {c} IS NOT NULL",
    "SELECT CAST({c}::VARCHAR AS DATE) FROM {t} WHERE {c} IS NOT NULL",
    "SELECT strptime({c}::VARCHAR, '%Y-%m') FROM {t}",
    "SELECT {c}::VARCHAR::UUID FROM {t} WHERE {c}::VARCHAR LIKE '{v1}%'",
    "SELECT CASE WHEN {c}::VARCHAR LIKE '{v1}%' THEN 1 / 0 ELSE 1 END FROM {t}",
    "SELECT error({c}::VARCHAR) FROM {t}",
    "SELECT md5({c}::VARCHAR) AS h FROM {t} ORDER BY ALL LIMIT 5",
    "SELECT hash({c}), sha256({c}::VARCHAR) FROM {t} ORDER BY ALL LIMIT 5",
    "SELECT levenshtein({c}::VARCHAR, '{v}') AS d, count(*) FROM {t} GROUP BY 1 ORDER BY ALL",
    "SELECT jaccard({c}::VARCHAR, '{v}xx') AS d FROM {t} ORDER BY ALL LIMIT 5",
    "PIVOT (SELECT {c}, {k} AS k FROM {t} ORDER BY {k} LIMIT 20) ON {c} USING count(k)",
    "PIVOT (SELECT left({c}::VARCHAR, 1) AS p, {k} AS k FROM {t}) ON p USING count(k)",
    "UNPIVOT (SELECT {k}::VARCHAR AS k, {c}::VARCHAR AS v FROM {t}) ON v INTO NAME n VALUE x",
    "SELECT COLUMNS('{c}') FROM {t} LIMIT 5",
    "SELECT x['{c}'] FROM {t} x ORDER BY {k} LIMIT 5",
    "SELECT * EXCLUDE ({k}) FROM {t} ORDER BY ALL LIMIT 3",
    "SELECT count(*) FROM {t} x WHERE EXISTS (SELECT 1 FROM {t} y WHERE y.{c}::VARCHAR > x.{c}::VARCHAR || '{v1}')",
    "SELECT (SELECT max({c}::VARCHAR) FROM {t} WHERE {c}::VARCHAR < '{v}') AS m",
    "WITH w AS (SELECT {c} AS y, {k} AS k FROM {t}) SELECT count(*) FROM w WHERE y::VARCHAR LIKE '{v1}%'",
    "SELECT count(*) FROM {t} TABLESAMPLE 100% WHERE {c}::VARCHAR > '{v1}'",
    "SELECT max({c}) OVER (ORDER BY {k} ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS m FROM {t} ORDER BY ALL LIMIT 9",
    "SELECT entropy({c}), histogram({c}) FROM {t}",
    "SELECT quantile_disc({c}, 0.5) FROM {t}",
)
"""Ways to ask for {c} of {t} (a key of it is {k}); {v} is a value that is really there, {v1} its first letter."""


@dataclass(frozen=True)
class Secret:
    """A column that a role must not learn, with one of its real values."""

    table: Table
    column: Column
    value: str

    @property
    def place(self) -> str:
        """Schema and table."""
        return f"{self.table.schema_name}.{self.table.name}"


@dataclass(frozen=True)
class Asked:
    """One call, and the idea behind it."""

    family: str
    tool: str
    arguments: dict[str, Any]


@contextmanager
def world(workspace: Path, folder: Path, *statements: str) -> Generator[Program]:
    """The program over a copy of a workspace whose rows were changed by `statements`, with the same key."""
    shutil.copytree(workspace, folder, ignore=shutil.ignore_patterns("*.sqlite*"))
    settings = load_settings(folder, environ={})
    with duckdb.connect(str(settings.at(settings.warehouse.path))) as connection:
        for statement in statements:
            connection.execute(statement)
    state = StateSettings(path=folder / "audit.sqlite")
    with running(settings.model_copy(update={"state": state, "key": KEY})) as built:
        yield built


def principal_of(catalog: Catalog, role: str) -> Principal:
    """The first local user of a role, or anyone where there is none."""
    users = [user for user in catalog.users.values() if role in user.roles]
    return users[0].as_principal(role) if users else Principal(user="anyone", role=role)


def secrets(program: Program, access: Access) -> list[Secret]:
    """Columns of stored tables that the role must not learn and that decide nothing it may see: no keys, no filters, no
    part of a table defined by the catalog."""
    path = program.settings.at(program.settings.warehouse.path)
    with duckdb.connect(str(path), read_only=True) as connection:
        return list(_secrets(access, connection))


def _secrets(access: Access, connection: duckdb.DuckDBPyConnection) -> Iterator[Secret]:
    catalog = access.catalog
    defined = [t.definition for t in catalog.tables.values() if t.definition and t.name in access.tables]
    read = {(name, column) for text in defined for name in fragment_tables(text) for column in fragment_columns(text)}
    filters = {(f.table, f.column) for f in access.role.rows}
    for table in access.tables.values():
        keys = {*table.grain, *(link.column for link in table.relationships)}
        for column in table.columns if not table.definition else ():
            place = (table.name, column.name)
            decides = column.name in keys or place in filters or place in read
            if decides or access.treatment(table, column) not in HIDDEN:
                continue
            name = column.physical or column.name
            found = connection.execute(
                f'SELECT min("{name}")::VARCHAR FROM {table.schema_name}.{table.name}'
            ).fetchone()
            yield Secret(table, column, str(found[0] if found else ""))


def other_values(found: Sequence[Secret]) -> list[str]:
    """Statements that give every secret another value."""
    statements: list[str] = []
    for secret in found:
        name = f'"{secret.column.physical or secret.column.name}"'
        value = OTHER_VALUE[secret.column.type].format(name)
        statements.append(f"UPDATE {secret.place} SET {name} = {value}")
    return statements


def sql_attacks(found: Sequence[Secret], *, every: bool) -> Iterator[Asked]:
    """Each shape over one secret in turn, or over all of them."""
    turns = cycle(found)
    for shape in SHAPES:
        for secret in found if every else [next(turns)]:
            quoted = secret.value.replace("'", "''")
            places = {"t": secret.place, "c": secret.column.name, "k": secret.table.grain[0]}
            sql = shape.format(**places, v=quoted, v1=quoted[:1].replace("'", "''"))
            yield Asked("sql", "query_curated_data", {"question": "how many", "sql": sql})


def other_doors(found: Sequence[Secret], access: Access) -> Iterator[Asked]:
    """The same secrets through metrics' filters and groups, words, templates, look-ups and explanations."""
    metric = next(iter(access.metrics), "none")
    for secret in found:
        name, value = secret.column.name, secret.value
        for dimension in (name, f"{secret.table.entity}.{name}", f"{secret.table.name}.{name}"):
            for op, given in (("eq", value), ("contains", value[:1]), ("gte", value), ("in", [value, "x"])):
                where = [{"dimension": dimension, "op": op, "value": given}]
                asked = {"question": "how many", "metrics": [metric], "where": where}
                yield Asked("metric filter", "query_curated_data", asked)
            group = {"question": "how many", "metrics": [metric], "group_by": [dimension]}
            yield Asked("metric group", "query_curated_data", group)
        for words in (f"{metric} for {value}", f"{metric} by {name}", f"{metric} where {name} is {value}", value):
            yield Asked("question", "query_curated_data", {"question": words})
        for template in access.templates.values():
            params: dict[str, object] = {}
            for key, kind in template.params.items():
                params[key] = {"integer": 1, "decimal": 1.5, "date": "2026-01-01"}.get(kind, value)
            yield Asked(
                "template",
                "query_curated_data",
                {"question": "list", "template": template.name, "params": params},
            )
        for text in (value, name, f"{secret.table.name}.{name}"):
            yield Asked("look-up", "lookup_metric_definition", {"metric": text})
            yield Asked("look-up", "describe_catalog", {"query": text})
        yield Asked("look-up", "describe_catalog", {"query": secret.table.name, "kind": "table"})
        yield Asked("status", "fetch_reconciliation_status", {"scope": "table", "name": secret.table.name})
        where = [{"dimension": name, "op": "eq", "value": value}]
        yield Asked("explain", "explain_number", {"metric": metric, "where": where})
    yield from everything_answered(access)


def everything_answered(access: Access) -> Iterator[Asked]:
    """What the role may ask anyway: each metric by each of its dimensions, explained, with trust."""
    for name, metric in list(access.metrics.items())[:12]:
        yield Asked("allowed", "query_curated_data", {"question": metric.label})
        yield Asked("allowed", "lookup_metric_definition", {"metric": name})
    for table in access.tables.values():
        yield Asked("allowed", "query_curated_data", {"question": "rows", "sql": _some_rows(table)})


def _some_rows(table: Table) -> str:
    return f"SELECT * FROM {table.schema_name}.{table.name} ORDER BY ALL LIMIT 150"


def told(program: Program, who: Principal, asked: Asked) -> tuple[Any, ...]:
    """All that a caller gets, pages included, without what is new on every call."""
    result = program.toolset.call(who, asked.tool, asked.arguments)
    pages = [_lasting(result.structured)]
    if cursor := result.structured.get("next_cursor"):
        again = program.toolset.call(who, asked.tool, {**asked.arguments, "cursor": cursor})
        pages.append(_lasting(again.structured))
    return (result.is_error, CURSOR.sub("", result.text), pages)


def _lasting(structured: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in structured.items() if key not in ("receipt", "next_cursor")}
