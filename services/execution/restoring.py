"""Puts ConfigMaps and Secrets of a release back on one cluster, and only where they are as the plan read them.

Converges: an object that is as the release has it counts as done. A replacement is conditional on the version that was
read, so another writer's change is never overwritten unseen.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.held_configuration import HeldConfiguration, HeldContent, HeldObject
from domain.resources import Manifest, ResourceId
from domain.stored.restores import StoredRestored
from domain.words import Action, EventType
from services.execution.changed_meanwhile import ChangedMeanwhileError
from services.execution.progress import Progress
from services.kube.deadline import Deadline
from services.kube.errors import AlreadyExistsError, WriteConflictError
from services.kube.gateway import ClusterGateway
from services.planning.drift.configuration import key_prints
from services.planning.drift.written import written_object
from services.planning.objects.field_prints import FieldPrints
from services.planning.releases.restoring import print_of_keys

_TRIES = 3  # of a write whose object changes under it


@dataclass(frozen=True, kw_only=True)
class Restoring:
    """Where to write, and the fingerprints of the app environment `place`."""

    gateway: ClusterGateway
    namespace: str
    place: str
    prints: FieldPrints
    deadline: Deadline

    async def put_back(
        self, planned: Iterable[StoredRestored], held: HeldConfiguration, log: Progress
    ) -> frozenset[ResourceId]:
        """Write what is planned, one by one; returns what was written.

        Raises `ChangedMeanwhileError` where an object is neither as planned nor as desired, and `ClusterError`s.
        """
        written = set[ResourceId]()
        for each in planned:
            if each.action not in {Action.CREATE, Action.UPDATE}:
                continue
            answer = await self._write(each, self._held(each, held))
            if answer is not None:
                written.add(each.resource)
                await log.wrote([written_object(answer, self.prints, place=self.place)])
                await log.report(EventType.RESOURCE_APPLIED, resource=each.resource, action=each.action.value)
        return frozenset(written)

    def _held(self, planned: StoredRestored, held: HeldConfiguration) -> HeldContent:
        found: HeldObject | None = held.find((planned.resource.kind.name, planned.resource.name))
        if found is None or found.content is None or print_of_keys(found.prints) != planned.desired:
            raise ChangedMeanwhileError(
                f"The release no longer holds {planned.resource.label} as it was planned. Make a new plan.",
                resource=planned.resource,
                cluster=self.gateway.cluster,
            )
        return found.content

    async def _write(self, planned: StoredRestored, content: HeldContent) -> Manifest | None:
        """The object after the write; None where it was as desired already."""
        resource = planned.resource
        for _ in range(_TRIES):
            live = await self.gateway.get(
                resource.kind, resource.name, namespace=self.namespace, deadline=self.deadline
            )
            try:
                if live is None:
                    new = Manifest(content.body(resource))
                    return await self.gateway.create(new, namespace=self.namespace, deadline=self.deadline)
                known = print_of_keys(key_prints(live, self.prints, place=self.place))
                if known == planned.desired:
                    return None
                if known != planned.live:
                    raise self._changed_meanwhile(resource)
                return await self.gateway.replace(
                    _with_data(live, content), namespace=self.namespace, deadline=self.deadline
                )
            except (AlreadyExistsError, WriteConflictError):
                continue
        raise self._changed_meanwhile(resource)

    def _changed_meanwhile(self, resource: ResourceId) -> ChangedMeanwhileError:
        return ChangedMeanwhileError(
            f"Another writer changed {resource.label} after the plan was made. Make a new plan.",
            resource=resource,
            cluster=self.gateway.cluster,
        )


def _with_data(live: Manifest, content: HeldContent) -> Manifest:
    """The live object, at its version, with the keys of the release."""
    body = live.edited()
    for member, values in (("data", content.data), ("binaryData", content.binary_data)):
        body.pop(member, None)
        if values:
            body[member] = dict(values)
    if content.immutable:
        body["immutable"] = True
    body["metadata"].pop("managedFields", None)
    return Manifest(body)
