"""An answer → its text channel: one status line, then CSV, then (apart) the rows of an unfinished period."""

from __future__ import annotations

from tools.answer import Answer, Trust
from tools.cells import clean_text
from tools.csv_text import csv_text
from tools.paging import Page

IN_PROGRESS_CHARACTERS = 8_000
"""Of the text channel, for the rows of an unfinished period."""


def answer_text(answer: Answer, page: Page) -> str:
    """The text of an answer with rows."""
    parts = [page.words]
    if answer.trust:
        parts.append(trust_words(answer.trust))
    parts += [f"scope: {answer.scope}"] if answer.scope else []
    parts += [f"reading: {answer.reading}"] if answer.reading else []
    parts += [f"note: {warning}" for warning in answer.warnings]
    if answer.next_cursor:
        parts.append(f"MORE ROWS: send the same arguments with cursor={answer.next_cursor}")
    text = f"OK {clean_text(' · '.join(parts))}\n{page.csv.text}"
    if answer.in_progress:
        names = [column.name for column in answer.columns]
        rows = csv_text(names, answer.in_progress.rows, IN_PROGRESS_CHARACTERS).text
        text += f"\nIn progress: {answer.in_progress.note}\n{rows}"
    return text


def trust_words(trust: Trust) -> str:
    """The trust state, its day and its reasons in one phrase."""
    words = f"trust: {trust.state}"
    words += f" (as of {trust.as_of})" if trust.as_of else ""
    if trust.state != "reconciled" and trust.reasons:
        words += f": {'; '.join(trust.reasons)}"
    return words
