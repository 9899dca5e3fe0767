"""Document → Slack messages within Block Kit's limits: a short parent, and the rest as replies in its thread.

Plain dictionaries: `slack_sdk.models.blocks` costs a server's start and checks the same limits that are kept here (a
test holds the two together). Text is `verbatim`, so Slack makes no links, mentions or channels of what data says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from agents.claims import Sentence
from agents.document import Cell, Document, Section, Table, Words
from agents.messages import Image, Post
from agents.render import words
from agents.render.names import cid

Block = dict[str, Any]

MAX_BLOCKS = 49
"""One fewer than Slack takes: the message's receipt is added when it is put out."""
MAX_TEXT = 3_000
MAX_HEADER = 150
MAX_FIELDS = 10
MAX_FIELD = 2_000
MAX_ALT = 2_000
MAX_TOTAL = 12_000
"""Characters of one message: beyond it a phone shows "see more" inside a thread already."""
SHORT = 14
"""Blocks that a channel bears at once; a longer document keeps its parent short."""
MAX_RECEIPTS = 12
_MARKS = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_SHAPES = str.maketrans({"*": "∗", "`": "ˋ", "~": "∼"})
"""Letters that would shape the text around a name, and others that look the same."""


def slack(
    document: Document, channel: str, key: str = "", charts: Mapping[str, bytes] | None = None
) -> tuple[Post, ...]:
    """The parent and its replies (`reply_to` is `key`, the parent's). Pictures go with the parent."""
    head, tail = _head(document), _tail(document)
    parts = [list(_section(section, document)) for section in document.sections]
    text = _cut(_escaped(_notice(document)), MAX_TEXT)
    images = tuple(_images(document, charts or {}))
    whole = [*head, *(block for part in parts for block in part), *tail]
    if len(whole) <= SHORT and _letters(whole) <= MAX_TOTAL:
        return (Post(channel, text, tuple(whole), images),)
    steps = [
        block
        for index, section in enumerate(document.sections)
        if index and _is_next(section, document)
        for block in parts[index]
    ]
    rest = [
        block
        for index, section in enumerate(document.sections)
        if index and not _is_next(section, document)
        for block in parts[index]
    ]
    first, *more = _packed([*head, *(parts[0] if parts else []), *steps, *tail])
    replies = [*more, *_packed(rest)]
    heading = _escaped(words.name(document.heading))
    return (
        Post(channel, text, tuple(first), images),
        *(Post(channel, f"{heading}, more", tuple(reply), reply_to=key) for reply in replies),
    )


def _notice(document: Document) -> str:
    """What a notification or a screen reader says: the warning and the bottom line."""
    title = words.bare(document.title.text, document.facts)
    return f"{words.name(document.label, words.MAX_LINE)} {title}".strip()


def _head(document: Document) -> list[Block]:
    """The bottom line, the occasion and the warning."""
    title = words.unlinked(words.bare(document.title.text, document.facts))
    blocks: list[Block] = [
        {"type": "header", "text": {"type": "plain_text", "text": _cut(title, MAX_HEADER), "emoji": False}}
    ]
    if len(title) > MAX_HEADER:
        blocks.append(_text(_said(document.title, document)))
    at = f"{document.at:%A}, {words.day_words(document.at.date())}"
    blocks.append(_context(" · ".join(filter(None, (_data(document.heading), at, _data(document.scope))))))
    if document.label:
        blocks.append(_text(f":warning: *{_data(document.label, words.MAX_LINE)}*"))
    return blocks


def _tail(document: Document) -> list[Block]:
    """The way to the dashboard, the notes, and what the figures rest on."""
    blocks: list[Block] = []
    link = words.safe_link(document.link)
    if link:
        blocks.append(_text(f"<{link.translate(_MARKS)}|Open the dashboard>"))
    known = words.receipts(document)
    shown = [f"`{_escaped(receipt)}`" for receipt in known[:MAX_RECEIPTS]]
    more = " and others" if len(known) > MAX_RECEIPTS else ""
    lines = [_data(note, words.MAX_LINE) for note in document.notes]
    lines += [f"Trust: {', '.join(_trust(document))}"] if _trust(document) else []
    lines += [f"Receipts: {' '.join(shown)}{more}"] if shown else []
    return [*blocks, _context(_cut("\n".join(lines), MAX_FIELD))] if lines else blocks


def _trust(document: Document) -> list[str]:
    states = (document.facts[fact].trust for fact in words.fact_ids(document))
    return [_data(state) for state in dict.fromkeys(states) if state]


