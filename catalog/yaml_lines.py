"""YAML that remembers on which line each value stands, and refuses a key written twice."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from catalog.problems import Problem

Path_ = tuple[str | int, ...]
NAMES = ("name", "user")
"""Keys by which the entries of a list are called."""
BOOLEAN = "tag:yaml.org,2002:bool"
FastLoader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same parser in C where PyYAML was built with it: ten times as fast."""


class PlainLoader(FastLoader):
    """Safe YAML in which only `true` and `false` are booleans: the key `on` and the country `NO` stay words."""


PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rules if tag != BOOLEAN]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
PlainLoader.add_implicit_resolver(  # pyright: ignore[reportUnknownMemberType] - the stubs leave it untyped
    BOOLEAN, re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


@dataclass(frozen=True)
class Document:
    """Plain values of one file, and the line of each key path."""

    file: str
    value: Any
    lines: dict[Path_, int]

    def line(self, path: Path_) -> int:
        """Line of the value at `path`, or of the nearest thing above it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def find(self, keys: str, start: Path_ = ()) -> Path_:
        """The path of "roles.finance.rows.0" from `start`, as far as it can be followed; entries of a list go by index,
        `name` or `user`."""
        here: Any = self.value
        for step in start:
            here = here[step]
        path = start
        while keys:
            step = next((s for s in _steps(here) if keys == str(s[0]) or keys.startswith(f"{s[0]}.")), None)
            if step is None:
                break
            word, key, here = step
            path, keys = (*path, key), keys[len(str(word)) + 1 :]
        return path


def read_yaml(path: Path, name: str) -> Document | Problem:
    """The file's value with its lines, or what is wrong with it. `name` is how the file is called in problems."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        return Problem(name, "", 0, f"is not UTF-8 (byte {error.start}); save it as UTF-8")
    except OSError as error:
        return Problem(name, "", 0, f"cannot be read: {error.strerror}")
    return parse_yaml(text, name)


def parse_yaml(text: str, name: str, first_line: int = 1) -> Document | Problem:
    """As `read_yaml`, from text that begins at `first_line` of the file."""
    lines: dict[Path_, int] = {}
    try:
        loader = PlainLoader(text)
        node = loader.get_single_node()
        if node is None:
            return Problem(name, "", first_line, "is empty")
        _walk(node, (), lines, first_line)
        return Document(name, loader.construct_document(node), lines)
    except _WrittenTwice as error:
        return Problem(name, error.key, error.line, "is written twice; keep one")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return Problem(name, "", mark.line + first_line if mark else 0, f"is not valid YAML: {error.problem}")
    except (yaml.YAMLError, ValueError) as error:
        return Problem(name, "", 0, f"is not valid YAML: {error}")


def _steps(value: Any) -> list[tuple[str | int, str | int, Any]]:
    """(how a problem calls it, key or index, value) of everything one step below `value`."""
    if isinstance(value, dict):
        return [(key, key, below) for key, below in cast(dict[str, Any], value).items()]
    if not isinstance(value, list):
        return []
    listed = list(enumerate(cast(list[Any], value)))
    mappings = [(index, cast(dict[str, Any], item)) for index, item in listed if isinstance(item, dict)]
    named = [(item[name], index, item) for index, item in mappings for name in NAMES if name in item]
    return [*named, *((index, index, item) for index, item in listed)]


class _WrittenTwice(Exception):
    def __init__(self, key: str, line: int) -> None:
        super().__init__(key)
        self.key, self.line = key, line


def _walk(node: yaml.Node, path: Path_, lines: dict[Path_, int], first: int, above: tuple[yaml.Node, ...] = ()) -> None:
    if any(node is outer for outer in above):
        raise yaml.MarkedYAMLError(problem="it refers to itself", problem_mark=node.start_mark)
    lines[path], above = node.start_mark.line + first, (*above, node)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*path, str(key.value))
            if here in lines:
                raise _WrittenTwice(".".join(map(str, here)), key.start_mark.line + first)
            _walk(value, here, lines, first, above)
            lines[here] = key.start_mark.line + first
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _walk(item, (*path, index), lines, first, above)
