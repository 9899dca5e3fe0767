"""Who saw a table, a column, a class of personal data, an entity: the calls that read them, certain or possible.

Result rows are not in the log, so that what a row held is never known from it. Certain: the call named the entity in a
filter, a parameter, its SQL or its question, and rows came back. Possible: the rows it read could hold the entity.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

from audit.desk.calls import Call, in_order
from audit.desk.naming import Entity, Named, named
from audit.desk.table import Report, counted, stamp

Certainty = Literal["certain", "possible"]
ShownAs = Callable[[Call, str], str]
"""(call, "table.column") → how the caller saw the column: "clear", "mask", ..., or "unknown" under an older policy."""
HIDDEN = frozenset({"mask", "null", "deny", "pseudonym", "aggregate_only"})
"""Treatments under which the stored value does not reach the caller."""


@dataclass(frozen=True)
class Sought:
    """What somebody may have seen. Empty fields do not narrow. `names` are bare names of columns, any of which counts;
    `pii_columns` the columns of the class, as "table.column", where a class is sought."""

    table: str = ""
    names: frozenset[str] = frozenset()
    pii: str = ""
    pii_columns: frozenset[str] = frozenset()
    entity: Entity | None = None


@dataclass(frozen=True)
class Sighting:
    """One call that read what was sought: which columns, how the caller saw them, and how sure it is."""

    call: Call
    columns: tuple[str, ...]
    treatments: tuple[str, ...]
    certainty: Certainty
    because: str

    @property
    def in_clear(self) -> bool:
        """False only where it is known that no stored value was shown."""
        return not self.treatments or any(treatment not in HIDDEN for treatment in self.treatments)


@dataclass(frozen=True)
class Sightings:
    """`seen` in the order asked; `ruled_out` calls read the columns but left the entity out; `named_in_vain` named it
    and were refused or got no rows."""

    seen: tuple[Sighting, ...]
    ruled_out: int
    named_in_vain: tuple[Call, ...]


def sightings(found: Iterable[Call], sought: Sought, shown_as: ShownAs) -> Sightings:
    """Judge every call. A replay of a receipt shows no rows and is left out."""
    seen: list[Sighting] = []
    vain: list[Call] = []
    ruled_out = 0
    for call in found:
        bearing = named(call, sought.entity) if sought.entity else None
        if not call.answered or call.rows == 0:
            if bearing and bearing.bearing == "named" and call.tool != "verify_receipt":
                vain.append(call)
            continue
        columns = _columns(call, sought)
        if columns is None:
            continue
        if bearing and bearing.bearing == "ruled out":
            ruled_out += 1
            continue
        treatments = tuple(shown_as(call, name) for name in columns)
        seen.append(Sighting(call, columns, treatments, *_certainty(bearing)))
    seen.sort(key=lambda each: each.call.seq)
    return Sightings(tuple(seen), ruled_out, tuple(in_order(vain)))


def in_clear_only(found: Sightings) -> Sightings:
    """Without those that are known to have seen no stored value."""
    return replace(found, seen=tuple(each for each in found.seen if each.in_clear))


def who_saw(found: Sightings, sought: Sought) -> Report:
    """The sightings as a report."""
    rows = tuple(
        (
            stamp(each.call.asked_at),
            each.call.user,
            each.call.role,
            each.certainty,
            each.because,
            ", ".join(each.columns),
            _how(each),
            each.call.rows,
            each.call.scope or "all rows of the role",
            each.call.client,
            each.call.receipt,
        )
        for each in found.seen
    )
    users = len({each.call.user for each in found.seen})
    certain = sum(each.certainty == "certain" for each in found.seen)
    notes = [
        f"{counted(len(rows), 'call')} of {counted(users, 'user')}: {certain} certain, {len(rows) - certain} possible."
    ]
    if sought.entity:
        notes.append("Certain: the call named it and rows came back. Possible: the rows it read could hold it.")
        notes.append(f"{counted(found.ruled_out, 'call')} read the same and left it out by a filter.")
        notes.append(f"{counted(len(found.named_in_vain), 'call')} named it and got no rows or a refusal.")
    else:
        notes.append("Certain: the call read these columns and rows came back; which rows they were is not on record.")
    if hidden := sum(not each.in_clear for each in found.seen):
        notes.append(f"{counted(hidden, 'call')} saw masks or substitutes only, by the policy it ran under.")
    if erased := sum(each.call.erased for each in found.seen):
        notes.append(f"The words of {counted(erased, 'call')} were erased on request; what they named is not known.")
    notes.append("Read is not always shown: a sum over a column read it too. `assay receipt show` has the SQL.")
    columns = ("asked at", "user", "role", "certainty", "because", "columns read", "shown", "rows", "scope", "client")
    return Report(f"Who saw {_words(sought)}", (*columns, "receipt"), rows, tuple(notes))


def _columns(call: Call, sought: Sought) -> tuple[str, ...] | None:
    """The sought columns that a call read; None where it did not read what is sought."""
    if sought.table and sought.table not in call.tables:
        return None
    if sought.pii and sought.pii not in call.pii:
        return None
    if not (sought.names or sought.pii):
        return tuple(c for c in call.columns if not sought.table or c.startswith(f"{sought.table}."))
    chosen = [
        name
        for name in call.columns
        if (not sought.table or name.startswith(f"{sought.table}."))
        and (not sought.names or name.rpartition(".")[2] in sought.names)
        and (not sought.pii or not sought.pii_columns or name in sought.pii_columns)
    ]
    # The class was touched by a column that the catalog of today does not list any more: the call still counts.
    if not chosen and sought.pii and not sought.names and not sought.table:
        return ()
    return tuple(chosen) or None


def _certainty(bearing: Named | None) -> tuple[Certainty, str]:
    if bearing is None:
        return "certain", "it read them"
    return ("certain", bearing.because) if bearing.bearing == "named" else ("possible", bearing.because)


def _how(sighting: Sighting) -> str:
    return ", ".join(dict.fromkeys(sighting.treatments)) or "unknown"


def _words(sought: Sought) -> str:
    what = f"columns of class {sought.pii}" if sought.pii else ", ".join(sorted(sought.names)) or "rows"
    where = f" of {sought.table}" if sought.table else ""
    whose = f" of {sought.entity.value}" if sought.entity else ""
    return f"{what}{where}{whose}"
