"""Services and their endpoints. addresses.py allocates the addresses."""

from collections.abc import Iterator
from typing import Any

from sandbox.errors import Cause
from sandbox.kinds import formats
from sandbox.kinds.containers import PROTOCOLS
from sandbox.kinds.findings import IMMUTABLE, duplicate, forbidden, invalid, required, unsupported
from sandbox.kinds.meta import validate_labels
from sandbox.kinds.rules import Rules
from sandbox.store import Object

SERVICE_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
WITH_NODE_PORTS = ("NodePort", "LoadBalancer")
_FAMILIES = ("IPv4", "IPv6")
_FAMILY_POLICIES = ("PreferDualStack", "RequireDualStack", "SingleStack")
_DISTRIBUTIONS = ("PreferClose", "PreferSameNode", "PreferSameZone")
_KUBELET_PORT = 10250
_AS_NAMED = {"loadBalancerSourceRanges": "LoadBalancerSourceRanges"}
"""Fields that a real server's refusals spell in their own way."""


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


_NEEDED: dict[str, tuple[str, ...]] = {
    "clusterIP": ("ClusterIP", "NodePort", "LoadBalancer"),
    "clusterIPs": ("ClusterIP", "NodePort", "LoadBalancer"),
    "ipFamilies": ("ClusterIP", "NodePort", "LoadBalancer"),
    "ipFamilyPolicy": ("ClusterIP", "NodePort", "LoadBalancer"),
    "internalTrafficPolicy": ("ClusterIP", "NodePort", "LoadBalancer"),
    "externalTrafficPolicy": WITH_NODE_PORTS,
    "allocateLoadBalancerNodePorts": ("LoadBalancer",),
    "loadBalancerClass": ("LoadBalancer",),
    "healthCheckNodePort": ("LoadBalancer",),
    "externalName": ("ExternalName",),
}
"""Which types need a field."""


def _drop_what_the_type_needed(after: dict[str, Any], before: dict[str, Any]) -> None:
    """A Service that becomes of another type loses what only the former one needed, unless the body changed it."""
    kind, former = after["type"], before["type"]
    for name, types in _NEEDED.items():
        if former in types and kind not in types and after.get(name) == before.get(name):
            after.pop(name, None)
    if former in WITH_NODE_PORTS and kind not in WITH_NODE_PORTS:
        given = {port.get("nodePort") for port in before.get("ports") or ()}
        for port in after.get("ports") or ():
            if port.get("nodePort") in given:
                port.pop("nodePort", None)


def _carry_service(new: Object, old: Object) -> None:
    """What was given out stays when a body leaves it out and the service still needs it."""
    after, before = new["spec"], old["spec"]
    _drop_what_the_type_needed(after, before)
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
    if has_health_check(before) and has_health_check(after):
        after.setdefault("healthCheckNodePort", before.get("healthCheckNodePort"))
    elif after.get("healthCheckNodePort") == before.get("healthCheckNodePort"):
        after.pop("healthCheckNodePort", None)


def has_health_check(spec: dict[str, Any]) -> bool:
    """Whether nodes answer a load balancer's health checks for the Service, at a port of its own."""
    return spec.get("type") == "LoadBalancer" and spec.get("externalTrafficPolicy") == "Local"


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
        for name in ("clusterIPs", "ipFamilies", "ipFamilyPolicy"):
            if spec.get(name) or (name == "clusterIPs" and spec.get("clusterIP")):
                yield forbidden(f"spec.{name}", "may not be set for ExternalName services")
    if kind in WITH_NODE_PORTS and headless:
        yield invalid("spec.clusterIPs[0]", "None", f"may not be set to 'None' for {kind} services")
    yield from _validate_service_ports(ports, kind)
    yield from _validate_traffic(spec)
    yield from validate_labels(spec.get("selector"), "spec.selector")
    if spec["sessionAffinity"] not in {"ClientIP", "None"}:
        yield unsupported("spec.sessionAffinity", spec["sessionAffinity"], ("ClientIP", "None"))
    for index, address in enumerate(spec.get("externalIPs") or ()):
        if problem := formats.strict_address(address) or formats.special_address(address):
            yield invalid(f"spec.externalIPs[{index}]", address, problem)
    if kind != "ExternalName":
        yield from _validate_addresses(spec)


