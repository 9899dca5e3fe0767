"""A rich document of a company that does not exist: a weekly brief with everything a renderer must carry."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import sin

from agents.claims import Claim, Sentence
from agents.document import Cell, Chart, Document, Figure, Section, Table, Words
from agents.facts import Fact, FactBook, FactKind, Period, Slice
from catalog.metrics import Direction

WEEK = Period(date(2026, 11, 9), date(2026, 11, 15), "week")
KPIS: tuple[tuple[str, str, str, float, float, float, float, Direction], ...] = (
    ("orders_value", "Order value", "EUR", 1_284_300, -0.081, 0.042, -0.031, "up"),
    ("orders", "Orders", "count", 18_412, -0.063, 0.057, -0.012, "up"),
    ("basket", "Average basket", "EUR", 69.75, -0.019, -0.014, 0.004, "up"),
    ("on_time", "Delivered on time", "ratio", 0.934, -0.022, 0.011, -0.016, "up"),
    ("return_rate", "Return rate", "ratio", 0.048, 0.118, 0.067, 0.2, "down"),
    ("active_shops", "Active shops", "count", 2_318, 0.006, 0.131, 0.021, "up"),
    ("churned", "Shops lost", "count", 14, 0.273, -0.176, 0.167, "down"),
    ("margin", "Gross margin", "ratio", 0.312, 0.0, 0.024, -0.008, "up"),
    ("tickets", "Support tickets", "count", 963, 0.144, 0.207, 0.0701, "down"),
    ("cash_days", "Days to payment", "days", 37, 0.028, -0.051, 0.0571, "down"),
)
SHOPS = (
    "Bakkerij Zonneveld",
    "Café Ørsted & Sons",
    "Maison Lumière du Nord",
    "Harbour Street Grocers",
    "Talsma Food Halls",
    "Pike's Corner <Depot>",
    "Süd-West Feinkost",
    "Alder & Pine Provisions",
)


@dataclass
class Draft:
    """Facts and claims while a document is written."""

    facts: FactBook = field(default_factory=FactBook)
    claims: dict[str, Claim] = field(default_factory=dict[str, Claim])

    def fact(
        self,
        label: str,
        kind: FactKind,
        value: float,
        unit: str,
        where: Slice = (),
        receipt: str = "",
        direction: Direction = "neutral",
    ) -> Fact:
        """One number, under a receipt named after its label."""
        return self.facts.add(
            metric=label.lower().replace(" ", "_"),
            label=label,
            period=WEEK,
            kind=kind,
            value=Decimal(str(value)),
            unit=unit,
            slice=where,
            receipt=receipt or f"rc_{sum(map(ord, label)):x}q7k",
            direction=direction,
        )

    def say(self, text: str, kind: str = "level") -> Sentence:
        """A sentence with a claim of its own."""
        key = f"c{len(self.claims) + 1}"
        self.claims[key] = Claim(key, kind, (), text)  # pyright: ignore[reportArgumentType] - a literal in each call
        return Sentence((key,), text)


def series(level: float, steps: int = 16, phase: float = 0.0) -> tuple[tuple[date, Decimal], ...]:
    """Weeks up to the brief's, with a swell and a fall at the end."""
    start = WEEK.end - timedelta(7 * (steps - 1))
    values = [level * (1 + 0.09 * sin(step / 2.3 + phase) + 0.006 * step) for step in range(steps)]
    values[-1] *= 0.93
    scale = level / values[-1]
    return tuple((start + timedelta(7 * step), Decimal(f"{value * scale:.4f}")) for step, value in enumerate(values))


def brief(label: str = "Data incomplete: returns of the last two days have not arrived.") -> Document:
    """A weekly brief: ten figures, reasons, a chart each way, eight customers, trust, steps; twelve sections."""
    draft = Draft()
    kpis, title = _kpis(draft)
    sections = [kpis, _drivers(draft), _regions(draft), _customers(draft), _anomaly(draft)]
    for name in ("Returns", "Shops", "Margin", "Support"):
        sections.append(_small(draft, name))
    sections += [_restated(draft), _trust(draft), _steps(draft)]
    return Document(
        agent="weekly-brief",
        key="weekly-brief/2026-W46",
        heading="Weekly brief",
        title=title,
        at=datetime(2026, 11, 16, 8, 0, tzinfo=UTC),
        sections=tuple(sections),
        facts=draft.facts,
        claims=draft.claims,
        label=label,
        scope="All regions",
        link="https://dashboards.example.com/weekly",
        notes=(
            "Weeks run from Monday to Sunday. A year ago is the same week, not the same date.",
            "Reply to this mail to reach the data team.",
        ),
    )


