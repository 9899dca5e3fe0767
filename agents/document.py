"""What an agent has to say, before anybody decides how it looks: sections of sentences, tables of facts, charts.

Every number is a fact's id. The renderers (mail, Slack, Markdown, JSON) all read this one model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from agents.claims import Claim, Sentence
from agents.facts import Fact


@dataclass(frozen=True)
class Figure:
    """A cell that shows a fact. `signed` keeps the sign; `tone` colours it (never by colour alone: the sign or an arrow
    says it too)."""

    fact: str
    signed: bool = False
    tone: Literal["good", "bad", "neutral"] = "neutral"


@dataclass(frozen=True)
class Words:
    """A cell, caption or heading in words that hold no number; names of members are data, not text."""

    text: str
    href: str = ""


Cell = Figure | Words | None


@dataclass(frozen=True)
class Table:
    """`columns` are headings; each row has as many cells; the first cell is the row's heading. `spark` is, by row
    number, the id of a chart to show in the last column."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    spark: Mapping[int, str] = field(default_factory=dict[int, str])


@dataclass(frozen=True)
class Chart:
    """A picture of a series. `alt` states the finding. `kind` line: points over time with an optional expected band
    (low, high) at the last point and the year before as a thin line; spark: the same without axes; bars:
    contributions by label, signed."""

    id: str
    kind: Literal["line", "spark", "bars"]
    title: str
    alt: Sentence
    unit: str
    points: tuple[tuple[date, Decimal], ...] = ()
    before: tuple[tuple[date, Decimal], ...] = ()
    band: tuple[Decimal, Decimal] | None = None
    bars: tuple[tuple[str, Decimal], ...] = ()
    marked: tuple[date, ...] = ()


@dataclass(frozen=True)
class Section:
    """One part of the message. `id` is stable ("kpis"); `tone` bad draws attention."""

    id: str
    heading: str
    sentences: tuple[Sentence, ...] = ()
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()
    tone: Literal["good", "bad", "neutral"] = "neutral"


@dataclass(frozen=True)
class Document:
    """A whole message. `title` is the bottom line and becomes the subject; `label` warns ("Data incomplete: ...") or is
    empty; `scope` says which rows were seen ("" is all); `notes` close it (definitions, how to reply)."""

    agent: str
    key: str
    heading: str
    title: Sentence
    at: datetime
    sections: tuple[Section, ...]
    facts: Mapping[str, Fact]
    claims: Mapping[str, Claim]
    label: str = ""
    scope: str = ""
    link: str = ""
    notes: tuple[str, ...] = ()
    narrator: str = "template"
