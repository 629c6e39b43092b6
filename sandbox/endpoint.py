"""The Kubernetes API of one cluster over HTTP: from a request to an answer."""

import asyncio
import hashlib
import logging
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web

from sandbox import answers, discovery, escalation, negotiation, pages, paths, reviews
from sandbox.access import Access, unauthorized
from sandbox.answers import Answer, Request
from sandbox.bodies import FieldValidation, WriteOptions
from sandbox.clock import rfc3339_micro
from sandbox.cluster import Cluster
from sandbox.deleting import DeleteOptions
from sandbox.errors import StatusError
from sandbox.evicting import evict
from sandbox.faults import Faults
from sandbox.listing import check_options
from sandbox.logs import read_log
from sandbox.patching import Patch, PatchType
from sandbox.paths import Target
from sandbox.reader import Reader
from sandbox.resources import Resource
from sandbox.store import Object
from sandbox.watching import Watch
from sandbox.write_log import WriteLog, WriteRecord

log = logging.getLogger(__name__)

_WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})
_READING = frozenset({"GET", "HEAD"})
_METHODS = {  # what may be done to a collection, and to one object of it
    False: frozenset({"GET", "HEAD", "POST", "DELETE"}),
    True: frozenset({"GET", "HEAD", "PUT", "PATCH", "DELETE"}),
}
_SUBRESOURCE_METHODS = {
    "status": frozenset({"GET", "PUT", "PATCH"}),
    "scale": frozenset({"GET", "PUT", "PATCH"}),
    "finalize": frozenset({"PUT"}),
    "eviction": frozenset({"POST"}),
    "log": frozenset({"GET"}),
}


