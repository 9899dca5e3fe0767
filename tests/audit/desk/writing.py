"""Calls written to a real log at chosen moments, as the gate writes them."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from audit.log import AuditLog, Intent, Outcome

NOW = datetime(2026, 4, 15, 12, tzinfo=UTC)
"""When the questions of these tests are asked."""


class Writer:
    """A log whose clock is set by hand."""

    def __init__(self, path: Path) -> None:
        self.at = datetime(2026, 3, 2, 9, tzinfo=UTC)
        self.log = AuditLog(path, clock=lambda: self.at)

    def call(self, at: datetime | None = None, ended: bool = True, **told: Any) -> str:
        """One call; fields of intent and outcome by name. Returns its receipt."""
        self.at = at or self.at + timedelta(minutes=1)
        asked: dict[str, Any] = {"user": "ana", "role": "finance", "tool": "query_curated_data", "client": "a client"}
        asked |= {name: told.pop(name) for name in list(told) if name in Intent.__dataclass_fields__}
        receipt = self.log.begin(Intent(**asked))
        if ended:
            self.at += timedelta(seconds=1)
            outcome: dict[str, Any] = {"outcome": "ok", "rows": 1, "delivered": 1}
            self.log.finish(receipt, Outcome(**(outcome | told)))
        return receipt


EMAIL = {
    "tables": ("dim_customer",),
    "columns": ("dim_customer.customer_name", "dim_customer.email"),
    "pii": ("company_name", "email"),
}
"""What a call that read contact fields has on record."""


def write_many(path: Path, calls: int, seed: int = 7) -> None:
    """A log of a quarter's believable calls."""
    rng = random.Random(seed)
    writer = Writer(path)
    start, step = datetime(2026, 1, 1, tzinfo=UTC), timedelta(days=89) / calls
    users = [(f"user.{n}", rng.choice(("finance", "executive", "analyst"))) for n in range(60)]
    for number in range(calls):
        user, role = rng.choice(users)
        customer = f"Customer {rng.randrange(400)}"
        kind = rng.random()
        told: dict[str, Any] = {
            "question": f"revenue of {customer} last month",
            "policy_version": f"p{number * 3 // calls}",
        }
        if kind < 0.1:
            told |= {"outcome": "NOT_ALLOWED", "rows": 0, "delivered": 0}
        elif kind < 0.4:
            told |= {
                **EMAIL,
                "arguments": {"sql": "x"},
                "sql": f"SELECT email FROM dim_customer WHERE customer_name = '{customer}'",
            }
        else:
            told |= {
                "tables": ("fact_revenue",),
                "columns": ("fact_revenue.amount",),
                "definitions": {"revenue": "v1:ab" if number * 2 < calls else "v2:cd"},
                "request": {"metrics": ["revenue"], "where": [{"dimension": "customer_name", "value": customer}]},
                "rows": rng.randrange(1, 500),
                "delivered": 50,
            }
        writer.call(start + step * number, user=user, role=role, **told)
    writer.log.close()
