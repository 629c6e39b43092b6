"""The interface to one cluster: `ClusterGateway`, and the values that its methods take and return.

Every method takes a `Deadline` and raises only `ClusterError`s (services.kube.errors). Objects travel as raw JSON in
`Manifest`. Methods address objects by `Kind`; the gateway finds the path of the kind through discovery.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from domain.cluster_api import FIELD_MANAGER, JsonPatchOperation, Right, ServedKinds
from domain.declared_kinds import Declaration
from domain.resources import Kind, Manifest
from services.kube.deadline import Deadline
from services.planning.live.records import LiveRecord, RecordEvent, RecordPage


@dataclass(frozen=True, kw_only=True)
class ServerVersion:
    """`git_version` as `v1.36.2`; `platform` as `linux/amd64`."""

    git_version: str
    platform: str


@dataclass(frozen=True, kw_only=True)
class ObjectList:
    """All objects of a list request, and the version of the list: where a watch begins."""

    items: tuple[Manifest, ...]
    resource_version: str


@dataclass(frozen=True, kw_only=True)
class ReviewedToken:
    """A cluster's judgement of a token: whose it is (`system:serviceaccount:NAMESPACE:NAME`); None: it is not good."""

    username: str | None


class WatchEventType(StrEnum):
    ADDED = "ADDED"
    MODIFIED = "MODIFIED"
    DELETED = "DELETED"


@dataclass(frozen=True, kw_only=True)
class WatchEvent:
    """One change of one object; `object` is the object after it (for `DELETED`: as it was last)."""

    type: WatchEventType
    object: Manifest


OnWarning = Callable[[str], None]
"""Called with the text of each `Warning` header of a successful answer: pod security, a deprecated version.

https://kubernetes.io/blog/2020/09/03/warnings/
"""


class ClusterGateway(Protocol):
    """One cluster, through one credential."""

    @property
    def cluster(self) -> str:
        """The cluster's name in Stagecoach, for errors and outcomes."""

    async def version(self, *, deadline: Deadline) -> ServerVersion:
        """The version that `GET /version` reports."""

    async def served_kinds(
        self, *, deadline: Deadline, refresh: bool = False, naming: Iterable[Kind] = ()
    ) -> ServedKinds:
        """All kinds that the cluster serves; cached for 10 minutes.

        Read again where `refresh` is set, or one of the kinds in `naming` is missing: its definition may be new.
        """

    async def rights(self, asked: Sequence[Right], *, deadline: Deadline) -> frozenset[Right]:
        """The subset of `asked` that the credential has."""

    async def review_token(self, token: str, *, audience: str, deadline: Deadline) -> ReviewedToken:
        """Whose service account's token this is. Raises `AccessDeniedError` where the credential may not ask."""

    async def namespaces(self, *, deadline: Deadline) -> tuple[Manifest, ...]:
        """All namespaces. Raises `AccessDeniedError` where the credential may not list them."""

    async def get(self, kind: Kind, name: str, *, namespace: str | None, deadline: Deadline) -> Manifest | None:
        """The object, or None where it does not exist or the cluster does not serve the kind."""

    async def pod_log(
        self, pod: str, container: str, *, namespace: str, lines: int, most: int, deadline: Deadline
    ) -> bytes:
        """The last lines of a container's log, of these at most so many bytes, from the first of them on.

        Raises `InvalidObjectError` where the container has not started or does not exist, `ResourceGoneError` where the
        pod is gone, and `AccessDeniedError` without the right to get `pods/log`.
        """

    async def list(
        self,
        kind: Kind,
        *,
        namespace: str | None,
        label_selector: str | None = None,
        field_selector: str | None = None,
        deadline: Deadline,
    ) -> ObjectList:
        """All objects of a kind, read in pages; in all namespaces where `namespace` is None.

        Raises `KindNotServedError`, and `WatchExpiredError` where the list expired twice while it was being read.
        """

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
        """Events after `resource_version`, over reconnects, until the deadline passes; then it ends without an error.

        Raises `WatchExpiredError` where the caller has to list again, and the errors of 401, 403 and 404.
        """

    async def apply(
        self,
        manifest: Manifest,
        *,
        namespace: str | None,
        force: bool = False,
        dry_run: bool = False,
        field_manager: str = FIELD_MANAGER,
        deadline: Deadline,
        on_warning: OnWarning | None = None,
    ) -> Manifest:
        """Server-side apply, strictly validated; returns the object as it is (dry run: would be) then.

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
        on_warning: OnWarning | None = None,
    ) -> Manifest:
        """A POST, for what apply cannot express (repeated list keys). Raises as `apply`, and `AlreadyExistsError`."""

    async def replace(
        self,
        manifest: Manifest,
        *,
        namespace: str | None,
        dry_run: bool = False,
        deadline: Deadline,
        on_warning: OnWarning | None = None,
    ) -> Manifest:
        """A PUT, conditional on the manifest's resourceVersion: raises `WriteConflictError` where that is outdated."""

    async def patch_json(
        self,
        kind: Kind,
        name: str,
        operations: Sequence[JsonPatchOperation],
        *,
        namespace: str | None,
        dry_run: bool = False,
        field_manager: str = FIELD_MANAGER,
        deadline: Deadline,
    ) -> Manifest:
        """A JSON patch (RFC 6902); returns the patched object.

        Raises `PatchTestFailedError` where a `test` fails, `ResourceGoneError` where the object does not exist. A patch
        with tests is sent again when its fate is unknown; a test that fails then may mean that the first one succeeded.
        """

    async def before_write(self) -> None:
        """Asked before another program writes to the cluster in our stead; every write of this one's asks by itself.

        Raises where nothing may be written now.
        """

    async def delete(
        self, kind: Kind, name: str, *, namespace: str | None, uid: str | None = None, deadline: Deadline
    ) -> bool:
        """Delete with background propagation; with `uid`, only the object that has it. False where it was absent."""


