"""Judging: facts are read from rows, a planner decides, and its verdicts are written as rows.

All of it in one transaction, which the caller opens: a verdict is written while the facts that it follows from hold.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from db.records import AppEnvironmentRecord, ImagePushRecord, RunningImageRecord, VerdictRecord
from db.transaction import Transaction
from db.verdicts import NewVerdict
from domain.words import Pin, Verdict
from services.planning.policies.parsing import PolicyError, parse_stored
from services.planning.policies.push_decision import decide, decide_after_switch
from services.planning.policies.values import (
    ImagePush,
    PriorVerdict,
    PushDecision,
    PushFacts,
    Running,
)
from services.reading.running_index import container_of

WAITING = (Verdict.OFFERED, Verdict.PENDING, Verdict.BLOCKED)
DIGEST_UNKNOWN = "digest-unknown"
_REMEMBERED = 200  # image pushes that were deployed before, the last ones: they decide what is a downgrade

_WITHOUT_DIGEST = (
    "Its digest is unknown, and this environment pins images to digests. Store a credential for its "
    "registry, or have the sender report the digest."
)


async def push_facts(
    tx: Transaction, target: AppEnvironmentRecord, image_pushes: Iterable[ImagePushRecord] = ()
) -> PushFacts:
    """The facts to judge by: what runs, the new pushes, and the prior verdicts on those that wait or were deployed.

    Raises `PolicyError` if the stored image policies cannot be parsed.
    """
    assert target.id is not None
    waiting = await tx.verdicts.pushes_judged([target.id], WAITING)
    deployed = await tx.verdicts.deployed(target.id, limit=_REMEMBERED)
    prior = [_prior(target, *pair) for pair in (*waiting.get(target.id, ()), *deployed)]
    return PushFacts(
        mode=target.deploy_mode,
        policies=parse_stored(target.image_policies),
        running=running_of(await tx.running_images.of(target.id)),
        image_pushes=tuple(image_push_of(record) for record in image_pushes),
        prior=tuple(prior),
    )


async def lock_and_judge(
    tx: Transaction, target_id: str, image_pushes: Sequence[ImagePushRecord] = ()
) -> tuple[AppEnvironmentRecord, PushDecision] | None:
    """`judge` for an app environment by its id. Its row is locked first, so that its settings cannot change meanwhile.

    Only pushes for its application are judged. None if it does not exist, is not configured, or has stored image
    policies that cannot be parsed; in that case its pushes are refused.
    """
    await tx.app_environments.lock(target_id)
    target = await tx.app_environments.get(target_id)
    if target is None or not target.configured:
        return None
    mine = [each for each in image_pushes if each.application_id in {None, target.application.id}]
    try:
        return target, await judge(tx, target, mine)
    except PolicyError as error:  # written by an older release: other app environments must not wait for it
        reason = f"The stored image policies cannot be parsed. Save them again: {error.detail}"
        refused = [
            NewVerdict(push=each.push, verdict=Verdict.REFUSED, code="policies-unreadable", reason=reason)
            for each in mine
        ]
        await tx.verdicts.judge(target_id, refused)
        return None


async def judge(
    tx: Transaction,
    target: AppEnvironmentRecord,
    image_pushes: Iterable[ImagePushRecord] = (),
    *,
    switching: bool = False,
) -> PushDecision:
    """Judge these pushes and those that wait, write the verdicts, and return the planner's decision.

    `switching`: the deploy mode has just become `auto`, so blocked pushes become pending again.
    Raises `PolicyError` if the stored image policies cannot be parsed.
    """
    assert target.id is not None
    facts, refused = without_unknown_digests(target, await push_facts(tx, target, image_pushes))
    decision = decide_after_switch(facts) if switching else decide(facts)
    judged = [
        NewVerdict(
            push=each.push,
            verdict=each.verdict,
            code=each.code,
            reason=each.reason,
            containers=each.containers,
            by_push=each.by_push,
        )
        for each in decision.verdicts
    ]
    await tx.verdicts.judge(target.id, [*refused, *_unmatched(facts, decision), *judged])
    return decision


def _unmatched(facts: PushFacts, decision: PushDecision) -> list[NewVerdict]:
    """Refusals of pushes that waited for containers which do not exist any more, or run another repository."""
    reason = "No container here runs its repository any more."
    waiting = {each.image_push.push for each in facts.prior if each.verdict in WAITING}
    return [
        NewVerdict(push=push, verdict=Verdict.REFUSED, code="unmatched", reason=reason)
        for push in decision.unmatched
        if push in waiting
    ]


def without_unknown_digests(target: AppEnvironmentRecord, facts: PushFacts) -> tuple[PushFacts, tuple[NewVerdict, ...]]:
    """Where images are pinned to digests: the facts without pushes of unknown digest, and the refusals of those."""
    if target.pin is Pin.TAG:
        return facts, ()
    waiting = [each.image_push for each in facts.prior if each.verdict in WAITING]
    unknown = {each.push: each for each in (*facts.image_pushes, *waiting) if each.digest is None}
    refused = tuple(
        NewVerdict(
            push=each.push,
            verdict=Verdict.REFUSED,
            code=DIGEST_UNKNOWN,
            reason=_WITHOUT_DIGEST,
            containers=tuple(running.container for running in facts.running if running.repository == each.repository),
        )
        for each in unknown.values()
    )
    known = replace(
        facts,
        image_pushes=tuple(each for each in facts.image_pushes if each.push not in unknown),
        prior=tuple(each for each in facts.prior if each.image_push.push not in unknown),
    )
    return known, refused


def running_of(rows: Sequence[RunningImageRecord]) -> tuple[Running, ...]:
    """The indexed containers as the planner takes them, without those whose image reference cannot be parsed."""
    running = (Running.of(container_of(row), row.reference) for row in rows)
    return tuple(each for each in running if each is not None)


def image_push_of(record: ImagePushRecord) -> ImagePush:
    """The record as the planner takes it."""
    return ImagePush(
        push=record.push,
        repository=record.repository,
        tag=record.tag,
        digest=record.digest,
        built_at=record.built_at,
    )


def _prior(target: AppEnvironmentRecord, image_push: ImagePushRecord, verdict: VerdictRecord) -> PriorVerdict:
    under_way = verdict.operation_id is not None and verdict.operation_id == target.active_operation
    return PriorVerdict(
        image_push=image_push_of(image_push),
        verdict=verdict.verdict,
        containers=tuple(each.key for each in verdict.containers),
        under_way=under_way,
    )
