"""A gateway that asks before each write. Reads and dry runs pass."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence

from domain.cluster_api import FIELD_MANAGER, JsonPatchOperation, Right, ServedKinds
from domain.resources import Kind, Manifest
from services.kube.deadline import Deadline
from services.kube.gateway import ClusterGateway, ObjectList, OnWarning, ReviewedToken, ServerVersion, WatchEvent

BeforeWrite = Callable[[], Awaitable[None]]
"""Returns where the cluster may be written now; raises `WritePausedError` where it may not."""


class WritePausedError(Exception):
    """A stop is in the way of the next write, or it cannot be known whether one is. Nothing was sent.

    It is no `StagecoachError`: workers turn those into outcomes, and this is none. The engine waits, and calls the
    worker again, which converges.
    """


class GatedGateway:
    """Another gateway, whose writes wait for nothing: they are sent, or `before_write` raises."""

    def __init__(self, gateway: ClusterGateway, before_write: BeforeWrite) -> None:
        self._gateway = gateway
        self._before_write = before_write

    @property
    def cluster(self) -> str:
        return self._gateway.cluster

    async def version(self, *, deadline: Deadline) -> ServerVersion:
        return await self._gateway.version(deadline=deadline)

    async def served_kinds(
        self, *, deadline: Deadline, refresh: bool = False, naming: Iterable[Kind] = ()
    ) -> ServedKinds:
        return await self._gateway.served_kinds(deadline=deadline, refresh=refresh, naming=naming)

    async def rights(self, asked: Sequence[Right], *, deadline: Deadline) -> frozenset[Right]:
        return await self._gateway.rights(asked, deadline=deadline)

    async def review_token(self, token: str, *, audience: str, deadline: Deadline) -> ReviewedToken:
        return await self._gateway.review_token(token, audience=audience, deadline=deadline)

    async def namespaces(self, *, deadline: Deadline) -> tuple[Manifest, ...]:
        return await self._gateway.namespaces(deadline=deadline)

    async def get(self, kind: Kind, name: str, *, namespace: str | None, deadline: Deadline) -> Manifest | None:
        return await self._gateway.get(kind, name, namespace=namespace, deadline=deadline)

    async def pod_log(
        self, pod: str, container: str, *, namespace: str, lines: int, most: int, deadline: Deadline
    ) -> bytes:
        return await self._gateway.pod_log(
            pod, container, namespace=namespace, lines=lines, most=most, deadline=deadline
        )

    async def list(
        self,
        kind: Kind,
        *,
        namespace: str | None,
        label_selector: str | None = None,
        field_selector: str | None = None,
        deadline: Deadline,
    ) -> ObjectList:
        return await self._gateway.list(
            kind,
            namespace=namespace,
            label_selector=label_selector,
            field_selector=field_selector,
            deadline=deadline,
        )

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
        return self._gateway.watch(
            kind,
            namespace=namespace,
            resource_version=resource_version,
            label_selector=label_selector,
            field_selector=field_selector,
            deadline=deadline,
        )

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
        await self._ask(dry_run=dry_run)
        return await self._gateway.apply(
            manifest,
            namespace=namespace,
            force=force,
            dry_run=dry_run,
            field_manager=field_manager,
            deadline=deadline,
            on_warning=on_warning,
        )

    async def create(
        self,
        manifest: Manifest,
        *,
        namespace: str | None,
        dry_run: bool = False,
        deadline: Deadline,
        on_warning: OnWarning | None = None,
    ) -> Manifest:
        await self._ask(dry_run=dry_run)
        return await self._gateway.create(
            manifest, namespace=namespace, dry_run=dry_run, deadline=deadline, on_warning=on_warning
        )

    async def replace(
        self,
        manifest: Manifest,
        *,
        namespace: str | None,
        dry_run: bool = False,
        deadline: Deadline,
        on_warning: OnWarning | None = None,
    ) -> Manifest:
        await self._ask(dry_run=dry_run)
        return await self._gateway.replace(
            manifest, namespace=namespace, dry_run=dry_run, deadline=deadline, on_warning=on_warning
        )

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
        await self._ask(dry_run=dry_run)
        return await self._gateway.patch_json(
            kind,
            name,
            operations,
            namespace=namespace,
            dry_run=dry_run,
            field_manager=field_manager,
            deadline=deadline,
        )

    async def before_write(self) -> None:
        await self._before_write()

    async def delete(
        self, kind: Kind, name: str, *, namespace: str | None, uid: str | None = None, deadline: Deadline
    ) -> bool:
        await self._ask(dry_run=False)
        return await self._gateway.delete(kind, name, namespace=namespace, uid=uid, deadline=deadline)

    async def _ask(self, *, dry_run: bool) -> None:
        if not dry_run:
            await self._before_write()
