"""Why an upgrade of a release is not planned, with the way out. Pure.

Nothing of a release's values or texts is quoted.
"""

from collections.abc import Iterable

from domain.cluster_api import Right, ServedKinds
from domain.images import ImageChange
from domain.resources import Kind
from services.planning.helm.records import DEPLOYED, FAILED, HelmHistory, Revision
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
    """What its records say against an upgrade.

    `retried`: whoever upgrades the release makes an upgrade that failed again, and one that is under way is followed by
    the next, with the values that it is given meanwhile.
    """
    title = title_of(release)
    if history is None:
        return Refusal(
            code="helm-release-missing",
            detail=f"{title} has no records in Secrets there, so it was made with another HELM_DRIVER, or is gone: "
            f"{OTHERWISE}.",
        )
    newest = history.newest
    if newest.pending:
        return _refused_as_pending(release, newest, retried=retried)
    if newest.status != DEPLOYED and not (retried and newest.status == FAILED):
        return Refusal(
            code="helm-release-failed",
            detail=f"{title} is {newest.status} at revision {newest.number}. Repair it first, with 'helm upgrade' or "
            f"'helm rollback {release.name}'.",
        )
    return None


def _refused_as_pending(release: ReleaseName, newest: Revision, *, retried: bool) -> Refusal | None:
    at = f"{title_of(release)} is {newest.status} at revision {newest.number}"
    if not retried:
        return Refusal(
            code="helm-release-pending",
            detail=f"{at}: Helm is at work on it, or was killed over it. Wait until it has ended; if it never does, "
            f"free it with 'helm rollback {release.name}'.",
        )
    if newest.goes_back:
        return Refusal(
            code="helm-release-pending",
            detail=f"{at}: an upgrade has failed, and Flux takes it back. The record has the values of before until "
            "then, not those that the HelmRelease asks for. Wait until Flux has ended, and plan again.",
        )
    return None


def chart_incomplete(release: ReleaseName, why: str) -> Refusal:
    return Refusal(
        code="helm-chart-incomplete",
        detail=f"{title_of(release)} cannot be upgraded from its record: {why}. Therefore {OTHERWISE}.",
    )


def refused_by_render(
    release: ReleaseName, deployed: Rendered, unchanged: Rendered, *, pending: bool = False
) -> Refusal | None:
    """Whether an upgrade that changes nothing would render other objects than are deployed.

    `pending`: by an upgrade that is under way, beside which Helm renders in a way that a chart may tell apart.
    """
    if unchanged == deployed:
        return None
    if pending:
        return Refusal(
            code="helm-release-pending",
            detail=f"{title_of(release)} is being upgraded, and what its chart renders cannot be tried beside that. "
            "Wait until that upgrade has ended, and plan again.",
        )
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


def rendered_already(release: ReleaseName, change: ImageChange, *, pending: bool) -> Refusal:
    """`pending`: by an upgrade that is under way."""
    if pending:
        return Refusal(
            code="helm-release-pending",
            detail=f"{title_of(release)} is being upgraded to {change.after.reference} for {change.workload.label}, "
            f"container {change.container}, already. Wait until that upgrade has ended, and plan again.",
        )
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
