"""A metric's values ↔ a scale on which its usual steps are alike: shares of what is there, odds, or plain amounts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

Scale = Literal["log", "logit", "linear"]

TINY = 1e-12
"""Stands for 0 (and for 1 − 1) on scales that have no place for it."""


def usable(scale: Scale, values: Sequence[float]) -> Scale:
    """The scale, or the next coarser one where the values do not fit it: odds need shares within (0, 1), logarithms
    need amounts above 0."""
    if scale == "logit" and not all(0 < v < 1 for v in values):
        scale = "log"
    return "linear" if scale == "log" and not all(v > 0 for v in values) else scale


def onto(scale: Scale, value: float) -> float:
    """The value on the scale; what lies beyond its ends is taken as the end."""
    if scale == "log":
        return math.log(max(value, TINY))
    if scale == "logit":
        share = min(max(value, TINY), 1 - TINY)
        return math.log(share / (1 - share))
    return value


def back(scale: Scale, place: float) -> float:
    """The value at a place on the scale."""
    if scale == "log":
        return math.exp(min(place, 700.0))
    if scale == "logit":
        return 1 / (1 + math.exp(-place)) if place > -700 else 0.0
    return place
