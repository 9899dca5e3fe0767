"""Questions read over the demo company and over the second company, told in one line each."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from catalog.access import Access
from catalog.company_calendar import CompanyCalendar
from catalog.refusals import Refusal
from tools.question import QuestionReader, Reading

Read = Callable[[str], Reading]


def reading_of(program, user: str | None = None) -> Read:
    access = Access(program.catalog, program.principal(user, None, {}))
    reader = QuestionReader(program.catalog)
    lists = {d.name: program.warehouse.dimension_values(access, d, 20_000) for d in access.dimensions.values()}
    return lambda question: reader.read(question, access, program.calendar(), lambda d: lists[d.name])


def reader_at(program, calendar: CompanyCalendar) -> Callable[[str], str]:
    """The reading of a question in one line by another calendar."""
    access = Access(program.catalog, program.principal(None, None, {}))
    reader = QuestionReader(program.catalog)

    def read(question: str) -> Reading:
        return reader.read(question, access, calendar, lambda d: program.warehouse.dimension_values(access, d, 20_000))

    return lambda question: told(read, question)


def told(read: Read, question: str) -> str:
    """ "metric arr by region where segment = SMB 2026-10-01..2026-10-31" or the code of the refusal."""
    try:
        reading = read(question)
    except Refusal as refusal:
        return refusal.code
    request = reading.request
    if request is None:
        return f"{reading.kind} {reading.subject}".strip()
    words = [reading.kind, ",".join(request.metrics)]
    words += [f"by {','.join(request.group_by)}"] if request.group_by else []
    words += [f"each {request.grain}"] if request.grain else []
    for where in request.where:
        value = "|".join(map(str, where.value)) if isinstance(where.value, tuple) else where.value
        words.append(f"where {where.dimension} {where.op} {value}")
    words += [f"{request.start}..{request.end}"] if request.start else []
    words += [f"vs {request.compare_to}"] if request.compare_to else []
    words += [f"having {t.by} {t.op} {t.value:g}" for t in request.having]
    words += [f"order {o.by} {o.direction}" for o in request.order_by]
    words += [f"first {request.limit}"] if request.limit else []
    return " ".join(words)


@pytest.fixture(scope="module")
def read(demo_program) -> Read:
    """Reads a question as the demo's default principal."""
    return reading_of(demo_program)


@pytest.fixture(scope="module")
def tell(read) -> Callable[[str], str]:
    """The reading of a question in one line."""
    return lambda question: told(read, question)


@pytest.fixture(scope="module")
def tell_fjord(fjord_program) -> Callable[[str], str]:
    """The same over the second company, whose fiscal year begins in April."""
    reader = reading_of(fjord_program)
    return lambda question: told(reader, question)


@pytest.fixture(scope="module")
def tell_as(demo_program) -> Callable[[str, str], str]:
    """The reading of a question by a named user of the demo company."""
    return lambda user, question: told(reading_of(demo_program, user), question)
