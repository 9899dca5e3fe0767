"""Reads a question for figures: metrics, groups, filters, period, comparison, grain and ranking → a metric request."""

from __future__ import annotations

from catalog.access import Access
from catalog.company_calendar import CompanyCalendar
from catalog.metrics import Grain, Metric
from catalog.refusals import Ambiguous, NotUnderstood
from catalog.request import MetricRequest, Order, Threshold
from catalog.search import CatalogIndex
from tools.question.comparisons import Settled, settle_periods, take_compare, take_comparison
from tools.question.doubts import refuse_doubts, refuse_other_year
from tools.question.fillers import refuse_meaning_fillers, take_harmless
from tools.question.found import SHOWN, Found, allows, is_level, quoted, simpler
from tools.question.groups import count_nouns, take_chained_grain, take_groups
from tools.question.lexicon import Lexicon, Spot, fold_words
from tools.question.limits import directed, take_limits, tell_left_out, thresholds_of
from tools.question.parts import whole_values
from tools.question.periods import Periods
from tools.question.ranked import order_of, ranked_grain, whole_periods
from tools.question.ranking import ADVERBS, Ranking, take_grain, take_ranking
from tools.question.reading import Reading
from tools.question.spans import (
    needs_period,
    needs_span,
    only_levels,
    settled_for,
    spans_levels,
    to_date,
    trend_grain,
    unnamed_period,
)
from tools.question.structure import check_structure
from tools.question.text import Words, phrase
from tools.question.values import take_values
from tools.question.vocabulary import (
    ASKING,
    CONDITIONS,
    FILLERS,
    FUTURE,
    GROUPING,
    LIST,
    MOVES,
    NOW,
    OWN,
    SHARES,
    VS,
)

AGAINST = phrase(VS)
LISTING = frozenset("list which who names name".split())


def read_figures(
    words: Words,
    spots: list[Spot],
    lexicon: Lexicon,
    access: Access,
    calendar: CompanyCalendar,
    notes: tuple[str, ...],
    *,
    explain: bool,
) -> Reading:
    """The request behind a question for figures. Raises NotUnderstood, Ambiguous."""
    found = Found(notes=list(notes))
    spots = _about_figures(words, spots)
    take_harmless(words)
    limits = take_limits(words)
    if words.has(CONDITIONS) or (explain and limits):
        raise NotUnderstood("Conditions on a number cannot be asked in words.", choices=_offers(access, words.words))
    comparison = take_comparison(words)
    if explain:
        while words.consume(phrase(MOVES), "explain"):
            pass
    compares = take_compare(words)
    periods = Periods(calendar).take_all(words)
    refuse_other_year(words, periods, calendar.today)
    settled = settle_periods(periods, comparison, words, calendar, compares=compares)
    times = [p for p in words.pieces.values() if p.tag == "period"]
    found.time = " ".join(words.words[times[0].start : times[0].end]) if len(times) == 1 else ""
    grain, trend, closing = take_grain(words)
    ranking = take_ranking(words)
    _take_metrics(words, spots, access, found, lexicon)
    ranking = take_groups(words, spots, access, found, ranking, lexicon, limited=bool(limits))
    grain = grain or take_chained_grain(words)
    if found.group_by:
        words.consume(LIST, "link")
    sure = bool(found.group_by or grain or trend or settled.comparison or "total" in words.left())
    count_nouns(words, spots, access, found, sure=sure and not LISTING & set(words.left()))
    take_values(words, spots, access, found, compares=compares)
    _check_left(words, access, found, lexicon)
    check_structure(words, access, found, lexicon)
    if compares and not (settled.comparison or len(found.metrics) > 1 or found.versus or found.group_by):
        raise NotUnderstood("The question compares, but not with what.", choices=simpler(access, found))
    if ranking and ranking.unit:
        grain = ranked_grain(grain, ranking, found)
    elif grain is None and settled.grain:
        grain = settled.grain
    elif grain is None and trend:
        grain = trend_grain(access, found.metrics[0], settled.period)
    if closing:
        only_levels(found, access, f"by {grain}")
    needs_span(words, settled, found, access, grain)
    settled = settled_for(settled, found, access, calendar, grain)
    settled = to_date(settled, grain, found, calendar)
    if ranking and ranking.unit:
        settled = whole_periods(settled, ranking.unit, found, calendar)
    needs_period(words, settled, found, access, ranking)
    if settled.period is None and grain is None and not (settled.comparison or explain):
        found.notes += unnamed_period(found, access)
    if grain is None and spans_levels(settled, ranking, found, access) and settled.period:
        grain = settled.period.units
        found.notes.append(f"A level has one value at a time: shown by {grain}.")
    refuse_doubts(words, found, settled, grain, ranking, access, calendar)
    refuse_meaning_fillers(words, found, settled, grain, ranking, access, calendar)
    having, order = thresholds_of(limits, words, found, access, settled, grain, ranking)
    having, order = directed(having, order, words, found, settled, ranking, grain)
    tell_left_out(found, settled, ranking, access)
    return _reading(found, settled, grain, ranking, having, order, explain=explain)


