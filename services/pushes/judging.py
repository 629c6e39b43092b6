"""Judging: facts are read from rows, a planner decides, and its verdicts are written as rows.

All of it in one transaction, which the caller opens: a verdict is written while the facts that it follows from hold.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from db.records.images import ImagePushRecord, RunningImageRecord, VerdictRecord
from db.records.inventory import AppEnvironmentRecord, EnvironmentRecord
from db.transaction import Transaction
from db.verdicts import NewVerdict
from domain.image_mappings import ImageMapping, copied_from
from domain.notification_values import Concerns
from domain.notifications import ImageOffered
from domain.words import DeployMode, ImagePushOrigin, ImagePushState, Pin, Verdict
from services.changes.push_proposals import PROPOSAL_REJECTED, end_overtaken
from services.errors import Category, StagecoachError
from services.people.access import automation_actor
from services.planning.policies.parsing import PolicyError, parse_stored
from services.planning.policies.push_decision import UNVERIFIED, decide, decide_after_switch
from services.planning.policies.tags import ImagePolicies
from services.planning.policies.values import (
    ImagePush,
    PriorVerdict,
    PushDecision,
    PushFacts,
    Running,
)
from services.pushes.codes import AS_REPORTED
from services.reading.registry_access import split_repository
from services.reading.running_index import container_of

WAITING = (Verdict.OFFERED, Verdict.PENDING, Verdict.BLOCKED)
DIGEST_UNKNOWN = "digest-unknown"
UNMATCHED = "unmatched"  # no container runs its repository
_HELD = frozenset({UNVERIFIED, DIGEST_UNKNOWN})  # refused by settings of the app environment, not by its policies
_RECONSIDERED = 200  # image pushes that were refused, the last ones
_REMEMBERED = 200  # image pushes that were deployed before, the last ones: they decide what is a downgrade

_NEVER_ASKED = "Its registry was not asked whether it is an image."
_WITHOUT_DIGEST = (
    "Its digest is unknown, and this environment pins images to digests. Store a credential for its "
    "registry, or have the sender report the digest."
)


class PoliciesUnreadableError(StagecoachError):
    """The stored image policies of an app environment cannot be parsed: another release wrote them."""

    code = "policies-unreadable"
    title = "The image policies cannot be read"
    category = Category.CONFLICT

    def __init__(self, target: AppEnvironmentRecord, cause: PolicyError) -> None:
        super().__init__(
            f"The stored image policies of {target.application.name} in {target.environment.name} cannot be parsed. "
            f"Save them again: {cause}"
        )


def stored_policies(target: AppEnvironmentRecord) -> ImagePolicies:
    """The image policies of an app environment. Raises `PoliciesUnreadableError`."""
    try:
        return parse_stored(target.image_policies)
    except PolicyError as error:
        raise PoliciesUnreadableError(target, error) from None


async def push_facts(
    tx: Transaction, target: AppEnvironmentRecord, image_pushes: Iterable[ImagePushRecord] = ()
) -> PushFacts:
    """The facts to judge by: what runs, the new pushes, and the prior verdicts on those that wait or were deployed.

    Raises `PoliciesUnreadableError`.
    """
    assert target.id is not None
    waiting = await tx.verdicts.pushes_judged([target.id], WAITING)
    deployed = await tx.verdicts.deployed(target.id, limit=_REMEMBERED)
    prior = [_prior(target, *pair) for pair in (*waiting.get(target.id, ()), *deployed)]
    return PushFacts(
        mode=target.deploy_mode,
        policies=stored_policies(target),
        running=await running_in(tx, target),
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
    except PoliciesUnreadableError as error:  # other app environments must not wait for it
        refused = [
            NewVerdict(push=each.push, verdict=Verdict.REFUSED, code=error.code, reason=error.detail) for each in mine
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
    Raises `PoliciesUnreadableError`.
    """
    assert target.id is not None
    facts, refused = deployable(target, await push_facts(tx, target, image_pushes))
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
    for offered in newly_offered(target, facts, decision):
        await tx.outbox.add(offered)
    await end_overtaken(tx, target, by=automation_actor("image policies").caller)
    return decision


def newly_offered(target: AppEnvironmentRecord, facts: PushFacts, decision: PushDecision) -> list[ImageOffered]:
    """What people are told: the pushes that are offered now and were not before."""
    before = {each.image_push.push for each in facts.prior if each.verdict is Verdict.OFFERED}
    offered = {each.push for each in decision.verdicts if each.verdict is Verdict.OFFERED} - before
    pushes = {each.push: each for each in (*facts.image_pushes, *(prior.image_push for prior in facts.prior))}
    return [
        ImageOffered(
            concerns=Concerns(app_environment=target.id),
            push=push,
            application=target.application.name,
            environment=target.environment.name,
            image=f"{pushes[push].repository}:{pushes[push].tag}",
            digest=pushes[push].digest,
        )
        for push in sorted(offered)
    ]


async def judge_after_change(tx: Transaction, target: AppEnvironmentRecord, *, switching: bool) -> PushDecision:
    """`judge` after the deploy mode or the pin changed: with the pushes that only the former settings refused."""
    return await judge(tx, target, await held_pushes(tx, target), switching=switching)


async def judge_after_mapping(tx: Transaction, before: EnvironmentRecord, now: EnvironmentRecord) -> None:
    """Judge the recorded pushes to repositories of which an environment's app environments get copies only since now.

    They were nobody's there until then, so nothing but the next push would have been judged. What its registry merely
    had as it was first polled is no push.
    """
    running = await tx.running_images.repositories_in(now.id)
    for target_id in sorted(running):  # always in the same order, because the rows are locked
        taken = {
            origin
            for each in running[target_id]
            if (origin := copied_from(each, now.image_mappings)) is not None
            and origin != copied_from(each, before.image_mappings)
        }
        target = (await tx.app_environments.some([target_id])).get(target_id) if taken else None
        if target is not None:
            await lock_and_judge(tx, target_id, await _unjudged(tx, target, taken))


