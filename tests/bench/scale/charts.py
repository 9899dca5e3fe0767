"""Three plain charts for docs/performance.md."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tests.bench.scale.cost import Cost
from tests.bench.scale.rows import Point

COLOURS = ("#2f5fd0", "#c2570c", "#1f7a4d", "#7a4fb5")
SIZE = (7.2, 3.2)


def by_rows(points: Sequence[Point], file: Path) -> None:
    """Latency over the number of rows, both by powers of ten."""
    figure, axes = _blank("Median latency of governed requests, nothing kept (ms)")
    for colour, request in zip(COLOURS, dict.fromkeys(point.request for point in points), strict=False):
        own = [point for point in points if point.request == request]
        axes.plot([p.rows for p in own], [p.median for p in own], color=colour, marker="o", linewidth=2, label=request)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("fact rows")
    axes.legend(frameon=False, fontsize=8)
    _saved(figure, file)


def by_people(found: Sequence[tuple[int, float, float]], file: Path) -> None:
    """Median and 95th percentile over people at once."""
    figure, axes = _blank("Latency over HTTP, a new question every 3 to 8 s each (ms)")
    axes.plot([n for n, _, _ in found], [p50 for _, p50, _ in found], color=COLOURS[0], marker="o", label="median")
    axes.plot([n for n, _, _ in found], [p95 for _, _, p95 in found], color=COLOURS[1], marker="o", label="95 %")
    axes.set_xlabel("people at once")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False, fontsize=8)
    _saved(figure, file)


def by_size(found: Sequence[Cost], file: Path) -> None:
    """Dollars for 1,000 questions at each size, by what is done about them."""
    figure, axes = _blank("BigQuery on demand: dollars for 1,000 questions")
    bars = {
        "whole tables": [cost.whole for cost in found],
        "partitions pruned": [cost.pruned for cost in found],
        "pruned, half from memory": [cost.pruned_and_kept for cost in found],
    }
    for at, (colour, (name, values)) in enumerate(zip(COLOURS, bars.items(), strict=False)):
        places = [index + (at - 1) * 0.26 for index in range(len(found))]
        drawn = axes.bar(places, values, width=0.24, color=colour, label=name)
        axes.bar_label(drawn, labels=[f"${value:,.0f}" for value in values], fontsize=8)
    axes.set_xticks(range(len(found)), [f"{cost.terabytes:,.0f} TB" for cost in found])
    axes.set_yscale("log")
    axes.margins(y=0.2)
    axes.legend(frameon=False, fontsize=8, loc="upper left")
    _saved(figure, file)


def _blank(title: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.subplots()
    axes.set_title(title, loc="left", fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#e4e7ec")
    axes.set_axisbelow(True)
    return figure, axes


def _saved(figure: Figure, file: Path) -> None:
    with mpl.rc_context({"svg.hashsalt": "assay", "svg.fonttype": "path"}):
        figure.savefig(file, format="svg", metadata={"Date": None})