def _about_figures(words: Words, spots: list[Spot]) -> list[Spot]:
    """Feeds and tables say nothing about a figure: their words are free again."""
    kept = [s for s in spots if s.of("metric") or s.of("dimension") or s.of("value")]
    for spot in spots:
        if spot not in kept:
            words.free(spot.start, spot.end)
    return kept


def _take_metrics(words: Words, spots: list[Spot], access: Access, found: Found, lexicon: Lexicon) -> None:
    for spot in spots:
        entries = list(spot.of("metric"))
        if not entries or (spot.of("dimension") and words.before(spot.start) in GROUPING | ASKING):
            continue
        _refuse_other_rhythm(words, spot, lexicon)
        if len(entries) > 1:
            labels = [access.metrics[e.name].label for e in entries]
            raise Ambiguous(
                f"'{spot.phrase[:SHOWN]}' can mean more than one metric.",
                choices=[" ".join([*words.words[: spot.start], label, *words.words[spot.end :]]) for label in labels],
            )
        metric = access.metrics[entries[0].name]
        _refuse_list(words, spot, metric, access, lexicon)
        words.take(spot.start, spot.end, "metric")
        if metric not in found.metrics:
            found.metrics.append(metric)
        found.notes += _alternatives(access, metric, spot.phrase)
    _set_side_by_side(words)


def _set_side_by_side(words: Words) -> None:
    """ "NPS vs CSAT": two metrics next to each other."""
    while hit := words.search(AGAINST):
        tags = {piece.tag for piece in words.pieces.values() if piece.end == hit[1] or piece.start == hit[2]}
        if tags != {"metric"} or not hit[1]:
            return
        words.take(hit[1], hit[2], "link")


def _refuse_other_rhythm(words: Words, spot: Spot, lexicon: Lexicon) -> None:
    """ "Weekly active users" is not the weekly course of what is called "daily active users"."""
    rhythm = words.before(spot.start)
    if rhythm in ADVERBS and any((other, *fold_words(spot.phrase)) in lexicon.phrases for other in ADVERBS):
        raise NotUnderstood(f"'{rhythm} {spot.phrase[:SHOWN]}' is no metric of that rhythm.")


def _refuse_list(words: Words, spot: Spot, metric: Metric, access: Access, lexicon: Lexicon) -> None:
    """ "Which customers churned" asks for names; the metric of these words is a number."""
    if words.before(spot.start) != "which":
        return
    keys = [fold_words(word) for word in spot.phrase.split()]
    names = [e.name for key in keys for e in lexicon.phrases.get(key, []) if e.kind == "dimension"]
    after = " ".join(words.words[spot.end :])
    fitting = [access.dimensions[name].label for name in names if allows(metric, name, access)]
    raise Ambiguous(
        f"'which {spot.phrase[:SHOWN]}' asks for a list; {metric.label} is a number.",
        choices=[*(f"{metric.label} by {label} {after}" for label in fitting), f"{metric.label} {after}"],
    )


def _alternatives(access: Access, metric: Metric, written: str) -> list[str]:
    """What else a broad word could have meant, as the catalog says."""
    own = (metric.name.replace("_", " "), metric.label.casefold())
    others = [access.metrics[n].label for n in metric.not_to_be_confused_with if n in access.metrics]
    if written in own or not others or len(written.split()) > 1:
        return []
    are = "are other metrics" if len(others) > 1 else "is another metric"
    return [f"'{written}' was read as {metric.label}; {' and '.join(others)} {are}."]


