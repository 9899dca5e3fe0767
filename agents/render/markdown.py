"""Document → Markdown, for files and for clients that show it. Figures and names are escaped: data makes no markup."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.claims import Sentence
from agents.document import Cell, Document, Section, Table, Words
from agents.render.charts import key as chart_key
from agents.render.names import cid
from agents.render.plain import origin
from agents.render.words import (
    MAX_LINE,
    actions,
    cell_text,
    day_words,
    holds_figures,
    name,
    receipts,
    safe_link,
    unlinked,
    written,
)
from agents.render.words import caption as caption_of

_MARKS = re.compile(r"([\\`*_\[\]<>|#~!])")


def markdown(document: Document) -> str:
    """The whole message. Charts are pictures named like the mail's: `<cid>.png` beside the file."""
    lines = [f"# {_said(document.title, document)}", ""]
    at = day_words(document.at.date())
    lines += [" · ".join(part for part in (f"**{_data(document.heading)}**", at, _data(document.scope)) if part), ""]
    if document.label:
        lines += [f"> **⚠ {_data(document.label, MAX_LINE)}**", ""]
    for section in document.sections:
        lines += _section(section, document)
    link = safe_link(document.link)
    lines += [f"[Open the dashboard]({link})", ""] if link else []
    lines += ["---", ""]
    for note in (*document.notes, origin(document)):
        lines += [_data(note, MAX_LINE), ""]
    known = receipts(document)
    lines += ["Receipts: " + " ".join(f"`{receipt}`" for receipt in known), ""] if known else []
    return "\n".join(lines).rstrip() + "\n"


def _section(section: Section, document: Document) -> Iterator[str]:
    if section.heading:
        mark = " (needs attention)" if section.tone == "bad" else ""
        yield from (f"## {_data(section.heading)}{mark}", "")
    said, steps = actions(section, document)
    if said:
        yield from (" ".join(_said(sentence, document) for sentence in said), "")
    if steps:
        yield from (*(f"- {_said(sentence, document)}" for sentence in steps), "")
    for table in section.tables:
        if table.rows:
            yield from (*_table(table, caption_of(table, section), document), "")
    for chart in section.charts:
        if chart.kind != "spark":
            yield from (f"**{_data(chart.title)}**", "")
            yield from (f"![{_said(chart.alt, document)}]({cid(chart.id)}.png)", "")
            yield from ((chart_key(chart), "") if chart_key(chart) else ())


def _table(table: Table, caption: str, document: Document) -> Iterator[str]:
    columns = [index for index in range(len(table.columns)) if not index or any(row[index] for row in table.rows)]
    if caption:
        yield from (_data(caption), "")
    yield _row(_data(table.columns[index]) for index in columns)
    yield _row("---:" if holds_figures(table, index) else "---" for index in columns)
    for row in table.rows:
        yield _row(_cell(row[index], document) for index in columns)


def _row(cells: Iterator[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell, document: Document) -> str:
    text = _data(cell_text(cell, document.facts))
    link = safe_link(cell.href) if isinstance(cell, Words) else ""
    return f"[{text}]({link})" if link else text


def _said(sentence: Sentence, document: Document) -> str:
    return written(sentence.text, document.facts, lambda _, text: _escaped(text), _escaped)


def _data(text: str, longest: int = MAX_LINE) -> str:
    return _escaped(name(text, longest))


def _escaped(text: str) -> str:
    return _MARKS.sub(r"\\\1", unlinked(text))
