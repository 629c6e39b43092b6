"""Why an object of Flux is not given an image, with the way out. Pure."""

from collections.abc import Iterable

from domain.cluster_api import Right
from domain.hand_overs import OwnerAddress
from domain.resources import Manifest
from services.planning.flux.owners import is_from_git, namespace_of, sets_images
from services.planning.images.hand_overs import Refusal, capitalised
from services.planning.objects.opt_in import AUTHORIZED, is_authorized

_IN_GIT = "change the image in Git instead, where it comes from"


def missing(owner: OwnerAddress) -> Refusal:
    return Refusal(
        code="owner-not-found",
        detail=f"{capitalised(owner.title)} is not found in namespace {owner.namespace} of this cluster: it may be on "
        f"another one. Otherwise {_IN_GIT}.",
    )


def refused_by_opt_in(owner: OwnerAddress, live: Manifest, environment: str, namespace: str) -> Refusal | None:
    """Whoever owns an object outside of the application's namespace has to agree: a mark alone opens no other one."""
    if owner.namespace == namespace or is_authorized(live, environment):
        return None
    plural = f"{live.kind.name.lower()}s.{live.kind.group}"
    return Refusal(
        code="owner-not-authorized",
        detail=f"{capitalised(owner.title)} lies outside of the application's namespace and does not let Stagecoach "
        f"change it for {environment}. Whoever owns it can: kubectl annotate {plural} -n {owner.namespace} "
        f"{owner.name} '{AUTHORIZED}={environment}'.",
    )


def refused_by_state(owner: OwnerAddress, live: Manifest) -> Refusal | None:
    if live.spec.get("suspend"):
        return Refusal(
            code="flux-suspended",
            detail=f"{capitalised(owner.title)} is suspended, so that Flux would bring nothing: resume it first.",
        )
    if live.spec.get("kubeConfig"):
        return Refusal(
            code="flux-delivers-elsewhere",
            detail=f"{capitalised(owner.title)} delivers to another cluster (kubeConfig), and Stagecoach changes those "
            f"that deliver to their own: {_IN_GIT}.",
        )
    return None


def refused_by_place(owner: OwnerAddress, release: Manifest, namespace: str) -> Refusal | None:
    if namespace_of(release) == namespace:
        return None
    return Refusal(
        code="flux-delivers-elsewhere",
        detail=f"{capitalised(owner.title)} delivers to namespace {namespace_of(release)}, and the application is in "
        f"{namespace}.",
    )


def refused_by_git(owner: OwnerAddress, kustomization: Manifest) -> Refusal | None:
    """Whether whatever writes the Kustomization has images of its own for it."""
    if not is_from_git(kustomization) or not sets_images(kustomization):
        return None
    return Refusal(
        code="flux-from-git",
        detail=f"{capitalised(owner.title)} gets its 'spec.images' from Git, which would take another entry back: "
        f"{_IN_GIT}, or leave 'spec.images' out there.",
    )


def from_git(owner: OwnerAddress) -> Refusal:
    """No ConfigMap gives the value that would bring the image, and inline values come back from Git."""
    return Refusal(
        code="flux-from-git",
        detail=f"{capitalised(owner.title)} comes from Git, which would take another value back. Let it read the "
        "image's tag from a ConfigMap: 'valuesFrom' with kind ConfigMap, a 'valuesKey' and the value's path as "
        f"'targetPath', and create that ConfigMap outside of Git. Otherwise {_IN_GIT}.",
    )


def key_missing(owner: OwnerAddress, where: str) -> Refusal:
    """Without the key of before there would be no way back: a missing key stops a release."""
    return Refusal(
        code="flux-value-missing",
        detail=f"{capitalised(owner.title)} takes a value from {where}, which is not there. Create it with the value "
        "that holds now.",
    )


def not_of(owner: OwnerAddress, label: str) -> Refusal:
    return Refusal(
        code="owner-not-found",
        detail=f"{capitalised(owner.title)} does not list {label} among what it has applied, although it is marked as "
        "that. If the workload is a copy, take the mark away from it; otherwise let Flux reconcile.",
    )


def images_differ(owner: OwnerAddress, where: str) -> Refusal:
    return Refusal(
        code="flux-images-differ",
        detail=f"{capitalised(owner.title)} has one entry ({where}) for containers that are to get different images: "
        f"choose them in separate operations, or {_IN_GIT}.",
    )


def rights_lack(owner: OwnerAddress, lacking: Iterable[Right]) -> Refusal | None:
    named = ", ".join(sorted(f"{each.verb} {each.resource}.{each.group}".rstrip(".") for each in lacking))
    if not named:
        return None
    return Refusal(
        code="flux-rights-missing",
        detail=f"{capitalised(owner.title)} cannot be changed: the cluster's credential may not {named} in namespace "
        f"{owner.namespace}. Grant it, or {_IN_GIT}.",
    )
