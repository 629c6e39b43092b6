"""Reads signed tokens (JWT, RFC 7519) and verifies their signature with the issuer's keys (JWKS, RFC 7517). Pure.

The algorithm is one of a list of ours, never whatever the token or the issuer names: `none` and the confusion of public
keys with shared ones are thus out of the question (RFC 8725, section 3.1).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.types import Options

LONGEST = 16 * 1024
_LONGEST_KEY_ID = 500
_SHORTEST_RSA_KEY = 2048  # RFC 7518, section 3.3
_MOST_KEYS = 100
# What the claims say is compared elsewhere, by the clock that the caller passes.
_CLAIMS_LATER: Options = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


class TokenUnreadableError(Exception):
    """The text is no signed token; the message says why, and repeats nothing of it."""


class SignatureRefusedError(Exception):
    """No key of the issuer made the signature; the message says why."""


@dataclass(frozen=True, kw_only=True)
class UnverifiedToken:
    """A token as it says of itself. Nothing of it is true before its signature was verified."""

    text: str = field(repr=False)
    algorithm: str
    key_id: str | None
    claims: Mapping[str, Any] = field(repr=False)

    @property
    def issuer(self) -> str | None:
        issuer = self.claims.get("iss")
        return issuer if isinstance(issuer, str) else None


def read_token(text: str) -> UnverifiedToken:
    """Raises `TokenUnreadableError`."""
    if len(text) > LONGEST or not text.isascii() or text.count(".") != 2:
        raise TokenUnreadableError("It is not a signed token (JWT): three parts with dots between them.")
    try:
        header = jwt.get_unverified_header(text)
        claims = jwt.decode(text, options={**_CLAIMS_LATER, "verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError):  # PyJWT's reader of JSON gives up on deep nesting that way
        raise TokenUnreadableError("It is not a signed token (JWT): a part of it cannot be decoded.") from None
    if "crit" in header:  # RFC 7515, section 4.1.11: who does not know what is critical must refuse
        raise TokenUnreadableError("The token's header names critical extensions, which are not known here.")
    key_id, algorithm = header.get("kid"), header.get("alg")
    if key_id is not None and (not isinstance(key_id, str) or len(key_id) > _LONGEST_KEY_ID):
        raise TokenUnreadableError("The token's header does not name a key.")
    return UnverifiedToken(text=text, algorithm=str(algorithm)[:20], key_id=key_id, claims=claims)


def verify_signature(token: UnverifiedToken, keys: bytes, *, algorithms: Sequence[str]) -> Mapping[str, Any]:
    """The token's claims, once one of the keys was found to have signed it. Raises `SignatureRefusedError`.

    `keys`: the body that the issuer's `jwks_uri` returned.
    """
    if token.algorithm not in algorithms:
        raise SignatureRefusedError(
            f"The token is signed with {token.algorithm}; the issuer signs with {' or '.join(algorithms)}."
        )
    if not token.key_id:
        raise SignatureRefusedError("The token does not name the key that signed it (kid).")
    key = _key(keys, token.key_id, token.algorithm)
    try:
        claims: Mapping[str, Any] = jwt.decode(token.text, key, algorithms=[token.algorithm], options=_CLAIMS_LATER)
    except (jwt.PyJWTError, ValueError):
        raise SignatureRefusedError("The signature is not that of the issuer's key.") from None
    return claims


def _key(keys: bytes, key_id: str, algorithm: str) -> jwt.PyJWK:
    try:
        listed = json.loads(keys)["keys"]
        candidates = [each for each in listed[:_MOST_KEYS] if each.get("kid") == key_id and _signs(each, algorithm)]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise SignatureRefusedError("The issuer's keys cannot be read.") from None
    if not candidates:
        raise SignatureRefusedError("The issuer does not publish the key that the token names.")
    try:
        key = jwt.PyJWK(candidates[0], algorithm=algorithm)
    except (jwt.PyJWTError, ValueError, TypeError):
        raise SignatureRefusedError("The issuer's keys cannot be read.") from None
    if isinstance(key.key, RSAPublicKey) and key.key.key_size < _SHORTEST_RSA_KEY:
        raise SignatureRefusedError(f"The issuer's key is shorter than {_SHORTEST_RSA_KEY} bits.")
    return key


def _signs(key: Mapping[str, Any], algorithm: str) -> bool:
    """Whether a published key is one for signatures of this algorithm; a private or shared key is none."""
    family = {"RS": "RSA", "ES": "EC"}.get(algorithm[:2])
    return key.get("kty") == family and key.get("use", "sig") == "sig" and key.get("alg", algorithm) == algorithm
