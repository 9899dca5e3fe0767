"""Real series with labelled anomalies (tests/data/nab, by days), walked forward one day at a time.

One setting for all files. An event is a labelled window with a day after the warm-up; it is found when a day in it is
alarmed. A false event is a run of alarmed days outside all windows.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median

import pytest

from tools.analysis.detect import Habits, walk_forward

FOLDER = Path(__file__).parents[2] / "data" / "nab"
WARM_UP = 21
HABITS = Habits(season=7, scale="log", look_back=56)

Detector = Callable[[Sequence[float]], list[bool]]


@dataclass(frozen=True)
class Series:
    """Daily means after the warm-up come with the number of the window they are in, or None."""

    values: list[float]
    windows: list[int | None]


def daily(name: str) -> Series:
    """Mean of each day; days with less than half of the usual samples are incomplete and left out."""
    samples: dict[str, list[float]] = {}
    with (FOLDER / name).open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            samples.setdefault(row["timestamp"][:10], []).append(float(row["value"]))
    enough = median(len(found) for found in samples.values()) / 2
    days = {day: fmean(found) for day, found in samples.items() if len(found) >= enough}
    labelled = [(start[:10], end[:10]) for start, end in LABELS[name]]
    windows = [next((i for i, (start, end) in enumerate(labelled) if start <= day <= end), None) for day in days]
    return Series(list(days.values()), windows[WARM_UP:])


def ours(values: Sequence[float]) -> list[bool]:
    return [found.anomaly for found in walk_forward(values, HABITS, warm_up=WARM_UP)]


def week_over_week(values: Sequence[float]) -> list[bool]:
    """More than 10 % away from the same day a week before."""
    return [abs(values[at] / values[at - 7] - 1) > 0.10 for at in range(WARM_UP, len(values))]


def same_weekday(values: Sequence[float]) -> list[bool]:
    """More than 3.5 robust standard deviations from the median of the last eight same weekdays."""
    found: list[bool] = []
    for at in range(WARM_UP, len(values)):
        same = values[max(at % 7, at - 56) : at : 7]
        middle = median(same)
        spread = 1.4826 * median(abs(v - middle) for v in same)
        found.append(abs(values[at] - middle) > 3.5 * max(spread, 0.01 * middle))
    return found


@dataclass(frozen=True)
class Score:
    """What one detector did over all files."""

    precision: float
    recall: float
    false_days_per_100: float

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def __str__(self) -> str:
        return (
            f"event F1 {self.f1:.3f} (precision {self.precision:.2f}, recall {self.recall:.2f}), "
            f"{self.false_days_per_100:.1f} false days per 100"
        )


def scored(detector: Detector, files: Sequence[Series]) -> Score:
    events = found = false_runs = false_days = normal_days = 0
    for series in files:
        alarms = list(zip(detector(series.values), series.windows, strict=True))
        events += len({window for window in series.windows if window is not None})
        found += len({window for alarm, window in alarms if alarm and window is not None})
        false = [alarm and window is None for alarm, window in alarms]
        false_runs += sum(now and not before for before, now in zip([False, *false], false, strict=False))
        false_days += sum(false)
        normal_days += sum(window is None for window in series.windows)
    return Score(found / (found + false_runs or 1), found / events, 100 * false_days / normal_days)


LABELS: dict[str, list[tuple[str, str]]] = json.loads((FOLDER / "labels.json").read_text(encoding="utf-8"))
DETECTORS: dict[str, Detector] = {"expected range": ours, "same weekday": same_weekday, "±10 % WoW": week_over_week}


@pytest.mark.prove
def test_real_anomalies_are_found_better_than_by_both_common_rules_with_few_false_days(
    record_property: Callable[[str, object], None],
) -> None:
    files = [daily(name) for name in sorted(LABELS)]
    scores = {name: scored(detector, files) for name, detector in DETECTORS.items()}
    for name, score in scores.items():
        record_property(name, score)
    best = scores["expected range"]
    assert best.false_days_per_100 <= 5
    assert best.f1 > scores["same weekday"].f1
    assert best.f1 > scores["±10 % WoW"].f1


def test_on_two_real_series_fewer_false_days_are_raised_than_by_both_common_rules() -> None:
    files = [daily("exchange-4_cpm_results.csv"), daily("Twitter_volume_AAPL.csv")]
    ranged, *rules = (scored(detector, files) for detector in DETECTORS.values())
    assert ranged.false_days_per_100 <= 5
    assert all(ranged.f1 > rule.f1 for rule in rules), [str(s) for s in (ranged, *rules)]
