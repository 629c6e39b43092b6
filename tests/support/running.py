"""What clusters run, as their API servers say it: workloads, pods with their statuses, and the facts read off both."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from domain.resources import Manifest
from services.planning.health.values import Children, HealthPolicy
from services.planning.images.running import ClusterFacts, cluster_facts
from tests.support.rollouts import START

_numbers = itertools.count(1)
_REVISION = "controller-revision-hash"


def sha(letter: str) -> str:
    return "sha256:" + letter * 64


def workload(
    name: str, images: Mapping[str, str], *, kind: str = "Deployment", status: Any = None, **spec: Any
) -> Manifest:
    """A workload whose template has these containers; those whose name begins with `init` are init containers."""
    metadata = {"name": name, "uid": f"uid-{name}", **spec.pop("metadata", {})}
    version = "v1" if kind == "ReplicationController" else "apps/v1"
    pods = {"spec": _pod_spec(images)}
    return Manifest(
        {
            "apiVersion": version,
            "kind": kind,
            "metadata": metadata,
            "spec": {"template": pods, **spec},
            "status": status or {},
        }
    )


def pod(
    owner: Manifest,
    images: Mapping[str, str],
    image_ids: Mapping[str, str] | None = None,
    *,
    ordinal: int | None = None,
    revision: str = "abc",
    **metadata: Any,
) -> Manifest:
    """A running pod of `owner` with these images in its spec, and what its node reports as their `imageID`."""
    by = {"kind": owner.kind.name, "name": owner.name, "uid": owner.uid}
    labels = {_REVISION: revision}
    if owner.kind.name == "Deployment":
        by = {"kind": "ReplicaSet", "name": f"{owner.name}-{revision}", "uid": f"uid-{owner.name}-{revision}"}
        labels = {"pod-template-hash": revision}
    number = next(_numbers) if ordinal is None else ordinal
    statuses = [{"name": name, "imageID": image_id} for name, image_id in (image_ids or {}).items()]
    return Manifest(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": f"{owner.name}-{number}",
                "labels": labels,
                "ownerReferences": [{**by, "controller": True}],
                **metadata,
            },
            "spec": _pod_spec(images),
            "status": {"phase": "Running", "containerStatuses": statuses},
        }
    )


def replica_set(owner: Manifest, revision: str, number: str) -> Manifest:
    """A ReplicaSet of a Deployment; the Deployment's own revision annotation says which is its newest."""
    return Manifest(
        {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {
                "name": f"{owner.name}-{revision}",
                "uid": f"uid-{owner.name}-{revision}",
                "annotations": {"deployment.kubernetes.io/revision": number},
                "ownerReferences": [{"kind": "Deployment", "uid": owner.uid, "controller": True}],
            },
        }
    )


def seen(
    cluster: str, workloads: Sequence[Manifest], pods: Sequence[Manifest] = (), *, healthy: bool = True, **children: Any
) -> ClusterFacts:
    """The facts of a cluster; without `healthy` its health is assessed, too."""
    below = Children(pods=tuple(pods), **children)
    policy = None if healthy else HealthPolicy()
    return cluster_facts(cluster, [each.id for each in workloads], workloads, below, now=START, policy=policy)


def _pod_spec(images: Mapping[str, str]) -> dict[str, Any]:
    listed = [{"name": name, "image": image} for name, image in images.items()]
    return {
        "initContainers": [each for each in listed if each["name"].startswith("init")],
        "containers": [each for each in listed if not each["name"].startswith("init")],
    }
