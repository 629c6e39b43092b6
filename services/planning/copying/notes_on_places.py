"""What ties a source object to the addresses and nodes of its cluster, and is left out or not copied. Pure."""

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
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
# Volumes in a pod's own specification that lead to storage outside of the cluster, and the members that say where
# (https://kubernetes.io/docs/concepts/storage/volumes/).
_SHARED: Mapping[str, tuple[str, ...]] = {
    "awsElasticBlockStore": ("volumeID",),
    "azureDisk": ("diskName",),
    "azureFile": ("shareName",),
    "cephfs": ("monitors", "path"),
    "cinder": ("volumeID",),
    "fc": ("targetWWNs", "wwids"),
    "flexVolume": ("driver",),
    "gcePersistentDisk": ("pdName",),
    "glusterfs": ("endpoints", "path"),
    "iscsi": ("targetPortal", "iqn"),
    "nfs": ("server", "path"),
    "portworxVolume": ("volumeID",),
    "quobyte": ("registry", "volume"),
    "rbd": ("monitors", "image"),
    "scaleIO": ("gateway", "volumeName"),
    "vsphereVolume": ("volumePath",),
}
_SHARED_DRIVERS = frozenset({"nfs.csi.k8s.io", "smb.csi.k8s.io", "file.csi.azure.com", "efs.csi.aws.com"})


def notes_on_places(manifest: Manifest) -> Iterator[Problem]:
    """The warnings about addresses, address families and nodes, all of severity `warns`, without a cluster."""
    if kind_name(manifest.kind) == "Service":
        yield from _of_addresses(manifest)
    yield from _of_claims(manifest)
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
    yield from _of_storage(manifest, spec.get("volumes") or (), root)
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


def _of_storage(manifest: Manifest, volumes: Iterable[Any], root: str) -> Iterator[Problem]:
    """Volumes that the copy would mount as well: two applications that write the same data."""
    for volume in volumes:
        kind = next((each for each in _SHARED if isinstance(volume.get(each), dict)), None)
        if kind is not None:
            said = (volume[kind].get(member) for member in _SHARED[kind])
            what = " ".join((kind, *(", ".join(map(str, s)) if isinstance(s, list) else str(s) for s in said if s)))
        elif (driver := paths.value(volume, "csi.driver")) in _SHARED_DRIVERS:
            what = str(driver)
        else:
            continue
        yield _note(
            "storage-shared",
            f"{manifest.id.label} mounts storage from outside of the cluster ({what}), which its copy mounts as well: "
            "both would use the same data. Change the volume in the target.",
            manifest,
            f"{root}.volumes[{volume.get('name')}]",
        )


def _of_claims(manifest: Manifest) -> Iterator[Problem]:
    """Claims that only a volume with certain labels can serve, which somebody has made for the source."""
    if kind_name(manifest.kind) == "PersistentVolumeClaim":
        found = [("spec.selector", manifest.spec.get("selector"))]
    elif kind_name(manifest.kind) == "StatefulSet.apps":
        selectors = paths.values(manifest.body, "spec.volumeClaimTemplates[].spec.selector")
        found = [("spec.volumeClaimTemplates", each) for each in selectors]
    else:
        return
    for field, selector in found:
        if selector:
            yield _note(
                "volume-by-label",
                f"{manifest.id.label} asks for a PersistentVolume by its labels: where the target has none with them, "
                "the claim stays Pending.",
                manifest,
                field,
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
