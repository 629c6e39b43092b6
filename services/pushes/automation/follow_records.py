"""What rows say of an environment that follows another one, and of that one: read in one snapshot."""

from dataclasses import dataclass
from datetime import UTC, datetime

from db.records.inventory import AppEnvironmentRecord
from db.records.operations import ImageOperation
from db.records.proposals import ProposalRecord
from db.transaction import Transaction
from domain.actors import ActorKind
from domain.follows import Follow
from domain.hook_runs import RunPart, RunState
from domain.rights import Holdings, Right
from domain.stored.plans import StoredImagePlan
from domain.words import Action, OperationKind
from services.people.approvals import policy_for
from services.people.automation import holdings_now
from services.people.gates import change_of, closed_gates
from services.planning.following.contents import content_of
from services.planning.following.values import Content, LastProposal, PastOperation, Recorded
from services.planning.people.approvals import state_at
from services.reading.permissions import application_ref, environment_ref

_REMEMBERED = 50  # operations of images, the last ones: what was rolled back before them may come again
_BROUGHT = frozenset({Action.UPDATE, Action.UNCHANGED})


@dataclass(frozen=True, kw_only=True)
class FollowRecords:
    """`newest_operation` is the id of the newest one in the target; `holdings` are those of who switched it on."""

    recorded: Recorded
    newest_operation: str | None
    holdings: Holdings


async def follow_records(
    tx: Transaction, target: AppEnvironmentRecord, source: AppEnvironmentRecord, follow: Follow
) -> FollowRecords:
    """What decides whether a proven set is promoted now."""
    assert target.id is not None, "what follows has a row"
    here = await tx.place_operations.of_images(target.id, limit=_REMEMBERED)
    there = await tx.place_operations.of_images(source.id, limit=_REMEMBERED) if source.id is not None else ()
    holdings = await holdings_now(tx, target.automation) if target.automation is not None else Holdings()
    change = change_of(target, OperationKind.PROMOTION, actor=ActorKind.AUTOMATION)
    proposal = await tx.proposals.of_automation(target.id)
    passed, not_passed = await _checks(tx, there)
    return FollowRecords(
        recorded=Recorded(
            there=tuple(map(past_operation, there)),
            here=tuple(map(past_operation, here)),
            passed=passed,
            not_passed=not_passed,
            gates=await closed_gates(tx, change),
            approvals=await policy_for(tx, target.environment.id, OperationKind.PROMOTION) is not None,
            proposal=_last_proposal(proposal) if proposal is not None else None,
            lost_right=_lost_right(target, follow, holdings),
        ),
        newest_operation=await tx.place_operations.newest(target.id),
        holdings=holdings,
    )


def past_operation(operation: ImageOperation) -> PastOperation:
    return PastOperation(
        id=operation.id,
        kind=operation.kind,
        state=operation.state,
        by=operation.actor,
        by_automation=operation.actor_kind is ActorKind.AUTOMATION,
        created_at=operation.created_at,
        brought=brought_by(operation.plan),
        replaced=frozenset(
            content_of(change.key, change.before)
            for cluster in operation.plan.clusters.values()
            for change in cluster.changes
            if change.action is Action.UPDATE
        ),
        message=operation.message,
    )


def brought_by(plan: StoredImagePlan) -> frozenset[Content]:
    """What the plan gives to containers, or finds there already; of a cluster that was not read, what it would give."""
    changes = (
        content_of(change.key, change.after)
        for cluster in plan.clusters.values()
        for change in cluster.changes
        if change.action in _BROUGHT
    )
    unread = (
        content_of(each.key, each.image)
        for cluster in plan.clusters.values()
        if not cluster.read
        for each in cluster.desired
    )
    return frozenset((*changes, *unread))


async def _checks(tx: Transaction, there: tuple[ImageOperation, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """The checks that the newest operation passed, on all clusters and after all rings where it ran them, and others.

    The latter are those that it ran and did not pass.
    """
    if not there:
        return frozenset(), frozenset()
    runs = [each for each in await tx.hook_runs.of(there[0].id) if each.key.part is RunPart.CHECK]
    last = {(each.key.name, each.key.ring, each.key.cluster): each for each in runs}  # a retried one comes later
    names = {each.key.name for each in runs}
    failed = {name for (name, *_), each in last.items() if each.state is not RunState.PASSED}
    return frozenset(names - failed), frozenset(failed)


def _last_proposal(proposal: ProposalRecord) -> LastProposal:
    plan = proposal.sole.spec.plan
    return LastProposal(
        id=proposal.id,
        state=state_at(proposal.state, expires_at=proposal.expires_at, at=datetime.now(UTC)),
        created_at=proposal.created_at,
        expires_at=proposal.expires_at,
        brings=brought_by(plan) if isinstance(plan, StoredImagePlan) else frozenset(),
        reason=proposal.reason,
    )


def _lost_right(target: AppEnvironmentRecord, follow: Follow, holdings: Holdings) -> str | None:
    application, here = application_ref(target.application), environment_ref(target.environment)
    promotes = holdings.allow(Right.PROMOTE, application=application, environment=here)
    if promotes and holdings.allow(Right.VIEW, application=application, environment=follow.source):
        return None
    by = target.automation.name if target.automation is not None else "nobody"
    lost = f"see it in '{follow.source.name}'" if promotes else f"promote in '{here.name}'"
    return (
        f"'{by}' had '{here.name}' follow '{follow.source.name}' for '{application.name}', and may not {lost} any "
        "more. Somebody who may can save the setting again."
    )
