"""Why an upgrade of a release is not planned, with the way out. Pure.

Nothing of a release's values or texts is quoted.
"""

from collections.abc import Iterable

from domain.cluster_api import Right, ServedKinds
from domain.images import ImageChange
from domain.resources import Kind
from services.planning.helm.records import DEPLOYED, FAILED, HelmHistory
from services.planning.helm.rendered import Rendered
from services.planning.images.hand_overs import Refusal
from services.planning.objects.helm_records import ReleaseName

OTHERWISE = "set the image delivery 'as-owner', or change the image with Helm yourself"
_SECRET_VERBS = ("get", "list", "create", "update", "delete")


def title_of(release: ReleaseName) -> str:
    return f"The Helm release {release.name} in namespace {release.namespace}"


def refused_elsewhere(release: ReleaseName, namespace: str) -> Refusal | None:
    """A release is written where its workloads are, and nowhere else: a mark alone opens no other namespace."""
    if release.namespace == namespace:
        return None
    return Refusal(
        code="helm-release-elsewhere",
        detail=f"{title_of(release)} lies outside of the application's namespace {namespace}, and Stagecoach upgrades "
        f"releases of that alone: {OTHERWISE}.",
    )


def refused_by_history(release: ReleaseName, history: HelmHistory | None, *, retried: bool = False) -> Refusal | None:
    """What its records say against an upgrade. `retried`: one that failed is made again by whoever made it."""
    title = title_of(release)
    if history is None:
        return Refusal(
            code="helm-release-missing",
            detail=f"{title} has no records in Secrets there, so it was made with another HELM_DRIVER, or is gone: "
            f"{OTHERWISE}.",
        )
    newest = history.newest
    if newest.pending:
        return Refusal(
            code="helm-release-pending",
            detail=f"{title} is {newest.status} at revision {newest.number}: Helm is at work on it, or was killed over "
            f"it. Wait until it has ended; if it never does, free it with 'helm rollback {release.name}'.",
        )
    if newest.status != DEPLOYED and not (retried and newest.status == FAILED):
        return Refusal(
            code="helm-release-failed",
            detail=f"{title} is {newest.status} at revision {newest.number}. Repair it first, with 'helm upgrade' or "
            f"'helm rollback {release.name}'.",
        )
    return None


def chart_incomplete(release: ReleaseName, why: str) -> Refusal:
    return Refusal(
        code="helm-chart-incomplete",
        detail=f"{title_of(release)} cannot be upgraded from its record: {why}. Therefore {OTHERWISE}.",
    )


def refused_by_render(release: ReleaseName, deployed: Rendered, unchanged: Rendered) -> Refusal | None:
    """Whether an upgrade that changes nothing would render other objects than are deployed."""
    if unchanged == deployed:
        return None
    return Refusal(
        code="helm-render-differs",
        detail=f"{title_of(release)} would change though its values stay as they are: it was made with a "
        "post-renderer, or its chart renders random values, dates, or what the cluster serves. An upgrade would change "
        f"more than the image: {OTHERWISE}.",
    )


def container_not_rendered(release: ReleaseName, change: ImageChange) -> Refusal:
    return Refusal(
        code="helm-value-not-found",
        detail=f"{title_of(release)} renders no container {change.container} of {change.workload.label}, so somebody "
        f"else has added it: {OTHERWISE}.",
    )


def rendered_already(release: ReleaseName, change: ImageChange) -> Refusal:
    return Refusal(
        code="helm-renders-it-already",
        detail=f"{title_of(release)} names {change.after.reference} for {change.workload.label}, container "
        f"{change.container}, already, and the cluster runs {change.before.reference}: somebody has changed the "
        "workload beside Helm. Upgrade the release with Helm to bring it back to its values.",
    )


def value_not_found(release: ReleaseName, change: ImageChange, *, labelled: bool) -> Refusal:
    """`labelled`: a value would bring it, but the chart labels objects with it."""
    why = (
        "the chart labels objects with the value that would bring it, and no label may hold a digest. Let the "
        "environment pin to tags ('pin: tag')"
        if labelled
        else "no single value of its chart brings exactly this image"
    )
    return Refusal(
        code="helm-value-not-found",
        detail=f"{title_of(release)}: {change.workload.label}, container {change.container}, cannot get "
        f"{change.after.reference}, because {why}. Otherwise {OTHERWISE}.",
    )


def values_tie(release: ReleaseName, change: ImageChange, choices: Iterable[str]) -> Refusal:
    return Refusal(
        code="helm-values-tie",
        detail=f"{title_of(release)}: {change.workload.label}, container {change.container}, would get its image by "
        f"any of these values, and nothing tells which is meant: {'; '.join(choices)}. Give one of them in the "
        f"release's values, or {OTHERWISE}.",
    )


def rights_needed(release: ReleaseName, objects: Rendered, served: ServedKinds) -> frozenset[Right]:
    """What Helm asks of the cluster: records, and a patch of every object of the release."""
    kinds = {(each.kind, each.namespace or release.namespace) for each in objects.objects.values()}
    return frozenset(
        (
            *(Right(verb=verb, group="", resource="secrets", namespace=release.namespace) for verb in _SECRET_VERBS),
            *(
                Right(
                    verb=verb,
                    group=kind.group,
                    resource=found.plural,
                    namespace=namespace if found.namespaced else None,
                )
                for kind, namespace in kinds
                if (found := served.find(kind)) is not None
                for verb in ("get", "patch")
            ),
        )
    )


def kinds_of(objects: Rendered) -> frozenset[Kind]:
    return frozenset(each.kind for each in objects.objects.values())
