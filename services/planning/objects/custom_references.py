"""What widespread custom resources refer to, and what annotations and labels of tools name. Pure.

Of other custom resources only the classes are known. Each rule follows the tool's own reference; where a name may be
written with a namespace, only the one without is a reference here: the other is a note on places
(`copying.names_of_source`).
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from domain.resources import Manifest
from services.planning.objects import paths
from services.planning.objects.identity import GroupKind
from services.planning.objects.reference_values import (
    CLUSTER_ISSUER,
    CLUSTER_SECRET_STORE,
    CLUSTER_TRIGGER_AUTHENTICATION,
    CONFIG_MAP,
    ISSUER,
    SECRET,
    SECRET_STORE,
    SERVICE,
    TRIGGER_AUTHENTICATION,
    Need,
    Reference,
    named,
)
from services.planning.objects.workloads import pod_template, template_path

_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_NO_CERTIFICATE = "no certificate is issued"
_NO_ANSWER = "the path answers with an error"
_NOT_FILLED = "its Secret is not filled"
_NOT_SCALED = "nothing is scaled"
_NOT_SCRAPED = "its targets are not scraped"


@dataclass(frozen=True, kw_only=True)
class _Named:
    """A name in an annotation or label: what it names, and what happens without that."""

    to: GroupKind
    consequence: str
    unless: str | None = None  # an annotation beside it by which it names something else
    in_list: bool = False


# https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/,
# https://docs.nginx.com/nginx-ingress-controller/configuration/ingress-resources/advanced-configuration-with-annotations/,
# https://haproxy-ingress.github.io/docs/configuration/keys/#authentication,
# https://cert-manager.io/docs/usage/ingress/#supported-annotations,
# https://cloud.google.com/kubernetes-engine/docs/how-to/ingress-configuration,
# https://developer.hashicorp.com/vault/docs/deploy/kubernetes/injector/annotations
_ANNOTATIONS: Mapping[str, _Named] = {
    **{
        name: _Named(to=SECRET, consequence=_NO_ANSWER)
        for name in (
            "nginx.ingress.kubernetes.io/auth-secret",
            "nginx.ingress.kubernetes.io/proxy-ssl-secret",
            "nginx.org/basic-auth-secret",
            "nginx.org/jwt-key",
            "haproxy.org/auth-secret",
            "haproxy-ingress.github.io/auth-secret",
        )
    },
    "nginx.ingress.kubernetes.io/default-backend": _Named(to=SERVICE, consequence=_NO_ANSWER),
    "nginx.ingress.kubernetes.io/fastcgi-params-configmap": _Named(to=CONFIG_MAP, consequence=_NO_ANSWER),
    "cert-manager.io/issuer": _Named(to=ISSUER, consequence=_NO_CERTIFICATE, unless="cert-manager.io/issuer-kind"),
    "cert-manager.io/cluster-issuer": _Named(to=CLUSTER_ISSUER, consequence=_NO_CERTIFICATE),
    "networking.gke.io/managed-certificates": _Named(
        to=("networking.gke.io", "ManagedCertificate"), consequence=_NO_CERTIFICATE, in_list=True
    ),
    "networking.gke.io/v1beta1.FrontendConfig": _Named(
        to=("networking.gke.io", "FrontendConfig"), consequence="no load balancer is made"
    ),
    "vault.hashicorp.com/agent-configmap": _Named(to=CONFIG_MAP, consequence="no pods can start"),
    "vault.hashicorp.com/tls-secret": _Named(to=SECRET, consequence="no pods can start"),
}
# https://kueue.sigs.k8s.io/docs/tasks/run/
_LABELS: Mapping[str, _Named] = {
    "kueue.x-k8s.io/queue-name": _Named(to=("kueue.x-k8s.io", "LocalQueue"), consequence="it is never admitted"),
}
# https://github.com/k8snetworkplumbingwg/multus-cni/blob/master/docs/how-to-use.md: `name`, `name@interface`, or JSON
_NETWORKS = "k8s.v1.cni.cncf.io/networks"
_NETWORK = _Named(
    to=("k8s.cni.cncf.io", "NetworkAttachmentDefinition"),
    consequence="pods stay ContainerCreating: the network cannot be attached",
)
_BACKEND_CONFIG = "cloud.google.com/backend-config"  # JSON: `default`, and by port
_OF_BACKENDS = _Named(to=("cloud.google.com", "BackendConfig"), consequence="no load balancer is made")


def references_in_metadata(manifest: Manifest) -> Iterator[Reference]:
    """What annotations and labels of the object, and of its pods, name."""
    yield from _of(manifest.annotations, manifest.labels, "metadata")
    template = pod_template(manifest)
    if template is not None and template_path(manifest.kind):
        metadata = template.get("metadata") or {}
        root = ".".join((*(template_path(manifest.kind) or ()), "metadata"))
        yield from _of(metadata.get("annotations") or {}, metadata.get("labels") or {}, root)


def _of(annotations: Mapping[str, Any], labels: Mapping[str, Any], root: str) -> Iterator[Reference]:
    for table, texts, member in ((_ANNOTATIONS, annotations, "annotations"), (_LABELS, labels, "labels")):
        for name, text in texts.items():
            rule = table.get(name)
            if rule is not None and (rule.unless is None or rule.unless not in texts):
                names = str(text).split(",") if rule.in_list else [str(text)]
                yield from _named(rule, names, paths.below(f"{root}.{member}", name))
    if _NETWORKS in annotations:
        field = paths.below(f"{root}.annotations", _NETWORKS)
        yield from _named(_NETWORK, _networks(str(annotations[_NETWORKS])), field)
    if _BACKEND_CONFIG in annotations:
        field = paths.below(f"{root}.annotations", _BACKEND_CONFIG)
        yield from _named(_OF_BACKENDS, _backend_configs(str(annotations[_BACKEND_CONFIG])), field)


def _named(rule: _Named, names: list[str], field: str) -> Iterator[Reference]:
    for name in map(str.strip, names):
        if _NAME.fullmatch(name):
            for reference in named(rule.to, name, field, Need.SOFT, rule.consequence):
                yield replace(reference, verb="names")


def _networks(text: str) -> list[str]:
    if not text.lstrip().startswith("["):
        return [each.partition("@")[0] for each in text.split(",")]
    listed = _json(text)
    entries = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return [str(each.get("name") or "") for each in entries if not each.get("namespace")]


def _backend_configs(text: str) -> list[str]:
    found = _json(text)
    if not isinstance(found, dict):
        return []
    ports = found.get("ports")
    return [str(each) for each in (found.get("default"), *(ports.values() if isinstance(ports, dict) else ())) if each]


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _of_certificate(manifest: Manifest) -> Iterator[Reference]:
    """https://cert-manager.io/docs/reference/api-docs/#cert-manager.io/v1.CertificateSpec"""
    issuers = {"Issuer": ISSUER, "ClusterIssuer": CLUSTER_ISSUER}
    yield from _of_kind(manifest, "spec.issuerRef", issuers, "Issuer", _NO_CERTIFICATE)
    for store in ("jks", "pkcs12"):
        field = f"spec.keystores.{store}.passwordSecretRef"
        name = paths.value(manifest.body, f"{field}.name")
        yield from named(SECRET, name, field, Need.SOFT, "the keystore is not written")


