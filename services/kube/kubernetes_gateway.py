"""The `ClusterGateway` that sends requests to an API server, real or practice. It retries nothing: see `caller`."""

import random
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from typing import Any

from domain.cluster_api import FIELD_MANAGER, JsonPatchOperation, Right, ServedKind, ServedKinds
from domain.declared_kinds import Declaration
from domain.resources import Kind, Manifest
from services.kube.caller import Caller
from services.kube.deadline import Deadline
from services.kube.discovery import Discovery
from services.kube.errors import (
    AnswerTooLongError,
    KindNotServedError,
    ResourceGoneError,
    WatchExpiredError,
    WriteConflictError,
)
from services.kube.gateway import ObjectList, OnWarning, ReviewedToken, ServerVersion, WatchEvent
from services.kube.names import vet_name, vet_namespace
from services.kube.own_namespace import OwnNamespace
from services.kube.pod_log import pod_log_request
from services.kube.record_streams import RecordReader, RecordStreams
from services.kube.requests import BodyType, Repeat, Request, path_part, selectors_of
from services.kube.rights import held_rights
from services.kube.token_review import review_token
from services.kube.watch import Watching
from services.planning.live.records import LiveRecord, RecordEvent, RecordPage

_PAGE = 200
_SHORT_PAGE = 20  # of large objects: Helm keeps each revision of a release in a Secret of up to a MiB
_NAMESPACES = Kind(group="", version="v1", name="Namespace")
_DRY_RUN = (("dryRun", "All"),)


