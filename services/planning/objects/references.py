"""Which other objects an object refers to by name, and what happens where the target lacks one of them. Pure.

References are to objects of the same namespace, or to cluster-scoped classes and roles. Of custom resources only the
classes are known, and what `custom_references` has. Fields and consequences follow the API reference of each kind
(kubernetes.io/docs/reference).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from domain.resources import Kind, Manifest
from services.planning.objects import paths
from services.planning.objects.built_in import is_built_in
from services.planning.objects.classes import INGRESS_CLASS_ANNOTATION, ingress_classes_in, storage_classes_in
from services.planning.objects.custom_references import CUSTOM_RULES, SELECTING, references_in_metadata, scaled
from services.planning.objects.identity import GroupKind, kind_name
from services.planning.objects.pod_references import (
    NO_PULL,
    UNSCHEDULABLE,
    references_of_claims,
    references_of_pods,
)
from services.planning.objects.reference_values import (
    CLUSTER_ROLE,
    DEVICE_CLASS,
    GATEWAY,
    GATEWAY_CLASS,
    INGRESS_CLASS,
    ROLE,
    SECRET,
    SERVICE,
    SERVICE_ACCOUNT,
    STORAGE_CLASS,
    Need,
    Reference,
    named,
)
from services.planning.objects.workloads import is_workload

_NO_LOGIN = "what runs under the account finds no such login"
_NO_CERTIFICATE = "the host is served without its certificate"
_NO_BACKEND = "the path answers with an error"
_NO_CLASS = "no controller serves the Ingress"
_COMPARED = "a controller compares the text of the annotation, so whether one serves it is not known"


def references_of(manifest: Manifest) -> tuple[Reference, ...]:
    """Every reference of the object, without repetitions, in the order of its fields."""
    references = [*references_of_pods(manifest)] if is_workload(manifest.kind) else []
    rule = _RULES.get(kind_name(manifest.kind))
    if rule is not None:
        references += rule(manifest)
    elif not is_built_in(manifest.kind):
        references += _of_custom(manifest)
    references += references_in_metadata(manifest)
    return tuple(dict.fromkeys(references))


def knows_references(kind: Kind) -> bool:
    """Whether all references of the kind's objects are known: of custom resources mostly only their classes are."""
    return is_built_in(kind) or (kind_name(kind) in _RULES and kind_name(kind) not in SELECTING)


def _of_stateful_set(manifest: Manifest) -> Iterator[Reference]:
    claims = manifest.spec.get("volumeClaimTemplates") or ()
    yield from references_of_claims(claims, "spec.volumeClaimTemplates")
    yield from named(SERVICE, manifest.spec.get("serviceName"), "spec.serviceName", Need.SOFT, "no DNS names")


def _of_claim(manifest: Manifest) -> Iterator[Reference]:
    yield from references_of_claims((manifest.body,), "spec")


def _of_account(manifest: Manifest) -> Iterator[Reference]:
    for secret in manifest.body.get("imagePullSecrets") or ():
        yield from named(SECRET, secret.get("name"), "imagePullSecrets", Need.SOFT, NO_PULL)
    for secret in manifest.body.get("secrets") or ():
        yield from named(SECRET, secret.get("name"), "secrets", Need.SOFT, _NO_LOGIN)


def _of_gateway(manifest: Manifest) -> Iterator[Reference]:
    name = manifest.spec.get("gatewayClassName")
    yield from named(GATEWAY_CLASS, name, "spec.gatewayClassName", Need.SOFT, "no controller serves it")
    for ref in paths.values(manifest.body, "spec.listeners[].tls.certificateRefs[]"):
        yield from _of_gateway_api(ref, manifest, SECRET, "spec.listeners", _NO_CERTIFICATE)


def _of_route(manifest: Manifest) -> Iterator[Reference]:
    """https://gateway-api.sigs.k8s.io/reference/spec/: what a reference leaves out is a Gateway, or a Service."""
    for ref in paths.values(manifest.body, "spec.parentRefs[]"):
        yield from _of_gateway_api(ref, manifest, GATEWAY, "spec.parentRefs", "no controller serves the route")
    backends = [*paths.values(manifest.body, "spec.rules[].backendRefs[]")]
    for filters in ("spec.rules[].filters[]", "spec.rules[].backendRefs[].filters[]"):
        backends += paths.values(manifest.body, f"{filters}.requestMirror.backendRef")
        backends += paths.values(manifest.body, f"{filters}.extensionRef")
    for ref in backends:
        yield from _of_gateway_api(ref, manifest, SERVICE, "spec.rules", _NO_BACKEND)


