"""Restarts workloads on one cluster, as `kubectl rollout restart` does, and watches their rollouts like any other.

Converges: the annotation holds the time at which the operation was queued, so a step that runs twice restarts once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from domain.cluster_api import JsonPatchOperation
from domain.resources import Manifest, ResourceId
from domain.stored.rollouts import ExpectedRollout
from domain.words import Action, EventType
from services.concurrency import gather_settled
from services.errors import StagecoachError
from services.execution.changed_meanwhile import ChangedMeanwhileError
from services.execution.progress import Progress
from services.kube.deadline import Deadline
from services.kube.errors import PatchTestFailedError, ResourceGoneError
from services.kube.gateway import ClusterGateway
from services.planning.objects.workloads import containers
from services.planning.releases.restarting import ANNOTATION

_TRIES = 10  # a controller writes the status of a workload that rolls out all the time


@dataclass(frozen=True, kw_only=True)
class _Where:
    """Where and with which text workloads are restarted."""

    gateway: ClusterGateway
    namespace: str
    at: str
    log: Progress
    deadline: Deadline


async def restart_workloads(
    workloads: Iterable[ResourceId],
    at: datetime,
    gateway: ClusterGateway,
    *,
    namespace: str,
    log: Progress,
    deadline: Deadline,
) -> tuple[ExpectedRollout, ...]:
    """Restart each of them, all at once; returns the rollouts to watch.

    Raises the first error, after all were tried.
    """
    text = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    where = _Where(gateway=gateway, namespace=namespace, at=text, log=log, deadline=deadline)
    resources = tuple(workloads)
    results = await gather_settled([_attempt(each, where) for each in resources])
    expected = []
    for each in results:
        if isinstance(each, StagecoachError):
            raise each
        expected.append(each)
    return tuple(expected)


async def _attempt(resource: ResourceId, where: _Where) -> ExpectedRollout | StagecoachError:
    """One workload's restart, or the error that prevented it, which does not affect the other workloads."""
    try:
        manifest, written = await _restart(resource, where)
    except StagecoachError as error:
        return error
    if written:
        await where.log.report(EventType.RESOURCE_APPLIED, resource=resource, action=Action.UPDATE.value)
    return ExpectedRollout(
        resource=resource,
        uid=manifest.uid or "",
        generation=manifest.generation if written else None,
        images={container.name: container.image for container in containers(manifest)},
        since=datetime.now(UTC),
    )


async def _restart(resource: ResourceId, where: _Where) -> tuple[Manifest, bool]:
    """The workload, and whether it was written."""
    for _ in range(_TRIES):
        live = await where.gateway.get(resource.kind, resource.name, namespace=where.namespace, deadline=where.deadline)
        if live is None:
            raise ResourceGoneError(
                f"{resource.label} was deleted from the cluster after the plan was made.",
                cluster=where.gateway.cluster,
                resource=resource,
            )
        annotations = _annotations(live)
        if annotations is not None and annotations.get(ANNOTATION) == where.at:
            return live, False
        try:
            patched = await where.gateway.patch_json(
                resource.kind,
                resource.name,
                _patch(live, where.at, has_annotations=annotations is not None),
                namespace=where.namespace,
                deadline=where.deadline,
            )
        except PatchTestFailedError:
            continue  # somebody, mostly its controller, has written it meanwhile
        return patched, True
    raise ChangedMeanwhileError(
        f"{resource.label} kept changing while it was restarted. Retry it.",
        resource=resource,
        cluster=where.gateway.cluster,
    )


def _annotations(live: Manifest) -> dict[str, str] | None:
    template = live.spec.get("template") or {}
    found = (template.get("metadata") or {}).get("annotations")
    return found if isinstance(found, dict) else None


def _patch(live: Manifest, at: str, *, has_annotations: bool) -> Sequence[JsonPatchOperation]:
    """At the version that was read: where there are no annotations, adding some must not replace another writer's."""
    where = "/spec/template/metadata/annotations"
    test = JsonPatchOperation(op="test", path="/metadata/resourceVersion", value=live.resource_version)
    if has_annotations:
        return [test, JsonPatchOperation(op="add", path=f"{where}/{ANNOTATION.replace('/', '~1')}", value=at)]
    return [test, JsonPatchOperation(op="add", path=where, value={ANNOTATION: at})]
