"""Templates and cells → text for any format: every figure goes through `figure`, everything else through `plain`.

Member names are data: one visible line, capped, and nothing that a mail client or Slack would turn into a link.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date

from agents.claims import PLACEHOLDER, Sentence, used_facts
from agents.document import Cell, Chart, Document, Figure, Section, Table, Words
from agents.facts import Fact
from agents.figures import MINUS, shown
from tools.cells import clean_text

MAX_NAME = 90
"""Characters of a cell or a slice in words: two lines of a mail's table."""
MAX_LINE = 600
"""Characters of a heading, a label or a note: no honest one is longer."""

TREND = "Trend"
SAFE_LINK = re.compile(r"https?://[^\s<>\"'|]{1,2000}")
_LINKABLE = re.compile(r"@(?=\S)|(?<=[^\d\s.])[.:](?=[^\s.])|(?<=\d)[.:](?=[^\d\s.])")
_POINTS = re.compile(r" (p)oin(ts?)$")
_UNJOINED = "\u200c"

Write = Callable[[Fact, str], str]
"""Writes one fact, given how it reads."""


def written(template: str, facts: Mapping[str, Fact], figure: Write, plain: Callable[[str], str] = str) -> str:
    """A sentence's template with its figures filled in. Raises KeyError where a fact is unknown."""
    parts: list[str] = []
    end = 0
    for match in PLACEHOLDER.finditer(template):
        fact = facts[match[1]]
        parts += [plain(clean_text(template[end : match.start()])), figure(fact, reads(fact, match[2] or ""))]
        end = match.end()
    return "".join((*parts, plain(clean_text(template[end:]))))


def reads(fact: Fact, aspect: str = "") -> str:
    """How a fact reads. Its slice and label hold names, so they are cleaned and capped like names."""
    text = shown(fact, aspect)
    return name(text) if aspect in ("where", "name") else text


def bare(template: str, facts: Mapping[str, Fact]) -> str:
    """A sentence as it stands in a subject line, an alternative text or a terminal."""
    return written(template, facts, lambda _, text: text)


def name(text: str, longest: int = MAX_NAME) -> str:
    """A member's name: one visible line, cut at `longest`."""
    line = clean_text(text).strip()
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def unlinked(text: str) -> str:
    """The same letters with an unseen joint wherever a client would see an address, so that it makes no link of it."""
    return _LINKABLE.sub(rf"\g<0>{_UNJOINED}", text)


def day_words(day: date) -> str:
    """November 16, 2026: as dates read in sentences."""
    return f"{day:%B} {day.day}, {day.year}"


def safe_link(href: str) -> str:
    """The address if it is a web address, else nothing."""
    return href if SAFE_LINK.fullmatch(href) else ""


def arrow(fact: Fact) -> str:
    """Up, down, or nothing where the movement rounds to none."""
    return {"+": "▲", MINUS: "▼"}.get(shown(fact, "signed")[:1], "")


def figure_text(cell: Figure, facts: Mapping[str, Fact]) -> str:
    """A figure's cell without its arrow; points are short in a column."""
    return _POINTS.sub(r" \1\2", reads(facts[cell.fact], "signed" if cell.signed else ""))


def cell_text(cell: Cell, facts: Mapping[str, Fact], absent: str = "–") -> str:
    """A cell in plain text, with an arrow where it tells a movement."""
    if cell is None:
        return absent
    if isinstance(cell, Words):
        return name(cell.text) or absent
    text = figure_text(cell, facts)
    return f"{arrow(facts[cell.fact])} {text}".lstrip() if cell.signed else text


def is_figure(cell: Cell) -> bool:
    """Whether a cell shows a fact."""
    return isinstance(cell, Figure)


def holds_figures(table: Table, column: int) -> bool:
    """Whether a column is of figures, and so is set to the right."""
    return any(column < len(row) and is_figure(row[column]) for row in table.rows)


def with_trend(table: Table) -> Table:
    """A table with sparklines has a last column of its own for them, whatever its author called the last of figures."""
    if not table.spark or table.columns[-1] in ("", TREND):
        return table
    rows = tuple((*row, None) for row in table.rows)
    return replace(table, columns=(*table.columns, TREND), rows=rows)


def caption(table: Table, section: Section) -> str:
    """What stands above a table, unless the section's heading has just said it."""
    return "" if table.caption == section.heading else name(table.caption)


def actions(section: Section, document: Document) -> tuple[tuple[Sentence, ...], tuple[Sentence, ...]]:
    """The sentences of a section: what is so, and what to do (a list of steps)."""

    def is_step(sentence: Sentence) -> bool:
        return any(document.claims[claim].kind == "action" for claim in sentence.claims if claim in document.claims)

    return (
        tuple(sentence for sentence in section.sentences if not is_step(sentence)),
        tuple(sentence for sentence in section.sentences if is_step(sentence)),
    )


def untold(section: Section, document: Document) -> tuple[Chart, ...]:
    """The section's charts whose finding no sentence has told: text without pictures must tell it itself."""
    told = {document.title.text, *(sentence.text for sentence in section.sentences)}
    return tuple(chart for chart in section.charts if chart.kind != "spark" and chart.alt.text not in told)


def charts_by_id(document: Document) -> dict[str, Chart]:
    """All charts of a document, sparklines included."""
    return {chart.id: chart for section in document.sections for chart in section.charts}


def fact_ids(document: Document) -> tuple[str, ...]:
    """Ids of the facts that a reader sees, in order, each once."""
    return tuple(dict.fromkeys(_fact_ids(document)))


def receipts(document: Document) -> tuple[str, ...]:
    """The calls behind the figures that a reader sees, in the order they are met."""
    seen = (document.facts[fact].receipt for fact in fact_ids(document))
    return tuple(dict.fromkeys(receipt for receipt in seen if receipt))


def _fact_ids(document: Document) -> Iterator[str]:
    yield from used_facts(document.title.text)
    for section in document.sections:
        for sentence in section.sentences:
            yield from used_facts(sentence.text)
        for table in section.tables:
            yield from _of_table(table)
        for chart in section.charts:
            yield from used_facts(chart.alt.text)


def _of_table(table: Table) -> Iterator[str]:
    for row in table.rows:
        yield from (cell.fact for cell in row if isinstance(cell, Figure))
