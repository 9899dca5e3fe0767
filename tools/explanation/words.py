"""Figures inside sentences: rounded for reading, never in powers of ten."""

from __future__ import annotations

WHOLE_FROM = 100
"""From this size on, digits after the point are noise in a sentence."""


def figure(value: float, *, signed: bool = False) -> str:
    """ "1,234", "12.35", "0.0123": whole numbers when large, three significant digits when small."""
    sign = "+" if signed else ""
    if abs(value) >= WHOLE_FROM or value == int(value):
        return f"{value:{sign},.0f}"
    return f"{value:{sign},.2f}" if abs(value) >= 1 else f"{value:{sign},.3g}"
