"""Trying a cluster out: can it be reached, is it who it should be, does it know us, and may we do our work there?

Each question has its error: `ClusterUnreachableError` (and `AddressRefusedError`), `CertificateError`,
`CredentialRefusedError`, `AccessDeniedError`.
"""

from dataclasses import dataclass

from domain.cluster_api import Right
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError, RightsMissingError
from services.kube.gateway import ClusterGateway, ServerVersion

_READ = ("get", "list", "watch")
_WRITE = ("create", "patch")
# The least that adopting, importing and promoting need; deploy/ holds the same as a manifest. Other kinds (Ingresses,
# custom resources, …) are asked for when something of the kind is to be copied.
_NEEDED = (
    *(("apps", "deployments", verb) for verb in (*_READ, *_WRITE)),
    *(("apps", "statefulsets", verb) for verb in (*_READ, *_WRITE)),
    *(("", resource, verb) for resource in ("configmaps", "secrets", "services") for verb in (*_READ, *_WRITE)),
    *(("", "pods", verb) for verb in _READ),
)


@dataclass(frozen=True, kw_only=True)
class ProbeReport:
    """What came of it; `missing` are the rights that are lacking."""

    cluster: str
    version: ServerVersion | None  # None: the credential may not even ask
    missing: tuple[Right, ...]

    @property
    def missing_words(self) -> tuple[str, ...]:
        """`patch deployments.apps`, for people."""
        return tuple(
            f"{right.verb} {right.resource}{f'.{right.group}' if right.group else ''}"
            f"{f' in {right.namespace}' if right.namespace else ''}"
            for right in self.missing
        )

    def require_rights(self) -> None:
        """Raises `RightsMissingError`, which names all that is missing."""
        if self.missing:
            raise RightsMissingError(self.missing_words, cluster=self.cluster)


async def probe(gateway: ClusterGateway, *, namespace: str | None = None, deadline: Deadline) -> ProbeReport:
    """Ask a cluster who it is and what we may do, in `namespace` where the credential is made for one."""
    try:
        version = await gateway.version(deadline=deadline)
    except AccessDeniedError:  # hardened servers tell it to few
        version = None
    needed = [
        Right(verb=verb, group=group, resource=resource, namespace=namespace) for group, resource, verb in _NEEDED
    ]
    held = await gateway.rights(needed, deadline=deadline)
    return ProbeReport(
        cluster=gateway.cluster, version=version, missing=tuple(right for right in needed if right not in held)
    )
