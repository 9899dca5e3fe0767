"""`QuestionReader`: words → what they ask, or a refusal that says which words were not understood.

The order matters: catalog phrases first (so that "monthly recurring revenue" is a metric and not a grain), then
comparisons, periods, grains, rankings, groupings. What is left over must be a word that changes nothing.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from threading import Lock

from catalog.access import Access
from catalog.catalog import Catalog
from catalog.company_calendar import CompanyCalendar
from catalog.refusals import Ambiguous, NotUnderstood, Refusal
from catalog.search import folded
from tools.question.figures import read_figures
from tools.question.lexicon import Kind, Lexicon, Spot, Values
from tools.question.reading import Reading
from tools.question.text import Tokens, Words, phrase, tokens_of
from tools.question.vocabulary import (
    DEFINES,
    DESCRIBE_WORDS,
    DESCRIBES,
    EXPLAINS,
    STATUS,
    STATUS_WORDS,
    WHO,
    WISH,
    WRITES,
)

MOST_LEXICONS = 32
MOST_CHOICES = 3
HOW_MANY = re.compile(r"\b(?:how many|count of|number of all)\b", re.IGNORECASE)
SHORT_YEAR = re.compile(
    r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]* ?(?:['’‘`-]) ?\d{2}\b(?!-)", re.IGNORECASE
)
"""Oct-25, Oct '25."""
STATUS_KINDS: tuple[Kind, ...] = ("metric", "feed", "table")
POLITE = phrase("(?:may|might|shall) (?:i|we)")
"""Not the month."""
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

        Raises NotUnderstood and Ambiguous with choices, each a question that would be read; UnknownDimension."""
        if short := SHORT_YEAR.search(question):
            raise Ambiguous(f"'{short[0]}' can be a day or a month of a year.", hint="Write the year with four digits.")
        tokens = tokens_of(HOW_MANY.sub("number of", question))
        lexicon = self._lexicon(access, values)
        try:
            return _read_corrected(tokens, access, calendar, lexicon)
        except (NotUnderstood, Ambiguous) as refusal:
            offered = [*refusal.choices, *_about(lexicon.spot(Words(tokens)), access)]
            choices = [c for c in offered if _is_read(c, access, calendar, lexicon)]
            raise type(refusal)(
                refusal.message,
                exists=refusal.exists,
                hint=refusal.hint,
                choices=list(dict.fromkeys(choices))[:MOST_CHOICES],
            ) from refusal

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


def _is_read(choice: str, access: Access, calendar: CompanyCalendar, lexicon: Lexicon) -> bool:
    try:
        _read(tokens_of(choice), access, calendar, lexicon, ())
    except Refusal:
        return False
    return True


def _read_corrected(tokens: Tokens, access: Access, calendar: CompanyCalendar, lexicon: Lexicon) -> Reading:
    """Read the words as they are, else with misspellings put right."""
    try:
        return _read(tokens, access, calendar, lexicon, ())
    except NotUnderstood:
        corrected, notes = _corrected(tokens, lexicon)
        if not notes:
            raise
        try:
            return _read(corrected, access, calendar, lexicon, notes)
        except NotUnderstood:
            # The refusal of the words as written names them as they were written.
            pass
        raise


def _corrected(tokens: Tokens, lexicon: Lexicon) -> tuple[Tokens, tuple[str, ...]]:
    """The words with misspellings of catalog words put right, and a note for each."""
    notes: list[str] = []
    words: list[str] = []
    for token in tokens.words:
        meant = None if (folded(token) or token) in lexicon.words else lexicon.misspelt(token)
        words.append(meant or token)
        if meant:
            notes.append(f"Read '{token[:SHOWN_WORD]}' as '{meant}'.")
    return Tokens(tuple(words), tokens.breaks), tuple(notes)


def _read(
    tokens: Tokens, access: Access, calendar: CompanyCalendar, lexicon: Lexicon, notes: tuple[str, ...]
) -> Reading:
    words = Words(tokens)
    spots = lexicon.spot(words)
    words.consume(POLITE, "link")
    words.consume(WISH, "link")
    if told := _of_another_kind(words, spots, notes):
        return told
    if any(words.has(pattern) for pattern in WRITES):
        raise NotUnderstood("Nothing can be changed here; ask for figures.", choices=_about(spots, access))
    words.consume(WHO, "link")
    explains = next((p for p in EXPLAINS if words.has(p)), None)
    if explains:
        words.consume(explains, "explain")
    return read_figures(words, spots, lexicon, access, calendar, notes, explain=explains is not None)


def _of_another_kind(words: Words, spots: list[Spot], notes: tuple[str, ...]) -> Reading | None:
    """A definition, the state of the data, or what there is to ask."""
    metrics = [s for s in spots if s.of("metric")]
    if len(spots) == 1 and metrics and any(words.has(p) for p in DEFINES):
        name = metrics[0].of("metric")[0].name
        return Reading("definition", subject=name, text=f"The definition of {name}.", warnings=notes)
    free = set(words.left())
    if len(spots) <= 1 and free <= STATUS_WORDS and any(words.has(p) for p in STATUS):
        told = [e for s in spots for kind in STATUS_KINDS for e in s.of(kind)]
        if told or not spots:
            name = told[0].name if told else ""
            text = f"The state of the data{' behind ' + name if name else ''}."
            return Reading("status", subject=name, text=text, warnings=notes)
    if not spots and free <= DESCRIBE_WORDS and any(words.has(p) for p in DESCRIBES):
        return Reading("describe", text="What can be asked.")
    return None


def _about(spots: list[Spot], access: Access) -> list[str]:
    """Questions about the metrics that were named, or the most important ones."""
    names = [s.of("metric")[0].name for s in spots if s.of("metric")][:1]
    names = names or [m.name for m in access.metrics.values() if m.hero][:MOST_CHOICES]
    return [f"{access.metrics[name].label} last month" for name in names]