def _tone(change: float, direction: Direction) -> str:
    if not change or direction == "neutral":
        return "neutral"
    return "good" if (change > 0) == (direction == "up") else "bad"


def _moves(unit: str) -> tuple[FactKind, FactKind, FactKind]:
    """A ratio moves by points, everything else by percent."""
    return ("change", "yoy_points", "target_pct") if unit == "ratio" else ("change_pct", "yoy_pct", "target_pct")


def _kpis(draft: Draft) -> tuple[Section, Sentence]:
    rows: list[tuple[Cell, ...]] = []
    charts: list[Chart] = []
    firsts: list[Fact] = []
    for number, (key, label, unit, value, week, year, plan, way) in enumerate(KPIS):
        level = draft.fact(label, "value", value, unit, direction=way)
        moves = [
            draft.fact(label, kind, move + number / 10_000, "ratio", direction=way)
            for kind, move in zip(_moves(unit), (week, year, plan), strict=True)
        ]
        firsts += [level, moves[0]]
        cells = [Figure(move.id, True, _tone(float(move.value), way)) for move in moves]  # pyright: ignore[reportArgumentType]
        rows.append((Words(label), Figure(level.id), *cells, None))
        alt = draft.say(f"{{{level.id}:name}} by week, last {{{level.id}}}.")
        charts.append(Chart(f"spark-{key}", "spark", label, alt, unit, series(value, 12, number)))
    columns = ("Metric", "Last week", "vs week before", "vs year ago", "vs target", "Trend")
    spark = {number: chart.id for number, chart in enumerate(charts)}
    title = draft.say(
        f"Order value fell {{{firsts[1].id}}} to {{{firsts[0].id}}}: fewer orders, mostly from the coast.", "headline"
    )
    lead = draft.say(f"Orders fell {{{firsts[3].id}}} and baskets shrank {{{firsts[5].id}}}.", "change")
    table = Table("", columns, tuple(rows), spark)
    return Section("kpis", "", (lead,), (table,), tuple(charts)), title


def _drivers(draft: Draft) -> Section:
    parts = (
        ("Coast", -74_200),
        ("Inland", -31_900),
        ("Capital", 12_400),
        ("North", -18_050),
        ("Islands", 2_610),
        ("Partners & resellers", -4_330),
    )
    facts = [draft.fact("Order value", "contribution", value, "EUR", (("region", name),)) for name, value in parts]
    share = draft.fact("Order value", "share", 0.655, "ratio", (("region", "Coast"),))
    total = draft.fact("Order value", "change", -113_470, "EUR")
    said = (
        draft.say(
            f"The fall of {{{total.id}}} came mainly from {{{share.id}:where}}, with {{{share.id}}} of it.", "driver"
        ),
        draft.say(f"{{{facts[2].id}:where}} moved against it and added {{{facts[2].id}:signed}}.", "offset"),
        draft.say("Fewer orders explain it; the price of a basket hardly moved.", "mix"),
    )
    line = Chart(
        "order-value",
        "line",
        "Order value by week",
        draft.say(f"Order value by week: down {{{total.id}}}, below the expected range."),
        "EUR",
        series(1_284_300),
        tuple((day - timedelta(364), value * Decimal("0.87")) for day, value in series(1_284_300, phase=0.3)),
        (Decimal(1_335_000), Decimal(1_420_000)),
        marked=(date(2026, 9, 13),),
    )
    bars = Chart(
        "by-region",
        "bars",
        "What each region added",
        draft.say(f"Contributions by region: {{{facts[0].id}:where}} {{{facts[0].id}:signed}} is the largest fall."),
        "EUR",
        bars=tuple((name, Decimal(value)) for name, value in parts),
    )
    return Section("drivers", "Why order value fell", said, (), (line, bars), "bad")


