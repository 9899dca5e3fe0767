"""True sentences → false ones, by class of error. A mutation that says the same as before is not made."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import combinations

from agents.claims import PLACEHOLDER, Sentence
from agents.figures import shown
from tests.agents.narration.scenes import Scene, Told

FIGURE = re.compile(r"\{(f\d+)(:signed)?\}")
UP_DOWN = (
    ("rose", "fell"), ("rising", "falling"), ("increased", "decreased"), (" up ", " down "), ("above", "below"),
    ("ahead of", "behind"), ("over", "under"), ("rise", "fall"), ("grew", "shrank"), ("higher", "lower"),
)  # fmt: skip
NUMBER_WORDS = (
    "thirty", "a fifth", "roughly three times", "double", "half", "a dozen", "two thirds", "a handful of",
    "hundreds of", "twice", "several", "a quarter of", "⅔", "五", "XII", "tenfold", "a million", "both",
)  # fmt: skip
UNITS = (" percent", "%", " million", "K", " points", " dollars", " thousand", " customers", " bps", "x", " hours")
PERIODS = (
    "last week", "this year", "in October", "since January", "year to date", "yesterday", "last month", "this quarter",
    "over the past decade", "in the second half", "a year ago", "on Monday",
)  # fmt: skip
RECORDS = (
    ", a new high", ", the best result ever", ", a record", ", the lowest on record", ", its strongest showing",
    ", the most of any period", ", an all-time peak", ", the worst since launch", ", the largest move",
)  # fmt: skip
CAUSES = (
    " because of the price change", " owing to seasonality", " after the campaign", " due to weak demand",
    ", thanks to the new team", " as a result of the holiday", " on the back of discounts", ", driven by pricing",
    ", reflecting softer demand", " amid a slowdown", ", caused by churned accounts", " following the launch",
)  # fmt: skip
FORECASTS = (
    ", and should recover next week", " and will keep this course", ", a trend that continues", ", likely to go on",
    " and is expected to return to normal", ", with more to come", ", and is set to fall again", ", on track for plan",
    " and may rise further", ", which points to a weak quarter",
)  # fmt: skip
ENTITIES = ("Enterprise", "Acme Corp", "North Harbour", "Germany", "our largest client", "the sales team", "Baltic")
METRICS = ("Bookings", "net income", "Headcount", "margin", "Gross profit")
JUDGEMENTS = (
    ("is", "is a healthy"),
    ("was", "was a disappointing"),
    ("rose", "improved sharply"),
    ("fell", "collapsed"),
)
NEGATIONS = (("rose", "did not rise"), ("fell", "never fell"), ("is ", "is not "), ("explains", "hardly explains"),
             ("was ", "was no longer "))  # fmt: skip

Mutated = Iterator[tuple[str, Sentence]]


def bases(scene: Scene, told: dict[str, Told]) -> list[Sentence]:
    """True sentences: every wording of every claim, and pairs of them as one."""
    single = [Sentence((c.id,), text, "model") for c in scene.claims.values() for text in (c.sentence, *c.variants)]
    pairs = [
        Sentence((*a.claims, *b.claims), f"{a.text[:-1]}, while {_small(b.text)}", "model")
        for a, b in zip(single, single[7:] + single[:7], strict=True)
        if a.claims != b.claims
        and (":name}" in b.text or _labels(scene, a) == _labels(scene, b))
        and a.text.count(".") == b.text.count(".") == 1
    ]
    return [*single, *pairs]


def _labels(scene: Scene, sentence: Sentence) -> set[str]:
    """What a sentence is about."""
    return {scene.book[fact].label for claim in sentence.claims for fact in scene.claims[claim].facts}


def _small(text: str) -> str:
    return text if text.startswith("{") else text[0].lower() + text[1:]


def _with(sentence: Sentence, text: str) -> Sentence:
    return Sentence(sentence.claims, text, "model")


def _before_stop(sentence: Sentence, added: str) -> Sentence:
    return _with(sentence, f"{sentence.text[:-1]}{added}.")


def digits(sentence: Sentence, scene: Scene, at: int) -> Mutated:
    """A placeholder becomes digits, or digits are added."""
    for match in FIGURE.finditer(sentence.text):
        value = shown(scene.book[match[1]], "signed" if match[2] else "")
        yield "digit", _with(sentence, sentence.text.replace(match[0], value, 1))
        yield "digit", _with(sentence, sentence.text.replace(match[0], ("٣", "１２", "4.2", "②")[at % 4], 1))


def units(sentence: Sentence, scene: Scene, at: int) -> Mutated:
    """A unit is put beside a figure."""
    for number, match in enumerate(FIGURE.finditer(sentence.text)):
        unit = UNITS[(at + number) % len(UNITS)]
        yield "unit", _with(sentence, sentence.text.replace(match[0], match[0] + unit, 1))
    first = FIGURE.search(sentence.text)
    if first:
        yield "unit", _with(sentence, sentence.text.replace(first[0], ("$", "€", "USD ")[at % 3] + first[0], 1))


def signs(sentence: Sentence, scene: Scene, at: int) -> Mutated:
    """A sign is added, taken, or said by a word."""
    for match in FIGURE.finditer(sentence.text):
        fact = scene.book[match[1]]
        if match[2]:
            if fact.value < 0 or "adds" not in sentence.text:  # "adds $5" is as true as "adds +$5"
                yield "sign", _with(sentence, sentence.text.replace(match[0], f"{{{match[1]}}}", 1))
            yield "sign", _with(sentence, sentence.text.replace(match[0], f"-{match[0]}", 1))
        else:
            yield (
                "sign",
                _with(sentence, sentence.text.replace(match[0], f"{('-', '−', 'minus ')[at % 3]}{match[0]}", 1)),
            )
            bracket = sentence.text[: match.start()].endswith("(")  # "fell by $5 (−3%)" is true
            if fact.kind in ("change", "change_pct", "yoy_pct", "yoy_points", "target_pct") and not bracket:
                yield "sign", _with(sentence, sentence.text.replace(match[0], f"{{{match[1]}:signed}}", 1))


def swaps(sentence: Sentence, scene: Scene, at: int) -> Mutated:
    """Two figures change places."""
    found = [match[1] for match in FIGURE.finditer(sentence.text)]
    for one, two in combinations(dict.fromkeys(found), 2):
        a, b = scene.book[one], scene.book[two]
        same = a.slice == b.slice and {a.kind, b.kind} == {"change", "change_pct"}  # one change, told in two ways
        if shown(a) != shown(b) and not same:
            yield "swap", _with(sentence, _exchange(sentence.text, one, two))


def _exchange(text: str, one: str, two: str) -> str:
    """Figures only: names, slices and periods stay where they are."""

    def other(match: re.Match[str]) -> str:
        return f"{{{ {one: two, two: one}.get(match[1], match[1]) }{match[2] or ''}}}"

    return FIGURE.sub(other, text)


def periods(sentence: Sentence, scene: Scene, at: int) -> Mutated:
    """Another period."""
    for match in re.finditer(r"\{(f\d+):when\}", sentence.text):
        yield "period", _with(sentence, sentence.text.replace(match[0], PERIODS[at % len(PERIODS)], 1))
        others = [f for c in sentence.claims for f in scene.claims[c].facts]
        other = [f for f in others if scene.book[f].period != scene.book[match[1]].period]
        if other:
            yield "period", _with(sentence, sentence.text.replace(match[0], f"{{{other[0]}:when}}", 1))
    yield "period", _before_stop(sentence, f" {PERIODS[(at + 3) % len(PERIODS)]}")
    if "year" in sentence.text and "week" not in sentence.text:
        yield "period", _with(sentence, sentence.text.replace("year", "month"))


def entities(sentence: Sentence, scene: Scene, at: int) -> Mutated:
    """Another slice or another metric."""
    for match in re.finditer(r"\{(f\d+):where\}", sentence.text):
        yield "entity", _with(sentence, sentence.text.replace(match[0], ENTITIES[at % len(ENTITIES)], 1))
        inside = [f for c in sentence.claims for f in scene.claims[c].facts]
        mine = scene.book[match[1]].slice
        other = [f for f in inside if scene.book[f].slice and scene.book[f].slice != mine]
        outside = [f.id for f in scene.book.values() if f.slice and f.slice != mine and f.id not in inside]
        for fact in (*other[:1], *outside[:1]):
            yield "entity", _with(sentence, sentence.text.replace(match[0], f"{{{fact}:where}}", 1))
    for match in re.finditer(r"\{(f\d+):name\}", sentence.text):
        names = (*METRICS, *(g[0] for g in scene.glossary.values()), *(g[-1] for g in scene.glossary.values()))
        mine = {name.lower() for name in scene.glossary.get(scene.book[match[1]].metric, ())}
        names = tuple(name for name in names if name.lower() not in mine)
        yield "entity", _with(sentence, sentence.text.replace(match[0], names[at % len(names)], 1))
        yield "entity", _with(sentence, sentence.text.replace(match[0], f"{match[0]} in {ENTITIES[at % 7]}", 1))
        inside = [f for c in sentence.claims for f in scene.claims[c].facts]
        other = [f for f in inside if scene.book[f].metric != scene.book[match[1]].metric]
        if other:
            yield "entity", _with(sentence, sentence.text.replace(match[0], f"{{{other[0]}:name}}", 1))


def directions(sentence: Sentence, scene: Scene, at: int) -> Mutated:
    """The other way."""
    text = sentence.text
    for one, two in UP_DOWN:
        for this, that in ((one, two), (two, one)):
            for match in re.finditer(rf"(?<![\w]){this.strip()}(?![\w])", text):
                changed = text[: match.start()] + that.strip() + text[match.end() :]
                yield "direction", _with(sentence, changed)


def judgements(sentence: Sentence, scene: Scene, at: int) -> Mutated:
    """A judgement that nothing backs."""
    for this, that in JUDGEMENTS:
        changed = re.sub(rf"\b{this}\b", that, sentence.text, count=1)
        if changed != sentence.text:
            yield "judgement", _with(sentence, changed)
    facts = [scene.book[f] for f in scene.claims[sentence.claims[0]].facts]
    good = {f.direction == "up_is_good" for f in facts}
    if len(sentence.claims) == 1 and len(good) == 1:
        wrong = {"rose": "worsened by", "fell": "improved by"} if good == {True} else {"rose": "improved by",
                 "fell": "worsened by"}  # fmt: skip
        for this, that in wrong.items():
            changed = re.sub(rf"\b{this}(?: by)?\b", that, sentence.text, count=1)
            if changed != sentence.text:
                yield "judgement", _with(sentence, changed)


def negations(sentence: Sentence, scene: Scene, at: int) -> Mutated:
    """The opposite by a small word."""
    for this, that in NEGATIONS:
        if this in sentence.text:
            yield "negation", _with(sentence, sentence.text.replace(this, that, 1))
    yield "negation", _with(sentence, f"It is not true that {_small(sentence.text)}")


def number_words(sentence: Sentence, scene: Scene, at: int) -> Mutated:
    """A number in words."""
    for number, match in enumerate(FIGURE.finditer(sentence.text)):
        word = NUMBER_WORDS[(at + number) % len(NUMBER_WORDS)]
        yield "number word", _with(sentence, sentence.text.replace(match[0], word, 1))
    yield "number word", _before_stop(sentence, f", {NUMBER_WORDS[(at + 5) % len(NUMBER_WORDS)]} of it new")


def superlatives(sentence: Sentence, scene: Scene, at: int) -> Mutated:
    """A record."""
    for number in range(2):
        yield "superlative", _before_stop(sentence, RECORDS[(at + number * 4) % len(RECORDS)])


def causes(sentence: Sentence, scene: Scene, at: int) -> Mutated:
    """A reason that nobody found."""
    yield "cause", _before_stop(sentence, CAUSES[at % len(CAUSES)])
    drives = {f for c in sentence.claims if scene.claims[c].kind == "driver" for f in scene.claims[c].facts}
    inside = [f for c in sentence.claims for f in scene.claims[c].facts if scene.book[f].slice and f not in drives]
    if inside:
        yield "cause", _before_stop(sentence, f", driven by {{{inside[0]}:where}}")
        yield "cause", _before_stop(sentence, f" because of {{{inside[0]}:where}}")
    if "moved the other way" in sentence.text and not drives:
        yield "cause", _with(sentence, sentence.text.replace("moved the other way", "explains the move"))


def forecasts(sentence: Sentence, scene: Scene, at: int) -> Mutated:
    """The future."""
    for number in range(2):
        yield "forecast", _before_stop(sentence, FORECASTS[(at + number * 3) % len(FORECASTS)])


def omissions(sentence: Sentence, scene: Scene, at: int) -> Mutated:
    """A claim is named and its figure, or the claim itself, is not told."""
    told = {match[1] for match in FIGURE.finditer(sentence.text)}
    others = [c for c in scene.claims.values() if c.id not in sentence.claims and not told >= set(c.facts)]
    yield "omission", Sentence((*sentence.claims, others[at % len(others)].id), sentence.text, "model")
    if len(sentence.claims) == 1:
        claim = scene.claims[sentence.claims[0]]
        kinds = ("value", "share", "contribution", "target_pct", "change_pct", "change")
        for match in FIGURE.finditer(sentence.text):
            if scene.book[match[1]].kind in kinds and len(claim.facts) > 1 and claim.kind != "anomaly":
                text = re.sub(r"\s*\(?" + re.escape(match[0]) + r"\)?", "", sentence.text, count=1)
                yield (
                    "omission",
                    _with(sentence, re.sub(r"\b(by|to|at|of|is|was|from)(?=[.,]|\s+(of|in|from)\b)", "", text)),
                )
    else:
        half = sentence.text.split(", while ")[0] + "."
        yield "omission", _with(sentence, half)


MUTATORS: tuple[Callable[[Sentence, Scene, int], Mutated], ...] = (
    digits, units, signs, swaps, periods, entities, directions, judgements, negations, number_words, superlatives,
    causes, forecasts, omissions,
)  # fmt: skip


def mutated(scene: Scene, told: dict[str, Told]) -> list[tuple[str, Sentence]]:
    """All mutations of all true sentences of a scene, each once, without those that are true again."""
    true = {PLACEHOLDER.sub(lambda m: shown(scene.book[m[1]], m[2] or ""), s.text) for s in bases(scene, told)}
    found: dict[tuple[tuple[str, ...], str], str] = {}
    for at, sentence in enumerate(bases(scene, told)):
        for mutate in MUTATORS:
            for name, one in mutate(sentence, scene, at):
                reads = PLACEHOLDER.sub(lambda m: shown(scene.book[m[1]], m[2] or ""), one.text)
                if name in ("digit", "omission") or reads not in true:
                    found.setdefault((one.claims, one.text), name)
    return [(name, Sentence(claims, text, "model")) for (claims, text), name in found.items()]
