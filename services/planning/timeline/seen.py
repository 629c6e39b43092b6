"""What of an app environment is seen at one moment, as far as a timeline tells of it. Pure.

It is taken from the records of objects and from the judgement that every screen shows: nothing is judged here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.cluster_api import ClusterFailure
from domain.resources import ResourceId
from services.planning.health.revisions import REVISION_ANNOTATION
from services.planning.health.values import Health, HealthState, moment
from services.planning.images.custom_facts import CustomResourceFacts
from services.planning.images.running import WorkloadFacts
from services.planning.live.records import LiveRecord
from services.planning.live.shapes import ContainerStatus, Manager, Metadata, Pod, Terminated, Workload

# Their pods are replaced when their template changes. Jobs keep theirs, and other kinds are controlled by these.
ROLLED_OUT: Final = frozenset({("apps", "Deployment"), ("apps", "StatefulSet"), ("apps", "DaemonSet")})
_NAMED = 64  # characters of a reason: programs write short words


@dataclass(frozen=True, kw_only=True)
class ContainerRestarts:
    """A container of a pod that was started again `count` times in the pod's life, and why it ended before the last.

    `at` is when it ended; None where the kubelet has not said.
    """

    pod: str
    container: str
    count: int
    reason: str | None
    exit_code: int | None
    at: datetime | None

    @property
    def key(self) -> str:
        return f"{self.pod}/{self.container}"


@dataclass(frozen=True, kw_only=True)
class WorkloadSeen:
    """A workload on one cluster. `images` are its template's, by container; `revision` names the template.

    `revision` and `replicas` are None where the kind has none, or it is not known. `settled`: nothing is waited for.
    """

    resource: ResourceId
    state: HealthState
    reason: str | None = None
    message: str = ""
    settled: bool = False
    images: tuple[tuple[str, str], ...] = ()
    revision: str | None = None
    replicas: int | None = None
    scaled_by: str | None = None
    restarts: tuple[ContainerRestarts, ...] = ()

    @property
    def is_rolled_out(self) -> bool:
        return self.resource.group_kind in ROLLED_OUT


@dataclass(frozen=True, kw_only=True)
class ClusterSeen:
    """A cluster: its workloads, or why nothing is known of them now (`failure`), or neither: it is being read.

    Custom resources are among the workloads, with their health alone: what their operators make of them is not known.
    """

    id: str
    name: str
    failure: ClusterFailure | None = None
    since: datetime | None = None
    workloads: tuple[WorkloadSeen, ...] | None = None


def workload_seen(
    facts: WorkloadFacts, record: LiveRecord | None, restarts: Sequence[ContainerRestarts]
) -> WorkloadSeen:
    """Of the judgement, the record of the object, and the restarts of its pods."""
    health = facts.health
    body = record.body if record is not None else None
    found = body if isinstance(body, Workload) else Workload()
    return WorkloadSeen(
        resource=facts.resource,
        state=health.state,
        reason=_short(health.reason),
        message=health.message,
        settled=_is_settled(health),
        images=_images(found) or tuple((each.name, each.image.reference) for each in facts.containers),
        revision=_revision(found),
        replicas=found.spec.replicas if found.spec is not None else None,
        scaled_by=_scaled_by((found.metadata or Metadata()).managed_fields or ()),
        restarts=tuple(restarts),
    )


def custom_seen(facts: CustomResourceFacts) -> WorkloadSeen:
    """Of the judgement of a custom resource; one that is not on the cluster is missing by it."""
    health = facts.health
    return WorkloadSeen(
        resource=facts.resource,
        state=health.state,
        reason=_short(health.reason),
        message=health.message,
        settled=_is_settled(health),
    )


def missing(resource: ResourceId) -> WorkloadSeen:
    """A workload that belongs to the app environment and is not on the cluster."""
    return WorkloadSeen(resource=resource, state=HealthState.MISSING, message=f"{resource.label} does not exist.")


def restarts_of(record: LiveRecord) -> tuple[ContainerRestarts, ...]:
    """The containers of a pod that were started again."""
    body = record.body
    status = body.status if isinstance(body, Pod) else None
    if status is None:
        return ()
    statuses = (*(status.init_container_statuses or ()), *(status.container_statuses or ()))
    return tuple(_restarts(record.key.name, each) for each in statuses if each.restart_count)


def _restarts(pod: str, status: ContainerStatus) -> ContainerRestarts:
    ended = (status.last_state.terminated if status.last_state is not None else None) or Terminated()
    return ContainerRestarts(
        pod=pod,
        container=status.name or "",
        count=status.restart_count or 0,
        reason=_short(ended.reason),
        exit_code=ended.exit_code,
        at=moment(ended.finished_at),
    )


def _is_settled(health: Health) -> bool:
    return health.state in {HealthState.READY, HealthState.SUSPENDED} or health.settled


def _images(found: Workload) -> tuple[tuple[str, str], ...]:
    spec = found.spec
    if spec is None:
        return ()
    job = spec.job_template.spec if spec.job_template is not None else None
    template = job.template if job is not None else spec.template
    pods = template.spec if template is not None else None
    if pods is None:
        return ()
    containers = (*(pods.init_containers or ()), *(pods.containers or ()))
    return tuple((each.name or "", each.image or "") for each in containers)


def _revision(found: Workload) -> str | None:
    """A Deployment's number of its template, a StatefulSet's name of it; a DaemonSet tells none in what is kept."""
    numbered = ((found.metadata or Metadata()).annotations or {}).get(REVISION_ANNOTATION)
    return numbered or (found.status.update_revision if found.status is not None else None)


def _scaled_by(managers: Iterable[Manager]) -> str | None:
    """The field manager that owns the number of pods; None for Stagecoach, whose entries are not kept.

    An update takes the field from whoever else has it, so where two own it, they agree.
    https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts
    """
    owners = [each for each in managers if each.fields_v1 is not None and _has_replicas(each)]
    owners.sort(key=lambda each: each.subresource == "scale", reverse=True)
    return _short(owners[0].manager) if owners else None


def _has_replicas(manager: Manager) -> bool:
    fields = manager.fields_v1
    return fields is not None and fields.spec is not None and fields.spec.replicas is not None


def _short(text: str | None) -> str | None:
    return text[:_NAMED] if text else None
