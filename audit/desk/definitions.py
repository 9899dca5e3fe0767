"""Who got numbers under which version of a metric, and when the policy changed for whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from audit.desk.calls import Call, in_order
from audit.desk.table import Report, counted, stamp


@dataclass
class _Use:
    """What one version of a metric was used for."""

    first: Call
    last: Call
    calls: int
    users: set[str]


@dataclass(frozen=True)
class PolicyChange:
    """The first call under another policy version than the call before. `users` whose rights differ from those they
    had before, among those who called on both sides."""

    call: Call
    before: str
    after: str
    users: tuple[str, ...]


def definitions(found: Iterable[Call], metric: str) -> Report:
    """For each version (and hash) of a metric: who got numbers under it, when first and last."""
    used: dict[str, _Use] = {}
    receipts: list[tuple[str, Call]] = []
    for call in in_order(c for c in found if c.answered and metric in c.definitions):
        version = str(call.definitions[metric])
        use = used.setdefault(version, _Use(call, call, 0, set()))
        use.last, use.calls = call, use.calls + 1
        use.users.add(call.user)
        receipts.append((version, call))
    rows = tuple(
        (version, stamp(call.asked_at), call.user, call.role, call.client, call.rows, call.receipt)
        for version, call in receipts
    )
    notes = [f"{counted(len(used), 'version')} in {counted(len(rows), 'answer')}."]
    notes += [
        f"{version}: {counted(use.calls, 'answer')} to {', '.join(sorted(use.users))}, "
        f"{stamp(use.first.asked_at)} to {stamp(use.last.asked_at)}."
        for version, use in used.items()
    ]
    columns = ("version", "asked at", "user", "role", "client", "rows", "receipt")
    return Report(f"Definitions of {metric}", columns, rows, tuple(notes))


def policy_changes(found: Iterable[Call]) -> list[PolicyChange]:
    """Every change of the policy version from one call to the next, in order."""
    changes: list[PolicyChange] = []
    known: dict[tuple[str, str], str] = {}
    before = ""
    versioned = in_order(call for call in found if call.policy_version)
    for version, run in groupby(versioned, key=lambda call: call.policy_version):
        under = list(run)
        rights = {(call.user, call.role): call.rights for call in under if call.rights}
        if before:
            moved = {who[0] for who, now in rights.items() if known.get(who, now) != now}
            changes.append(PolicyChange(under[0], before, version, tuple(sorted(moved))))
        known |= rights
        before = version
    return changes


def policy_report(changes: Iterable[PolicyChange]) -> Report:
    """The changes as a report."""
    rows = tuple(
        (
            stamp(change.call.asked_at),
            change.before,
            change.after,
            ", ".join(change.users) or "nobody who called on both sides",
            change.call.receipt,
        )
        for change in changes
    )
    notes = (
        f"{counted(len(rows), 'change')} of policy between one call and the next.",
        "A version is a hash of roles, tables and columns; the history of the files in git says who changed what.",
        "Versions that take turns show two processes with different policies at the same time.",
    )
    columns = ("first call", "before", "after", "rights differ for", "receipt")
    return Report("Policy changes", columns, rows, notes)
