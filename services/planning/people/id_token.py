"""Decides whom an ID token, and what userinfo adds, signs in (OpenID Connect Core, 3.1.3.7 and 5.3). Pure."""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass

from services.planning.people.groups import named_groups
from services.planning.people.open_id import (
    TENANT,
    Claims,
    Keys,
    Metadata,
    OpenIdProvider,
    SignedInPerson,
    SignInRefused,
)
from services.planning.people.sign_in_problems import SignInProblem
from services.planning.people.signed_tokens import check_audience, check_times, text, verified

_TYPES = frozenset({"jwt"})
_LONGEST_NAME = 200
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]+")


@dataclass(frozen=True, kw_only=True)
class IdToken:
    """The claims of a verified ID token."""

    issuer: str
    subject: str
    claims: Claims

    @property
    def sid(self) -> str | None:
        return text(self.claims, "sid")


def read_id_token(
    token: str, keys: Keys, *, provider: OpenIdProvider, metadata: Metadata, nonce: str, now: float
) -> IdToken:
    """Verify an ID token. Raises `SignInRefused`."""
    claims = verified(token, keys, types=_TYPES)
    issuer = claims.get("iss")
    check_issuer(issuer, claims, provider, metadata)
    check_audience(claims, provider.client_id)
    check_times(claims, now)
    given = claims.get("nonce")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), nonce.encode()):
        raise SignInRefused(SignInProblem.NONCE_DIFFERS)
    if provider.hosted_domains and claims.get("hd") not in provider.hosted_domains:
        raise SignInRefused(SignInProblem.DOMAIN_REFUSED, f"hd {str(claims.get('hd'))[:100]!r}")
    subject = text(claims, "sub")
    if subject is None:
        raise SignInRefused(SignInProblem.SUBJECT_MISSING)
    return IdToken(issuer=str(issuer), subject=subject, claims=claims)


def check_issuer(issuer: object, claims: Claims, provider: OpenIdProvider, metadata: Metadata) -> None:
    """The token's issuer is the provider, exactly. Raises `SignInRefused`.

    Entra's tokens name the tenant of the person in `iss` and in `tid`: both have to be one that the settings name.
    """
    if TENANT in metadata.issuer:
        tenant = claims.get("tid")
        if tenant not in provider.tenants:
            raise SignInRefused(SignInProblem.TENANT_REFUSED, f"tid {str(tenant)[:100]!r}")
        if issuer == metadata.issuer.replace(TENANT, str(tenant)):
            return
    elif issuer == metadata.issuer:
        if not provider.tenants or "tid" not in claims or claims["tid"] in provider.tenants:
            return
        raise SignInRefused(SignInProblem.TENANT_REFUSED, f"tid {str(claims['tid'])[:100]!r}")
    raise SignInRefused(
        SignInProblem.TOKEN_ISSUER_DIFFERS, f"the provider is {metadata.issuer!r}, iss {str(issuer)[:200]!r}"
    )


def needs_userinfo(token: IdToken, provider: OpenIdProvider, metadata: Metadata) -> bool:
    """Whether userinfo may know groups, or a name, that the token lacks.

    Raises `SignInRefused` where the provider left the groups out of the token because they are too many.
    """
    if metadata.userinfo_endpoint is None:
        return False
    lacks_groups = provider.groups_claim is not None and named_groups(token.claims, provider.groups_claim) is None
    return lacks_groups or text(token.claims, "name") is None


def check_userinfo(userinfo: object, token: IdToken) -> Claims:
    """Userinfo counts for the same subject only (section 5.3.2): another's would be a swapped access token."""
    if not isinstance(userinfo, Mapping):
        raise SignInRefused(SignInProblem.USERINFO_UNREADABLE, "the answer is no JSON object")
    if userinfo.get("sub") != token.subject:
        raise SignInRefused(SignInProblem.USERINFO_OF_ANOTHER)
    return userinfo


def person_of(token: IdToken, userinfo: Claims, provider: OpenIdProvider) -> SignedInPerson:
    """Whom the token, with what userinfo adds to it, describes. Raises `SignInRefused` for unreadable groups."""
    groups: tuple[str, ...] | None = None
    if provider.groups_claim is not None:
        groups = named_groups(token.claims, provider.groups_claim)
        if groups is None:
            groups = named_groups(userinfo, provider.groups_claim)
    sources = (token.claims, userinfo)
    names = (text(each, name) for name in ("name", "preferred_username", "email") for each in sources)
    name = next(filter(None, map(_printable, filter(None, names))), None)
    return SignedInPerson(
        issuer=token.issuer,
        subject=token.subject,
        name=name or _printable(token.subject) or "nameless",
        email=next(filter(None, (text(each, "email", longest=320) for each in sources)), None),
        groups=groups or (),
        sid=token.sid,
    )


def _printable(name: str) -> str:
    """A name as one line of text that shows as it reads: it is decoration, and a person may have chosen it."""
    return " ".join(_UNPRINTABLE.sub(" ", name).split())[:_LONGEST_NAME]
