"""What ties a source object to the addresses and nodes of its cluster, and is left out or not copied. Pure."""

import ipaddress
from collections.abc import Iterator, Mapping
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
    yield from _of_names(manifest, spec, root)
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


def _of_names(manifest: Manifest, spec: Mapping[str, Any], root: str) -> Iterator[Problem]:
    """Addresses that pods have for names, and servers that they ask: those of the source's network."""
    aliases = [each for each in spec.get("hostAliases") or () if isinstance(each, dict) and _leads_away(each.get("ip"))]
    servers = [each for each in paths.value(spec, "dnsConfig.nameservers") or () if _leads_away(each)]
    for found, field in ((aliases, "hostAliases"), (servers, "dnsConfig.nameservers")):
        if found:
            named = (f"{each['ip']} for {', '.join(each.get('hostnames') or ())}" for each in aliases)
            listed = ", ".join(named if found is aliases else map(str, servers))
            yield _note(
                "addresses-of-names",
                f"The pods of {manifest.id.label} use fixed addresses ({field}: {listed}), which may be others in the "
                "target's network.",
                manifest,
                f"{root}.{field}",
            )


def _leads_away(address: object) -> bool:
    """Not so a loopback address, by which pods are kept from reaching a name."""
    try:
        return not ipaddress.ip_address(str(address)).is_loopback
    except ValueError:
        return False


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
