"""A new key for signing: the old key hands over to it in a signed statement, and is then destroyed. The public halves
of all keys stay in the statements."""

from __future__ import annotations

from pathlib import Path

from audit.checkpointer import Signing
from audit.log import AuditLog
from audit.record import Event, Who
from audit.signing import KeyUnusable, SigningKey, write_new_key
from audit.store import random_id
from catalog.refusals import BadArgument


def change_key(log: AuditLog, by: str, to: Path | None = None) -> str:
    """Sign with a new key from here on; its public half. The key file is replaced; a key that came from the environment
    is not, so the new one is written to the file `to`.

    Raises BadArgument without such a file, AuditDown. An interrupted change is finished by the next one."""
    signing = _signing(log)
    file = signing.holder.file
    target = file.with_name(file.name + ".next") if file else to
    if target is None:
        raise BadArgument("The key is in the environment: name a file for the new one.")
    new = write_new_key(target)
    _sign(log, by, signing, new, lost=False)
    if file is not None:
        target.replace(file)
    return new.public


def begin_anew(log: AuditLog, by: str) -> str:
    """Sign with the key at hand although another one, which is lost, was in force; its public half. Verifying shows it
    to whoever trusts only the lost one. Raises AuditDown."""
    signing = _signing(log)
    key = signing.holder.key()
    _sign(log, by, signing, key, lost=True)
    return key.public


def _sign(log: AuditLog, by: str, signing: Signing, new: SigningKey, lost: bool) -> None:
    event = random_id("e")
    with log.turn(event, Who("", by)) as turn:
        last = turn.last_statement()
        if last is not None and last.key_after == new.public:
            return
        old = new if lost else signing.signer(last)
        statement = turn.sign(old, "key_change", {"next": new.public}, endorser=new)
        turn.append(event, Event("key_change", by, {"statement": statement.hash, "key": new.public, "lost": lost}))
    with log.view() as view:
        signing.copy(view.statements)


def _signing(log: AuditLog) -> Signing:
    if log.signing is None:
        raise KeyUnusable("The audit log is not signed.")
    return log.signing
