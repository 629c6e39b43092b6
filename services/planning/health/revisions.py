"""Which pods belong to a workload, and which of them to its newest revision.

Pure. Ownership follows the uid in owner references, never labels alone: another workload may carry the same labels.
"""

from collections.abc import Iterable

from domain.resources import Manifest
from services.planning.health.values import Children
from services.planning.objects.owners import controller_of

REVISION_ANNOTATION = "deployment.kubernetes.io/revision"
TEMPLATE_HASH_LABEL = "pod-template-hash"
REVISION_HASH_LABEL = "controller-revision-hash"


def owned_by(owner: Manifest, candidates: Iterable[Manifest]) -> tuple[Manifest, ...]:
    """Those of `candidates` whose controller is `owner`."""
    return tuple(c for c in candidates if owner.uid and (controller_of(c) or {}).get("uid") == owner.uid)


def newest_pods(workload: Manifest, children: Children) -> tuple[Manifest, ...]:
    """The pods of the newest revision that the workload's controller reports; none where it reports none.

    That revision is, for a Deployment, the ReplicaSet with the same revision annotation; for a StatefulSet,
    `status.updateRevision`; for a DaemonSet, the ControllerRevision with the highest number; for a CronJob, its
    youngest Job.
    """
    match workload.kind.name:
        case "Deployment":
            return _of_deployment(workload, children)
        case "StatefulSet":
            revision = workload.status.get("updateRevision")
            return _with_revision(owned_by(workload, children.pods), revision)
        case "DaemonSet":
            revisions = owned_by(workload, children.controller_revisions)
            newest = max(revisions, key=lambda r: r.body.get("revision") or 0, default=None)
            hash_ = newest.labels.get(REVISION_HASH_LABEL) if newest else None
            return _with_revision(owned_by(workload, children.pods), hash_)
        case "CronJob":
            jobs = owned_by(workload, children.jobs)
            youngest = max(jobs, key=lambda job: str(job.metadata.get("creationTimestamp", "")), default=None)
            return owned_by(youngest, children.pods) if youngest else ()
        case "Pod":
            return (workload,)
        case _:
            return owned_by(workload, children.pods)


def pods_below(workload: Manifest, pods: Iterable[Manifest], jobs: Iterable[Manifest] = ()) -> Iterable[Manifest]:
    """The pods of the workload, of all its revisions; of a CronJob, those of its latest run that pulled its images.

    It needs no ReplicaSets, which saves one list request for each cluster. A Deployment's pods are recognised by the
    name that its controller gives ReplicaSets: the Deployment's name, a hyphen and the pod template hash.
    """
    match workload.kind.name:
        case "Deployment":
            return (pod for pod in pods if _below_deployment(workload, pod))
        case "CronJob":
            return _of_latest_run(owned_by(workload, jobs), tuple(pods))
        case "Pod":
            return (pod for pod in pods if pod.name == workload.name)
        case _:
            return owned_by(workload, pods)


def _of_deployment(workload: Manifest, children: Children) -> tuple[Manifest, ...]:
    revision = workload.annotations.get(REVISION_ANNOTATION)
    for replica_set in owned_by(workload, children.replica_sets):
        if revision is not None and replica_set.annotations.get(REVISION_ANNOTATION) == revision:
            return owned_by(replica_set, children.pods)
    return ()


def _with_revision(pods: Iterable[Manifest], revision: object) -> tuple[Manifest, ...]:
    return tuple(pod for pod in pods if revision and pod.labels.get(REVISION_HASH_LABEL) == revision)


def _of_latest_run(jobs: Iterable[Manifest], pods: tuple[Manifest, ...]) -> tuple[Manifest, ...]:
    """The pods of the youngest Job that has pulled its images: a tag may have moved since older runs."""
    for job in sorted(jobs, key=lambda job: str(job.metadata.get("creationTimestamp", "")), reverse=True):
        pulled = tuple(pod for pod in owned_by(job, pods) if _has_pulled(pod))
        if pulled:
            return pulled
    return ()


def _has_pulled(pod: Manifest) -> bool:
    return any(status.get("imageID") for status in pod.status.get("containerStatuses") or ())


def _below_deployment(deployment: Manifest, pod: Manifest) -> bool:
    owner = controller_of(pod) or {}
    hash_ = pod.labels.get(TEMPLATE_HASH_LABEL)
    return owner.get("kind") == "ReplicaSet" and bool(hash_) and owner.get("name") == f"{deployment.name}-{hash_}"
