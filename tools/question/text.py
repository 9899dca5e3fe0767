"""The words of a question, with a mark on each that has been understood."""

from __future__ import annotations

import re
import unicodedata

from catalog.refusals import NotUnderstood

LONGEST_QUESTION = 2_000
"""Characters; nobody asks a longer one in earnest, and reading stays fast."""
MOST_WORDS = 120
TOKEN = re.compile(r"\d{4}-\d{2}-\d{2}|\d+(?:\.\d+)?|[^\W\d_]+(?:['’][^\W\d_]+)?\d*|[%$€£<>=&+/*]", re.UNICODE)
POSSESSIVE = re.compile(r"['’]s$|['’]$")
CONTRACTIONS = {
    "what's": "what is", "what’s": "what is", "how's": "how is", "who's": "who is", "let's": "let us", "i'd": "i would",
    "we've": "we have", "don't": "do not", "didn't": "did not", "isn't": "is not", "aren't": "are not", "where's": "where is",
    "that's": "that is", "it's": "it is", "i'm": "i am", "we're": "we are",
}  # fmt: skip


def tokens_of(question: str) -> list[str]:
    """Lower-case words, numbers, dates and signs of a question. Raises NotUnderstood for what is no question."""
    text = unicodedata.normalize("NFKC", question.encode("utf-8", "replace").decode("utf-8", "replace"))
    if not text.strip():
        raise NotUnderstood("The question is empty.", hint="Ask for a metric, for example with a period.")
    if len(text) > LONGEST_QUESTION:
        raise NotUnderstood(f"The question has more than {LONGEST_QUESTION} characters.", hint="Ask it shorter.")
    words: list[str] = []
    for token in TOKEN.findall(text.casefold()):
        plain = CONTRACTIONS.get(token) or POSSESSIVE.sub("", token)
        words += plain.split()
    if not words:
        raise NotUnderstood("There are no words in the question that can be read.")
    if len(words) > MOST_WORDS:
        raise NotUnderstood(f"The question has more than {MOST_WORDS} words.", hint="Ask one thing at a time.")
    return words


class Words:
    """Words in order; each is free until something has understood it."""

    def __init__(self, words: list[str]) -> None:
        self.words = words
        self.taken = [False] * len(words)

    def joined(self) -> str:
        """All words between single blanks, understood ones as `#`, so that patterns cannot reach across them."""
        return " ".join("#" if taken else word for word, taken in zip(self.words, self.taken, strict=True))

    def take(self, start: int, end: int) -> None:
        """Mark words [start, end) as understood."""
        for index in range(start, end):
            self.taken[index] = True

    def search(self, pattern: re.Pattern[str]) -> tuple[re.Match[str], int, int] | None:
        """The first match of a pattern over whole free words, with the positions of its words; not yet marked."""
        text = self.joined()
        for match in pattern.finditer(text):
            before = text[: match.start()].count(" ")
            return match, before, before + match.group(0).count(" ") + 1
        return None

    def consume(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """As `search`, and mark what matched."""
        found = self.search(pattern)
        if found is None:
            return None
        self.take(found[1], found[2])
        return found[0]

    def has(self, pattern: re.Pattern[str]) -> bool:
        """True when the pattern matches free words."""
        return self.search(pattern) is not None

    def left(self) -> list[str]:
        """Words that nothing has understood."""
        return [word for word, taken in zip(self.words, self.taken, strict=True) if not taken]


def phrase(text: str) -> re.Pattern[str]:
    """A pattern over whole words."""
    return re.compile(rf"(?<![^ ])(?:{text})(?![^ ])")
