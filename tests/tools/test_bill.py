"""An answer of an engine that bills says what its own run cost, and one that was kept does not claim it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from audit.log import AuditLog
from catalog.access import Access
from server.wiring import Program
from tests.tools.company import Company
from warehouse.bill import Bill, Price, bill_notes
from warehouse.compiled import CompiledQuery
from warehouse.deadline import Deadline
from warehouse.port import CheckedSql, Rows, Warehouse
from warehouse.purpose import UNTOLD, Purpose

MIB = 1024**2
PRICE = Price(6.25, date(2023, 7, 5))
TOLD = "The warehouse billed 10.0 MiB for this answer: less than $0.0001 (at $6.25 a TiB, as of 2023-07-05)."


class Billing:
    """A warehouse whose every run for a principal is billed."""

    def __init__(self, inner: Warehouse, bill: Bill) -> None:
        self._inner = inner
        self._bill = bill
        self.runs = 0
        self.purposes: list[Purpose] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def compiled_rows(
        self, access: Access, query: CompiledQuery, deadline: Deadline, purpose: Purpose = UNTOLD
    ) -> Rows:
        self.runs += 1
        self.purposes.append(purpose)
        return replace(self._inner.compiled_rows(access, query, deadline, purpose), bill=self._bill)

    def sql_rows(
        self, access: Access, sql: str, deadline: Deadline, max_rows: int, purpose: Purpose = UNTOLD
    ) -> tuple[CheckedSql, Rows]:
        self.purposes.append(purpose)
        checked, rows = self._inner.sql_rows(access, sql, deadline, max_rows, purpose)
        return checked, replace(rows, bill=self._bill, notes=("The query reads 1 B.",))


def _billing(program: Program, audit: AuditLog, bill: Bill) -> tuple[Company, Billing]:
    warehouse = Billing(program.warehouse, bill)
    return Company.of(program, audit, warehouse=warehouse), warehouse


def _told(warnings: Sequence[str]) -> list[str]:
    return [text for text in warnings if text.startswith("The warehouse ")]


def test_a_metric_answer_says_what_it_cost_and_a_kept_one_does_not(fjord_program: Program, audit: AuditLog) -> None:
    company, warehouse = _billing(fjord_program, audit, Bill(PRICE, 10 * MIB))
    answers = [company.ask("chair", metrics=["visit_count"]) for _ in range(2)]
    assert [_told(answer.structured["warnings"]) for answer in answers] == [[TOLD], []]
    assert f"note: {TOLD}" in answers[0].text
    assert answers[0].structured["rows"] == answers[1].structured["rows"]
    assert warehouse.runs == 1


def test_a_later_page_does_not_claim_what_the_first_cost(fjord_program: Program, audit: AuditLog) -> None:
    company, warehouse = _billing(fjord_program, audit, Bill(PRICE, 10 * MIB))
    daily = {"metrics": ["visit_count"], "grain": "day", "group_by": ["clinic_name"], "start": "2025-01-01"}
    first = company.ask("chair", **daily).structured
    second = company.ask("chair", **daily, cursor=first["next_cursor"]).structured
    assert (_told(first["warnings"]), _told(second["warnings"]), warehouse.runs) == ([TOLD], [], 1)


def test_sql_without_an_order_tells_its_price_and_its_bill(fjord_program: Program, audit: AuditLog) -> None:
    company, _ = _billing(fjord_program, audit, Bill(PRICE, 10 * MIB))
    answer = company.ask("chair", sql="SELECT visited_on FROM mart.visit").structured
    assert "The query reads 1 B." in answer["warnings"]
    assert _told(answer["warnings"]) == [TOLD]


def test_an_explanation_tells_what_all_its_runs_cost_together(fjord_program: Program, audit: AuditLog) -> None:
    company, warehouse = _billing(fjord_program, audit, Bill(PRICE, MIB))
    answer = company.call("chair", "explain_number", metric="visit_count")
    assert warehouse.runs > 1
    words = Bill(PRICE, warehouse.runs * MIB).words
    assert _told(answer.structured["warnings"]) == [words]
    assert f"note: {words}" in answer.text


@pytest.mark.parametrize(
    ("bills", "words"),
    [
        ([], []),
        ([None, None], []),
        ([Bill(PRICE, 0, True)], ["The warehouse answered from its cache: nothing was billed."]),
        ([Bill(PRICE, 0, True), Bill(PRICE, 0)], ["The warehouse billed nothing for this answer."]),
        ([Bill(PRICE, 0, True), Bill(PRICE, 10 * MIB), None], [TOLD]),
    ],
)
def test_the_sentence_claims_the_cache_only_where_everything_came_from_it(
    bills: list[Bill | None], words: list[str]
) -> None:
    assert bill_notes(bills) == words


def test_every_run_is_told_what_it_is_for(fjord_program: Program, audit: AuditLog) -> None:
    company, warehouse = _billing(fjord_program, audit, Bill(PRICE, MIB))
    metric = company.ask("chair", metrics=["visit_count"]).structured["receipt"]
    sql = company.ask("chair", sql="SELECT visited_on FROM mart.visit").structured["receipt"]
    why = company.call("chair", "explain_number", metric="visit_count").structured["receipt"]
    assert list(dict.fromkeys(warehouse.purposes)) == [
        Purpose("query_curated_data", "tests", metric),
        Purpose("query_curated_data", "tests", sql),
        Purpose("explain_number", "tests", why),
    ]
    company.toolset.verify_receipt(company.as_("chair"), metric)
    assert (warehouse.purposes[-1].tool, warehouse.purposes[-1].receipt) == ("verify_receipt", audit.tail(1)[0].receipt)
