"""Filing proposals: what is written as a change begins to wait for approval, and in the audit as it goes on."""

from collections.abc import Mapping, Sequence

from db.approvals import ProposalRecord
from db.records.inventory import AppEnvironmentRecord
from db.transaction import Transaction
from domain.approvals import ApprovalPolicy
from domain.audit import Target
from domain.grants import Caller
from domain.notification_values import Concerns
from domain.notifications import ApprovalWanted
from services.changes.new_operations import NewOperation
from services.errors import Category, StagecoachError
from services.people.approvals import policy_for
from services.reading.audit_entries import of_app_environment


class ApprovalNotRequiredError(StagecoachError):
    """No approval policy concerns the change: it can be started."""

    code = "approval-not-required"
    title = "The change takes no approval"
    category = Category.CONFLICT


async def file(
    tx: Transaction, new: NewOperation, *, comment: str | None, image_pushes: Sequence[int] = ()
) -> ProposalRecord:
    """File the operation as a proposal, and tell those who may vote. Raises `ApprovalNotRequiredError`."""
    place = new.app_environment
    policy = await policy_for(tx, place.environment.id, new.kind)
    if policy is None:
        raise ApprovalNotRequiredError(
            f"No approval policy of '{place.environment.name}' concerns this. Start it without a proposal."
        )
    app_environment_id = place.id or await tx.app_environments.ensure(place.application.id, place.environment.id)
    filed = await tx.proposals.add(
        app_environment_id=app_environment_id,
        kind=new.kind,
        spec=new.spec,
        plan_digest=new.plan_digest,
        secrets=new.secrets,
        comment=comment,
        requested_by=new.caller.ref,
        expires_after=policy.expires_after,
        image_pushes=tuple(image_pushes),
    )
    await audit_proposal(tx, new.caller, "proposal.filed", filed, after=_told(filed))
    await tx.outbox.add(_wanted(filed, place, policy, new))
    return filed


def _wanted(
    filed: ProposalRecord, place: AppEnvironmentRecord, policy: ApprovalPolicy, new: NewOperation
) -> ApprovalWanted:
    images = {each.image.reference for images in new.spec.plan.leaves.images.values() for each in images}
    return ApprovalWanted(
        concerns=Concerns(app_environment=filed.app_environment_id),
        proposal=filed.id,
        kind=filed.kind,
        application=place.application.name,
        environment=place.environment.name,
        by=new.caller.name,
        by_kind=new.caller.ref.kind,
        votes_needed=policy.needed,
        groups=policy.groups,
        reason=filed.comment,
        images=tuple(sorted(images)),
        expires_at=filed.expires_at,
    )


async def audit_proposal(
    tx: Transaction, caller: Caller, action: str, proposal: ProposalRecord, *, after: Mapping[str, object]
) -> None:
    place = await tx.app_environments.get(proposal.app_environment_id)
    assert place is not None, "a proposal is deleted with its app environment"
    target = Target(kind="proposal", id=proposal.id, name=proposal.kind.value)
    await tx.audit.add(of_app_environment(caller, action, place, target, after=after))


def _told(proposal: ProposalRecord) -> dict[str, object]:
    return {
        "kind": proposal.kind.value,
        "plan_digest": proposal.plan_digest,
        "expires_at": proposal.expires_at.isoformat(),
        "comment": proposal.comment,
    }
