"""How often and how long one call of Google's client is tried within a deadline."""

from __future__ import annotations

from google.api_core.retry import Retry

from warehouse.bigquery.errors import retryable
from warehouse.deadline import Deadline

CALL_SECONDS = 60.0


def retry(deadline: Deadline) -> Retry:
    """Try again what may succeed a moment later, until the deadline."""
    return Retry(predicate=retryable, initial=0.1, maximum=2.0, multiplier=2.0, timeout=max(0.05, deadline.remaining()))


def patience(deadline: Deadline) -> float:
    """Seconds that one HTTP request may take."""
    return max(0.1, min(CALL_SECONDS, deadline.remaining()))
