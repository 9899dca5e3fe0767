"""Chart → PNG. Direct labels, few lines, one palette; the same chart gives the same bytes.

A line's last point is the one the text speaks of: it alone is labelled. The year before is a thin grey line, the
expected range a bracket at the last point, marked days are rings. Bars are contributions, largest first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from agents.document import Chart, Document
from agents.facts import Fact, Period
from agents.render.canvas import Sheet, blank
from agents.render.scale import Scale, day_labels, short_number, ticks
from agents.render.words import charts_by_id, name, reads

Theme = Literal["light", "dark"]


@dataclass(frozen=True)
class Palette:
    """Colours of one theme. Words reach 4.5:1 on the background, marks 3:1."""

    background: str
    ink: str
    muted: str
    rule: str
    series: str
    before: str
    band: str
    up: str
    down: str


PALETTES: dict[Theme, Palette] = {
    "light": Palette("#ffffff", "#1b1f26", "#5a6472", "#e4e7ec", "#2f5fd0", "#98a2b3", "#2f5fd0", "#2f5fd0", "#c2570c"),
    "dark": Palette("#15181d", "#e9ecf1", "#a4adba", "#2d333c", "#86aaff", "#6f7a89", "#86aaff", "#86aaff", "#f79a5e"),
}
SPARK = "#5b82e0"
"""Reaches 3:1 on white and on the dark background, so one picture serves both."""
WIDTH, HEIGHT = 456, 200
"""Of a line chart: the page shows it a little larger, a phone a little smaller, and its words stay readable on both."""
SPARK_WIDTH, SPARK_HEIGHT = 120, 24
TEXT = 11.5
MOST_BARS = 12
ROW = 26
LEFT, TOP, BOTTOM = 2, 14, 28
HEADER = 4


def png(chart: Chart, theme: Theme = "light") -> bytes:
    """The picture of a chart. Sparklines are transparent and the same in both themes."""
    colours = PALETTES[theme]
    if chart.kind == "spark":
        with blank(SPARK_WIDTH, SPARK_HEIGHT, "") as sheet:
            _spark(sheet, chart)
            return sheet.png()
    bars = _bars(chart.bars)
    height = HEIGHT if chart.kind == "line" else max(len(bars), 1) * ROW + 2 * HEADER
    with blank(WIDTH, height, colours.background) as sheet:
        if chart.kind == "line":
            _line(sheet, chart, colours)
        else:
            _contributions(sheet, bars, chart.unit, colours)
        return sheet.png()


def pictures(document: Document, themes: Sequence[Theme] = ("light", "dark")) -> dict[str, bytes]:
    """All pictures of a document by chart id; a dark one under the id and "@dark"."""
    drawn: dict[str, bytes] = {}
    for chart in charts_by_id(document).values():
        drawn[chart.id] = png(chart)
        if "dark" in themes and chart.kind != "spark":
            drawn[f"{chart.id}@dark"] = png(chart, "dark")
    return drawn


def key(chart: Chart) -> str:
    """What the marks of a line chart mean, in words for its caption."""
    parts = [
        "grey line: the year before" if chart.before else "",
        "bracket: expected range" if chart.band else "",
        "rings: marked days" if _marks(chart) else "",
    ]
    text = "; ".join(part for part in parts if part)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _marks(chart: Chart) -> frozenset[date]:
    """Marked days that get a ring; the last one has its dot."""
    return frozenset(chart.marked) & {day for day, _ in chart.points[:-1]}


def _spark(sheet: Sheet, chart: Chart) -> None:
    if not chart.points:
        return
    across = Scale.of([day.toordinal() for day, _ in chart.points], 4, sheet.width - 6)
    up = Scale.of([float(value) for _, value in chart.points], 5, sheet.height - 5)
    path = [(across(day.toordinal()), up(float(value))) for day, value in chart.points]
    sheet.area([(path[0][0], 1), *path, (path[-1][0], 1)], SPARK, 0.13)
    sheet.line(path, SPARK, 1.6)
    sheet.dot(*path[-1], 2.6, SPARK, SPARK)


def _line(sheet: Sheet, chart: Chart, colours: Palette) -> None:
    if not chart.points:
        sheet.text(LEFT, sheet.height / 2, "No data in this period", colours.muted, TEXT)
        return
    before = aligned(chart.before, chart.points)
    heights = [float(value) for _, value in (*chart.points, *before)] + [float(edge) for edge in chart.band or ()]
    marks = ticks(min(heights), max(heights))
    tick_words = [short_number(mark, chart.unit, marks) for mark in marks]
    gutter = max(sheet.width_of(words, TEXT) for words in tick_words) + 10
    last = _told(chart.points[-1][1], chart.unit)
    notes = [(last, True), ("year before", False) if before else ("", False), ("expected", False)]
    right = max(sheet.width_of(words, TEXT, bold) for words, bold in notes if words != "expected" or chart.band) + 22
    up = Scale(marks[0], marks[-1], BOTTOM, sheet.height - TOP)
    across = Scale.of([day.toordinal() for day, _ in chart.points], LEFT + gutter, sheet.width - right)
    for mark, words in zip(marks, tick_words, strict=True):
        sheet.line([(LEFT + gutter, up(mark)), (sheet.width - right + 8, up(mark))], colours.rule)
        sheet.text(LEFT + gutter - 8, up(mark), words, colours.muted, TEXT, "right")
    for day, words in day_labels([day for day, _ in chart.points], sheet.width - right - LEFT - gutter):
        sheet.text(across(day.toordinal()), BOTTOM - 17, words, colours.muted, TEXT, "center")
    path = [(across(day.toordinal()), up(float(value))) for day, value in chart.points]
    if before:
        sheet.line([(across(day.toordinal()), up(float(value))) for day, value in before], colours.before, 1.2)
    if chart.band:
        _bracket(sheet, path[-1][0], up(float(chart.band[0])), up(float(chart.band[1])), colours)
    sheet.line(path, colours.series, 2.4)
    for x, y in (point for (day, _), point in zip(chart.points, path, strict=True) if day in _marks(chart)):
        sheet.dot(x, y, 4.2, colours.down, colours.background)
    sheet.dot(*path[-1], 4.2, colours.series, colours.series)
    labels = [(path[-1][1], last, colours.ink, True)]
    if chart.band:
        labels.append((up(float(sum(chart.band) / 2)), "expected", colours.muted, False))
    if before:
        labels.append((up(float(before[-1][1])), "year before", colours.muted, False))
    for y, words, colour, bold in spread(labels, TEXT + 5, BOTTOM, sheet.height - TEXT):
        sheet.text(path[-1][0] + 14, y, words, colour, TEXT, bold=bold)


def _bracket(sheet: Sheet, x: float, low: float, high: float, colours: Palette) -> None:
    """The expected range at the last point: a soft bar with a cap at each end."""
    sheet.area([(x - 6, low), (x + 6, low), (x + 6, high), (x - 6, high)], colours.band, 0.2)
    for edge in (low, high):
        sheet.line([(x - 6, edge), (x + 6, edge)], colours.band, 1.4)


def _contributions(sheet: Sheet, bars: Sequence[tuple[str, Decimal]], unit: str, colours: Palette) -> None:
    if not bars:
        sheet.text(LEFT, sheet.height / 2, "Nothing to show", colours.muted, TEXT)
        return
    words = [_told(value, unit, signed=True) for _, value in bars]
    names = [_fitting(sheet, label, sheet.width * 0.34) for label, _ in bars]
    value_room = max(sheet.width_of(word, TEXT, True) for word in words) + 10
    left = max(sheet.width_of(label, TEXT) for label in names) + LEFT + 14
    values = [float(value) for _, value in bars]
    low_room = value_room if min(values) < 0 else 4
    high_room = value_room if max(values) > 0 else 4
    across = Scale(min(0.0, *values), max(0.0, *values), left + low_room, sheet.width - high_room)
    for row, (label, word, value) in enumerate(zip(names, words, values, strict=True)):
        y = sheet.height - HEADER - ROW * (row + 0.5)
        colour = colours.down if value < 0 else colours.up
        end = across(value)
        sheet.area([(across(0), y - 7), (end, y - 7), (end, y + 7), (across(0), y + 7)], colour)
        sheet.text(left - 14, y, label, colours.ink, TEXT, "right")
        sheet.text(end + (-8 if value < 0 else 8), y, word, colours.ink, TEXT, "right" if value < 0 else "left", True)
    sheet.line([(across(0), HEADER), (across(0), sheet.height - HEADER)], colours.muted, 1)


def aligned(
    before: Sequence[tuple[date, Decimal]], points: Sequence[tuple[date, Decimal]]
) -> tuple[tuple[date, Decimal], ...]:
    """The year before, laid under the days it is compared with: as it is if it already lies there, else moved by the
    distance of the last days, which keeps weekdays where the series does."""
    apart = bool(before) and before[-1][0] < points[0][0]
    moved = points[-1][0] - before[-1][0] if apart else timedelta(0)
    first, last = points[0][0], points[-1][0]
    return tuple((day + moved, value) for day, value in before if first <= day + moved <= last)


def spread(
    labels: Sequence[tuple[float, str, str, bool]], gap: float, low: float, high: float
) -> list[tuple[float, str, str, bool]]:
    """Labels moved apart until none covers another; the first stays nearest to its place."""
    ordered = sorted(labels, key=lambda label: label[0])
    places = [label[0] for label in ordered]
    for _ in range(40):
        for index, (lower, upper) in enumerate(pairwise(places)):
            if upper - lower < gap:
                push = (gap - (upper - lower)) / 2
                places[index] -= push
                places[index + 1] += push
        places = [min(max(place, low), high) for place in places]
    return [(place, *label[1:]) for place, label in zip(places, ordered, strict=True)]


def _bars(bars: Sequence[tuple[str, Decimal]]) -> list[tuple[str, Decimal]]:
    """Largest rise first, largest fall last; beyond twelve the smallest become one."""
    by_size = sorted(bars, key=lambda bar: (-abs(bar[1]), bar[0]))
    if len(by_size) > MOST_BARS:
        others = by_size[MOST_BARS - 1 :]
        by_size = [*by_size[: MOST_BARS - 1], ("All others", sum((value for _, value in others), Decimal(0)))]
    return sorted(by_size, key=lambda bar: -bar[1])


def _fitting(sheet: Sheet, label: str, room: float) -> str:
    """A name, cut until it fits."""
    text = name(label)
    while sheet.width_of(text, TEXT) > room and len(text) > 2:
        text = text[:-2].rstrip() + "…"
    return text


def _told(value: Decimal, unit: str, signed: bool = False) -> str:
    """A number of a chart, in the words that the text uses for it."""
    period = Period(date.min, date.min)
    fact = Fact("f0", "", "", period, "change" if signed else "value", value, unit)
    return reads(fact, "signed" if signed else "")
