"""Members that a controller generated from the source's pods or namespace, beside what a person wrote. Pure."""

from typing import Any

from domain.resources import Manifest
from services.planning.objects import paths
from services.planning.objects.identity import kind_name
from services.planning.tools.rows import Place
from services.planning.tools.table import rows_on

# Annotation or label of a ConfigMap → the key whose value OpenShift fills in with the authorities of each cluster
# (OpenShift docs, "Configuring a custom PKI", "Service CA certificates").
_INJECTED = {
    "config.openshift.io/inject-trusted-cabundle": "ca-bundle.crt",
    "service.beta.openshift.io/inject-cabundle": "service-ca.crt",
    "service.alpha.openshift.io/inject-cabundle": "service-ca.crt",
}
_HOST_GENERATED = "openshift.io/host.generated"  # OpenShift docs, "Route configuration": of namespace and domain


# Kind → the labels by which it selects pods.
_SELECTORS = {
    "Service": "spec.selector",
    "PodDisruptionBudget.policy": "spec.selector.matchLabels",
    "NetworkPolicy.networking.k8s.io": "spec.podSelector.matchLabels",
}


def without_generated_members(body: dict[str, Any], manifest: Manifest) -> list[str]:
    """Take them out of what selects pods, of a Route and of a ConfigMap, in place; what was taken out."""
    kind = kind_name(manifest.kind)
    if kind == "ConfigMap":
        return _without_injected(body, manifest)
    if kind in _SELECTORS:
        return _without_hashes(body, kind)
    if manifest.annotations.get(_HOST_GENERATED) == "true" and paths.remove(body, "spec.host"):
        return ["Route.route.openshift.io: generated spec.host"]
    return []


def injected_keys(manifest: Manifest) -> frozenset[str]:
    """The keys of a ConfigMap that a controller fills in on every cluster."""
    if kind_name(manifest.kind) != "ConfigMap":
        return frozenset()
    marks = {**manifest.labels, **manifest.annotations}
    return frozenset(key for mark, key in _INJECTED.items() if marks.get(mark) == "true")


def _without_injected(body: dict[str, Any], manifest: Manifest) -> list[str]:
    """Without the authorities of the source, which the target fills in with its own."""
    data = body.get("data")
    taken = sorted(injected_keys(manifest) & {*data}) if isinstance(data, dict) else []
    for key in taken:
        del body["data"][key]
    if data == {}:
        del body["data"]
    return [f"ConfigMap: injected {key}" for key in taken]


def pod_selector(manifest: Manifest) -> tuple[str, dict[str, Any]]:
    """The path to the labels by which the object selects pods, and these labels; empty where it selects none."""
    path = _SELECTORS.get(kind_name(manifest.kind), "")
    selector = paths.value(manifest.body, path) if path else None
    return path, selector if isinstance(selector, dict) else {}


def _without_hashes(body: dict[str, Any], kind: str) -> list[str]:
    """Without the hash of one revision's pods in a selector, where another term is left."""
    _, selector = pod_selector(Manifest(body))
    hashes = [name for name in selector if rows_on(Place.SELECTOR, name)]
    if not hashes or len(hashes) == len(selector):
        return []
    for name in hashes:
        del selector[name]
    return [f"{kind}: selector {name}" for name in sorted(hashes)]
