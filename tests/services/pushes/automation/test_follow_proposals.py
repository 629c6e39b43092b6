"""Where promotions take approvals, what has proven itself is proposed once, and the last vote promotes it."""

from datetime import timedelta

import pytest

from db.records.proposals import ProposalRecord
from domain.actors import ActorKind
from domain.approvals import APPROVABLE, ApprovalPolicy, ProposalState, VoteChoice
from domain.follows import FollowCode
from domain.grants import Actor
from domain.words import DeployMode, OperationKind, OperationState
from services.changes.proposing import Proposing
from services.people.approvals import ApprovalPolicies
from services.reading.permissions import Permissions
from tests.support.actors import ADMINISTERS, ANN
from tests.support.follow_stage import FollowStage, follow_stage, pinned
from tests.support.image_push_stage import LIMITS, ImagePushStage
from tests.support.people import signed_in
from tests.support.voting import proposing_on


@pytest.fixture
async def stage(image_pushes: ImagePushStage) -> FollowStage:
    stage = await follow_stage(image_pushes)
    policy = ApprovalPolicy(needed=1, groups=(), kinds=APPROVABLE, expires_after=timedelta(hours=24))
    policies = ApprovalPolicies(image_pushes.database, Permissions(image_pushes.database))
    await policies.put(ADMINISTERS, "Production", policy)
    await stage.proven("1.1.0")
    await stage.look()
    return stage


@pytest.fixture
def proposing(image_pushes: ImagePushStage) -> Proposing:
    return proposing_on(image_pushes.stage, LIMITS)


@pytest.fixture
async def bob(image_pushes: ImagePushStage) -> Actor:
    return await signed_in(image_pushes.database, "bob")


async def proposals(proposing: Proposing) -> list[ProposalRecord]:
    """The oldest first."""
    return [each.record for each in reversed((await proposing.list(Permissions.listing(ANN))).items)]


async def vote(proposing: Proposing, proposal: ProposalRecord, by: Actor, choice: VoteChoice) -> None:
    await proposing.vote(proposal.id, choice=choice, comment="Looked at.", actor=by)


async def test_it_is_proposed_once_and_the_last_vote_promotes_it(stage: FollowStage, proposing: Proposing, bob: Actor):
    await stage.look()
    waiting = await stage.standing()
    [proposal] = await proposals(proposing)
    none_yet = await stage.pushes.operations()
    await vote(proposing, proposal, bob, VoteChoice.APPROVE)
    operation = await stage.ended()
    await stage.look()
    assert (proposal.kind, proposal.requested_by.kind) == (OperationKind.PROMOTION, ActorKind.AUTOMATION)
    assert (waiting.code, waiting.proposal, none_yet) == (FollowCode.APPROVAL, proposal.id, ())
    assert (operation.state, stage.runs()) == (OperationState.SUCCEEDED, {pinned("1.1.0")})
    assert (await stage.standing()).code is FollowCode.UP_TO_DATE


async def test_what_people_reject_is_not_proposed_again(stage: FollowStage, proposing: Proposing, bob: Actor):
    [proposal] = await proposals(proposing)
    await vote(proposing, proposal, bob, VoteChoice.REJECT)
    await stage.later(60)
    assert (await stage.standing()).code is FollowCode.PROPOSAL_REFUSED
    assert len(await proposals(proposing)) == 1


async def test_another_set_that_has_proven_itself_replaces_the_proposal(
    stage: FollowStage, proposing: Proposing, bob: Actor
):
    await stage.proven("1.2.0")
    await stage.look()
    former, newer = await proposals(proposing)
    await vote(proposing, newer, bob, VoteChoice.APPROVE)
    await stage.ended()
    assert former.state is ProposalState.REPLACED
    assert stage.runs() == {pinned("1.2.0")}


async def test_who_switched_it_on_does_not_approve_it(stage: FollowStage, proposing: Proposing):
    ada = await signed_in(stage.pushes.database, "ada", role=stage.by.holdings.bindings[0].role)
    await stage.follow(by=ada)
    [proposal] = await proposals(proposing)
    shown = await proposing.read(proposal.id, actor=ada)
    assert shown.vote_fault is not None


async def test_another_mode_ends_the_proposal(stage: FollowStage, proposing: Proposing):
    await stage.pushes.applications.change_environment(
        "shop", "Production", {"deploy_mode": DeployMode.MANUAL}, actor=ANN
    )
    [proposal] = await proposals(proposing)
    assert proposal.state is ProposalState.VOID