def _of_external_secret(manifest: Manifest) -> Iterator[Reference]:
    """https://external-secrets.io/latest/api/spec/#external-secrets.io/v1.ExternalSecretSpec"""
    stores = {"SecretStore": SECRET_STORE, "ClusterSecretStore": CLUSTER_SECRET_STORE}
    for path in ("spec.secretStoreRef", "spec.data[].sourceRef.storeRef", "spec.dataFrom[].sourceRef.storeRef"):
        yield from _of_kind(manifest, path, stores, "SecretStore", _NOT_FILLED)
    for member, kind in (("configMap", CONFIG_MAP), ("secret", SECRET)):
        path = f"spec.target.template.templateFrom[].{member}"
        for name in paths.values(manifest.body, f"{path}.name"):
            yield from named(kind, name, "spec.target.template.templateFrom", Need.SOFT, _NOT_FILLED)


def _of_scaled(manifest: Manifest) -> Iterator[Reference]:
    """https://keda.sh/docs/latest/reference/scaledobject-spec/"""
    if manifest.kind.name == "ScaledObject":
        yield from scaled(manifest, "spec.scaleTargetRef", default=("apps", "Deployment"))
    kinds = {
        "TriggerAuthentication": TRIGGER_AUTHENTICATION,
        "ClusterTriggerAuthentication": CLUSTER_TRIGGER_AUTHENTICATION,
    }
    path = "spec.triggers[].authenticationRef"
    yield from _of_kind(manifest, path, kinds, "TriggerAuthentication", _NOT_SCALED)


