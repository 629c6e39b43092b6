"""What the rest of Stagecoach may ask of a cluster: a Protocol, and the values it speaks in.

Every method takes a `Deadline` and raises only `ClusterError`s (services.kube.errors). Objects travel as raw JSON in
`Manifest`. Methods address objects by `Kind`; the gateway looks up through discovery under which path it is served.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from domain.cluster_api import JsonPatchOperation, Right, ServedKinds
from domain.resources import Kind, Manifest
from services.kube.deadline import Deadline


@dataclass(frozen=True, kw_only=True)
class ServerVersion:
    """`git_version` as `v1.36.2`; `platform` as `linux/amd64`."""

    git_version: str
    platform: str


@dataclass(frozen=True, kw_only=True)
class ObjectList:
    items: tuple[Manifest, ...]
    resource_version: str


class WatchEventType(StrEnum):
    ADDED = "ADDED"
    MODIFIED = "MODIFIED"
    DELETED = "DELETED"


@dataclass(frozen=True, kw_only=True)
class WatchEvent:
    type: WatchEventType
    object: Manifest


Heard = Callable[[str], None]
"""Told each warning that comes with a good answer: what will run into pod security, what is deprecated."""


class ClusterGateway(Protocol):
    """One cluster, through one credential."""

    @property
    def cluster(self) -> str:
        """The cluster's name in Stagecoach, for errors and outcomes."""

    async def version(self, *, deadline: Deadline) -> ServerVersion: ...

    async def served_kinds(self, *, deadline: Deadline, refresh: bool = False) -> ServedKinds:
        """What the cluster serves; cached for 10 minutes."""

    async def rights(self, asked: Sequence[Right], *, deadline: Deadline) -> frozenset[Right]:
        """Those of `asked` that the credential has."""

    async def namespaces(self, *, deadline: Deadline) -> tuple[Manifest, ...]: ...

    async def get(self, kind: Kind, name: str, *, namespace: str | None, deadline: Deadline) -> Manifest | None:
        """The object, or None where there is none (or the cluster does not serve the kind)."""

    async def list(
        self,
        kind: Kind,
        *,
        namespace: str | None,
        label_selector: str | None = None,
        field_selector: str | None = None,
        deadline: Deadline,
    ) -> ObjectList:
        """All objects of a kind, paged under the hood. A kind that is not served raises `KindNotServedError`."""

    def watch(
        self,
        kind: Kind,
        *,
        namespace: str | None,
        resource_version: str,
        label_selector: str | None = None,
        field_selector: str | None = None,
        deadline: Deadline,
    ) -> AsyncIterator[WatchEvent]:
        """Events after `resource_version`, over reconnects, until the deadline passes (then it ends without an error).

        Raises `WatchExpiredError` where the caller has to list again; 401, 403 and 404 as their errors.
        """

    async def apply(
        self,
        manifest: Manifest,
        *,
        namespace: str | None,
        force: bool = False,
        dry_run: bool = False,
        deadline: Deadline,
        on_warning: Heard | None = None,
    ) -> Manifest:
        """Server-side apply as `stagecoach`, strictly validated; gives the object as it is (or would be) then.

        Raises `FieldConflictError`, `InvalidObjectError`, `AccessDeniedError`, `QuotaExceededError`,
        `NamespaceMissingError`, `NamespaceTerminatingError`, `KindNotServedError`, `AdmissionDeniedError`.
        """

    async def create(
        self,
        manifest: Manifest,
        *,
        namespace: str | None,
        dry_run: bool = False,
        deadline: Deadline,
        on_warning: Heard | None = None,
    ) -> Manifest:
        """A POST, for what apply cannot express (repeated list keys). Raises as `apply`, and `AlreadyExistsError`."""

    async def replace(
        self,
        manifest: Manifest,
        *,
        namespace: str | None,
        dry_run: bool = False,
        deadline: Deadline,
        on_warning: Heard | None = None,
    ) -> Manifest:
        """A PUT with the manifest's resourceVersion as precondition; raises `WriteConflictError` where it moved on."""

    async def patch_json(
        self,
        kind: Kind,
        name: str,
        operations: Sequence[JsonPatchOperation],
        *,
        namespace: str | None,
        dry_run: bool = False,
        deadline: Deadline,
    ) -> Manifest:
        """A JSON patch. Raises `PatchTestFailedError` where a `test` fails, `ResourceGoneError` without object.

        One that has tests is repeated when nobody knows whether it was done; a failed test may then mean that it was.
        """

    async def delete(
        self, kind: Kind, name: str, *, namespace: str | None, uid: str | None = None, deadline: Deadline
    ) -> bool:
        """Delete in the background, only the object with this uid where one is given; False where it was not there."""


class Clusters(Protocol):
    """Where gateways come from (services.kube.pool.ClusterPool; in tests of pure use cases a fake)."""

    async def gateway(self, credential: "ClusterCredential") -> ClusterGateway: ...

    def allow_probe(self, cluster_id: str) -> None:
        """Half-open the cluster's breaker if it is open: the next call probes the cluster and does not fail at once."""


@dataclass(frozen=True, kw_only=True)
class ClusterCredential:
    """What is needed to speak to a registered cluster.

    `kubeconfig` gives the vetted YAML text (never shown, never logged; hence no repr), asked for only where a client is
    made of it; None for the cluster that Stagecoach itself runs in. `version` rises when the credential is replaced, so
    that pooled clients are renewed.
    """

    cluster_id: str
    name: str
    version: int
    kubeconfig: Callable[[], str] | None

    def __repr__(self) -> str:
        return f"ClusterCredential({self.name}, version={self.version})"
