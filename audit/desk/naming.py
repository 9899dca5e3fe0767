"""Does a call name an entity? Words, filters, parameters and SQL of the call against one value.

Only what the caller typed or what was read from it counts. A filter that leaves the value out rules it out; a LIKE, a
word of a longer name or a key that stands for it is no naming: such calls stay possible, never certain.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, cast

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from audit.desk.calls import Call

Bearing = Literal["named", "open", "ruled out"]
POSITIVE = ("=", "in")
NEGATIVE = ("!=", "not in")


@dataclass(frozen=True)
class Entity:
    """A value that stands for somebody or something ("Acme Health"); `dimension` the dimension it is a member of, where
    known: a filter on it that lists others then rules it out."""

    value: str
    dimension: str = ""


@dataclass(frozen=True)
class Named:
    """How a call bears on the entity, and what says so."""

    bearing: Bearing
    because: str


def named(call: Call, entity: Entity) -> Named:
    """Whether the call named the entity, ruled it out, or leaves it open."""
    for condition in _conditions(call):
        if found := _by_condition(condition, entity):
            return found
    for name, value in _parameters(call).items():
        if _same(value, entity.value):
            return Named("named", f"parameter {name}")
    if call.sql and (found := _by_sql(call, entity)):
        return found
    for subject in ("metric", "name"):
        if _same(call.arguments.get(subject), entity.value):
            return Named("named", f"argument {subject}")
    if _speaks_of(call.question, entity.value):
        return Named("named", "the question")
    return Named("open", "its words were erased" if call.erased else "the rows read could hold it")


def _by_condition(condition: Mapping[str, Any], entity: Entity) -> Named | None:
    name, op = str(condition.get("dimension", "")), str(condition.get("op", "="))
    value: Any = condition.get("value")
    listed = cast("list[Any]", value) if isinstance(value, list) else [value]
    hit = any(_same(each, entity.value) for each in listed)
    if hit and op in POSITIVE:
        return Named("named", f"filter {name}")
    if hit and op in NEGATIVE:
        return Named("ruled out", f"filter {name} leaves it out")
    same_dimension = bool(entity.dimension) and name.rpartition(".")[2] == entity.dimension.rpartition(".")[2]
    if same_dimension and op in POSITIVE and not hit:
        return Named("ruled out", f"filter {name} lists others only")
    return None


def _by_sql(call: Call, entity: Entity) -> Named | None:
    """A literal of caller SQL that is compared for equality; under NOT it says nothing for certain. What our own
    compiler wrote is judged by its request instead."""
    if not _own_sql(call) or entity.value.casefold() not in call.sql.casefold():
        return None
    tree = _tree(call.sql)
    if tree is None:
        return Named("open", "its SQL holds the value")
    for literal in tree.find_all(exp.Literal):
        if not _same(literal.this, entity.value):
            continue
        parent = literal.parent
        if isinstance(parent, exp.EQ | exp.In) and not literal.find_ancestor(exp.Not):
            return Named("named", "a comparison in its SQL")
    return Named("open", "its SQL holds the value")


def _own_sql(call: Call) -> bool:
    return bool(call.arguments.get("sql") or call.request.get("sql"))


@lru_cache(maxsize=2_000)
def _tree(sql: str) -> exp.Expr | None:
    try:
        return sqlglot.parse_one(sql, dialect="duckdb")
    except (SqlglotError, RecursionError):
        return None


def _conditions(call: Call) -> Iterable[Mapping[str, Any]]:
    for source in (call.request, call.arguments):
        conditions: Any = source.get("where")
        if isinstance(conditions, list):
            listed = cast("list[Any]", conditions)
            return [cast("Mapping[str, Any]", each) for each in listed if isinstance(each, dict)]
    return []


def _parameters(call: Call) -> Mapping[str, Any]:
    given: Any = call.request.get("params") or call.arguments.get("params")
    return cast("Mapping[str, Any]", given) if isinstance(given, dict) else {}


def _same(value: object, wanted: str) -> bool:
    return isinstance(value, str | int | float) and str(value).strip().casefold() == wanted.strip().casefold()


def _speaks_of(text: str, wanted: str) -> bool:
    return bool(text) and _words(wanted).search(text) is not None


@lru_cache(maxsize=100)
def _words(wanted: str) -> re.Pattern[str]:
    """The value as whole words, whatever its case and spacing."""
    body = r"\s+".join(re.escape(word) for word in wanted.split())
    return re.compile(rf"(?<!\w){body}(?!\w)", re.IGNORECASE)
