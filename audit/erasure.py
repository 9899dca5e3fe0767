"""Erasure on request: the keys of the calls that identify a person are destroyed, and who is behind a user's name in
the log. The chain stays whole, as it only ever held the hash of the sealed text; the erasure is on record without the
words that were searched for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from audit.holds import held_calls, holds_in
from audit.log import AuditLog
from audit.record import Event, Who
from audit.store import Stored, View, random_id
from catalog.refusals import BadArgument

Identifies = Callable[[str], bool]


@dataclass(frozen=True)
class Request:
    """Whom to erase. `subjects` are ids of people in the data, found as whole words; `literals` texts, found anywhere;
    both whatever their case. `users` are users of Assay: all their calls, their mentions elsewhere (as whole words),
    and their names in the log."""

    subjects: tuple[str, ...] = ()
    literals: tuple[str, ...] = ()
    users: tuple[str, ...] = ()


@dataclass(frozen=True)
class Erasure:
    """What was (or would be) erased: `calls`, and `persons` whose name in the log stands for nobody any more. `held`
    calls identify the person too, and stay as a legal hold covers them. `overwritten`: nothing destroyed is left in the
    store's files; False where they were in use, so that it must be done again."""

    calls: int = 0
    persons: int = 0
    held: int = 0
    overwritten: bool = True


OPERATOR = "operator"
"""Who did it, where that is the person to erase."""
NOT_AFTER, NOT_BEFORE = r"(?<!\w)(?<!\w[.-])", r"(?!\w)(?![.-]\w)"
"""Where an id stands alone: `ana` is neither in `anan` nor in `ana.berg`, who is somebody else."""
LEAST_CHARACTERS = 3
"""A shorter literal would be found nearly everywhere."""


def erase(log: AuditLog, request: Request, by: str, dry_run: bool = False) -> Erasure:
    """Destroy what identifies a person. Raises BadArgument for a request that names nobody or too little, AuditDown."""
    identifies = _matcher(request)
    with log.view() as view:
        last = 0
        receipts: set[str] = set()
        for each in view.records():
            last = each.row.seq
            if _is_about(each, request, identifies):
                receipts.add(each.row.receipt)
        if dry_run:
            held = receipts & set(held_calls(view, holds_in(view)))
            return Erasure(len(receipts - held), len(_persons(view, request, held)), len(held))
    event, operator = random_id("e"), by if by not in request.users else OPERATOR
    with log.turn(event, Who("", operator)) as turn:
        receipts |= {each.row.receipt for each in turn.records(after=last) if _is_about(each, request, identifies)}
        held = receipts & set(held_calls(turn, holds_in(turn)))
        persons = _persons(turn, request, held)
        done = Erasure(len(receipts - held), len(persons), len(held))
        if done.calls or done.persons:
            facts = {"receipts": sorted(receipts - held), "persons": persons, "held": done.held}
            turn.run("overwrite")
            for receipt in receipts - held:
                turn.run("erase_key", receipt=receipt)
            for person in persons:
                turn.run("erase_person", pseudonym=person)
            turn.append(event, Event("erasure", operator, facts))
    return replace(done, overwritten=log.overwrite_deleted())


def _matcher(request: Request) -> Identifies:
    named = [*request.subjects, *request.literals, *request.users]
    if not named:
        raise BadArgument("Say whom to erase: a subject, a literal or a user.")
    if any(len(text.strip()) < LEAST_CHARACTERS for text in request.literals):
        raise BadArgument(f"A literal needs {LEAST_CHARACTERS} characters at least, or it is found everywhere.")
    if not all(text.strip() for text in named):
        raise BadArgument("An empty id names nobody.")
    words = [rf"{NOT_AFTER}{_pattern(text)}{NOT_BEFORE}" for text in (*request.subjects, *request.users)]
    found = re.compile("|".join([*words, *map(_pattern, request.literals)]))
    return lambda text: found.search(_folded(text)) is not None


def _folded(text: str) -> str:
    """One form for all ways of writing the same letters."""
    return unicodedata.normalize("NFKC", text).casefold()


def _pattern(text: str) -> str:
    """A text as it is, or with its quotes doubled as in SQL."""
    return re.escape(_folded(text.strip())).replace("'", "''?")


def _is_about(stored: Stored, request: Request, identifies: Identifies) -> bool:
    """Whether what can still be read of a record identifies one of those to erase."""
    opened = stored.opened()
    if opened is None:
        return False
    return opened.get("user") in request.users or any(identifies(text) for text in _texts(opened))


def _texts(value: Any) -> Iterator[str]:
    """All names and values in a personal part as texts."""
    if isinstance(value, Mapping):
        for name, each in cast("Mapping[str, Any]", value).items():
            yield name
            yield from _texts(each)
    elif isinstance(value, list):
        for each in cast("list[Any]", value):
            yield from _texts(each)
    elif value is not None:
        yield str(value)


def _persons(view: View, request: Request, held: set[str]) -> list[str]:
    """The users' names in the log, but for those of held calls."""
    named = [str(row[0]) for user in request.users for row in view.rows("persons_of", user_id=user)]
    kept = {each.row.person for receipt in held for each in view.stored("of_receipt", receipt=receipt)}
    return [person for person in named if person not in kept]
