"""Services, Ingresses, NetworkPolicies and what belongs to them. Addresses are given out in services.py."""

import ipaddress
from collections.abc import Iterator
from typing import Any

from sandbox.errors import Cause
from sandbox.kinds import formats
from sandbox.kinds.findings import IMMUTABLE, duplicate, forbidden, invalid, required, unsupported
from sandbox.kinds.meta import validate_labels, validate_selector
from sandbox.kinds.pods import PROTOCOLS
from sandbox.kinds.rules import Rules
from sandbox.store import Object

SERVICE_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
WITH_NODE_PORTS = ("NodePort", "LoadBalancer")
_PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")


def _default_service(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("sessionAffinity", "None")
    kind = spec.setdefault("type", "ClusterIP")
    if spec["sessionAffinity"] == "ClientIP":
        spec.setdefault("sessionAffinityConfig", {}).setdefault("clientIP", {}).setdefault("timeoutSeconds", 10800)
    for port in spec.get("ports") or ():
        port.setdefault("protocol", "TCP")
        if "targetPort" not in port and "port" in port:
            port["targetPort"] = port["port"]
    if kind in WITH_NODE_PORTS:
        spec.setdefault("externalTrafficPolicy", "Cluster")
    if kind == "LoadBalancer":
        spec.setdefault("allocateLoadBalancerNodePorts", True)
    if kind != "ExternalName":
        spec.setdefault("internalTrafficPolicy", "Cluster")


def _carry_service(new: Object, old: Object) -> None:
    """What was given out stays when a body leaves it out and the service still needs it."""
    after, before = new["spec"], old["spec"]
    if after["type"] == "ExternalName" or before.get("type") == "ExternalName":
        return
    if not after.get("clusterIP") and not after.get("clusterIPs"):
        for name in ("clusterIP", "clusterIPs"):
            if name in before:
                after[name] = before[name]
    elif after.get("clusterIP") and after.get("clusterIPs") == before.get("clusterIPs"):
        after["clusterIPs"] = [after["clusterIP"], *(before.get("clusterIPs") or [])[1:]]
    elif "clusterIPs" not in after:
        after["clusterIPs"] = [after["clusterIP"]]
    for name in ("ipFamilies", "ipFamilyPolicy"):
        if name not in after and name in before:
            after[name] = before[name]
    if after["type"] in WITH_NODE_PORTS and before.get("type") in WITH_NODE_PORTS:
        given = {(p.get("protocol"), p.get("port")): p.get("nodePort") for p in before.get("ports") or ()}
        for port in after.get("ports") or ():
            number = given.get((port.get("protocol"), port.get("port")))
            if number and not port.get("nodePort"):
                port["nodePort"] = number
    if "healthCheckNodePort" in before and after.get("externalTrafficPolicy") == "Local":
        after.setdefault("healthCheckNodePort", before["healthCheckNodePort"])


def _validate_service(obj: Object) -> Iterator[Cause]:
    spec = obj["spec"]
    kind, ports = spec["type"], spec.get("ports") or []
    headless = spec.get("clusterIP") == "None"
    if kind not in SERVICE_TYPES:
        yield unsupported("spec.type", kind, SERVICE_TYPES)
    if not ports and kind != "ExternalName" and not headless:
        yield required("spec.ports")
    if kind == "ExternalName":
        if not spec.get("externalName"):
            yield required("spec.externalName")
        elif problem := formats.subdomain(spec["externalName"].removesuffix(".")):
            yield invalid("spec.externalName", spec["externalName"], problem)
        if spec.get("clusterIP"):
            yield forbidden("spec.clusterIPs[0]", "may not be set for ExternalName services")
    if kind in WITH_NODE_PORTS and headless:
        yield invalid("spec.clusterIPs[0]", "None", f"may not be set to 'None' for {kind} services")
    yield from _validate_service_ports(ports, kind)
    yield from validate_labels(spec.get("selector"), "spec.selector")
    if spec["sessionAffinity"] not in {"ClientIP", "None"}:
        yield unsupported("spec.sessionAffinity", spec["sessionAffinity"], ("ClientIP", "None"))
    for index, address in enumerate(spec.get("externalIPs") or ()):
        if not _is_address(address):
            yield invalid(
                f"spec.externalIPs[{index}]", address, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
            )
    for index, address in enumerate(spec.get("clusterIPs") or ([spec["clusterIP"]] if spec.get("clusterIP") else ())):
        if address != "None" and not _is_address(address):
            yield invalid(
                f"spec.clusterIPs[{index}]", address, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
            )


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _validate_service_ports(ports: list[dict[str, Any]], kind: str) -> Iterator[Cause]:
    names: set[str] = set()
    taken: set[tuple[Any, Any]] = set()
    for index, port in enumerate(ports):
        at = f"spec.ports[{index}]"
        name = port.get("name") or ""
        if not name and len(ports) > 1:
            yield required(f"{at}.name")
        elif name and (problem := formats.label(name)):
            yield invalid(f"{at}.name", name, problem)
        elif name in names:
            yield duplicate(f"{at}.name", name)
        names.add(name)
        if problem := formats.port(port.get("port", 0)):
            yield invalid(f"{at}.port", port.get("port", 0), problem)
        if port["protocol"] not in PROTOCOLS:
            yield unsupported(f"{at}.protocol", port["protocol"], PROTOCOLS)
        target = port.get("targetPort", 0)
        problem = formats.port_name(target) if isinstance(target, str) else formats.port(target)
        if problem:
            yield invalid(f"{at}.targetPort", target, problem)
        if (port.get("port"), port["protocol"]) in taken:
            yield duplicate(at, {"port": port.get("port"), "protocol": port["protocol"]})
        taken.add((port.get("port"), port["protocol"]))
        if port.get("nodePort") and kind not in WITH_NODE_PORTS:
            yield forbidden(f"{at}.nodePort", "may not be used when `type` is 'ClusterIP'")


def _forbid_service(new: Object, old: Object) -> Iterator[Cause]:
    before, after = old["spec"], new["spec"]
    if before["type"] == "ExternalName" or after["type"] == "ExternalName":
        return
    if before.get("clusterIPs") and after.get("clusterIPs", [None])[:1] != before["clusterIPs"][:1]:
        yield invalid("spec.clusterIPs[0]", after.get("clusterIPs"), "may not change once set")
    if before["type"] == after["type"] == "LoadBalancer" and before.get("loadBalancerClass") != after.get(
        "loadBalancerClass"
    ):
        yield invalid("spec.loadBalancerClass", after.get("loadBalancerClass"), "may not change once set")


def _default_ingress(obj: Object) -> None:
    obj.setdefault("spec", {})


def _validate_ingress(obj: Object) -> Iterator[Cause]:
    spec = obj["spec"]
    if not spec.get("rules") and not spec.get("defaultBackend"):
        yield invalid("spec", spec, "either `defaultBackend` or `rules` must be specified")
    if "defaultBackend" in spec:
        yield from _validate_backend(spec["defaultBackend"], "spec.defaultBackend")
    if spec.get("ingressClassName") and (problem := formats.subdomain(spec["ingressClassName"])):
        yield invalid("spec.ingressClassName", spec["ingressClassName"], problem)
    for index, tls in enumerate(spec.get("tls") or ()):
        for number, host in enumerate(tls.get("hosts") or ()):
            if problem := formats.wildcard_subdomain(host):
                yield invalid(f"spec.tls[{index}].hosts[{number}]", host, problem)
        if tls.get("secretName") and (problem := formats.subdomain(tls["secretName"])):
            yield invalid(f"spec.tls[{index}].secretName", tls["secretName"], problem)
    for index, rule in enumerate(spec.get("rules") or ()):
        yield from _validate_ingress_rule(rule, f"spec.rules[{index}]")


def _validate_ingress_rule(rule: dict[str, Any], at: str) -> Iterator[Cause]:
    host = rule.get("host")
    if host:
        if _is_address(host):
            yield invalid(f"{at}.host", host, "must be a DNS name, not an IP address")
        elif problem := formats.wildcard_subdomain(host):
            yield invalid(f"{at}.host", host, problem)
    if "http" not in rule:
        return
    paths = rule["http"].get("paths") or ()
    if not paths:
        yield required(f"{at}.http.paths")
    for index, path in enumerate(paths):
        field = f"{at}.http.paths[{index}]"
        kind, text = path.get("pathType"), path.get("path", "")
        if kind is None:
            yield required(f"{field}.pathType", "pathType must be specified")
        elif kind not in _PATH_TYPES:
            yield unsupported(f"{field}.pathType", kind, _PATH_TYPES)
        elif not text.startswith("/") and (kind != "ImplementationSpecific" or text):
            yield invalid(f"{field}.path", text, "must be an absolute path")
        yield from _validate_backend(path.get("backend") or {}, f"{field}.backend")


def _validate_backend(backend: dict[str, Any], field: str) -> Iterator[Cause]:
    service, resource = backend.get("service"), backend.get("resource")
    if service is None and resource is None:
        yield required(field, "resource or service backend is required")
    elif service is not None and resource is not None:
        yield invalid(field, "", "cannot set both resource and service backends")
    elif service is not None:
        if not service.get("name"):
            yield required(f"{field}.service.name")
        elif problem := formats.label_1035(service["name"]):
            yield invalid(f"{field}.service.name", service["name"], problem)
        port = service.get("port") or {}
        if not port.get("name") and not port.get("number"):
            yield required(f"{field}", "port name or number is required")
        elif port.get("name") and port.get("number"):
            yield invalid(field, "", "cannot set both port name & port number")
        elif port.get("name") and (problem := formats.port_name(port["name"])):
            yield invalid(f"{field}.service.port.name", port["name"], problem)
        elif port.get("number") and (problem := formats.port(port["number"])):
            yield invalid(f"{field}.service.port.number", port["number"], problem)


def _default_policy(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("podSelector", {})
    if "policyTypes" not in spec:
        spec["policyTypes"] = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]
    for direction in ("ingress", "egress"):
        for rule in spec.get(direction) or ():
            for port in rule.get("ports") or ():
                port.setdefault("protocol", "TCP")


def _validate_policy(obj: Object) -> Iterator[Cause]:
    spec = obj["spec"]
    yield from validate_selector(spec["podSelector"], "spec.podSelector")
    for kind in spec["policyTypes"]:
        if kind not in {"Ingress", "Egress"}:
            yield unsupported("spec.policyTypes", kind, ("Egress", "Ingress"))
    for direction, side in (("ingress", "from"), ("egress", "to")):
        for index, rule in enumerate(spec.get(direction) or ()):
            for number, peer in enumerate(rule.get(side) or ()):
                yield from _validate_peer(peer, f"spec.{direction}[{index}].{side}[{number}]")


def _validate_peer(peer: dict[str, Any], at: str) -> Iterator[Cause]:
    for name in ("podSelector", "namespaceSelector"):
        yield from validate_selector(peer.get(name), f"{at}.{name}")
    if "ipBlock" in peer:
        try:
            ipaddress.ip_network(peer["ipBlock"].get("cidr", ""), strict=False)
        except ValueError:
            yield invalid(
                f"{at}.ipBlock.cidr",
                peer["ipBlock"].get("cidr", ""),
                "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)",
            )
    if not peer:
        yield required(at, "must specify a peer")


def _forbid_class(new: Object, old: Object) -> Iterator[Cause]:
    if (new.get("spec") or {}).get("controller") != (old.get("spec") or {}).get("controller"):
        yield invalid("spec.controller", (new.get("spec") or {}).get("controller"), IMMUTABLE)


def _forbid_slice(new: Object, old: Object) -> Iterator[Cause]:
    if new.get("addressType") != old.get("addressType"):
        yield invalid("addressType", new.get("addressType"), IMMUTABLE)


NETWORK = {
    ("", "services"): Rules(
        default=_default_service,
        validate=_validate_service,
        forbid=_forbid_service,
        carry_over=_carry_service,
        empty={"spec": {}, "status": {"loadBalancer": {}}},
        status={"loadBalancer": {}},
        name=formats.label_1035,
    ),
    ("networking.k8s.io", "ingresses"): Rules(
        default=_default_ingress,
        validate=_validate_ingress,
        empty={"spec": {}, "status": {"loadBalancer": {}}},
        status={"loadBalancer": {}},
        generation=True,
    ),
    ("networking.k8s.io", "networkpolicies"): Rules(
        default=_default_policy, validate=_validate_policy, empty={"spec": {"podSelector": {}}}, generation=True
    ),
    ("networking.k8s.io", "ingressclasses"): Rules(forbid=_forbid_class, empty={"spec": {}}, generation=True),
    ("", "endpoints"): Rules(),
    ("discovery.k8s.io", "endpointslices"): Rules(
        forbid=_forbid_slice, empty={"endpoints": None, "ports": None}, generation=True
    ),
}
