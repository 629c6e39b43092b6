"""The namespace that Stagecoach itself runs in: never read, written or listed, whoever asks.

Its Secrets open all clusters. A cluster is known by the UID of its namespace `kube-system`, the usual mark of one
(https://github.com/kubernetes/kubernetes/issues/77487), because the cluster that Stagecoach runs in may be registered
by a kubeconfig as well. Until both UIDs are known, a namespace of this name counts as Stagecoach's own everywhere.
"""

from collections.abc import Awaitable, Callable

from domain.resources import Kind, Manifest
from services.errors import Category
from services.kube.caller import Caller
from services.kube.deadline import Deadline
from services.kube.errors import ClusterError, ClusterUnreachableError
from services.kube.requests import Repeat, Request

_NAMESPACE = Kind(group="", version="v1", name="Namespace")
_MARK = Request(verb="read", method="GET", path="/api/v1/namespaces/kube-system", repeat=Repeat.READ, kind=_NAMESPACE)


class OwnNamespaceError(ClusterError):
    """A request would have read or written the namespace that Stagecoach itself runs in. Nothing was sent."""

    code = "own-namespace"
    title = "Stagecoach itself runs in this namespace"
    category = Category.FORBIDDEN


class OwnNamespace:
    """Guards one cluster's requests. `home` tells the UID of the cluster that Stagecoach runs in, None: unknown."""

    def __init__(
        self, name: str, *, caller: Caller, in_cluster: bool, home: Callable[[Deadline], Awaitable[str | None]]
    ) -> None:
        self._name = name
        self._caller = caller
        self._home = home
        self._is_home: bool | None = True if in_cluster else None

    async def vet(self, request: Request, *, deadline: Deadline) -> None:
        """Raises `OwnNamespaceError` for a request in the namespace, or for the namespace itself."""
        named = request.namespace or (request.name if request.kind == _NAMESPACE else None)
        if named == self._name and await self._at_home(deadline):
            raise OwnNamespaceError(
                f"Stagecoach itself runs in namespace {self._name} of cluster {self._caller.cluster}, and neither "
                "reads nor writes it. Choose another namespace.",
                cluster=self._caller.cluster,
            )

    async def without_own(self, items: tuple[Manifest, ...], *, deadline: Deadline) -> tuple[Manifest, ...]:
        """The items of a list over all namespaces that are not the namespace, or in it."""
        others = tuple(each for each in items if not self._concerns(each))
        return items if len(others) == len(items) or not await self._at_home(deadline) else others

    async def lets_see(self, manifest: Manifest, *, deadline: Deadline) -> bool:
        """Whether this object of a watch over all namespaces is neither the namespace nor in it."""
        return not self._concerns(manifest) or not await self._at_home(deadline)

    async def hides(self, namespace: str, *, deadline: Deadline) -> bool:
        """Whether what lies in this namespace is kept from whoever reads all namespaces."""
        return namespace == self._name and await self._at_home(deadline)

    def _concerns(self, manifest: Manifest) -> bool:
        return self._name in {manifest.namespace, manifest.name if manifest.kind == _NAMESPACE else None}

    async def _at_home(self, deadline: Deadline) -> bool:
        """Whether this is the cluster that Stagecoach runs in, as far as it can be told apart."""
        if self._is_home is not None:
            return self._is_home
        here, home = await cluster_uid(self._caller, deadline=deadline), await self._home(deadline)
        if here is not None and home is not None:
            self._is_home = here == home
        return here is None or home is None or here == home


async def cluster_uid(caller: Caller, *, deadline: Deadline) -> str | None:
    """The UID of the cluster; None where the credential may not read it. Raises `ClusterUnreachableError`."""
    try:
        answer = await caller.send(_MARK, deadline=deadline)
    except ClusterUnreachableError:
        raise
    except ClusterError:
        return None
    return str((answer.get("metadata") or {}).get("uid") or "") or None
