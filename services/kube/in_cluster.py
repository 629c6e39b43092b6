"""The credential of the cluster that Stagecoach itself runs in: the files that Kubernetes mounts into a pod.

The kubelet replaces the token before it expires (after an hour by default), so the file is read again.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from services.kube.errors import CredentialRefusedError
from services.kube.kubeconfig import ClusterTarget

SERVICE_ACCOUNT_FOLDER = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_FRESH_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class ServiceAccount:
    """Where a pod finds its API server and what is mounted for it."""

    server: str = "https://kubernetes.default.svc"
    folder: Path = SERVICE_ACCOUNT_FOLDER

    def target(self, *, cluster: str) -> ClusterTarget:
        """The server with its authority; the token comes from `TokenFile`. Raises `CredentialRefusedError`."""
        try:
            authority = (self.folder / "ca.crt").read_text(encoding="ascii")
        except (OSError, ValueError):
            raise CredentialRefusedError(
                "Stagecoach finds no service account here: it does not run in a pod, or the pod has none mounted.",
                cluster=cluster,
            ) from None
        return ClusterTarget(server=self.server, authority=authority)


class TokenFile:
    """A token that somebody else renews: read at most once a minute, and at once when it was refused."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._token: str | None = None
        self._read_at = 0.0

    def token(self) -> str | None:
        """The token as it was at most a minute ago; the last one known where the file cannot be read just now."""
        now = self._clock()
        if self._token is None or now - self._read_at >= _FRESH_SECONDS:
            try:
                self._token = self._path.read_text(encoding="ascii").strip()
                self._read_at = now
            except (OSError, ValueError):
                return self._token
        return self._token

    def renew(self) -> bool:
        """Read again because the token was refused; whether it is another one now."""
        refused = self._token
        self._token = None
        return self.token() != refused