def _of_gateway_api(
    ref: Any, manifest: Manifest, default: GroupKind, field: str, consequence: str
) -> Iterator[Reference]:
    """The reference, where it stays in the namespace: those across namespaces are notes of their own."""
    if isinstance(ref, dict) and ref.get("namespace") in {None, "", manifest.namespace}:
        group = ref.get("group")
        kind = (str(default[0] if group is None else group), str(ref.get("kind") or default[1]))
        yield from named(kind, ref.get("name"), field, Need.SOFT, consequence)


def _of_ingress(manifest: Manifest) -> Iterator[Reference]:
    name = manifest.spec.get("ingressClassName")
    yield from named(INGRESS_CLASS, name, "spec.ingressClassName", Need.SOFT, _NO_CLASS)
    if not name:
        legacy = manifest.annotations.get(INGRESS_CLASS_ANNOTATION)
        field = paths.below("metadata.annotations", INGRESS_CLASS_ANNOTATION)
        for reference in named(INGRESS_CLASS, legacy, field, Need.SOFT, _COMPARED):
            yield replace(reference, verb="names")
    for secret in paths.values(manifest.body, "spec.tls[].secretName"):
        yield from named(SECRET, secret, "spec.tls", Need.SOFT, _NO_CERTIFICATE)
    backends = [*paths.values(manifest.body, "spec.rules[].http.paths[].backend.service.name")]
    backends += paths.values(manifest.body, "spec.defaultBackend.service.name")
    backend = "http.paths[].backend.resource"
    for ref in (
        *paths.values(manifest.body, "spec.defaultBackend.resource"),
        *paths.values(manifest.body, f"spec.rules[].{backend}"),
    ):
        if isinstance(ref, dict):
            kind = (str(ref.get("apiGroup") or ""), str(ref.get("kind") or ""))
            yield from named(kind, ref.get("name"), "spec.rules", Need.SOFT, _NO_BACKEND)
    for service in backends:
        yield from named(SERVICE, service, "spec.rules", Need.SOFT, _NO_BACKEND)


def _of_binding(manifest: Manifest) -> Iterator[Reference]:
    role = manifest.body.get("roleRef") or {}
    group_kind = CLUSTER_ROLE if role.get("kind") == "ClusterRole" else ROLE
    yield from named(group_kind, role.get("name"), "roleRef", Need.SOFT, "the binding has no effect")
    for subject in manifest.body.get("subjects") or ():
        if subject.get("kind") == "ServiceAccount" and subject.get("namespace") in {None, manifest.namespace}:
            name = subject.get("name")
            if name != "default":
                yield from named(SERVICE_ACCOUNT, name, "subjects", Need.SOFT, "the binding has no effect")


def _of_autoscaler(manifest: Manifest) -> Iterator[Reference]:
    yield from scaled(manifest, "spec.scaleTargetRef")
    for reference in scaled(manifest, "spec.metrics[].object.describedObject"):
        yield replace(reference, consequence="there is nothing to measure")


def _of_devices(manifest: Manifest) -> Iterator[Reference]:
    """Classes of devices, in a claim and in a template of claims."""
    for root in ("spec.devices.requests[]", "spec.spec.devices.requests[]"):
        for where in ("deviceClassName", "exactly.deviceClassName", "firstAvailable[].deviceClassName"):
            for name in paths.values(manifest.body, f"{root}.{where}"):
                yield from named(DEVICE_CLASS, name, root.removesuffix("[]"), Need.REQUIRED, UNSCHEDULABLE)


def _of_custom(manifest: Manifest) -> Iterator[Reference]:
    """The classes that a custom resource names: its other references are not known."""
    for holder, key, path in storage_classes_in({"spec": manifest.body.get("spec")}):
        name = str(holder[key])
        if name == name.lower():  # object stores have classes as well, as STANDARD_IA, which no cluster has
            yield from named(STORAGE_CLASS, name, path, Need.SOFT, "its volumes stay Pending")
    for holder, key, path in ingress_classes_in({"spec": manifest.body.get("spec")}):
        yield from named(INGRESS_CLASS, holder[key], path, Need.SOFT, "no controller serves what it makes")


_RULES: Mapping[str, Callable[[Manifest], Iterator[Reference]]] = {
    "StatefulSet.apps": _of_stateful_set,
    "PersistentVolumeClaim": _of_claim,
    "Ingress.networking.k8s.io": _of_ingress,
    "RoleBinding.rbac.authorization.k8s.io": _of_binding,
    "ServiceAccount": _of_account,
    "HorizontalPodAutoscaler.autoscaling": _of_autoscaler,
    "Gateway.gateway.networking.k8s.io": _of_gateway,
    **{f"{protocol}Route.gateway.networking.k8s.io": _of_route for protocol in ("HTTP", "GRPC", "TLS", "TCP", "UDP")},
    **CUSTOM_RULES,
    "ResourceClaim.resource.k8s.io": _of_devices,
    "ResourceClaimTemplate.resource.k8s.io": _of_devices,
}
