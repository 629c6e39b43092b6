"""The address and the credential of a registry. No `repr` shows a secret; URLs are made of validated names only."""

import base64
from dataclasses import dataclass, field

from yarl import URL

from services.registry.errors import RegistryNameError, Subject
from services.registry.names import DOCKER_HUB, fold_host, is_digest, is_host, is_repository, is_tag

_DOCKER_HUB_ADDRESS = "registry-1.docker.io"


@dataclass(frozen=True)
class Anonymous:
    """No credential; an anonymous token is fetched where the registry requires one."""


@dataclass(frozen=True, kw_only=True)
class Basic:
    """A user name and a password or access token: sent to the registry, or to its token service."""

    username: str
    password: str = field(repr=False)

    @property
    def header(self) -> str:
        return "Basic " + base64.b64encode(f"{self.username}:{self.password}".encode()).decode()


@dataclass(frozen=True, kw_only=True)
class Bearer:
    """A token that the registry accepts as a bearer token."""

    token: str = field(repr=False)

    @property
    def header(self) -> str:
        return f"Bearer {self.token}"


Credential = Anonymous | Basic | Bearer


@dataclass(frozen=True, kw_only=True)
class RegistryAccess:
    """A registry: `host` as in image names, with its port. `plain_http` only where it is registered so."""

    host: str
    plain_http: bool = False
    credential: Credential = field(default_factory=Anonymous)

    @property
    def origin(self) -> URL:
        """Scheme, host and port of its API. Raises `RegistryNameError`."""
        if not is_host(self.host):
            raise RegistryNameError(
                Subject(host="registry"), "the name of a registry is a host name, with a port where needed."
            )
        host = fold_host(self.host)
        if host == DOCKER_HUB:
            return URL(f"https://{_DOCKER_HUB_ADDRESS}")  # always https, whatever was set
        try:
            return URL(f"{'http' if self.plain_http else 'https'}://{host}")
        except ValueError:
            raise RegistryNameError(Subject(host="registry"), "the registry's port must be below 65536.") from None

    def repository_url(self, repository: str) -> URL:
        """The URL of a repository's API. Raises `RegistryNameError`."""
        if fold_host(self.host) == DOCKER_HUB and "/" not in repository:
            repository = f"library/{repository}"
        if not is_repository(repository):
            raise RegistryNameError(
                Subject(host=self.host), "the name of a repository is lower-case path components, as in team/app."
            )
        return self.origin / "v2" / repository


def check_tag(access: RegistryAccess, repository: str, tag: str) -> None:
    """Raises `RegistryNameError` for an invalid tag."""
    if not is_tag(tag):
        subject = Subject(host=access.host, repository=repository)
        raise RegistryNameError(subject, "a tag is 1 to 128 letters, digits, '_', '.' or '-'.")


def check_digest(access: RegistryAccess, repository: str, digest: str) -> None:
    """Raises `RegistryNameError` for an invalid digest."""
    if not is_digest(digest):
        subject = Subject(host=access.host, repository=repository)
        raise RegistryNameError(subject, "a digest is sha256: or sha512: and as many hexadecimal digits as these have.")
