"""What users did: everything of one user, what was refused, what never ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from audit.desk.calls import Call, in_order
from audit.desk.table import Report, counted, stamp


def by_user(found: Iterable[Call], user: str) -> Report:
    """All calls of one user, in the order asked."""
    own = in_order(call for call in found if call.user == user)
    states = Counter(call.state for call in own)
    classes = sorted({name for call in own if call.answered for name in call.pii})
    rows = tuple(
        (
            stamp(call.asked_at),
            call.role,
            call.tool,
            _words(call),
            call.outcome or call.state,
            call.rows,
            ", ".join(call.pii),
            call.client,
            call.receipt,
        )
        for call in own
    )
    notes = [
        f"{counted(len(own), 'call')}: {states['ok']} answered, {states['refused']} refused, "
        f"{states['interrupted']} interrupted, {states['running']} still running.",
        f"Classes of personal data read: {', '.join(classes) or 'none'}.",
    ]
    columns = ("asked at", "role", "tool", "asked", "outcome", "rows", "personal data", "client", "receipt")
    return Report(f"Calls of {user}", columns, rows, tuple(notes))


def refusals(found: Iterable[Call]) -> Report:
    """Calls that were declined, in the order asked, counted by code."""
    declined = in_order(call for call in found if call.state == "refused")
    codes = Counter(call.outcome for call in declined)
    rows = tuple(
        (stamp(call.asked_at), call.user, call.role, call.outcome, call.tool, _words(call), call.client, call.receipt)
        for call in declined
    )
    notes = [f"{counted(len(declined), 'refusal')}."] + [f"{code}: {number}" for code, number in codes.most_common()]
    columns = ("asked at", "user", "role", "code", "tool", "asked", "client", "receipt")
    return Report("Refusals", columns, rows, tuple(notes))


def interrupted(found: Iterable[Call]) -> Report:
    """Calls that began and have no outcome: the process stopped, or they still run."""
    open_calls = in_order(call for call in found if call.state in ("interrupted", "running"))
    rows = tuple(
        (stamp(call.asked_at), call.user, call.role, call.state, call.tool, _words(call), call.client, call.receipt)
        for call in open_calls
    )
    cut = sum(call.state == "interrupted" for call in open_calls)
    notes = (
        f"{counted(cut, 'call')} began and never ended: the process stopped. What they had read by then is not known.",
        f"{counted(len(rows) - cut, 'call')} began a few minutes ago and may still run.",
    )
    columns = ("asked at", "user", "role", "state", "tool", "asked", "client", "receipt")
    return Report("Interrupted calls", columns, rows, notes)


def _words(call: Call) -> str:
    """What was asked, as a person would say it."""
    if call.erased and not call.question:
        return "(erased)"
    named = [str(call.arguments[name]) for name in ("metric", "name", "query", "receipt") if call.arguments.get(name)]
    return call.question or " ".join(named)
