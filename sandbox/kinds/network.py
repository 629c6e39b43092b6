"""Ingresses and their classes, NetworkPolicies."""

import ipaddress
from collections.abc import Iterator
from typing import Any

from sandbox.errors import Cause
from sandbox.kinds import formats
from sandbox.kinds.containers import PROTOCOLS
from sandbox.kinds.findings import IMMUTABLE, forbidden, invalid, required, unsupported
from sandbox.kinds.meta import validate_selector
from sandbox.kinds.rules import Rules
from sandbox.store import Object

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_BAD_SEQUENCES = ("//", "/./", "/../", "%2f", "%2F")
_CLASS = "kubernetes.io/ingress.class"
_PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")


def _default_ingress(obj: Object) -> None:
    obj.setdefault("spec", {})


def _validate_ingress(obj: Object) -> Iterator[Cause]:
    spec = obj["spec"]
    if not spec.get("rules") and "defaultBackend" not in spec:
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


def _validate_new_ingress(obj: Object) -> Iterator[Cause]:
    """The class is a field; what the older annotation says has to be the same, in an Ingress that is new."""
    noted = (obj["metadata"].get("annotations") or {}).get(_CLASS)
    chosen = obj["spec"].get("ingressClassName")
    if noted is not None and chosen is not None and noted != chosen:
        yield invalid(f"annotations.{_CLASS}", noted, "must match `ingressClassName` when both are specified")


def _validate_ingress_rule(rule: dict[str, Any], at: str) -> Iterator[Cause]:
    host = rule.get("host")
    if host:
        if not formats.address(host):
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
        elif kind != "ImplementationSpecific":
            for sequence in _BAD_SEQUENCES:
                if sequence in text:
                    yield invalid(f"{field}.path", text, f"must not contain '{sequence}'")
            for suffix in ("/..", "/."):
                if text.endswith(suffix):
                    yield invalid(f"{field}.path", text, f"cannot end with '{suffix}'")
        yield from _validate_backend(path.get("backend") or {}, f"{field}.backend")


def _validate_backend(backend: dict[str, Any], field: str) -> Iterator[Cause]:
    service, resource = backend.get("service"), backend.get("resource")
    if service is None and resource is None:
        yield invalid(field, "", "resource or service backend is required")
    elif service is not None and resource is not None:
        yield invalid(field, "", "cannot set both resource and service backends")
    elif service is not None:
        if not service.get("name"):
            yield required(f"{field}.service.name")
        elif problem := formats.label(service["name"]):
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
    if len(spec["policyTypes"]) > 2:
        yield invalid("spec.policyTypes", spec["policyTypes"], "may not specify more than two policyTypes")
        return
    for kind in spec["policyTypes"]:
        if kind not in {"Ingress", "Egress"}:
            yield unsupported("spec.policyTypes", kind, ("Egress", "Ingress"))
    for direction, side in (("ingress", "from"), ("egress", "to")):
        for index, rule in enumerate(spec.get(direction) or ()):
            for number, port in enumerate(rule.get("ports") or ()):
                yield from _validate_policy_port(port, f"spec.{direction}[{index}].ports[{number}]")
            for number, peer in enumerate(rule.get(side) or ()):
                yield from _validate_peer(peer, f"spec.{direction}[{index}].{side}[{number}]")


def _validate_peer(peer: dict[str, Any], at: str) -> Iterator[Cause]:
    for name in ("podSelector", "namespaceSelector"):
        yield from validate_selector(peer.get(name), f"{at}.{name}")
    if "ipBlock" in peer:
        cidr = peer["ipBlock"].get("cidr", "")
        if problem := formats.strict_network(cidr):
            yield invalid(f"{at}.ipBlock.cidr", cidr, problem)
        for index, left_out in enumerate(peer["ipBlock"].get("except") or ()):
            if problem := formats.strict_network(left_out) or _outside(left_out, cidr):
                yield invalid(f"{at}.ipBlock.except[{index}]", left_out, problem)
        for name in ("podSelector", "namespaceSelector"):
            if name in peer:
                yield forbidden(at, "may not specify both ipBlock and another peer")
                break
    if not peer:
        yield required(at, "must specify a peer")


def _outside(inner: str, outer: str) -> str:
    """What is left out of a range has to lie in it."""
    if formats.strict_network(outer):
        return ""
    inside = ipaddress.ip_network(inner, strict=False), ipaddress.ip_network(outer, strict=False)
    within = inside[0].version == inside[1].version and inside[0] != inside[1] and _covers(*inside)
    return "" if within else f"must be a strict subset of `cidr`: {outer}"


def _covers(inner: _Network, outer: _Network) -> bool:
    return int(outer[0]) <= int(inner[0]) and int(inner[-1]) <= int(outer[-1])


def _validate_policy_port(port: dict[str, Any], at: str) -> Iterator[Cause]:
    if port["protocol"] not in PROTOCOLS:
        yield unsupported(f"{at}.protocol", port["protocol"], PROTOCOLS)
    number, end = port.get("port"), port.get("endPort")
    if number is not None:
        problem = formats.port_name(number) if isinstance(number, str) else formats.port(number)
        if problem:
            yield invalid(f"{at}.port", number, problem)
    if end is not None:
        if number is None:
            yield required(f"{at}.port", "must be specified when `endPort` is specified")
        elif isinstance(number, str):
            yield invalid(f"{at}.port", number, "must be an integer when `endPort` is specified")
        elif end < number:
            yield invalid(f"{at}.endPort", end, "must be greater than or equal to `port`")


def _validate_class(obj: Object) -> Iterator[Cause]:
    controller = (obj.get("spec") or {}).get("controller") or ""
    domain, slash, path = controller.partition("/")
    if not controller:
        yield required("spec.controller")
    elif not slash or not path or formats.subdomain(domain):
        yield invalid("spec.controller", controller, 'must be a domain-prefixed path (such as "acme.io/foo")')


def _forbid_class(new: Object, old: Object) -> Iterator[Cause]:
    if (new.get("spec") or {}).get("controller") != (old.get("spec") or {}).get("controller"):
        yield invalid("spec.controller", (new.get("spec") or {}).get("controller"), IMMUTABLE)


NETWORK = {
    ("networking.k8s.io", "ingresses"): Rules(
        default=_default_ingress,
        validate=_validate_ingress,
        validate_new=_validate_new_ingress,
        empty={"spec": {}, "status": {"loadBalancer": {}}},
        status={"loadBalancer": {}},
        generation=True,
    ),
    ("networking.k8s.io", "networkpolicies"): Rules(
        default=_default_policy, validate=_validate_policy, empty={"spec": {"podSelector": {}}}, generation=True
    ),
    ("networking.k8s.io", "ingressclasses"): Rules(
        validate=_validate_class, forbid=_forbid_class, empty={"spec": {}}, generation=True
    ),
}
