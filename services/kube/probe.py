"""Probes a cluster before it is registered: reachability, certificate, credential, and the rights that are needed.

Each has its error: `ClusterUnreachableError` (and `AddressRefusedError`), `CertificateError`, `CredentialRefusedError`,
`AccessDeniedError`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.cluster_api import Right
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError, RightsMissingError
from services.kube.gateway import ClusterGateway, ServerVersion

_READ = ("get", "list", "watch")
_WRITE = ("create", "patch")
# What adopting, importing and promoting always need; deploy/ has the same as a manifest. Other kinds (Ingresses,
# custom resources, …) are checked when an object of the kind is to be copied.
_NEEDED = (
    *(("apps", "deployments", verb) for verb in (*_READ, *_WRITE)),
    *(("apps", "statefulsets", verb) for verb in (*_READ, *_WRITE)),
    *(("", resource, verb) for resource in ("configmaps", "secrets", "services") for verb in (*_READ, *_WRITE)),
    *(("", "pods", verb) for verb in _READ),
)
# What is asked where no right is needed: the server refuses a credential that it does not know.
_ANY = Right(verb="get", group="", resource="pods", namespace=None)


@dataclass(frozen=True, kw_only=True)
class ProbeReport:
    """The result of a probe; `missing` are the needed rights that the credential lacks."""

    cluster: str
    version: ServerVersion | None  # None: the credential may not read it
    missing: tuple[Right, ...]

    @property
    def missing_words(self) -> tuple[str, ...]:
        """The missing rights as texts: `patch deployments.apps`."""
        return tuple(
            f"{right.verb} {right.resource}{f'.{right.group}' if right.group else ''}"
            f"{f' in {right.namespace}' if right.namespace else ''}"
            for right in self.missing
        )

    def require_rights(self) -> None:
        """Raises `RightsMissingError`, which names all missing rights."""
        if self.missing:
            raise RightsMissingError(self.missing_words, cluster=self.cluster)


async def probe(gateway: ClusterGateway, *, namespaces: Sequence[str] | None = None, deadline: Deadline) -> ProbeReport:
    """Read the cluster's version and the credential's rights, in these namespaces or (None) in the whole cluster.

    With no namespace, whether the server knows the credential. Raises `ClusterError`s; missing rights are reported, not
    raised.
    """
    try:
        version = await gateway.version(deadline=deadline)
    except AccessDeniedError:  # hardened servers show it to few
        version = None
    needed = [
        Right(verb=verb, group=group, resource=resource, namespace=namespace)
        for namespace in ([None] if namespaces is None else namespaces)
        for group, resource, verb in _NEEDED
    ]
    held = await gateway.rights(needed or [_ANY], deadline=deadline)
    return ProbeReport(
        cluster=gateway.cluster, version=version, missing=tuple(right for right in needed if right not in held)
    )
