"""Found tables → the files of a workspace. What was guessed carries the mark REVIEW; nothing drafted is certified."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from server.drafting import guesses
from server.drafting.found import FoundColumn, FoundTable

NAME = re.compile(r"^[a-z][a-z0-9_]{0,62}$")
REVIEW = "# REVIEW"
SOURCE = "warehouse"


@dataclass(frozen=True)
class Draft:
    """What was drafted. `skipped`: tables and columns that a catalog cannot hold, with the reason."""

    tables: int
    metrics: int
    personal: int
    reviews: int
    skipped: tuple[str, ...]


def draft_workspace(folder: Path, tables: Sequence[FoundTable], *, settings: str, schema: str, currency: str) -> Draft:
    """Write the workspace of these tables into an empty folder. `settings` is the text of assay.toml."""
    kept, skipped = _usable(tables)
    by_name = {table.name: table for table in kept}
    written: dict[str, str] = {"assay.toml": settings}
    metrics: list[str] = []
    dimensions = _dimension_names(kept)
    for table in kept:
        written[f"catalog/tables/{table.name.lower()}.yml"] = _table(table, by_name, schema)
        for name, text in _metrics(table, by_name, dimensions, currency):
            if name not in metrics:
                metrics.append(name)
                written[f"catalog/metrics/{name}.yml"] = text
    written["catalog/sources.yml"] = SOURCES
    written["catalog/policies.yml"] = POLICIES
    written["catalog/principals.yml"] = PRINCIPALS
    for name, text in written.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    personal = sum(guesses.personal(column) is not None for table in kept for column in table.columns)
    reviews = sum(text.count(REVIEW) for text in written.values())
    return Draft(len(kept), len(metrics), personal, reviews, tuple(skipped))


def _usable(tables: Iterable[FoundTable]) -> tuple[list[FoundTable], list[str]]:
    """Tables cut to the columns that a catalog can hold."""
    kept: list[FoundTable] = []
    skipped: list[str] = []
    for table in tables:
        if not NAME.match(table.name.lower()):
            skipped.append(f"{table.name}: a name the catalog cannot hold; put a view of another name before it")
            continue
        columns: list[FoundColumn] = []
        for column in table.columns:
            if column.type is None:
                untyped = f"{table.name}.{column.name}: {column.native} has no type in the catalog"
                skipped.append(untyped + _instead(column))
            elif not NAME.match(column.name.lower()):
                skipped.append(f"{table.name}.{column.name}: a name the catalog cannot hold")
            else:
                columns.append(column)
        if not columns:
            skipped.append(f"{table.name}: no column left")
            continue
        names = {column.name for column in columns}
        key = table.key if set(table.key) <= names else ()
        partition = table.partition if table.partition in names else None
        cluster = tuple(name for name in table.cluster if name in names)
        links = tuple(link for link in table.links if link.column in names)
        kept.append(
            FoundTable(table.name, tuple(columns), table.description, key, partition, cluster, links, table.rows)
        )
    return kept, skipped


def _instead(column: FoundColumn) -> str:
    """What to do about a column that holds values inside."""
    nested = column.native.startswith("ARRAY") or column.native in ("RECORD", "STRUCT")
    return "; describe a view that unnests it or names its fields" if nested else ""


def _table(table: FoundTable, tables: Mapping[str, FoundTable], schema: str) -> str:
    grain, declared = guesses.grain_of(table)
    links = guesses.links_of(table, tables)
    described = table.description.strip()
    lines = [
        f"name: {table.name.lower()}",
        f"entity: {guesses.entity(table.name)}",
        f"description: {_text(described or f'Rows of {table.name}.')}" + ("" if described else f"  {REVIEW}"),
        f"kind: {guesses.kind_of(table)}  {REVIEW}",
        f"grain: [{', '.join(name.lower() for name in grain)}]" + ("" if declared else f"  {REVIEW}: together unique?"),
        f"owner: To be named  {REVIEW}",
        f"sources: [{SOURCE}]",
        f"schema: {schema}",
    ]
    if dated := guesses.time_of(table):
        lines.append(f"time: {dated.lower()}" + ("" if dated == table.partition else f"  {REVIEW}"))
    if table.partition:
        lines.append(f"partition: {table.partition.lower()}")
    if table.cluster:
        lines.append(f"cluster: [{', '.join(name.lower() for name in table.cluster)}]")
    if links:
        lines.append("relationships:")
        for link, said in links:
            mark = "" if said else f"  {REVIEW}"
            lines.append(
                f"  - {{column: {link.column.lower()}, to: {link.to_table.lower()}.{link.to_column.lower()}}}{mark}"
            )
    lines.append("columns:")
    lines += [_column(column, grain) for column in table.columns]
    return "\n".join(lines) + "\n"


def _column(column: FoundColumn, grain: Sequence[str]) -> str:
    described = column.description.strip()
    shown = described if len(described) > 2 else column.name.replace("_", " ").capitalize() + " (no description)"
    parts = [f"name: {column.name.lower()}", f"type: {column.type}", f"description: {_text(shown)}"]
    marks: list[str] = []
    if column.name != column.name.lower():
        parts.append(f"physical: {column.name}")
    if not column.nullable:
        parts.append("nullable: false")
    if kind := guesses.personal(column):
        parts.append(f"pii: {kind}")
        marks.append("personal?")
    elif guesses.is_dimension(column, grain):
        parts.append("dimension: true")
        marks.append("few values?")
    if unit := guesses.unit_of(column):
        parts.append(f"unit: {unit}")
    mark = f"  {REVIEW}: {', '.join(marks)}" if marks else ""
    return f"  - {{{', '.join(parts)}}}{mark}"


def _dimension_names(tables: Sequence[FoundTable]) -> Mapping[str, list[str]]:
    """Per table, its dimensions as the catalog calls them: bare where no other table has one of that name."""
    columns = {
        table.name: [c.name.lower() for c in table.columns if guesses.is_dimension(c, guesses.grain_of(table)[0])]
        for table in tables
    }
    everywhere = Counter(name for names in columns.values() for name in names)
    return {
        table: [name if everywhere[name] == 1 else f"{guesses.entity(table)}.{name}" for name in names]
        for table, names in columns.items()
    }


def _metrics(
    table: FoundTable, tables: Mapping[str, FoundTable], dimensions: Mapping[str, list[str]], currency: str
) -> Iterable[tuple[str, str]]:
    """Draft metrics of facts: how many rows, and the sum of each number that reads like one to add up. Snapshots are
    left to people: which day counts is a decision."""
    dated = guesses.time_of(table)
    if guesses.kind_of(table) != "fact" or not dated:
        return
    grain, _ = guesses.grain_of(table)
    noun = guesses.entity(table.name)
    reached = [table.name, *(link.to_table for link, _ in guesses.links_of(table, tables))]
    clear = list(dict.fromkeys(name for each in reached for name in dimensions[each]))
    count = f"{{dataset: {table.name.lower()}, agg: count, expr: {grain[0].lower()}}}"
    yield f"{noun}_count", _metric(f"{noun}_count", f"Number of {noun} rows", count, dated, clear, "rows", "integer")
    for column in table.columns:
        if guesses.is_counted(column) and guesses.personal(column) is None:
            name = f"{noun}_{column.name.lower()}"[:63]
            summed = f"{{dataset: {table.name.lower()}, agg: sum, expr: {column.name.lower()}}}"
            money = guesses.is_money(column)
            unit = guesses.unit_of(column) or (currency if money else column.name.lower())
            text = f"Sum of {column.name.replace('_', ' ')} over {noun} rows"
            yield name, _metric(name, text, summed, dated, clear, unit, "currency" if money else "decimal")


def _metric(name: str, text: str, measure: str, dated: str, dimensions: Sequence[str], unit: str, shape: str) -> str:
    lines = [
        f"name: {name}",
        f"label: {_text(name.replace('_', ' ').capitalize())}  {REVIEW}: what do people call it?",
        f"description: {_text(text + '.')}  {REVIEW}",
        f"formula_text: {_text(text + ', by ' + dated.lower() + '.')}",
        "type: simple",
        f"measure: {measure}  {REVIEW}: which rows do not count?",
        f"time: {{dimension: {dated.lower()}, min_grain: day, default_grain: month}}",
        "missing: zero",
        f"dimensions: {{allowed: [{', '.join(dimensions)}]}}",
        f"unit: {unit}",
        f"format: {shape}",
        f"direction: neutral  {REVIEW}",
        f"owner: To be named  {REVIEW}",
        "version: 1",
        f"last_updated: {date.today()}",
        "status: draft",
    ]
    return "\n".join(lines) + "\n"


def _text(words: str) -> str:
    """A text as YAML takes it, on one line."""
    return json.dumps(" ".join(words.split()), ensure_ascii=False)


SOURCES = f"""\
{REVIEW}: name the feeds that load these tables, how late each may be, and the totals their systems report themselves.
sources:
  - name: {SOURCE}
    system: warehouse
    owner: To be named  {REVIEW}
    warn_hours: 24
    error_hours: 30
"""
POLICIES = f"""\
# Default deny: a role sees the tables it names, and personal data only where a rule allows it.
roles:
  - name: analyst  {REVIEW}: who may see what? docs/policies.md has recipes
    description: All tables, no personal data.
    tables: ["*"]
"""
PRINCIPALS = """\
# Local users, for the command line and for stdio. Over HTTP the token decides.
users:
  - {user: you, roles: [analyst], default: true}
"""
