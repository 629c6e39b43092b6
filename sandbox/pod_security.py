"""Pod Security admission: refuses pods that the level of their namespace does not allow, in the words of a real server.

Level `baseline`, of which `restricted` refuses more on a real cluster (k8s.io/pod-security-admission `policy/`).
"""

from collections.abc import Iterator

from sandbox.store import Object

_ENFORCED = "pod-security.kubernetes.io/enforce"


def violation(namespace: Object, pod_spec: Object) -> str | None:
    """Why the namespace refuses a pod: `violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)`."""
    labels = namespace["metadata"].get("labels") or {}
    level = labels.get(_ENFORCED)
    if level not in {"baseline", "restricted"}:
        return None
    found = ", ".join(_baseline(pod_spec))
    version = labels.get(f"{_ENFORCED}-version", "latest")
    return f'violates PodSecurity "{level}:{version}": {found}' if found else None


def _baseline(spec: Object) -> Iterator[str]:
    shared = [field for field in ("hostNetwork", "hostPID", "hostIPC") if spec.get(field)]
    if shared:
        yield f"host namespaces ({', '.join(f'{field}=true' for field in shared)})"
    volumes = [volume["name"] for volume in spec.get("volumes") or [] if "hostPath" in volume]
    if volumes:
        yield f"hostPath volumes ({_named('volume', volumes)})"
    containers = [*(spec.get("initContainers") or []), *spec["containers"]]
    ports = {
        container["name"]: [str(port["hostPort"]) for port in container.get("ports") or [] if port.get("hostPort")]
        for container in containers
    }
    if using := [name for name, found in ports.items() if found]:
        numbers = [number for name in using for number in ports[name]]
        listed = ", ".join(numbers)
        yield f"hostPort ({_named('container', using)} uses hostPort{'s' if len(numbers) > 1 else ''} {listed})"
    privileged = [each["name"] for each in containers if (each.get("securityContext") or {}).get("privileged")]
    if privileged:
        yield f"privileged ({_named('container', privileged)} must not set securityContext.privileged=true)"


def _named(what: str, names: list[str]) -> str:
    quoted = ", ".join(f'"{name}"' for name in names)
    return f"{what}{'s' if len(names) > 1 else ''} {quoted}"
