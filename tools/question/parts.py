"""A part of a name ("Coral", where several customers are called so) → the whole names that the caller may see."""

from __future__ import annotations

from tools.cells import clean_text
from tools.question.lexicon import Lexicon, fold_words
from tools.question.text import Words
from tools.question.vocabulary import FIXED_WORDS

MOST_NAMED = 3
"""Names that are shown; more are counted."""


def whole_values(words: Words, lexicon: Lexicon) -> tuple[list[str], str]:
    """The question with whole names in the place of the part, and a sentence that lists them; nothing where the words
    that are left are no part of a name. Only values under the caller's own row policy are known here."""
    run = _first_run(words)
    if run is None:
        return [], ""
    start, end = run
    part = fold_words(" ".join(words.words[start:end]))
    named: set[str] = set()
    for key, entries in lexicon.phrases.items():
        if len(key) > len(part) and _within(part, key):
            named |= {
                entry.value for entry in entries if entry.kind == "value" and clean_text(entry.value) == entry.value
            }
    if not named:
        return [], ""
    shown = sorted(named)[:MOST_NAMED]
    more = f" and {len(named) - len(shown)} more" if len(named) > len(shown) else ""
    choices = [" ".join([*words.words[:start], name, *words.words[end:]]) for name in shown]
    return (
        choices,
        f"'{' '.join(words.words[start:end])[:40]}' is a part of {', '.join(shown)}{more}; say the whole name.",
    )


def _first_run(words: Words) -> tuple[int, int] | None:
    """The first words side by side that nothing has understood and that are not plain English."""
    free = [not taken and word not in FIXED_WORDS for word, taken in zip(words.words, words.taken, strict=True)]
    if True not in free:
        return None
    start = free.index(True)
    end = next((i for i in range(start, len(free)) if not free[i]), len(free))
    return start, end


def _within(part: tuple[str, ...], key: tuple[str, ...]) -> bool:
    return any(key[i : i + len(part)] == part for i in range(len(key) - len(part) + 1))
