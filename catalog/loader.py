"""Turns a workspace's `catalog/` folder into a `Catalog`, or into the list of everything wrong with it.

Every problem names file, key path and line and says what would be right. All are reported at once: first those of the
entries' own form, then, over the whole catalog, those that the lint finds. A catalog with an error is not served.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import BaseModel, Field, ValidationError

from catalog.agents import Agents
from catalog.base import Entry
from catalog.catalog import Catalog
from catalog.company import Company
from catalog.documents import Playbook
from catalog.lint import lint
from catalog.metrics import Metric
from catalog.policies import Policies
from catalog.principals import LocalUser
from catalog.problems import CatalogError, Problem
from catalog.search import nearest
from catalog.sources import Sources
from catalog.tables import Table
from catalog.yaml_lines import Document, parse_yaml, read_yaml

__all__ = ["CatalogError", "Problem", "load_catalog"]

FENCE = "---"
Model = TypeVar("Model", bound=BaseModel)


class Users(Entry):
    """catalog/principals.yml."""

    users: tuple[LocalUser, ...] = Field(min_length=1)


def load_catalog(directory: Path, company: Company) -> Catalog:
    """Read tables/*.yml, metrics/*.yml, sources.yml, policies.yml, playbooks/*.md and, where they are there,
    principals.yml and agents.yml.

    Lint warnings are kept in `Catalog.warnings`. Raises CatalogError with every problem found."""
    reading = _Reading(directory)
    tables = reading.named(Table, "tables")
    metrics = reading.named(Metric, "metrics", plural="metrics")
    sources = reading.one(Sources, "sources.yml")
    policies = reading.one(Policies, "policies.yml")
    users = reading.optional(Users, "principals.yml")
    agents = reading.optional(Agents, "agents.yml")
    playbooks = {p.name: p for p in reading.playbooks()}
    if not tables and not reading.problems:
        reading.problems.append(Problem("tables", "", 0, "holds no table: add one YAML file a table"))
    if reading.problems or sources is None or policies is None:
        raise CatalogError(reading.problems)
    by_user = {u.user: u for u in users.users} if users else {}
    catalog = Catalog(company, tables, metrics, sources, policies, by_user, playbooks, agents or Agents())
    reading.check_inputs(catalog)
    if reading.problems:
        raise CatalogError(reading.problems)
    found = [reading.placed(problem) for problem in lint(catalog)]
    if any(problem.severity == "error" for problem in found):
        raise CatalogError(found)
    return replace(catalog, warnings=tuple(found))


class _Reading:
    """One pass over the folder, collecting problems."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.problems: list[Problem] = []
        self.documents: dict[str, Document] = {}
        self.places: dict[tuple[str, str], tuple[Document, tuple[str | int, ...]]] = {}

    def named(self, model: type[Model], folder: str, plural: str | None = None) -> dict[str, Model]:
        """Entries of one folder by name; a name that two files claim is a problem."""
        found: dict[str, Model] = {}
        for file in sorted((self.directory / folder).glob("*.y*ml")):
            document = self._document(f"{folder}/{file.name}")
            if document is None:
                continue
            for path, value in _entries(document.value, plural):
                entry = self._validated(model, document, path, value)
                if entry is None:
                    continue
                name = cast(str, getattr(entry, "name"))  # noqa: B009 - every named entry has one
                if name in found:
                    first = self.places[folder, name][0].file
                    text = f"'{name}' is already defined in {first}; rename one"
                    self.problems.append(Problem(document.file, "name", document.line((*path, "name")), text))
                found[name] = entry
                self.places[folder, name] = (document, path)
        return found

    def one(self, model: type[Model], file: str) -> Model | None:
        """The one entry of a file that must be there."""
        document = self._document(file)
        return None if document is None else self._validated(model, document, (), document.value)

    def optional(self, model: type[Model], file: str) -> Model | None:
        """The one entry of a file that may be missing."""
        return self.one(model, file) if (self.directory / file).exists() else None

    def playbooks(self) -> Iterator[Playbook]:
        """Markdown files with YAML front matter."""
        for file in sorted((self.directory / "playbooks").glob("*.md")):
            name = f"playbooks/{file.name}"
            try:
                text = file.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError):
                self.problems.append(Problem(name, "", 0, "cannot be read as UTF-8 text"))
                continue
            _, fence, rest = text.partition(f"{FENCE}\n")
            front, fence_end, body = rest.partition(f"\n{FENCE}\n")
            if not text.startswith(FENCE) or not fence or not fence_end:
                self.problems.append(
                    Problem(name, "", 1, f"begin with front matter (name, title) between {FENCE} lines")
                )
                continue
            document = parse_yaml(front, name, first_line=2)
            if isinstance(document, Problem):
                self.problems.append(document)
                continue
            given: object = document.value
            value = cast(dict[str, object], given) if isinstance(given, dict) else {}
            if book := self._validated(Playbook, document, (), {**value, "body": body.strip() + "\n"}):
                self.places["playbooks", book.name] = (document, ())
                yield book

    def check_inputs(self, catalog: Catalog) -> None:
        """Metrics may only be built on metrics that exist, without a circle: the catalog walks them."""
        for metric in catalog.metrics.values():
            for alias, part in metric.inputs_by_alias.items():
                if part.metric not in catalog.metrics:
                    close = nearest(part.metric, catalog.metrics)
                    self._at("metrics", metric.name, alias, f"no metric '{part.metric}'{_did_you_mean(close)}")

    def placed(self, problem: Problem) -> Problem:
        """A finding of the lint, which knows entries by name, with the file and line they were read from."""
        folder, _, name = problem.file.partition("/")
        if (folder, name) in self.places:
            document, start = self.places[folder, name]
        elif problem.file in self.documents:
            document, start = self.documents[problem.file], ()
        else:
            return problem
        return replace(problem, file=document.file, line=document.line(document.find(problem.path, start)))

    def _at(self, folder: str, name: str, key: str, message: str) -> None:
        document, path = self.places[folder, name]
        self.problems.append(Problem(document.file, key, document.line((*path, key)), message))

    def _document(self, file: str) -> Document | None:
        path = self.directory / file
        if not path.exists():
            self.problems.append(Problem(file, "", 0, "is missing"))
            return None
        document = read_yaml(path, file)
        if isinstance(document, Problem):
            self.problems.append(document)
            return None
        self.documents[file] = document
        return document

    def _validated(
        self, model: type[Model], document: Document, path: tuple[str | int, ...], value: object
    ) -> Model | None:
        try:
            return model.model_validate(value)
        except ValidationError as error:
            for found in error.errors(include_url=False):
                where = (*path, *found["loc"])
                text = _explained(model, found["type"], found["msg"], found["loc"], found.get("input"))
                shown = ".".join(str(part) for part in where)
                self.problems.append(Problem(document.file, shown, document.line(where), text))
            return None


def _entries(value: object, plural: str | None) -> Iterator[tuple[tuple[str | int, ...], object]]:
    if plural and isinstance(value, dict) and isinstance(listed := cast(dict[str, Any], value).get(plural), list):
        for index, item in enumerate(cast(list[object], listed)):
            yield (plural, index), item
    else:
        yield (), value


def _explained(model: type[BaseModel], kind: str, message: str, where: tuple[str | int, ...], given: object) -> str:
    if kind == "extra_forbidden":
        known = _keys_at(model, where[:-1])
        close = nearest(str(where[-1]), known)
        return f"unknown key{_did_you_mean(close) or '; known: ' + ', '.join(sorted(known))}"
    if kind == "missing":
        return "is missing"
    told = message.removeprefix("Value error, ")
    if isinstance(given, str | int | float | bool):
        return f"{told} (it is {given!r})"
    return told


def _keys_at(model: type[BaseModel], where: tuple[str | int, ...]) -> list[str]:
    """Keys that the model takes at a place, found in its JSON Schema."""
    schema = model.model_json_schema(by_alias=True)
    definitions, here = schema.get("$defs", {}), schema
    for step in where:
        here = here.get("items", here) if isinstance(step, int) else here.get("properties", {}).get(step, {})
        options = [here, *here.get("anyOf", [])]
        reference = next((o["$ref"] for o in options if "$ref" in o), None)
        if reference is None and isinstance(step, str) and isinstance(here.get("items"), dict):
            reference = here["items"].get("$ref")
            here = {"items": definitions.get(reference.rsplit("/", 1)[-1], {})} if reference else here
            continue
        if reference:
            here = definitions[reference.rsplit("/", 1)[-1]]
    return list(here.get("properties", {}))


def _did_you_mean(close: list[str]) -> str:
    return f"; did you mean {' or '.join(repr(c) for c in close)}?" if close else ""