class KubernetesGateway:
    """One cluster through one credential. Cheap: it holds no connection of its own."""

    def __init__(
        self,
        caller: Caller,
        discovery: Discovery,
        *,
        print_key: bytes,
        chance: random.Random,
        own: OwnNamespace | None = None,
    ) -> None:
        """`print_key` is that of fingerprints in records."""
        self._caller = caller
        self._own = own
        self._discovery = discovery
        self._chance = chance
        self._read_records = RecordReader(caller.cluster, print_key=print_key)

    @property
    def cluster(self) -> str:
        return self._caller.cluster

    async def version(self, *, deadline: Deadline) -> ServerVersion:
        request = Request(verb="read", method="GET", path="/version", repeat=Repeat.READ)
        answer = await self._caller.send(request, deadline=deadline)
        return ServerVersion(git_version=str(answer.get("gitVersion", "")), platform=str(answer.get("platform", "")))

    async def served_kinds(
        self, *, deadline: Deadline, refresh: bool = False, naming: Iterable[Kind] = ()
    ) -> ServedKinds:
        return await self._discovery.served_kinds(deadline=deadline, refresh=refresh, naming=naming)

    def forget_kinds(self) -> None:
        """Read the kinds that the cluster serves again when they are needed next."""
        self._discovery.forget()

    async def rights(self, asked: Sequence[Right], *, deadline: Deadline) -> frozenset[Right]:
        return await held_rights(self._caller, asked, deadline=deadline)

    async def review_token(self, token: str, *, audience: str, deadline: Deadline) -> ReviewedToken:
        return await review_token(self._caller, token, audience=audience, deadline=deadline)

    async def namespaces(self, *, deadline: Deadline) -> tuple[Manifest, ...]:
        return (await self.list(_NAMESPACES, namespace=None, deadline=deadline)).items

    async def get(self, kind: Kind, name: str, *, namespace: str | None, deadline: Deadline) -> Manifest | None:
        try:
            served = await self._discovery.served(kind, deadline=deadline)
            request = self._request("read", "GET", served, name, namespace, repeat=Repeat.READ)
            return Manifest(await self._send(request, deadline))
        except (ResourceGoneError, KindNotServedError):
            return None

    async def pod_log(
        self, pod: str, container: str, *, namespace: str, lines: int, most: int, deadline: Deadline
    ) -> bytes:
        request = pod_log_request(self.cluster, pod, container, namespace=namespace, lines=lines, most=most)
        if self._own is not None:
            await self._own.vet(request, deadline=deadline)
        return await self._caller.read(request, lambda answer: answer.body, deadline=deadline)

    async def list(
        self,
        kind: Kind,
        *,
        namespace: str | None,
        label_selector: str | None = None,
        field_selector: str | None = None,
        deadline: Deadline,
    ) -> ObjectList:
        served = await self._discovery.served(kind, deadline=deadline)
        selectors = selectors_of(label_selector, field_selector)
        for last in (False, True):  # a list whose continue token expires meanwhile is begun again, once
            try:
                return await self._whole_list(served, namespace, selectors, deadline)
            except WatchExpiredError:
                if last:
                    raise
        raise AssertionError  # unreachable: the loop returns or raises

    async def pages(self, kind: Kind, *, namespace: str, deadline: Deadline) -> AsyncGenerator[tuple[Manifest, ...]]:
        served = await self._discovery.served(kind, deadline=deadline)
        async with aclosing(self._pages(served, namespace, (), deadline)) as pages:
            async for found, _ in pages:
                yield found

    async def watch(
        self,
        kind: Kind,
        *,
        namespace: str | None,
        resource_version: str,
        label_selector: str | None = None,
        field_selector: str | None = None,
        deadline: Deadline,
    ) -> AsyncGenerator[WatchEvent]:
        served = await self._discovery.served(kind, deadline=deadline)
        query = selectors_of(label_selector, field_selector)
        request = self._request("watch", "GET", served, None, namespace, repeat=Repeat.READ, query=query)
        if self._own is not None:
            await self._own.vet(request, deadline=deadline)
        watching = Watching(self._caller, request, resource_version=resource_version, chance=self._chance)
        async with aclosing(watching.events(deadline=deadline)) as events:
            async for event in events:
                if (
                    self._own is None
                    or namespace is not None
                    or await self._own.lets_see(event.object, deadline=deadline)
                ):
                    yield event

    async def list_records(
        self,
        kind: Kind,
        *,
        namespace: str | None,
        deadline: Deadline,
        small: bool = False,
        declaration: Declaration | None = None,
    ) -> AsyncGenerator[RecordPage]:
        streams = await self._records(kind, "list", namespace, declaration, deadline)
        with self._discovery.in_doubt():
            async with aclosing(streams.pages(deadline=deadline, small=small)) as pages:
                async for page in pages:
                    yield page

    async def watch_records(
        self,
        kind: Kind,
        *,
        namespace: str | None,
        resource_version: str,
        deadline: Deadline,
        declaration: Declaration | None = None,
    ) -> AsyncGenerator[tuple[RecordEvent, ...]]:
        streams = await self._records(kind, "watch", namespace, declaration, deadline)
        with self._discovery.in_doubt():
            async with aclosing(streams.events(resource_version, deadline=deadline)) as batches:
                async for events in batches:
                    yield events

    async def record(self, kind: Kind, name: str, *, namespace: str | None, deadline: Deadline) -> LiveRecord | None:
        found = await self.get(kind, name, namespace=namespace, deadline=deadline)
        return self._read_records.of(kind, found) if found is not None else None

    def allow_probe(self) -> None:
        """Half-open the cluster's breaker if it is open: the next call probes the cluster."""
        self._caller.breaker.allow_probe()

    async def _records(
        self, kind: Kind, verb: str, namespace: str | None, declaration: Declaration | None, deadline: Deadline
    ) -> RecordStreams:
        served = await self._discovery.served_in_any_version(kind, deadline=deadline)
        request = self._request(verb, "GET", served, None, namespace, repeat=Repeat.READ)
        if self._own is not None:
            await self._own.vet(request, deadline=deadline)
        return RecordStreams(
            self._caller,
            request,
            kind,
            self._read_records,
            declaration=declaration,
            own=self._own,
            chance=self._chance,
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
        served = await self._discovery.served(manifest.kind, deadline=deadline)
        request = self._request(
            "apply",
            "PATCH",
            served,
            manifest.name,
            namespace,
            repeat=Repeat.IDEMPOTENT,
            query=(*_managed(field_manager), *((("force", "true"),) if force else ())),
            dry_run=dry_run,
            body=manifest.body,
            body_type=BodyType.APPLY,
        )
        return Manifest(await self._send(request, deadline, on_warning))

    async def create(
        self,
        manifest: Manifest,
        *,
        namespace: str | None,
        dry_run: bool = False,
        deadline: Deadline,
        on_warning: OnWarning | None = None,
    ) -> Manifest:
        served = await self._discovery.served(manifest.kind, deadline=deadline)
        request = self._request(
            "create",
            "POST",
            served,
            manifest.name,
            namespace,
            repeat=Repeat.ONCE,
            query=_managed(FIELD_MANAGER),
            dry_run=dry_run,
            body=manifest.body,
        )
        return Manifest(await self._send(request, deadline, on_warning))

    async def replace(
        self,
        manifest: Manifest,
        *,
        namespace: str | None,
        dry_run: bool = False,
        deadline: Deadline,
        on_warning: OnWarning | None = None,
    ) -> Manifest:
        served = await self._discovery.served(manifest.kind, deadline=deadline)
        request = self._request(
            "replace",
            "PUT",
            served,
            manifest.name,
            namespace,
            repeat=Repeat.ONCE,
            query=_managed(FIELD_MANAGER),
            dry_run=dry_run,
            body=manifest.body,
        )
        return Manifest(await self._send(request, deadline, on_warning))

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
        served = await self._discovery.served(kind, deadline=deadline)
        request = self._request(
            "change",
            "PATCH",
            served,
            name,
            namespace,
            # A patch with tests that was applied already fails them: no harm, and the caller reads the object.
            repeat=Repeat.IDEMPOTENT if any(op.op == "test" for op in operations) else Repeat.ONCE,
            query=_managed(field_manager),
            dry_run=dry_run,
            body=[operation.to_json() for operation in operations],
            body_type=BodyType.JSON_PATCH,
        )
        return Manifest(await self._send(request, deadline))

    async def before_write(self) -> None:
        """Nothing is in the way."""

    async def delete(
        self, kind: Kind, name: str, *, namespace: str | None, uid: str | None = None, deadline: Deadline
    ) -> bool:
        try:
            served = await self._discovery.served(kind, deadline=deadline)
        except KindNotServedError:
            return False
        body: dict[str, Any] = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"}
        if uid is not None:
            body["preconditions"] = {"uid": uid}
        request = self._request("delete", "DELETE", served, name, namespace, repeat=Repeat.IDEMPOTENT, body=body)
        try:
            await self._send(request, deadline)
        except ResourceGoneError:
            return False
        except WriteConflictError:
            if uid is None:
                raise
            return False  # another object has the name by now
        return True

    async def _whole_list(
        self, served: ServedKind, namespace: str | None, selectors: tuple[tuple[str, str], ...], deadline: Deadline
    ) -> ObjectList:
        items: list[Manifest] = []
        version = ""
        async for found, version in self._pages(served, namespace, selectors, deadline):  # noqa: B007 - the last counts
            items += found
        listed = tuple(items)
        if self._own is not None and namespace is None:
            listed = await self._own.without_own(listed, deadline=deadline)
        return ObjectList(items=listed, resource_version=version)

    async def _pages(
        self, served: ServedKind, namespace: str | None, selectors: tuple[tuple[str, str], ...], deadline: Deadline
    ) -> AsyncGenerator[tuple[tuple[Manifest, ...], str]]:
        """The objects of each page, and the version of the list as the page gives it."""
        continue_token = ""
        limit = _PAGE
        while True:
            query = (("limit", str(limit)), *selectors, *((("continue", continue_token),) if continue_token else ()))
            request = self._request("list", "GET", served, None, namespace, repeat=Repeat.READ, query=query)
            try:
                page = await self._send(request, deadline)
            except AnswerTooLongError:
                if limit == _SHORT_PAGE:
                    raise
                limit = _SHORT_PAGE
                continue
            items = []
            for item in page.get("items") or ():
                # API servers leave apiVersion and kind out of a list's items.
                item.setdefault("apiVersion", served.kind.api_version)
                item.setdefault("kind", served.kind.name)
                items.append(Manifest(item))
            metadata = page.get("metadata") or {}
            yield tuple(items), str(metadata.get("resourceVersion") or "")
            continue_token = str(metadata.get("continue") or "")
            if not continue_token:
                return

    async def _send(self, request: Request, deadline: Deadline, on_warning: OnWarning | None = None) -> dict[str, Any]:
        if self._own is not None:
            await self._own.vet(request, deadline=deadline)
        with self._discovery.in_doubt():
            return await self._caller.send(request, deadline=deadline, on_warning=on_warning)

    def _request(
        self,
        verb: str,
        method: str,
        served: ServedKind,
        name: str | None,
        namespace: str | None,
        *,
        repeat: Repeat,
        query: tuple[tuple[str, str], ...] = (),
        dry_run: bool = False,
        body: Any = None,
        body_type: BodyType = BodyType.JSON,
    ) -> Request:
        """A request for the collection (list, watch, create), else for the object `name`."""
        path = (
            f"/apis/{served.kind.group}/{served.kind.version}" if served.kind.group else f"/api/{served.kind.version}"
        )
        if not served.namespaced:
            namespace = None
        if namespace is not None:
            vet_namespace(namespace, served.kind, cluster=self.cluster)
            path += f"/namespaces/{namespace}"
        elif served.namespaced and method != "GET":
            raise ValueError(f"a {served.kind.name} is {verb}d in a namespace")
        path += f"/{path_part(served.plural)}"
        if name is not None:
            vet_name(name, served.kind, cluster=self.cluster)
            if method != "POST":
                path += f"/{path_part(name)}"
        return Request(
            verb=verb,
            method=method,
            path=path,
            query=(*query, *_DRY_RUN) if dry_run else query,
            body=body,
            body_type=body_type,
            repeat=Repeat.READ if dry_run else repeat,
            kind=served.kind,
            name=name,
            namespace=namespace,
        )


def _managed(field_manager: str) -> tuple[tuple[str, str], ...]:
    return (("fieldManager", field_manager), ("fieldValidation", "Strict"))