def _section(section: Section, document: Document) -> Iterator[Block]:
    """Heading and sentences, then each table's rows as fields, then the steps."""
    said, steps = words.actions(section, document)
    mark = " :red_circle: needs attention" if section.tone == "bad" else ""
    heading = f"*{_data(section.heading)}*{mark}" if section.heading else ""
    lines = [_said(sentence, document) for sentence in said]
    bullets = [f"•  {_said(sentence, document)}" for sentence in steps]
    charts = words.untold(section, document)
    together = " ".join(lines)
    prose = lines if len(together) > MAX_TEXT else [together]
    yield from _paragraphs([line for line in (heading, *prose, *bullets) if line])
    for table in section.tables:
        yield from _fields(table, words.caption(table, section), document)
    yield from _paragraphs([f"_{_data(chart.title)}:_ {_said(chart.alt, document)}" for chart in charts])


def _is_next(section: Section, document: Document) -> bool:
    """Does it say what to do? Steps are sentences, or a table of one column."""
    return bool(words.actions(section, document)[1]) or any(len(table.columns) == 1 for table in section.tables)


def _fields(table: Table, caption: str, document: Document) -> Iterator[Block]:
    table = words.with_trend(table)
    if caption and table.rows:
        yield _context(_data(caption))
    if table.spark and table.rows:
        yield _context(" · ".join(_data(column) for column in table.columns[1:-1]))
    if len(table.columns) == 1:
        yield from _paragraphs([f"•  {_cell(row[0], document)}" for row in table.rows])
        return
    for start in range(0, len(table.rows), MAX_FIELDS):
        rows = table.rows[start : start + MAX_FIELDS]
        yield {"type": "section", "fields": [_mrkdwn(_field(row, table, document)) for row in rows]}


def _field(row: Sequence[Cell], table: Table, document: Document) -> str:
    """A row: its name, then its cells; named by their columns, except in the table of figures that has a legend."""
    cells = [
        (column, _cell(cell, document))
        for column, cell in zip(table.columns[1:], row[1:], strict=True)
        if cell and cell != Words("")
    ]
    if table.spark:
        rest = " · ".join(text for _, text in cells)
    else:
        rest = "\n".join(f"{_data(column)}: {text}" for column, text in cells)
    return _cut(f"*{_cell(row[0], document)}*\n{rest}", MAX_FIELD)


def _cell(cell: Cell, document: Document) -> str:
    text = _data(words.cell_text(cell, document.facts))
    link = words.safe_link(cell.href) if isinstance(cell, Words) else ""
    return f"<{link.translate(_MARKS)}|{text}>" if link else text


def _paragraphs(lines: Sequence[str]) -> Iterator[Block]:
    """Lines, joined into as few sections as the limit allows."""
    held = ""
    for line in (_cut(line, MAX_TEXT) for line in lines):
        if held and len(held) + 1 + len(line) > MAX_TEXT:
            yield _text(held)
            held = ""
        held = f"{held}\n{line}" if held else line
    if held:
        yield _text(held)


def _packed(blocks: Iterable[Block]) -> Iterator[list[Block]]:
    """Messages of at most so many blocks and twelve thousand characters."""
    held: list[Block] = []
    for block in blocks:
        if held and (len(held) == MAX_BLOCKS or _letters([*held, block]) > MAX_TOTAL):
            yield held
            held = []
        held = [*held, block]
    if held:
        yield held


def _letters(blocks: Iterable[Block]) -> int:
    return sum(len(str(block)) for block in blocks)


def _images(document: Document, charts: Mapping[str, bytes]) -> Iterator[Image]:
    """Pictures on light ground; a sparkline alone says nothing in a channel."""
    for chart in words.charts_by_id(document).values():
        if chart.kind != "spark" and chart.id in charts:
            yield Image(cid(chart.id), charts[chart.id], _cut(words.bare(chart.alt.text, document.facts), MAX_ALT))


def _said(sentence: Sentence, document: Document) -> str:
    return words.written(sentence.text, document.facts, lambda _, text: _escaped(text), _escaped)


def _data(text: str, longest: int = words.MAX_NAME) -> str:
    return _escaped(words.name(text, longest))


def _escaped(text: str) -> str:
    return words.unlinked(text).translate(_SHAPES).translate(_MARKS)


def _cut(text: str, longest: int) -> str:
    """The text within a limit, never in the middle of an escaped letter."""
    if len(text) <= longest:
        return text
    head = text[: longest - 1]
    start = head.rfind("&", len(head) - 5)
    return (head[:start] if start >= 0 and ";" not in head[start:] else head) + "…"


def _mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _text(text: str) -> Block:
    return {"type": "section", "text": _mrkdwn(text)}


def _context(text: str) -> Block:
    return {"type": "context", "elements": [_mrkdwn(text)]}
