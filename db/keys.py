"""Encryption at rest: AES-256-GCM under one of several keys, identified by an id that is derived from it.

The first key encrypts, all of them decrypt. To replace a key, put the new one first, seal the rows again
(`db.rotation`), then drop the old one. Keys are arguments or come from a file; this module does not read the
environment.
"""

import base64
import hashlib
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from db.errors import UnknownKeyError
from db.types import Sealed

KEY_BYTES = 32
_NONCE_BYTES = 12


class BadKeyError(ValueError):
    """The text is not 32 bytes in base64. The message does not repeat it."""

    def __init__(self) -> None:
        super().__init__("An encryption key is 32 random bytes in base64, as `openssl rand -base64 32` prints them.")


class TamperedError(Exception):
    """A sealed text does not open under its own key: it was changed, or copied from another row."""


class Keyring:
    """The keys of an installation. `context` binds a sealed text to its row: it does not open with another one."""

    def __init__(self, keys: Sequence[str]) -> None:
        """`keys`: 32 bytes in base64 each, the one to encrypt with first. Raises `BadKeyError`."""
        if not keys:
            raise BadKeyError
        raw = [_decoded(key) for key in keys]
        self._ciphers = {_id_of(key): AESGCM(key) for key in raw}
        self.primary = _id_of(raw[0])

    def seal(self, text: str, *, context: str) -> Sealed:
        nonce = os.urandom(_NONCE_BYTES)
        ciphertext = self._ciphers[self.primary].encrypt(nonce, text.encode(), context.encode())
        return Sealed(f"v1.{self.primary}.{base64.urlsafe_b64encode(nonce + ciphertext).decode()}")

    def open(self, sealed: Sealed, *, context: str) -> str:
        """The plain text. Raises `UnknownKeyError` without its key, `TamperedError` if it was changed."""
        _, key_id, payload = sealed.token.split(".")
        if key_id not in self._ciphers:
            raise UnknownKeyError(key_id)
        data = base64.urlsafe_b64decode(payload)
        try:
            return self._ciphers[key_id].decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], context.encode()).decode()
        except InvalidTag:
            raise TamperedError(f"A text sealed for '{context}' does not open.") from None

    def __repr__(self) -> str:
        return f"Keyring(primary={self.primary}, keys={len(self._ciphers)})"


@dataclass(frozen=True, repr=False)
class Locked:
    """A sealed text with its keyring, opened only where it is used."""

    sealed: Sealed
    context: str
    keys: Keyring = field(compare=False)

    def open(self) -> str:
        """As `Keyring.open`."""
        return self.keys.open(self.sealed, context=self.context)

    def __repr__(self) -> str:
        return f"Locked({self.context})"


def new_key() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def key_from_file(path: Path) -> str:
    """The key in the file. Without the file, make a key and store it, readable by its owner alone (0600).

    If several processes start at once, the first one to link its file into place wins, and all use that key.
    """
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(new_key() + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()


def _decoded(key: str) -> bytes:
    try:
        raw = base64.b64decode(key.strip(), altchars=b"-_" if set("-_") & set(key) else None, validate=True)
    except ValueError:
        raise BadKeyError from None
    if len(raw) != KEY_BYTES:
        raise BadKeyError
    return raw


def _id_of(key: bytes) -> str:
    return hashlib.sha256(b"stagecoach key id" + key).hexdigest()[:12]
