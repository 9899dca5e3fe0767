"""Charts: the same bytes each time, sharp, readable on their ground, and unshaken by what data holds."""

from __future__ import annotations

import gc
import io
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import psutil
import pytest
from PIL import Image

from agents.claims import Sentence
from agents.document import Chart
from agents.render.charts import MOST_BARS, PALETTES, SPARK, Theme, aligned, key, pictures, png, spread
from agents.render.scale import day_labels, short_number, ticks
from agents.render.words import charts_by_id
from tests.agents.render.sample import WEEK, brief, series
from tests.agents.render.test_mail import contrast

ALT = Sentence((), "A finding.")
LINE = Chart("line", "line", "Order value", ALT, "EUR", series(1_284_300))
THEMES: tuple[Theme, ...] = ("light", "dark")


def opened(content: bytes) -> Image.Image:
    with Image.open(io.BytesIO(content)) as picture:
        return picture.convert("RGBA")


@pytest.mark.parametrize("theme", THEMES)
def test_a_chart_gives_the_same_bytes_each_time(theme: Theme) -> None:
    for chart in charts_by_id(brief()).values():
        assert png(chart, theme) == png(chart, theme)


def test_another_process_gives_the_same_bytes() -> None:
    code = (
        "import hashlib;from tests.agents.render.sample import brief;from agents.render.charts import pictures;"
        "print(hashlib.sha256(b''.join(pictures(brief()).values())).hexdigest())"
    )
    told = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout for _ in "ab"
    }
    assert len(told) == 1


