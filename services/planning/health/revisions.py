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
ROLLOUT_HASH_LABEL = "rollouts-pod-template-hash"  # argoproj/argo-rollouts pkg/apis/rollouts/v1alpha1/types.go
KNATIVE_SERVICE_LABEL = "serving.knative.dev/service"  # knative/serving pkg/apis/serving/register.go
KNATIVE_REVISION_LABEL = "serving.knative.dev/revision"
# Kinds whose status names the newest revision, with the label of its pods and the member of the status.
_NAMES_REVISION = {
    "StatefulSet": (REVISION_HASH_LABEL, "updateRevision"),
    "CloneSet": (REVISION_HASH_LABEL, "updateRevision"),
    "Rollout": (ROLLOUT_HASH_LABEL, "currentPodHash"),
    "Service": (KNATIVE_REVISION_LABEL, "latestCreatedRevisionName"),
}


def owned_by(owner: Manifest, candidates: Iterable[Manifest]) -> tuple[Manifest, ...]:
    """Those of `candidates` whose controller is `owner`."""
    return tuple(c for c in candidates if owner.uid and (controller_of(c) or {}).get("uid") == owner.uid)


def newest_pods(workload: Manifest, children: Children) -> tuple[Manifest, ...]:
    """The pods of the newest revision that the workload's controller reports; none where it reports none.

    That revision is, for a Deployment, the ReplicaSet with the same revision annotation; for a StatefulSet,
    `status.updateRevision`; for a DaemonSet, the ControllerRevision with the highest number; for a CronJob, its
    youngest Job; for an Argo Rollout, `status.currentPodHash`; for a CloneSet, `status.updateRevision`; for a Knative
    Service, the revision that it created last.
    """
    match workload.kind.name:
        case "Deployment":
            return _of_deployment(workload, children)
        case kind if kind in _NAMES_REVISION:
            label, member = _NAMES_REVISION[kind]
            return _with_revision(pods_below(workload, children.pods), workload.status.get(member), label=label)
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
    name that its controller gives ReplicaSets: the Deployment's name, a hyphen and the pod template hash. So are those
    of an Argo Rollout. Those of a Knative Service are five owners away, and nobody but Knative sets its label.
    """
    match workload.kind.name:
        case "Rollout":
            return (pod for pod in pods if _below_replica_set(workload, pod, ROLLOUT_HASH_LABEL))
        case "Service":
            return (pod for pod in pods if pod.labels.get(KNATIVE_SERVICE_LABEL) == workload.name)
        case "Deployment":
            return (pod for pod in pods if _below_replica_set(workload, pod, TEMPLATE_HASH_LABEL))
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


def _with_revision(
    pods: Iterable[Manifest], revision: object, *, label: str = REVISION_HASH_LABEL
) -> tuple[Manifest, ...]:
    """A CloneSet's label holds the name of the revision or, by a feature gate, its end.

    openkruise/kruise pkg/controller/cloneset/utils `WriteRevisionHash`.
    """
    if not isinstance(revision, str) or not revision:
        return ()
    names = {revision, revision.rpartition("-")[2]}
    return tuple(pod for pod in pods if pod.labels.get(label) in names)


def _of_latest_run(jobs: Iterable[Manifest], pods: tuple[Manifest, ...]) -> tuple[Manifest, ...]:
    """The pods of the youngest Job that has pulled its images: a tag may have moved since older runs."""
    for job in sorted(jobs, key=lambda job: str(job.metadata.get("creationTimestamp", "")), reverse=True):
        pulled = tuple(pod for pod in owned_by(job, pods) if _has_pulled(pod))
        if pulled:
            return pulled
    return ()


def _has_pulled(pod: Manifest) -> bool:
    return any(status.get("imageID") for status in pod.status.get("containerStatuses") or ())


def _below_replica_set(workload: Manifest, pod: Manifest, label: str) -> bool:
    owner, hash_ = controller_of(pod) or {}, pod.labels.get(label)
    return owner.get("kind") == "ReplicaSet" and bool(hash_) and owner.get("name") == f"{workload.name}-{hash_}"
