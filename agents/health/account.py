"""One change and its evidence → facts and claims: what fell, whether the signs agree, what was tried before, what is
next. Alerts and digests lay the same claims out in different ways."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from agents.claims import Claim
from agents.desk import Desk
from agents.facts import Fact, FactBook, FactKind, Period
from agents.health.cases import TOO_FEW, Similar, Tried
from agents.health.changes import Change
from agents.health.evidence import Evidence
from agents.health.naming import words_of
from agents.health.reading import Day
from agents.health.signs import Commercial, State
from agents.narration.words import Wording, ref
from agents.report.sayings import Sayings
from catalog.agents import Agent, Health
from catalog.metrics import Direction

MOST_STEPS = 5
"""Steps of a playbook that an alert repeats."""
STEP = re.compile(r"\s*(?:\d+[.)]|[-*])\s+(?P<text>[^{}\d]{3,300})")
"""A step of a playbook that holds no number of its own."""


@dataclass(frozen=True)
class Moved:
    """A score or a component: where it was, where it is, and the difference."""

    label: str
    before: Fact
    now: Fact
    change: Fact


@dataclass(frozen=True)
class SignFacts:
    """A commercial sign: what it is called, whether it holds, its value, and its change as a fraction."""

    label: str
    state: State
    value: Fact
    change_pct: Fact | None


@dataclass(frozen=True)
class Account:
    """What is told of one entity. `moved` begins with the score itself; `actions` are what to do, the first first;
    `suggested` are the names of actions in the table of cases."""

    change: Change
    headline: Claim
    details: tuple[Claim, ...]
    moved: tuple[Moved, ...]
    signs: tuple[SignFacts, ...]
    agreement: Claim | None
    cases: tuple[Claim, ...]
    actions: tuple[Claim, ...]
    suggested: tuple[str, ...]
    weight: Fact | None
    due: Fact
    course: tuple[Day, ...]

    @property
    def stake(self) -> Decimal:
        """By what accounts are ranked."""
        return self.weight.value if self.weight else Decimal(0)


class Accounts:
    """Writes accounts into one book of facts."""

    def __init__(self, desk: Desk, agent: Agent, health: Health, evidence: Evidence, today: date) -> None:
        self.facts = FactBook()
        self.sayings = Sayings()
        self._desk = desk
        self._agent = agent
        self._health = health
        self._evidence = evidence
        self._due = business_days_after(today, health.due_days)
        self._metric, self._label, self._unit = score_words(desk, health)

    def of(self, change: Change) -> Account:
        """The account of one change, which must be among the evidence's."""
        weight = self._weight(change)
        due = self._fact(
            change, "due date", "day", Decimal(self._due.toordinal()), "day", period=Period(self._due, self._due)
        )
        course = self._evidence.courses.by_key.get(change.standing.key, ())
        moved = self._moved(change, course)
        signs = tuple(self._sign_facts(change))
        similar = self._evidence.similar.get(change.standing.key)
        actions, suggested = self._actions(change, similar, due)
        return Account(
            change,
            self._headline(change, moved),
            (*self._parts(moved), *self._stake(weight)),
            moved,
            signs,
            self._agreement(change),
            self._cases(change, similar),
            actions,
            suggested,
            weight,
            due,
            course,
        )

    def _fact(
        self,
        change: Change,
        label: str,
        kind: FactKind,
        value: Decimal,
        unit: str,
        *,
        period: Period | None = None,
        metric: str = "",
        receipt: str = "",
        trust: str = "",
        direction: Direction = "neutral",
    ) -> Fact:
        day = self._evidence.standings.as_of
        return self.facts.add(
            metric=metric,
            label=label,
            period=period or Period(day, day, "day"),
            kind=kind,
            value=value,
            unit=unit,
            slice=((self._agent.entity or "", change.standing.name),),
            receipt=receipt or self._evidence.standings.receipt,
            trust=trust or self._evidence.standings.trust,
            direction=direction,
        )

    def _moved(self, change: Change, course: tuple[Day, ...]) -> tuple[Moved, ...]:
        """The score, and each component, on the day of the reference and now."""
        then = next((day for day in course if day.day == change.since), None)
        standing, parts = change.standing, self._health.components
        rows = [(self._label, self._metric, change.reference, standing.score)]
        before = then.parts if then else standing.parts
        for n, part in enumerate(parts):
            was, now = before[n], standing.parts[n]
            if was is not None and now is not None:
                rows.append((part.label, "", was, now))
        return tuple(self._pair(change, *row) for row in rows)

    def _pair(self, change: Change, label: str, metric: str, was: Decimal, now: Decimal) -> Moved:
        since = Period(change.since, change.since, "day")
        whole = Period(change.since, self._evidence.standings.as_of)
        receipt = self._evidence.courses.receipt
        unit = self._unit
        return Moved(
            label,
            self._fact(change, label, "prior", was, unit, period=since, metric=metric, receipt=receipt),
            self._fact(change, label, "value", now, unit, metric=metric, direction="up_is_good"),
            self._fact(change, label, "change", now - was, unit, period=whole, metric=metric, direction="up_is_good"),
        )

    def _headline(self, change: Change, moved: tuple[Moved, ...]) -> Claim:
        score = moved[0]
        who, now = f"The {ref(score.now, 'name')} of {ref(score.now, 'where')}", ref(score.now)
        if change.kind == "fall":
            fell, was = ref(score.change), ref(score.before)
            text = f"{who} fell {fell}, from {was} on {ref(score.before, 'when')} to {now} on {ref(score.now, 'when')}."
            other = (
                f"{who} was {was} on {ref(score.before, 'when')} and is {now} on {ref(score.now, 'when')}, down {fell}."
            )
            facts = (score.now, score.before, score.change)
            return self.sayings.say("headline", facts, Wording(text, (other,)), must=True, weight=90, tone="bad")
        if change.kind == "conflict":
            held = self._count(change, "commercial signs that hold", len(change.holding))
            text = f"{who} stands at {now}, while {ref(held)} commercial signs say otherwise."
            return self.sayings.say("headline", (score.now, held), text, must=True, weight=80, tone="bad")
        text = f"{who} stands at {now}, while every commercial sign improves."
        return self.sayings.say("headline", (score.now,), text, must=True, weight=60)

    def _parts(self, moved: tuple[Moved, ...]) -> list[Claim]:
        fell = sorted((m for m in moved[1:] if m.change.value < 0), key=lambda m: m.change.value)
        if not fell:
            return []
        listed = ", ".join(f"{ref(m.change, 'name')} by {ref(m.change)}" for m in fell)
        text = f"Of its parts, these fell: {listed}."
        return [self.sayings.say("change", [m.change for m in fell], text, weight=40, tone="bad")]

    def _weight(self, change: Change) -> Fact | None:
        weight = self._evidence.weights.get(change.standing.name)
        if weight is None:
            return None
        metric = weight.metric
        return self._fact(
            change,
            metric.label,
            "value",
            weight.value,
            metric.unit,
            metric=metric.name,
            receipt=weight.receipt,
            trust=weight.trust,
            direction=metric.direction,
        )

    def _stake(self, weight: Fact | None) -> list[Claim]:
        if weight is None:
            return []
        return [self.sayings.say("level", (weight,), f"At stake: {ref(weight)} of {ref(weight, 'name')}.", weight=30)]

    def _sign_facts(self, change: Change) -> list[SignFacts]:
        found: list[SignFacts] = []
        for sign in change.signs:
            pct = self._of_sign(change, sign, "change_pct", sign.change_pct, "ratio")
            value = self._of_sign(change, sign, "value", sign.value, sign.metric.unit)
            if value is not None:
                found.append(SignFacts(sign.sign.label, sign.state, value, pct))
        return found

    def _of_sign(
        self, change: Change, sign: Commercial, kind: FactKind, value: Decimal | None, unit: str
    ) -> Fact | None:
        if value is None:
            return None
        return self._fact(
            change,
            sign.sign.label,
            kind,
            value,
            unit,
            period=sign.period,
            metric=sign.metric.name,
            receipt=sign.receipt,
            trust=sign.trust,
            direction=sign.metric.direction,
        )

    def _agreement(self, change: Change) -> Claim | None:
        if not change.signs or change.kind != "fall":
            return None
        held = self._count(change, "commercial signs that hold", len(change.holding))
        every = self._count(change, "commercial signs", len(change.signs))
        if not change.holding:
            text = f"The commercial signs do not agree: none of {ref(every)} holds."
            return self.sayings.say("entity", (every,), text, must=True, weight=35)
        agree = len(change.holding) >= self._health.signs_needed
        text = (
            f"The commercial signs agree with it: {ref(held)} of {ref(every)} hold."
            if agree
            else f"Few commercial signs agree with it: {ref(held)} of {ref(every)}."
        )
        return self.sayings.say("entity", (held, every), text, must=True, weight=35, tone="bad" if agree else "neutral")

    def _cases(self, change: Change, similar: Similar | None) -> tuple[Claim, ...]:
        if similar is None:
            return ()
        if similar.why:
            pool = self._count(change, "past cases", similar.pool)
            why = (
                f"There are too few cases to compare with ({ref(pool)})."
                if similar.why == TOO_FEW
                else f"None of the {ref(pool)} past cases is comparable."
            )
            return (self.sayings.say("case", (pool,), why, weight=20),)
        near = self._count(change, "similar cases", len(similar.neighbours))
        good = self._count(change, self._good(), sum(case.good for case in similar.neighbours))
        text = f"Of {ref(near)} similar cases that are closed, {ref(good)} ended as {ref(good, 'name')}."
        said = [self.sayings.say("case", (near, good), text, weight=25)]
        said += [self._tried(change, tried, near) for tried in similar.tried]
        return tuple(said)

    def _tried(self, change: Change, tried: Tried, near: Fact) -> Claim:
        used = self._count(change, words_of(tried.action), tried.used)
        good = self._count(change, f"{self._good()} after {words_of(tried.action)}", tried.good)
        rate = f"rate of {words_of(tried.action)}"
        low = self._fact(change, rate, "low", Decimal(f"{tried.low:.4f}"), "ratio")
        high = self._fact(change, rate, "high", Decimal(f"{tried.high:.4f}"), "ratio")
        text = (
            f"Tried before: {ref(used, 'name')}, in {ref(used)} of these {ref(near)} cases, of which {ref(good)} came "
            f"out well (a rate between {ref(low)} and {ref(high)} is consistent with that)."
        )
        return self.sayings.say("case", (near, used, good, low, high), text, weight=24)

    def _actions(self, change: Change, similar: Similar | None, due: Fact) -> tuple[tuple[Claim, ...], tuple[str, ...]]:
        if similar is not None and similar.tried:
            first = similar.tried[0]
            used = self._count(change, words_of(first.action), first.used)
            text = f"Suggested next: {ref(used, 'name')}, by {ref(due)}."
            said = self.sayings.say("action", (used, due), text, must=True, weight=15)
            return (said,), tuple(tried.action for tried in similar.tried)
        agreed = f"Agree a next step by {ref(due)}."
        said = [self.sayings.say("action", (due,), agreed, must=True, weight=15)]
        said += [self.sayings.say("action", (), step, weight=14) for step in playbook_steps(self._desk, self._health)]
        return tuple(said), ()

    def _good(self) -> str:
        return words_of(self._health.cases.good) if self._health.cases else "good"

    def _count(self, change: Change, label: str, count: int) -> Fact:
        return self._fact(change, label, "count", Decimal(count), "count")


