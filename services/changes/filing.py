"""Filing proposals: what is written as a change begins to wait for approval, and in the audit as it goes on."""

from collections.abc import Mapping, Sequence

from db.records.proposals import NewProposedMember, ProposalRecord, ProposedMember, ProposedSet
from db.transaction import Transaction
from domain.approvals import ApprovalPolicy
from domain.audit import AuditEntry, Target
from domain.grants import Caller
from domain.notification_values import Concerns
from domain.notifications import ApprovalWanted
from services.changes.new_operations import NewOperation
from services.changes.new_sets import NewSet
from services.errors import Category, StagecoachError
from services.people.approvals import policy_for


class ApprovalNotRequiredError(StagecoachError):
    """No approval policy concerns the change: it can be started."""

    code = "approval-not-required"
    title = "The change takes no approval"
    category = Category.CONFLICT


async def file(
    tx: Transaction, new: NewOperation, *, comment: str | None, image_pushes: Sequence[int] = ()
) -> ProposalRecord:
    """File the operation as a proposal, and tell those who may vote. Raises `ApprovalNotRequiredError`."""
    return await _file(tx, (new,), plan_digest=new.plan_digest, comment=comment, image_pushes=image_pushes)


async def file_set(tx: Transaction, new: NewSet, *, comment: str | None) -> ProposalRecord:
    """As `file`, a promotion set as one proposal. A channel is told once, of the first application that it hears of."""
    of_set = ProposedSet(order=new.plan.order, group=new.group)
    members = [operation for operation, _ in new.members]
    return await _file(tx, members, of_set=of_set, plan_digest=new.plan.digest, comment=comment)


async def _file(
    tx: Transaction,
    members: Sequence[NewOperation],
    *,
    of_set: ProposedSet | None = None,
    plan_digest: str,
    comment: str | None,
    image_pushes: Sequence[int] = (),
) -> ProposalRecord:
    first = members[0]
    environment = first.app_environment.environment
    policy = await policy_for(tx, environment.id, first.kind)
    if policy is None:
        raise ApprovalNotRequiredError(
            f"No approval policy of '{environment.name}' concerns this. Start it without a proposal."
        )
    filed = await tx.proposals.add(
        [await _member(tx, each) for each in members],
        of_set=of_set,
        kind=first.kind,
        plan_digest=plan_digest,
        comment=comment,
        requested_by=first.caller.ref,
        expires_after=policy.expires_after,
        image_pushes=tuple(image_pushes),
    )
    await audit_proposal(tx, first.caller, "proposal.filed", filed, after=_told(filed))
    await tx.outbox.add_of_one_event([_wanted(filed, each, policy) for each in filed.members])
    return filed


async def _member(tx: Transaction, new: NewOperation) -> NewProposedMember:
    place = new.app_environment
    return NewProposedMember(
        app_environment_id=place.id or await tx.app_environments.ensure(place.application.id, place.environment.id),
        spec=new.spec,
        plan_digest=new.plan_digest,
        secrets=new.secrets,
    )


def _wanted(filed: ProposalRecord, member: ProposedMember, policy: ApprovalPolicy) -> ApprovalWanted:
    images = {each.image.reference for images in member.spec.plan.leaves.images.values() for each in images}
    return ApprovalWanted(
        concerns=Concerns(app_environment=member.app_environment_id),
        proposal=filed.id,
        kind=filed.kind,
        application=member.application.name,
        together_with=len(filed.members) - 1,
        environment=filed.environment.name,
        by=filed.requested_by.name,
        by_kind=filed.requested_by.kind,
        votes_needed=policy.needed,
        groups=policy.groups,
        reason=filed.comment,
        images=tuple(sorted(images)),
        expires_at=filed.expires_at,
    )


async def audit_proposal(
    tx: Transaction,
    caller: Caller,
    action: str,
    proposal: ProposalRecord,
    *others: Target,
    after: Mapping[str, object],
) -> None:
    """An entry for each application, which is seen by who sees that one. `others` are what else it speaks of."""
    target = Target(kind="proposal", id=proposal.id, name=proposal.kind.value)
    environment = Target(kind="environment", id=proposal.environment.id, name=proposal.environment.name)
    for each in proposal.members:
        await tx.audit.add(
            AuditEntry.by(
                caller,
                action,
                target,
                *others,
                Target(kind="application", id=each.application.id, name=each.application.name),
                environment,
                application_id=each.application.id,
                environment_id=proposal.environment.id,
                after=after,
            )
        )


def _told(proposal: ProposalRecord) -> dict[str, object]:
    return {
        "kind": proposal.kind.value,
        "plan_digest": proposal.plan_digest,
        "expires_at": proposal.expires_at.isoformat(),
        "comment": proposal.comment,
    }
