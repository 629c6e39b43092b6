"""Allocates the addresses and node ports of Services."""

import ipaddress
import random
from collections.abc import Iterator
from typing import Any

from sandbox.errors import Cause
from sandbox.kinds.findings import invalid
from sandbox.kinds.services import WITH_NODE_PORTS, has_health_check
from sandbox.store import Object, Store

RANGE = ipaddress.ip_network("10.96.0.0/12")
NODE_PORTS = range(30000, 32768)


def allocate(store: Store, service: Object, old: Object | None) -> list[Cause]:
    """Fill in what the Service needs and has not got; says what it asks for in vain."""
    spec = service["spec"]
    problems = list(_families(spec))
    if spec["type"] == "ExternalName":
        for name in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
            spec.pop(name, None)
        return problems
    problems += _cluster_ip(store, spec, old)
    problems += _node_ports(store, service, old)
    problems += _health_check_port(store, spec, old)
    return problems


def _families(spec: dict[str, Any]) -> Iterator[Cause]:
    for index, family in enumerate(spec.get("ipFamilies") or ()):
        if family != "IPv4":
            yield invalid(f"spec.ipFamilies[{index}]", family, "not configured on this cluster")
    if spec.get("ipFamilyPolicy") == "RequireDualStack":
        yield invalid(
            "spec.ipFamilyPolicy",
            "RequireDualStack",
            "Cluster is not configured for dual-stack services",
        )


def _others(store: Store, old: Object | None) -> list[dict[str, Any]]:
    uid = old["metadata"]["uid"] if old else None
    return [e.object["spec"] for e in store.select("", "services") if e.object["metadata"]["uid"] != uid]


def _cluster_ip(store: Store, spec: dict[str, Any], old: Object | None) -> Iterator[Cause]:
    asked = spec.get("clusterIP") or next(iter(spec.get("clusterIPs") or ()), "")
    had = old["spec"].get("clusterIP") if old else None
    spec.setdefault("ipFamilies", ["IPv4"])
    spec.setdefault("ipFamilyPolicy", "SingleStack")
    if asked and asked not in {had, "None"}:
        problem = ""
        if ipaddress.ip_address(asked) not in RANGE:
            problem = "the provided network does not match the current range"
        elif any(asked in (s.get("clusterIPs") or ()) for s in _others(store, old)):
            problem = "provided IP is already allocated"
        if problem:
            yield invalid("spec.clusterIPs", [asked], f"failed to allocate IP {asked}: {problem}")
    if not asked:
        taken = {ip for s in _others(store, old) for ip in s.get("clusterIPs") or ()}
        asked = next(ip for ip in _random_addresses() if ip not in taken)
    spec["clusterIP"] = asked
    if not spec.get("clusterIPs"):
        spec["clusterIPs"] = [asked]


def _random_addresses() -> Iterator[str]:
    """Addresses of the range in no order; the first few are the cluster's own."""
    first = int(RANGE.network_address)
    while True:
        yield str(ipaddress.ip_address(first + random.randrange(256, RANGE.num_addresses - 1)))  # noqa: S311 - no secret


def _node_ports(store: Store, service: Object, old: Object | None) -> Iterator[Cause]:
    spec = service["spec"]
    wants = spec["type"] == "NodePort" or (
        spec["type"] == "LoadBalancer" and spec.get("allocateLoadBalancerNodePorts", True)
    )
    if spec["type"] not in WITH_NODE_PORTS:
        return
    had = {p.get("nodePort") for p in (old["spec"].get("ports") or ())} if old else set()
    taken = set(_taken_ports(store, old))
    for index, port in enumerate(spec.get("ports") or ()):
        number = port.get("nodePort")
        if number and number not in had:
            if number not in NODE_PORTS:
                yield invalid(
                    f"spec.ports[{index}].nodePort",
                    number,
                    "provided port is not in the valid range. The range of valid ports is 30000-32767",
                )
            elif number in taken:
                yield invalid(f"spec.ports[{index}].nodePort", number, "provided port is already allocated")
        elif not number and wants:
            port["nodePort"] = random.choice([n for n in NODE_PORTS if n not in taken])  # noqa: S311 - no secret
        taken.add(port.get("nodePort"))


def _taken_ports(store: Store, old: Object | None) -> Iterator[Any]:
    for spec in _others(store, old):
        yield from (port.get("nodePort") for port in spec.get("ports") or ())
        yield spec.get("healthCheckNodePort")


def _health_check_port(store: Store, spec: dict[str, Any], old: Object | None) -> Iterator[Cause]:
    if not has_health_check(spec):
        return
    number, had = spec.get("healthCheckNodePort"), old["spec"].get("healthCheckNodePort") if old else None
    taken = {*_taken_ports(store, old), *(port.get("nodePort") for port in spec.get("ports") or ())}
    if not number:
        spec["healthCheckNodePort"] = random.choice([n for n in NODE_PORTS if n not in taken])  # noqa: S311 - no secret
    elif number != had and number in taken:
        yield invalid("spec.healthCheckNodePort", number, "provided port is already allocated")
