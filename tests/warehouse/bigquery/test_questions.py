"""The questions of the question set, over both engines: the same answers, the same refusals, the same trust."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from server.settings import BigQuerySettings, StateSettings
from server.wiring import Program, running
from tests.warehouse.bigquery.company import Company, same

DATA = yaml.safe_load((Path(__file__).parents[2] / "data" / "question_evaluation.yml").read_text(encoding="utf-8"))
QUESTIONS: tuple[str, ...] = (*(str(case["q"]) for case in DATA["answer"]), *map(str, DATA["refuse"]))
OWN = frozenset({"sql", "receipt"})
"""What an engine and a record have of their own; everything else of an answer is compared."""

BILLED = ("The warehouse billed ", "The warehouse answered from its cache")
"""How a warning begins that says what the run cost, which only an engine that bills can say."""


@dataclass(frozen=True)
class Both:
    """One company's program over each engine."""

    duckdb: Program
    bigquery: Program

    def differences(self, question: str) -> tuple[str, list[str]]:
        """The status of the answer over DuckDB, and what BigQuery's has otherwise."""
        left, right = (_asked(program, question) for program in (self.duckdb, self.bigquery))
        return str(left["status"]), list(_different("", left, right))


@pytest.fixture(scope="module")
def both(techco: Company, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """The demo company, asked in process through the public door."""
    bigquery = BigQuerySettings(project=techco.place.project, api_endpoint=techco.endpoint, anonymous=True)
    engines = ({"engine": "duckdb"}, {"engine": "bigquery", "bigquery": bigquery})
    with ExitStack() as stack:
        programs: list[Program] = []
        for engine in engines:
            own = techco.settings.model_copy(
                update={
                    "state": StateSettings(path=tmp_path_factory.mktemp("state") / "audit.sqlite"),
                    "warehouse": techco.settings.warehouse.model_copy(update=engine),
                }
            )
            programs.append(stack.enter_context(running(own)))
            # A role's deadline is for a server that is warm.
            programs[-1].toolset.warm()
        yield Both(*programs)


def _asked(program: Program, question: str) -> Mapping[str, Any]:
    principal = program.principal(None, None, {})
    told = program.toolset.call(principal, "query_curated_data", {"question": question}).structured
    kept = {key: value for key, value in told.items() if key not in OWN}
    return kept | {"warnings": [text for text in told["warnings"] if not text.startswith(BILLED)]}


def _different(place: str, left: object, right: object) -> Iterator[str]:
    """The places where two answers differ; numbers may by 1e-9 of each other."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        one, other = cast(Mapping[str, object], left), cast(Mapping[str, object], right)
        for key in one.keys() | other.keys():
            yield from _different(f"{place}.{key}", one.get(key), other.get(key))
    elif isinstance(left, list | tuple) and isinstance(right, list | tuple) and len(left) == len(right):
        for i, (a, b) in enumerate(zip(cast(Sequence[object], left), cast(Sequence[object], right), strict=True)):
            yield from _different(f"{place}[{i}]", a, b)
    elif not _same(left, right):
        yield f"{place}: {left!r} and {right!r}"


def _same(left: object, right: object) -> bool:
    plain = (str, int, float, date, datetime, type(None))
    if isinstance(left, plain) and isinstance(right, plain):
        return same(left, right)
    return left == right


SAMPLE = (
    "recognized revenue by segment last quarter vs the quarter before",
    "weekly revenue over the last 8 weeks",
)


@pytest.mark.wide
@pytest.mark.parametrize("question", SAMPLE)
def test_a_question_has_the_same_answer_on_both_engines(question: str, both: Both) -> None:
    assert both.differences(question) == ("ok", [])


@pytest.mark.prove
def test_every_question_of_the_set_has_the_same_answer_on_both_engines(
    both: Both, record_property: Callable[[str, object], None]
) -> None:
    outcome: dict[str, int] = {}
    different: list[str] = []
    for question in QUESTIONS:
        status, found = both.differences(question)
        outcome[status] = outcome.get(status, 0) + (not found)
        different += [f"{question}: {found[:3]}"] if found else []
    for status, count in sorted(outcome.items()):
        record_property(f"questions_equal_on_bigquery_{status}", count)
    record_property("questions_different_on_bigquery", len(different))
    assert different == [], "\n".join(different)
    assert sum(outcome.values()) == len(QUESTIONS)
