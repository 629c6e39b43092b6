"""Authenticates deliveries by the receiver's secret.

Comparisons take constant time, any of the valid secrets may match, an empty one never does, and no error or `repr`
contains a secret. Proofs by a provider's public key (Amazon's, Google's) are with their formats.
"""

import base64
import binascii
import hashlib
import hmac
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol

from domain.stored.receivers import ReceiverSettings
from services.registry.deliveries import FetchedKeys, KeyUrl, ProofRefusedError, Request


class ProofKind(StrEnum):
    """The scheme by which a provider authenticates its deliveries."""

    NONE = "none"  # the sender cannot authenticate; the secret is in the address
    HEADER = "header"
    BEARER = "bearer"
    BASIC = "basic"
    HMAC_SHA256 = "hmac-sha256"
    HMAC_SHA1 = "hmac-sha1"
    SNS_SIGNATURE = "sns-signature"
    OIDC = "oidc"


@dataclass(frozen=True, kw_only=True)
class ProofDescription:
    """How a provider authenticates its reports, and what that does not protect from (None: nothing)."""

    kind: ProofKind
    sentence: str
    lacks: str | None = None
    weak: bool = False  # a reader of one report, or of the address, can forge others
    needs_secret: bool = True
    secret_in_address: bool = False


class Prover(Protocol):
    """Authenticates the deliveries of one provider: see `Format` for its methods."""

    def required_key(self, request: Request, settings: ReceiverSettings) -> KeyUrl | None: ...

    def signed_content(self, request: Request, settings: ReceiverSettings) -> bytes | None: ...

    def verify(
        self,
        request: Request,
        *,
        secrets: Sequence[str],
        settings: ReceiverSettings,
        keys: FetchedKeys | None,
        now: datetime,
    ) -> None: ...


class BySecret(ABC):
    """The base of provers that compare with the receiver's secrets: they need no key and no clock."""

    def required_key(self, request: Request, settings: ReceiverSettings) -> KeyUrl | None:  # noqa: ARG002
        return None

    def signed_content(self, request: Request, settings: ReceiverSettings) -> bytes | None:  # noqa: ARG002
        return None

    def verify(
        self,
        request: Request,
        *,
        secrets: Sequence[str],
        settings: ReceiverSettings,
        keys: FetchedKeys | None,  # noqa: ARG002
        now: datetime,  # noqa: ARG002
    ) -> None:
        """Raises `ProofRefusedError`."""
        self.check(request, secrets, settings)

    @abstractmethod
    def check(self, request: Request, secrets: Sequence[str], settings: ReceiverSettings) -> None:
        """Raises `ProofRefusedError` unless the request proves its origin."""


@dataclass(frozen=True)
class KeyInAddress(BySecret):
    """The secret as `?key=…` in the address, for senders that support nothing else."""

    def check(self, request: Request, secrets: Sequence[str], settings: ReceiverSettings) -> None:  # noqa: ARG002
        """Raises `ProofRefusedError` unless the request proves its origin."""
        given = request.query.get("key", "")
        if not given:
            raise ProofRefusedError(
                "The address lacks its key. Append ?key=… with the receiver's secret.", missing=True
            )
        if not is_one_of(given, secrets):
            raise ProofRefusedError("The key in the address is not the receiver's.")


@dataclass(frozen=True)
class SecretInHeader(BySecret):
    """The secret as a header's whole value, with or without the word `Bearer`. The receiver may name another header."""

    header: str = "authorization"

    def check(self, request: Request, secrets: Sequence[str], settings: ReceiverSettings) -> None:
        """Raises `ProofRefusedError` unless the request proves its origin."""
        name = (settings.header or self.header).lower()
        given = request.headers.get(name, "").strip()
        if not given:
            raise ProofRefusedError(f"The header {name} is missing. Send the receiver's secret in it.", missing=True)
        scheme, _, token = given.partition(" ")
        if not is_one_of(token.strip() if scheme.lower() == "bearer" else given, secrets):
            raise ProofRefusedError(f"The value of the header {name} is not the receiver's secret.")


@dataclass(frozen=True)
class BasicOrHeader(BySecret):
    """A name and the secret as its password where the receiver has a `username`, else the secret in a header."""

    header: str = "authorization"

    def check(self, request: Request, secrets: Sequence[str], settings: ReceiverSettings) -> None:
        """Raises `ProofRefusedError` unless the request proves its origin."""
        if settings.username is None:
            SecretInHeader(self.header).check(request, secrets, settings)
            return
        scheme, _, encoded = request.headers.get("authorization", "").strip().partition(" ")
        if scheme.lower() != "basic":
            raise ProofRefusedError("The header authorization has no user name and password (Basic).", missing=True)
        username, _, password = _decoded(encoded).partition(":")
        # Both are compared in any case: the answer must not reveal which of them is wrong.
        if not is_one_of(username, [settings.username]) & is_one_of(password, secrets):
            raise ProofRefusedError("The user name or the password is not the receiver's.")


@dataclass(frozen=True, kw_only=True)
class Signature(BySecret):
    """A hexadecimal HMAC of the body, in the first of `headers` that is present (RFC 2104).

    `covered` returns the signed bytes of a request, where these are not its raw body.
    """

    headers: tuple[str, ...]
    prefix: str = ""
    algorithm: Literal["sha256", "sha1"] = "sha256"
    covered: Callable[[Request], bytes] = lambda request: request.body

    def signed_content(self, request: Request, settings: ReceiverSettings) -> bytes | None:  # noqa: ARG002
        return self.covered(request)

    def check(self, request: Request, secrets: Sequence[str], settings: ReceiverSettings) -> None:  # noqa: ARG002
        """Raises `ProofRefusedError` unless the request proves its origin."""
        name, given = next(
            ((name, request.headers[name]) for name in self.headers if request.headers.get(name)), ("", "")
        )
        digits = given.strip().removeprefix(self.prefix)
        if not digits:  # senders without a secret send the header without a signature
            raise ProofRefusedError(
                f"The header {self.headers[0]} has no signature. Set the receiver's secret at the sender.",
                missing=True,
            )
        body = self.covered(request)
        signatures = (hmac.new(_bytes(secret), body, self.algorithm).hexdigest() for secret in secrets if secret)
        if not given.strip().startswith(self.prefix) or not is_one_of(digits.lower(), signatures):
            raise ProofRefusedError(
                f"The signature in {name} does not match the body and the receiver's secret ({self.algorithm})."
            )


@dataclass(frozen=True, kw_only=True)
class SignedOrPlain(BySecret):
    """A signature or a plain secret, as the receiver's setting says: a leaked secret must not pass for a signature."""

    signed: Signature
    plain: SecretInHeader

    def signed_content(self, request: Request, settings: ReceiverSettings) -> bytes | None:
        return self.signed.signed_content(request, settings) if settings.signed else None

    def check(self, request: Request, secrets: Sequence[str], settings: ReceiverSettings) -> None:
        """Raises `ProofRefusedError` unless the request proves its origin."""
        (self.signed if settings.signed else self.plain).check(request, secrets, settings)


def is_one_of(given: str, expected: Iterable[str]) -> bool:
    """Whether `given` is one of the non-empty `expected`; in constant time, whichever matches."""
    seen = hashlib.sha256(_bytes(given)).digest()
    found = False
    for each in expected:
        same = hmac.compare_digest(seen, hashlib.sha256(_bytes(each)).digest())
        found |= same and bool(each)
    return found


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
