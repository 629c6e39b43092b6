"""What goes beyond the baseline level of Kubernetes' Pod Security Standards, wherever an object holds pods. Pure.

The fields and their allowed values are those of https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline
as of Kubernetes 1.36, newest list of each control (staging/src/k8s.io/pod-security-admission/policy). The fields are
looked for by name, in all containers (init and ephemeral ones, too) and at any depth: operators' resources hold pod
templates, and parts of them, in places of their own (https://prometheus-operator.dev/docs/api-reference/api/).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from domain.dangers import Danger
from domain.resources import Manifest
from services.planning.dangers.found import FoundDanger
from services.planning.objects.workloads import is_workload

# Added capabilities that the baseline level allows.
CAPABILITIES = frozenset(
    {
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    }
)
SYSCTLS = frozenset(
    {
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ping_group_range",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_rmem",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.tcp_wmem",
    }
)
SELINUX_TYPES = frozenset({"", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"})
_PROFILES = frozenset({"RuntimeDefault", "Localhost"})
_HOST_NAMESPACES = {
    "hostNetwork": "uses the node's network",
    "hostPID": "sees all processes of the node",
    "hostIPC": "shares the node's memory segments",
}
_APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
_SECCOMP = ("seccomp.security.alpha.kubernetes.io/pod", "container.seccomp.security.alpha.kubernetes.io/")
_CONFINED = ("runtime/default", "docker/default", "localhost/")
_CONTEXTS = ("securityContext", "podSecurityContext", "containerSecurityContext")
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
# https://kubernetes.io/docs/tasks/administer-cluster/guaranteed-scheduling-critical-addon-pods/
_SYSTEM_PRIORITY = "system-"

Fields = Mapping[str, Any]


def dangers_of_pods(manifest: Manifest) -> Iterator[FoundDanger]:
    """The dangers of all pods that the object is, or makes: of workloads, and of every resource of another group."""
    if not manifest.kind.group and not is_workload(manifest.kind):
        return
    # A stack and not recursion: how deep an object nests is its author's choice.
    waiting: list[tuple[Any, str]] = [(manifest.body.get("spec"), "spec")]
    if manifest.kind.name == "Pod" and not manifest.kind.group:
        waiting.append(({"annotations": dict(manifest.annotations)}, "metadata"))
    while waiting:
        value, path = waiting.pop()
        if isinstance(value, dict):
            yield from _of_fields(value, path)
            waiting += [(each, f"{path}.{key}") for key, each in value.items()]
        elif isinstance(value, list):
            waiting += [(each, f"{path}[{_name(each, index)}]") for index, each in enumerate(value)]


def _name(item: Any, index: int) -> str:
    name = item.get("name") if isinstance(item, dict) else None
    return name if isinstance(name, str) and name else str(index)


def _of_fields(fields: Fields, path: str) -> Iterator[FoundDanger]:
    """The dangers that stand in this mapping itself, whether it is a pod, a container, a volume or a port."""
    yield from _of_node(fields, path)
    for name in _CONTEXTS:
        yield from _of_context(_fields(fields, name), f"{path}.{name}")
    for name in _PROBES:
        yield from _of_handler(_fields(fields, name), f"{path}.{name}")
    lifecycle = _fields(fields, "lifecycle")
    for name in ("postStart", "preStop"):
        yield from _of_handler(_fields(lifecycle, name), f"{path}.lifecycle.{name}")
    yield from _of_annotations(_fields(fields, "annotations"), f"{path}.annotations")
    priority = fields.get("priorityClassName")
    if isinstance(priority, str) and priority.startswith(_SYSTEM_PRIORITY):
        what = f"evicts other pods as {priority}"
        yield FoundDanger(danger=Danger.SYSTEM_PRIORITY, path=f"{path}.priorityClassName", what=what)


def _of_node(fields: Fields, path: str) -> Iterator[FoundDanger]:
    """What is the node's: its namespaces, its files, its ports."""

    def found(field: str, what: str) -> FoundDanger:
        return FoundDanger(danger=Danger.PRIVILEGED_PODS, path=f"{path}.{field}", what=what)

    for field, what in _HOST_NAMESPACES.items():
        if fields.get(field) is True:
            yield found(field, what)
    host_path = fields.get("hostPath")
    if isinstance(host_path, dict):
        yield found("hostPath", f"mounts {host_path.get('path') or 'a path'} of the node")
    port = fields.get("hostPort")
    if isinstance(port, int) and not isinstance(port, bool) and port != 0:
        yield found("hostPort", f"takes port {port} of the node")


def _of_context(context: Fields, path: str) -> Iterator[FoundDanger]:
    def found(field: str, what: str) -> FoundDanger:
        return FoundDanger(danger=Danger.PRIVILEGED_PODS, path=f"{path}.{field}", what=what)

    if context.get("privileged") is True:
        yield found("privileged", "runs as privileged")
    added = _list(_fields(context, "capabilities").get("add"))
    beyond = sorted({str(each).upper().removeprefix("CAP_") for each in added} - CAPABILITIES)
    if beyond:
        yield found("capabilities.add", f"adds the capabilities {', '.join(beyond)}")
    if _fields(context, "windowsOptions").get("hostProcess") is True:
        yield found("windowsOptions.hostProcess", "runs as a process of the Windows node")
    selinux = _fields(context, "seLinuxOptions")
    if selinux.get("user") or selinux.get("role") or str(selinux.get("type") or "") not in SELINUX_TYPES:
        given = ", ".join(f"{key} {selinux[key]}" for key in ("type", "user", "role") if selinux.get(key))
        yield found("seLinuxOptions", f"sets SELinux {given}")
    if context.get("procMount") not in {None, "Default"}:
        yield found("procMount", f"mounts /proc as {context['procMount']}")
    for field, of in (("seccompProfile", "seccomp"), ("appArmorProfile", "AppArmor")):
        kind = _fields(context, field).get("type")
        if kind is not None and kind not in _PROFILES:
            yield found(f"{field}.type", f"runs {kind} by {of}")
    unsafe = sorted({str(_name(each, 0)) for each in _list(context.get("sysctls"))} - SYSCTLS)
    if unsafe:
        yield found("sysctls", f"sets {', '.join(unsafe)} in the node's kernel")


def _of_handler(handler: Fields, path: str) -> Iterator[FoundDanger]:
    """A probe or a hook to another host: the kubelet calls it from the node (baseline since Kubernetes 1.34)."""
    for field in ("httpGet", "tcpSocket"):
        host = _fields(handler, field).get("host")
        if host:
            what = f"makes the node call {host}"
            yield FoundDanger(danger=Danger.PRIVILEGED_PODS, path=f"{path}.{field}.host", what=what)


def _of_annotations(annotations: Fields, path: str) -> Iterator[FoundDanger]:
    """The spelling of both kinds of profile before Kubernetes 1.30 and 1.19; a server of today reads AppArmor's."""
    for key, value in annotations.items():
        profile = str(value)
        if not profile or not str(key).startswith((_APPARMOR, *_SECCOMP)) or profile.startswith(_CONFINED):
            continue
        of = "AppArmor" if str(key).startswith(_APPARMOR) else "seccomp"
        yield FoundDanger(danger=Danger.PRIVILEGED_PODS, path=f"{path}[{key}]", what=f"runs {profile} by {of}")


def _fields(fields: Fields, name: str) -> Fields:
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
