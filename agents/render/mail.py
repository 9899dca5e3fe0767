"""Document → mail: Jinja writes MJML, MRML makes of it the tables that Outlook, Gmail and phones agree on.

Every figure stands in a `<span data-fact>`; colours never speak alone; clients that know dark mode get the dark
palette and dark charts. The text part says the same in the same order (`agents.render.plain`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache

import mrml
from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from agents.claims import Sentence, used_facts
from agents.document import Chart, Document, Figure, Section
from agents.facts import Fact
from agents.messages import RECEIPT_MARK, Image, Mail
from agents.render import charts as pictures
from agents.render import words
from agents.render.names import cid
from agents.render.plain import origin, plain
from tools.cells import clean_text

MAX_SUBJECT = 120
MAX_PREHEADER = 140
MAX_COLUMN = 28
MAX_RECEIPTS = 60
"""Receipts in small print; the rest are in the JSON beside it."""
LONGEST_KEPT = 12
TONES = {"good": "good", "bad": "bad", "neutral": ""}
LIGHT = {
    "page": "#ffffff",
    "ink": "#1b1f26",
    "muted": "#5a6472",
    "rule": "#e4e7ec",
    "good": "#0a6b3b",
    "bad": "#b3261e",
    "link": "#1f4fbf",
    "band": "#fff3d1",
    "edge": "#d99a00",
    "warning": "#5c3a00",
}
DARK = {
    "page": "#15181d",
    "ink": "#e9ecf1",
    "muted": "#a4adba",
    "rule": "#2d333c",
    "good": "#62cf8d",
    "bad": "#ff8f85",
    "link": "#8fb4ff",
    "band": "#37290a",
    "edge": "#d99a00",
    "warning": "#ffdd8a",
}
SCHEMES = (("@media (prefers-color-scheme: dark) {", "}"), ("", ""))
"""Where dark colours hold: the standard's way, and the attribute that Outlook on the web sets."""


def mail(document: Document, to: str, charts: Mapping[str, bytes]) -> Mail:
    """The finished mail. `charts` are PNGs by chart id, the dark one under the id and "@dark"
    (`agents.render.charts.pictures`); a chart without a picture is told in words."""
    return Mail(
        to=to,
        subject=subject(document),
        html=_html(document, charts),
        text=plain(document),
        images=tuple(_images(document, charts)),
        list_id=document.agent,
    )


def subject(document: Document) -> str:
    """The bottom line, on one line."""
    return _cut(words.bare(document.title.text, document.facts), MAX_SUBJECT)


def _images(document: Document, charts: Mapping[str, bytes]) -> list[Image]:
    known = words.charts_by_id(document)
    return [
        Image(cid(key), content, words.bare(known[key.removesuffix("@dark")].alt.text, document.facts))
        for key, content in charts.items()
        if key.removesuffix("@dark") in known
    ]


def _html(document: Document, charts: Mapping[str, bytes]) -> str:
    template, css = _templates()
    text = template.render(
        document=document,
        say=_Hand(document),
        css=css,
        light=LIGHT,
        tones=TONES,
        subject=subject(document),
        preheader=_preheader(document),
        drawn=charts,
        origin=origin(document),
        receipts=words.receipts(document)[:MAX_RECEIPTS],
        receipt_mark=Markup(RECEIPT_MARK),  # noqa: S704 - our own mark
    )
    return mrml.to_html(text).content


class _Hand:
    """Writes one document's parts as HTML; the template calls it `say`."""

    def __init__(self, document: Document) -> None:
        self._facts = document.facts
        self._charts = words.charts_by_id(document)
        self._document = document

    def sentence(self, sentence: Sentence) -> Markup:
        """A sentence with each figure in its own span."""
        # Escaped piece by piece; the spans are ours.
        return Markup(words.written(sentence.text, self._facts, _span, lambda text: str(escape(text))))  # noqa: S704

    def bare(self, sentence: Sentence) -> Markup:
        """A sentence for an attribute."""
        return _for_attribute(words.bare(sentence.text, self._facts))

    def title(self, text: str) -> Markup:
        """The page's title, which becomes an attribute too."""
        return _for_attribute(self.line(text))

    def facts_of(self, sentence: Sentence) -> str:
        """Ids of the facts in a sentence."""
        return " ".join(used_facts(sentence.text))

    def figure(self, cell: Figure) -> Markup:
        """A figure's cell."""
        return Markup(_span(self._facts[cell.fact], words.figure_text(cell, self._facts)))  # noqa: S704 - see sentence

    def arrow(self, cell: Figure) -> str:
        """▲ or ▼ before a movement."""
        return words.arrow(self._facts[cell.fact]) if cell.signed else ""

    def steps(self, section: Section) -> tuple[tuple[Sentence, ...], tuple[Sentence, ...]]:
        """What is so, and what to do."""
        return words.actions(section, self._document)

    def chart(self, key: str) -> Chart | None:
        """The chart of that id."""
        return self._charts.get(key)

    def name(self, text: str) -> str:
        """A member's name or a heading: one line, capped, no link."""
        return words.unlinked(words.name(text))

    def column(self, text: str) -> str:
        """A column's heading, which breaks only between words."""
        return words.unlinked(words.name(text, MAX_COLUMN))

    def line(self, text: str) -> str:
        """A label or a note: one line, no link."""
        return words.unlinked(words.name(text, words.MAX_LINE))

    def day(self, at: datetime) -> str:
        """A day as people write it."""
        return words.day_words(at.date())

    trend = staticmethod(words.with_trend)
    caption = staticmethod(words.caption)
    is_figure = staticmethod(words.is_figure)
    right = staticmethod(words.holds_figures)
    link = staticmethod(words.safe_link)
    key = staticmethod(pictures.key)
    cid = staticmethod(cid)


def _for_attribute(text: str) -> Markup:
    """A text as references to letters: MRML writes others than plain ones into attributes as `\\u{...}`."""
    plain_letters = str(escape(text)).replace("\\", "&#92;").encode("ascii", "xmlcharrefreplace").decode("ascii")
    return Markup(plain_letters)  # noqa: S704 - escaped


def _span(fact: Fact, text: str) -> str:
    """A figure; a short one never breaks over two lines."""
    kept = Markup(' class="n"') if len(text) <= LONGEST_KEPT else ""
    return str(Markup('<span data-fact="{}"{}>{}</span>').format(fact.id, kept, words.unlinked(text)))


def _preheader(document: Document) -> str:
    """The first thing said below the title: a mail client shows it beside the subject."""
    spoken = (sentence for section in document.sections for sentence in section.sentences)
    first = next(spoken, document.title)
    return _cut(words.bare(first.text, document.facts), MAX_PREHEADER)


def _cut(text: str, longest: int) -> str:
    """One line, cut between words."""
    line = clean_text(text).strip()
    if len(line) <= longest:
        return line
    head, _, _ = line[: longest - 1].rpartition(" ")
    return f"{head or line[: longest - 1]}…"


@cache
def _templates() -> tuple[Template, Markup]:
    """The mail's template and its style sheet."""
    loader = PackageLoader("agents.render")
    html = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    css = html.get_template("mail.css.j2").render(light=LIGHT, dark=DARK, schemes=SCHEMES)
    return html.get_template("mail.mjml.j2"), Markup(css)  # noqa: S704 - our own style sheet
