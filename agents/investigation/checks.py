"""A change and the state of the data → evidence, check by check, the data before the business.

Every check says what it found, that it looked and found nothing, or that it could not look. What it found is
*conclusive* (the figure cannot be read as business), *suggestive* (it may be the data) or *context* (worth knowing;
it does not change the comparison). That nothing was found proves nothing about the business.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import log
from statistics import median
from typing import Any, Literal

from agents.claims import Claim
from agents.desk import Desk, Refused
from agents.facts import Fact, FactBook, FactKind, Period
from agents.investigation.faults import AT_FAULT, CheckId, Fault, State
from agents.investigation.profile import Profile, profile_of
from agents.investigation.watch import Sighting, baseline
from agents.narration.words import late_sentence, ref
from catalog.metrics import Metric

Outcome = Literal["found", "clean", "unknown"]
Weight = Literal["conclusive", "suggestive", "context"]
FEW_ROWS = 20
"""Days with fewer rows than this vary too much to compare."""
SHORT, DOUBLED = Decimal("0.5"), Decimal("1.8")
"""Rows of a day against the same weekday before, from which it stands out."""
MORE_NULLS = Decimal("0.05")
REPEATED_KEYS = Decimal("0.005")
SAME_FACTOR = 0.02
"""Slices whose ratios lie this close together moved by one factor; of large factors, this part of their logarithm."""
NEARLY_ALL = 0.9
"""Part of the slices, by size, that must have moved alike; some always move on their own."""
FEWEST_SLICES = 5
SMALL_SLICE = 0.05
"""A slice below this share of the whole says nothing about a factor."""
FACTORS = (0.01, 0.001, 0.1, 1 / 12, 1 / 60, 10.0, 12.0, 60.0, 100.0, 1000.0)
"""What a change of unit multiplies by: cents, thousands, months, minutes."""


@dataclass(frozen=True)
class Evidence:
    """What one check says. `subject` is the feed or table at fault."""

    check: CheckId
    outcome: Outcome
    weight: Weight | None = None
    claim: Claim | None = None
    subject: str = ""
    fault: Fault | None = None
    why: str = ""


@dataclass(frozen=True)
class Case:
    """Everything that a check may look at. `profile` is None where rows may not be read, with the reason in `blind`."""

    desk: Desk
    sighting: Sighting
    state: State
    book: FactBook
    profile: Profile | None
    blind: str = ""
    policy_before: str = ""

    @property
    def metric(self) -> Metric:
        """The metric that moved."""
        return self.sighting.watch.metric

    @property
    def window(self) -> Period:
        """The period that is judged."""
        return self.sighting.watch.window

    @property
    def base(self) -> Period:
        """The period it is compared with."""
        return baseline(self.sighting.watch, self.desk.calendar)


def case_of(desk: Desk, sighting: Sighting, state: State, book: FactBook, policy_before: str = "") -> Case:
    """The case of a sighting, with the rows behind it where they may be read."""
    try:
        return Case(desk, sighting, state, book, profile_of(desk, sighting), "", policy_before)
    except Refused as refused:
        return Case(desk, sighting, state, book, None, refused.code, policy_before)


def run(case: Case) -> tuple[Evidence, ...]:
    """Every check, in order."""
    return tuple(found for check in CHECKS for found in check(case))


def fault_claim(fault: Fault, book: FactBook, period: Period, receipt: str) -> Claim:
    """A fault as a sentence about facts."""
    ids: list[str] = []

    def known(kind: FactKind, value: Decimal, unit: str, label: str) -> Fact:
        made = book.add(
            metric="", label=label, period=period, kind=kind, value=value, unit=unit, receipt=receipt, trust="red"
        )
        ids.append(made.id)
        return made

    def fact(kind: FactKind, value: Decimal, unit: str, label: str) -> str:
        return ref(known(kind, value, unit, label))

    name = fault.name or fault.subject
    text = f"{name} is at fault."
    if fault.check == "freshness":
        text = f"{name} has no successful load on record."
        if fault.size is not None:
            age = known("age", fault.size, "hours", name)
            text = late_sentence(age, known("age", fault.limit, "hours", name) if fault.limit else None).sentence
    elif fault.check == "partial_load" and fault.since:
        on = fact("day", Decimal(fault.since.toordinal()), "day", f"incomplete day of {name}")
        text = f"{name} is incomplete {'on' if fault.since == fault.until else 'from'} {on}."
    elif fault.check == "duplicates" and fault.size is not None:
        rate = fact("rate", fault.size, "ratio", f"duplicate rate of {name}")
        text = f"{rate} of the records of {name} are duplicates"
        text += f" (limit {fact('rate', fault.limit, 'ratio', f'duplicate limit of {name}')})." if fault.limit else "."
    elif fault.check == "reconciliation":
        what = fault.what
        text = f"{what} does not tie out to {name}."
        if fault.size is not None and fault.detail != "check":
            text = f"{what} is off by {fact('rate', fault.size, 'ratio', f'difference from {name}')} from {name}."
    elif fault.check == "restatement" and fault.size is not None and fault.since:
        month = Period(fault.since, fault.until or fault.since, "month")
        made = book.add(
            metric=fault.word,
            label=fault.what,
            period=month,
            kind="rate",
            value=fault.size,
            unit="ratio",
            receipt=receipt,
        )
        ids.append(made.id)
        text = f"{name} restated {fault.what} of {{{made.id}:when}} by {{{made.id}:signed}}"
        if fault.before is not None and fault.after is not None:
            text += (
                f", from {fact('prior', fault.before, fault.amount_unit, f'{fault.what} as told before')}"
                f" to {fact('value', fault.after, fault.amount_unit, f'{fault.what} as told now')}"
            )
        text += "."
    elif fault.check == "schema_drift":
        text = f"The column {fault.table}.{fault.column} changed upstream ({fault.detail})."
    elif fault.detail == "check":
        text = f"A check of the pipeline failed on {name}."
    kind = "restatement" if fault.check == "restatement" else "data_fault"
    return Claim(f"{fault.check}-{fault.subject}", kind, tuple(ids), text, must=True, weight=5.0, tone="bad")


def _known(case: Case, check: CheckId) -> tuple[Evidence, ...]:
    """Faults of one check that explain_number also holds against this figure, or a failed check of that kind."""
    lines: Sequence[Mapping[str, Any]] = case.sighting.explained["data_faults"]
    found: list[Evidence] = []
    for fault in case.state.faults:
        kinds = ("check",) if fault.detail == "check" else (AT_FAULT.get(check, ""),)
        named = any(line["kind"] in kinds and fault.word in line["text"] for line in lines)
        if fault.check == check and named and case.metric.name in fault.metrics:
            claim = fault_claim(fault, case.book, case.window, case.state.receipt)
            found.append(Evidence(check, "found", "conclusive", claim, fault.subject, fault))
    return tuple(found) or (Evidence(check, "clean"),)


def freshness(case: Case) -> tuple[Evidence, ...]:
    """Has every feed behind the figure loaded since the period ended?"""
    return _known(case, "freshness")


def partial_load(case: Case) -> tuple[Evidence, ...]:
    """Is every day of both periods whole?"""
    return _known(case, "partial_load")


def schema_drift(case: Case) -> tuple[Evidence, ...]:
    """Are the columns behind the figure what they were?"""
    return _known(case, "schema_drift")


def reconciliation(case: Case) -> tuple[Evidence, ...]:
    """Does the figure tie out to what its source reports?"""
    return _known(case, "reconciliation")


def restatement(case: Case) -> tuple[Evidence, ...]:
    """Was the period, or the one it is compared with, reported again since?"""
    periods = (case.window, case.base)
    for fault in case.state.faults:
        inside = any(fault.covers(p.start, p.end) for p in periods)
        if fault.check == "restatement" and inside and case.metric.name in fault.metrics:
            claim = fault_claim(fault, case.book, case.window, case.state.receipt)
            return (Evidence("restatement", "found", "suggestive", claim, fault.subject, fault),)
    return (Evidence("restatement", "clean"),)


def row_count(case: Case) -> tuple[Evidence, ...]:
    """Does a day bring about as many rows as the same weekday did before?"""
    known = _known(case, "row_count")
    profile = case.profile
    if known[0].outcome == "found" or profile is None:
        return known if profile else _blind(case, "row_count")
    odd: list[tuple[date, Decimal]] = []
    for day in _days(case.window):
        counts = [profile.rows.get(day - timedelta(days=7 * n), {}).get("n", 0) for n in range(1, 9)]
        usual = median(counts)
        if usual >= FEW_ROWS:
            ratio = Decimal(profile.rows.get(day, {}).get("n", 0)) / Decimal(str(usual))
            odd += [(day, ratio)] if ratio < SHORT or ratio > DOUBLED else []
    if not odd or len(odd) * 2 > len(_days(case.window)):
        # What holds for most of the days is no broken load of a day: it is what happened.
        return (Evidence("row_count", "clean"),)
    day, ratio = min(odd, key=lambda item: item[1])
    one = Period(day, day, "day")
    rate = _fact(case, one, "rate", ratio, "ratio", f"rows of {profile.table} against the same weekday")
    text = f"{profile.table} brought {{{rate.id}}} of its usual rows on {{{rate.id}:when}}."
    claim = Claim("row_count", "data_fault", (rate.id,), text, must=True, weight=4.0, tone="bad")
    whole = ratio == 0 or ratio > DOUBLED
    return (Evidence("row_count", "found", "conclusive" if whole else "suggestive", claim, profile.table),)


def nulls(case: Case) -> tuple[Evidence, ...]:
    """Are there more missing values than before?"""
    profile = case.profile
    if profile is None:
        return _blind(case, "nulls")
    if not profile.valued:
        return _known(case, "nulls")
    share_now, share_before = (_share_missing(profile, p) for p in (case.window, case.base))
    if share_now is None or share_before is None or share_now - share_before < MORE_NULLS:
        return _known(case, "nulls")
    rate = _fact(case, case.window, "rate", share_now, "ratio", f"missing values in {profile.table}")
    text = f"{{{rate.id}}} of the values in {profile.table} are missing, more than in the period before."
    claim = Claim("nulls", "data_fault", (rate.id,), text, must=True, weight=4.0, tone="bad")
    return (Evidence("nulls", "found", "conclusive", claim, profile.table),)


def duplicates(case: Case) -> tuple[Evidence, ...]:
    """Is anything counted twice?"""
    known = _known(case, "duplicates")
    profile = case.profile
    if known[0].outcome == "found" or profile is None or not profile.keyed:
        return known
    days = [profile.rows[d] for d in _days(case.window) if d in profile.rows]
    rows, keys = sum(d["n"] for d in days), sum(d["k"] for d in days)
    if not rows or Decimal(rows - keys) / rows < REPEATED_KEYS:
        return known
    rate = _fact(case, case.window, "rate", Decimal(rows - keys) / rows, "ratio", f"repeated keys in {profile.table}")
    text = f"{{{rate.id}}} of the rows of {profile.table} repeat a key."
    claim = Claim("duplicates", "data_fault", (rate.id,), text, must=True, weight=4.0, tone="bad")
    return (Evidence("duplicates", "found", "conclusive", claim, profile.table),)


def unit_factor(case: Case) -> tuple[Evidence, ...]:
    """Did nearly every slice move by one and the same factor, that of the whole?"""
    sighting = case.sighting
    if sighting.before <= 0 or sighting.after <= 0:
        return (Evidence("unit_factor", "clean"),)
    factor = float(sighting.after / sighting.before)
    slices = _ratios(sighting)
    if len(slices) < FEWEST_SLICES:
        return (Evidence("unit_factor", "unknown", why="too few slices"),)
    close = SAME_FACTOR * max(1.0, abs(log(factor)))
    alike = sum(weight for ratio, weight in slices if abs(log(ratio / factor)) <= close)
    if alike < NEARLY_ALL * sum(weight for _, weight in slices):
        return (Evidence("unit_factor", "clean"),)
    fact = _fact(case, case.window, "rate", Decimal(str(round(factor, 6))), "ratio", "factor over all slices")
    text = f"Every slice stands at {{{fact.id}}} of what it was: one factor, as after a change of unit or price."
    claim = Claim("unit_factor", "data_fault", (fact.id,), text, must=True, weight=4.0, tone="bad")
    unit = any(abs(log(factor / known)) <= close for known in FACTORS)
    return (Evidence("unit_factor", "found", "conclusive" if unit else "suggestive", claim),)


def _ratios(sighting: Sighting) -> list[tuple[float, float]]:
    """(after ÷ before, before) of every slice that is large enough to say something."""
    least = float(sighting.before) * SMALL_SLICE
    found: list[tuple[float, float]] = []
    for split in sighting.explained["contributions"]:
        for member in split["members"]:
            before, after = member["before"], member["after"]
            if before and after and before > least and after > 0:
                found.append((after / before, before))
    return found


def silent_source(case: Case) -> tuple[Evidence, ...]:
    """Is there a system that brought rows before and none now?"""
    profile = case.profile
    if profile is None:
        return _blind(case, "silent_source")
    if not profile.systems:
        return (Evidence("silent_source", "unknown", why="rows do not say where they came from"),)
    for system, (before, now) in profile.systems.items():
        if before >= FEW_ROWS and now == 0:
            fact = _fact(case, case.base, "count", Decimal(before), "rows", f"rows of {system}")
            text = f"{system} brought no rows, after {{{fact.id}}} in the period before."
            claim = Claim("silent_source", "data_fault", (fact.id,), text, must=True, weight=4.0, tone="bad")
            return (Evidence("silent_source", "found", "conclusive", claim, system),)
    return (Evidence("silent_source", "clean"),)


def definition_change(case: Case) -> tuple[Evidence, ...]:
    """Did the definition change between the two periods? Both are computed by today's, so it moves nothing here."""
    for part in case.desk.catalog.inputs_of(case.metric):
        for change in part.changelog:
            if change.version > 1 and case.base.start <= change.on <= case.desk.calendar.today:
                one = Period(change.on, change.on, "day")
                fact = _fact(case, one, "day", Decimal(change.on.toordinal()), "day", f"change of {part.label}")
                text = f"The definition of {part.label} changed on {{{fact.id}}}; both figures are by the present one."
                claim = Claim("definition_change", "definition", (fact.id,), text, weight=2.0)
                return (Evidence("definition_change", "found", "context", claim),)
    return (Evidence("definition_change", "clean"),)


