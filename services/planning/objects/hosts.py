"""Where objects name the hosts under which people reach an application, in the APIs that route to it. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from domain.resources import Manifest
from services.planning.objects import paths
from services.planning.objects.identity import kind_name

CERTIFICATE = "Certificate.cert-manager.io"
DNS_ANNOTATION = "external-dns.alpha.kubernetes.io/hostname"  # a comma-separated list, on any kind
_GATEWAY_ROUTES = ("HTTPRoute", "GRPCRoute", "TLSRoute")

# Kind → the members that hold a host, or with `[]` at the end a list of hosts.
_MEMBERS: Mapping[str, tuple[str, ...]] = {
    "Ingress.networking.k8s.io": ("spec.rules[].host", "spec.tls[].hosts[]"),
    **{f"{kind}.gateway.networking.k8s.io": ("spec.hostnames[]",) for kind in _GATEWAY_ROUTES},
    "Gateway.gateway.networking.k8s.io": ("spec.listeners[].hostname",),
    "Route.route.openshift.io": ("spec.host",),
    CERTIFICATE: ("spec.dnsNames[]", "spec.commonName"),
    "HTTPProxy.projectcontour.io": ("spec.virtualhost.fqdn",),
    "VirtualService.networking.istio.io": ("spec.hosts[]",),
    "Gateway.networking.istio.io": ("spec.servers[].hosts[]",),
    "DNSEndpoint.externaldns.k8s.io": ("spec.endpoints[].dnsName",),
    "Host.getambassador.io": ("spec.hostname",),
    "Mapping.getambassador.io": ("spec.hostname",),
}
# Kind → members with a rule in which a host is quoted: Host(`www.shop.example`).
_RULES: Mapping[str, str] = {
    f"{kind}.{group}": "spec.routes[].match"
    for kind in ("IngressRoute", "IngressRouteTCP")
    for group in ("traefik.io", "traefik.containo.us")
}
_QUOTED = re.compile(r"(?<=[`\"'])(?P<host>[a-zA-Z0-9*][a-zA-Z0-9.-]*\.[a-zA-Z0-9-]+)(?=[`\"'])")


def hosts_in(manifest: Manifest) -> tuple[str, ...]:
    """The hosts of the object, without repetitions. A name within the cluster is none."""
    return tuple(dict.fromkeys(host for host in _hosts(manifest) if _is_outside(host)))


def map_hosts(body: dict[str, Any], hosts: Mapping[str, str]) -> None:
    """Give the object other hosts, in place."""
    manifest = Manifest(body)
    for path in _MEMBERS.get(kind_name(manifest.kind), ()):
        for parent, key in paths.locations(body, path.removesuffix(paths.ITEMS)):
            given = parent[key]
            if isinstance(given, list):
                parent[key] = [_mapped(each, hosts) for each in given]
            else:
                parent[key] = _mapped(given, hosts)
    rule = _RULES.get(kind_name(manifest.kind))
    for parent, key in paths.locations(body, rule) if rule else ():
        parent[key] = _QUOTED.sub(lambda found: hosts.get(found["host"], found["host"]), str(parent[key]))
    annotations = (body.get("metadata") or {}).get("annotations") or {}
    if DNS_ANNOTATION in annotations:
        named = str(annotations[DNS_ANNOTATION]).split(",")
        annotations[DNS_ANNOTATION] = ",".join(hosts.get(each.strip(), each) for each in named)


def _hosts(manifest: Manifest) -> Iterator[str]:
    kind = kind_name(manifest.kind)
    for path in _MEMBERS.get(kind, ()):
        yield from (str(value).rpartition("/")[2] for value in paths.values(manifest.body, path))
    for text in paths.values(manifest.body, _RULES[kind]) if kind in _RULES else ():
        yield from (found["host"] for found in _QUOTED.finditer(str(text)))
    yield from (each.strip() for each in manifest.annotations.get(DNS_ANNOTATION, "").split(","))


def _mapped(given: Any, hosts: Mapping[str, str]) -> Any:
    """A host of an Istio Gateway may stand behind a namespace: `shop/www.shop.example`."""
    if not isinstance(given, str):
        return given
    before, slash, host = given.rpartition("/")
    return f"{before}{slash}{hosts.get(host, host)}"


def _is_outside(host: str) -> bool:
    return "." in host.strip(".*") and not re.search(r"\.svc(\.|$)", host)
