"""Stand-in for `agents.figures` until it is there."""

from __future__ import annotations

from agents.facts import Fact

_SIGNS = {"USD": "$", "EUR": "€"}


def shown(fact: Fact, aspect: str = "") -> str:
    """One fact as text."""
    if aspect == "when":
        return f"the week to {fact.period.end.day} {fact.period.end:%B %Y}"
    if aspect == "where":
        return ", ".join(member for _, member in fact.slice) or "everywhere"
    if aspect == "name":
        return fact.label
    sign = "−" if fact.value < 0 and aspect == "signed" else "+" if fact.value > 0 and aspect == "signed" else ""
    size = abs(fact.value)
    if fact.unit == "ratio" or fact.kind.endswith("_pct") or fact.kind in ("share", "rate"):
        return f"{sign}{size * 100:.1f} %"
    if fact.unit in _SIGNS:
        for limit, word in ((1_000_000_000, "B"), (1_000_000, "M"), (1_000, "k")):
            if size >= limit:
                return f"{sign}{_SIGNS[fact.unit]}{size / limit:.2f}{word}"
        return f"{sign}{_SIGNS[fact.unit]}{size:.2f}"
    return f"{sign}{size:,.0f}"
