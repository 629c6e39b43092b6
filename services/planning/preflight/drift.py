"""What differs from the environment's last release on a cluster, and what the plan does about it. Pure.

It is the drift that is known (services.planning.drift), as every other screen shows it, without what is over by now.
"""

from collections.abc import Iterator

from domain.divergences import Divergence, DivergenceKind, FoundImage
from domain.images import ImageChange
from domain.problems import Problem, Severity
from domain.words import Action
from services.planning.preflight.values import PlannedOn, PreflightFacts

_MOST_NAMED = 5


def drifted(facts: PreflightFacts, planned: PlannedOn) -> Iterator[Problem]:
    """A warning of each image that somebody changed and that the plan replaces; the rest is told.

    So is a cluster that the last release was not brought to.
    """
    changes = {change.key: change for change in planned.changes if change.action is Action.UPDATE}
    for divergence in facts.divergences:
        if divergence.kind.is_of_fields:
            yield from _fields(facts, divergence)
            continue
        for found in divergence.found:
            if not divergence.kind.is_drift and found.expected is None:
                continue  # it has the release, and others do not
            if found.cluster == facts.cluster and _is_there(facts, divergence, found):
                yield _image(facts, divergence, found, changes.get(divergence.key[1]))


def _is_there(facts: PreflightFacts, divergence: Divergence, found: FoundImage) -> bool:
    """Whether what was read a moment ago still has it; pods are not read for it."""
    on_cluster = facts.running.by_container.get(divergence.key[1])
    if on_cluster is None:
        return False
    if divergence.kind is DivergenceKind.DIGEST_DRIFT:
        return True
    return on_cluster[1].image.is_called_like(found.image)


def _image(facts: PreflightFacts, divergence: Divergence, found: FoundImage, change: ImageChange | None) -> Problem:
    where = f"{divergence.workload.label}, container {divergence.container},"
    release = f"release {divergence.release}" if divergence.release else "the last release"
    expected = f" and not {found.expected.reference}, as {release} has it" if found.expected is not None else ""
    at = f" at {found.written_at:%Y-%m-%d %H:%M} UTC" if found.written_at is not None else ""
    why = f" The field manager {found.manager} wrote it{at}." if found.manager else ""
    if not divergence.kind.is_drift:
        why = " It was not brought to this cluster."
    fate = "This plan replaces it." if change is not None else "This plan leaves it."
    return Problem(
        code="drifted",
        severity=Severity.WARNS if change is not None and divergence.kind.is_drift else Severity.TELLS,
        detail=f"{where} runs {found.image.reference}{expected}.{why} {fate}",
        cluster=facts.cluster,
        resource=divergence.workload,
        field=divergence.container,
    )


def _fields(facts: PreflightFacts, divergence: Divergence) -> Iterator[Problem]:
    for found in divergence.fields:
        if found.cluster != facts.cluster or not found.fields:
            continue
        paths = [field.path or "the object as a whole" for field in found.fields]
        more = f" and {len(paths) - _MOST_NAMED} more" if len(paths) > _MOST_NAMED else ""
        managers = sorted({field.manager for field in found.fields if field.manager})
        by = f" {' and '.join(managers)} wrote that." if managers else ""
        release = f"release {divergence.release}" if divergence.release else "the last release"
        yield Problem(
            code="drifted",
            severity=Severity.TELLS,
            detail=f"{divergence.workload.label} is not as Stagecoach wrote it for {release}: "
            f"{', '.join(paths[:_MOST_NAMED])}{more}.{by} This plan leaves it.",
            cluster=facts.cluster,
            resource=divergence.workload,
        )
