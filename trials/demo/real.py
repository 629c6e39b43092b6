"""The demo on real clusters: an application of its own in namespaces of its own, which are deleted at the end.

The first kubeconfig is Development, the second Staging; Production has all clusters but the first.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import yaml

from trials.demo.display import ClusterLines, heading, line
from trials.demo.journey import Route
from trials.demo.steps import DemoError
from trials.direct import DirectCluster
from trials.service import Document, Service, ServiceError

_IMAGE = "registry.k8s.io/pause:3.9"  # small, public, and has a 3.10
_STAGES = ("development", "staging", "production")


@asynccontextmanager
async def own_stage(service: Service, kubeconfigs: Sequence[Path]) -> AsyncIterator[Route]:
    """Clusters, environments and an application of the demo's own, which are removed at the end in any case."""
    tag = secrets.token_hex(3)
    namespaces = {stage: f"stagecoach-demo-{tag}-{stage}" for stage in _STAGES}
    async with AsyncExitStack() as stack:
        clusters = [await stack.enter_async_context(DirectCluster(path)) for path in kubeconfigs]
        made: list[str] = []
        try:
            yield await _register(service, tag, clusters, namespaces, made)
        finally:
            heading("Cleaning up")
            await asyncio.gather(*(cluster.remove_namespaces(list(namespaces.values())) for cluster in clusters))
            for path in reversed(made):
                await _delete(service, path)
            line(f"the namespaces stagecoach-demo-{tag}-… are being deleted; nothing else was changed")


async def _register(
    service: Service, tag: str, clusters: list[DirectCluster], namespaces: dict[str, str], made: list[str]
) -> Route:
    heading("Setting up on your clusters")
    names = [f"demo-{tag}-{number + 1}" for number in range(len(clusters))]
    for name, cluster in zip(names, clusters, strict=True):
        found = await service.post(
            "clusters", {"name": name, "credential": {"type": "kubeconfig", "kubeconfig": cluster.text}}
        )
        made.append(f"clusters/{name}")
        line(f"{name}: {found['server']} runs Kubernetes {found['server_version']}")
    environments = {stage: f"demo-{tag}-{stage}" for stage in _STAGES}
    for stage, used in zip(_STAGES, (names[:1], names[1:2], names[1:]), strict=True):
        await service.post(
            "environments", {"name": environments[stage], "clusters": used, "namespaces": [namespaces[stage]]}
        )
        made.append(f"environments/{environments[stage]}")
    application = f"demo-{tag}"
    await service.post("applications", {"name": application})
    made.append(f"applications/{application}")
    await _configure(service, application, environments["development"], namespaces["development"])
    return Route(
        application=application,
        development=environments["development"],
        staging=environments["staging"],
        production=environments["production"],
        namespaces={environments[stage]: namespaces[stage] for stage in _STAGES},
        images=(("web", "web"),),
        overrides={
            environments["staging"]: _overrides("staging", host="web.development.example", replicas=1),
            environments["production"]: _overrides("production", host="web.staging.example", replicas=2),
        },
    )


async def _configure(service: Service, application: str, environment: str, namespace: str) -> None:
    heading(f"Configure {application} in {environment}")
    path = f"applications/{application}/environments/{environment}/configure"
    body: Document = {
        "namespace": namespace,
        "workloads": [
            {
                "name": "web",
                "replicas": 1,
                "grace_seconds": 5,
                "containers": [
                    {
                        "name": "web",
                        "image": _IMAGE,
                        "ports": [{"name": "http", "container_port": 8080, "service_port": 80}],
                        "env_from_config_maps": ["settings"],
                        "env_from_secrets": ["database"],
                    }
                ],
            }
        ],
        "config_maps": [{"name": "settings", "data": {"ENVIRONMENT": "development", "LOG_LEVEL": "debug"}}],
        "secrets": [{"name": "database", "data": {"password": secrets.token_urlsafe(18)}}],
        "manifests": yaml.safe_dump(_ingress()),
    }
    operation = await service.post(path, body)
    lines = ClusterLines([entry["cluster"] for entry in operation["clusters"]])
    if await lines.follow(service.events(operation["id"])) != "succeeded":
        raise DemoError("The example could not be configured on the first cluster. The cluster's line above says why.")


def _ingress() -> Document:
    backend = {"service": {"name": "web", "port": {"name": "http"}}}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "web"},
        "spec": {
            "rules": [
                {
                    "host": "web.development.example",
                    "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]},
                }
            ]
        },
    }


def _overrides(stage: str, *, host: str, replicas: int) -> Document:
    return {
        "config_maps": {"settings": {"ENVIRONMENT": stage}},
        "secrets": {"database": {"password": secrets.token_urlsafe(18)}},
        "replicas": {"Deployment/web": replicas},
        "ingress_hosts": {host: f"web.{stage}.example"},
    }


async def _delete(service: Service, path: str) -> None:
    try:
        await service.delete(path)
    except ServiceError as error:
        line(f"could not delete {path}: {error}")
