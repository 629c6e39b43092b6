"""Warnings about a source object that do not block its copy. Pure."""

from collections.abc import Iterator

from domain.problems import Problem, Severity
from domain.resources import Manifest
from services.planning.copying.strip_rules import EXTERNAL_ANNOTATIONS, INJECTED_CONTAINERS
from services.planning.objects import paths
from services.planning.objects.identity import kind_name
from services.planning.objects.owners import matches, owner_of
from services.planning.objects.workloads import containers

_BUILT_IN_GROUPS = frozenset({"", "apps", "batch", "autoscaling", "policy", "extensions"})


def notes_on(manifest: Manifest) -> Iterator[Problem]:
    """The warnings about a source object, all of severity `warns`, without a cluster."""
    owner = owner_of(manifest)
    if owner is not None and not owner.controller:
        yield _note(
            "source-managed",
            f"{manifest.id.label} is managed by {owner.tool} in the source; the copy has none of its marks.",
            manifest,
            "metadata",
        )
    for name in manifest.annotations:
        what = next((text for pattern, text in EXTERNAL_ANNOTATIONS.items() if matches(pattern, name)), None)
        if what is not None:
            yield _note(
                "names-outside-cluster",
                f"{manifest.id.label} names {what} outside the cluster ({name}), which the copy would share.",
                manifest,
                paths.below("metadata.annotations", name),
            )
    for container in containers(manifest):
        if container.name in INJECTED_CONTAINERS:
            yield _note(
                "injected-container",
                f"{manifest.id.label} has the injected container {container.name} in its template, which is tied to "
                "the service mesh or agent of the source.",
                manifest,
                container.path,
            )
    yield from _of_kind(manifest)


def _of_kind(manifest: Manifest) -> Iterator[Problem]:
    spec = manifest.spec
    match kind_name(manifest.kind):
        case "Deployment.apps" if spec.get("paused"):
            yield _note(
                "paused",
                f"{manifest.id.label} is paused, so its rollout will not complete until it is resumed.",
                manifest,
                "spec.paused",
            )
        case "StatefulSet.apps" if spec.get("volumeClaimTemplates"):
            yield _note(
                "data-not-copied",
                f"{manifest.id.label} gets new, empty volumes: data is never copied.",
                manifest,
                "spec.volumeClaimTemplates",
            )
        case "PersistentVolumeClaim":
            yield _note(
                "data-not-copied",
                f"{manifest.id.label} gets a new, empty volume: data is never copied.",
                manifest,
                "spec",
            )
        case "Service":
            yield from _of_service(manifest)
        case _ if _is_custom(manifest):
            yield _note(
                "references-unknown",
                f"{manifest.id.label} is a custom resource: its references are not known and are not checked.",
                manifest,
                "spec",
            )
        case _:
            pass


def _of_service(manifest: Manifest) -> Iterator[Problem]:
    spec = manifest.spec
    if not spec.get("selector") and spec.get("type") != "ExternalName":
        yield _note(
            "service-without-selector",
            f"{manifest.id.label} has no selector: it needs Endpoints or EndpointSlices of its own.",
            manifest,
            "spec.selector",
        )
    if spec.get("loadBalancerClass"):
        yield _note(
            "load-balancer-class",
            f"{manifest.id.label} requests a load balancer of class {spec['loadBalancerClass']}.",
            manifest,
            "spec.loadBalancerClass",
        )


def _is_custom(manifest: Manifest) -> bool:
    group = manifest.kind.group
    return group not in _BUILT_IN_GROUPS and not group.endswith(".k8s.io")


def _note(code: str, detail: str, manifest: Manifest, field: str) -> Problem:
    return Problem(code=code, severity=Severity.WARNS, detail=detail, resource=manifest.id, field=field)
