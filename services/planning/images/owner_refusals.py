"""What is refused alike at every owner of workloads, whichever tool it is of: one code and one sentence each. Pure.

`title` is what people call the owner; `otherwise` what can be done instead, as an imperative.
"""

from collections.abc import Iterable, Iterator

from domain.cluster_api import Right
from domain.hand_overs import OwnerAddress
from domain.images import ImageChange
from domain.resources import Manifest
from services.planning.images.hand_overs import Refusal, capitalised
from services.planning.objects.opt_in import AUTHORIZED, is_authorized


def missing(owner: OwnerAddress, otherwise: str) -> Refusal:
    return Refusal(
        code="owner-not-found",
        detail=f"{capitalised(owner.title)} is not found in namespace {owner.namespace} of "
        f"{owner_cluster(owner)}. If it has not been deleted, {otherwise}.",
    )


def refused_by_opt_in(owner: OwnerAddress, live: Manifest, environment: str) -> Refusal | None:
    """`environment` as `shop/Production`. A write to an owner passes by its tool's own rights, so a person agrees."""
    if is_authorized(live, environment):
        return None
    plural = f"{live.kind.name.lower()}s.{live.kind.group}"
    return Refusal(
        code="owner-not-authorized",
        detail=f"{capitalised(owner.title)} does not let Stagecoach change it for {environment}. Whoever owns it can: "
        f"kubectl annotate {plural} -n {owner.namespace} {owner.name} '{AUTHORIZED}={environment}'.",
    )


def not_of(title: str, label: str, tool: str) -> Refusal:
    """A mark on the workload names an owner that does not know of it."""
    return Refusal(
        code="workload-not-of-owner",
        detail=f"{capitalised(title)} does not list {label} among what it has applied, although it is marked as that. "
        f"If the workload is a copy, take the mark away from it; otherwise let {tool} look at it again.",
    )


def delivers_elsewhere(title: str, place: str, otherwise: str) -> Refusal:
    return Refusal(
        code="owner-delivers-elsewhere",
        detail=f"{capitalised(title)} delivers to {place}, and not to where this workload runs: {otherwise}.",
    )


def images_differ(title: str, where: str, otherwise: str) -> Refusal:
    return Refusal(
        code="owner-images-differ",
        detail=f"{capitalised(title)} has one entry, {where}, for containers that are to get different images: choose "
        f"them in separate operations, or {otherwise}.",
    )


def not_reached(title: str, change: ImageChange, entries: str, otherwise: str) -> Refusal:
    """Images of an object of a declared kind may be where kustomize looks for none."""
    return Refusal(
        code="image-not-reached",
        detail=f"{capitalised(title)} is built by kustomize, which changes whole images in lists called containers or "
        f"initContainers alone, and {change.workload.label} has its image at {change.container}. Where that is a whole "
        f"image, let the kustomization look for it there ('configurations' with a field specification of 'images'), "
        f"and name it in {entries} once as it is now ({change.before.reference}): that changes nothing, and shows that "
        f"it works. Otherwise {otherwise}.",
    )


def rights_lack(title: str, lacking: Iterable[Right], otherwise: str, *, cluster: str | None = None) -> Refusal | None:
    """`cluster` is where the owner is, None where that is the cluster of its workloads."""
    whose = "the cluster's credential" if cluster is None else f"the credential of cluster {cluster}"
    named = " and ".join(_by_namespace(lacking))
    if not named:
        return None
    return Refusal(
        code="owner-rights-missing",
        detail=f"{capitalised(title)} cannot be changed: {whose} may not {named}. Grant it "
        f"(deploy/rbac.yaml shows how), or {otherwise}.",
    )


def _by_namespace(rights: Iterable[Right]) -> Iterator[str]:
    found: dict[str, list[str]] = {}
    for right in rights:
        resource = f"{right.resource}.{right.group}" if right.group else right.resource
        found.setdefault(right.namespace or "", []).append(f"{right.verb} {resource}")
    for namespace, named in sorted(found.items()):
        yield ", ".join(sorted(named)) + (f" in namespace {namespace}" if namespace else "")


def owner_cluster(owner: OwnerAddress) -> str:
    return f"cluster {owner.cluster}" if owner.cluster is not None else "this cluster"