@dataclass(kw_only=True)
class Endpoint:
    """One cluster, reachable."""

    cluster: Cluster
    access: Access
    prefix: str
    """What comes before the paths of the API: `/clusters/dev-1`."""
    faults: Faults = field(default_factory=Faults)
    writes: WriteLog = field(default_factory=WriteLog)
    streams: set[asyncio.BaseTransport] = field(default_factory=set)
    """Watches under way: a cluster that becomes unreachable cuts them."""

    def __post_init__(self) -> None:
        self._reader = Reader(self.cluster)

    async def handle(self, http: web.BaseRequest, path: str) -> web.StreamResponse:
        """Answer a request whose path below the prefix is `path`."""
        writes = http.method not in _READING
        self.writes.under_way += writes
        try:
            return await self._handle(http, path)
        finally:
            self.writes.under_way -= writes

    async def _handle(self, http: web.BaseRequest, path: str) -> web.StreamResponse:
        if self.faults.latency_ms or self.faults.jitter_ms:
            await self.faults.delay()
        if self.faults.unreachable or (self.faults.mute and http.method in _READING):
            return answers.drop(http)
        try:
            response: web.StreamResponse = await self._answer(http, path)
        except StatusError as error:
            response = answers.status(error)
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception:
            log.exception("%s %s failed", http.method, path)
            response = answers.status(StatusError(500, "InternalError", "Internal error occurred"))
        return answers.drop(http) if self.faults.mute else response

    def cut_streams(self) -> None:
        """End all watches as a broken network does."""
        for transport in tuple(self.streams):
            transport.close()

    async def _answer(self, http: web.BaseRequest, path: str) -> web.StreamResponse:
        target, query = paths.parse(path), http.query
        watch = http.method == "GET" and negotiation.is_set(query, "watch")
        verb = target.verb(http.method, watch=watch)
        request = Request(http=http, method=http.method, target=target, query=query, watch=watch, verb=verb)
        if verb not in _WRITES:
            return await self._admit(request)
        status = 500
        try:
            response = await self._admit(request)
            status = response.status
        except StatusError as error:
            status = error.code
            raise
        finally:
            self.writes.add(self._record(request, status))
        return response

    async def _admit(self, request: Request) -> web.StreamResponse:
        """Let a request in: no fault strikes it, its user is known and may do this."""
        http = request.http
        if self.faults.failures and (failure := self.faults.failure_of(http.method, http.path_qs)):
            raise failure
        token = http.headers.get("Authorization")
        if self.faults.token_expired and token:
            raise unauthorized()
        request.user = self.access.impersonated(self.access.authenticate(token), http.headers)
        self.access.require(request.user, request.target.action(request.verb))
        request.wanted = negotiation.wanted(http.headers.get("Accept", ""))
        if http.body_exists:
            request.body = await answers.read_limited(http)
        return await self._respond(request)

    def _record(self, request: Request, status: int) -> WriteRecord:
        return WriteRecord(
            time=rfc3339_micro(self.cluster.clock.now()),
            user=request.user.name,
            user_agent=request.user_agent,
            verb=request.verb,
            path=request.http.path_qs.removeprefix(self.prefix),
            content_type=request.content_type,
            dry_run="dryRun" in request.query,
            content=hashlib.sha256(request.body).hexdigest()[:16],
            changed=request.changed,
            status=status,
        )

    async def _respond(self, request: Request) -> web.StreamResponse:
        if not request.target.plural:
            return answers.finish(pages.answer(self.cluster, request, prefix=self.prefix), request.wanted)
        resource = self._resource_of(request.target)
        if resource is None:
            return answers.finish(self._review_or_missing(request), request.wanted)
        if request.watch:
            return await self._stream(request, resource)
        before = self.cluster.store.version
        answer = self._resource_answer(request, resource)
        request.changed = self.cluster.store.version != before
        return answers.finish(answer, request.wanted)

    # Paths that are no resource -------------------------------------------------------------------------------

    def _resource_of(self, target: Target) -> Resource | None:
        resource = self.cluster.resources.at(target.group, target.version, target.plural)
        if resource is None or (target.namespace and not resource.namespaced):
            return None
        if resource.namespaced and not target.namespace and target.name:
            return None
        return resource

    def _review_or_missing(self, request: Request) -> Answer:
        target = request.target
        if target.group in {reviews.AUTHORIZATION, reviews.AUTHENTICATION} and not target.name:
            if request.method != "POST":
                raise answers.not_allowed()
            body = negotiation.read_body(request.body, request.content_type, kind="Review")
            review = reviews.answer(self.access, request.user, target.plural, body)
            if review is not None:
                return Answer(status=201, value=review)
        if discovery.resource_list(self.cluster.resources, target.group, target.version) is None:
            return answers.no_page()
        raise answers.no_resource()

    # Resources ------------------------------------------------------------------------------------------------

    def _resource_answer(self, request: Request, resource: Resource) -> Answer:
        target, method = request.target, request.method
        if target.subresource:
            return self._subresource_answer(request, resource)
        if method not in _METHODS[bool(target.name)] or (
            resource.namespaced and not target.namespace and method not in {"GET", "HEAD"}
        ):
            raise answers.not_allowed()
        match request.verb:
            case "get":
                return self._reader.get(request, resource)
            case "list":
                return self._reader.page(request, resource)
            case "create":
                return self._create(request, resource)
            case "update":
                return self._update(request, resource)
            case "patch":
                return self._patch(request, resource)
            case "delete":
                return self._delete(request, resource)
            case _:
                return self._delete_all(request, resource)

    def _read_body(self, request: Request, resource: Resource) -> Any:
        if request.query.get("fieldValidation") == FieldValidation.STRICT:
            negotiation.check_duplicates(request.body, kind=resource.kind, version=resource.version)
        return negotiation.read_body(request.body, request.content_type, kind=resource.kind)

    def _write_options(self, request: Request, resource: Resource) -> WriteOptions:
        guard = escalation.guard(self.access, self.cluster.store, request.user, resource)
        options = negotiation.write_options(
            request.verb, request.query, request.user_agent, subresource=request.target.subresource
        )
        return replace(options, guard=guard) if guard else options

    def _create(self, request: Request, resource: Resource) -> Answer:
        body = self._read_body(request, resource)
        options = self._write_options(request, resource)
        return answers.of_write(self.cluster.versions.create(resource, request.target.namespace, body, options))

    def _update(self, request: Request, resource: Resource) -> Answer:
        target = request.target
        body = self._read_body(request, resource)
        options = self._write_options(request, resource)
        writer = self.cluster.writer
        if not target.subresource and writer.creates_by_replacing(resource, target.namespace, target.name):
            self.access.require(request.user, target.action("create"))
        return answers.of_write(self.cluster.versions.replace(resource, target.namespace, target.name, body, options))

    def _patch(self, request: Request, resource: Resource) -> Answer:
        target = request.target
        patch = self._read_patch(request, resource)
        options = self._write_options(request, resource)
        creates = patch.type is PatchType.APPLY and not target.subresource
        if creates and not request.user.is_master and not self._exists(resource, target):
            self.access.require(request.user, target.action("create"))
        return answers.of_write(self.cluster.versions.patch(resource, target.namespace, target.name, patch, options))

    def _exists(self, resource: Resource, target: Target) -> bool:
        return self.cluster.get(resource.group_resource, target.name, target.namespace) is not None

    def _delete(self, request: Request, resource: Resource) -> Answer:
        target = request.target
        options = self._delete_options(request)
        deleted = self.cluster.deleter.delete(resource, target.namespace, target.name, options)
        return answers.of_deletion(deleted, resource)

    def _delete_options(self, request: Request) -> DeleteOptions:
        negotiation.write_options(request.verb, request.query, request.user_agent)
        body = negotiation.read_body(request.body, request.content_type, kind="DeleteOptions")
        return DeleteOptions.read(body, request.query)

    def _delete_all(self, request: Request, resource: Resource) -> Answer:
        if not resource.group and resource.plural == "namespaces":
            raise answers.not_allowed()
        matches = self._reader.selector(request, resource)
        options = self._delete_options(request)
        store, deleter = self.cluster.store, self.cluster.deleter
        entries = store.select(resource.group, resource.plural, request.target.namespace or None)
        gone = [
            deleter.delete(resource, e.key.namespace, e.key.name, options).object for e in entries if matches(e.object)
        ]
        metadata = {"resourceVersion": str(store.version)}
        head: Object = {"kind": f"{resource.kind}List", "apiVersion": resource.api_version, "metadata": metadata}
        return Answer(value=head | {"items": gone})

    # Parts of an object ---------------------------------------------------------------------------------------

    def _subresource_answer(self, request: Request, resource: Resource) -> Answer:
        target = request.target
        own = {"pods": {"eviction", "log"}, "namespaces": {"finalize"}}.get(resource.plural, set())
        if target.subresource not in resource.subresources and (resource.group or target.subresource not in own):
            raise answers.no_resource()
        if request.method not in _SUBRESOURCE_METHODS[target.subresource]:
            raise answers.not_allowed()
        match target.subresource:
            case "scale":
                return self._scale(request, resource)
            case "log":
                pod = self.cluster.writer.existing(resource, target.namespace, target.name).object
                return Answer(raw=read_log(pod, request.query), media_type="text/plain")
            case "eviction":
                body = negotiation.read_body(request.body, request.content_type, kind="Eviction")
                evict(self.cluster.store, self.cluster.deleter, resource, target, body=body, query=request.query)
                return Answer(
                    status=201, value={"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
                )
            case _ if request.verb == "get":
                return self._reader.get(request, resource)
            case _ if request.verb == "patch":
                return self._patch(request, resource)
            case _:
                return self._update(request, resource)

    def _scale(self, request: Request, resource: Resource) -> Answer:
        target, scales = request.target, self.cluster.scales
        address = (resource, target.namespace, target.name)
        if request.verb == "get":
            return Answer(value=scales.of(resource, scales.read(*address)))
        options = self._write_options(request, resource)
        if request.verb == "update":
            body = negotiation.read_body(request.body, request.content_type, kind="Scale")
            written = scales.replace(*address, body, options)
        else:
            written = scales.patch(*address, self._read_patch(request, resource), options)
        return Answer(value=scales.of(resource, written.object))

    def _read_patch(self, request: Request, resource: Resource) -> Patch:
        chosen = negotiation.patch_type(request.content_type, custom=resource.custom)
        negotiation.check_patch_options(chosen, request.query)
        return Patch(type=chosen, body=negotiation.read_patch(request.body, chosen))

    # Watches --------------------------------------------------------------------------------------------------

    async def _stream(self, request: Request, resource: Resource) -> web.StreamResponse:
        check_options(request.query, watch=True)
        watch = Watch(
            self.cluster.store,
            resource,
            namespace=request.target.namespace or None,
            matches=self._reader.selector(request, resource),
            query=request.query,
            render=self._reader.renderer(request, resource),
        )
        response = web.StreamResponse(headers={"Content-Type": negotiation.JSON, "Cache-Control": "no-cache, private"})
        response.enable_chunked_encoding()
        await response.prepare(request.http)
        transport = request.http.transport
        if transport is None:
            return response
        self.streams.add(transport)
        try:
            async for line in watch.lines():
                if self.faults.watch_delay_ms:
                    await asyncio.sleep(self.faults.watch_delay_ms / 1000)
                await response.write(line)
            await response.write_eof()
        except ConnectionError:
            pass  # the client has gone, or was cut off
        finally:
            self.streams.discard(transport)
        return response
