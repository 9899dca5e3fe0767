"""Seed and chosen plants → the parameters of the company's history, as SQL variables.

What is planted, where and how large follows from the seed alone: another seed is another history.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, TypeVar

Profile = Literal["small", "demo", "large"]
PLANTS = frozenset(f"T{n}" for n in range(1, 13))
DEFAULT = frozenset({"T1", "T2", "T5", "T8", "T9", "T10", "T11", "T12"})
"""The default demo; a mild T3 on the surveys comes with it."""
CUSTOMERS: Mapping[Profile, int] = {"small": 120, "demo": 840, "large": 24_000}
NOW = datetime(2026, 11, 16, 8)
"""The moment at which the demo stands still: a Monday morning in the company's zone."""
FIRST_DAY = date(2023, 11, 1)
LAST_DAY = date(2026, 11, 15)
MILD_FEED, MILD_HOURS = "platform_surveys", 40
LOAD_DAYS = 150
"""Days of load history: five times what attainment looks at."""

STOPPABLE = (
    "netsuite_gl",
    "netsuite_invoices",
    "platform_subscriptions",
    "platform_usage",
    "platform_health",
    "platform_support",
)
LATE = ("salesforce_opportunities", "salesforce_accounts", "salesforce_success")
HALF_LOADED = {
    "fact_subscription": "platform_subscriptions",
    "fact_active_lives": "platform_usage",
    "fact_customer_health": "platform_health",
}
"""Daily snapshots by name, and the feed that brings each."""


@dataclass(frozen=True)
class Drift:
    """One change of a column upstream: a new name or a new type, and the metrics that rest on it."""

    table: str
    column: str
    feed: str
    metrics: tuple[str, ...]
    name: str | None = None
    type: str | None = None


DRIFTS = (
    Drift("fact_support_ticket", "csat", "platform_support", ("csat",), type="VARCHAR"),
    Drift("fact_active_lives", "active_lives", "platform_usage", ("active_lives", "lives_per_customer"), name="lives"),
    Drift("fact_customer_health", "health_score", "platform_health", ("customer_health_score",), type="VARCHAR"),
    Drift("fact_invoice", "paid_at", "netsuite_invoices", ("ltv_to_date",), name="payment_date"),
)

Choice = TypeVar("Choice")


def chosen_plants(plant: frozenset[str] | None, clean: bool) -> tuple[frozenset[str], bool]:
    """(plants, whether T3 is the mild one). Raises ValueError for unknown names or a clean company with plants."""
    if clean and plant:
        raise ValueError("a clean company has no plants: choose one of the two")
    if clean:
        return frozenset(), False
    if plant is None:
        return DEFAULT | {"T3"}, True
    if unknown := sorted(plant - PLANTS):
        known = ", ".join(sorted(PLANTS, key=lambda name: int(name[1:])))
        raise ValueError(f"no planted truth is called {', '.join(unknown)}; there are {known}")
    return plant, False


def variables(profile: Profile, seed: int, plants: frozenset[str], mild: bool) -> dict[str, object]:
    """The SQL variables that the generator reads, by name."""
    small = profile == "small"
    found: dict[str, object] = {name.lower(): name in plants for name in PLANTS}
    found |= {
        "seed": seed,
        "customers": CUSTOMERS[profile],
        "first_day": FIRST_DAY,
        "last_day": LAST_DAY,
        "now": NOW,
        "span": (LAST_DAY - FIRST_DAY).days - 12,
        "december": 0.45 if "T9" in plants else 0.15,
        "decliners": 12 if small else 40,
        "changes": 2 if small else 5,
        "duplicate_rate": 0.027 + 0.010 * _draw(seed, "duplicate rate"),
        "mix_since": date(2026, 10, 1),
        "quarter_end": date(2026, 9, 30),
        "restated_month": _pick((date(2026, 7, 1), date(2026, 8, 1), date(2026, 9, 1)), seed, "restated month"),
        "restated_at": datetime(2026, 11, 10, 6) + timedelta(days=int(_draw(seed, "restated at") * 5)),
        "load_days": LOAD_DAYS,
    }
    stop = _stop(seed, "T3" in plants, mild)
    # A table whose feed has stopped has no last day left that could be half there.
    loading = [table for table, feed in HALF_LOADED.items() if feed != stop["stopped_feed"]]
    found["half_loaded"] = _pick(loading, seed, "half loaded") if "T4" in plants else None
    return found | stop | _drift(seed, "T7" in plants)


def _stop(seed: int, planted: bool, mild: bool) -> dict[str, object]:
    if not planted:
        return {"stopped_feed": None, "stopped_at": NOW, "late_feed": None}
    hours = MILD_HOURS if mild else 30 + int(_draw(seed, "stop") * 31)
    feed = MILD_FEED if mild else _pick(STOPPABLE, seed, "stopped feed")
    return {
        "stopped_feed": feed,
        "stopped_at": NOW - timedelta(hours=hours),
        "late_feed": _pick(LATE, seed, "late feed"),
    }


def _drift(seed: int, planted: bool) -> dict[str, object]:
    drift = _pick(DRIFTS, seed, "drift") if planted else None
    return {
        "drift_table": drift.table if drift else None,
        "drift_column": drift.column if drift else None,
        "drift_name": drift.name if drift else None,
        "drift_type": drift.type if drift else None,
        "drift_metrics": list(drift.metrics) if drift else None,
        "drifted_feed": drift.feed if drift else None,
    }


def _draw(seed: int, stream: str) -> float:
    """A draw in [0, 1) that is the same on every machine."""
    digest = hashlib.sha256(f"{seed}/{stream}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def _pick(choices: Sequence[Choice], seed: int, stream: str) -> Choice:
    return choices[int(_draw(seed, stream) * len(choices))]
