"""Document → text for a terminal's mail client: the same facts in the same order, tables aligned within 76 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from unicodedata import combining, east_asian_width

from agents.document import Document, Section, Table
from agents.render.words import (
    actions,
    bare,
    cell_text,
    day_words,
    holds_figures,
    name,
    receipts,
    safe_link,
    untold,
)
from agents.render.words import caption as caption_of

WIDTH = 76
GAP = 2
NARROWEST = 12
"""A column of words is not cut below this; the table is told row by row instead."""


def plain(document: Document) -> str:
    """The whole message."""
    lines = _wrapped(f"{name(document.heading)} · {day_words(document.at.date())}")
    lines += _wrapped(name(document.scope)) if document.scope else []
    if document.label:
        lines += ["", *_wrapped(f"! {name(document.label, 600)}", "  ")]
    lines += ["", *_wrapped(bare(document.title.text, document.facts)), "=" * WIDTH]
    for section in document.sections:
        lines += ["", *_section(section, document)]
    lines += ["", "-" * WIDTH]
    link = safe_link(document.link)
    lines += [f"Dashboard: {link}", ""] if link else []
    for note in document.notes:
        lines += _wrapped(name(note, 600))
    lines += _wrapped(origin(document))
    lines += _wrapped("Receipts: " + " ".join(receipts(document)), "  ") if receipts(document) else []
    return "\n".join(line.rstrip() for line in lines) + "\n"


def origin(document: Document) -> str:
    """Where the figures come from, who worded them, and how to check one."""
    if document.narrator == "template":
        by = "Every figure was computed by a recorded call."
    else:
        by = "A language model chose the words; every figure was computed by a recorded call and checked."
    return f"{by} To see one: assay receipt show NAME"


def _section(section: Section, document: Document) -> Iterator[str]:
    facts = document.facts
    if section.heading:
        mark = " (needs attention)" if section.tone == "bad" else ""
        yield from _wrapped(f"{name(section.heading).upper()}{mark}")
    said, steps = actions(section, document)
    for sentence in said:
        yield from _wrapped(bare(sentence.text, facts))
    for sentence in steps:
        yield from _wrapped(f"- {bare(sentence.text, facts)}", "  ")
    for table in section.tables:
        if table.rows:
            yield ""
            yield from _table(table, caption_of(table, section), document)
    for chart in untold(section, document):
        yield ""
        yield from _wrapped(f"[{name(chart.title)}] {bare(chart.alt.text, facts)}", "  ")


def _table(table: Table, caption: str, document: Document) -> Iterator[str]:
    """Aligned where it fits in the width, else row by row."""
    columns = [column for column in range(len(table.columns)) if _filled(table, column)]
    head = [name(table.columns[column]) for column in columns]
    body = [[cell_text(row[column], document.facts) for column in columns] for row in table.rows]
    right = [holds_figures(table, column) for column in columns]
    if caption:
        yield from _wrapped(caption)
    widths = _widths([head, *body], right)
    if widths is None:
        yield from _row_by_row(head, body)
        return
    yield _row(head, widths, right)
    yield "  ".join("-" * width for width in widths)
    for row in body:
        yield _row(row, widths, right)


def _filled(table: Table, column: int) -> bool:
    return column == 0 or any(row[column] is not None for row in table.rows)


def _widths(rows: Sequence[Sequence[str]], right: Sequence[bool]) -> list[int] | None:
    """Columns' widths; words give way to figures, the widest first. None where it cannot be done."""
    widths = [max(columns_of(row[index]) for row in rows) for index in range(len(rows[0]))]
    while sum(widths) + GAP * (len(widths) - 1) > WIDTH:
        words = [index for index, figures in enumerate(right) if not figures and widths[index] > NARROWEST]
        if not words:
            return None
        widest = max(words, key=lambda index: widths[index])
        widths[widest] -= 1
    return widths


def _row(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    return "  ".join(_padded(cell, width, to_right) for cell, width, to_right in zip(cells, widths, right, strict=True))


def _padded(text: str, width: int, to_right: bool) -> str:
    while columns_of(text) > width:
        text = text[:-2].rstrip() + "…"
    filling = " " * (width - columns_of(text))
    return filling + text if to_right else text + filling


def _row_by_row(head: Sequence[str], body: Sequence[Sequence[str]]) -> Iterator[str]:
    label = max(columns_of(column) for column in head[1:]) if len(head) > 1 else 0
    for row in body:
        yield from _wrapped(row[0])
        for column, cell in zip(head[1:], row[1:], strict=True):
            yield from _wrapped(f"  {_padded(column, label, False)}  {cell}", " " * (label + 4))


def columns_of(text: str) -> int:
    """Columns of a terminal that a text takes."""
    return sum(0 if combining(letter) else 2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _wrapped(text: str, indent: str = "") -> list[str]:
    return wrap(text, WIDTH, subsequent_indent=indent, break_on_hyphens=False) or [""]
