"""Endpoints and EndpointSlices: the addresses of the pods behind a Service, and which of them are ready.

A Service without a selector is left alone: its owner writes the endpoints. There is one slice for each Service; a real
cluster starts another after a hundred pods.
"""

from collections.abc import Iterator
from typing import Any

from sandbox.controllers.conditions import is_true
from sandbox.controllers.templates import is_finished, is_terminating, owner_reference
from sandbox.controllers.world import Topic, World
from sandbox.store import Object, thaw

_RECOUNT = 0.5
_MANAGED = {"endpoints.kubernetes.io/managed-by": "endpoint-controller"}
_SLICE_MANAGED = {"endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"}
_HEADLESS = "service.kubernetes.io/headless"
_TRIGGERED = "endpoints.kubernetes.io/last-change-trigger-time"


def reconcile(world: World, service: Object) -> None:
    """Say where the pods of a Service are, again after each change of a pod."""
    spec, metadata = service["spec"], service["metadata"]
    if not spec.get("selector") or spec["type"] == "ExternalName" or "deletionTimestamp" in metadata:
        return
    namespace = metadata["namespace"]
    world.wait_for(service, Topic("pods", namespace), delay=_RECOUNT)
    pods = [p for p in world.select("pods", namespace) if _stands_behind(p, spec["selector"])]
    _write_endpoints(world, service, pods)
    _write_slice(world, service, pods)


def reconcile_endpoints(world: World, endpoints: Object) -> None:
    """Endpoints have no owner: the controller that made them takes them away once their Service is gone."""
    metadata = endpoints["metadata"]
    if not _MANAGED.items() <= (metadata.get("labels") or {}).items():
        return
    if world.get("services", metadata["name"], metadata["namespace"]) is None:
        world.delete(endpoints)
    else:
        world.wait_for(endpoints, Topic("services", metadata["namespace"], metadata["name"]))


def _stands_behind(pod: Object, selector: dict[str, str]) -> bool:
    labels = pod["metadata"].get("labels") or {}
    return selector.items() <= labels.items() and not is_finished(pod) and "podIP" in (pod.get("status") or {})


def _write_endpoints(world: World, service: Object, pods: list[Object]) -> None:
    name, namespace = service["metadata"]["name"], service["metadata"]["namespace"]
    metadata: Object = {"name": name, "namespace": namespace, "labels": _labels(service) | _MANAGED}
    listening = [p for p in pods if not is_terminating(p)]
    if changed := max((c for p in listening if (c := _changed(p))), default=""):
        metadata["annotations"] = {_TRIGGERED: changed}
    desired: Object = {"apiVersion": "v1", "kind": "Endpoints", "metadata": metadata}
    if subsets := list(_subsets(service, listening)):
        desired["subsets"] = subsets
    present = world.get("endpoints", name, namespace)
    if present is None:
        world.create(desired)
    elif present.get("subsets") != desired.get("subsets") or present["metadata"].get("labels") != metadata["labels"]:
        world.update(desired | {"metadata": thaw(present["metadata"]) | metadata})


def _write_slice(world: World, service: Object, pods: list[Object]) -> None:
    metadata = service["metadata"]
    labels = _labels(service) | _SLICE_MANAGED | {"kubernetes.io/service-name": metadata["name"]}
    content: Object = {
        "addressType": "IPv4",
        "endpoints": [_endpoint(service, pod) for pod in pods] or None,
        "ports": _ports(service, pods[0], named=True) if pods else None,
    }
    present = next(iter(world.controlled(service, "endpointslices")), None)
    if present is None:
        made = {
            "generateName": f"{metadata['name']}-",
            "namespace": metadata["namespace"],
            "labels": labels,
            "ownerReferences": [owner_reference(service)],
        }
        world.create({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": made, **content})
    elif any(present.get(part) != content[part] for part in content) or present["metadata"].get("labels") != labels:
        world.update({**thaw(present), **content, "metadata": thaw(present["metadata"]) | {"labels": labels}})


def _labels(service: Object) -> dict[str, str]:
    labels = dict(service["metadata"].get("labels") or {})
    return labels | {_HEADLESS: ""} if service["spec"].get("clusterIP") == "None" else labels


def _changed(pod: Object) -> str:
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return next((c.get("lastTransitionTime", "") for c in conditions if c["type"] == "Ready"), "")


def _subsets(service: Object, pods: list[Object]) -> Iterator[Object]:
    """Pods that listen at the same ports, ready and not yet ready ones apart."""
    by_ports: dict[str, Object] = {}
    for pod in pods:
        ports = _ports(service, pod, named=False)
        subset = by_ports.setdefault(repr(ports), {"ports": ports} if ports else {})
        ready = is_true(pod, "Ready") or service["spec"].get("publishNotReadyAddresses")
        address = {"ip": pod["status"]["podIP"], "nodeName": pod["spec"].get("nodeName"), "targetRef": _reference(pod)}
        subset.setdefault("addresses" if ready else "notReadyAddresses", []).append(address)
    yield from by_ports.values()


def _endpoint(service: Object, pod: Object) -> Object:
    ready, leaving = is_true(pod, "Ready"), is_terminating(pod)
    shown = (ready and not leaving) or bool(service["spec"].get("publishNotReadyAddresses"))
    return {
        "addresses": [pod["status"]["podIP"]],
        "conditions": {"ready": shown, "serving": ready, "terminating": leaving},
        "nodeName": pod["spec"].get("nodeName"),
        "targetRef": _reference(pod),
    }


def _reference(pod: Object) -> dict[str, str]:
    metadata = pod["metadata"]
    return {"kind": "Pod", "namespace": metadata["namespace"], "name": metadata["name"], "uid": metadata["uid"]}


def _ports(service: Object, pod: Object, *, named: bool) -> list[dict[str, Any]]:
    """Where a pod listens; slices name a port even if its name is empty."""
    found = []
    for port in service["spec"].get("ports") or ():
        number = _number(pod, port["targetPort"], port["protocol"])
        if number:
            name = {"name": port.get("name", "")} if named or port.get("name") else {}
            found.append({**name, "port": number, "protocol": port["protocol"]})
    return found


def _number(pod: Object, target: int | str, protocol: str) -> int | None:
    """A target port by number, or by the name that a container gives it."""
    if isinstance(target, int):
        return target
    ports = (p for c in pod["spec"]["containers"] for p in c.get("ports") or ())
    return next((p["containerPort"] for p in ports if p.get("name") == target and p["protocol"] == protocol), None)
