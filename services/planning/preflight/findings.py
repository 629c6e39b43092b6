"""The findings of all parts of pre-flight, added to a plan. Pure.

A finding is a problem of the plan (domain.problems). The digest does not cover them: what is written is the same with
and without. What is normal is not said, so a plan of a healthy promotion has none.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from domain.problems import Problem, Severity
from domain.words import Action
from services.planning.images.promotion_plan import ClusterPromotionPlan, PromotionPlan
from services.planning.preflight.after_bringing import after_bringing, brought_by
from services.planning.preflight.claims import claims
from services.planning.preflight.configuration_gap import configuration_gap
from services.planning.preflight.downgrades import downgrades
from services.planning.preflight.drift import drifted
from services.planning.preflight.former_configuration import former_configuration
from services.planning.preflight.job_rights import job_rights
from services.planning.preflight.ordering import by_severity, said_once
from services.planning.preflight.registry_images import registry_images
from services.planning.preflight.remedies import with_remedies
from services.planning.preflight.room import room
from services.planning.preflight.scaling import scaling
from services.planning.preflight.standing import standing
from services.planning.preflight.values import PlannedOn, Preflight, PreflightFacts

PREFLIGHT_UNREAD = "preflight-unread"

Part = Callable[[PreflightFacts, PlannedOn], Iterable[Problem]]

PARTS: tuple[Part, ...] = (
    configuration_gap,
    registry_images,
    job_rights,
    room,
    claims,
    standing,
    scaling,
    drifted,
    downgrades,
)
"""Each judges one subject on one cluster."""


def findings_on(facts: PreflightFacts, planned: PlannedOn) -> tuple[Problem, ...]:
    """All findings on one cluster."""
    return (*(problem for part in PARTS for problem in part(facts, planned)), *_unread(facts))


def with_findings(plan: PromotionPlan, preflight: Preflight, *, restart: bool = False) -> PromotionPlan:
    """The plan with the findings on each cluster of which there are facts and where it writes something.

    `restart`: what reads the keys that it brings is restarted already, where that is possible. What all of those
    clusters have in common is said once, of the plan.
    """
    brought = {each.cluster: brought_by([each]) for each in plan.bring.clusters} if plan.bring is not None else {}
    read = {each.cluster: after_bringing(each, brought.get(each.cluster, {})) for each in preflight.targets}
    found: dict[str, tuple[Problem, ...]] = {}
    for one in plan.clusters:
        if one.cluster not in read:
            continue
        facts, keys = read[one.cluster], brought.get(one.cluster, {})
        planned = PlannedOn(changes=one.changes, allow=plan.allow, source=preflight.source, registry=preflight.registry)
        about_images = findings_on(facts, planned) if _writes(one) else ()
        found[one.cluster] = (*about_images, *former_configuration(facts, one, keys, restart=restart))
    shared, apart = said_once(found)
    copies = preflight.registry.copies.values()
    judged = replace(
        plan,
        copies=tuple(each.copy for each in copies if each.problem is None),
        problems=by_severity((*plan.problems, *shared)),
        clusters=tuple(
            replace(one, problems=by_severity((*one.problems, *apart.get(one.cluster, ())))) for one in plan.clusters
        ),
    )
    return with_remedies(judged)


def _writes(one: ClusterPromotionPlan) -> bool:
    return any(change.action is Action.UPDATE for change in one.changes)


def _unread(facts: PreflightFacts) -> Iterable[Problem]:
    if facts.unread:
        yield Problem(
            code=PREFLIGHT_UNREAD,
            severity=Severity.TELLS,
            detail=(
                f"Stagecoach may not read {', '.join(facts.unread)} there, so it could not check what new pods need "
                "of them. Give its credential the right to get and list them."
            ),
            cluster=facts.cluster,
        )
