"""The result contract that every face of Assay shows: rows, how they were read, what they rest on, whether to trust
them. One flat model, the same over MCP, the command line and for the agents."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, WithJsonSchema

Status = Literal["ok", "needs_clarification", "refused"]
TrustState = Literal["reconciled", "unreconciled", "stale", "variance", "degraded"]
JsonCell = str | int | float | bool | None
Row = Annotated[
    list[JsonCell],
    WithJsonSchema({"type": "array", "description": "Cells in column order: string, number, boolean or null."}),
]
"""The schema leaves cells open: clients check every one of them, and `columns` already says what each holds."""


class Part(BaseModel):
    """Base of the parts of an answer."""

    model_config = ConfigDict(extra="forbid")


class AnswerColumn(Part):
    """A column: `type` is one of string, integer, decimal, float, boolean, date, timestamp; `unit` as in the
    catalog ("ratio" is a fraction of 1)."""

    name: str
    type: str
    unit: str = ""


class Citation(Part):
    """Something the answer rests on. `version` and `owner` are empty where they do not apply."""

    kind: Literal["metric", "table", "source", "playbook", "template"]
    name: str
    version: str = ""
    owner: str = ""


class SourceState(Part):
    """A feed behind the answer: its colour, age in hours at the company's now, and the limits it is held to."""

    name: str
    status: Literal["green", "amber", "red"]
    last_success: datetime | None = None
    age_hours: float | None = None
    warn_hours: float | None = None
    error_hours: float | None = None


class Trust(Part):
    """How far to trust the figures.

    reconciled: every feed behind them is fresh and tied out to its source. unreconciled: nothing to tie out to, or
    not yet. stale: a feed is late. variance: gold and source differ beyond tolerance. degraded: another check
    failed (partial load, schema drift, duplicates). `variance_pct` is in percent of the source total."""

    state: TrustState
    as_of: date | None = None
    sources: list[SourceState] = []
    variance_pct: float | None = None
    reasons: list[str] = []


class InProgress(Part):
    """Rows of an unfinished period, never mixed with the finished ones. Same columns as the answer."""

    period_start: date
    period_end: date
    through: date | None
    note: str
    rows: list[Row]


class ToolOutput(Part):
    """Fields that every tool's result has. A subclass gives all its fields a default, so that a refusal has the same
    shape. `code` is empty when `status` is ok; `receipt` is filled in by the gate."""

    status: Status = "ok"
    code: str = ""
    message: str = ""
    choices: list[str] = []
    warnings: list[str] = []
    receipt: str = ""

    def carried(self) -> int:
        """Rows of the company's data that leave with it."""
        return 0


class Answer(ToolOutput):
    """The structured content of a tool result that carries rows. `row_count` counts all rows of the result,
    `truncated` says that not all of them are in `rows` (see `next_cursor` and `warnings`)."""

    columns: list[AnswerColumn] = []
    rows: list[Row] = []
    row_count: int = 0
    truncated: bool = False
    next_cursor: str = ""
    sql: str = ""
    reading: str = ""
    scope: str = ""
    citations: list[Citation] = []
    trust: Trust | None = None
    in_progress: InProgress | None = None

    def carried(self) -> int:
        """Rows of the page and of the unfinished period."""
        return len(self.rows) + (len(self.in_progress.rows) if self.in_progress else 0)
