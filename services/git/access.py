"""The address and the credential of a Git repository. No `repr` shows a secret."""

import base64
from dataclasses import dataclass, field
from typing import Self

from yarl import URL

from services.git.errors import GitAddressError

_ADDRESS = "a Git repository"


@dataclass(frozen=True, kw_only=True)
class GitAccess:
    """A repository by its address, as it is cloned over HTTP. `secret` without `username` is a bearer token."""

    url: URL
    username: str | None = None
    secret: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, address: str, *, username: str | None = None, secret: str | None = None) -> Self:
        """Raises `GitAddressError`."""
        return cls(url=repository_url(address), username=username, secret=secret)

    @property
    def server(self) -> str:
        """For people: the host, with its port where it is not the usual one."""
        return self.url.authority

    @property
    def headers(self) -> dict[str, str]:
        """What proves who asks."""
        if self.secret is None:
            return {}
        if self.username is None:
            return {"Authorization": f"Bearer {self.secret}"}
        proof = base64.b64encode(f"{self.username}:{self.secret}".encode()).decode()
        return {"Authorization": f"Basic {proof}"}


def repository_url(address: str) -> URL:
    """The address without a slash at its end. Raises `GitAddressError`."""
    try:
        url = URL(address.strip())
    except ValueError:
        url = URL()
    if url.scheme not in {"https", "http"} or not url.host or url.path.strip("/") == "":
        raise GitAddressError(
            _ADDRESS, "Enter the address that it is cloned from over HTTP: https://git.example/shop/config.git."
        )
    if url.user is not None or url.password is not None:
        raise GitAddressError(_ADDRESS, "Leave the credential out of the address, and enter it by itself.")
    if url.query_string or url.fragment or url.path != url.raw_path or "//" in url.path:
        raise GitAddressError(
            _ADDRESS, "Its address has a path alone: letters, digits, '-', '_', '.', '~' and single slashes."
        )
    return url.with_path(url.path.rstrip("/"))
