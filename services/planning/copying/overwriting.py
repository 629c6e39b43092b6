"""Whom an overwrite takes fields from, and what their next run makes of it. Pure.

An overwrite is a forced server-side apply as `stagecoach` (or a replace). A manager that applies the same fields
without force fails from then on (https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts); one that
updates brings its own values back. docs/decisions/an-owned-image-is-written-in-its-owners-name.md has what was tried.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from domain.problems import Problem, Severity
from domain.resources import Manifest
from services.planning.copying.checks import CopyTarget, applying_managers, other_managers, problem
from services.planning.copying.consents import Consent
from services.planning.objects.helm_records import HelmRelease, ReleaseName
from services.planning.objects.owners import owner_of
from services.planning.objects.workload_owners import WorkloadOwner, release_of, workload_owner
from services.planning.plan import Change

OWNED, TAKES_OVER = "target-owned", "takes-fields-over"


def overwrite_problems(
    desired: Manifest, live: Manifest, changes: tuple[Change, ...], target: CopyTarget
) -> Iterator[Problem]:
    """What an overwrite does to the owner of the object, or to the managers of its fields.

    A controller's object is never overwritten. What breaks or fights a delivery takes a consent.
    """
    marked = owner_of(live)
    delivered, appliers = delivered_by(live), applying_managers(live, changes)
    if marked is not None and marked.controller:
        text = f"{desired.id.label} belongs to {marked.tool} ({marked.mark}): {marked.consequence}."
        yield problem(target, desired, OWNED, Severity.BLOCKS, text)
    elif delivered is not None or appliers:
        yield _by_consent(desired, delivered, appliers, target)
    elif marked is not None:
        text = f"{desired.id.label} belongs to {marked.tool} ({marked.mark}): {marked.consequence}."
        yield problem(target, desired, OWNED, Severity.WARNS, text)
    elif managers := other_managers(live, changes):
        text = f"{desired.id.label}: Stagecoach takes fields over from {', '.join(managers)}."
        yield problem(target, desired, TAKES_OVER, Severity.WARNS, text)


def delivered_by(live: Manifest) -> WorkloadOwner | None:
    """The Helm release, the application of Argo CD or the object of Flux that delivers it, as far as it proves that.

    A copy reads no records of releases: Helm counts where it is among the field managers.
    """
    release = release_of(live)
    none_read: dict[ReleaseName, HelmRelease | None] = {release: None} if release is not None else {}
    return workload_owner(live, none_read)


def _by_consent(desired: Manifest, owner: WorkloadOwner | None, appliers: Sequence[str], target: CopyTarget) -> Problem:
    consented = Consent.OWNED_OBJECTS in target.consents
    found = problem(
        target,
        desired,
        OWNED if owner is not None else TAKES_OVER,
        Severity.WARNS if consented else Severity.BLOCKS,
        f"{desired.id.label} {_whose(owner, appliers)}.{_remedy(consented=consented)}",
    )
    return found if consented else replace(found, consent=Consent.OWNED_OBJECTS)


def _whose(owner: WorkloadOwner | None, appliers: Sequence[str]) -> str:
    fails = f"{' and '.join(appliers)} applies fields that would change, and its next apply fails with a conflict"
    if owner is None:
        return f"is not ours alone: {fails}"
    return f"belongs to {owner.name}: {fails if appliers else 'its next run brings its own version back'}"


def _remedy(*, consented: bool) -> str:
    if consented:
        return " It is overwritten, as the request allows: change it there, too."
    return f" Change it there, keep it, leave it out, or allow '{Consent.OWNED_OBJECTS}' to overwrite it."
