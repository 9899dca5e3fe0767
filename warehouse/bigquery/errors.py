"""Google's errors → refusals: the one border between the driver and the house.

The driver's text may hold names, values and the statement; it stays in the cause, for the log.
"""

from __future__ import annotations

from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any, cast

import requests
from google.api_core import exceptions as google
from google.auth import exceptions as auth

from catalog.refusals import BadArgument, RateLimited, Refusal, Timeout, TooExpensive, WarehouseDown
from warehouse.deadline import Deadline

NARROW = "Narrow the dates, add a filter, or ask for fewer groups."
ERRORS = (
    google.GoogleAPIError,
    auth.GoogleAuthError,
    requests.RequestException,
    FutureTimeout,
    OSError,
    ValueError,
    KeyError,
    TypeError,
)
"""What the client raises, broken answers included (a cut JSON body is a ValueError)."""
OVER_CAP = frozenset({"bytesBilledLimitExceeded"})
_TOO_LARGE = frozenset({"resourcesExceeded", "billingTierLimitExceeded", "responseTooLarge"})
_BUSY = frozenset({"rateLimitExceeded", "quotaExceeded", "jobRateLimitExceeded"})
_ENDED = frozenset({"stopped", "timeout"})
_RETRYABLE_REASONS = frozenset({"rateLimitExceeded", "jobRateLimitExceeded", "backendError", "internalError"})
_RETRYABLE = (
    google.TooManyRequests,
    google.InternalServerError,
    google.BadGateway,
    google.ServiceUnavailable,
    google.GatewayTimeout,
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.JSONDecodeError,
    auth.TransportError,
    ConnectionError,
)


def reason_of(error: BaseException) -> str:
    """Google's own word for an error ("quotaExceeded"); "" where it gave none."""
    found: Any = getattr(error, "errors", None) or ()
    first: Any = next(iter(found), None)
    return str(cast(dict[str, Any], first).get("reason", "")) if isinstance(first, dict) else ""


def retryable(error: BaseException) -> bool:
    """Whether the same request may succeed a moment later."""
    if isinstance(error, requests.exceptions.SSLError):
        return False
    return isinstance(error, _RETRYABLE) or reason_of(error) in _RETRYABLE_REASONS


def late(deadline: Deadline) -> Timeout:
    """The deadline is over."""
    return Timeout(f"The query did not finish within {deadline.seconds:g} s.", hint=NARROW)


def refusal(error: BaseException, deadline: Deadline, *, callers: bool) -> Refusal:
    """Our own words for an error. `callers`: the statement was a caller's, who can mend it."""
    reason = reason_of(error)
    if isinstance(error, google.RetryError) and deadline.remaining() > 0:
        last: Any = error.cause
        return refusal(cast(BaseException, last), deadline, callers=callers) if last else late(deadline)
    if deadline.remaining() == 0 or reason in _ENDED:
        return late(deadline)
    if reason in OVER_CAP | _TOO_LARGE:
        return TooExpensive("The query needs more than it may use.", hint=NARROW)
    if reason in _BUSY or isinstance(error, google.TooManyRequests):
        return RateLimited("BigQuery takes no more queries of this company just now.", hint="Try again in a minute.")
    if isinstance(error, google.Forbidden | google.Unauthorized | auth.GoogleAuthError):
        return WarehouseDown(
            "The warehouse does not let this deployment read that.", hint="Ask the owner of this deployment."
        )
    if isinstance(error, google.BadRequest) and callers:
        return BadArgument("The engine cannot run this SQL.", hint="Check names, types and function arguments.")
    if isinstance(error, google.ClientError):
        return WarehouseDown("The warehouse could not run this query.")
    return WarehouseDown("The warehouse cannot be reached, or its answer was broken.", hint="Try again shortly.")
