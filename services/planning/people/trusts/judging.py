"""Whether a token's claims fit a trust, claim by claim. Pure; the signature is another matter.

All values of a list are looked at, and a list of audiences may hold one member only: a token for two audiences can be
presented here by the other one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeGuard

from domain.trusts import TrustTerms
from services.planning.people.trusts.matching import match_claim, shown
from services.planning.people.trusts.providers import PROVIDERS
from services.planning.people.trusts.values import Claims, Once, Row

SKEW_SECONDS = 60  # clocks differ
_LONGEST_ID = 500


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """All checks of one token by one trust. `jti` is the id by which the token is taken only once; None: often."""

    rows: tuple[Row, ...]
    jti: str | None
    expires_at: float  # seconds since 1970; 0 where the token does not say

    @property
    def fits(self) -> bool:
        return all(row.fits for row in self.rows)


def judge(terms: TrustTerms, claims: Claims, *, now: datetime) -> Judgement:
    """Check every claim that the trust and its provider's rules name, and each of the standard ones."""
    provider = PROVIDERS[terms.kind]
    rows = [
        _issuer(terms, claims),
        _audience(terms, claims),
        *_times(claims, now.timestamp()),
        *_identified(claims, provider.once),
        *provider.rules(claims, terms),
        *(
            match_claim(claim, terms.claims[claim.name], claims)
            for claim in provider.claims
            if claim.name in terms.claims and claim.name != "job_workflow_ref"  # a rule of its own
        ),
        # What this release does not know was required by another one: never left out.
        *(
            Row(claim=name, required=", ".join(values), found=shown(claims.get(name)), fits=False)
            for name, values in terms.claims.items()
            if provider.claim(name) is None
        ),
    ]
    jti = claims.get("jti") if provider.once is not Once.NEVER else None
    exp = claims.get("exp")
    return Judgement(
        rows=tuple(rows),
        jti=jti if isinstance(jti, str) and jti else None,
        expires_at=exp if _is_time(exp) else 0,
    )


def most_specific(judged: Iterable[tuple[str, TrustTerms, Judgement]]) -> str | None:
    """The key of the trust that admits the token; of several, the one that names most claims, then the first."""
    fitting = [(len(terms.claims), key) for key, terms, judgement in judged if judgement.fits]
    return max(fitting, key=lambda each: each[0])[1] if fitting else None


def _issuer(terms: TrustTerms, claims: Claims) -> Row:
    issuer = claims.get("iss")
    return Row(claim="iss", required=terms.issuer, found=shown(issuer), fits=issuer == terms.issuer)


def _audience(terms: TrustTerms, claims: Claims) -> Row:
    audience = claims.get("aud")
    detail = None
    if isinstance(audience, list):  # Kubernetes sends a list of one
        if len(audience) == 1:
            audience = audience[0]
        else:
            detail = "The token is for several audiences. Ask for one that is for this audience alone."
    fits = isinstance(audience, str) and audience == terms.audience
    return Row(claim="aud", required=terms.audience, found=shown(claims.get("aud")), fits=fits, detail=detail)


def _times(claims: Claims, now: float) -> list[Row]:
    expiry, issued, begin = claims.get("exp"), claims.get("iat"), claims.get("nbf")
    rows = [
        Row(
            claim="exp",
            required="not passed",
            found=_moment(expiry),
            fits=_is_time(expiry) and now < expiry + SKEW_SECONDS,
            detail=f"Clocks may differ by {SKEW_SECONDS} s.",
        ),
        Row(
            claim="iat",
            required="passed",
            found=_moment(issued),
            fits=_is_time(issued) and issued <= now + SKEW_SECONDS,
            detail=f"Clocks may differ by {SKEW_SECONDS} s.",
        ),
    ]
    if begin is not None:
        fits = _is_time(begin) and begin <= now + SKEW_SECONDS
        rows.append(Row(claim="nbf", required="passed", found=_moment(begin), fits=fits))
    return rows


def _identified(claims: Claims, once: Once) -> list[Row]:
    jti = claims.get("jti")
    if once is Once.NEVER or (jti is None and once is Once.IF_IDENTIFIED):
        return []
    fits = isinstance(jti, str) and 0 < len(jti) <= _LONGEST_ID
    return [Row(claim="jti", required="an id, for a token is taken once", found=shown(jti), fits=fits)]


def _is_time(value: Any) -> TypeGuard[int | float]:
    """A number of seconds that a date can hold; true is no number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 2**33


def _moment(value: Any) -> str | None:
    return datetime.fromtimestamp(value, UTC).isoformat() if _is_time(value) else shown(value)
