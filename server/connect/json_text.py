"""Sets or removes one member of a JSON object inside a text, and leaves every other character as it is.

A person's configuration keeps its order, its spacing and its line ends; a parser and a printer would lose them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NoReturn, cast

SPACE = re.compile(r"[ \t\r\n]*")
DEFAULT_INDENT = "  "


class JsonTextError(ValueError):
    """The text is not one JSON object, or not one that can be changed without guessing."""


@dataclass(frozen=True)
class Member:
    """One member of an object: where its name begins, where its value begins and ends."""

    name: str
    start: int
    value_start: int
    end: int


def read_object(text: str) -> dict[str, Any]:
    """The object that a text holds; an empty text holds an empty one.

    Raises JsonTextError with line and column where it is no JSON, where it holds something else, or where an object
    has a name twice (which of the two counts is a guess)."""
    if not text.strip():
        return {}
    try:
        found: object = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise JsonTextError(f"line {error.lineno}, column {error.colno}: {error.msg}") from error
    except RecursionError as error:
        raise JsonTextError("it is nested too deeply") from error
    if not isinstance(found, dict):
        raise JsonTextError("it holds no object")
    return cast("dict[str, Any]", found)


def with_member(text: str, path: tuple[str, ...], value: Mapping[str, object]) -> str:
    """The text with the member at `path` set to `value`; objects on the way are added where they are missing.

    `text` is one that `read_object` accepts. Raises JsonTextError where something on the way is not an object."""
    if not text.strip():
        text = "{}\n"
    return _set(text, _after_space(text, 0), path, value, 0)


def without_member(text: str, path: tuple[str, ...]) -> str:
    """The text without the member at `path`; unchanged where there is none."""
    start = _after_space(text, 0)
    for name in path[:-1]:
        found = _named(text, start, name)
        if found is None:
            return text
        start = found.value_start
    members = list(_members(text, start))
    for before, member in pairwise([None, *members]):
        if member is not None and member.name == path[-1]:
            return _cut(text, start, before, member, is_last=member is members[-1])
    return text


def _cut(text: str, opening: int, before: Member | None, member: Member, *, is_last: bool) -> str:
    if not is_last:
        comma = text.index(",", member.end)
        return text[: member.start] + text[_after_space(text, comma + 1) :]
    if before is not None:
        return text[: before.end] + text[member.end :]
    closing = _after_space(text, member.end)
    return text[: opening + 1] + text[closing:]


def _set(text: str, start: int, path: tuple[str, ...], value: Mapping[str, object], depth: int) -> str:
    if text[start] != "{":
        raise JsonTextError("what stands in the way is not an object")
    name, *rest = path
    members = list(_members(text, start))
    found = next((m for m in members if m.name == name), None)
    if found is not None and rest:
        return _set(text, found.value_start, tuple(rest), value, depth + 1)
    new: object = value
    for inner in reversed(rest):
        new = {inner: new}
    layout = _layout(text, start, members, depth)
    printed = _printed(new, layout)
    if found is not None:
        return text[: found.value_start] + printed + text[found.end :]
    added = f"{json.dumps(name, ensure_ascii=False)}: {printed}"
    if members:
        last = members[-1].end
        return f"{text[:last]},{layout.gap}{added}{text[last:]}"
    closing = text.index("}", start)
    return f"{text[: start + 1]}{layout.gap}{added}{layout.closing}{text[closing:]}"


@dataclass(frozen=True)
class _Layout:
    """How an object is laid out: what stands before a member, before the closing brace, and one step of indent
    (empty where all stands on one line)."""

    gap: str
    closing: str
    indent: str
    newline: str


def _layout(text: str, start: int, members: list[Member], depth: int) -> _Layout:
    newline = "\r\n" if "\r\n" in text else "\n"
    own = _indent_before(text, start)
    if members:
        gap = text[start + 1 : members[0].start]
        if "\n" not in gap:
            return _Layout(" " if len(members) > 1 or not gap else gap, "", "", newline)
        step = gap.rpartition("\n")[2]
        indent = step[len(own) :] if step.startswith(own) and len(step) > len(own) else DEFAULT_INDENT
        return _Layout(gap, "", indent, newline)
    if depth and "\n" not in text.strip():
        return _Layout("", "", "", newline)
    indent = _first_indent(text)
    return _Layout(f"{newline}{own}{indent}", f"{newline}{own}", indent, newline)


def _indent_before(text: str, position: int) -> str:
    """The blank beginning of the line that a position stands on."""
    line = text[text.rfind("\n", 0, position) + 1 : position]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _first_indent(text: str) -> str:
    found = re.search(r"\n([ \t]+)\S", text)
    return found[1] if found else DEFAULT_INDENT


def _printed(value: object, layout: _Layout) -> str:
    if not layout.indent:
        return json.dumps(value, ensure_ascii=False)
    base = layout.gap.rpartition("\n")[2]
    lines = json.dumps(value, indent=layout.indent, ensure_ascii=False).split("\n")
    return f"{layout.newline}{base}".join(lines)


def _members(text: str, start: int) -> Iterator[Member]:
    """The members of the object that begins at `start`, in their order."""
    decoder = json.JSONDecoder()
    at = _after_space(text, start + 1)
    while text[at] != "}":
        name, after = decoder.raw_decode(text, at)
        value_start = _after_space(text, _after_space(text, after) + 1)
        _, end = decoder.raw_decode(text, value_start)
        yield Member(str(name), at, value_start, end)
        at = _after_space(text, end)
        if text[at] == ",":
            at = _after_space(text, at + 1)


def _named(text: str, start: int, name: str) -> Member | None:
    if text[start] != "{":
        raise JsonTextError("what stands in the way is not an object")
    return next((m for m in _members(text, start) if m.name == name), None)


def _after_space(text: str, at: int) -> int:
    found = SPACE.match(text, at)
    return found.end() if found else at


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise JsonTextError(f"'{twice}' stands twice in one object")
    return made


def _no_constant(name: str) -> NoReturn:
    raise JsonTextError(f"{name} is not JSON")
