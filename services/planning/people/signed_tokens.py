"""Verifies the signature of a provider's tokens, and reads their claims. Pure.

The algorithms are our own list, never what discovery or the token's header offers: RFC 8725, section 3.1. With `none`
or HS256 in it, whoever knows a public key could sign.
"""

import re
from collections.abc import Mapping
from typing import Any

import jwt
from jwt.types import Options

from services.planning.people.open_id import LEEWAY_SECONDS, Claims, Keys, SignInRefused
from services.planning.people.sign_in_problems import SignInProblem

_KEY_TYPES = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), ("RSA", None)),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
}
# The callers check claims: PyJWT would take an empty subject, and the clock of the machine.
_SIGNATURE_ALONE: Options = {
    "verify_signature": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}
_LONGEST = 64 * 1024
_SMALLEST_MODULUS = 2048 // 8  # bytes: NIST SP 800-131A
_JWS = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")


def key_id(token: str) -> str | None:
    """The key that a token names, unverified; None where it names none. Raises `SignInRefused` for what is no JWS."""
    value = _header(token).get("kid")
    return value if isinstance(value, str) else None


def verified(token: str, keys: Keys, *, types: frozenset[str]) -> Claims:
    """The claims of a token that one of the keys has signed; `types` are the values of `typ` that it may have.

    Checks the signature alone. Raises `SignInRefused`: with `KEY_UNKNOWN` where newer keys may have it.
    """
    header = _header(token)
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in _KEY_TYPES:
        raise SignInRefused(SignInProblem.TOKEN_UNSIGNED, f"the algorithm is {str(algorithm)[:20]!r}")
    # A token of another kind is none, though the same key signed it (RFC 8725, section 3.11); nor what asks for more
    # than is checked here (RFC 7515, section 4.1.11).
    kind = str(header.get("typ") or "jwt").lower().removeprefix("application/")
    if kind not in types or "crit" in header:
        raise SignInRefused(SignInProblem.TOKEN_UNREADABLE, f"the type is {kind[:40]!r}")
    try:
        claims = jwt.decode(
            token,
            _key(keys, header.get("kid"), algorithm),
            algorithms=[algorithm],
            options=_SIGNATURE_ALONE,
        )
    except jwt.InvalidSignatureError:
        raise SignInRefused(SignInProblem.SIGNATURE_WRONG) from None
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise SignInRefused(SignInProblem.TOKEN_UNREADABLE, type(error).__name__) from None
    return claims


def check_times(claims: Claims, now: float) -> None:
    """Refuse what has expired, or was issued in the future. Raises `SignInRefused`."""
    expires, issued = seconds(claims, "exp"), seconds(claims, "iat")
    if expires is None or issued is None or issued > now + LEEWAY_SECONDS:
        raise SignInRefused(SignInProblem.CLOCKS_DIFFER, f"iat {issued}, exp {expires}, now {now:.0f}")
    if now >= expires + LEEWAY_SECONDS:
        raise SignInRefused(SignInProblem.TOKEN_EXPIRED, f"exp {expires}, now {now:.0f}")
    begins = seconds(claims, "nbf")
    if begins is not None and begins > now + LEEWAY_SECONDS:
        raise SignInRefused(SignInProblem.CLOCKS_DIFFER, f"nbf {begins}, now {now:.0f}")


def check_audience(claims: Claims, client_id: str) -> None:
    """The token is for this client: alone, or as its authorised party (OpenID Connect Core, 3.1.3.7, steps 3 to 5)."""
    audience, party = claims.get("aud"), claims.get("azp")
    listed = audience if isinstance(audience, list) else [audience]
    if client_id not in listed or (party is not None and party != client_id):
        raise SignInRefused(SignInProblem.AUDIENCE_DIFFERS, f"aud {str(audience)[:200]}, azp {str(party)[:100]}")
    if len(listed) > 1 and party is None:
        raise SignInRefused(SignInProblem.AUDIENCE_DIFFERS, f"aud {str(audience)[:200]} without azp")


def seconds(claims: Claims, name: str) -> float | None:
    value = claims.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def text(claims: Claims, name: str, *, longest: int = 512) -> str | None:
    """A claim that is a text with something in it; None for anything else."""
    value = claims.get(name)
    return value if isinstance(value, str) and value.strip() and len(value) <= longest else None


def _header(token: str) -> Mapping[str, Any]:
    if len(token) > _LONGEST or not _JWS.fullmatch(token):
        raise SignInRefused(SignInProblem.TOKEN_UNREADABLE, "no JWS of three parts")
    try:
        header: Mapping[str, Any] = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise SignInRefused(SignInProblem.TOKEN_UNREADABLE, type(error).__name__) from None
    return header


def _key(keys: Keys, wanted: object, algorithm: str) -> jwt.PyJWK:
    """The key of this id; a token without one needs the only key of its type (section 10.1)."""
    kind, curve = _KEY_TYPES[algorithm]
    fitting = [
        each
        for each in keys.entries
        if each.get("kty") == kind
        and (curve is None or each.get("crv") == curve)
        and each.get("alg", algorithm) == algorithm
        and (wanted is None or each.get("kid") == wanted)
    ]
    if len(fitting) != 1 and not (wanted is not None and fitting):
        raise SignInRefused(SignInProblem.KEY_UNKNOWN, f"{len(fitting)} keys fit")
    key = jwt.PyJWK(dict(fitting[0]), algorithm=algorithm)
    if kind == "RSA" and key.key.key_size // 8 < _SMALLEST_MODULUS:
        raise SignInRefused(SignInProblem.KEY_UNKNOWN, "the key has fewer than 2048 bits")
    return key
