"""The token with which Google proves that Pub/Sub pushed a message. Pure.

Anybody with a service account can have Google sign a token for any audience, so whose token it is has to be right too.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jwt

from services.registry.deliveries import FetchedKeys, KeyUrl, ProofRefusedError, Request, UnreadableDeliveryError
from services.registry.formats.reading import read_json
from services.registry.settings import ReceiverSettings

KEYS_URL = "https://www.googleapis.com/oauth2/v3/certs"
AUDIENCE = "stagecoach"  # where the receiver names none

_ISSUERS = ("https://accounts.google.com", "accounts.google.com")
_LEEWAY_SECONDS = 60  # clocks differ
_LONGEST = 8192
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


@dataclass(frozen=True)
class GoogleToken:
    """RS256, with one of the keys that Google shows."""

    def key_wanted(self, request: Request, settings: ReceiverSettings) -> KeyUrl | None:  # noqa: ARG002
        """Raises `ProofRefusedError`."""
        return KeyUrl(url=KEYS_URL, key_id=_key_id(_token(request)))

    def verify(
        self,
        request: Request,
        *,
        secrets: Sequence[str],  # noqa: ARG002  the receiver's secret has no part in it
        settings: ReceiverSettings,
        keys: FetchedKeys | None,
        now: datetime,
    ) -> None:
        """Raises `ProofRefusedError`."""
        token = _token(request)
        if keys is None or keys.url != KEYS_URL:
            raise ProofRefusedError("Google's keys are not at hand.")
        key = _key(keys, _key_id(token))
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=["RS256"],
                audience=settings.audience or AUDIENCE,
                issuer=_ISSUERS,
                # The time is looked at below, by the clock that was handed over.
                options={
                    "require": ["exp", "iss", "aud"],
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
        except jwt.InvalidAudienceError:
            raise ProofRefusedError("The token is for another audience than the receiver's.") from None
        except jwt.InvalidIssuerError:
            raise ProofRefusedError("The token is not Google's.") from None
        except jwt.PyJWTError:
            raise ProofRefusedError("The token is not signed by Google, or lacks what it must hold.") from None
        _check(claims, settings, now)


def _check(claims: Mapping[str, Any], settings: ReceiverSettings, now: datetime) -> None:
    if now.timestamp() >= _seconds(claims, "exp") + _LEEWAY_SECONDS:
        raise ProofRefusedError("The token has run out.")
    if now.timestamp() < _seconds(claims, "iat") - _LEEWAY_SECONDS:
        raise ProofRefusedError("The token is of the future.")
    account = settings.service_account
    if not account or claims.get("email") != account or claims.get("email_verified") is not True:
        raise ProofRefusedError("The token is not of the service account that the receiver names.")


def _seconds(claims: Mapping[str, Any], name: str) -> int | float:
    value = claims.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ProofRefusedError("The token does not say from when to when it counts.")
    return value


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise ProofRefusedError(
            "The header authorization lacks a token. Enable authentication at the Pub/Sub subscription.", missing=True
        )
    if len(token) > _LONGEST or not token.isascii():
        raise ProofRefusedError("What the header authorization holds is no token.")
    return token.strip()


def _key_id(token: str) -> str:
    try:
        key_id = jwt.get_unverified_header(token).get("kid")
    except jwt.PyJWTError:
        raise ProofRefusedError("What the header authorization holds is no token.") from None
    if not isinstance(key_id, str) or not _KEY_ID.fullmatch(key_id):
        raise ProofRefusedError("The token does not say with which key it was signed.")
    return key_id


def _key(keys: FetchedKeys, key_id: str) -> jwt.PyJWK:
    try:
        for each in read_json(keys.body).at("keys").items():
            if each.at("kid").value == key_id and each.at("kty").value == "RSA":
                return jwt.PyJWK(each.value, algorithm="RS256")
    except (UnreadableDeliveryError, jwt.PyJWTError):
        raise ProofRefusedError("What lies where Google's keys are cannot be read.") from None
    raise ProofRefusedError("The token is signed with a key that is none of Google's.")
