"""Verifies the token by which a provider ends sessions (OpenID Connect Back-Channel Logout 1.0, section 2.6). Pure.

No `jti` is remembered: a token that is sent again within its minutes ends sessions that have ended, or at worst makes a
person sign in once more.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from services.planning.people.id_token import check_issuer
from services.planning.people.open_id import LEEWAY_SECONDS, Keys, Metadata, OpenIdProvider, SignInRefused
from services.planning.people.sign_in_problems import SignInProblem
from services.planning.people.signed_tokens import check_audience, check_times, seconds, text, verified

EVENT = "http://schemas.openid.net/event/backchannel-logout"
_TYPES = frozenset({"logout+jwt", "jwt"})  # the first is recommended, not required
_LIVES_SECONDS = 600


@dataclass(frozen=True, kw_only=True)
class EndedSessions:
    """Which sessions have ended: that of `sid`, or without it all of the subject."""

    issuer: str
    subject: str | None
    sid: str | None


def read_logout_token(
    token: str, keys: Keys, *, provider: OpenIdProvider, metadata: Metadata, now: float
) -> EndedSessions:
    """Verify a logout token. Raises `SignInRefused`."""
    claims = verified(token, keys, types=_TYPES)
    issuer = claims.get("iss")
    check_issuer(issuer, claims, provider, metadata)
    check_audience(claims, provider.client_id)
    issued = seconds(claims, "iat")
    # `exp` is required since the final version; providers of earlier drafts send none.
    check_times({"exp": (issued or 0) + _LIVES_SECONDS, **claims}, now)
    if issued is not None and now >= issued + _LIVES_SECONDS + LEEWAY_SECONDS:
        raise SignInRefused(SignInProblem.TOKEN_EXPIRED, f"iat {issued}, now {now:.0f}")
    events = claims.get("events")
    if not isinstance(events, Mapping) or not isinstance(events.get(EVENT), Mapping):
        raise SignInRefused(SignInProblem.TOKEN_UNREADABLE, "the token lacks the event of a logout")
    if "nonce" in claims:  # so that an ID token is never taken for one
        raise SignInRefused(SignInProblem.TOKEN_UNREADABLE, "the token has a nonce")
    subject, sid = text(claims, "sub"), text(claims, "sid")
    if subject is None and sid is None:
        raise SignInRefused(SignInProblem.SUBJECT_MISSING)
    return EndedSessions(issuer=str(issuer), subject=subject, sid=sid)
