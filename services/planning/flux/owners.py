"""What a HelmRelease or Kustomization of Flux says of itself: its release, its place, and who writes it again. Pure."""

import hashlib
from collections.abc import Iterator

from domain.resources import Kind, Manifest, ResourceId
from services.planning.objects.helm_records import ReleaseName
from services.planning.objects.manager_entries import entries_of
from services.planning.objects.owner_chains import writer_of

REQUESTED_AT = "reconcile.fluxcd.io/requestedAt"
_LONGEST_NAME = 53
_PARTS = 4
_IMAGES = ("f:spec", "f:images")


def release_of(release: Manifest) -> ReleaseName:
    """Helm's release, and where Helm keeps its records (api/v2/helmrelease_types.go, `GetReleaseName`)."""
    spec, own = release.spec, release.namespace or ""
    target = spec.get("targetNamespace")
    name = str(spec.get("releaseName") or "-".join(filter(None, (target, release.name))))
    if len(name) > _LONGEST_NAME:
        name = f"{name[:40]}-{hashlib.sha256(name.encode()).hexdigest()[:12]}"
    return ReleaseName(namespace=str(spec.get("storageNamespace") or own), name=name)


def namespace_of(release: Manifest) -> str:
    """Where the release's objects are."""
    return str(release.spec.get("targetNamespace") or release.namespace or "")


def is_from_git(owner: Manifest) -> bool:
    """Whether something would write the object again."""
    return writer_of(owner) is not None


def sets_images(kustomization: Manifest) -> bool:
    """Whether another manager than Stagecoach has `spec.images`, which is one field: it would write its own again."""
    return any(each.manager != "stagecoach" and each.owns(_IMAGES) for each in entries_of(kustomization))


def applied_by(kustomization: Manifest) -> Iterator[tuple[ResourceId, str]]:
    """What it has applied (`status.inventory`), each with its namespace; empty for what has none.

    An entry is `NAMESPACE_NAME_GROUP_KIND` (fluxcd/cli-utils pkg/object/objmetadata.go).
    """
    inventory = kustomization.status.get("inventory") or {}
    listed = inventory.get("entries") if isinstance(inventory, dict) else None
    for each in listed or ():
        parts = str(each.get("id", "")).split("_") if isinstance(each, dict) else []
        if len(parts) == _PARTS:
            namespace, name, group, kind = parts
            yield ResourceId(kind=Kind(group=group, version=str(each.get("v", "")), name=kind), name=name), namespace


def has_in_inventory(kustomization: Manifest, resource: ResourceId, namespace: str) -> bool:
    """Whether the object is among those that the Kustomization has applied."""
    wanted = (*resource.group_kind, resource.name, namespace)
    return any((*each.group_kind, each.name, where) == wanted for each, where in applied_by(kustomization))


def token(operation: str, edits: object) -> str:
    """What asks for a reconciliation: another one for the way back, which has the same operation."""
    return f"{operation}-{hashlib.sha256(repr(edits).encode()).hexdigest()[:8]}"


def is_of(token: str, operation: str) -> bool:
    """Whether this asked for a reconciliation in this operation: for its change, or for its way back."""
    return token.startswith(f"{operation}-")


def was_seen(owner: Manifest, asked: str) -> bool:
    """Whether its controller has looked at it since it was asked to."""
    return bool(
        owner.status.get("observedGeneration") == owner.generation
        and owner.status.get("lastHandledReconcileAt") == asked
    )
