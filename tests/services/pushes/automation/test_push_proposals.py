"""Automation under an approval policy: it proposes what was pushed, once, and the last vote deploys it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import text

from db.records.proposals import ProposalRecord
from domain.actors import ActorKind
from domain.approvals import APPROVABLE, ApprovalPolicy, ProposalState, VoteChoice
from domain.grants import Actor
from domain.notification_types import NotificationType
from domain.rights import Subject, SubjectKind
from domain.stored.requests import DeployRequest
from domain.words import DeployMode, OperationState, Role
from services.changes.approved import ProposalEndedError, VoteRefusedError
from services.changes.proposing import ProposalView, Proposing
from services.people.approvals import ApprovalPolicies
from services.planning.policies.parsing import parse_policies
from services.reading.permissions import Permissions
from tests.support.actors import ADMINISTERS, ANN
from tests.support.channels import make_channel, told
from tests.support.image_push_stage import LIMITS, WEB, ImagePushStage, until, until_idle
from tests.support.people import signed_in
from tests.support.promotion_stage import digest
from tests.support.voting import proposing_on

WAITING, REPLACED, VOID = ProposalState.WAITING, ProposalState.REPLACED, ProposalState.VOID


@dataclass
class Proposals:
    """Development runs 1.0.0, deploys by itself, and takes one approval."""

    pushes: ImagePushStage
    proposing: Proposing
    policies: ApprovalPolicies

    async def all(self) -> list[ProposalRecord]:
        """The oldest first."""
        found = await self.proposing.list(Permissions.listing(ANN))
        return [each.record for each in reversed(found.items)]

    async def until(self, there: Callable[[list[ProposalRecord]], bool]) -> list[ProposalRecord]:
        async def found() -> list[ProposalRecord] | None:
            proposals = await self.all()
            return proposals if there(proposals) else None

        return await until(found)

    async def filed(self, count: int) -> ProposalRecord:
        """The last of so many proposals, once it is there."""
        return (await self.until(lambda found: len(found) == count))[-1]

    async def vote(self, proposal: ProposalRecord, by: Actor, choice: VoteChoice = VoteChoice.APPROVE) -> ProposalView:
        return await self.proposing.vote(proposal.id, choice=choice, comment="Looked at.", actor=by)

    async def person(self, name: str, **holds: object) -> Actor:
        return await signed_in(self.pushes.database, name, **holds)  # type: ignore[arg-type]  # as there

    async def rows(self, query: str) -> list[str]:
        async with self.pushes.database.engine.connect() as connection:
            return [row[0] for row in await connection.execute(text(query))]


@pytest.fixture
async def proposals(image_pushes: ImagePushStage) -> Proposals:
    await image_pushes.environment("Development", "staging-1")
    database = image_pushes.database
    proposing = proposing_on(image_pushes.stage, LIMITS)
    policies = ApprovalPolicies(database, Permissions(database))
    policy = ApprovalPolicy(needed=1, groups=(), kinds=APPROVABLE, expires_after=timedelta(hours=24))
    await policies.put(ADMINISTERS, "Development", policy)
    return Proposals(image_pushes, proposing, policies)


async def test_a_pushed_image_is_proposed_once_and_the_last_vote_deploys_it(proposals: Proposals):
    pushes = proposals.pushes
    channel = await make_channel(pushes.database, events=[NotificationType.APPROVAL_WANTED])
    async with pushes.worker() as worker:
        (push,) = await pushes.push("1.1.0")
        filed = await proposals.filed(1)
        await until_idle(worker)
        why = (await pushes.images.why("shop", "Development", "1.1.0", actor=ANN, repository=None)).answer
        before = (await proposals.all(), await pushes.operations())
        voted = await proposals.vote(filed, await proposals.person("bob"))
        (operation,) = await pushes.until_ended()
    assert (filed.state, filed.image_pushes, filed.requested_by.kind) == (WAITING, (push,), ActorKind.AUTOMATION)
    assert (why.code, [(each["kind"], each["id"]) for each in why.details["gates"]]) == (
        "gate-closed",
        [("approval", filed.id)],
    )
    assert "one person who may approve here" in why.sentence
    assert ([each.id for each in before[0]], before[1]) == ([filed.id], ())
    assert (voted.state, voted.record.operation_id) == (ProposalState.APPROVED, operation.id)
    assert (operation.state, operation.actor_kind, operation.actor) == (
        OperationState.SUCCEEDED,
        ActorKind.AUTOMATION,
        "poll",
    )
    verdict = await pushes.verdict("Development", push)
    assert verdict is not None
    assert (verdict.verdict, verdict.operation_id) == ("deploying", operation.id)
    assert pushes.runs("staging-1").startswith(f"{WEB}:1.1.0@")
    [wanted] = await told(pushes.database, channel)
    assert (wanted.proposal, wanted.by_kind, wanted.images) == (
        filed.id,
        ActorKind.AUTOMATION,
        (f"{WEB}:1.1.0@{digest('web:1.1.0')}",),
    )


async def test_a_newer_image_replaces_the_proposal(proposals: Proposals):
    pushes = proposals.pushes
    async with pushes.worker():
        await pushes.push("1.1.0")
        older = await proposals.filed(1)
        await pushes.push("1.2.0")
        newer = await proposals.filed(2)
        bob = await proposals.person("bob")
        with pytest.raises(ProposalEndedError, match="newer image"):
            await proposals.vote(older, bob)
        await proposals.vote(newer, bob)
        await pushes.until_ended()
    assert [each.state for each in await proposals.all()] == [REPLACED, ProposalState.APPROVED]
    assert "proposal.replaced" in await proposals.rows("SELECT action FROM audit")
    assert pushes.runs("staging-1").startswith(f"{WEB}:1.2.0@")


async def test_what_a_person_rejects_is_never_deployed_by_itself_and_a_newer_image_is_proposed(proposals: Proposals):
    pushes = proposals.pushes
    async with pushes.worker() as worker:
        (push,) = await pushes.push("1.1.0")
        await proposals.vote(await proposals.filed(1), await proposals.person("bob"), VoteChoice.REJECT)
        refused = await pushes.until_verdict("Development", push, "refused")
        await pushes.policies.put("shop", "Development", parse_policies({"rules": []}), actor=ANN)
        await until_idle(worker)
        once = len(await proposals.all())
        await pushes.push("1.2.0")
        newer = await proposals.filed(2)
        await proposals.policies.remove(ADMINISTERS, "Development")
        (operation,) = await pushes.until_ended()
    assert (refused.code, once) == ("proposal-rejected", 1)
    assert "bob rejected it: Looked at." in str(refused.reason)
    assert pushes.runs("staging-1").startswith(f"{WEB}:1.2.0@")
    # Without the policy it was deployed at once, so the proposal that waited for it is void.
    ended = (await proposals.proposing.read(newer.id, actor=ANN)).record
    assert (ended.state, ended.reason, operation.actor) == (VOID, "poll deploys its images.", "poll")


async def test_what_nobody_decides_is_not_proposed_again_and_the_answer_says_so(proposals: Proposals):
    pushes = proposals.pushes
    async with pushes.worker() as worker:
        await pushes.push("1.1.0")
        first = await proposals.filed(1)
        async with pushes.database.engine.begin() as connection:
            await connection.execute(text("UPDATE proposals SET expires_at = now()"))
        await until_idle(worker)
        expired = (await pushes.images.why("shop", "Development", "1.1.0", actor=ANN, repository=None)).answer
        await pushes.push("1.2.0")
        second = await proposals.filed(2)
        await proposals.proposing.withdraw(second.id, reason="Not today.", actor=ANN)
        await until_idle(worker)
        withdrawn = (await pushes.images.why("shop", "Development", "1.2.0", actor=ANN, repository=None)).answer
        found = await proposals.all()
    assert "has expired. It is not proposed again" in expired.sentence
    assert "was withdrawn. It is not proposed again" in withdrawn.sentence
    assert [(each.id, each.state) for each in found] == [
        (first.id, ProposalState.EXPIRED),
        (second.id, ProposalState.WITHDRAWN),
    ]


async def test_where_the_plan_has_changed_the_vote_finds_it_void_and_the_images_are_proposed_anew(
    proposals: Proposals,
):
    pushes = proposals.pushes
    async with pushes.worker():
        await pushes.push("1.2.0")
        first = await proposals.filed(1)
        pushes.stage.set_image("staging-1", "web", "web", f"{WEB}:1.1.0")
        await pushes.stage.until_rolled_out("staging-1", "Deployment", "web")
        bob = await proposals.person("bob")
        void = await proposals.vote(first, bob)
        second = await proposals.filed(2)
        await proposals.vote(second, bob)
        await pushes.until_ended()
    assert (void.state, second.image_pushes) == (VOID, first.image_pushes)
    assert second.plan_digest != first.plan_digest
    assert pushes.runs("staging-1").startswith(f"{WEB}:1.2.0@")


async def test_a_person_who_breaks_the_glass_deploys_it_and_the_proposal_is_void(proposals: Proposals):
    pushes = proposals.pushes
    async with pushes.worker():
        (push,) = await pushes.push("1.1.0")
        filed = await proposals.filed(1)
        await pushes.deploying.start(
            "shop",
            "Development",
            DeployRequest(image=f"{WEB}:1.1.0"),
            actor=await proposals.person("ada", role=Role.PROMOTER, break_glass=True),
            idempotency=None,
            break_glass="It is down.",
        )
        (operation,) = await pushes.until_ended()
    ended = (await proposals.proposing.read(filed.id, actor=ANN)).record
    assert (ended.state, ended.reason) == (VOID, "ada deploys its images.")
    verdict = await pushes.verdict("Development", push)
    assert verdict is not None
    assert (operation.actor, verdict.operation_id) == ("ada", operation.id)


async def test_switching_automatic_deploys_off_ends_the_proposal_and_offers_its_image(proposals: Proposals):
    pushes = proposals.pushes
    async with pushes.worker():
        (push,) = await pushes.push("1.1.0")
        filed = await proposals.filed(1)
        await pushes.applications.change_environment(
            "shop", "Development", {"deploy_mode": DeployMode.MANUAL}, actor=ANN
        )
        await pushes.until_verdict("Development", push, "offered")
    ended = (await proposals.proposing.read(filed.id, actor=ANN)).record
    assert ended.state is VOID
    assert "switched off" in str(ended.reason)


async def test_it_has_the_rights_of_the_person_who_switched_it_on_and_who_does_not_approve_it(proposals: Proposals):
    pushes = proposals.pushes
    ada = await proposals.person("ada", role=Role.ADMIN)
    for mode in (DeployMode.MANUAL, DeployMode.AUTO):
        await pushes.applications.change_environment("shop", "Development", {"deploy_mode": mode}, actor=ada)
    async with pushes.worker():
        (push,) = await pushes.push("1.1.0")
        filed = await proposals.filed(1)
        with pytest.raises(VoteRefusedError, match="for whom a program asks"):
            await proposals.vote(filed, ada)
        async with pushes.database.begin() as tx:
            await tx.bindings.remove_of(Subject(kind=SubjectKind.PERSON, id=ada.caller.ref.id))
        void = await proposals.vote(filed, await proposals.person("bob"))
        blocked = await pushes.until_verdict("Development", push, "blocked")
    assert (void.state, void.record.reason) == (
        VOID,
        "'ada' switched automatic deploys on there, and may not deploy any more.",
    )
    assert (blocked.code, await pushes.operations()) == ("automation-without-right", ())
