"""Recorded calls, read back: who may read a receipt, how a call is run again, and how the two compare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from audit.record import Outcome, Record
from catalog.access import Access
from catalog.principals import Principal
from catalog.refusals import BadArgument

Verdict = Literal["same", "data_changed", "definition_changed", "policy_differs", "not_reproducible"]


@dataclass(frozen=True)
class ReceiptVerdict:
    """same: the call gives the same rows under the same definitions and rights. data_changed: the data moved on, and
    the rows with it. definition_changed: a metric it used is defined otherwise now. policy_differs: the principal may
    see something else now. not_reproducible: it was not answered, or answers otherwise for no recorded reason."""

    outcome: Verdict
    detail: str


def readable(records: Sequence[Record], reader: Access) -> Sequence[Record]:
    """The records of a receipt, if `reader` may read them: their own, or anyone's with a role that reads the log.

    Raises BadArgument, in the same words whether the receipt exists or not."""
    if records:
        body, principal = records[0].body, reader.principal
        own = (body.get("user"), body.get("issuer")) == (principal.user, principal.issuer)
        if reader.role.audit or (own and body.get("role") == principal.role):
            return records
    raise BadArgument("There is no receipt of that name for you.", hint="Check the letters, and the user and role.")


def shown_receipt(records: Sequence[Record]) -> dict[str, Any]:
    """All fields of a call, those of its outcome after those of its intent."""
    intent = records[0]
    shown: dict[str, Any] = {"receipt": intent.receipt, "asked_at": intent.time, "record": intent.seq, **intent.body}
    if len(records) == 1:
        return shown | {"outcome": "interrupted: the call began and never ended"}
    return shown | {"answered_at": records[1].time, **records[1].body}


def replay_of(records: Sequence[Record]) -> tuple[Principal, str, dict[str, Any]]:
    """The principal, the tool and the arguments that run a recorded call again: as resolved when it was answered, so
    that "last week" stays the same week.

    Raises BadArgument for a call that never ended or had arguments too long to be kept."""
    body = records[0].body
    if len(records) == 1:
        raise BadArgument("That call never ended, so there is nothing to compare with.")
    if body.get("erased"):
        raise BadArgument("What was asked in that call was erased on request, so it cannot be run again.")
    principal = Principal(
        user=body["user"],
        role=body["role"],
        roles=tuple(body["roles"]),
        issuer=body["issuer"],
        attributes={name: tuple(values) for name, values in body["attributes"].items()},
    )
    asked = {**body["arguments"], **({"question": body["question"]} if body["question"] else {})}
    return principal, body["tool"], dict(records[1].body["request"]) or asked


def compared(records: Sequence[Record], again: Outcome) -> ReceiptVerdict:
    """How the call run `again` compares with its record."""
    before = records[1].body
    if before["outcome"] != "ok":
        return ReceiptVerdict("not_reproducible", f"the call was not answered: it ended with {before['outcome']}")
    same = before["result_hash"] == again.result_hash
    rows = "its rows are the same" if same else "its rows differ"
    if again.outcome == "ok" and before["definitions"] != again.definitions:
        changed = sorted(k for k, v in before["definitions"].items() if again.definitions.get(k) != v)
        return ReceiptVerdict("definition_changed", f"{', '.join(changed)} is defined otherwise now; {rows}")
    if before["rights"] != again.rights:
        return ReceiptVerdict("policy_differs", f"what {records[0].body['user']} may see has changed; {rows}")
    if same:
        return ReceiptVerdict("same", f"{before['rows']} rows, hash {before['result_hash'][:16]}")
    if again.outcome != "ok":
        return ReceiptVerdict("not_reproducible", f"it now ends with {again.outcome}")
    if before["watermark"] != again.watermark:
        return ReceiptVerdict("data_changed", "the data has been loaded again since; its rows differ")
    return ReceiptVerdict("not_reproducible", "data, definitions and rights are the same, and yet its rows differ")
