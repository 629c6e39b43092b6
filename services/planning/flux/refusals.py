"""Why an object of Flux is not given an image, with the way out. Pure."""

from domain.hand_overs import OwnerAddress
from domain.resources import Manifest
from services.planning.flux.owners import is_from_git, namespace_of, sets_images
from services.planning.images.hand_overs import Refusal, capitalised
from services.planning.images.owner_refusals import delivers_elsewhere, refused_by_opt_in

IN_GIT = "change the image in Git, where it comes from"


def refused_outside(owner: OwnerAddress, live: Manifest, environment: str, namespace: str) -> Refusal | None:
    """Whoever owns an object outside of the application's namespace has to agree: a mark alone opens no other one."""
    return None if owner.namespace == namespace else refused_by_opt_in(owner, live, environment)


def refused_by_state(owner: OwnerAddress, live: Manifest) -> Refusal | None:
    if live.spec.get("suspend"):
        return Refusal(
            code="flux-suspended",
            detail=f"{capitalised(owner.title)} is suspended, so that Flux would bring nothing: resume it first.",
        )
    if live.spec.get("kubeConfig"):
        return delivers_elsewhere(owner.title, "another cluster (kubeConfig)", IN_GIT)
    return None


def refused_by_place(owner: OwnerAddress, release: Manifest, namespace: str) -> Refusal | None:
    found = namespace_of(release)
    return None if found == namespace else delivers_elsewhere(owner.title, f"namespace {found}", IN_GIT)


def refused_by_git(owner: OwnerAddress, kustomization: Manifest) -> Refusal | None:
    """Whether whatever writes the Kustomization has images of its own for it."""
    if not is_from_git(kustomization) or not sets_images(kustomization):
        return None
    return Refusal(
        code="flux-from-git",
        detail=f"{capitalised(owner.title)} gets its 'spec.images' from Git, which would take another entry back: "
        f"{IN_GIT}, or leave 'spec.images' out there.",
    )


def from_git(owner: OwnerAddress) -> Refusal:
    """No ConfigMap gives the value that would bring the image, and inline values come back from Git."""
    return Refusal(
        code="flux-from-git",
        detail=f"{capitalised(owner.title)} comes from Git, which would take another value back. Let it read the "
        "image's tag from a ConfigMap: 'valuesFrom' with kind ConfigMap, a 'valuesKey' and the value's path as "
        f"'targetPath', and create that ConfigMap outside of Git. Otherwise {IN_GIT}.",
    )


def key_missing(owner: OwnerAddress, where: str) -> Refusal:
    """Without the key of before there would be no way back: a missing key stops a release."""
    return Refusal(
        code="flux-value-missing",
        detail=f"{capitalised(owner.title)} takes a value from {where}, which is not there. Create it with the value "
        "that holds now.",
    )
