"""Whether the target's namespace refuses the pods of a copied workload by its Pod Security level. Pure.

The level is enforced on pods alone: the API server takes the workload, and its controller fails to create pods
(https://kubernetes.io/docs/concepts/security/pod-security-admission/#workload-resources-and-pod-templates). The rules
are those of https://kubernetes.io/docs/concepts/security/pod-security-standards/.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from domain.dangers import Danger
from domain.problems import Problem, Severity
from domain.resources import Manifest
from services.planning.copying.checks import CopyTarget, problem
from services.planning.copying.facts import NamespaceState
from services.planning.dangers.pod_security import dangers_of_pods
from services.planning.objects import paths
from services.planning.objects.workloads import containers, is_workload, pod_spec

_ENFORCE = "pod-security.kubernetes.io/enforce"
_VOLUMES = frozenset(
    {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image"}
    | {"persistentVolumeClaim", "projected", "secret"}
)
_PROFILES = frozenset({"RuntimeDefault", "Localhost"})
_ADDED = frozenset({"NET_BIND_SERVICE"})
_MOST_NAMED = 4


def admission_problems(target: CopyTarget, manifest: Manifest) -> Iterator[Problem]:
    """One warning with everything in the workload's pods that the namespace's level forbids."""
    level = _level(target)
    if level not in {"baseline", "restricted"} or not is_workload(manifest.kind):
        return
    found = [
        f"{each.what} ({each.path})" for each in dangers_of_pods(manifest) if each.danger is Danger.PRIVILEGED_PODS
    ]
    if level == "restricted":
        found += _beyond_restricted(manifest)
    if found:
        more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
        yield problem(
            target,
            manifest,
            "pods-refused",
            Severity.WARNS,
            f"Namespace {target.namespace} on cluster {target.facts.cluster} enforces the pod security level {level} "
            f"and refuses the pods of {manifest.id.label}: {', '.join(found[:_MOST_NAMED])}{more}. Change the "
            f"workload, or let an administrator change the namespace's label {_ENFORCE}.",
            "spec",
        )


def _level(target: CopyTarget) -> str | None:
    """What the namespace enforces; None where it was not read, or its cluster's default decides."""
    missing = target.facts.namespace_state is NamespaceState.MISSING
    labels = target.carried_labels if missing else target.facts.namespace_labels
    return labels.get(_ENFORCE)


def _beyond_restricted(manifest: Manifest) -> Iterator[str]:
    spec = pod_spec(manifest) or {}
    pod = _context(spec)
    volumes = [each for each in spec.get("volumes") or () if isinstance(each, dict)]
    others = sorted({key for each in volumes for key in each.keys() - _VOLUMES - {"name", "hostPath"}})
    if others:
        yield f"it has volumes of type {', '.join(others)}"
    own = {container.name: _context(container.body) for container in containers(manifest)}
    windows = paths.value(spec, "os.name") == "windows"
    checks = (
        ("runAsNonRoot is not true", lambda one: _either(one, pod, "runAsNonRoot") is True, False),
        ("runAsUser is 0", lambda one: _either(one, pod, "runAsUser") != 0, False),
        ("allowPrivilegeEscalation is not false", lambda one: one.get("allowPrivilegeEscalation") is False, True),
        ("capabilities.drop lacks ALL", lambda one: "ALL" in _capabilities(one, "drop"), True),
        ("capabilities.add has others than NET_BIND_SERVICE", lambda one: _capabilities(one, "add") <= _ADDED, True),
        ("seccompProfile is not set", lambda one: _profile(one, pod) in _PROFILES, True),
    )
    for said, holds, linux_only in checks:
        failing = [name for name, context in own.items() if not holds(context)]
        if failing and not (windows and linux_only):
            yield f"{said} (container{'s' if len(failing) > 1 else ''} {', '.join(failing)})"


def _context(holder: Mapping[str, Any]) -> Mapping[str, Any]:
    context = holder.get("securityContext")
    return context if isinstance(context, dict) else {}


def _either(own: Mapping[str, Any], pod: Mapping[str, Any], field: str) -> Any:
    """A container's own value comes before its pod's."""
    return own[field] if own.get(field) is not None else pod.get(field)


def _capabilities(context: Mapping[str, Any], what: str) -> frozenset[str]:
    listed = paths.value(context, f"capabilities.{what}")
    return frozenset(str(each) for each in listed) if isinstance(listed, list) else frozenset()


def _profile(own: Mapping[str, Any], pod: Mapping[str, Any]) -> Any:
    return paths.value(own, "seccompProfile.type") or paths.value(pod, "seccompProfile.type")
