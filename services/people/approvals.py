"""Approval policies, and what proposals under them lack as people's rights and groups are now."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from db.records.proposals import ProposalRecord
from db.transaction import Database, Transaction
from domain.actors import ActorKind, ActorRef
from domain.approvals import ApprovalPolicy, Vote
from domain.audit import AuditEntry, Target
from domain.gates import Gate, GateKind
from domain.grants import Actor, AdminGrant, Caller
from domain.rights import EnvironmentRef, Holdings, Right, SubjectKind
from domain.words import OperationKind
from services.errors import NotFoundError
from services.people.gates import GateClosedError, closed_gates
from services.planning.people.approvals import Lacking, Voter, counting, lacking
from services.planning.people.standing import Change
from services.reading.permissions import Permissions, environment_ref


class ApprovalRequiredError(GateClosedError):
    """The environment's approval policy asks for a proposal."""

    code = "approval-required"
    title = "The change takes approvals"


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What a proposal has: the approvals that count now, and what is still lacking."""

    counting: tuple[Vote, ...]
    lacking: Lacking


class ApprovalPolicies:
    """The use cases of approval policies. Whoever sees an environment reads its policy; administrators set it."""

    def __init__(self, db: Database, permissions: Permissions) -> None:
        self._db = db
        self._permissions = permissions

    async def get(self, environment: str, *, actor: Actor) -> ApprovalPolicy:
        """Raises `NotFoundError` for an unknown environment, and for one without a policy."""
        grant = await self._permissions.environment(actor, environment)
        async with self._db.read() as tx:
            found = await tx.approval_policies.of(grant.environment.id)
        if found is None:
            raise NotFoundError("approval policy", grant.environment.name)
        return found

    async def list(self, actor: Actor) -> tuple[tuple[EnvironmentRef, ApprovalPolicy], ...]:
        """Those of the environments that the actor sees, by rank."""
        grant = self._permissions.listing(actor)
        async with self._db.read() as tx:
            policies = await tx.approval_policies.all()
            environments = [environment_ref(each) for each in await tx.environments.all()]
        return tuple((each, policies[each.id]) for each in environments if each.id in policies and grant.sees(each))

    async def put(self, grant: AdminGrant, environment: str, policy: ApprovalPolicy) -> ApprovalPolicy:
        """Set the policy; waiting proposals are judged by it from now on. Raises `NotFoundError`."""
        async with self._db.begin() as tx:
            place = await _environment(tx, environment)
            former = await tx.approval_policies.of(place.id)
            await tx.approval_policies.put(place.id, policy)
            await tx.audit.add(_entry(grant.caller, "approval-policy.set", place, former, policy))
        return policy

    async def remove(self, grant: AdminGrant, environment: str) -> None:
        """Raises `NotFoundError`."""
        async with self._db.begin() as tx:
            place = await _environment(tx, environment)
            former = await tx.approval_policies.of(place.id)
            if not await tx.approval_policies.remove(place.id):
                raise NotFoundError("approval policy", place.name)
            await tx.image_pushes.notify()  # what waited for approval may be deployed now
            await tx.audit.add(_entry(grant.caller, "approval-policy.deleted", place, former, None))


async def _environment(tx: Transaction, name: str) -> EnvironmentRef:
    _, found = await tx.bindings.target(environment=name)
    if found is None:
        raise NotFoundError("environment", name)
    return found


async def policy_for(tx: Transaction, environment_id: str, kind: OperationKind) -> ApprovalPolicy | None:
    """The environment's policy, where it concerns changes of this kind."""
    policy = await tx.approval_policies.of(environment_id)
    return policy if policy is not None and kind in policy.kinds else None


def approval_gate(policy: ApprovalPolicy, environment: str) -> Gate:
    """The gate that a policy closes until a proposal is approved."""
    return Gate(
        kind=GateKind.APPROVAL,
        id=None,
        reason=f"Changes of '{environment}' take approvals: {policy}.",
        until=None,
        opened_by="File a proposal (POST /api/v1/proposals): the last vote on it starts the change.",
    )


async def gates_before(tx: Transaction, change: Change) -> tuple[Gate, ...]:
    """All gates that are in the way of a change that is not begun yet: those that are closed, and approvals."""
    policy = await policy_for(tx, change.environment.id, change.kind)
    approvals = (approval_gate(policy, change.environment.name),) if policy else ()
    return (*await closed_gates(tx, change), *approvals)


async def tally(
    tx: Transaction, proposal: ProposalRecord, votes: Sequence[Vote], *, requesters: Collection[ActorRef]
) -> Tally:
    """What the votes amount to, by the policy, and by the rights and groups of everybody who voted, as they are now."""
    policy = await tx.approval_policies.of(proposal.environment.id)
    voters = {each.person_id: await _voter(tx, proposal, each.person_id) for each in votes}
    approvals = counting(votes, voters, requesters=requesters)
    return Tally(counting=approvals, lacking=lacking(policy, approvals, voters))


async def requesters_of(tx: Transaction, proposal: ProposalRecord) -> tuple[ActorRef, ...]:
    """Who asked, and who stands behind a program that asked: no person approves what their own program asks for.

    That is the owner of a service account, and of automation, who switched automatic deploys on: it has that person's
    rights.
    """
    asked = tuple(each for each in (proposal.requested_by, proposal.switched_on_by) if each is not None)
    accounts = [await tx.service_accounts.get(each.id) for each in asked if each.kind is ActorKind.SERVICE_ACCOUNT]
    return (*asked, *(each.owner for each in accounts if each is not None))


async def _voter(tx: Transaction, proposal: ProposalRecord, person_id: str) -> Voter:
    person = await tx.people.get(person_id)
    if person is None or person.disabled_at is not None:
        return Voter(person_id=person_id, may_approve=False)
    holdings = Holdings(bindings=await tx.bindings.of(person.subjects))
    return Voter(
        person_id=person_id,
        may_approve=all(
            holdings.allow(Right.APPROVE, application=each.application, environment=proposal.environment)
            for each in proposal.members
        ),
        groups=frozenset(each.id for each in person.subjects if each.kind is SubjectKind.GROUP),
    )


def _entry(
    caller: Caller,
    action: str,
    environment: EnvironmentRef,
    before: ApprovalPolicy | None,
    after: ApprovalPolicy | None,
) -> AuditEntry:
    target = Target(kind="environment", id=environment.id, name=environment.name)
    return AuditEntry.by(
        caller, action, target, environment_id=environment.id, before=_told(before), after=_told(after)
    )


def _told(policy: ApprovalPolicy | None) -> dict[str, object] | None:
    if policy is None:
        return None
    return {
        "needed": policy.needed,
        "groups": list(policy.groups),
        "kinds": [each.value for each in policy.kinds],
        "expires_after_seconds": int(policy.expires_after.total_seconds()),
    }
