"""What queries may cost, set aside before they run and booked after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from catalog.refusals import Refusal, TooExpensive
from warehouse.bigquery.cost import LEAST_BILLED
from warehouse.bigquery.errors import OVER_CAP, reason_of
from warehouse.bill import Price
from warehouse.deadline import Deadline
from warehouse.port import Rows

Billed = Callable[[int], None]
"""Is told how many bytes BigQuery bills."""


@dataclass(frozen=True)
class Spending:
    """What queries may cost. `max_bytes_billed` holds for every role that names no limit of its own; `system_bytes`
    for our own upkeep (horizons, reconciliation). SQL of callers must filter split tables of `filter_from_bytes` or
    more by what splits them."""

    price: Price
    max_bytes_billed: int
    system_bytes: int
    filter_from_bytes: int = 10 * 1024**3

    def paid(self, deadline: Deadline, estimate: Callable[[], tuple[int, int]], run: Callable[[Billed], Rows]) -> Rows:
        """Run with what the job may cost set aside before, and book what was billed. `estimate` gives its bytes and
        how many tables it reads; `run` says what was billed, answered or not. What it does not say (a job that failed
        or was given up) is booked as estimated: nobody knows."""
        if not deadline.purse.counts:
            return run(lambda _: None)
        size, tables = estimate()
        reserved = spent = self.price.micro_usd(max(size, tables * LEAST_BILLED))

        def billed(size: int) -> None:
            nonlocal spent
            spent = self.price.micro_usd(size)

        deadline.purse.reserve(reserved)
        try:
            return run(billed)
        finally:
            deadline.purse.settle(reserved, spent)


def capped(run: Callable[[], Rows], over: Callable[[], TooExpensive]) -> Rows:
    """Run, and say what the query needs where BigQuery stopped it for its bytes, if that can be had."""
    try:
        return run()
    except TooExpensive as refused:
        if refused.__cause__ is None or reason_of(refused.__cause__) not in OVER_CAP:
            raise
        try:
            better = over()
        except Refusal:
            raise refused from refused.__cause__
        raise better from refused
