"""Whether what an environment runs is one healthy set of images, since when, and what of it its follower lacks. Pure.

The clock comes in as a value. What a restart of Stagecoach, or a cluster that is away, keeps from being seen is not
held against a set: the time that it has proven so far stays, and nothing is promoted until it is seen again.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from domain.follows import FollowCode, FollowTerms
from domain.image_mappings import mapped
from domain.images import ContainerImage, ContainerKey
from services.planning.following.contents import content_of, contents_of, set_digest, source_of
from services.planning.following.values import FollowedSource, FollowingTarget, Look, Proof, Proven, Wait
from services.planning.health.values import HealthState
from services.planning.images.promotion_source import OF_SOURCE_HEALTH, PromotionSource
from services.planning.images.running import ClusterFacts, WorkloadFacts

_HEALTHY = frozenset({HealthState.READY, HealthState.SUSPENDED})  # as `explanation` and the screens have it


def look(
    source: FollowedSource, target: FollowingTarget, terms: FollowTerms, *, former: Proof | None, now: datetime
) -> Look:
    """What both environments run, as a proof and what follows from it. `former` is the proof of the look before."""
    unknown = _unready(source, target)
    if unknown is not None:
        proof = former if unknown.code in {FollowCode.SOURCE_UNKNOWN, FollowCode.NOT_CONFIGURED} else None
        return Look(proof=proof, found=unknown)
    runs = source_of(source.environment, source.facts)
    differing = _differing(source, runs)
    if differing is not None:
        return Look(proof=None, found=differing)
    unhealthy = _unhealthy(source)
    proof = None if unhealthy is not None else _proof(runs, former, now)
    reached = _reached(source, target, runs)
    if isinstance(reached, Wait):
        return Look(proof=proof, found=reached)
    if unhealthy is not None or proof is None:
        return Look(proof=None, found=unhealthy or _up_to_date(source, target))
    return Look(proof=proof, found=_waits(source, target, terms, proof, now) or reached)


def _unready(source: FollowedSource, target: FollowingTarget) -> Wait | None:
    if not target.configured:
        return Wait(code=FollowCode.NOT_CONFIGURED, detail=f"It is not configured in {target.environment}.")
    if not source.configured or not source.facts:
        what = "has no clusters" if source.configured else "is not configured for the application"
        return Wait(code=FollowCode.SOURCE_NOT_CONFIGURED, detail=f"{source.environment} {what}.")
    for one in source.facts:
        if one.failure is not None:
            return Wait(
                code=FollowCode.SOURCE_UNKNOWN,
                detail=f"What {source.environment} runs on {one.cluster} is not known now: {one.failure.detail}",
            )
    return None


def _differing(source: FollowedSource, runs: PromotionSource) -> Wait | None:
    """Why what it runs is not one set: a promotion would not know either which image counts."""
    for problem in runs.problems:
        if problem.blocks and problem.code not in OF_SOURCE_HEALTH:
            where = f" on {problem.cluster}" if problem.cluster else ""
            return Wait(code=FollowCode.SOURCE_SKEW, detail=f"In {source.environment}{where}: {problem.detail}")
    return None


def _unhealthy(source: FollowedSource) -> Wait | None:
    for one in source.facts:
        for missing in one.missing:
            return Wait(
                code=FollowCode.SOURCE_UNHEALTHY,
                detail=f"{missing.label} is missing in {source.environment} on {one.cluster}.",
            )
        for workload in one.workloads:
            if workload.health.state not in _HEALTHY:
                return Wait(code=FollowCode.SOURCE_UNHEALTHY, detail=_not_healthy(source, one, workload))
    return None


def _not_healthy(source: FollowedSource, one: ClusterFacts, workload: WorkloadFacts) -> str:
    message = f": {workload.health.message}" if workload.health.message else "."
    return f"{workload.resource.label} is not healthy in {source.environment} on {one.cluster}{message}"


def _proof(runs: PromotionSource, former: Proof | None, now: datetime) -> Proof:
    images = set_digest(contents_of(runs.images))
    if former is not None and former.images == images:
        return former if former.since <= now else Proof(images=images, since=now)  # a clock was set back
    return Proof(images=images, since=now)


def _reached(source: FollowedSource, target: FollowingTarget, runs: PromotionSource) -> Wait | Proven:
    """What of the set the target lacks; where it lacks nothing, why there is nothing to do."""
    wanted = {each.key: replace(each, image=mapped(each.image, target.mappings)) for each in runs.images}
    known = [one for one in target.facts if one.failure is None]
    there = {key for one in known for key in one.by_container}
    if target.active_operation is not None:
        return Wait(
            code=FollowCode.OPERATION_UNDERWAY,
            detail=f"An operation is under way in {target.environment}.",
            operation=target.active_operation,
        )
    lacking = {key: each for key, each in wanted.items() if any(_lacks(one, key, each) for one in known)}
    if lacking:
        return Proven(
            lacking=contents_of(lacking.values()),
            names={content_of(each.key, each.image): _named(each) for each in lacking.values()},
        )
    for one in target.facts:
        if one.failure is not None:
            return Wait(
                code=FollowCode.CLUSTER_UNKNOWN,
                detail=f"What {target.environment} runs on {one.cluster} is not known now: {one.failure.detail}",
            )
    if there.isdisjoint(wanted):
        return Wait(
            code=FollowCode.NOTHING_IN_COMMON,
            detail=f"No container of {source.environment} is in {target.environment}, so there is nothing to promote.",
        )
    return _up_to_date(source, target)


def _up_to_date(source: FollowedSource, target: FollowingTarget) -> Wait:
    return Wait(code=FollowCode.UP_TO_DATE, detail=f"{target.environment} runs what {source.environment} runs.")


def _lacks(one: ClusterFacts, key: ContainerKey, wanted: ContainerImage) -> bool:
    found = one.by_container.get(key)
    if found is None:
        return False
    _, container = found
    return not wanted.image.agrees_with(container.image) and not container.has_content(wanted.image.digest)


def _named(each: ContainerImage) -> str:
    return f"{each.container} {each.image.tag or each.image.reference}"


def _waits(
    source: FollowedSource, target: FollowingTarget, terms: FollowTerms, proof: Proof, now: datetime
) -> Wait | None:
    if source.active_operation is not None:
        return Wait(
            code=FollowCode.SOURCE_OPERATION,
            detail=f"An operation is under way in {source.environment}.",
            operation=source.active_operation,
        )
    due_at = proof.since + terms.healthy_for
    if now < due_at:
        return Wait(
            code=FollowCode.PROVING,
            detail=f"What {source.environment} runs has to be healthy for {minutes(terms.healthy_minutes)} before it "
            f"is promoted to {target.environment}.",
            due_at=due_at,
        )
    return None


def minutes(number: int) -> str:
    return "1 minute" if number == 1 else f"{number} minutes"


def joined(names: Iterable[str]) -> str:
    """`web 1.4.0, api 2.0 and worker 2.0`, each once."""
    *first, last = dict.fromkeys(names)
    return f"{', '.join(first)} and {last}" if first else last
