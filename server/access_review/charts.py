"""Charts of the review as SVG inside the page: they take the page's colours, light or dark, and print sharp."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from server.access_review.review import Week

WIDE, HALF = 960, 440
"""Of a chart over the whole page and over half of it: about as many units as pixels, so that words keep their size."""
TALL = 120
"""Height of the bars of a week chart, in page pixels."""
ROW = 26
LABEL = 130
MOST_BARS = 10


def weeks_chart(weeks: Sequence[Week]) -> str:
    """Calls by week: answered below, not answered on top."""
    most = max((w.answered + w.refused for w in weeks), default=0)
    if not most:
        return ""
    step = WIDE / len(weeks)
    parts: list[str] = []
    for index, week in enumerate(weeks):
        x, width = index * step + step * 0.14, step * 0.72
        good, bad = TALL * week.answered / most, TALL * week.refused / most
        total = week.answered + week.refused
        if week.answered:
            parts.append(_bar("good", x, 18 + TALL - good, width, good))
        if week.refused:
            parts.append(_bar("bad", x, 18 + TALL - good - bad, width, bad))
        if total:
            parts.append(_text("value", x + width / 2, 13 + TALL - good - bad, f"{total:,}"))
        parts.append(_text("axis", x + width / 2, TALL + 34, f"{week.start:%d %b}"))
    parts.append(f'<line class="rule" x1="0" x2="{WIDE}" y1="{TALL + 18}" y2="{TALL + 18}"/>')
    told = "; ".join(f"week of {w.start:%d %b}: {w.answered} answered, {w.refused} not" for w in weeks)
    return _picture(WIDE, TALL + 42, f"Calls by week. {told}.", parts)


def bars_chart(title: str, values: Mapping[str, int], unit: str) -> str:
    """Bars side on, largest first."""
    shown = sorted(values.items(), key=lambda each: (-each[1], each[0]))[:MOST_BARS]
    most = max((number for _, number in shown), default=0)
    if not most:
        return ""
    parts: list[str] = []
    for index, (name, number) in enumerate(shown):
        y = index * ROW
        width = (HALF - LABEL - 50) * number / most
        parts.append(_text("name", LABEL - 10, y + 17, name))
        parts.append(_bar("good", LABEL, y + 4, max(width, 1), ROW - 9))
        parts.append(_text("count", LABEL + width + 8, y + 17, f"{number:,}"))
    told = "; ".join(f"{name}: {number} {unit}" for name, number in shown)
    return _picture(HALF, len(shown) * ROW + 2, f"{title}. {told}.", parts)


def _bar(kind: str, x: float, y: float, width: float, height: float) -> str:
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="2"/>'


def _text(kind: str, x: float, y: float, words: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(words)}</text>'


def _picture(width: int, height: int, told: str, parts: Sequence[str]) -> str:
    body = "".join(parts)
    return f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(told)}">{body}</svg>'
