"""What queries may cost, set aside before they run and booked after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from catalog.refusals import TooExpensive
from warehouse.bigquery.cost import LEAST_BILLED
from warehouse.bigquery.errors import OVER_CAP, reason_of
from warehouse.bill import Price
from warehouse.deadline import Deadline
from warehouse.port import Rows


@dataclass(frozen=True)
class Spending:
    """What queries may cost. `max_bytes_billed` holds for every role that names no limit of its own; `system_bytes`
    for our own upkeep (horizons, reconciliation). SQL of callers must filter split tables of `filter_from_bytes` or
    more by what splits them."""

    price: Price
    max_bytes_billed: int
    system_bytes: int
    filter_from_bytes: int = 10 * 1024**3

    def paid(self, deadline: Deadline, estimate: Callable[[], tuple[int, int]], run: Callable[[], Rows]) -> Rows:
        """Run with what the job may cost set aside before, and book what was billed. `estimate` gives its bytes and
        how many tables it reads. A job that failed is booked as estimated, unless BigQuery stopped it for its bytes:
        nobody knows what it cost."""
        if not deadline.purse.counts:
            return run()
        size, tables = estimate()
        price = self.price
        reserved = spent = price.micro_usd(max(size, tables * LEAST_BILLED))
        deadline.purse.reserve(reserved)
        try:
            rows = run()
            spent = price.micro_usd(rows.bill.size if rows.bill else 0)
            return rows
        except TooExpensive as refused:
            if _stopped_for_bytes(refused):
                spent = 0
            raise
        finally:
            deadline.purse.settle(reserved, spent)


def capped(run: Callable[[], Rows], over: Callable[[], TooExpensive]) -> Rows:
    """Run, and say what the query needs where BigQuery stopped it for its bytes."""
    try:
        return run()
    except TooExpensive as refused:
        if _stopped_for_bytes(refused):
            raise over() from refused
        raise


def _stopped_for_bytes(refused: BaseException) -> bool:
    cause = refused.__cause__
    return cause is not None and (reason_of(cause) in OVER_CAP or _stopped_for_bytes(cause))
