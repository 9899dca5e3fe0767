"""What has been found in a question so far, and questions that could be asked instead."""

from __future__ import annotations

from dataclasses import dataclass, field

from catalog.access import Access
from catalog.metrics import Metric
from catalog.request import Condition
from tools.question.lexicon import Spot

SHOWN = 40
"""Characters of the question's own words that are quoted back."""


@dataclass
class Found:
    """What the spots of a question were taken for. `nouns` name what the figures are about ("customers in EMEA");
    `versus` when two values are set against each other; `time` are the words of the one period that was named."""

    metrics: list[Metric] = field(default_factory=list[Metric])
    group_by: list[str] = field(default_factory=list[str])
    where: list[Condition] = field(default_factory=list[Condition])
    nouns: list[Spot] = field(default_factory=list[Spot])
    notes: list[str] = field(default_factory=list[str])
    versus: bool = False
    time: str = ""


def allows(metric: Metric, dimension: str, access: Access) -> bool:
    """True when the metric's entry lists the dimension (by name or with its table), or lists none."""
    allowed = metric.dimensions.allowed
    if not allowed or dimension in allowed:
        return True
    found = access.dimensions.get(dimension)
    return found is not None and f"{found.table.name}.*" in allowed


def is_level(access: Access, metric: Metric) -> bool:
    """True for metrics that are a level at a moment, not a flow over a period."""
    leaves = [m for m in access.catalog.inputs_of(metric) if m.measure or m.cohort]
    levels = bool(leaves) and all(m.snapshot or m.cohort or m.cumulative for m in leaves)
    return levels or metric.type == "operational"


def quoted(words: list[str]) -> str:
    """Words of the question as they are shown back: few, and short."""
    return ", ".join(f"'{word[:SHOWN]}'" for word in dict.fromkeys(words[:6]))


def simpler(access: Access, found: Found) -> list[str]:
    """Questions about the metrics and groups that were understood."""
    metrics = found.metrics[:2] or [m for m in access.metrics.values() if m.hero][:1]
    label = " and ".join(m.label for m in metrics)
    groups = f" by {access.dimensions[found.group_by[0]].label}" if found.group_by else ""
    named = [f"{label}{groups} {found.time}"] if found.time else []
    return [*named, f"{label}{groups} last month", f"{label}{groups} last quarter", f"{label} by month this year"]
