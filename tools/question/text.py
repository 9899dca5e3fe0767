"""The words of a question, with a mark on each that has been understood and on what it was understood as."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from catalog.refusals import NotUnderstood

LONGEST_QUESTION = 2_000
"""Characters; nobody asks a longer one in earnest, and reading stays fast."""
MOST_WORDS = 120
TOKEN = re.compile(
    r"\d{4}-\d{2}-\d{2}|\d+(?:\.\d+)?|[^\W\d_]+(?:['’][^\W\d_]+)?\d*|[%$€£¥<>=&+/*≥≤≠~^|\\@#-]|[,;:?!.()]|\S",
    re.UNICODE,
)
SILENT = frozenset("?!.()\"'’‘“”`")
"""Signs that say nothing about what is asked for."""
PAUSES = frozenset(",;:")
MARK = "#"
"""Stands for an understood word in `joined`; a question's own becomes another sign."""
POSSESSIVE = re.compile(r"['’]s$|['’]$")
CONTRACTIONS = {
    "what's": "what is", "what’s": "what is", "how's": "how is", "how’s": "how is", "who's": "who is", "let's": "let us",
    "i'd": "i would", "we've": "we have", "don't": "do not", "don’t": "do not", "didn't": "did not", "didn’t": "did not",
    "isn't": "is not", "isn’t": "is not", "aren't": "are not", "aren’t": "are not", "where's": "where is",
    "that's": "that is", "it's": "it is", "i'm": "i am", "we're": "we are", "doesn't": "does not", "doesn’t": "does not",
    "wasn't": "was not", "weren't": "were not", "haven't": "have not", "hasn't": "has not", "won't": "will not",
    "can't": "can not", "cannot": "can not",
}  # fmt: skip

Tag = Literal[
    "spot",
    "metric",
    "group",
    "value",
    "noun",
    "period",
    "compare",
    "change",
    "rank",
    "grain",
    "limit",
    "link",
    "explain",
]


@dataclass(frozen=True)
class Piece:
    """Words [start, end) that were understood together."""

    start: int
    end: int
    tag: Tag


@dataclass(frozen=True)
class Tokens:
    """Lower-case words; `breaks` are the positions of words that a comma, semicolon or colon stands before."""

    words: tuple[str, ...]
    breaks: frozenset[int]


def words_of(text: str) -> tuple[list[str], set[int]]:
    """Words, numbers, dates and meaningful signs of a text, and where it pauses."""
    words: list[str] = []
    breaks: set[int] = set()
    end = 0
    for match in TOKEN.finditer(text.casefold()):
        token, touching = match[0], match.start() == end
        end = match.end()
        if token in PAUSES:
            breaks.add(len(words))
        elif token == "-":  # noqa: S105 - a mark, not a secret
            # A hyphen joins words; with blanks around it, it may be a minus.
            if not touching or text[end : end + 1].isspace():
                words.append(token)
        elif token == MARK:
            words.append("♯")
        elif token not in SILENT and token != "_":  # noqa: S105 - a mark, not a secret
            plain = CONTRACTIONS.get(token) or POSSESSIVE.sub("", token)
            words += plain.split()
    return words, breaks


def tokens_of(question: str) -> Tokens:
    """The words of a question. Raises NotUnderstood for what is no question."""
    text = unicodedata.normalize("NFKC", question.encode("utf-8", "surrogatepass").decode("utf-8", "replace"))
    if not text.strip():
        raise NotUnderstood("The question is empty.", hint="Ask for a metric, for example with a period.")
    if len(text) > LONGEST_QUESTION:
        raise NotUnderstood(f"The question has more than {LONGEST_QUESTION} characters.", hint="Ask it shorter.")
    words, breaks = words_of(text)
    if not any(word.isalnum() for word in words):
        raise NotUnderstood("There are no words in the question that can be read.")
    if len(words) > MOST_WORDS:
        raise NotUnderstood(f"The question has more than {MOST_WORDS} words.", hint="Ask one thing at a time.")
    return Tokens(tuple(words), frozenset(breaks))


class Words:
    """Words in order; each is free until something has understood it."""

    def __init__(self, tokens: Tokens) -> None:
        self.words = list(tokens.words)
        self.breaks = tokens.breaks
        self.taken = [False] * len(self.words)
        self.pieces: dict[int, Piece] = {}

    def joined(self) -> str:
        """All words between single blanks, understood ones as `#`, so that patterns cannot reach across them."""
        return " ".join(MARK if taken else word for word, taken in zip(self.words, self.taken, strict=True))

    def take(self, start: int, end: int, tag: Tag) -> None:
        """Mark words [start, end) as understood, or say anew what they were understood as."""
        self.pieces[start] = Piece(start, end, tag)
        for index in range(start, end):
            self.taken[index] = True

    def free(self, start: int, end: int) -> None:
        """Take the mark from a piece again."""
        del self.pieces[start]
        for index in range(start, end):
            self.taken[index] = False

    def before(self, index: int) -> str:
        """The word before a position, or nothing."""
        return self.words[index - 1] if index else ""

    def search(self, pattern: re.Pattern[str]) -> tuple[re.Match[str], int, int] | None:
        """The first match of a pattern over whole free words, with the positions of its words; not yet marked."""
        text = self.joined()
        for match in pattern.finditer(text):
            before = text[: match.start()].count(" ")
            return match, before, before + match.group(0).count(" ") + 1
        return None

    def consume(self, pattern: re.Pattern[str], tag: Tag) -> re.Match[str] | None:
        """As `search`, and mark what matched."""
        found = self.search(pattern)
        if found is None:
            return None
        self.take(found[1], found[2], tag)
        return found[0]

    def has(self, pattern: re.Pattern[str]) -> bool:
        """True when the pattern matches free words."""
        return self.search(pattern) is not None

    def left(self) -> list[str]:
        """Words that nothing has understood."""
        return [word for word, taken in zip(self.words, self.taken, strict=True) if not taken]

    def parts(self) -> list[Piece | str]:
        """The question in order: pieces that were understood, and free words."""
        parts: list[Piece | str] = []
        index = 0
        while index < len(self.words):
            piece = self.pieces.get(index) if self.taken[index] else None
            parts.append(piece or self.words[index])
            index = piece.end if piece else index + 1
        return parts


def phrase(text: str) -> re.Pattern[str]:
    """A pattern over whole words."""
    return re.compile(rf"(?<![^ ])(?:{text})(?![^ ])")
