"""Reads a question for figures: metrics, groups, filters, period, comparison, grain and ranking → a metric request."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from catalog.access import Access
from catalog.company_calendar import CompanyCalendar
from catalog.metrics import Grain, Metric
from catalog.refusals import Ambiguous, NotUnderstood
from catalog.request import Condition, MetricRequest, Order
from catalog.search import CatalogIndex, folded
from tools.question.comparisons import Comparison, settle_periods, take_comparison
from tools.question.lexicon import Entry, Spot
from tools.question.periods import Period, Periods
from tools.question.ranking import ADVERBS, Ranking, take_grain, take_ranking
from tools.question.reading import Reading
from tools.question.text import Words, phrase
from tools.question.vocabulary import FILLERS, GROUPING, MOVES, NEGATION, NOW, UNIT, VS

ASKED_FOR_GROUPS = GROUPING | {"which", "what", "all"}
SHOWN = 40
GRAIN_WORDS = frozenset(UNIT.split("|")) | frozenset(ADVERBS)
JOINING = frozenset({"and", "plus", "as", "well", "our", "the", "both"})


@dataclass
class Found:
    """What the spots of a question were taken for."""

    metrics: list[Metric] = field(default_factory=list[Metric])
    group_by: list[str] = field(default_factory=list[str])
    where: list[Condition] = field(default_factory=list[Condition])
    nouns: list[Spot] = field(default_factory=list[Spot])
    notes: list[str] = field(default_factory=list[str])
    values: list[Spot] = field(default_factory=list[Spot])
    counted: list[Spot] = field(default_factory=list[Spot])


def read_figures(
    words: Words, spots: list[Spot], access: Access, calendar: CompanyCalendar, notes: tuple[str, ...], *, explain: bool
) -> Reading:
    """The request behind a question for figures. Raises NotUnderstood, Ambiguous."""
    if explain:
        while words.consume(phrase(MOVES)):
            pass
    comparison = take_comparison(words)
    periods = Periods(calendar).take_all(words)
    period, comparison = settle_periods(periods, comparison, words, calendar)
    grain, trend = take_grain(words)
    ranking = take_ranking(words)
    found = Found(notes=list(notes))
    _take_metrics(words, spots, access, found)
    _take_dimensions(words, spots, access, found, ranking)
    _take_values(words, spots, access, found)
    if not found.metrics:
        _metric_from_nouns(access, found)
    _check_left(words, access, found)
    if trend and grain is None:
        grain = _default_grain(access, found.metrics[0])
    return _reading(access, calendar, found, period, comparison, grain, ranking, words, explain)


def _take_metrics(words: Words, spots: list[Spot], access: Access, found: Found) -> None:
    used: list[Spot] = []
    for spot in spots:
        entries = spot.of("metric")
        if not entries:
            continue
        before = words.words[spot.start - 1] if spot.start else ""
        if spot.of("dimension") and before in ASKED_FOR_GROUPS:
            continue
        entry, *others = entries
        if others:
            labels = [access.metrics[e.name].label for e in entries]
            raise Ambiguous(f"'{spot.phrase[:SHOWN]}' can mean more than one metric.", choices=labels)
        metric = access.metrics[entry.name]
        if metric not in found.metrics:
            found.metrics.append(metric)
        found.notes += _alternatives(access, metric, spot.phrase)
        used.append(spot)
    _check_joined(words, used)


def _check_joined(words: Words, used: list[Spot]) -> None:
    """Several metrics are asked for side by side only: "MRR from new customers" is another question."""
    for one, other in pairwise(used):
        between = [
            w
            for w, taken in zip(words.words[one.end : other.start], words.taken[one.end : other.start], strict=True)
            if not taken
        ]
        if between and set(between) <= set(VS.split("|")):
            words.take(one.end, other.start)
        elif not set(between) <= JOINING:
            raise NotUnderstood(
                f"How '{one.phrase[:SHOWN]}' and '{other.phrase[:SHOWN]}' belong together was not understood.",
                choices=[
                    f"{one.phrase} and {other.phrase} last month",
                    f"{one.phrase} last month",
                    f"{other.phrase} last month",
                ],
            )


def _alternatives(access: Access, metric: Metric, written: str) -> list[str]:
    """What else a broad word could have meant, as the catalog says."""
    own = (metric.name.replace("_", " "), metric.label.casefold())
    others = [access.metrics[n].label for n in metric.not_to_be_confused_with if n in access.metrics]
    if written in own or not others or len(written.split()) > 1:
        return []
    return [f"'{written}' was read as {metric.label}; {' and '.join(others)} are other metrics."]


def _take_dimensions(words: Words, spots: list[Spot], access: Access, found: Found, ranking: Ranking | None) -> None:
    """A dimension is grouped by when a grouping word, a ranking or another grouped dimension stands before it, or a
    metric after "by"; else it is a noun ("customers in EMEA") that needs no reading."""
    grouped_until = -1
    for spot in spots:
        entries = spot.of("dimension")
        if not entries or (
            spot.of("metric") and any(m.name == e.name for m in found.metrics for e in spot.of("metric"))
        ):
            continue
        before = words.words[spot.start - 1] if spot.start else ""
        after = words.words[spot.end] if spot.end < len(words.words) else ""
        chained = grouped_until >= 0 and set(words.words[grouped_until : spot.start]) <= {"and"}
        chained = chained or (before == "and" and spot.start > 1 and words.words[spot.start - 2] in GRAIN_WORDS)
        ranked = ranking is not None and ranking.start <= spot.start
        listed = after == "by" and any(s.start == spot.end + 1 and s.of("metric") for s in spots)
        if not (before in ASKED_FOR_GROUPS or chained or listed or (ranked and not found.group_by)):
            found.nouns.append(spot)
            continue
        if spot.of("value") and before not in ASKED_FOR_GROUPS:
            continue
        name = _one_dimension(spot, entries, found)
        if name not in found.group_by:
            found.group_by.append(name)
        grouped_until = spot.end
        if before in ASKED_FOR_GROUPS:
            words.take(spot.start - 1, spot.start)
        if listed:
            words.take(spot.end, spot.end + 1)


def _one_dimension(spot: Spot, entries: tuple[Entry, ...], found: Found) -> str:
    fitting = [e.name for e in entries if all(_allows(m, e.name) for m in found.metrics)] or [e.name for e in entries]
    if len(fitting) > 1:
        raise Ambiguous(f"'{spot.phrase[:SHOWN]}' can mean {' or '.join(fitting)}.", choices=fitting)
    return fitting[0]


def _allows(metric: Metric, dimension: str) -> bool:
    allowed = metric.dimensions.allowed
    return not allowed or dimension in allowed or any(name.endswith(".*") for name in allowed)


def _take_values(words: Words, spots: list[Spot], access: Access, found: Found) -> None:
    negated, last_end = False, -2
    chosen: dict[tuple[str, bool], list[str]] = {}
    for index, spot in enumerate(spots):
        entries = spot.of("value")
        if not entries or spot.of("metric") or _grouped(spot, found):
            continue
        before = words.words[spot.start - 1] if spot.start else ""
        if set(words.words[last_end : spot.start]) - {"and", "or", "the"} or last_end < 0:
            negated = _negation_before(words, spot.start)
        if before == "or" or words.words[last_end : spot.start] == ["or"]:
            words.take(spot.start - 1, spot.start)
        last_end = spot.end
        found.values.append(spot)
        entry = _one_value(spot, entries, spots, index, access)
        chosen.setdefault((entry.name, negated), []).append(entry.value)
    for (dimension, excluded), members in chosen.items():
        unique = tuple(dict.fromkeys(members))
        if len(unique) == 1:
            found.where.append(Condition(dimension=dimension, op="!=" if excluded else "=", value=unique[0]))
        else:
            found.where.append(Condition(dimension=dimension, op="not in" if excluded else "in", value=unique))


def _grouped(spot: Spot, found: Found) -> bool:
    return any(entry.name in found.group_by for entry in spot.of("dimension"))


def _negation_before(words: Words, start: int) -> bool:
    """True when the value is excluded; the words that say so are taken."""
    index = start - 1
    while index >= 0 and not words.taken[index] and words.words[index] in {"the", "in", "for", "from", "of", "any"}:
        index -= 1
    if index >= 0 and words.words[index] in NEGATION:
        words.take(index, start)
        return True
    if index >= 1 and words.words[index] == "than" and words.words[index - 1] == "other":
        words.take(index - 1, start)
        return True
    return False


def _one_value(spot: Spot, entries: tuple[Entry, ...], spots: list[Spot], index: int, access: Access) -> Entry:
    """The one dimension a value belongs to; a noun beside it ("Enterprise customers", "Enterprise tier") decides."""
    if len({e.name for e in entries}) == 1:
        return entries[0]
    beside = [
        s
        for s in spots[max(0, index - 1) : index + 2]
        if s is not spot and abs(s.start - spot.end) * abs(spot.start - s.end) == 0
    ]
    names = {e.name for s in beside for e in s.of("dimension")}
    fitting = [e for e in entries if e.name in names]
    if not fitting:
        tables = {access.dimensions[n].table.name for n in names}
        fitting = [e for e in entries if access.dimensions[e.name].table.name in tables]
    if len({e.name for e in fitting}) == 1:
        return fitting[0]
    labels = [access.dimensions[e.name].label for e in entries]
    raise Ambiguous(
        f"'{spot.phrase[:SHOWN]}' is a value of {' and of '.join(labels)}.",
        choices=[f"{label} {entries[0].value}" for label in labels],
    )


def _metric_from_nouns(access: Access, found: Found) -> None:
    """ "Customers by region" counts customers when the catalog has a metric for the number of them."""
    index = CatalogIndex(access)
    for spot in found.nouns:
        for text in (f"number of {spot.phrase}", f"{spot.phrase} count"):
            if name := index.resolve(text):
                found.metrics.append(access.metrics[name])
                found.counted.append(spot)
                found.notes.append(f"'{spot.phrase}' was read as {access.metrics[name].label}.")
                return


def _check_left(words: Words, access: Access, found: Found) -> None:
    now = any(word in NOW for word in words.left())
    flows = [m for m in found.metrics if not is_level(access, m)]
    left = [w for w in words.left() if w not in FILLERS and not (w in NOW and not flows)]
    left += [spot.phrase for spot in found.nouns if not _needs_no_reading(spot, found, access)]
    if now and flows and all(w in NOW for w in left) and left:
        raise Ambiguous(
            f"{flows[0].label} is counted over a period; 'now' does not say which.",
            choices=[f"{flows[0].label} last month", f"{flows[0].label} this month"],
        )
    if not found.metrics:
        raise NotUnderstood(
            "No metric was recognised in the question" + (f" (not understood: {_quoted(left)})." if left else "."),
            choices=_offers(access, left or words.words),
            hint="describe_catalog lists what can be asked.",
        )
    if left:
        shown = _quoted(left)
        raise NotUnderstood(
            f"Not understood: {shown}.",
            choices=_without(access, found),
            hint="Leave these words out, or say them in the catalog's own.",
        )


def _needs_no_reading(spot: Spot, found: Found, access: Access) -> bool:
    """True for a dimension that only names the population ("of our customers") or the value beside it."""
    own = {folded(access.dimensions[e.name].table.entity) for e in spot.of("dimension")}
    beside = any(abs(v.start - spot.end) * abs(spot.start - v.end) == 0 for v in found.values)
    return beside or folded(spot.phrase) in own or spot in found.counted


def _quoted(left: list[str]) -> str:
    return ", ".join(f"'{w[:SHOWN]}'" for w in dict.fromkeys(left[:6]))


def _offers(access: Access, words: list[str]) -> list[str]:
    near = CatalogIndex(access).candidates(" ".join(words[:12]), "metric", 3)
    names = [f.name for f in near] or [m.name for m in access.metrics.values() if m.hero][:3]
    return [f"{access.metrics[name].label} last month" for name in names]


def _without(access: Access, found: Found) -> list[str]:
    label = " and ".join(m.label for m in found.metrics[:2])
    groups = f" by {access.dimensions[found.group_by[0]].label}" if found.group_by else ""
    return [f"{label}{groups} last month", f"{label}{groups} last quarter", f"{label} by month this year"]


def is_level(access: Access, metric: Metric) -> bool:
    """True for metrics that are a level at a moment, not a flow over a period."""
    parts = access.catalog.inputs_of(metric)
    leaves = [m for m in parts if m.measure or m.cohort]
    return (
        bool(leaves) and all(m.snapshot or m.cohort or m.cumulative for m in leaves)
    ) or metric.type == "operational"


def _default_grain(access: Access, metric: Metric) -> Grain:
    for part in access.catalog.inputs_of(metric):
        if part.time:
            return part.time.default_grain
    return "month"


def _reading(
    access: Access,
    calendar: CompanyCalendar,
    found: Found,
    period: Period | None,
    comparison: Comparison | None,
    grain: Grain | None,
    ranking: Ranking | None,
    words: Words,
    explain: bool,
) -> Reading:
    if period and period.point and not all(is_level(access, m) for m in found.metrics):
        raise NotUnderstood(
            f"{found.metrics[0].label} is counted over a period, not on a day.",
            choices=[
                f"{found.metrics[0].label} on {period.start}",
                f"{found.metrics[0].label} in {period.start:%B %Y}",
            ],
        )
    if period is None and comparison and comparison.unit and grain is None and comparison.compare_to == "prior_period":
        running = calendar.start_of(comparison.unit, calendar.today)
        period = Periods(calendar).unit(comparison.unit, calendar.next_start(comparison.unit, running, -1))
    order, limit = _ranked(found, ranking, comparison)
    request = MetricRequest(
        metrics=tuple(m.name for m in found.metrics),
        group_by=tuple(found.group_by),
        grain=grain,
        start=period.start if period else None,
        end=period.end if period else None,
        where=tuple(found.where),
        order_by=order,
        limit=limit,
        compare_to=comparison.compare_to if comparison else None,
    )
    if explain:
        if len(found.metrics) > 1:
            raise NotUnderstood("One metric is explained at a time.")
        return Reading("explain", request, found.metrics[0].name, "", tuple(found.notes))
    return Reading("metric", request, found.metrics[0].name, "", tuple(found.notes))


def _ranked(
    found: Found, ranking: Ranking | None, comparison: Comparison | None
) -> tuple[tuple[Order, ...], int | None]:
    if ranking is None:
        return (), None
    if not found.group_by:
        raise NotUnderstood(
            "The question ranks, but does not say what.", choices=[f"{found.metrics[0].label} by month this year"]
        )
    if len(found.metrics) > 1:
        raise Ambiguous("The question ranks by more than one metric.", choices=[m.label for m in found.metrics])
    if ranking.assumed:
        found.notes.append(f"The first {ranking.count} are shown.")
    return (Order(by=found.metrics[0].name, direction=ranking.direction),), ranking.count
