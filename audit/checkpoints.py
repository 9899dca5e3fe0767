"""Signed statements about the log, each naming the one before it: pure, texts in, the first fault out.

A `checkpoint` says: the log has this many records, and the last one has this hash. A `purge` also says what was dropped
and becomes the chain's new root. A `key_change` hands over to the next key, signed by both; where the old key is lost,
by the next one alone, and then only who trusts the next key trusts the statements. Statements are one line of canonical
JSON each, signed with Ed25519, so that checking them needs the public key and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit.chain import Root
from audit.record import FIRST_HASH, canonical, sha256

StatementKind = Literal["checkpoint", "purge", "key_change"]


class StatementFault(Exception):
    """A checkpoint is not as it was signed. `number` says which one."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(f"checkpoint {number} {reason}")
        self.number = number


class Signer(Protocol):
    """Who signs."""

    @property
    def public(self) -> str:
        """The public key, 64 hex digits."""
        ...

    def sign(self, text: str) -> str:
        """The signature of a text, in hex."""
        ...


@dataclass(frozen=True)
class Statement:
    """One statement: `size` records, the last with hash `head`, at `time`; `key` its signer's public key; `previous`
    the hash of the statement before; `facts` what its kind adds."""

    number: int
    kind: StatementKind
    size: int
    head: str
    time: str
    previous: str
    key: str
    facts: Mapping[str, Any]
    text: str

    @property
    def hash(self) -> str:
        """What the next statement names."""
        return sha256(self.text)

    @property
    def key_after(self) -> str:
        """The key that signs what follows."""
        return str(self.facts["next"]) if self.kind == "key_change" else self.key

    @property
    def root(self) -> Root:
        """Where the chain begins after a purge."""
        dropped = self.facts["dropped"]
        return Root(dropped["last"], dropped["last_hash"], dropped["last_time"], frozenset(dropped["open"]))


OWN_FIELDS = frozenset({"number", "kind", "size", "head", "time", "previous", "key"})


def signed(
    signer: Signer,
    last: Statement | None,
    kind: StatementKind,
    size: int,
    head: str,
    time: str,
    facts: Mapping[str, Any],
    endorser: Signer | None = None,
) -> Statement:
    """The statement that follows `last`. A key change is also signed by `endorser`, the next key; where the old one is
    lost, both are the next one."""
    fields: dict[str, Any] = {
        "number": last.number + 1 if last else 1,
        "kind": kind,
        "size": size,
        "head": head,
        "time": time,
        "previous": last.hash if last else FIRST_HASH,
        "key": signer.public,
        **facts,
    }
    if endorser is not None:
        fields["endorsement"] = endorser.sign(canonical(fields))
    return parsed(canonical({**fields, "signature": signer.sign(canonical(fields))}), fields["number"])


def parsed(text: str, number: int) -> Statement:
    """A statement from its line; `number` is its place. Raises StatementFault."""
    try:
        fields = cast("dict[str, Any]", json.loads(text))
        own = {name: fields[name] for name in OWN_FIELDS}
        facts = {name: value for name, value in fields.items() if name not in OWN_FIELDS}
        found = Statement(**own, facts=facts, text=text)
        if found.number == number and canonical(fields) == text and _well_formed(found):
            return found
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StatementFault(number, "was altered: it cannot be read") from error
    raise StatementFault(number, f"is missing or was altered: number {found.number} stands in its place")


def _well_formed(statement: Statement) -> bool:
    texts = (statement.head, statement.time, statement.previous, statement.key, statement.facts["signature"])
    needed = {"purge": "dropped", "key_change": "next"}.get(statement.kind, "signature")
    return type(statement.size) is int and all(type(t) is str for t in texts) and needed in statement.facts


def _is_signed(statement: Statement) -> bool:
    """Whether its signature, and that of the next key where it changes the key, are genuine."""
    fields = json.loads(statement.text)
    checks = [(statement.key, fields.pop("signature"))]
    signed_text = canonical(fields)
    if not _verifies(*checks[0], signed_text):
        return False
    if statement.kind != "key_change":
        return True
    endorsement = fields.pop("endorsement", "")
    return _verifies(statement.key_after, endorsement, canonical(fields))


def _verifies(key: str, signature: str, text: str) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), text.encode())
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def checked(texts: Iterable[str], trusted: frozenset[str] | None) -> list[Statement]:
    """The statements, if all are as they were signed, each follows the one before, and one of the `trusted` public keys
    signed them (None: whoever holds the keys they name).

    Raises StatementFault. As each covers all before it, the last signature proves the rest; only where something does
    not fit is each of them checked, to name the first."""
    statements = [parsed(text, number) for number, text in enumerate(texts, 1)]
    try:
        _follow(statements, every=False)
    except StatementFault:
        _follow(statements, every=True)
        raise
    if statements and trusted is not None and not trusted & _keys(statements):
        raise StatementFault(statements[-1].number, f"was signed by another key ({statements[-1].key[:16]}...)")
    return statements


def _follow(statements: Sequence[Statement], every: bool) -> None:
    last: Statement | None = None
    for place, statement in enumerate(statements, 1):
        special = statement.kind != "checkpoint" or place == len(statements)
        if (every or special) and not _is_signed(statement):
            raise StatementFault(place, "was altered or forged: its signature is not genuine")
        if statement.previous != (last.hash if last else FIRST_HASH):
            raise StatementFault(place, "does not follow the one before it: checkpoints were dropped or replaced")
        if last and statement.key != last.key_after and not _is_restart(statement):
            raise StatementFault(place, "was signed by a key that was not in force")
        if last and (statement.size < last.size or (statement.size == last.size and statement.head != last.head)):
            raise StatementFault(place, "contradicts the one before it about the same records")
        last = statement


def _is_restart(statement: Statement) -> bool:
    """A key change that the old key did not sign."""
    return statement.kind == "key_change" and statement.key == statement.key_after


def _keys(statements: Sequence[Statement]) -> set[str]:
    """The keys of which each vouches for all statements: those in force since the last change that the old key did not
    sign."""
    keys: set[str] = set()
    for statement in statements:
        keys = set[str]() if _is_restart(statement) else keys
        keys |= {statement.key, statement.key_after}
    return keys


def agreed(store: Sequence[str], copies: Mapping[str, Sequence[str]]) -> Sequence[str]:
    """The longest of the store's own statements and the copies kept elsewhere, of which all others must be the
    beginning. Raises StatementFault naming the first that differs, or that the store has lost."""
    for name, copy in copies.items():
        for number, (own, other) in enumerate(zip(store, copy, strict=False), 1):
            if own != other:
                raise StatementFault(number, f"was altered or replaced: the log and {name} differ")
        if len(copy) > len(store):
            raise StatementFault(len(store) + 1, f"was dropped from the log: {name} has it")
    return store