class WatchedCluster(Protocol):
    """One cluster, as whoever keeps up to date with it uses it; its requests take no slot that others wait for."""

    @property
    def cluster(self) -> str:
        """The cluster's name in Stagecoach, for errors."""

    async def version(self, *, deadline: Deadline) -> ServerVersion:
        """As of a `ClusterGateway`: whether the cluster answers at all."""

    async def served_kinds(
        self, *, deadline: Deadline, refresh: bool = False, naming: Iterable[Kind] = ()
    ) -> ServedKinds:
        """As of a `ClusterGateway`."""

    def allow_probe(self) -> None:
        """Half-open the breaker if it is open: the next call probes the cluster instead of failing at once."""

    async def get(self, kind: Kind, name: str, *, namespace: str | None, deadline: Deadline) -> Manifest | None:
        """As of a `ClusterGateway`."""

    def pages(self, kind: Kind, *, namespace: str, deadline: Deadline) -> AsyncGenerator[tuple[Manifest, ...]]:
        """All objects of a kind in a namespace, page by page, for whoever keeps little of each.

        Raises as `list_records`.
        """

    async def record(self, kind: Kind, name: str, *, namespace: str | None, deadline: Deadline) -> LiveRecord | None:
        """The object as a record, or None where it does not exist or the cluster does not serve the kind."""

    def list_records(
        self,
        kind: Kind,
        *,
        namespace: str | None,
        deadline: Deadline,
        small: bool = False,
        declaration: Declaration | None = None,
    ) -> AsyncGenerator[RecordPage]:
        """All objects of a kind as records, page by page; in all namespaces where `namespace` is None.

        Records of a declared kind hold what its `declaration` names.

        `small`: few are expected, so the connection is kept. After a long list it would keep its buffers, too.
        Raises `KindNotServedError`, and `WatchExpiredError` where the list expired while it was being read: then the
        pages that were read are worth nothing.
        """

    def watch_records(
        self,
        kind: Kind,
        *,
        namespace: str | None,
        resource_version: str,
        deadline: Deadline,
        declaration: Declaration | None = None,
    ) -> AsyncGenerator[tuple[RecordEvent, ...]]:
        """The events of one watch request, bookmarks among them, those together that came together.

        The first are none: they say that the watch stands. It ends where the server ends it, after minutes as a rule.
        Raises `WatchExpiredError` where the caller has to list again, `ClusterUnreachableError` after 70 seconds of
        silence, and the errors of 401, 403 and 404.
        """


class Clusters(Protocol):
    """Makes gateways: services.kube.pool.ClusterPool, and a fake in tests."""

    async def gateway(self, credential: "ClusterCredential") -> ClusterGateway:
        """Raises `KubeconfigRefusedError` where the settings no longer allow the stored kubeconfig."""

    def allow_probe(self, cluster_id: str) -> None:
        """Half-open the cluster's breaker if it is open: the next call probes the cluster and does not fail at once."""


@dataclass(frozen=True, kw_only=True)
class ClusterCredential:
    """What a client of a registered cluster is made of.

    `kubeconfig` returns the vetted YAML text (secret: hence no repr) and is called only to make a client; it is None
    for the cluster that Stagecoach itself runs in. `version` rises when the credential is replaced, so that the pool
    makes a new client.
    """

    cluster_id: str
    name: str
    version: int
    kubeconfig: Callable[[], str] | None

    def __repr__(self) -> str:
        return f"ClusterCredential({self.name}, version={self.version})"
