"""Companies to write about: facts and claims as the agents make them, with a glossary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from agents.claims import Claim, ClaimKind
from agents.facts import Fact, FactBook, FactKind, Period, Slice
from agents.narration import words
from agents.narration.words import Wording, tone_of
from catalog.metrics import Direction


@dataclass
class Scene:
    """Facts and claims of one text. `weeks` are this period, the one before and the plan's."""

    now: Period
    before: Period
    plan: Period
    book: FactBook = field(default_factory=FactBook)
    claims: dict[str, Claim] = field(default_factory=dict[str, Claim])
    glossary: dict[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])

    def fact(
        self,
        metric: Metric,
        kind: FactKind,
        value: str | Decimal,
        *,
        unit: str = "",
        where: Slice = (),
        label: str = "",
        period: Period | None = None,
    ) -> Fact:
        """Write a number down."""
        periods: Mapping[str, Period] = {"prior": self.before, "target": self.plan, "target_pct": self.plan}
        return self.book.add(
            metric=metric.name,
            label=label or metric.label,
            period=period or periods.get(kind, self.now),
            kind=kind,
            value=Decimal(value),
            unit=unit or metric.unit,
            slice=where,
            receipt="r1",
            direction=metric.direction,
        )

    def say(
        self, kind: ClaimKind, wording: Wording, facts: Sequence[Fact], *, must: bool = False, weight: float = 0.0
    ) -> Claim:
        """Make a claim."""
        ids = tuple(dict.fromkeys(fact.id for fact in facts))
        tones = [tone_of(fact.value, fact.direction) for fact in facts if fact.kind in ("change", "change_pct")]
        claim = Claim(
            f"c{len(self.claims) + 1}",
            kind,
            ids,
            wording.sentence,
            wording.variants,
            must,
            weight,
            tones[0] if tones else "neutral",
        )
        self.claims[claim.id] = claim
        return claim


@dataclass(frozen=True)
class Metric:
    """A metric of a scene."""

    name: str
    label: str
    unit: str
    direction: Direction = "up_is_good"
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Told:
    """The claims made about one metric, by what they say."""

    change: Claim
    year: Claim
    target: Claim
    drivers: tuple[Claim, ...]
    offset: Claim
    anomaly: Claim
    level: Claim


def tell(
    scene: Scene,
    metric: Metric,
    value: str,
    prior: str,
    year_ago: str,
    target: str,
    parts: Sequence[tuple[Slice, str]],
    *,
    weight: float = 0.0,
) -> Told:
    """Everything about one metric. `parts` are (slice, share of the change); a negative share moved against it."""
    scene.glossary[metric.name] = (metric.label, *metric.synonyms)
    v, p = scene.fact(metric, "value", value), scene.fact(metric, "prior", prior)
    move = v.value - p.value
    ratio = metric.unit == "ratio"
    size = (
        scene.fact(metric, "change", move)
        if ratio
        else scene.fact(metric, "change_pct", move / abs(p.value), unit="ratio")
    )
    ago = scene.fact(metric, "year_ago", year_ago)
    yoy = (
        scene.fact(metric, "yoy_points", v.value - ago.value)
        if ratio
        else scene.fact(metric, "yoy_pct", v.value / ago.value - 1, unit="ratio")
    )
    plan = scene.fact(metric, "target", target)
    gap = scene.fact(metric, "target_pct", v.value / plan.value - 1, unit="ratio")
    change = scene.say("change", words.change_sentence(v, p, size), (v, p, size), must=True, weight=weight)
    year = scene.say("change", words.year_sentence(v, ago, yoy), (v, ago, yoy), weight=weight - 1)
    goal = scene.say("target", words.target_sentence(plan, gap), (plan, gap), weight=weight - 2)
    drivers: list[Claim] = []
    offset: Claim | None = None
    for where, part in parts:
        share = Decimal(part)
        c = scene.fact(metric, "contribution", move * share, where=where)
        if share > 0:
            s = scene.fact(metric, "share", share, unit="ratio", where=where)
            drivers.append(scene.say("driver", words.driver_sentence(c, s, size), (c, s), weight=weight - 3))
        else:
            offset = scene.say("offset", words.offset_sentence(c, size), (c,), weight=weight - 4)
    assert offset is not None
    low = scene.fact(metric, "low", v.value * Decimal("1.05"))
    high = scene.fact(metric, "high", v.value * Decimal("1.2"))
    odd = scene.say("anomaly", words.anomaly_sentence(v, low, high), (v, low, high), weight=weight - 5)
    level = scene.say("level", words.level_sentence(v), (v,), weight=weight - 6)
    return Told(change, year, goal, tuple(drivers), offset, odd, level)