def policy_change(case: Case) -> tuple[Evidence, ...]:
    """Do other rows count than at the last look? Both periods are read under today's rights."""
    if not case.policy_before:
        return (Evidence("policy_change", "unknown", why="no earlier look"),)
    if case.policy_before == case.desk.access.key:
        return (Evidence("policy_change", "clean"),)
    text = (
        "The rights under which this is read changed since the last look; both figures are read under the present ones."
    )
    claim = Claim("policy_change", "definition", (), text, weight=2.0)
    return (Evidence("policy_change", "found", "context", claim),)


def unfinished_period(case: Case) -> tuple[Evidence, ...]:
    """Is the period over?"""
    if case.window.end < case.desk.calendar.today:
        return (Evidence("unfinished_period", "clean"),)
    claim = Claim("unfinished_period", "data_fault", (), "The period is not over.", must=True, weight=5.0, tone="bad")
    return (Evidence("unfinished_period", "found", "conclusive", claim),)


def _blind(case: Case, check: CheckId) -> tuple[Evidence, ...]:
    known = _known(case, check)
    return known if known[0].outcome == "found" else (Evidence(check, "unknown", why=case.blind),)


def _fact(case: Case, period: Period, kind: FactKind, value: Decimal, unit: str, label: str) -> Fact:
    receipt = case.profile.receipt if case.profile else str(case.sighting.explained["receipt"])
    metric = case.metric.name
    return case.book.add(metric=metric, label=label, period=period, kind=kind, value=value, unit=unit, receipt=receipt)


def _days(period: Period) -> list[date]:
    return [period.start + timedelta(days=n) for n in range((period.end - period.start).days + 1)]


def _share_missing(profile: Profile, period: Period) -> Decimal | None:
    days = [profile.rows[d] for d in _days(period) if d in profile.rows]
    rows = sum(d["n"] for d in days)
    return Decimal(rows - sum(d["v"] for d in days)) / rows if rows else None


Check = Callable[[Case], tuple[Evidence, ...]]
CHECKS: tuple[Check, ...] = (
    freshness,
    partial_load,
    row_count,
    nulls,
    duplicates,
    schema_drift,
    reconciliation,
    unit_factor,
    silent_source,
    definition_change,
    policy_change,
    unfinished_period,
    restatement,
)
"""In the order in which they are looked at and told."""