def score_words(desk: Desk, health: Health) -> tuple[str, str, str]:
    """The certified metric over the score (or ""), how a person calls the score, and its unit."""
    found = desk.catalog.tables[health.dataset].column(health.score)
    label = (found.label if found else "") or words_of(health.score)
    metric = next((name for name, m in _over_score(desk, health).items() if m == health.score), "")
    return metric, label, (found.unit if found else "") or "points"


def _over_score(desk: Desk, health: Health) -> Mapping[str, str]:
    """Metrics measured over the score's own table, and what they measure."""
    measured = {name: m.measure for name, m in desk.access.metrics.items()}
    return {n: (m.expr or "").strip() for n, m in measured.items() if m is not None and m.dataset == health.dataset}


def playbook_steps(desk: Desk, health: Health) -> tuple[str, ...]:
    """Steps of the playbook that speaks first of a metric over the score's table."""
    over = _over_score(desk, health)
    books = [b for b in desk.catalog.playbooks.values() if any(name in over for name in b.metrics)]
    ordered = sorted(books, key=lambda b: (min(n for n, name in enumerate(b.metrics) if name in over), b.name))
    for book in ordered:
        steps = [m["text"].strip() for line in book.body.splitlines() if (m := STEP.fullmatch(line))]
        if steps:
            return tuple(steps[:MOST_STEPS])
    return ()


def business_days_after(day: date, count: int) -> date:
    """The day `count` working days (Monday to Friday) later."""
    while count > 0:
        day += timedelta(days=1)
        count -= day.weekday() < 5
    return day