def _validate_addresses(spec: dict[str, Any]) -> Iterator[Cause]:
    """`clusterIP` and `clusterIPs` say the same; whether an address is free is found out later."""
    first = spec.get("clusterIP") or ""
    addresses = spec.get("clusterIPs") or ([first] if first else [])
    if first and addresses[0] != first:
        yield invalid("spec.clusterIPs", addresses, "first value must match `clusterIP`")
    elif addresses and not first:
        yield invalid("spec.clusterIPs", addresses, "must be empty when `clusterIP` is not specified")
    families = spec.get("ipFamilies") or []
    for index, family in enumerate(families):
        if family not in _FAMILIES:
            yield unsupported(f"spec.ipFamilies[{index}]", family, _FAMILIES)
        if family in families[:index]:
            yield duplicate(f"spec.ipFamilies[{index}]", family)
    policy = spec.get("ipFamilyPolicy")
    if policy is not None and policy not in _FAMILY_POLICIES:
        yield unsupported("spec.ipFamilyPolicy", policy, _FAMILY_POLICIES)
    if addresses[:1] == ["None"] and len(addresses) > 1:
        yield invalid("spec.clusterIPs", addresses, "'None' must be the first and only value")
    for index, address in enumerate(addresses):
        if (address != "None" or index) and (problem := formats.strict_address(address)):
            yield invalid(f"spec.clusterIPs[{index}]", address, problem)
    if len(addresses) > 2:
        yield invalid("spec.clusterIPs", addresses, "may only hold up to 2 values")


def _validate_traffic(spec: dict[str, Any]) -> Iterator[Cause]:
    """How connections are handed on, and who may make them."""
    kind, affinity = spec["type"], spec["sessionAffinity"]
    if affinity == "None" and "sessionAffinityConfig" in spec:
        yield forbidden("spec.sessionAffinityConfig", "must not be set when session affinity is None")
    seconds = ((spec.get("sessionAffinityConfig") or {}).get("clientIP") or {}).get("timeoutSeconds", 1)
    if affinity == "ClientIP" and not 0 < seconds <= 86400:
        at = "spec.sessionAffinityConfig.clientIP.timeoutSeconds"
        yield invalid(at, seconds, "must be greater than 0 and less than 86400")
    for name, when in (("externalTrafficPolicy", WITH_NODE_PORTS), ("internalTrafficPolicy", SERVICE_TYPES)):
        policy = spec.get(name)
        if policy is None:
            continue
        if kind not in when and not spec.get("externalIPs"):
            yield invalid(f"spec.{name}", policy, "may only be set for externally-accessible services")
        elif policy not in {"Cluster", "Local"}:
            yield unsupported(f"spec.{name}", policy, ("Cluster", "Local"))
    distribution = spec.get("trafficDistribution")
    if distribution is not None and distribution not in _DISTRIBUTIONS:
        yield unsupported("spec.trafficDistribution", distribution, _DISTRIBUTIONS)
    if spec.get("healthCheckNodePort") and not has_health_check(spec):
        detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
        yield invalid("spec.healthCheckNodePort", spec["healthCheckNodePort"], detail)
    if kind != "LoadBalancer":
        for name in ("loadBalancerClass", "loadBalancerSourceRanges", "allocateLoadBalancerNodePorts"):
            if spec.get(name) is not None:
                yield forbidden(f"spec.{_AS_NAMED.get(name, name)}", "may only be used when `type` is 'LoadBalancer'")
    else:
        for index, cidr in enumerate(spec.get("loadBalancerSourceRanges") or ()):
            if problem := formats.strict_network(cidr):
                yield invalid(f"spec.{_AS_NAMED['loadBalancerSourceRanges']}[{index}]", cidr, problem)


