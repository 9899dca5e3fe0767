"""Every way Assay declines a call, as one tree. The code is stable; the docstring is the default message.

    Refusal
    ├── UnknownMetric · UnknownDimension · UnknownTable · UnknownColumn      a name that is not there (for you)
    ├── NotAllowed · PiiDenied · SmallGroup · NotReadOnly                    policy
    ├── Ambiguous · NotUnderstood · BadArgument                              the words
    ├── TooExpensive · Timeout · RateLimited                                 limits
    └── WarehouseDown · AuditDown · LimitsDown · Unauthenticated             not now

A name outside the caller's access is refused exactly as a name that does not exist: same code, same words.
`message` is written for the caller and holds no engine text; the cause (`raise ... from error`) goes to the audit
log only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar


class Refusal(Exception):
    """The call was declined."""

    code: ClassVar[str] = "REFUSED"

    def __init__(
        self,
        message: str | None = None,
        *,
        exists: Sequence[str] = (),
        hint: str = "",
        choices: Sequence[str] = (),
    ) -> None:
        """`message`: what was wrong. `exists`: names the caller could have used. `hint`: what to do next.
        `choices`: complete questions or readings to choose from (for AMBIGUOUS and NOT_UNDERSTOOD)."""
        self.message = message or (type(self).__doc__ or "").strip()
        self.exists = tuple(exists)
        self.hint = hint
        self.choices = tuple(choices)
        super().__init__(self.text)

    @property
    def text(self) -> str:
        """The whole refusal as one line for a person: CODE: what was wrong. What exists. What to do."""
        parts = [f"{self.code}: {self.message}"]
        if self.exists:
            parts.append(f"Available: {', '.join(self.exists)}.")
        if self.choices:
            parts.append("Did you mean: " + " | ".join(self.choices))
        if self.hint:
            parts.append(self.hint)
        return " ".join(parts)


class UnknownMetric(Refusal):
    """No metric of that name is available to you."""

    code = "UNKNOWN_METRIC"


class UnknownDimension(Refusal):
    """No dimension of that name is available for this request."""

    code = "UNKNOWN_DIMENSION"


class UnknownTable(Refusal):
    """No table of that name is available to you."""

    code = "UNKNOWN_TABLE"


class UnknownColumn(Refusal):
    """No column of that name is available to you."""

    code = "UNKNOWN_COLUMN"


class NotAllowed(Refusal):
    """This request is not allowed."""

    code = "NOT_ALLOWED"


class PiiDenied(Refusal):
    """That column holds personal data that your role does not see."""

    code = "PII_DENIED"


class SmallGroup(Refusal):
    """The groups asked for are too small to be shown."""

    code = "SMALL_GROUP"


class NotReadOnly(Refusal):
    """Only one reading statement (SELECT) is accepted."""

    code = "NOT_READ_ONLY"


class Ambiguous(Refusal):
    """The question can be read in more than one way."""

    code = "AMBIGUOUS"


class NotUnderstood(Refusal):
    """The question was not understood."""

    code = "NOT_UNDERSTOOD"


class BadArgument(Refusal):
    """An argument is not valid."""

    code = "BAD_ARGUMENT"


class TooExpensive(Refusal):
    """The query needs more than it may use."""

    code = "TOO_EXPENSIVE"


class Timeout(Refusal):
    """The query did not finish in the time it may take."""

    code = "TIMEOUT"


class RateLimited(Refusal):
    """Too many calls."""

    code = "RATE_LIMITED"


class WarehouseDown(Refusal):
    """The warehouse cannot be reached."""

    code = "WAREHOUSE_DOWN"


class AuditDown(Refusal):
    """The audit log cannot be written, so nothing is answered."""

    code = "AUDIT_DOWN"


class LimitsDown(Refusal):
    """The limits cannot be checked, so nothing is answered."""

    code = "LIMITS_DOWN"


class Unauthenticated(Refusal):
    """No signed-in user on this connection."""

    code = "UNAUTHENTICATED"
