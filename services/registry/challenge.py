"""Reads the challenge of a 401 (`WWW-Authenticate`, RFC 9110, section 11), and decides which token service to use.

Pure. A password goes to a token service only where a registry names it over https, and only over https. For a registry
over plain HTTP, only a token service on its own host is used: an attacker on the network could have named another.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from yarl import URL

from services.registry.credentials import RegistryAccess
from services.registry.errors import RegistryMalformedError, Subject

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105  a word of HTTP's grammar
_SCHEME = re.compile(rf"[\s,]*({_TOKEN})(?=[\s,]|$)(?!\s*=)")
_PARAMETER = re.compile(rf'[\s,]*({_TOKEN})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))')  # also a URL without quotes
_LONGEST = 8192


@dataclass(frozen=True, kw_only=True)
class BearerChallenge:
    """Fetch a token at `realm`."""

    realm: URL
    service: str | None
    scopes: tuple[str, ...]

    def url(self, scopes: tuple[str, ...], *, whole: bool = False) -> URL:
        """The URL to fetch a token from; with `scopes` where the registry named none, or where they are `whole`.

        A registry names what the refused request needs: for a HEAD before an upload that is less than the upload.
        """
        asked = scopes if whole else self.scopes or scopes
        query = [*self.realm.query.items(), *(("scope", each) for each in asked)]
        if self.service:
            query.append(("service", self.service))
        return self.realm.with_query(query)


@dataclass(frozen=True)
class BasicChallenge:
    """Send user name and password to the registry itself."""


def challenge_of(
    headers: Iterable[str], access: RegistryAccess, subject: Subject
) -> BearerChallenge | BasicChallenge | None:
    """The challenge to answer, `Bearer` before `Basic`; None where there is none.

    Raises `RegistryMalformedError` for a token service that must not be used.
    """
    found = [each for header in headers for each in _challenges(header)]
    for scheme, parameters in found:
        if scheme == "bearer" and parameters.get("realm"):
            return BearerChallenge(
                realm=_realm(parameters["realm"], access, subject),
                service=parameters.get("service"),
                scopes=tuple(parameters.get("scope", "").split()),
            )
    return BasicChallenge() if any(scheme == "basic" for scheme, _ in found) else None


def _realm(text: str, access: RegistryAccess, subject: Subject) -> URL:
    try:
        realm = URL(text.strip("'"))
        realm = access.origin.join(realm) if text.startswith("/") else realm  # some name a path alone
    except ValueError:
        realm = URL()
    if realm.scheme not in {"http", "https"} or not realm.host or realm.user or realm.password:
        raise RegistryMalformedError(subject, "the registry names a token service whose URL is not valid.")
    origin = access.origin
    if origin.scheme == "http":
        if realm.host == origin.host:
            return realm
        raise RegistryMalformedError(
            subject,
            "the registry is used over plain HTTP, where an attacker could name a token service, and names one on "
            "another host. Give the registry a certificate, and register it without plain HTTP.",
        )
    if realm.scheme != "https":
        raise RegistryMalformedError(
            subject, "the registry names a token service without https, to which no credential is sent."
        )
    return realm


def _challenges(header: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Scheme (lower-case) and parameters of each challenge in a header, up to the first that cannot be parsed."""
    text, position = header[:_LONGEST], 0
    while scheme := _SCHEME.match(text, position):
        position = scheme.end()
        parameters: dict[str, str] = {}
        while parameter := _PARAMETER.match(text, position):
            position = parameter.end()
            quoted, plain = parameter[2], parameter[3]
            parameters[parameter[1].lower()] = plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        yield scheme[1].lower(), parameters