def week(monday: date) -> Period:
    """A week."""
    return Period(monday, date.fromordinal(monday.toordinal() + 6), "week")


def software() -> tuple[Scene, dict[str, Told]]:
    """A software company's week: the scene that the honest paraphrases are about."""
    month = Period(date(2026, 11, 1), date(2026, 11, 30), "month")
    scene = Scene(week(date(2026, 11, 9)), week(date(2026, 11, 2)), month)
    seg = "segment"
    told = {
        "revenue": tell(
            scene,
            Metric("revenue", "Recognized revenue", "USD", synonyms=("revenue", "sales")),
            "1284000",
            "1426000",
            "1190000",
            "1350000",
            [(((seg, "Enterprise"),), "0.62"), (((seg, "SMB"),), "0.3"), (((seg, "Partner"),), "-0.12")],
            weight=30,
        ),
        "churn": tell(
            scene,
            Metric("churn", "Revenue churn rate", "ratio", "down_is_good", ("churn", "churn rate")),
            "0.034",
            "0.021",
            "0.029",
            "0.02",
            [(((seg, "SMB"),), "0.8"), (((seg, "Enterprise"),), "-0.2")],
            weight=20,
        ),
        "users": tell(
            scene,
            Metric("users", "Average daily active users", "users", synonyms=("active users",)),
            "48213",
            "46020",
            "39000",
            "47000",
            [((("region", "EMEA"), (seg, "Enterprise")), "0.7"), ((("region", "APAC"),), "-0.1")],
            weight=10,
        ),
    }
    return scene, told


def clinic() -> tuple[Scene, dict[str, Told]]:
    """A group of clinics, in euros, by month: nothing was developed on it."""
    scene = Scene(
        Period(date(2026, 9, 1), date(2026, 9, 30), "month"),
        Period(date(2026, 8, 1), date(2026, 8, 31), "month"),
        Period(date(2026, 7, 1), date(2026, 9, 30), "quarter"),
    )
    told = {
        "income": tell(
            scene,
            Metric("fee_income", "Fee income", "EUR", synonyms=("fees", "takings")),
            "734500",
            "689900",
            "801200",
            "700000",
            [((("clinic", "North Harbour"),), "0.55"), ((("clinic", "Elm Street"),), "-0.25")],
            weight=9,
        ),
        "no_show": tell(
            scene,
            Metric("no_show", "No-show rate", "ratio", "down_is_good", ("missed visits",)),
            "0.071",
            "0.0855",
            "0.064",
            "0.06",
            [((("kind", "Physio"),), "0.44"), ((("kind", "Dental"),), "-0.19")],
            weight=6,
        ),
        "wait": tell(
            scene,
            Metric("wait", "Average wait", "days", "down_is_good", ("waiting time",)),
            "12.4",
            "10.9",
            "14.2",
            "11",
            [((("clinic", "Quay"),), "0.9"), ((("clinic", "North Harbour"),), "-0.3")],
            weight=3,
        ),
    }
    return scene, told


def freight() -> tuple[Scene, dict[str, Told]]:
    """A carrier's quarter, in dollars and counts: nothing was developed on it."""
    scene = Scene(
        Period(date(2026, 4, 1), date(2026, 6, 30), "quarter"),
        Period(date(2026, 1, 1), date(2026, 3, 31), "quarter"),
        Period(date(2026, 1, 1), date(2026, 12, 31), "year"),
    )
    told = {
        "shipments": tell(
            scene,
            Metric("shipments", "Shipments", "count", synonyms=("loads",)),
            "9120",
            "10480",
            "8770",
            "9900",
            [((("lane", "Baltic"),), "0.71"), ((("lane", "Adriatic"),), "-0.16")],
            weight=9,
        ),
        "cost": tell(
            scene,
            Metric("cost_per_mile", "Cost per mile", "USD", "down_is_good", ("mile cost",)),
            "2.41",
            "2.18",
            "2.60",
            "2.25",
            [((("fleet", "Reefer"),), "0.64"), ((("fleet", "Flatbed"),), "-0.22")],
            weight=6,
        ),
        "on_time": tell(
            scene,
            Metric("on_time", "On-time share", "ratio", synonyms=("punctuality",)),
            "0.932",
            "0.951",
            "0.905",
            "0.96",
            [((("lane", "Adriatic"),), "0.58"), ((("lane", "Baltic"),), "-0.33")],
            weight=3,
        ),
    }
    return scene, told


