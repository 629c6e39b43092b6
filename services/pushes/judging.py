"""Rows of pushed images as planning takes them, and what it decides as rows again.

Whoever decides does so inside one transaction: what it was decided by is what is there when it is written.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from db.records import AppEnvironmentRecord, ImagePushRecord, RunningImageRecord, VerdictRecord
from db.transaction import Transaction
from db.verdicts import NewVerdict
from domain.words import Pin, Verdict
from services.planning.policies.parsing import PolicyError, parse_policies
from services.planning.policies.push_decision import decide, decide_after_switch
from services.planning.policies.values import (
    ImagePush,
    PriorVerdict,
    PushDecision,
    PushFacts,
    Running,
    container_keys,
    containers_json,
)
from services.reading.running_index import container_of

OPEN = (Verdict.OFFERED, Verdict.PENDING, Verdict.BLOCKED)
DIGEST_UNKNOWN = "digest-unknown"
_REMEMBERED = 200  # of what was deployed before, so many are looked at: the last ones are what counts

_WITHOUT_DIGEST = (
    "Its digest is unknown, and this environment pins images to digests: store a credential for the registry."
)


async def gather(
    tx: Transaction, target: AppEnvironmentRecord, image_pushes: Iterable[ImagePushRecord] = ()
) -> PushFacts:
    """What decides: what runs, what is new, what waits, what was taken before."""
    assert target.id is not None
    with_verdicts = await tx.verdicts.with_verdicts([target.id], OPEN)
    taken = await tx.verdicts.taken(target.id, limit=_REMEMBERED)
    prior = [_prior(target, *pair) for pair in (*with_verdicts.get(target.id, ()), *taken)]
    return PushFacts(
        mode=target.deploy_mode,
        policies=parse_policies(target.image_policies),
        running=running_of(await tx.running_images.of(target.id)),
        image_pushes=tuple(image_push_of(each) for each in image_pushes),
        prior=tuple(prior),
    )


async def judge_there(
    tx: Transaction, target_id: str, image_pushes: Sequence[ImagePushRecord] = ()
) -> tuple[AppEnvironmentRecord, PushDecision] | None:
    """The same for an app environment by its id, as it is once nobody else can change its settings; None for none.

    Of the arrivals, only those that are for its application count.
    """
    await tx.app_environments.lock(target_id)
    target = await tx.app_environments.get(target_id)
    if target is None or not target.configured:
        return None
    mine = [each for each in image_pushes if each.application_id in {None, target.application.id}]
    try:
        return target, await judge(tx, target, mine)
    except PolicyError as error:  # of an older version's making: it must not hold up what is decided elsewhere
        reason = f"The image policies here cannot be read, set them anew: {error.detail}"
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
    """Decide what becomes of these arrivals, and of those that wait, and write it.

    `switching`: it has just gone to auto, so that what was blocked is tried again.
    """
    assert target.id is not None
    facts, refused = without_unknown_digests(target, await gather(tx, target, image_pushes))
    decision = decide_after_switch(facts) if switching else decide(facts)
    judged = [
        NewVerdict(
            push=each.push,
            verdict=each.verdict,
            code=each.code,
            reason=each.reason,
            containers=containers_json(each.containers),
            by_push=each.by_push,
        )
        for each in decision.verdicts
    ]
    await tx.verdicts.judge(target.id, [*refused, *_gone(facts, decision), *judged])
    return decision


def _gone(facts: PushFacts, decision: PushDecision) -> list[NewVerdict]:
    """What waited for containers that are not there any more, or run another repository."""
    reason = "Nothing here runs its repository any more."
    waiting = {each.image_push.push for each in facts.prior if each.verdict in OPEN}
    return [
        NewVerdict(push=push, verdict=Verdict.REFUSED, code="unmatched", reason=reason)
        for push in decision.unmatched
        if push in waiting
    ]


def without_unknown_digests(target: AppEnvironmentRecord, facts: PushFacts) -> tuple[PushFacts, tuple[NewVerdict, ...]]:
    """The facts without what cannot be deployed here because nobody knows its digest, and what becomes of that."""
    if target.pin is Pin.TAG:
        return facts, ()
    waiting = [each.image_push for each in facts.prior if each.verdict in OPEN]
    unknown = {each.push: each for each in (*facts.image_pushes, *waiting) if each.digest is None}
    refused = tuple(
        NewVerdict(
            push=each.push,
            verdict=Verdict.REFUSED,
            code=DIGEST_UNKNOWN,
            reason=_WITHOUT_DIGEST,
            containers=containers_json(
                running.container for running in facts.running if running.repository == each.repository
            ),
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
    found = (Running.of(container_of(each), each.reference) for each in rows)
    return tuple(each for each in found if each is not None)


def image_push_of(record: ImagePushRecord) -> ImagePush:
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
        containers=container_keys(verdict.containers),
        under_way=under_way,
    )
