"""Why an application of Argo CD is not given an override, with the way out. Pure."""

from collections.abc import Iterable

from domain.cluster_api import Right
from domain.hand_overs import OwnerAddress
from domain.images import ImageChange
from domain.resources import Manifest, ResourceId
from services.planning.argocd.sources import HELM, KUSTOMIZE, sources_of
from services.planning.images.hand_overs import Refusal, capitalised
from services.planning.objects.opt_in import AUTHORIZED, is_authorized
from services.planning.objects.owner_chains import lists, writer_of

_OWN_CLUSTER = frozenset({"https://kubernetes.default.svc", "in-cluster"})
_ONLY_CREATES = frozenset({"create-only", "create-delete"})
_IN_GIT = "change the image in the source of the application instead"


def missing(owner: OwnerAddress) -> Refusal:
    return Refusal(
        code="owner-not-found",
        detail=f"{capitalised(owner.title)} is gone from the namespace {owner.namespace}.",
    )


def refused_by_opt_in(owner: OwnerAddress, application: Manifest, environment: str) -> Refusal | None:
    """`environment` as `shop/Production`. A patch passes by Argo CD's own rights, so its owner has to agree."""
    if is_authorized(application, environment):
        return None
    return Refusal(
        code="argocd-not-authorized",
        detail=f"{capitalised(owner.title)} does not let Stagecoach change it for {environment}. Whoever owns it can: "
        f"kubectl annotate applications.argoproj.io -n {owner.namespace} {owner.name} '{AUTHORIZED}={environment}'.",
    )


def refused_above(owner: OwnerAddress, application: Manifest, upper: Manifest | None) -> Refusal | None:
    """What owns the application would write it again. `upper` is the object, where it could be read."""
    writer = writer_of(application)
    if writer is None:
        return None
    if upper is not None and upper.kind.name == "ApplicationSet":
        policy = upper.spec.get("syncPolicy")
        if isinstance(policy, dict) and policy.get("applicationsSync") in _ONLY_CREATES:
            return None
        way_out = (
            f"give the ApplicationSet {upper.name} 'syncPolicy.applicationsSync: create-only', or change the image in "
            "its template or in Git"
        )
    else:
        way_out = "change the image where that has it from"
    return Refusal(
        code="argocd-application-owned",
        detail=f"{capitalised(owner.title)} is written by {writer.name}, which would take an override back: {way_out}.",
    )


def refused_by_place(
    owner: OwnerAddress, application: Manifest, workloads: Iterable[ResourceId], namespace: str
) -> Refusal | None:
    """Whether the application is the one that delivers these workloads, to this cluster."""
    title = capitalised(owner.title)
    destination = application.spec.get("destination")
    destination = destination if isinstance(destination, dict) else {}
    where = str(destination.get("server") or destination.get("name") or "")
    if where not in _OWN_CLUSTER:
        return Refusal(
            code="argocd-destination-elsewhere",
            detail=f"{title} delivers to {where or 'no cluster'}, and Stagecoach changes applications that deliver to "
            f"the cluster that they are in ({' or '.join(sorted(_OWN_CLUSTER))}): {_IN_GIT}.",
        )
    stray = next((each for each in workloads if not lists(application, each, namespace)), None)
    if stray is None:
        return None
    return Refusal(
        code="argocd-not-of-application",
        detail=f"{title} does not list {stray.label} among its resources, although it is marked as one of them. If "
        "the workload is a copy, take the mark away from it; otherwise let Argo CD refresh the application.",
    )


def refused_by_sources(owner: OwnerAddress, application: Manifest) -> Refusal | None:
    title = capitalised(owner.title)
    if application.spec.get("sourceHydrator"):
        return Refusal(
            code="argocd-source-without-override",
            detail=f"{title} is hydrated: what it delivers comes from a branch that Argo CD writes, so {_IN_GIT}.",
        )
    sources = [each for each in sources_of(application) if each.renders]
    if any(each.tool in {KUSTOMIZE, HELM} for each in sources):
        return None
    tools = ", ".join(dict.fromkeys(each.tool for each in sources if each.tool))
    return Refusal(
        code="argocd-source-without-override",
        detail=f"{title} has sources of the kind {tools}, which take no override for an image: {_IN_GIT}."
        if tools
        else f"{title} does not say yet what renders its sources. Let Argo CD refresh it, and plan again.",
    )


def refused_by_operation(owner: OwnerAddress, application: Manifest) -> Refusal | None:
    if application.body.get("operation") is None:
        return None
    state = application.status.get("operationState") or {}
    message = f" ({state['message']})" if state.get("phase") == "Running" and state.get("message") else ""
    return Refusal(
        code="argocd-operation-under-way",
        detail=f"{capitalised(owner.title)} is being synced{message}. Wait until that has ended, or end it in Argo CD, "
        "and plan again.",
    )


def override_not_found(owner: OwnerAddress, change: ImageChange) -> Refusal:
    return Refusal(
        code="argocd-override-not-found",
        detail=f"{capitalised(owner.title)}: nothing in it names the image of {change.workload.label}, container "
        f"{change.container}, so it is not known what would change it. Name it there once as it is now "
        f"({change.before.reference}), in kustomize.images ('NAME={change.before.reference}') or in helm.parameters "
        "(image.repository and image.tag, say); that changes nothing, and plan again.",
    )


def overrides_tie(owner: OwnerAddress, change: ImageChange, choices: Iterable[str]) -> Refusal:
    return Refusal(
        code="argocd-overrides-tie",
        detail=f"{capitalised(owner.title)}: {change.workload.label}, container {change.container}, may have its image "
        f"from any of these, and nothing tells which: {'; '.join(choices)}. Leave one of them, and plan again.",
    )


def images_differ(owner: OwnerAddress, where: str) -> Refusal:
    return Refusal(
        code="argocd-override-for-two-images",
        detail=f"{capitalised(owner.title)}: containers that have their image from one override, {where}, are to get "
        "different images. Leave out all but one of these, or give them images of different names in the source.",
    )


def rights_lack(owner: OwnerAddress, lacking: Iterable[Right]) -> Refusal | None:
    named = ", ".join(sorted(f"{each.verb} {each.resource}.{each.group}" for each in lacking))
    if not named:
        return None
    return Refusal(
        code="argocd-rights-missing",
        detail=f"{capitalised(owner.title)} cannot be changed: the cluster's credential may not {named} in the "
        f"namespace {owner.namespace}. Grant it (deploy/rbac.yaml has it, commented out), and plan again.",
    )