def rest(scene: Scene, metric: Metric, value: str, mix: str, rate: str, where: Slice) -> dict[str, Claim]:
    """Claims of every other kind, about one more metric and the data behind it."""
    scene.glossary[metric.name] = (metric.label, *metric.synonyms)
    v = scene.fact(metric, "value", value)
    told = scene.fact(metric, "told", v.value * Decimal("0.93"))
    data = scene.fact(metric, "by_data", v.value * Decimal("0.05"))
    definition = scene.fact(metric, "by_definition", v.value * Decimal("-0.02"))
    change = scene.fact(metric, "change", v.value * Decimal("0.04"))
    m = scene.fact(metric, "contribution", mix, label="the mix")
    r = scene.fact(metric, "contribution", rate, label="the rates")
    own = scene.fact(metric, "value", v.value / 7, where=where)
    moved = scene.fact(metric, "change", v.value / -31, where=where)
    part = scene.fact(metric, "change_pct", "-0.184", unit="ratio", where=where)
    rank = scene.fact(metric, "rank", "3", unit="count")
    feed = Metric("", "ledger feed", "hours", "neutral")
    age, limit = scene.fact(feed, "age", "53"), scene.fact(feed, "age", "26", label="limit of ledger feed")
    table = scene.fact(Metric("", "stays table", "ratio", "neutral"), "rate", "0.041")
    cases = Metric("cases", "similar cases", "count", "neutral")
    many, well = scene.fact(cases, "count", "14"), scene.fact(cases, "count", "9", label="recovered cases")
    return {
        "restatement": scene.say(
            "restatement", words.restatement_sentence(v, told, data), (v, told, data), must=True, weight=2
        ),
        "definition": scene.say(
            "definition",
            words.definition_sentence(v, told, definition, data),
            (v, told, definition, data),
            must=True,
            weight=2,
        ),
        "mix": scene.say("mix", words.mix_sentence(m, r), (m, r)),
        "broad": scene.say("broad", words.broad_sentence(change), (change,)),
        "entity": scene.say("entity", words.entity_sentence(own, moved, part), (own, moved, part)),
        "rank": scene.say("rank", words.rank_sentence(v, rank, among="the months on record"), (v, rank)),
        "late": scene.say("data_fault", words.late_sentence(age, limit), (age, limit), must=True, weight=9),
        "fault": scene.say(
            "data_fault",
            Wording(f"{{{table.id}}} of the records in {{{table.id}:name}} are duplicates."),
            (table,),
            must=True,
            weight=9,
        ),
        "trust": scene.say("trust", words.trust_sentence(v, "stale: one of its feeds is late"), (v,), must=True),
        "case": scene.say("case", words.case_sentence(many, well), (many, well)),
        "action": scene.say("action", words.action_sentence("Ask the owner of the feed to load it again"), ()),
        "quiet": scene.say("quiet", words.quiet_sentence(v), (v,)),
        "doubt": scene.say(
            "trust",
            Wording(
                "No fault was found in the data, which does not prove that there is none; some checks could not look."
            ),
            (),
            must=True,
        ),
        "verdict": scene.say("data_fault", Wording("This is a data fault (medium confidence)."), (), must=True),
    }


def hotel() -> tuple[Scene, dict[str, Claim]]:
    """A hotel's month: the kinds of claim that are as much in words as in figures. Nothing was developed on it."""
    scene = Scene(
        Period(date(2026, 5, 1), date(2026, 5, 31), "month"),
        Period(date(2026, 4, 1), date(2026, 4, 30), "month"),
        Period(date(2026, 5, 1), date(2026, 5, 31), "month"),
    )
    room = Metric("room_revenue", "Room revenue", "GBP", synonyms=("lodging income",))
    return scene, rest(scene, room, "2310400", "58200", "34100", (("house", "Old Mill"),))
