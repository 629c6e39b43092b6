"""A signer of tokens: keys made once, and tokens with any header and claims."""

import base64
import json
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from services.planning.people.open_id import Keys, Metadata, OpenIdProvider

ISSUER = "https://login.example"
CLIENT = "stagecoach"
NONCE = "the nonce"
NOW = 1_800_000_000.0
METADATA = Metadata(
    issuer=ISSUER,
    authorization_endpoint=f"{ISSUER}/authorize",
    token_endpoint=f"{ISSUER}/token",
    jwks_uri=f"{ISSUER}/keys",
    userinfo_endpoint=f"{ISSUER}/me",
    end_session_endpoint=f"{ISSUER}/logout",
)
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "sub": "ada",
    "aud": CLIENT,
    "nonce": NONCE,
    "iat": NOW - 5,
    "exp": NOW + 300,
    "name": "Ada Lovelace",
}


def provider(**changes: Any) -> OpenIdProvider:
    given = {"name": "corp", "display_name": "Corp", "issuer": ISSUER, "client_id": CLIENT, "client_secret": None}
    return OpenIdProvider(**(given | changes))


@cache
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def public(key: Any, kid: str | None = "one", **members: Any) -> dict[str, Any]:
    """The key as a JWK Set lists it."""
    algorithm = "RS256" if isinstance(key, rsa.RSAPrivateKey) else "ES256"
    entry = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key(), as_dict=True)
    return {**entry, **({} if kid is None else {"kid": kid}), **members}


def keys(*entries: dict[str, Any]) -> Keys:
    return Keys(entries=entries or (public(rsa_key()),))


def signed(
    claims: dict[str, Any] | None = None, *, key: Any = None, alg: str = "RS256", kid: str | None = "one", **header: Any
) -> str:
    given = {**({} if kid is None else {"kid": kid}), **header}
    return jwt.encode(CLAIMS if claims is None else claims, key or rsa_key(), algorithm=alg, headers=given)


def unsigned(claims: dict[str, Any], **header: Any) -> str:
    """As an attacker writes it: `alg` is `none`."""

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none', **header})}.{part(claims)}."
