"""Which section a field belongs to, and how many things of each section an object has. Pure."""

import re
from collections.abc import Iterator, Mapping

from domain.resources import Kind, Manifest
from services.planning.comparing.values import ComparisonSection
from services.planning.objects.identity import kind_name
from services.planning.objects.paths import below
from services.planning.objects.reference_values import CONFIG_MAP, SECRET
from services.planning.objects.workloads import Container, containers, is_workload

HOSTS_PATH = "hosts"  # of all the members in which an object names hosts, together

_DATA = re.compile(r"^(?:data|binaryData)(?:\.|\[)")
_CONTAINER = re.compile(r"\b(?:containers|initContainers)\[[^\]]*\]\.(?P<member>[A-Za-z]+)")
_OF_CONTAINERS: Mapping[str, ComparisonSection] = {
    "image": ComparisonSection.IMAGES,
    "env": ComparisonSection.VARIABLES,
    "envFrom": ComparisonSection.VARIABLES,
    "resources": ComparisonSection.LIMITS,
    "livenessProbe": ComparisonSection.PROBES,
    "readinessProbe": ComparisonSection.PROBES,
    "startupProbe": ComparisonSection.PROBES,
}
_PROBES = tuple(member for member, section in _OF_CONTAINERS.items() if section is ComparisonSection.PROBES)
# The members that say how many pods there are: of workloads, and of autoscalers.
_REPLICAS: Mapping[str, tuple[str, ...]] = {
    "HorizontalPodAutoscaler.autoscaling": ("minReplicas", "maxReplicas"),
    "ScaledObject.keda.sh": ("minReplicaCount", "maxReplicaCount", "idleReplicaCount"),
}


def section_of(kind: Kind, path: str) -> ComparisonSection:
    """The section of a field; an object as a whole (an empty path) is in that of its kind."""
    if (kind.group, kind.name) == SECRET:
        return ComparisonSection.SECRETS
    if (kind.group, kind.name) == CONFIG_MAP:
        return ComparisonSection.CONFIG_MAPS
    if path == HOSTS_PATH:
        return ComparisonSection.HOSTS
    if path in _replica_paths(kind):
        return ComparisonSection.REPLICAS
    in_container = _CONTAINER.search(path) if is_workload(kind) else None
    return (
        _OF_CONTAINERS.get(in_container["member"], ComparisonSection.OTHER) if in_container else ComparisonSection.OTHER
    )


def data_key(kind: Kind, path: str) -> str | None:
    """The key of a ConfigMap or Secret that the path leads to."""
    if (kind.group, kind.name) not in {CONFIG_MAP, SECRET} or not _DATA.match(path):
        return None
    return path.partition(".")[2] if "[" not in path else path.partition("[")[2].removesuffix("]")


def units_of(manifest: Manifest, hosts: tuple[str, ...]) -> Iterator[tuple[ComparisonSection, str]]:
    """The things of an object that are counted, by section and path: keys, variables, probes and so on.

    A ConfigMap and a Secret count by their keys; any other object counts itself, among the rest.
    """
    kind = manifest.kind
    own = section_of(kind, "")
    if own is ComparisonSection.OTHER:
        yield ComparisonSection.OTHER, ""
    else:
        yield from (
            (own, below(field, key)) for field in ("data", "binaryData") for key in manifest.body.get(field) or {}
        )
    yield from (
        (ComparisonSection.REPLICAS, path) for path in _replica_paths(kind) if path.rpartition(".")[2] in manifest.spec
    )
    if hosts:
        yield ComparisonSection.HOSTS, HOSTS_PATH
    for container in containers(manifest):
        yield from _units_of_container(container)


def _units_of_container(container: Container) -> Iterator[tuple[ComparisonSection, str]]:
    if container.body.get("resources"):
        yield ComparisonSection.LIMITS, f"{container.path}.resources"
    yield from ((ComparisonSection.PROBES, f"{container.path}.{probe}") for probe in _PROBES if probe in container.body)
    for variable in container.body.get("env") or ():
        if isinstance(variable, dict):
            yield ComparisonSection.VARIABLES, f"{container.path}.env[{variable.get('name')}]"


def _replica_paths(kind: Kind) -> tuple[str, ...]:
    members = _REPLICAS.get(kind_name(kind), ("replicas",))
    return tuple(f"spec.{member}" for member in members)
