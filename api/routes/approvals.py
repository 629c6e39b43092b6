"""Approval policies of environments; proposals: file, list, read, vote, withdraw."""

from typing import Annotated

from fastapi import Query, Response

from api.authentication import Admin, Approver, Lister, Promoter, Viewer
from api.dependencies import ApprovalPoliciesDep, EnvironmentPath, IdPath, ProposingDep
from api.guarded_route import guarded_router
from api.pagination import Page, PagingDep, answered
from api.responses import problems
from api.schemas.approvals import (
    ApprovalPolicyInput,
    ApprovalPolicyList,
    ApprovalPolicyRead,
    EnvironmentApprovalPolicyRead,
    ProposalCreate,
    ProposalDetail,
    ProposalPage,
    ProposalRead,
    VoteCreate,
    WithdrawRequest,
    proposal_read,
)
from api.schemas.base import NAME_PATTERN
from db.records.pages import Page as Found
from domain.approvals import ProposalState
from services.changes.promotion_sets import PromotionSetRequest

router = guarded_router(tags=["gates"])


@router.get(
    "/approval-policies",
    operation_id="listApprovalPolicies",
    summary="List what changes take in environments",
    responses=problems(),
)
async def list_approval_policies(actor: Viewer, policies: ApprovalPoliciesDep) -> ApprovalPolicyList:
    found = await policies.list(actor)
    return ApprovalPolicyList(items=[EnvironmentApprovalPolicyRead.within(*each) for each in found])


@router.get(
    "/environments/{environment}/approval-policy",
    operation_id="getApprovalPolicy",
    summary="Get what changes take in an environment",
    responses=problems(404),
)
async def get_approval_policy(
    actor: Viewer, environment: EnvironmentPath, policies: ApprovalPoliciesDep
) -> ApprovalPolicyRead:
    return ApprovalPolicyRead.of(await policies.get(environment, actor=actor))


@router.put(
    "/environments/{environment}/approval-policy",
    operation_id="setApprovalPolicy",
    summary="Let changes in an environment take approvals",
    description="Proposals that wait are judged by the new policy.",
    responses=problems(404, 413),
)
async def set_approval_policy(
    grant: Admin, environment: EnvironmentPath, body: ApprovalPolicyInput, policies: ApprovalPoliciesDep
) -> ApprovalPolicyRead:
    return ApprovalPolicyRead.of(await policies.put(grant, environment, body.to_policy()))


@router.delete(
    "/environments/{environment}/approval-policy",
    operation_id="deleteApprovalPolicy",
    summary="Let changes in an environment take no approvals",
    status_code=204,
    responses=problems(404),
)
async def delete_approval_policy(grant: Admin, environment: EnvironmentPath, policies: ApprovalPoliciesDep) -> None:
    await policies.remove(grant, environment)


@router.get(
    "/proposals",
    operation_id="listProposals",
    summary="List proposals, the newest first",
    response_model=ProposalPage,
    responses=problems(),
)
async def list_proposals(
    grant: Lister,
    proposing: ProposingDep,
    paging: PagingDep,
    application: Annotated[str | None, Query(pattern=NAME_PATTERN)] = None,
    environment: Annotated[str | None, Query(pattern=NAME_PATTERN)] = None,
    state: Annotated[ProposalState | None, Query()] = None,
    mine: Annotated[bool, Query(description="Only those that the caller has filed.")] = False,  # noqa: FBT002 - a query
) -> Page[ProposalRead]:
    found = await proposing.list(
        grant,
        application=application,
        environment=environment,
        state=state,
        mine=mine,
        after=paging.after,
        limit=paging.limit,
    )
    return answered(Found(items=tuple(map(proposal_read, found.items)), next=found.next))


@router.post(
    "/proposals",
    operation_id="fileProposal",
    summary="File a change that takes approval",
    description="Takes the right to start the change. It is planned now, and again with the last vote: if the plan is "
    "the same, it starts at once. A proposal blocks no other change. A promotion set is proposed and voted on as a "
    "whole, and takes the rights on each of its applications.",
    status_code=201,
    responses=problems(404, 409, 413, 424),
)
async def file_proposal(
    actor: Promoter, body: ProposalCreate, proposing: ProposingDep, response: Response
) -> ProposalDetail:
    asked = body.to_asked()
    if isinstance(asked, PromotionSetRequest):
        filed = await proposing.propose_set(asked, comment=body.comment, actor=actor)
    else:
        assert body.application is not None, "only a promotion set comes without"
        filed = await proposing.propose(body.application, body.environment, asked, comment=body.comment, actor=actor)
    response.headers["Location"] = f"/api/v1/proposals/{filed.record.id}"
    return ProposalDetail.of(filed)


@router.get(
    "/proposals/{proposal}",
    operation_id="getProposal",
    summary="Get a proposal with its plan and its votes",
    responses=problems(404),
)
async def get_proposal(actor: Viewer, proposal: IdPath, proposing: ProposingDep) -> ProposalDetail:
    return ProposalDetail.of(await proposing.read(proposal, actor=actor))


@router.post(
    "/proposals/{proposal}/votes",
    operation_id="voteOnProposal",
    summary="Vote on a proposal",
    description="Only people vote, once each, and the requester does not. One rejection ends it. The last approval "
    "starts the operation; if the plan has changed, the proposal is void. Where it cannot start now, as in a freeze, "
    "the vote is not cast and can be cast later.",
    responses=problems(404, 409, 413, 424),
)
async def vote_on_proposal(
    actor: Approver, proposal: IdPath, body: VoteCreate, proposing: ProposingDep
) -> ProposalDetail:
    return ProposalDetail.of(await proposing.vote(proposal, choice=body.choice, comment=body.comment, actor=actor))


@router.post(
    "/proposals/{proposal}/withdraw",
    operation_id="withdrawProposal",
    summary="Withdraw a proposal",
    description="The requester withdraws it, or a maintainer of the application there; of a promotion set, of each.",
    responses=problems(404, 409, 413),
)
async def withdraw_proposal(
    actor: Viewer, proposal: IdPath, body: WithdrawRequest, proposing: ProposingDep
) -> ProposalDetail:
    return ProposalDetail.of(await proposing.withdraw(proposal, reason=body.reason, actor=actor))
