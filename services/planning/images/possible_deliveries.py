"""Which image deliveries work for a workload as it is on a cluster, and what a person does to get there. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.words import ImageDelivery
from services.planning.images.running import WorkloadFacts
from services.planning.images.ways import Torn, holders, way_of
from services.planning.objects.application_sets import KIND
from services.planning.objects.opt_in import AUTHORIZED
from services.planning.objects.workload_owners import OwnerObject, Tool, WorkloadOwner


@dataclass(frozen=True, kw_only=True)
class PossibleDelivery:
    """An image delivery that works here, and the `steps` to take, in sentences and in their order."""

    delivery: ImageDelivery
    steps: tuple[str, ...]


def possible_deliveries(workload: WorkloadFacts) -> tuple[PossibleDelivery, ...]:
    """Those that write the images of an owned workload, the more lasting first; none for one that no tool owns."""
    if workload.delivered_by is None:
        return ()
    return tuple(_possible(workload, workload.delivered_by))


def _possible(workload: WorkloadFacts, owner: WorkloadOwner) -> Iterator[PossibleDelivery]:
    places = tuple(each.place for each in workload.containers)
    if owner.yields:
        yield PossibleDelivery(
            delivery=ImageDelivery.DIRECT,
            steps=(
                f"Leave it so that {owner.name} ignores images that Stagecoach wrote, in its syncs, too.",
                "Set the image delivery 'direct'.",
            ),
        )
        return
    if workload.entries and not holders(workload.entries, places):
        yield PossibleDelivery(
            delivery=ImageDelivery.DIRECT,
            steps=(
                f"Make sure that {owner.name} leaves the image out for good: it does so now.",
                "Set the image delivery 'direct'.",
            ),
        )
        return
    if owner.address is not None or owner.tool is Tool.ARGO_CD:
        yield from _handed_over(owner)
    if owner.tool is not Tool.HELM:
        yield _by_commit(owner)
    if not isinstance(way_of(workload.entries, owner, places), Torn):
        yield PossibleDelivery(
            delivery=ImageDelivery.AS_OWNER,
            steps=("Set the image delivery 'as-owner'.", f"After each change of an image, {_KEEP_IT[owner.tool]}"),
        )


def _handed_over(owner: WorkloadOwner) -> Iterator[PossibleDelivery]:
    """Those that have the owner bring the image. Whether one can be found to change, only a plan's reading tells."""
    if owner.tool is Tool.HELM:
        yield PossibleDelivery(
            delivery=ImageDelivery.HELM,
            steps=(
                f"Let the cluster's credential read and write the Secrets of {owner.name}, and patch its objects.",
                "Set the image delivery 'helm'.",
                "Look at the plan of the next operation: it names the values that change, or says why none can.",
            ),
        )
    if owner.tool is Tool.ARGO_CD and (owner.rewritten_by is None or owner.rewritten_by.kind.name == KIND):
        yield PossibleDelivery(
            delivery=ImageDelivery.ARGOCD,
            steps=(
                *_found(owner),
                *_left_alone(owner.rewritten_by),
                f"Have whoever answers for {owner.name} annotate it with '{AUTHORIZED}: <application>/<environment>'.",
                f"Let {_credential(owner)} get, list and patch applications.argoproj.io in its namespace.",
                "Set the image delivery 'argocd'.",
                "Look at the plan of the next operation: it names the override, or says why there can be none.",
            ),
        )
    if owner.tool is Tool.FLUX:
        yield PossibleDelivery(
            delivery=ImageDelivery.FLUX,
            steps=(
                f"In another namespace, have {owner.name} annotated '{AUTHORIZED}: <application>/<environment>'.",
                "Let the cluster's credential get and patch it, and read the Secrets of a HelmRelease's Helm release.",
                "Set the image delivery 'flux'.",
                "Look at the plan of the next operation: it names what changes, or says why nothing can.",
            ),
        )


def _found(owner: WorkloadOwner) -> Iterator[str]:
    """What makes an application be found that is not."""
    if owner.address is None and owner.hub is None:
        yield (
            "Where its Argo CD runs on another cluster, say by PUT /clusters/…/argocd on which, in which namespace, "
            "and what it calls this one."
        )
    elif owner.address is None:
        yield (
            f"Have {owner.name} found on cluster {owner.hub}, where Argo CD is said to run: "
            "POST /clusters/…/argocd/check tries that."
        )


def _credential(owner: WorkloadOwner) -> str:
    return "the cluster's credential" if owner.hub is None else f"the credential of cluster {owner.hub}"


def _left_alone(application_set: OwnerObject | None) -> Iterator[str]:
    """What makes an ApplicationSet keep an override."""
    if application_set is not None:
        yield (
            f"Let the ApplicationSet {application_set.name} keep overrides: with 'syncPolicy.applicationsSync: "
            "create-only', or with 'ignoreApplicationDifferences' whose 'jsonPointers' name the place of the override "
            "(/spec/source/kustomize/images or /spec/source/helm/parameters; /spec/sources where there are several)."
        )


def _by_commit(owner: WorkloadOwner) -> PossibleDelivery:
    return PossibleDelivery(
        delivery=ImageDelivery.GIT,
        steps=(
            f"Store the Git repository from which {owner.name} takes the image, with a credential that may push.",
            "Set the image delivery 'git' for the workload, with the branch, and the file that names the image.",
        ),
    )


_KEEP_IT = {
    Tool.HELM: "write it into the values that the next 'helm upgrade' gets, which brings its own image back otherwise.",
    Tool.ARGO_CD: "write it into the source of the application: the next sync brings its own image back otherwise, and "
    "with self-heal that comes within seconds.",
    Tool.FLUX: "write it into the source of the object: its next reconciliation brings its own image back otherwise.",
}
