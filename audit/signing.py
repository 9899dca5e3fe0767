"""The Ed25519 key that signs checkpoints: made on first use, kept outside the log's store, changed on purpose only."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from catalog.refusals import AuditDown

PEM_END = "-----END PUBLIC KEY-----"
HINT = "Set [audit] signing_key to a file that only the server may read, or ASSAY_AUDIT_KEY to the key itself (PEM)."


class KeyUnusable(AuditDown):
    """The key that signs checkpoints cannot be used."""


class SigningKey:
    """A private key."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()

    def sign(self, text: str) -> str:
        """The signature of a text, in hex."""
        return self._key.sign(text.encode()).hex()

    def pem(self) -> bytes:
        """The private key as PEM, not encrypted: for a file that only its owner reads."""
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


class KeyHolder:
    """Where the signing key is: a file (made on first use), or given as PEM text."""

    def __init__(self, file: Path | None, pem: str = "") -> None:
        self.file = None if pem else file
        self._given = key_from_pem(pem.encode(), "ASSAY_AUDIT_KEY") if pem else None

    def existing(self) -> SigningKey | None:
        """The key, if there is one. Raises KeyUnusable where it cannot be read."""
        if self._given or self.file is None:
            return self._given
        try:
            return key_from_pem(self.file.read_bytes(), self.file.name)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise KeyUnusable(f"The signing key cannot be read: {error.strerror}.", hint=HINT) from error

    def key(self) -> SigningKey:
        """The key, made where there is none. Raises KeyUnusable."""
        found = self.existing()
        if found is None:
            if self.file is None:
                raise KeyUnusable("There is no signing key.", hint=HINT)
            found = write_new_key(self.file)
        return found


def key_from_pem(pem: bytes, name: str) -> SigningKey:
    """A private key from PEM. Raises KeyUnusable naming where it came from."""
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyUnusable(f"{name} holds no private key in PEM form.", hint=HINT) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnusable(f"{name} holds a key of another kind; Ed25519 is needed.", hint=HINT)
    return SigningKey(key)


def write_new_key(file: Path) -> SigningKey:
    """Make a key in a file that only this user may read; gives the one that another process was faster to make.

    Raises KeyUnusable."""
    made = SigningKey(Ed25519PrivateKey.generate())
    own = file.with_name(f"{file.name}.{os.getpid()}.{made.public[:8]}")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(made.pem())
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(own, file)
        except FileExistsError:
            return key_from_pem(file.read_bytes(), file.name)
        finally:
            own.unlink()
    except OSError as error:
        raise KeyUnusable(f"The signing key cannot be made: {error.strerror}.", hint=HINT) from error
    return made


def public_pem(public: str) -> str:
    """A public key of 64 hex digits as PEM."""
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")


def public_keys(text: str) -> Sequence[str]:
    """The public keys of a text with one or more of them in PEM form, as hex digits. Raises ValueError."""
    parts = [part.strip() + "\n" + PEM_END for part in text.split(PEM_END) if part.strip()]
    keys = [load_pem_public_key(part.encode()) for part in parts]
    if not keys or not all(isinstance(key, Ed25519PublicKey) for key in keys):
        raise ValueError("no Ed25519 public key")
    return [key.public_bytes(Encoding.Raw, PublicFormat.Raw).hex() for key in keys]
