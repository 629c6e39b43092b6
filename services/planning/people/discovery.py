"""Reads a provider's discovery document (OpenID Connect Discovery 1.0). Pure."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from services.planning.people.open_id import TENANT, Keys, Metadata, OpenIdProvider, SignInRefused
from services.planning.people.sign_in_problems import SignInProblem

_ENTRA_OF_ALL = frozenset({"common", "organizations", "consumers"})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_LONGEST = 2000
_MOST_KEYS = 100


def settings_problem(provider: OpenIdProvider, *, public_url: str | None, allow_loopback: bool) -> SignInProblem | None:
    """What is wrong with the settings of a provider by themselves; None where nothing is."""
    if public_url is None:
        return SignInProblem.PUBLIC_URL_MISSING
    public = urlsplit(public_url)
    if public.scheme.lower() != "https" and (public.hostname or "") not in _LOOPBACK:
        return SignInProblem.PUBLIC_URL_NOT_HTTPS
    issuer = urlsplit(provider.issuer)
    if issuer.scheme != "https" and not (issuer.scheme == "http" and issuer.hostname in _LOOPBACK and allow_loopback):
        return SignInProblem.ISSUER_NOT_HTTPS
    if issuer.path.strip("/").split("/")[0] in _ENTRA_OF_ALL and _is_entra(issuer.hostname) and not provider.tenants:
        return SignInProblem.TENANTS_MISSING
    if issuer.hostname == "accounts.google.com" and not provider.hosted_domains:
        return SignInProblem.HOSTED_DOMAIN_MISSING
    return None


def discovery_url(issuer: str) -> str:
    """Where the discovery document is: a slash at the issuer's end is left out (section 4.1)."""
    return issuer.rstrip("/") + "/.well-known/openid-configuration"


def read_metadata(document: object, provider: OpenIdProvider) -> Metadata:
    """What the document says. Raises `SignInRefused`."""
    if not isinstance(document, Mapping):
        raise SignInRefused(SignInProblem.DISCOVERY_UNREADABLE, "the document is no JSON object")
    issuer = document.get("issuer")
    if issuer != provider.issuer and not _is_of_tenants(issuer, provider):
        raise SignInRefused(
            SignInProblem.ISSUER_DIFFERS, f"the setting is {provider.issuer!r}, discovery says {str(issuer)[:200]!r}"
        )
    methods = document.get("token_endpoint_auth_methods_supported")
    offered = methods if isinstance(methods, list) else ["client_secret_basic"]  # the default (section 3)
    return Metadata(
        issuer=str(issuer),
        authorization_endpoint=_endpoint(document, "authorization_endpoint", provider),
        token_endpoint=_endpoint(document, "token_endpoint", provider),
        jwks_uri=_endpoint(document, "jwks_uri", provider),
        userinfo_endpoint=_optional_endpoint(document, "userinfo_endpoint", provider),
        end_session_endpoint=_optional_endpoint(document, "end_session_endpoint", provider),
        names_itself=document.get("authorization_response_iss_parameter_supported") is True,
        by_post="client_secret_basic" not in offered and "client_secret_post" in offered,
    )


def read_keys(document: object) -> Keys:
    """The keys of a JWK Set (RFC 7517) that may sign. Raises `SignInRefused`."""
    listed = document.get("keys") if isinstance(document, Mapping) else None
    if not isinstance(listed, list) or len(listed) > _MOST_KEYS:
        raise SignInRefused(SignInProblem.KEYS_UNREADABLE, "the answer is no JWK Set")
    return Keys(entries=tuple(each for each in listed if isinstance(each, Mapping) and each.get("use", "sig") == "sig"))


def _is_of_tenants(issuer: object, provider: OpenIdProvider) -> bool:
    """Entra's endpoint for several tenants: `…/common/v2.0` calls itself `…/{tenantid}/v2.0`, literally."""
    if not provider.tenants or not isinstance(issuer, str) or TENANT not in issuer:
        return False
    return any(issuer.replace(TENANT, each) == provider.issuer for each in _ENTRA_OF_ALL)


def _is_entra(host: str | None) -> bool:
    return host is not None and (host == "login.microsoftonline.com" or host.startswith("login.microsoftonline."))


def _optional_endpoint(document: Mapping[str, Any], name: str, provider: OpenIdProvider) -> str | None:
    return None if document.get(name) is None else _endpoint(document, name, provider)


def _endpoint(document: Mapping[str, Any], name: str, provider: OpenIdProvider) -> str:
    """A URL of the document; where the issuer is https, it is https as well."""
    value = document.get(name)
    if not isinstance(value, str) or len(value) > _LONGEST or not value.isascii() or any(ord(c) <= 0x20 for c in value):
        raise SignInRefused(SignInProblem.DISCOVERY_UNREADABLE, f"{name} is missing or no URL")
    try:
        url = urlsplit(value)
        host, _ = url.hostname, url.port
    except ValueError:
        raise SignInRefused(SignInProblem.DISCOVERY_UNREADABLE, f"{name} is no URL") from None
    wanted = {"https"} if provider.issuer.startswith("https:") else {"http", "https"}
    if url.scheme not in wanted or not host or url.fragment or "@" in url.netloc:
        raise SignInRefused(SignInProblem.DISCOVERY_UNREADABLE, f"{name} is not an {'/'.join(sorted(wanted))} URL")
    return value