def scaled(manifest: Manifest, field: str, *, default: GroupKind | None = None) -> Iterator[Reference]:
    """What an autoscaler scales, or measures: an object by apiVersion, kind and name."""
    for to in paths.values(manifest.body, field):
        if isinstance(to, dict):
            group = str(to.get("apiVersion") or "").rpartition("/")[0]
            known = (group, str(to.get("kind") or "")) if to.get("kind") else default
            if known is not None:
                consequence = "there is nothing to scale"
                yield from named(known, to.get("name"), field.replace(paths.ITEMS, ""), Need.SOFT, consequence)


def _of_monitor(manifest: Manifest) -> Iterator[Reference]:
    """https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.Endpoint"""
    for endpoints in ("spec.endpoints[]", "spec.podMetricsEndpoints[]"):
        for endpoint in paths.values(manifest.body, endpoints):
            field = endpoints.removesuffix(paths.ITEMS)
            for path in _SECRETS_OF_ENDPOINTS:
                yield from _key(SECRET, paths.value(endpoint, path), field)
            for path in ("tlsConfig.ca", "tlsConfig.cert", "oauth2.clientId"):
                yield from _key(SECRET, paths.value(endpoint, f"{path}.secret"), field)
                yield from _key(CONFIG_MAP, paths.value(endpoint, f"{path}.configMap"), field)


_SECRETS_OF_ENDPOINTS = (
    "basicAuth.username",
    "basicAuth.password",
    "bearerTokenSecret",
    "authorization.credentials",
    "oauth2.clientSecret",
    "tlsConfig.keySecret",
)


def _key(kind: GroupKind, selector: Any, field: str) -> Iterator[Reference]:
    if isinstance(selector, dict) and not selector.get("optional"):
        yield from named(kind, selector.get("name"), field, Need.SOFT, _NOT_SCRAPED, selector.get("key"))


def _of_kind(
    manifest: Manifest, path: str, kinds: Mapping[str, GroupKind], default: str, consequence: str
) -> Iterator[Reference]:
    """A member with `name` and `kind`, which means `default` where it is left out; other kinds are of extensions."""
    for to in paths.values(manifest.body, path):
        if isinstance(to, dict) and (kind := kinds.get(str(to.get("kind") or default))) is not None:
            yield from named(kind, to.get("name"), path.replace(paths.ITEMS, ""), Need.SOFT, consequence)


# These also select Services or pods, which nothing here checks.
SELECTING = frozenset({"ServiceMonitor.monitoring.coreos.com", "PodMonitor.monitoring.coreos.com"})
CUSTOM_RULES: Mapping[str, Callable[[Manifest], Iterator[Reference]]] = {
    "Certificate.cert-manager.io": _of_certificate,
    "ExternalSecret.external-secrets.io": _of_external_secret,
    "ScaledObject.keda.sh": _of_scaled,
    "ScaledJob.keda.sh": _of_scaled,
    "ServiceMonitor.monitoring.coreos.com": _of_monitor,
    "PodMonitor.monitoring.coreos.com": _of_monitor,
    "VerticalPodAutoscaler.autoscaling.k8s.io": lambda manifest: scaled(manifest, "spec.targetRef"),
    "PrometheusRule.monitoring.coreos.com": lambda _: iter(()),  # it refers to nothing
}