def test_a_server_starts_without_matplotlib() -> None:
    code = (
        "import sys;import agents.render.mail,agents.render.slack,agents.render.charts,agents.render.json;"
        "import agents.render.markdown,agents.render.html_page;"
        "print([name for name in ('matplotlib','numpy','PIL','slack_sdk') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.wide
def test_two_hundred_charts_leave_no_memory_behind() -> None:
    process = psutil.Process()
    chart = charts_by_id(brief())["order-value"]
    for _ in range(20):
        png(chart)
    gc.collect()
    before = process.memory_info().rss
    for number in range(200):
        png(replace(chart, points=series(1_000_000 + number)))
    gc.collect()
    assert process.memory_info().rss - before < 12 * 2**20


def test_pictures_are_twice_as_fine_as_shown_and_lie_on_the_page_without_an_edge() -> None:
    drawn = pictures(brief())
    sizes = {name: opened(drawn[name]).size for name in ("spark-orders", "order-value", "by-region")}
    assert sizes == {"spark-orders": (240, 48), "order-value": (912, 400), "by-region": (912, 328)}
    assert opened(drawn["order-value"]).getpixel((0, 0)) == (255, 255, 255, 255)
    assert opened(drawn["order-value@dark"]).getpixel((0, 0)) == (0x15, 0x18, 0x1D, 255)
    assert opened(drawn["spark-orders"]).getpixel((0, 0))[3] == 0  # pyright: ignore[reportIndexIssue, reportOptionalSubscript]
    assert max(map(len, drawn.values())) < 16_000


@pytest.mark.parametrize("theme", THEMES)
def test_words_and_marks_stand_out(theme: Theme) -> None:
    colours = PALETTES[theme]
    for word in (colours.ink, colours.muted):
        assert contrast(word, colours.background) >= 4.5
    for mark in (colours.series, colours.up, colours.down, SPARK):
        assert contrast(mark, colours.background) >= 3


@pytest.mark.parametrize("name", ["$5 a$ \\frac{1}{2}", "東京 \U0001f600", "x" * 5_000, "\u202eevil\x1b", "", "ن" * 50])
def test_names_in_bars_are_only_letters(name: str) -> None:
    bars = ((name, Decimal(-5)), ("North", Decimal(7)))
    assert opened(png(Chart("b", "bars", name, ALT, "EUR", bars=bars))).size == (912, 120)


def test_beyond_twelve_bars_the_smallest_become_one() -> None:
    bars = tuple((f"Region {letter}", Decimal(number - 9)) for number, letter in enumerate("abcdefghijklmnopqrst"))
    many = png(Chart("b", "bars", "", ALT, "EUR", bars=bars))
    by_size = sorted(bars, key=lambda bar: (-abs(bar[1]), bar[0]))
    few = (*by_size[: MOST_BARS - 1], ("All others", sum((value for _, value in by_size[MOST_BARS - 1 :]), Decimal(0))))
    assert many == png(Chart("b", "bars", "", ALT, "EUR", bars=few))


@pytest.mark.parametrize(
    "chart",
    [
        replace(LINE, points=()),
        replace(LINE, kind="spark", points=()),
        replace(LINE, kind="bars"),
        replace(LINE, points=LINE.points[:1]),
        replace(LINE, points=tuple((day, Decimal(0)) for day, _ in LINE.points)),
        replace(LINE, points=tuple((day, -value) for day, value in LINE.points)),
        replace(LINE, points=((WEEK.end, Decimal("1e-9")), (WEEK.end + timedelta(900), Decimal("9e14")))),
    ],
    ids=["none", "no spark", "no bars", "one", "zero", "below zero", "far apart"],
)
def test_odd_series_are_drawn(chart: Chart) -> None:
    assert png(chart).startswith(b"\x89PNG")


def test_the_year_before_lies_under_the_days_it_is_compared_with() -> None:
    before = tuple((day - timedelta(364), value) for day, value in LINE.points)
    assert aligned(before, LINE.points) == LINE.points
    assert aligned(LINE.points[2:], LINE.points) == LINE.points[2:]
    assert aligned((), LINE.points) == ()


def test_a_caption_explains_only_what_is_drawn() -> None:
    assert key(LINE) == ""
    assert key(replace(LINE, band=(Decimal(1), Decimal(2)), marked=(LINE.points[3][0], WEEK.end))) == (
        "Bracket: expected range; rings: marked days."
    )


def test_axes_have_round_numbers_with_their_unit() -> None:
    told = {
        (low, high, unit): [short_number(mark, unit, ticks(low, high)) for mark in ticks(low, high)]
        for low, high, unit in (
            (1_030_000, 1_420_000, "EUR"),
            (0.031, 0.061, "ratio"),
            (3, 14, "count"),
            (-60_000, 20_000, "USD"),
            (71, 71, "points"),
            (-14, -3, "count"),
        )
    }
    assert told == {
        (1_030_000, 1_420_000, "EUR"): ["€1.0M", "€1.2M", "€1.4M", "€1.6M"],
        (0.031, 0.061, "ratio"): ["3%", "4%", "5%", "6%", "7%"],
        (3, 14, "count"): ["0", "5", "10", "15"],
        (-60_000, 20_000, "USD"): ["−$100K", "−$50K", "$0", "$50K"],
        (71, 71, "points"): ["50", "75"],
        (-14, -3, "count"): ["−15", "−10", "−5", "0"],
    }


def test_days_are_labelled_as_far_as_there_is_room() -> None:
    days = [date(2026, 8, 3) + timedelta(7 * week) for week in range(16)]
    assert [words for _, words in day_labels(days, 300)] == ["Aug 3", "Sep 28", "Nov 16"]
    assert [words for _, words in day_labels([date(2024, 1, 1), date(2026, 1, 1)], 300)] == ["Jan 2024", "Jan 2026"]


def test_labels_move_apart_and_stay_on_the_sheet() -> None:
    labels = [(10.0, "a", "", False), (11.0, "b", "", False), (199.0, "c", "", True)]
    places = [place for place, *_ in spread(labels, 16, 14, 190)]
    assert min(places) >= 14 and max(places) <= 190
    assert all(upper - lower >= 15 for lower, upper in pairwise(places))
