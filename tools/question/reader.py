"""`QuestionReader`: words → what they ask, or a refusal that says which words were not understood.

The order matters: catalog phrases first (so that "monthly recurring revenue" is a metric and not a grain), then
comparisons, periods, grains, rankings, groupings. What is left over must be a word that changes nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from catalog.access import Access
from catalog.catalog import Catalog
from catalog.company_calendar import CompanyCalendar
from catalog.refusals import NotUnderstood
from tools.question.figures import read_figures
from tools.question.lexicon import Lexicon, Spot, Values
from tools.question.reading import Reading
from tools.question.text import Words, tokens_of
from tools.question.vocabulary import (
    DEFINES,
    DESCRIBE_WORDS,
    DESCRIBES,
    EXPLAINS,
    FUTURE,
    SHARES,
    STATUS,
    STATUS_WORDS,
    WRITING,
)

MOST_LEXICONS = 32
SHOWN_WORD = 40
"""Characters of a word that was not understood, as quoted back."""


class QuestionReader:
    """Reads questions over one catalog. Thread-safe; keeps a lexicon for each set of rights."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._lock = Lock()
        self._lexicons: OrderedDict[tuple[object, ...], tuple[Lexicon, list[object]]] = OrderedDict()

    def read(self, question: str, access: Access, calendar: CompanyCalendar, values: Values) -> Reading:
        """What the question asks. `values` gives the values of a dimension that the caller may see.

        Raises NotUnderstood, Ambiguous (both with choices), UnknownDimension."""
        tokens = tokens_of(question.replace("how many", "number of").replace("How many", "number of"))
        lexicon = self._lexicon(access, values)
        try:
            return _read(tokens, access, calendar, lexicon, ())
        except NotUnderstood as refusal:
            corrected, notes = _corrected(tokens, lexicon)
            if not notes:
                raise
            try:
                return _read(corrected, access, calendar, lexicon, notes)
            except NotUnderstood:
                raise refusal from None

    def _lexicon(self, access: Access, values: Values) -> Lexicon:
        lists = [values(d) for d in access.dimensions.values() if d.column.type == "string"]
        place = (access.key, *map(id, lists))
        with self._lock:
            if place in self._lexicons:
                self._lexicons.move_to_end(place)
                return self._lexicons[place][0]
        lexicon = Lexicon(access, values)
        with self._lock:
            # The lists are kept, so that their identities stay theirs.
            self._lexicons[place] = (lexicon, list(lists))
            if len(self._lexicons) > MOST_LEXICONS:
                self._lexicons.popitem(last=False)
        return lexicon


def _corrected(tokens: list[str], lexicon: Lexicon) -> tuple[list[str], tuple[str, ...]]:
    """The words with misspellings of catalog words put right, and a note for each."""
    notes: list[str] = []
    words: list[str] = []
    for token in tokens:
        meant = None if token in lexicon.words else lexicon.misspelt(token)
        words.append(meant or token)
        if meant and not meant.startswith(token.rstrip("s")):
            notes.append(f"Read '{token[:SHOWN_WORD]}' as '{meant}'.")
    return words, tuple(notes)


def _read(
    tokens: list[str], access: Access, calendar: CompanyCalendar, lexicon: Lexicon, notes: tuple[str, ...]
) -> Reading:
    words = Words(tokens)
    spots = lexicon.spot(words)
    free = words.left()
    if told := _of_another_kind(words, spots):
        return told
    explains = next((p for p in EXPLAINS if words.has(p)), None)
    if explains:
        words.consume(explains)
    _refuse_what_no_metric_answers([w for w in free if not (explains and w in WRITING)], spots, access)
    return read_figures(words, spots, access, calendar, notes, explain=explains is not None)


def _of_another_kind(words: Words, spots: list[Spot]) -> Reading | None:
    """A definition, the state of the data, or what there is to ask."""
    metrics = [s for s in spots if s.of("metric")]
    if len(spots) == 1 and metrics and any(words.has(p) for p in DEFINES):
        name = metrics[0].of("metric")[0].name
        return Reading("definition", subject=name, text=f"The definition of {name}.")
    free = set(words.left())
    if len(spots) <= 1 and free <= STATUS_WORDS and any(words.has(p) for p in STATUS):
        known = [e for spot in spots for e in spot.entries if e.kind in ("metric", "feed", "table")]
        if known or not spots:
            name = known[0].name if known else ""
            return Reading("status", subject=name, text=f"The state of the data{' behind ' + name if name else ''}.")
    if not spots and free <= DESCRIBE_WORDS and any(words.has(p) for p in DESCRIBES):
        return Reading("describe", text="What can be asked.")
    return None


def _refuse_what_no_metric_answers(free: list[str], spots: list[Spot], access: Access) -> None:
    named = set(free)
    if named & FUTURE:
        raise NotUnderstood(
            "The question is about the future; only what has happened can be answered.",
            choices=_about(spots, access, ("last month", "this quarter", "by month this year")),
        )
    if named & WRITING:
        raise NotUnderstood("Nothing can be changed here; ask for figures.", choices=_about(spots, access, ("",)))
    if named & SHARES:
        raise NotUnderstood(
            "Shares are not computed from words; ask for the parts, or for a metric that is a share.",
            choices=_about(spots, access, ("last month",)),
        )


def _about(spots: list[Spot], access: Access, periods: tuple[str, ...]) -> list[str]:
    """Questions that would be read, about the metrics that were named (or the most important ones)."""
    names = [s.of("metric")[0].name for s in spots if s.of("metric")][:1]
    names = names or [m.name for m in access.metrics.values() if m.hero][:3]
    return [f"{access.metrics[name].label} {period}".strip() for name in names for period in periods][:3]
