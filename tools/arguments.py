"""What a client sent → a tool's validated arguments, or a refusal that says what was wrong and what exists.

Validation is strict: no text for a number, no truth value for a count, no name that is not listed. Two things are
forgiven: an object or list sent as a JSON string, and null for an argument left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, TypeVar, cast, get_args

from pydantic import BaseModel, ValidationError

from catalog.refusals import BadArgument
from catalog.search import nearest

ListOfNames = tuple[str, ...]
"""Arguments of this type also take one name alone."""
Model = TypeVar("Model", bound=BaseModel)

MAX_DEPTH = 12
"""Nesting of arguments; the deepest real one is a list of values in a filter."""
MAX_BYTES = 200_000
"""All arguments of one call as JSON."""
RECORDED_CHARACTERS = 4_000
"""Longest text that goes to the audit log whole."""
SHOWN_CHARACTERS = 60
"""Longest piece of a caller's own words that is said back."""


def validated(model: type[Model], raw: Mapping[str, object]) -> Model:
    """`raw` as `model`. Raises BadArgument naming the first argument at fault."""
    known = list(model.model_fields)
    for name in raw:
        if name not in model.model_fields:
            near = nearest(name[:SHOWN_CHARACTERS], known, limit=1)
            hint = f"Did you mean '{near[0]}'?" if near else ""
            raise BadArgument(f"There is no argument '{shown(name)}'.", exists=known, hint=hint)
    given = {name: _unpacked(model, name, value) for name, value in raw.items() if value is not None}
    for name, value in given.items():
        _check_texts(name, value)
    try:
        text = json.dumps(given, allow_nan=False, ensure_ascii=False, default=_as_json)
    except (ValueError, TypeError, RecursionError) as error:
        raise BadArgument("An argument is not plain JSON (NaN, an endless number or another kind of value).") from error
    if len(text) > MAX_BYTES:
        longest = max(given, key=lambda name: len(repr(given[name])))
        raise BadArgument(f"The arguments are too large, '{longest}' most of all: at most {MAX_BYTES:,} characters.")
    try:
        return model.model_validate_json(text, strict=True)
    except ValidationError as error:
        raise _first_fault(model, error) from error


def shown(words: str) -> str:
    """A caller's own words, cut short and without anything that could act on a terminal or a page."""
    clean = "".join(c if c.isprintable() and c not in "`<>" else "�" for c in words[: SHOWN_CHARACTERS + 1])
    return clean if len(clean) <= SHOWN_CHARACTERS else clean[:SHOWN_CHARACTERS] + "…"


def for_the_record(value: object, depth: int = 0) -> Any:
    """What came in as values that the audit log can hold: texts cut to size (with their length), odd code points
    escaped, numbers that are no numbers named."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        text = value[:RECORDED_CHARACTERS].encode("utf-8", "backslashreplace").decode("utf-8")
        return text if len(value) <= RECORDED_CHARACTERS else f"{text}… ({len(value)} characters)"
    if isinstance(value, int):
        return (
            value if abs(value) < 2**63 else for_the_record(f"{value:.6e}" if abs(value) < 10**300 else "a huge number")
        )
    if depth < MAX_DEPTH and isinstance(value, Mapping):
        pairs = list(cast("Mapping[object, object]", value).items())[:100]
        return {str(for_the_record(str(k))): for_the_record(v, depth + 1) for k, v in pairs}
    if depth < MAX_DEPTH and isinstance(value, list | tuple):
        members = cast("list[object]", value)
        return [for_the_record(v, depth + 1) for v in members[:1_000]]
    return (
        for_the_record(repr(value)[:RECORDED_CHARACTERS]) if isinstance(value, float | date) else type(value).__name__
    )


def _unpacked(model: type[BaseModel], name: str, value: object) -> object:
    """A list or object that came as a JSON string, or one name for a list of names; an argument that is itself a text
    stays as it is."""
    annotation = model.model_fields[name].annotation
    kinds = (annotation, *get_args(annotation))
    if not isinstance(value, str) or str in kinds or len(value) > MAX_BYTES:
        return value
    if value.lstrip().startswith(("[", "{")):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return [value] if ListOfNames in kinds else value


def _check_texts(name: str, value: object) -> None:
    for text in _texts(value):
        if "\x00" in text:
            raise BadArgument(f"Argument '{name}' holds a NUL character.")
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise BadArgument(f"Argument '{name}' holds broken characters (not valid Unicode).") from error


def _texts(value: object, depth: int = 0) -> Iterator[str]:
    if depth > MAX_DEPTH:
        raise BadArgument("The arguments are nested too deeply.")
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, member in cast("Mapping[object, object]", value).items():
            yield str(key)
            yield from _texts(member, depth + 1)
    elif isinstance(value, list | tuple):
        for member in cast("list[object]", value):
            yield from _texts(member, depth + 1)


def _as_json(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _first_fault(model: type[BaseModel], error: ValidationError) -> BadArgument:
    fault = error.errors(include_url=False, include_input=False, include_context=True)[0]
    where = ".".join(shown(str(part)) for part in fault["loc"] if not _is_branch(part))
    if fault["type"] == "missing":
        return BadArgument(f"Argument '{where}' is missing.", exists=list(model.model_fields))
    if fault["type"] == "extra_forbidden":
        return BadArgument(f"There is no '{where}'.", hint="See the tool's input schema for what is accepted.")
    words = str(fault["msg"]).removeprefix("Value error, ")
    return BadArgument(f"Argument '{where}': {words}." if where else f"{words}.")


def _is_branch(part: int | str) -> bool:
    """Names that pydantic gives to the branches of a union, not parts of what was sent."""
    return isinstance(part, str) and (part in ("str", "int", "float", "bool") or "[" in part)
