"""A few fixed phrases → a report of the desk. Every word must be accounted for, or nothing is asked at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from audit.desk.calls import Period
from audit.desk.periods import days, month, named_month, quarter
from catalog.company_calendar import CompanyCalendar
from catalog.refusals import NotUnderstood

ReportName = str
EXAMPLES = (
    "who saw contact fields of Acme in March",
    "who saw dim_customer.tax_id",
    "calls of fin.riley in 2026-03",
    "refusals in 2026Q3",
    "exports above 1000 rows",
    "definitions of arr",
    "policy changes in October 2026",
    "interrupted calls",
)


@dataclass(frozen=True)
class Asked:
    """A report's name and its arguments, all as they stand in the phrase."""

    report: ReportName
    period: Period
    table: str = ""
    columns: tuple[str, ...] = ()
    pii: str = ""
    entity: str = ""
    user: str = ""
    metric: str = ""
    above_rows: int | None = None


@dataclass(frozen=True)
class Known:
    """What a phrase may name: columns by table (those that hold personal data apart), classes of personal data, users,
    metrics."""

    columns: Mapping[str, frozenset[str]]
    personal: frozenset[str]
    classes: frozenset[str]
    users: frozenset[str]
    metrics: frozenset[str]


def read(phrase: str, calendar: CompanyCalendar, known: Known) -> Asked:
    """The report a phrase asks for. Raises NotUnderstood with phrases that work."""
    text = " ".join(phrase.strip().rstrip("?.").split())
    for pattern, make in _PHRASES:
        if found := pattern.fullmatch(text):
            period = _period(found.groupdict().get("when"), calendar)
            asked = make(found.groupdict(), period, known) if period else None
            if asked is not None:
                return asked
    raise NotUnderstood("That is none of the phrases that the auditor's desk knows for certain.", choices=EXAMPLES)


def _period(words: str | None, calendar: CompanyCalendar) -> Period | None:
    if not words:
        return Period()
    if re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", words):
        return month(calendar, words)
    if re.fullmatch(r"[1-9]\d{3}-?[Qq][1-4]", words):
        _, first, last = quarter(calendar, words)
        return days(calendar, first, last)
    return named_month(calendar, words)


def _who_saw(words: dict[str, str | None], period: Period, known: Known) -> Asked | None:
    """A column with its table, a table, a column, a class of personal data, or a word that names of personal columns
    hold ("contact": primary_contact_email, ...)."""
    what, entity = str(words["what"]).casefold().replace(" ", "_"), words.get("entity") or ""
    table, _, column = what.rpartition(".")
    if column in known.columns.get(table, frozenset()):
        return Asked("who-saw", period, table=table, columns=(column,), entity=entity)
    if what in known.columns:
        return Asked("who-saw", period, table=what, entity=entity)
    if what in known.classes:
        return Asked("who-saw", period, pii=what, entity=entity)
    holds = any(what in columns for columns in known.columns.values())
    named = {what} if holds else {name for name in known.personal if what in name.split("_")}
    return Asked("who-saw", period, columns=tuple(sorted(named)), entity=entity) if named else None


def _by_user(words: dict[str, str | None], period: Period, known: Known) -> Asked | None:
    user = str(words["user"])
    return Asked("by-user", period, user=user) if user in known.users else None


def _definitions(words: dict[str, str | None], period: Period, known: Known) -> Asked | None:
    metric = str(words["metric"]).casefold().replace(" ", "_")
    return Asked("definitions", period, metric=metric) if metric in known.metrics else None


def _exports(words: dict[str, str | None], period: Period, known: Known) -> Asked | None:
    above = words.get("above")
    return Asked("exports", period, above_rows=int(above.replace(",", "")) if above else None)


def _plain(report: str) -> Callable[[dict[str, str | None], Period, Known], Asked | None]:
    return lambda words, period, known: Asked(report, period)


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(rf"{text}(?: in (?P<when>[\w-]+(?: \d{{4}})?))?", re.IGNORECASE)


_PHRASES: tuple[tuple[re.Pattern[str], Callable[[dict[str, str | None], Period, Known], Asked | None]], ...] = (
    (
        _pattern(r"who saw (?:the )?(?P<what>[\w.]+(?: \w+)??)(?: (?:fields?|columns?))?(?: of (?P<entity>.+?))?"),
        _who_saw,
    ),
    (_pattern(r"(?:calls|activity) (?:of|by) (?P<user>\S+)"), _by_user),
    (_pattern(r"refusals"), _plain("refusals")),
    (_pattern(r"interrupted(?: calls)?"), _plain("interrupted")),
    (_pattern(r"policy changes"), _plain("policy-changes")),
    (_pattern(r"exports(?: above (?P<above>[\d,]+) rows)?"), _exports),
    (_pattern(r"definitions of (?P<metric>[\w ]+?)"), _definitions),
)