def _check_left(words: Words, access: Access, found: Found, lexicon: Lexicon) -> None:
    flows = [m for m in found.metrics if not is_level(access, m)]
    left = [w for w in words.left() if w not in FILLERS and not (w in NOW and not flows)]
    left = [w for w in left if access.sees_all_rows or w not in OWN]
    left += [" ".join(words.words[p.start : p.end]) for p in words.pieces.values() if p.tag == "spot"]
    if flows and left and all(w in NOW for w in left):
        raise Ambiguous(
            f"{flows[0].label} is counted over a period; '{left[0]}' does not say which.",
            choices=[f"{flows[0].label} last month", f"{flows[0].label} this month"],
        )
    _refuse_future_and_shares(set(left), access, found)
    _refuse_total(words, found)
    if not found.metrics:
        raise NotUnderstood(
            "No metric was recognised in the question" + (f" (not understood: {quoted(left)})." if left else "."),
            choices=[*_instead(access, words, left), *_offers(access, left or words.words)],
            hint="describe_catalog lists what can be asked.",
        )
    if left:
        whole, part = whole_values(words, lexicon)
        raise NotUnderstood(
            f"Not understood: {quoted(left)}." + (f" {part}" if part else ""),
            choices=[*whole, *simpler(access, found)],
            hint="Leave these words out, or say them in the catalog's own.",
        )


def _refuse_total(words: Words, found: Found) -> None:
    """ "Total health score": averages and ratios are not added up."""
    for metric in found.metrics if "total" in words.left() else ():
        if metric.type in ("ratio", "cohort", "concentration") or (metric.measure and metric.measure.agg == "avg"):
            raise Ambiguous(f"{metric.label} is no total.", choices=[metric.label, f"{metric.label} last month"])


def _refuse_future_and_shares(left: set[str], access: Access, found: Found) -> None:
    if left & FUTURE:
        raise NotUnderstood(
            "The question is about the future; only what has happened can be answered.", choices=simpler(access, found)
        )
    if left & SHARES:
        raise NotUnderstood(
            "Shares are not computed from words; ask for the parts, or for a metric that is a share.",
            choices=simpler(access, found),
        )


def _instead(access: Access, words: Words, left: list[str]) -> list[str]:
    """ "Churn by region last quarter": the metrics that come near to the one word that was not understood, in its place."""
    places = [i for i, taken in enumerate(words.taken) if not taken and words.words[i] in left]
    if len(places) != 1:
        return []
    near = CatalogIndex(access).candidates(words.words[places[0]], "metric", 3)
    ahead, after = words.words[: places[0]], words.words[places[0] + 1 :]
    return [" ".join([*ahead, access.metrics[found.name].label, *after]) for found in near]


def _offers(access: Access, words: list[str]) -> list[str]:
    near = CatalogIndex(access).candidates(" ".join(words[:12]), "metric", 3)
    names = [f.name for f in near] or [m.name for m in access.metrics.values() if m.hero][:3]
    return [f"{access.metrics[name].label} last month" for name in names]


def _reading(
    found: Found,
    settled: Settled,
    grain: Grain | None,
    ranking: Ranking | None,
    having: tuple[Threshold, ...],
    kept: tuple[Order, ...],
    *,
    explain: bool,
) -> Reading:
    order, limit = order_of(found, ranking, grain, settled.comparison)
    period, comparison = settled.period, settled.comparison
    request = MetricRequest(
        metrics=tuple(m.name for m in found.metrics),
        group_by=tuple(found.group_by),
        grain=grain,
        start=period.start if period else None,
        end=period.end if period else None,
        where=tuple(found.where),
        having=having,
        order_by=order or kept,
        limit=limit,
        compare_to=comparison.compare_to if comparison else None,
    )
    if explain:
        if len(found.metrics) > 1 or grain or ranking or found.group_by:
            raise NotUnderstood(
                "One metric is explained at a time, for one period.",
                choices=[f"why did {found.metrics[0].label} change last month"],
            )
        if comparison and comparison.assumed and comparison.unit is None:
            request = request.model_copy(update={"compare_to": None})
        return Reading("explain", request, found.metrics[0].name, "", tuple(found.notes))
    return Reading("metric", request, found.metrics[0].name, "", tuple(found.notes))
