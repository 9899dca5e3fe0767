"""A key figure that moved → why, as facts: the slices that explain it, those that moved against it, mix or rate.

Everything comes from explain_number, so the same question at the tools gives the same answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from agents.desk import Desk, Refused, exact
from agents.facts import Fact, FactBook, Period, Slice
from agents.report.kpis import Kpi

NAMED = 3
"""Slices named for one figure."""
TELLING = Decimal("0.1")
"""A slice that moved against the change is named from this share of it on."""


@dataclass(frozen=True)
class Driver:
    """A slice and what it adds to the change: `contribution` in the metric's unit, `share` of the change (a fraction,
    negative where it moved against it)."""

    where: Slice
    contribution: Fact
    share: Fact | None


@dataclass(frozen=True)
class Why:
    """Why one figure moved. `verdict` is that of explain_number. `exact` splits add up; `rest` is what no named slice
    holds; `story` is "mix, not rate" and the like; `dimension` is the one that `bars` (member, contribution) are of."""

    verdict: str
    reasons: tuple[str, ...] = ()
    drivers: tuple[Driver, ...] = ()
    offsets: tuple[Driver, ...] = ()
    broad: bool = False
    story: str = ""
    dimension: str = ""
    mix: Fact | None = None
    rate: Fact | None = None
    rest: Fact | None = None
    low: Fact | None = None
    high: Fact | None = None
    bars: tuple[tuple[str, Decimal], ...] = ()
    steps: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    receipt: str = ""
    found: Mapping[str, Any] = field(default_factory=dict[str, Any])


def explained(kpi: Kpi, period: Period, dimensions: Sequence[str], desk: Desk, facts: FactBook) -> Why:
    """Ask why. A refusal is a verdict of its own: "undetermined", with the reason."""
    try:
        found = desk.explain(kpi.metric.name, start=period.start, end=period.end, compare_to="prior_period")
    except Refused as refused:
        return Why("undetermined", (str(refused),))
    write = _Writer(kpi, period, facts, found)
    change = kpi.change.value if kpi.change else Decimal(0)
    split = _split_shown(found["contributions"], dimensions)
    drivers = tuple(write.cause(cause) for cause in found["causes"][:NAMED])
    offsets = tuple(write.member(split, m, change) for m in _against(split, change)) if split and not drivers else ()
    if split and drivers:
        offsets = tuple(write.member(split, m, change) for m in _against(split, change))
    broad = bool(change) and (not drivers or (drivers[0].share is not None and drivers[0].share.value < Decimal("0.5")))
    named = sum((d.contribution.value for d in drivers), Decimal(0))
    return Why(
        verdict=str(found["verdict"]),
        reasons=tuple(found["reasons"]),
        drivers=() if broad else drivers,
        offsets=offsets[:2],
        broad=broad,
        story=str(split["story"]) if split else "",
        dimension=str(split["dimension"]) if split else "",
        mix=write.fact("contribution", exact(split["mix"]), label="the mix") if split and split["mix"] else None,
        rate=write.fact("contribution", exact(split["rate"]), label="the rates") if split and split["rate"] else None,
        rest=write.fact("rest", change - named) if drivers and not broad else None,
        low=write.fact("low", exact(found["expected_low"])),
        high=write.fact("high", exact(found["expected_high"])),
        bars=_bars(split),
        steps=tuple(found["next_steps"]),
        faults=tuple(str(line["text"]) for line in found["data_faults"]),
        receipt=str(found["receipt"]),
        found=found,
    )


class _Writer:
    """Writes facts about one explanation."""

    def __init__(self, kpi: Kpi, period: Period, facts: FactBook, found: Mapping[str, Any]) -> None:
        self._kpi = kpi
        self._period = period
        self._facts = facts
        self._found = found

    def fact(
        self, kind: Any, value: Decimal | None, *, where: Slice = (), unit: str | None = None, label: str = ""
    ) -> Fact | None:
        """One fact of this explanation; None without a value."""
        if value is None:
            return None
        metric = self._kpi.metric
        trust: Mapping[str, Any] = self._found["trust"] or {}
        return self._facts.add(
            metric=metric.name,
            label=label or metric.label,
            period=self._period,
            kind=kind,
            value=value,
            unit=unit or metric.unit,
            slice=where,
            receipt=str(self._found["receipt"]),
            trust=str(trust.get("state", "")),
            direction=metric.direction,
        )

    def cause(self, cause: Mapping[str, Any]) -> Driver:
        """A slice that the scan names."""
        where = tuple(sorted((str(k), str(v)) for k, v in cause["where"].items()))
        contribution = self.fact("contribution", exact(cause["change"]), where=where)
        share = self.fact("share", exact(cause["share"]), where=where, unit="ratio")
        if contribution is None:
            raise ValueError("a cause without a change")
        return Driver(where, contribution, share)

    def member(self, split: Mapping[str, Any], member: Mapping[str, Any], change: Decimal) -> Driver:
        """One member of a split."""
        where = ((str(split["dimension"]), str(member["member"])),)
        contribution = self.fact("contribution", exact(member["change"]), where=where)
        if contribution is None:
            raise ValueError("a member without a change")
        share = self.fact("share", contribution.value / change, where=where, unit="ratio") if change else None
        return Driver(where, contribution, share)


def _split_shown(splits: Sequence[Mapping[str, Any]], dimensions: Sequence[str]) -> Mapping[str, Any] | None:
    """The first split that adds up and that the agent is set to speak of; explain_number ranks them by what they
    explain."""
    exact_ones = [s for s in splits if s["method"] != "side_by_side"]
    wanted = [s for s in exact_ones if not dimensions or s["dimension"] in dimensions]
    return next(iter(wanted or exact_ones), None)


def _against(split: Mapping[str, Any], change: Decimal) -> list[Mapping[str, Any]]:
    """Members that moved the other way by a telling amount, largest first."""
    moved = [(exact(m["change"]) or Decimal(0), m) for m in split["members"]]
    against = [(c, m) for c, m in moved if c and (c > 0) != (change > 0) and abs(c) >= TELLING * abs(change)]
    return [m for _, m in sorted(against, key=lambda pair: -abs(pair[0]))]


def _bars(split: Mapping[str, Any] | None) -> tuple[tuple[str, Decimal], ...]:
    if split is None:
        return ()
    bars = [(str(m["member"]), exact(m["change"]) or Decimal(0)) for m in split["members"]]
    other = (exact(split["other_members"]) or Decimal(0)) + (exact(split["unexplained"]) or Decimal(0))
    return (*bars[:7], *((("all others", other),) if other else ()))