async def _unjudged(
    tx: Transaction, target: AppEnvironmentRecord, repositories: Iterable[str]
) -> tuple[ImagePushRecord, ...]:
    """The last pushes that were not judged there, or refused because nothing took them: of each tag the newest."""
    assert target.id is not None
    known = await tx.known_tags.newest(sorted(repositories), application_id=target.application.id, limit=_RECONSIDERED)
    verdicts = await tx.verdicts.of(target.id, [each.push for each in known])
    return tuple(
        each
        for each in known
        if each.state is ImagePushState.DECIDED
        and each.origin is not ImagePushOrigin.BASELINE
        and (each.push not in verdicts or verdicts[each.push].code == UNMATCHED)
    )


async def held_pushes(tx: Transaction, target: AppEnvironmentRecord) -> tuple[ImagePushRecord, ...]:
    """The last pushes that were refused for their doubts or their unknown digest, the newest of each tag."""
    return await refused_pushes(tx, target, codes=_HELD)


async def refused_pushes(
    tx: Transaction, target: AppEnvironmentRecord, *, codes: frozenset[str] | None = None
) -> tuple[ImagePushRecord, ...]:
    """The last pushes that were refused (with one of these codes), the newest of each tag.

    Without those that a person has refused by rejecting their proposal.
    """
    assert target.id is not None
    found = await tx.verdicts.pushes_judged([target.id], [Verdict.REFUSED])
    newest: dict[tuple[str, str], ImagePushRecord] = {}
    for image_push, verdict in found.get(target.id, ())[:_RECONSIDERED]:
        decided_by_people = verdict.code == PROPOSAL_REJECTED
        if (
            image_push.state is ImagePushState.DECIDED
            and not decided_by_people
            and (codes is None or verdict.code in codes)
        ):
            newest.setdefault((image_push.repository, image_push.tag), image_push)
    return tuple(newest.values())


def _unmatched(facts: PushFacts, decision: PushDecision) -> list[NewVerdict]:
    """Refusals of pushes that waited for containers which do not exist any more, or run another repository."""
    reason = "No container here runs its repository any more."
    waiting = {each.image_push.push for each in facts.prior if each.verdict in WAITING}
    return [
        NewVerdict(push=push, verdict=Verdict.REFUSED, code=UNMATCHED, reason=reason)
        for push in decision.unmatched
        if push in waiting
    ]


def deployable(target: AppEnvironmentRecord, facts: PushFacts) -> tuple[PushFacts, tuple[NewVerdict, ...]]:
    """The facts without the pushes that must not be deployed here whatever the policies say, and their refusals.

    Those are: where images are pinned to digests, pushes of unknown digest; on auto, pushes that no registry has
    confirmed to be images. A person may deploy the latter.
    """
    waiting = [each.image_push for each in facts.prior if each.verdict in WAITING]
    refused: dict[int, NewVerdict] = {}
    for each in (*facts.image_pushes, *waiting):
        if each.digest is None and target.pin is not Pin.TAG:
            refused[each.push] = _refusal(facts, each, DIGEST_UNKNOWN, _WITHOUT_DIGEST)
        elif each.doubt is not None and facts.mode is DeployMode.AUTO:
            host, _ = split_repository(each.repository)
            reason = (
                f"{each.doubt} Store {host} as a registry, with a credential that may pull there, to have it asked."
            )
            refused[each.push] = _refusal(facts, each, UNVERIFIED, reason)
    known = replace(
        facts,
        image_pushes=tuple(each for each in facts.image_pushes if each.push not in refused),
        prior=tuple(each for each in facts.prior if each.image_push.push not in refused),
    )
    return known, tuple(refused.values())


def _refusal(facts: PushFacts, image_push: ImagePush, code: str, reason: str) -> NewVerdict:
    return NewVerdict(
        push=image_push.push,
        verdict=Verdict.REFUSED,
        code=code,
        reason=reason,
        containers=tuple(running.container for running in facts.running if running.takes(image_push)),
    )


async def running_in(tx: Transaction, target: AppEnvironmentRecord) -> tuple[Running, ...]:
    """What the index has of an app environment."""
    rows = await tx.running_images.of(target.id) if target.id is not None else ()
    return running_of(rows, target.environment.image_mappings)


def running_of(rows: Sequence[RunningImageRecord], mappings: Sequence[ImageMapping]) -> tuple[Running, ...]:
    """The indexed containers as the planner takes them, without those whose image reference cannot be parsed."""
    running = (Running.of(container_of(row), row.reference, mappings=mappings) for row in rows)
    return tuple(each for each in running if each is not None)


def image_push_of(record: ImagePushRecord) -> ImagePush:
    """The record as the planner takes it."""
    return ImagePush(
        push=record.push,
        repository=record.repository,
        tag=record.tag,
        digest=record.digest,
        built_at=record.built_at,
        doubt=None if record.resolved or record.code == AS_REPORTED else record.reason or _NEVER_ASKED,
    )


def _prior(target: AppEnvironmentRecord, image_push: ImagePushRecord, verdict: VerdictRecord) -> PriorVerdict:
    under_way = verdict.operation_id is not None and verdict.operation_id == target.active_operation
    return PriorVerdict(
        image_push=image_push_of(image_push),
        verdict=verdict.verdict,
        containers=tuple(each.key for each in verdict.containers),
        under_way=under_way,
    )
