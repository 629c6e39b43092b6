"""Findings about images that are older than what they replace. Pure."""

from collections.abc import Iterable
from dataclasses import replace

from domain.images import Image, ImageChange
from domain.problems import Problem, Severity
from domain.tag_directions import Direction
from domain.words import Action
from services.planning.images.promotion_plan import PromotionPlan
from services.planning.policies.directions import BuiltAt, judged_direction
from services.planning.policies.tags import ImagePolicies
from services.planning.preflight.values import PlannedOn, PreflightFacts

DOWNGRADE = "downgrade"


def with_directions(plan: PromotionPlan, policies: ImagePolicies, built: BuiltAt) -> PromotionPlan:
    """The plan with where each change leads, by the target's policies and by when the images were built."""
    return replace(
        plan,
        clusters=tuple(
            replace(one, changes=tuple(_judged(each, policies, built) for each in one.changes)) for one in plan.clusters
        ),
    )


def downgrades(facts: PreflightFacts, planned: PlannedOn) -> Iterable[Problem]:
    """A warning for each container that would get an older image."""
    built = planned.registry.built
    for change in planned.changes:
        if change.action is Action.UPDATE and change.direction is Direction.DOWNGRADE:
            yield Problem(
                code=DOWNGRADE,
                severity=Severity.WARNS,
                detail=(
                    f"This is a downgrade: {change.workload.label}, container {change.container}, would get "
                    f"{_told(change.after, built)}, which is older than {_told(change.before, built)}."
                ),
                cluster=facts.cluster,
                resource=change.workload,
                field=change.container,
            )


def _judged(change: ImageChange, policies: ImagePolicies, built: BuiltAt) -> ImageChange:
    if not change.differs:
        return change
    policy = policies.policy_for(change.container, change.after.name)
    judged = judged_direction(change.before, change.after, policy=policy, built=built)
    return change if judged is change.direction else replace(change, judged=judged)


def _told(image: Image, built: BuiltAt) -> str:
    at = built.get(image.reference)
    return f"{image.tag or image.reference} (built {at:%Y-%m-%d %H:%M} UTC)" if at else image.tag or image.reference
