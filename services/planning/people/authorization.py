"""What is sent to a provider to begin a sign-in, and what comes back (OpenID Connect Core, 3.1.2). Pure."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import urlencode, urlsplit

from services.planning.people.open_id import Metadata, OpenIdProvider, SignInRefused
from services.planning.people.sign_in_problems import SignInProblem

_LONGEST = 4096
_REFUSALS = {
    "access_denied": SignInProblem.DENIED,
    "login_required": SignInProblem.DENIED,
    "consent_required": SignInProblem.DENIED,
    "interaction_required": SignInProblem.DENIED,
    "account_selection_required": SignInProblem.DENIED,
    "invalid_scope": SignInProblem.SCOPE_REFUSED,
    "unauthorized_client": SignInProblem.CLIENT_NOT_ALLOWED,
    "unsupported_response_type": SignInProblem.CLIENT_NOT_ALLOWED,
}
_TOKEN_REFUSALS = {
    "invalid_client": SignInProblem.CLIENT_REFUSED,
    "invalid_grant": SignInProblem.CODE_REFUSED,
    "unauthorized_client": SignInProblem.CLIENT_NOT_ALLOWED,
    "invalid_scope": SignInProblem.SCOPE_REFUSED,
}


@dataclass(frozen=True, kw_only=True)
class FlowSecrets:
    """What ties the parts of one sign-in together; each is random and used once."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


def authorization_url(metadata: Metadata, provider: OpenIdProvider, *, redirect_uri: str, flow: FlowSecrets) -> str:
    """Where the browser is sent: code flow with PKCE (RFC 7636), the answer in the query.

    With `form_post`, browsers would send no cookie along with the answer that is not `SameSite=None`.
    """
    challenge = base64.urlsafe_b64encode(sha256(flow.verifier.encode()).digest()).rstrip(b"=").decode()
    parameters = {
        "response_type": "code",
        "response_mode": "query",
        "client_id": provider.client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(dict.fromkeys(("openid", *provider.scopes))),
        "state": flow.state,
        "nonce": flow.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    if len(provider.hosted_domains) == 1:  # it only preselects the account; the claim is what counts
        parameters["hd"] = next(iter(provider.hosted_domains))
    endpoint = metadata.authorization_endpoint
    return endpoint + ("&" if urlsplit(endpoint).query else "?") + urlencode(parameters)


def read_answer(query: Mapping[str, str], provider: OpenIdProvider, metadata: Metadata) -> str:
    """The code that the provider sent back. Call it when the state is known to be ours. Raises `SignInRefused`.

    The issuer is compared before anything else of the answer counts (RFC 9207): it also protects from an error that
    another provider sends.
    """
    issuer = query.get("iss")
    if (issuer is None and metadata.names_itself) or (
        issuer is not None and not provider.issues_as(issuer, metadata.issuer)
    ):
        raise SignInRefused(SignInProblem.MIXED_UP, f"iss {str(issuer)[:200]!r}")
    error = query.get("error")
    if error is not None:
        raise SignInRefused(_REFUSALS.get(error, SignInProblem.PROVIDER_FAILED), f"error {error[:60]!r}")
    code = query.get("code", "")
    if not 0 < len(code) <= _LONGEST:
        raise SignInRefused(SignInProblem.PROVIDER_FAILED, "the answer has no code")
    return code


def token_refusal(answer: object, status: int) -> SignInRefused:
    """Why the token endpoint refused the code (RFC 6749, section 5.2)."""
    error = answer.get("error") if isinstance(answer, Mapping) else None
    why = f"the token endpoint answered {status}, error {str(error)[:60]!r}"
    if isinstance(error, str) and error in _TOKEN_REFUSALS:
        return SignInRefused(_TOKEN_REFUSALS[error], why)
    return SignInRefused(SignInProblem.CLIENT_REFUSED if status == 401 else SignInProblem.PROVIDER_FAILED, why)


def end_session_url(metadata: Metadata, provider: OpenIdProvider, *, return_to: str) -> str | None:
    """Where a browser signs out at the provider; None where the provider offers no such page.

    The client's id stands in for the ID token, which is not kept (OpenID Connect RP-Initiated Logout 1.0, section 2).
    """
    endpoint = metadata.end_session_endpoint
    if endpoint is None:
        return None
    parameters = urlencode({"client_id": provider.client_id, "post_logout_redirect_uri": return_to})
    return endpoint + ("&" if urlsplit(endpoint).query else "?") + parameters