def _validate_service_ports(ports: list[dict[str, Any]], kind: str) -> Iterator[Cause]:
    names: set[str] = set()
    taken: set[tuple[Any, Any]] = set()
    at_nodes: set[tuple[Any, Any]] = set()
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
        if port.get("appProtocol") and (problem := formats.qualified_name(port["appProtocol"])):
            yield invalid(f"{at}.appProtocol", port["appProtocol"], problem)
        if (port.get("port"), port["protocol"]) in taken:
            yield duplicate(at, {"port": port.get("port"), "protocol": port["protocol"]})
        taken.add((port.get("port"), port["protocol"]))
        if kind == "LoadBalancer" and port.get("port") == _KUBELET_PORT:
            detail = f"may not expose port {_KUBELET_PORT} externally since it is used by kubelet"
            yield invalid(at, _KUBELET_PORT, detail)
        if (port.get("nodePort"), port["protocol"]) in at_nodes:
            yield duplicate(f"{at}.nodePort", port["nodePort"])
        if port.get("nodePort"):
            at_nodes.add((port["nodePort"], port["protocol"]))
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
    both_checked = has_health_check(before) and has_health_check(after)
    if both_checked and before.get("healthCheckNodePort") != after.get("healthCheckNodePort"):
        yield forbidden("spec.healthCheckNodePort", IMMUTABLE)


def _validate_endpoints(obj: Object) -> Iterator[Cause]:
    for index, subset in enumerate(obj.get("subsets") or ()):
        at = f"subsets[{index}]"
        for kind in ("addresses", "notReadyAddresses"):
            for number, address in enumerate(subset.get(kind) or ()):
                if problem := formats.strict_address(address.get("ip", "")):
                    yield invalid(f"{at}.{kind}[{number}].ip", address.get("ip", ""), problem)
        for number, port in enumerate(subset.get("ports") or ()):
            if problem := formats.port(port.get("port", 0)):
                yield invalid(f"{at}.ports[{number}].port", port.get("port", 0), problem)


def _validate_slice(obj: Object) -> Iterator[Cause]:
    options = ("FQDN", "IPv4", "IPv6")
    if not obj.get("addressType"):
        yield required("addressType")
    elif obj["addressType"] not in options:
        yield unsupported("addressType", obj["addressType"], options)
    for index, endpoint in enumerate(obj.get("endpoints") or ()):
        at = f"endpoints[{index}].addresses"
        if not endpoint.get("addresses"):
            yield required(at, "must contain at least 1 address")
        for number, address in enumerate(endpoint.get("addresses") or ()):
            problem = (
                formats.subdomain(address) if obj.get("addressType") == "FQDN" else formats.strict_address(address)
            )
            if problem:
                yield invalid(f"{at}[{number}]", address, problem)


def _forbid_slice(new: Object, old: Object) -> Iterator[Cause]:
    if new.get("addressType") != old.get("addressType"):
        yield invalid("addressType", new.get("addressType"), IMMUTABLE)


SERVICES = {
    ("", "services"): Rules(
        created_by_replacing=True,
        default=_default_service,
        validate=_validate_service,
        forbid=_forbid_service,
        carry_over=_carry_service,
        empty={"spec": {}, "status": {"loadBalancer": {}}},
        status={"loadBalancer": {}},
        name=formats.label,
    ),
    ("", "endpoints"): Rules(validate=_validate_endpoints, created_by_replacing=True),
    ("discovery.k8s.io", "endpointslices"): Rules(
        validate=_validate_slice, forbid=_forbid_slice, empty={"endpoints": None, "ports": None}, generation=True
    ),
}
