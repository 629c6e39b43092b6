"""Builders of Kubernetes objects as a server returns them; what a test does not set has a valid value."""

from typing import Any

from domain.cluster_api import ServedKind, ServedKinds
from domain.resources import Kind, Manifest
from services.planning.copying.facts import CopyFacts, NamespaceState, SourceFacts, TargetFacts
from services.planning.objects.field_prints import FieldPrints
from services.planning.objects.identity import ObjectKey
from services.planning.objects.redact import Fingerprints

FINGERPRINTS = Fingerprints(b"a key for tests, of some length")
PRINTS = FieldPrints(b"a key for tests, of some length")

_PLURALS = {
    "NetworkPolicy": "networkpolicies",
    "Ingress": "ingresses",
    "Endpoints": "endpoints",
}


def obj(
    api_version: str, kind: str, name: str = "web", *, metadata: dict[str, Any] | None = None, **body: Any
) -> Manifest:
    """An object; what is None in `body` is left out."""
    given = {key: value for key, value in body.items() if value is not None}
    return Manifest({"apiVersion": api_version, "kind": kind, "metadata": {"name": name, **(metadata or {})}, **given})


def config_map(name: str = "settings", data: dict[str, Any] | None = None, **body: Any) -> Manifest:
    return obj("v1", "ConfigMap", name, data=data if data is not None else {"mode": "dev"}, **body)


def secret(name: str = "keys", data: dict[str, Any] | None = None, type: str = "Opaque", **body: Any) -> Manifest:  # noqa: A002
    return obj("v1", "Secret", name, type=type, data=data if data is not None else {"token": "Y2FuYXJ5"}, **body)


def service(name: str = "web", metadata: dict[str, Any] | None = None, **spec: Any) -> Manifest:
    return obj("v1", "Service", name, metadata=metadata, spec={"selector": {"app": name}, **spec})


def deployment(
    name: str = "web", pod: dict[str, Any] | None = None, metadata: dict[str, Any] | None = None, **spec: Any
) -> Manifest:
    return obj("apps/v1", "Deployment", name, metadata=metadata, spec=workload_spec(name, pod, **spec))


def workload_spec(name: str = "web", pod: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    labels = {"app": name}
    template = {
        "metadata": {"labels": dict(labels)},
        "spec": {"containers": [{"name": name, "image": f"{name}:1"}], **(pod or {})},
    }
    return {"replicas": 1, "selector": {"matchLabels": labels}, "template": template, **spec}


def served(*manifests: Manifest, cluster_wide: tuple[Kind, ...] = ()) -> ServedKinds:
    """The kinds of a cluster that serves the kinds of these objects in these versions, and no others."""
    kinds = dict.fromkeys(manifest.kind for manifest in manifests)
    return ServedKinds(
        tuple(
            ServedKind(kind=kind, plural=_plural(kind), namespaced=kind not in cluster_wide)
            for kind in (*kinds, *cluster_wide)
        )
    )


def _plural(kind: Kind) -> str:
    return _PLURALS.get(kind.name, kind.name.lower() + "s")


def target(*live: Manifest, knows: tuple[Manifest, ...], cluster: str = "staging-1", **facts: Any) -> TargetFacts:
    """The facts of a target cluster that serves all kinds and has the objects in `live` and no others."""
    return TargetFacts(
        **{
            "cluster": cluster,
            "cluster_id": f"id-of-{cluster}",
            "served": served(*knows, *live),
            "namespace_state": NamespaceState.ACTIVE,
            "live": {ObjectKey.of(manifest): manifest for manifest in live},
            "looked_for": frozenset(ObjectKey.of(manifest) for manifest in (*knows, *live)),
            **facts,
        }
    )


def source(*manifests: Manifest, **facts: Any) -> SourceFacts:
    given = {"environment": "Development", "cluster": "dev-1", "cluster_id": "id-of-dev-1", "namespace": "shop-dev"}
    return SourceFacts(manifests=manifests, **{**given, **facts})


def facts(*manifests: Manifest, targets: tuple[TargetFacts, ...] | None = None, **source_facts: Any) -> CopyFacts:
    """The facts of a copy of these objects to namespace `shop` of one empty cluster, or of the given targets."""
    policy = source_facts.pop("policy", frozenset())
    return CopyFacts(
        source=source(*manifests, **source_facts),
        namespace="shop",
        targets=targets if targets is not None else (target(knows=manifests),),
        policy=policy,
    )
