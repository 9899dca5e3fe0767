"""What a tool is: a name and words for people, strict arguments, a flat result, and one function that runs it.

A tool sees one `Call`: who asks, what they may see, the company's now and the time left. It never writes the audit
log itself: it returns, with its result, the `Trace` of what it read, and the gate records it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar, Generic, TypeVar, cast

from pydantic import BaseModel, ConfigDict

from catalog.access import Access
from catalog.company_calendar import CompanyCalendar
from catalog.principals import Principal
from tools.answer import ToolOutput
from tools.services import Services
from warehouse.deadline import Deadline
from warehouse.purpose import UNTOLD, Purpose

PAGE_ROWS = 100
"""Rows of one page, for callers who read text."""


class ToolArguments(BaseModel):
    """Base of every tool's arguments: what is not listed is refused by name."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class Trace:
    """What a call read, for its audit record. `request`: arguments of the same tool as JSON values, with what was
    read from words or from the calendar filled in, so that the receipt can be run again (empty: as they came in).
    `columns` are "table.column"; `result_hash` covers every row, not only the page shown (empty: the gate hashes the
    structured content); `watermark` is the warehouse's when it was read; `cached` says that the rows were read by an
    earlier call with the same SQL, rights and data."""

    request: Mapping[str, Any] = field(default_factory=dict[str, Any])
    sql: str = ""
    metrics: tuple[str, ...] = ()
    tables: frozenset[str] = frozenset()
    columns: frozenset[str] = frozenset()
    rows: int = 0
    result_hash: str = ""
    scope: str = ""
    watermark: str = ""
    cached: bool = False


@dataclass(frozen=True)
class Output:
    """A tool's result in both channels: `result` becomes the structured content, `text` stands alone beside it."""

    result: ToolOutput
    text: str
    trace: Trace = Trace()

    @property
    def rows(self) -> int:
        """Rows that the answer carries."""
        return self.result.carried()

    @property
    def size(self) -> int:
        """Bytes of the structured content as JSON."""
        return len(self.result.model_dump_json().encode())


@dataclass(frozen=True)
class Call:
    """One call, past identity and validation."""

    services: Services
    access: Access
    calendar: CompanyCalendar
    deadline: Deadline
    page_rows: int = PAGE_ROWS
    fresh: bool = False
    """Read the warehouse even where the same answer is kept (a receipt is being verified)."""
    purpose: Purpose = UNTOLD

    @property
    def principal(self) -> Principal:
        """Who asks."""
        return self.access.principal


ArgumentsT = TypeVar("ArgumentsT", bound=ToolArguments)


class Tool(Generic[ArgumentsT]):
    """Base of all tools. A tool has no state; a refusal is raised (catalog.refusals), never returned."""

    name: ClassVar[str]
    title: ClassVar[str]
    description: ClassVar[str]
    reads_rows: ClassVar[bool] = False
    """Asks the warehouse for gold rows: its calls count as queries."""
    Arguments: type[ArgumentsT]
    Result: ClassVar[type[ToolOutput]]

    def prepare(self) -> None:
        """Load what the tool needs and only some calls pay for; done before the deadline begins."""

    def run(self, arguments: ArgumentsT, call: Call) -> Output:
        """Answer one call. Raises Refusal."""
        raise NotImplementedError

    def input_schema(self) -> dict[str, Any]:
        """JSON Schema of the arguments: one flat object; an optional argument is left out, never null."""
        return _input_schema(self.Arguments)

    def output_schema(self) -> dict[str, Any]:
        """JSON Schema of the structured content: one flat object."""
        return _output_schema(self.Result)


AnyTool = Tool[Any]


@cache
def _input_schema(model: type[BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema(mode="validation")
    for part in schema["properties"].values():
        _without_null(part)
    return schema


@cache
def _output_schema(model: type[BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema(mode="serialization")
    _with_type_lists(schema)
    return schema


def _without_null(part: dict[str, Any]) -> None:
    """An argument that may be left out need not offer null as well: models then do not send it."""
    kinds: list[dict[str, Any]] = part.get("anyOf", [])
    named = [kind for kind in kinds if kind.get("type") != "null"]
    if len(named) == len(kinds):
        return
    if part.get("default", ...) is None:
        del part["default"]
    if len(named) == 1:
        del part["anyOf"]
        part.update({**named[0], **part})
    else:
        part["anyOf"] = named


def _with_type_lists(part: Any) -> None:
    """Write a choice of plain types as one `type` list: clients check every cell of every answer against it, and a
    list is checked ten times as fast as a choice."""
    if isinstance(part, list):
        for each in cast("list[Any]", part):
            _with_type_lists(each)
    if not isinstance(part, dict):
        return
    schema = cast("dict[str, Any]", part)
    kinds: list[dict[str, Any]] = schema.get("anyOf", [])
    if kinds and all(set(kind) == {"type"} for kind in kinds):
        del schema["anyOf"]
        schema["type"] = [kind["type"] for kind in kinds]
    for each in schema.values():
        _with_type_lists(each)
