"""Facts of one cluster for pre-flight, and what the parts find in them."""

from datetime import UTC, datetime
from typing import Any

from domain.images import Image, ImageChange
from domain.resources import Manifest
from domain.words import Action
from services.planning.health.values import Children
from services.planning.images.running import cluster_facts
from services.planning.objects.workloads import containers
from services.planning.preflight.findings import findings_on
from services.planning.preflight.values import PlannedOn, PreflightFacts, Surroundings
from tests.support.objects import obj, workload_spec

NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)


def facts(*workloads: Manifest, divergences=(), **around: Any) -> PreflightFacts:
    """The facts of cluster eu, on which these workloads are and this is around them."""
    running = cluster_facts("eu", tuple(each.id for each in workloads), workloads, Children(), now=NOW, policy=None)
    return PreflightFacts(
        cluster="eu",
        running=type(running)(cluster="eu", workloads=running.workloads, manifests=workloads),
        surroundings=Surroundings(read_at=NOW, **around),
        divergences=tuple(divergences),
    )


def planned(*workloads: Manifest, allow: frozenset[str] = frozenset(), action: Action = Action.UPDATE) -> PlannedOn:
    """A plan that gives every container of these workloads version 2."""
    changes = tuple(
        ImageChange(
            workload=workload.id,
            container=container.name,
            init=container.init,
            pointer=container.pointer,
            before=Image.of(container.image),
            after=Image.of("web:2"),
            action=action,
        )
        for workload in workloads
        for container in containers(workload)
    )
    return PlannedOn(changes=changes, allow=allow)


def found(*workloads: Manifest, allow: frozenset[str] = frozenset(), **around: Any) -> list[tuple[str, str]]:
    """Code and severity of all findings where every one of these workloads gets a new image."""
    problems = findings_on(facts(*workloads, **around), planned(*workloads, allow=allow))
    return [(problem.code, problem.severity.value) for problem in problems]


def web(replicas: int = 3, *, pod: dict[str, Any] | None = None, **spec: Any) -> Manifest:
    """A Deployment all of whose pods are new and available."""
    whole = {"replicas": replicas, "updatedReplicas": replicas, "availableReplicas": replicas}
    status = {**whole, "readyReplicas": replicas, "observedGeneration": 1}
    return obj(
        "apps/v1",
        "Deployment",
        "web",
        metadata={"generation": 1},
        spec=workload_spec("web", pod or {"containers": [ASKS]}, replicas=replicas, **spec),
        status=status,
    )


ASKS = {"name": "web", "image": "web:1", "resources": {"requests": {"cpu": "500m"}, "limits": {"cpu": "1"}}}


def stateful(replicas: int = 2, **spec: Any) -> Manifest:
    """A StatefulSet all of whose pods are new and available."""
    counts = {"replicas": replicas, "updatedReplicas": replicas, "availableReplicas": replicas}
    status = {**counts, "readyReplicas": replicas, "observedGeneration": 1, "currentRevision": "a"}
    return obj(
        "apps/v1",
        "StatefulSet",
        "db",
        metadata={"generation": 1},
        spec=workload_spec("db", {"containers": [{**ASKS, "name": "db"}]}, replicas=replicas, **spec),
        status={**status, "updateRevision": "a"},
    )


def daemons(nodes: int = 3, **spec: Any) -> Manifest:
    """A DaemonSet that runs on all its nodes."""
    counts = {"desiredNumberScheduled": nodes, "updatedNumberScheduled": nodes, "numberAvailable": nodes}
    return obj(
        "apps/v1",
        "DaemonSet",
        "agent",
        metadata={"generation": 1},
        spec=workload_spec("agent", {"containers": [{**ASKS, "name": "agent"}]}, **spec),
        status={**counts, "observedGeneration": 1},
    )
