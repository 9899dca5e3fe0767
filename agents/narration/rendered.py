"""A message as it will be sent → what in it is a number without a fact: the last check, on the finished HTML and text.

Every figure stands in an element with `data-fact` and reads as that fact does; outside of those no digit is left but
dates, week numbers, links, receipts and the names that the document itself holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from agents.document import Document, Words
from agents.facts import Fact
from agents.figures import fill, shown
from agents.narration.checked import Fault
from tools.cells import clean_text

ASPECTS = ("", "signed", "when", "where", "name")
UNSEEN = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
ALLOWED = (
    re.compile(r"https?://\S+"),
    re.compile(r"\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})?)?\b"),
    re.compile(r"\b\d{4}-?W\d{2}\b|\bweek \d{1,2}\b"),
    re.compile(rf"\b{MONTH} \d{{1,2}}, \d{{4}}\b|\b\d{{1,2}} {MONTH} \d{{4}}\b"),
    re.compile(r"\b\d{2}:\d{2}\b"),
)
"""Digits that need no fact: links, moments, dates and weeks."""
VOID = frozenset(("img", "br", "hr", "meta", "link", "input", "col", "area", "base", "source", "wbr"))
SILENT = frozenset(("style", "script", "template"))
SPOKEN = ("alt", "title", "aria-label", "content")
"""Attributes that a reader may get to see or hear."""
LONGEST_WORD = 40
"""Characters of a word that is never broken in the text part."""
SHORTEST_CUT = 6
"""Characters that are left of a text that was cut."""


def check_rendered(html: str, text: str, document: Document) -> tuple[Fault, ...]:
    """All numbers of a rendered message without a fact behind them, and facts of one part that the other lacks."""
    page = _Page(html)
    found = [*_figures(page, document)]
    known = _known(document)
    loose = [*page.loose, *page.spoken]
    found += [Fault("digit", part) for part in (_left(part, known) for part in loose) if part]
    facts = {reads for fact in document.facts.values() for reads in _readings(fact)}
    plain = _one_line(text)
    found += [Fault("digit", part) for part in [_left(plain, sorted([*facts, *known], key=len, reverse=True))] if part]
    for fact, _ in dict.fromkeys(page.figures):
        if fact in document.facts and not any(reads in plain for reads in _readings(document.facts[fact])):
            found.append(Fault("missing in text", fact))
    return tuple(dict.fromkeys(found))


def _figures(page: _Page, document: Document) -> Iterator[Fault]:
    for fact, text in page.figures:
        if fact not in document.facts:
            yield Fault("unknown fact", fact)
        elif text not in _readings(document.facts[fact]):
            yield Fault("figure", f"{fact} reads {text!r}")


def _readings(fact: Fact) -> list[str]:
    """Every way a fact may read; a cell of a table may shorten "points"."""
    full = [_one_line(shown(fact, aspect)) for aspect in ASPECTS]
    return [*full, *(re.sub(r" point(s?)$", r" pt\1", text) for text in full[:2] if " point" in text)]


def _known(document: Document) -> list[str]:
    """Texts of the document that hold names, receipts and whole sentences, the longest first."""
    texts = [document.heading, document.scope, document.label, document.link, document.key, *document.notes]
    texts += [fact.receipt for fact in document.facts.values()]
    sentences = [document.title]
    for section in document.sections:
        texts += [section.heading, section.heading.upper()]
        sentences += section.sentences
        for table in section.tables:
            texts += [table.caption, *table.columns]
            texts += [cell.text for row in table.rows for cell in row if isinstance(cell, Words)]
        for chart in section.charts:
            texts.append(chart.title)
            sentences.append(chart.alt)
    texts += [fill(sentence.text, document.facts) for sentence in sentences]
    return sorted({line for text in texts if (line := _one_line(clean_text(text)))}, key=len, reverse=True)


def _left(text: str, known: list[str]) -> str:
    """What holds a digit when all that may hold one is taken away; "" where nothing does."""
    line = _one_line(text)
    if not re.search(r"\d", line):
        return ""
    numbered = [one for one in known if re.search(r"\d", one)]
    # The longest of all first, whole or cut: a short name stands in longer texts, a name cut short begins others.
    for one in sorted({*numbered, *(_cut(numbered) if "…" in line else ())}, key=len, reverse=True):
        if one.replace(" ", "") in line.replace(" ", ""):
            line = re.sub(rf"(?<!\w){_wrapped(one)}(?!\w)", " ", line)
    for pattern in ALLOWED:
        line = pattern.sub(" ", line)
    match = re.search(r".{0,20}\d.{0,20}", line)
    return match[0].strip() if match else ""


def _wrapped(one: str) -> str:
    """A pattern for a text that may have been broken over lines: inside of words only where they fit on none."""
    return " ".join(r" ?".join(map(re.escape, w)) if len(w) > LONGEST_WORD else re.escape(w) for w in one.split(" "))


def _cut(texts: list[str]) -> set[str]:
    """Every way to cut the texts short."""
    return {f"{one[:end].rstrip()}…" for one in texts for end in range(SHORTEST_CUT, len(one))}


def _one_line(text: str) -> str:
    return " ".join(UNSEEN.sub("", text).split())


class _Page(HTMLParser):
    """`figures` are (fact, text) of elements with data-fact; `loose` is all other visible text; `spoken` are attributes
    that a reader gets."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.figures: list[tuple[str, str]] = []
        self.loose: list[str] = []
        self.spoken: list[str] = []
        self._open: list[tuple[str, str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag != "meta" or named.get("name") == "description":
            self.spoken += [value for name, value in attrs if name in SPOKEN and value]
        if tag not in VOID:
            self._open.append((tag, named.get("data-fact") or ""))
            if named.get("data-fact"):
                self.figures.append((named["data-fact"] or "", ""))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if any(tag in SILENT for tag, _ in self._open):
            return
        if any(fact for _, fact in self._open):
            fact, text = self.figures[-1]
            self.figures[-1] = (fact, _one_line(f"{text}{data}"))
        else:
            self.loose.append(data)
