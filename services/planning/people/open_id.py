"""OpenID Connect: values that the rules of this room share. Pure, as all of `planning`.

Terms are those of OpenID Connect Core 1.0 (https://openid.net/specs/openid-connect-core-1_0.html).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.secret_text import SecretText
from services.planning.people.sign_in_problems import SignInProblem

Claims = Mapping[str, Any]

TENANT = "{tenantid}"  # what Entra writes into the issuer of an endpoint for several tenants
LEEWAY_SECONDS = 60  # clocks differ


class SignInRefused(Exception):  # noqa: N818  a verdict, which the use case turns into an error
    """A sign-in cannot go on. `why` is for the log alone: what was compared, without secrets."""

    def __init__(self, problem: SignInProblem, why: str = "") -> None:
        super().__init__(problem.value)
        self.problem = problem
        self.why = why


@dataclass(frozen=True, kw_only=True)
class OpenIdProvider:
    """What the settings say of a provider. `name` is in addresses and rows, `display_name` on the sign-in page.

    `groups_claim`: None where groups are not read. `tenants`: ids of Entra's tenants, where the issuer is that of
    several. `hosted_domains`: Google's organisations, of which a person has to belong to one.
    """

    name: str
    display_name: str
    issuer: str
    client_id: str
    client_secret: SecretText | None
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    groups_claim: str | None = "groups"
    tenants: frozenset[str] = frozenset()
    hosted_domains: frozenset[str] = frozenset()
    admin_group: str | None = None

    @property
    def setting(self) -> str:
        """What the names of its environment variables begin with."""
        return f"STAGECOACH_OIDC__{self.name.upper()}__"

    def issues_as(self, issuer: object, advertised: str) -> bool:
        """Whether a token, or an answer, of this issuer is the provider's; `advertised` is discovery's issuer."""
        if self.tenants and TENANT in advertised:
            return any(issuer == advertised.replace(TENANT, tenant) for tenant in self.tenants)
        return issuer == advertised


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """What a provider's discovery document says, as far as it is used.

    `names_itself`: its answers carry `iss` (RFC 9207). `by_post`: the client's secret goes into the form of a token
    request, because the provider does not take it in the header.
    """

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    end_session_endpoint: str | None = None
    names_itself: bool = False
    by_post: bool = False


@dataclass(frozen=True, kw_only=True)
class Keys:
    """A provider's public keys, as its JWK Set lists them."""

    entries: tuple[Mapping[str, Any], ...] = field(repr=False)

    def has(self, key_id: str | None) -> bool:
        return any(each.get("kid") == key_id for each in self.entries)


@dataclass(frozen=True, kw_only=True)
class SignedInPerson:
    """A person as a provider describes one. Issuer and subject are the identity; all else may change and repeat."""

    issuer: str
    subject: str
    name: str
    email: str | None
    groups: tuple[str, ...]
    sid: str | None
