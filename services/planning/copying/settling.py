"""Which differences a server settles: what it would store of the source's object is what it has already. Pure.

A plan compares with what is stored. A definition of custom resources may fill in defaults inside a list that is
replaced as a whole (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting),
so that the source's list and the target's differ for ever although a write changes nothing. The plan does not know the
definition; the answer of a dry run does. The same holds for what an admission webhook of the target puts back.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from domain.problems import Problem, Severity
from domain.resources import Manifest, ResourceId
from domain.words import Action
from services.planning.copying.plan import ClusterCopyPlan, PlannedResource
from services.planning.objects.built_in import has_go_type

# What a server keeps of its writes: it says nothing of the object's content.
_OF_WRITES = ("managedFields", "resourceVersion", "generation")
# True of an object that is not written, too: what it needs is as missing as before.
_STAYS = frozenset({"missing-reference"})


def doubtful(plan: ClusterCopyPlan) -> tuple[PlannedResource, ...]:
    """The custom resources that are there, differ as far as the plan knows, and are not to be written."""
    return tuple(
        each
        for each in plan.resources
        if each.action in {Action.BLOCKED, Action.KEEP}
        and each.live is not None
        and each.changes
        and not has_go_type(each.resource.kind)
    )


def is_settled(planned: PlannedResource, answer: Manifest) -> bool:
    """Whether a dry run of the write answers with the object as it is."""
    return planned.live is not None and _content(answer) == _content(planned.live)


def settled(plan: ClusterCopyPlan, answers: Mapping[ResourceId, Manifest]) -> ClusterCopyPlan:
    """The plan in which an object that its dry run leaves as it is counts as unchanged; `answers` are by resource."""
    done = {
        each.resource
        for each in plan.resources
        if each.resource in answers and is_settled(each, answers[each.resource])
    }
    if not done:
        return plan
    return replace(
        plan,
        resources=tuple(
            replace(each, action=Action.UNCHANGED, changes=(), notes=(), decided="") if each.resource in done else each
            for each in plan.resources
        ),
        problems=tuple(_left(plan.problems, done)),
    )


def _left(problems: tuple[Problem, ...], done: set[ResourceId]) -> Iterator[Problem]:
    for problem in problems:
        if problem.resource not in done:
            yield problem
        elif problem.code in _STAYS:
            yield replace(problem, severity=Severity.WARNS, consent=None)


def _content(manifest: Manifest) -> dict[str, Any]:
    metadata = {key: value for key, value in manifest.metadata.items() if key not in _OF_WRITES}
    return {**manifest.body, "metadata": metadata}
