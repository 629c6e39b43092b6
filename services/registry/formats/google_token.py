"""Verifies the OIDC token by which Google authenticates the messages of Pub/Sub. Pure.

Every owner of a service account can have Google sign a token for any audience, so the account is checked too:
https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jwt

from domain.stored.receivers import ReceiverSettings
from services.registry.deliveries import FetchedKeys, KeyUrl, ProofRefusedError, Request, UnreadableDeliveryError
from services.registry.formats.reading import read_json

KEYS_URL = "https://www.googleapis.com/oauth2/v3/certs"
AUDIENCE = "stagecoach"  # the default

_ISSUERS = ("https://accounts.google.com", "accounts.google.com")
_LEEWAY_SECONDS = 60  # clocks differ
_LONGEST = 8192
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


@dataclass(frozen=True)
class GoogleToken:
    """A token signed with RS256 and one of Google's published keys."""

    def required_key(self, request: Request, settings: ReceiverSettings) -> KeyUrl | None:  # noqa: ARG002
        """Google's keys. Raises `ProofRefusedError` where there is no token."""
        return KeyUrl(url=KEYS_URL, key_id=_key_id(_token(request)))

    def signed_content(self, request: Request, settings: ReceiverSettings) -> bytes | None:  # noqa: ARG002
        return None  # a token covers no content

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
            raise ProofRefusedError("Google's keys could not be read.")
        key = _key(keys, _key_id(token))
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=["RS256"],
                audience=settings.audience or AUDIENCE,
                issuer=_ISSUERS,
                # The times are checked below, by the clock that the caller passes.
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
            raise ProofRefusedError("The issuer of the token is not Google.") from None
        except (jwt.PyJWTError, RecursionError):
            raise ProofRefusedError("The token is not signed by Google, or lacks required claims.") from None
        _check(claims, settings, now)


def _check(claims: Mapping[str, Any], settings: ReceiverSettings, now: datetime) -> None:
    if now.timestamp() >= _seconds(claims, "exp") + _LEEWAY_SECONDS:
        raise ProofRefusedError("The token has expired.")
    if now.timestamp() < _seconds(claims, "iat") - _LEEWAY_SECONDS:
        raise ProofRefusedError("The token is not valid yet.")
    account = settings.service_account
    if not account or claims.get("email") != account or claims.get("email_verified") is not True:
        raise ProofRefusedError("The token is not that of the service account in the receiver's settings.")


def _seconds(claims: Mapping[str, Any], name: str) -> int | float:
    value = claims.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ProofRefusedError("The token lacks its times of issue and expiry.")
    return value


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise ProofRefusedError(
            "The header authorization has no token. Enable authentication at the Pub/Sub subscription.", missing=True
        )
    if len(token) > _LONGEST or not token.isascii():
        raise ProofRefusedError("The header authorization has no valid token.")
    return token.strip()


def _key_id(token: str) -> str:
    try:
        key_id = jwt.get_unverified_header(token).get("kid")
    except (jwt.PyJWTError, RecursionError):  # its reader of JSON gives up on deep nesting in this way
        raise ProofRefusedError("The header authorization has no valid token.") from None
    if not isinstance(key_id, str) or not _KEY_ID.fullmatch(key_id):
        raise ProofRefusedError("The token does not name the key that signed it.")
    return key_id


def _key(keys: FetchedKeys, key_id: str) -> jwt.PyJWK:
    try:
        for each in read_json(keys.body).at("keys").items():
            if each.at("kid").value == key_id and each.at("kty").value == "RSA":
                return jwt.PyJWK(each.value, algorithm="RS256")
    except (UnreadableDeliveryError, jwt.PyJWTError):
        raise ProofRefusedError("Google's keys cannot be parsed.") from None
    raise ProofRefusedError("The token is signed with a key that is not Google's.")
