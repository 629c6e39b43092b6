"""Reads which kinds a cluster serves: aggregated discovery in two requests, or one request per group and version.

Cached for ten minutes, and read again for a named kind that is not in the cache: its definition may be new.
https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from domain.cluster_api import ServedKind, ServedKinds
from domain.resources import Kind
from services.concurrency import gather_or_cancel
from services.kube.caller import Caller
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError, ClusterBusyError, KindNotServedError
from services.kube.requests import Repeat, Request, path_part

_CACHE_SECONDS = 600.0
# Servers without aggregated discovery (before 1.26) answer the same request in the unaggregated form.
_ACCEPT = (
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,"
    "application/json"
)


class Discovery:
    """The kinds that one cluster serves, read by discovery and cached."""

    def __init__(self, caller: Caller, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._caller = caller
        self._clock = clock
        self._served = ServedKinds(kinds=())
        self._read_at = float("-inf")  # when the last reading began
        self._reading = asyncio.Lock()

    async def served_kinds(
        self, *, deadline: Deadline, refresh: bool = False, naming: Iterable[Kind] = ()
    ) -> ServedKinds:
        """All kinds that the cluster serves, at most ten minutes old; read now where `refresh` is set.

        Read again as well if one of the kinds in `naming` is missing, because its definition may be new.
        """
        now = self._clock()
        await self._read_since(now if refresh else now - _CACHE_SECONDS, deadline)
        if any(self._served.find(kind) is None for kind in naming):
            await self._read_since(now, deadline)
        return self._served

    async def served(self, kind: Kind, *, deadline: Deadline) -> ServedKind:
        """The kind as the cluster serves it. Raises `KindNotServedError` where a fresh reading lacks it too."""
        asked = self._clock()
        if asked - self._read_at < _CACHE_SECONDS and (found := self._served.find(kind)) is not None:
            return found
        await self._read_since(asked, deadline)
        found = self._served.find(kind)
        if found is None:
            raise KindNotServedError(f"The cluster does not serve {kind}.", cluster=self._caller.cluster)
        return found

    async def served_in_any_version(self, kind: Kind, *, deadline: Deadline) -> ServedKind:
        """In the version that was asked for, else in that which the server prefers: clusters are upgraded one by one.

        Raises `KindNotServedError`.
        """
        try:
            return await self.served(kind, deadline=deadline)
        except KindNotServedError:
            served = await self.served_kinds(deadline=deadline)
            other = next(iter(served.versions_of((kind.group, kind.name))), None)
            if other is None:
                raise
            return other

    def forget(self) -> None:
        """Read again at the next call: the cache turned out to be outdated."""
        self._read_at = float("-inf")

    @contextmanager
    def in_doubt(self) -> Iterator[None]:
        """Forget what is known where a request says that its kind is not served: its definition was deleted."""
        try:
            yield
        except KindNotServedError:
            self.forget()
            raise

    async def _read_since(self, moment: float, deadline: Deadline) -> None:
        """Single flight: a reading that began at or after `moment` serves all callers that wait here."""
        if self._read_at >= moment:
            return
        async with self._reading:
            if self._read_at >= moment:
                return
            began = self._clock()
            core, groups = await gather_or_cancel([self._read("/api", deadline), self._read("/apis", deadline)])
            kinds = (*await self._core(core, deadline), *await self._groups(groups, deadline))
            self._served = _shared(kinds)
            self._read_at = began

    async def _read(self, path: str, deadline: Deadline) -> dict[str, Any]:
        request = Request(verb="discover", method="GET", path=path, repeat=Repeat.READ, accept=_ACCEPT)
        return await self._caller.send(request, deadline=deadline)

    async def _core(self, answer: dict[str, Any], deadline: Deadline) -> tuple[ServedKind, ...]:
        if answer.get("kind") == "APIGroupDiscoveryList":
            return tuple(_aggregated(answer))
        versions = [str(version) for version in answer.get("versions") or ()]
        listed = await gather_or_cancel(self._read(f"/api/{path_part(version)}", deadline) for version in versions)
        return tuple(
            served
            for version, resources in zip(versions, listed, strict=True)
            for served in _listed(resources, group="", version=version, preferred=version == versions[0])
        )

    async def _groups(self, answer: dict[str, Any], deadline: Deadline) -> tuple[ServedKind, ...]:
        if answer.get("kind") == "APIGroupDiscoveryList":
            return tuple(_aggregated(answer))
        found: list[tuple[str, str, bool]] = []
        for group in answer.get("groups") or ():
            preferred = (group.get("preferredVersion") or {}).get("version")
            found += [(group["name"], v["version"], v["version"] == preferred) for v in group.get("versions") or ()]
        listed = await gather_or_cancel(self._legacy_group(name, version, deadline) for name, version, _ in found)
        return tuple(
            served
            for (name, version, preferred), resources in zip(found, listed, strict=True)
            for served in _listed(resources, group=name, version=version, preferred=preferred)
        )

    async def _legacy_group(self, group: str, version: str, deadline: Deadline) -> dict[str, Any]:
        """The resources of a group version; none where its aggregated API server is down."""
        try:
            return await self._read(f"/apis/{path_part(group)}/{path_part(version)}", deadline)
        except (KindNotServedError, ClusterBusyError, AccessDeniedError):
            return {}


@lru_cache(maxsize=64)
def _shared(kinds: tuple[ServedKind, ...]) -> ServedKinds:
    """The same object for all clusters that serve the same kinds, of which there are hundreds."""
    return ServedKinds(kinds=kinds)


def _aggregated(answer: dict[str, Any]) -> Iterator[ServedKind]:
    for group in answer.get("items") or ():
        name = str((group.get("metadata") or {}).get("name") or "")
        for position, version in enumerate(group.get("versions") or ()):
            for resource in version.get("resources") or ():
                # responseKind leaves out the group and version where they equal those of the enclosing group version.
                response_kind = resource.get("responseKind") or {}
                if not response_kind.get("kind"):
                    continue
                yield ServedKind(
                    kind=Kind(group=name, version=str(version["version"]), name=response_kind["kind"]),
                    plural=resource["resource"],
                    namespaced=resource.get("scope") == "Namespaced",
                    verbs=frozenset(resource.get("verbs") or ()),
                    short_names=tuple(resource.get("shortNames") or ()),
                    preferred=position == 0,  # a server lists the version that it prefers first
                )


def _listed(resources: dict[str, Any], *, group: str, version: str, preferred: bool) -> Iterator[ServedKind]:
    for resource in resources.get("resources") or ():
        if "/" in resource["name"]:
            continue  # a subresource
        yield ServedKind(
            kind=Kind(group=group, version=version, name=resource["kind"]),
            plural=resource["name"],
            namespaced=bool(resource.get("namespaced")),
            verbs=frozenset(resource.get("verbs") or ()),
            short_names=tuple(resource.get("shortNames") or ()),
            preferred=preferred,
        )
