"""What ties a source object to the addresses and nodes of its cluster, and is left out or not copied. Pure."""

from collections.abc import Iterator
from typing import Any

from domain.problems import Problem, Severity
from domain.resources import Manifest
from services.planning.copying.node_ports import is_asked_for
from services.planning.copying.notes_of_kinds import DATA_NOT_COPIED
from services.planning.objects import paths
from services.planning.objects.identity import kind_name
from services.planning.objects.workloads import pod_spec, template_path

# Directories that every node has, with what belongs to the node: agents read these.
_OF_EVERY_NODE = (
    "/boot",
    "/dev",
    "/etc",
    "/lib/modules",
    "/opt/cni",
    "/proc",
    "/run",
    "/sys",
    "/usr",
    "/var/lib/cni",
    "/var/lib/containerd",
    "/var/lib/docker",
    "/var/lib/kubelet",
    "/var/log",
    "/var/run",
)


def notes_on_places(manifest: Manifest) -> Iterator[Problem]:
    """The warnings about addresses, address families and nodes, all of severity `warns`, without a cluster."""
    if kind_name(manifest.kind) == "Service":
        yield from _of_addresses(manifest)
    spec, steps = pod_spec(manifest), template_path(manifest.kind)
    if spec is None or steps is None:
        return
    root = ".".join((*steps, "spec"))
    if steps and spec.get("nodeName"):  # of a Pod, the scheduler wrote it
        yield _note(
            "node-left-out",
            f"{manifest.id.label} is pinned to node {spec['nodeName']} of the source, and its copy is not: the "
            "scheduler chooses.",
            manifest,
            f"{root}.nodeName",
        )
    for volume in spec.get("volumes") or ():
        path = paths.value(volume, "hostPath.path")
        if isinstance(path, str) and not _is_of_every_node(path):
            yield _note(
                DATA_NOT_COPIED,
                f"{manifest.id.label} mounts {path} of its node (hostPath): what the source's nodes have there is not "
                "copied.",
                manifest,
                f"{root}.volumes[{volume.get('name')}]",
            )


def _of_addresses(manifest: Manifest) -> Iterator[Problem]:
    spec = manifest.spec
    asked: list[Any] = [spec["loadBalancerIP"]] if spec.get("loadBalancerIP") else []
    asked += spec.get("externalIPs") or ()
    if asked:
        yield _note(
            "addresses-left-out",
            f"{manifest.id.label} has the addresses {', '.join(map(str, asked))} in the source, which its copy does "
            "not ask for: set those of the target there.",
            manifest,
            "spec.loadBalancerIP" if spec.get("loadBalancerIP") else "spec.externalIPs",
        )
    if spec.get("ipFamilies") and is_asked_for(manifest, "spec.ipFamilies"):
        yield _note(
            "address-families-left-out",
            f"{manifest.id.label} asks for {', '.join(map(str, spec['ipFamilies']))} addresses in the source; its copy "
            "gets those that the target gives by default.",
            manifest,
            "spec.ipFamilies",
        )


def _is_of_every_node(path: str) -> bool:
    plain = path.rstrip("/")
    return not plain or any(plain == each or plain.startswith(each + "/") for each in _OF_EVERY_NODE)


def _note(code: str, detail: str, manifest: Manifest, field: str) -> Problem:
    return Problem(code=code, severity=Severity.WARNS, detail=detail, resource=manifest.id, field=field)