def _regions(draft: Draft) -> Section:
    rows: list[tuple[Cell, ...]] = []
    for number, region in enumerate(("Coast", "Inland", "North")):
        where = (("region", region),)
        value = draft.fact("Orders", "value", 5_210 - 830 * number, "count", where)
        change = draft.fact("Orders", "change_pct", -0.0915 + 0.031 * number, "ratio", where)
        rows.append((Words(region), Figure(value.id), Figure(change.id, True, "bad")))
    table = Table("Orders by region", ("Region", "Last week", "vs week before"), tuple(rows))
    return Section("regions", "Where", (), (table,))


def _customers(draft: Draft) -> Section:
    rows: list[tuple[Cell, ...]] = []
    for number, shop in enumerate(SHOPS):
        where = (("shop", shop),)
        health = draft.fact("Health", "value", 71 - 5 * number, "points", where)
        change = draft.fact("Health", "change", -11 - number, "points", where)
        worth = draft.fact("Contract value", "value", 248_000 - 17_350 * number, "EUR", where)
        rows.append(
            (
                Words(shop),
                Figure(health.id),
                Figure(change.id, True, "bad"),
                Figure(worth.id),
                Words("Logins fell, invoices late" if number % 2 else "Sponsor left"),
            )
        )
    lead = draft.say("Eight customers need a call this week.".replace("Eight", "Some"), "entity")
    table = Table("Customers whose health fell most", ("Customer", "Health", "Change", "Contract", "Why"), tuple(rows))
    return Section("customers", "Customers to call", (lead,), (table,), (), "bad")


def _anomaly(draft: Draft) -> Section:
    rate = draft.fact("Return rate", "value", 0.0481, "ratio")
    low = draft.fact("Return rate", "low", 0.0391, "ratio")
    high = draft.fact("Return rate", "high", 0.0452, "ratio")
    said = draft.say(
        f"The return rate of {{{rate.id}}} lies outside its expected range of {{{low.id}}} to {{{high.id}}}.", "anomaly"
    )
    chart = Chart(
        "return-rate",
        "line",
        "Return rate by week",
        draft.say(f"Return rate by week: {{{rate.id}}} in {{{rate.id}:when}}, above the expected range."),
        "ratio",
        series(0.0481, 20, 1.2),
        (),
        (Decimal("0.0391"), Decimal("0.0452")),
    )
    return Section("anomaly", "Unusual: return rate", (said,), (), (chart,))


def _small(draft: Draft, heading: str) -> Section:
    seed = sum(map(ord, heading))
    value = draft.fact(heading, "value", seed, "count")
    move = draft.fact(heading, "change_pct", seed / 9_000, "ratio")
    said = draft.say(f"{heading} stood at {{{value.id}}}, up {{{move.id}}} on the week before.", "change")
    return Section(heading.lower(), heading, (said,), (), ())


def _restated(draft: Draft) -> Section:
    old = draft.fact("Order value", "prior", 1_391_200, "EUR")
    new = draft.fact("Order value", "prior", 1_397_770, "EUR")
    said = draft.say(f"Order value of the week before was told as {{{old.id}}}; it is now {{{new.id}}}.", "restatement")
    return Section("restated", "Changed since the last brief", (said,))


def _trust(draft: Draft) -> Section:
    age = draft.fact("Returns", "age", 41, "hours")
    said = draft.say(f"Returns were last loaded {{{age.id}}} ago; all other tables are complete.", "trust")
    return Section("trust", "How far to trust this", (said,))


def _steps(draft: Draft) -> Section:
    who = draft.fact("Health", "rank", 1, "rank", (("shop", SHOPS[0]),))
    return Section(
        "steps",
        "Next steps",
        (
            draft.say(f"Call {{{who.id}:where}}, {{{who.id}}} in health lost, before Wednesday.", "action"),
            draft.say("Ask the coast team whether the depot strike explains the orders.", "action"),
        ),
    )
