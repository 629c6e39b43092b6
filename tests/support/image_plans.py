"""Promotions from facts that are written out short: `{"web": {"web": "shop/web:1"}}`."""

from collections.abc import Mapping

from domain.cluster_api import ClusterFailure
from domain.images import ContainerImage, ContainerRef, Image
from domain.resources import ResourceId
from domain.words import Action
from services.planning.health.values import Health, HealthState
from services.planning.images.leaving_out import without
from services.planning.images.promotion_plan import build_promotion_plan
from services.planning.images.promotion_source import environment_source
from services.planning.images.running import ClusterFacts, ContainerFacts, WorkloadFacts

ONE, TWO, THREE = ("sha256:" + letter * 64 for letter in "123")
DOWN = ClusterFailure(code="cluster-unreachable", detail="The cluster cannot be reached.")


def resource(name: str, kind: str = "Deployment") -> ResourceId:
    return ResourceId.of("batch/v1" if kind in {"Job", "CronJob"} else "apps/v1", kind, name)


def workload(
    name: str, images: Mapping[str, str | tuple[str, ...]], *, kind: str = "Deployment", state=HealthState.READY, **more
):
    """`images` are container → reference, or (reference, digests…)."""
    given = {key: (image,) if isinstance(image, str) else image for key, image in images.items()}
    return WorkloadFacts(
        resource=resource(name, kind),
        uid=f"uid-{name}",
        paused=more.get("paused", False),
        owner=more.get("owner"),
        health=Health(state=state, message="So it is."),
        containers=tuple(
            ContainerFacts(
                name=container,
                init=container.startswith("init"),
                pointer=f"/spec/template/spec/containers/{index}",
                image=Image.of(reference, digest=digests[0] if len(digests) == 1 else None),
                digests=tuple(digests),
            )
            for index, (container, (reference, *digests)) in enumerate(given.items())
        ),
    )


def cluster(name: str, *workloads: WorkloadFacts, **more) -> ClusterFacts:
    return ClusterFacts(cluster=name, workloads=workloads, **more)


def ref(name: str, container: str) -> ContainerRef:
    return ContainerRef(workload=resource(name), container=container)


def promote(source, targets, *, pin=True, selected=None, source_cluster=None, omitted=()):
    sources = [without(one, omitted) for one in (source if isinstance(source, list) else [source])]
    keys = frozenset(one.key for one in selected) if selected is not None else None
    found = environment_source("Staging", sources, cluster=source_cluster, pin=pin, selected=keys)
    listed = targets if isinstance(targets, list) else [targets]
    return build_promotion_plan(found, "Production", listed, pin=pin, selected=selected, omitted=omitted)


def codes(plan) -> list[str]:
    return [problem.code for problem in plan.all_problems]


def images_after(plan) -> list[tuple[str, str, Action]]:
    return [
        (change.container, change.after.reference, change.action) for one in plan.clusters for change in one.changes
    ]


STAGING = cluster("staging-1", workload("web", {"web": ("shop/web:2", TWO), "proxy": ("shop/proxy:1", ONE)}))
PRODUCTION = cluster("prod-eu", workload("web", {"web": ("shop/web:1", ONE), "proxy": ("shop/proxy:1", ONE)}))
SKEWED = [
    STAGING,
    cluster("staging-2", workload("web", {"web": ("shop/web:3", THREE), "proxy": ("shop/proxy:1", ONE)})),
]


def released(**images: str) -> list[ContainerImage]:
    return [
        ContainerImage(workload=resource("web"), container=name, init=False, image=Image.of(image))
        for name, image in images.items()
    ]
