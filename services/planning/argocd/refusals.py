"""Why an application of Argo CD is not given an override, with the way out. Pure."""

from collections.abc import Iterable

from domain.hand_overs import OwnerAddress, OwnerEdit
from domain.images import ImageChange
from domain.resources import Manifest, ResourceId
from services.planning.argocd.destinations import destination_of
from services.planning.argocd.sources import HELM, KUSTOMIZE, pointer_of, sources_of
from services.planning.images.hand_overs import Refusal, capitalised
from services.planning.images.owner_refusals import delivers_elsewhere, not_of, owner_cluster
from services.planning.objects.application_sets import KIND, leaves_alone, leaves_overrides_alone
from services.planning.objects.owner_chains import lists, writer_of

IN_GIT = "change the image in the source of the application"


def refused_above(
    owner: OwnerAddress, application: Manifest, upper: Manifest | None, edits: Iterable[OwnerEdit] = ()
) -> Refusal | None:
    """What owns the application would write it again. `upper` is the object, where it could be read.

    Without `edits`, whether it would whatever these are.
    """
    writer = writer_of(application)
    if writer is None:
        return None
    way_out = "change the image where that has it from"
    if upper is not None and upper.kind.name == KIND:
        pointers = [pointer for edit in edits if (pointer := pointer_of(application, edit.where)) is not None]
        if (
            all(leaves_alone(upper, application, each) for each in pointers)
            if pointers
            else leaves_overrides_alone(upper, application)
        ):
            return None
        place = f"with the jsonPointer {pointers[0]}" if pointers else "for the place of the override"
        way_out = (
            f"give the ApplicationSet {upper.name} 'syncPolicy.applicationsSync: create-only' or "
            f"'ignoreApplicationDifferences' {place}, or change the image in its template or in Git"
        )
    return Refusal(
        code="argocd-application-owned",
        detail=f"{capitalised(owner.title)} is written by {writer.name}, which would take an override back: {way_out}.",
    )


def refused_by_place(
    owner: OwnerAddress,
    application: Manifest,
    workloads: Iterable[ResourceId],
    namespace: str,
    *,
    cluster: str,
    delivers_here: bool,
) -> Refusal | None:
    """Whether the application is the one that delivers these workloads, to this `cluster`."""
    if not delivers_here:
        return _elsewhere(owner, destination_of(application), cluster)
    stray = next((each for each in workloads if not lists(application, each, namespace)), None)
    return not_of(owner.title, stray.label, "Argo CD") if stray is not None else None


def argocd_moved(owner: OwnerAddress) -> Refusal:
    """Where Argo CD runs was said anew after the owner was found."""
    return Refusal(
        code="argocd-moved",
        detail=f"{capitalised(owner.title)} was found on {owner_cluster(owner)}, and by now Argo CD is said to run on "
        "another one. Plan again.",
    )


def _elsewhere(owner: OwnerAddress, destination: str, cluster: str) -> Refusal:
    if owner.cluster is None and destination:
        otherwise = (
            f"if that is cluster {cluster} all the same, say (PUT /clusters/…/argocd) where its Argo CD runs, and "
            f"that it is called '{destination}' there; otherwise {IN_GIT}"
        )
    elif destination:
        otherwise = (
            f"if Argo CD on cluster {owner.cluster} calls cluster {cluster} so, say that at cluster "
            f"{cluster} in Stagecoach ('called'), or let the credential of {owner.cluster} list Argo CD's cluster "
            f"Secrets; otherwise {IN_GIT}"
        )
    else:
        otherwise = IN_GIT
    return delivers_elsewhere(owner.title, destination or "no cluster", otherwise)


def refused_by_sources(owner: OwnerAddress, application: Manifest) -> Refusal | None:
    title = capitalised(owner.title)
    if application.spec.get("sourceHydrator"):
        return Refusal(
            code="argocd-source-without-override",
            detail=f"{title} is hydrated: what it delivers comes from a branch that Argo CD writes, so {IN_GIT}.",
        )
    sources = [each for each in sources_of(application) if each.renders]
    if any(each.tool in {KUSTOMIZE, HELM} for each in sources):
        return None
    tools = ", ".join(dict.fromkeys(each.tool for each in sources if each.tool))
    return Refusal(
        code="argocd-source-without-override",
        detail=f"{title} has sources of the kind {tools}, which take no override for an image: {IN_GIT}."
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
