"""The credential of the cluster that Stagecoach itself runs in: the files that Kubernetes mounts into a pod.

The kubelet replaces the token before it expires (after an hour by default), so the file is read again:
https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/
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
    """The address of a pod's API server, and the folder that the kubelet mounts."""

    server: str = "https://kubernetes.default.svc"
    folder: Path = SERVICE_ACCOUNT_FOLDER

    @property
    def namespace(self) -> str | None:
        """The namespace of the pod; None where no service account is mounted."""
        try:
            return (self.folder / "namespace").read_text(encoding="ascii").strip() or None
        except (OSError, ValueError):
            return None

    def target(self, *, cluster: str) -> ClusterTarget:
        """The server with its authority; the token comes from `TokenFile`.

        Raises `CredentialRefusedError` where no service account is mounted.
        """
        try:
            authority = (self.folder / "ca.crt").read_text(encoding="ascii")
        except (OSError, ValueError):
            raise CredentialRefusedError(
                "Stagecoach found no service account: it does not run in a pod, or the pod mounts none.",
                cluster=cluster,
            ) from None
        return ClusterTarget(server=self.server, authority=authority)


class TokenFile:
    """A token that the kubelet renews: read at most once a minute, and at once after a 401."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._token: str | None = None
        self._read_at = 0.0

    def token(self) -> str | None:
        """The token, at most a minute old, or the last one read where the file cannot be read; None without either."""
        now = self._clock()
        if self._token is None or now - self._read_at >= _FRESH_SECONDS:
            try:
                self._token = self._path.read_text(encoding="ascii").strip()
                self._read_at = now
            except (OSError, ValueError):
                return self._token
        return self._token

    def renew(self) -> bool:
        """Read again because the API server refused the token; True where the file holds another one now."""
        refused = self._token
        self._token = None
        return self.token() != refused
