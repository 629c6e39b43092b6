"""What a plan hands over to owners of workloads: what to ask of them, and what their answers make of the plan. Pure.

An owner is asked once on each cluster, for all containers that it is to bring an image: it is written once, too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from domain.hand_overs import HandOver, OwnerAddress
from domain.images import ContainerKey, ImageChange
from domain.problems import Problem, Severity
from domain.words import Action, ImageDelivery
from services.planning.images.promotion_plan import ClusterPromotionPlan, PromotionPlan

HandOvers = Mapping[ContainerKey, HandOver]


@dataclass(frozen=True, kw_only=True)
class OwnerChanges:
    """The images that an owner is to bring to its workloads on one cluster."""

    delivery: ImageDelivery
    owner: OwnerAddress
    changes: tuple[ImageChange, ...]


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why an owner cannot bring images: `code` is for programs, `detail` for people, with the way out."""

    code: str
    detail: str


def owner_changes(changes: Iterable[ImageChange]) -> tuple[OwnerChanges, ...]:
    """Those of a plan's changes that are handed over, by owner."""
    found: dict[tuple[ImageDelivery, OwnerAddress], list[ImageChange]] = {}
    for change in changes:
        if change.action is Action.UPDATE and change.handed_over is not None:
            found.setdefault((change.handed_over.delivery, change.handed_over.owner), []).append(change)
    return tuple(
        OwnerChanges(delivery=delivery, owner=owner, changes=tuple(own)) for (delivery, owner), own in found.items()
    )


def blocking(code: str, detail: str, cluster: str, asked: OwnerChanges) -> Problem:
    """Why nothing can be handed over to an owner."""
    workloads = {change.workload for change in asked.changes}
    return Problem(
        code=code,
        severity=Severity.BLOCKS,
        detail=detail,
        cluster=cluster,
        resource=workloads.pop() if len(workloads) == 1 else None,
    )


def with_hand_overs(plan: PromotionPlan, answers: Mapping[str, Sequence[HandOvers | Problem]]) -> PromotionPlan:
    """The plan with what owners answered, by cluster."""
    return replace(plan, clusters=tuple(handed_over(one, answers.get(one.cluster, ())) for one in plan.clusters))


def handed_over(one: ClusterPromotionPlan, answers: Sequence[HandOvers | Problem]) -> ClusterPromotionPlan:
    """One cluster's plan with its owners' answers: their edits, or what blocks it, and what else they touch."""
    found = {key: each for answer in answers if not isinstance(answer, Problem) for key, each in answer.items()}
    changes = tuple(
        replace(change, handed_over=found[change.key]) if change.key in found else change for change in one.changes
    )
    problems = [answer for answer in answers if isinstance(answer, Problem)]
    return replace(one, changes=changes, problems=(*one.problems, *problems, *_told(one.cluster, found.values())))


def _told(cluster: str, hand_overs: Iterable[HandOver]) -> Iterable[Problem]:
    """That an owner brings the images, and what else it changes: once for each owner."""
    touches: dict[OwnerAddress, dict[str, None]] = {}
    for each in hand_overs:
        touches.setdefault(each.owner, {}).update(dict.fromkeys(each.touches))
    for owner, sentences in touches.items():
        if sentences:
            yield Problem(
                code="owner-touches-more",
                severity=Severity.WARNS,
                detail=f"{capitalised(owner.title)} changes more than these images: {' '.join(sentences)}",
                cluster=cluster,
            )


def capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
