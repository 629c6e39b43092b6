"""One reading of the objects of an app environment on a cluster: each is read whole, cut down, and dropped.

ConfigMaps and Secrets are cut down to keys and fingerprints, and whatever Stagecoach wrote to the fields that differ.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from domain.configuration import CONFIGURATION, ConfigurationName
from domain.declared_kinds import DeclaredKinds
from domain.divergences import FoundField
from domain.resources import Kind, Manifest, ResourceId
from domain.written import FieldTree
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError
from services.kube.gateway import WatchedCluster
from services.planning.drift.configuration import key_prints
from services.planning.drift.fields import differing_fields
from services.planning.objects.field_prints import FieldPrints
from services.precedence import PRECEDENCE
from services.reading.live.reading_names import objects_named

_CONFIGURATION = frozenset((kind.group, kind.name) for kind in CONFIGURATION)


@dataclass
class ObjectsRead:
    """What was found: fingerprints of keys, what is not there, what differs, and kinds that may not be read."""

    prints: dict[ConfigurationName, Mapping[str, str]] = field(default_factory=dict)
    absent: set[ConfigurationName] = field(default_factory=set)
    differing: dict[ResourceId, tuple[FoundField, ...]] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)


@dataclass(frozen=True, kw_only=True)
class ObjectReading:
    """What to read: the app environment's objects in its namespace, and what of them was written on this cluster.

    `names` are the ConfigMaps and Secrets that are looked for: also those of the application in other environments.
    """

    place: str
    namespace: str
    resources: Collection[ResourceId]
    names: Collection[ConfigurationName]
    written: Mapping[ResourceId, FieldTree]
    prints: FieldPrints
    declared: DeclaredKinds

    async def read(self, gateway: WatchedCluster, *, deadline: Deadline) -> ObjectsRead:
        """Raises the `ClusterError`s of the requests, except that a kind may not be read."""
        kinds = {kind: {name for of_kind, name in self.names if of_kind == kind.name} for kind in CONFIGURATION}
        for each in self.resources:
            if each in self.written:
                kinds.setdefault(each.kind, set()).add(each.name)
        found = ObjectsRead()
        for kind, names in sorted(kinds.items()):
            await PRECEDENCE.give_way()
            try:
                await self._read_kind(kind, names, gateway, found, deadline)
            except AccessDeniedError:
                found.unread.add(kind.name)
        return found

    async def _read_kind(
        self, kind: Kind, names: set[str], gateway: WatchedCluster, found: ObjectsRead, deadline: Deadline
    ) -> None:
        seen = set[str]()
        async with objects_named(gateway, kind, names, namespace=self.namespace, deadline=deadline) as objects:
            async for each in objects:
                if PRECEDENCE.is_taken:  # a page of hundreds is compared for milliseconds
                    await PRECEDENCE.give_way()
                seen.add(each.name)
                if (kind.group, kind.name) in _CONFIGURATION:
                    found.prints[kind.name, each.name] = key_prints(each, self.prints, place=self.place)
                self._compare(ResourceId(kind=kind, name=each.name), each, found)
        for name in names - seen:
            if (kind.group, kind.name) in _CONFIGURATION:
                found.absent.add((kind.name, name))
            self._compare(ResourceId(kind=kind, name=name), None, found)

    def _compare(self, resource: ResourceId, live: Manifest | None, found: ObjectsRead) -> None:
        written = self.written.get(resource)
        if written is None:
            return
        declaration = self.declared.of(resource.kind)
        differing = differing_fields(live, written, self.prints, place=self.place, declaration=declaration)
        if differing:
            found.differing[resource] = differing
