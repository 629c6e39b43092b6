"""Promotion sets that wait for approval, on practice clusters: voted on as a whole, started together or not at all."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import text

from db.transaction import Database
from domain.approvals import ProposalState, VoteChoice
from domain.grants import Actor
from domain.notification_types import NotificationType
from domain.rights import Scope, Subject, SubjectKind
from domain.stored.requests import PromotionRequest
from domain.words import OperationState, Role, SetOrder
from sandbox.server import Sandbox
from services.changes.approved import ProposalEndedError, VoteRefusedError
from services.changes.filing import ApprovalNotRequiredError
from services.changes.promotion_sets import PromotionSetRequest
from services.changes.proposing import ProposalView
from services.errors import ForbiddenError, NotFoundError, OperationUnderwayError
from services.inventory.application_groups import ApplicationGroups
from services.limits import Limits
from services.people.approvals import ApprovalRequiredError
from services.people.gates import GateClosedError
from services.people.holding import Stopping
from services.reading.permissions import Permissions
from tests.support.actors import ADMINISTRATOR, ANN
from tests.support.channels import make_channel, told
from tests.support.promotion_stage import CLUSTERS, image, staged
from tests.support.set_stage import BOTH, PAUSING, shop, tags, until_paused
from tests.support.voting import Voting, proposing_on

OLD, NEW = {"api": "1", "web": "1"}, {"api": "2", "web": "2"}


@dataclass
class SetRound(Voting):
    """Staging runs version 2 of api and web, Production version 1 of both."""

    async def propose(self, actor: Actor, request: PromotionSetRequest = BOTH) -> ProposalView:
        return await self.proposing.propose_set(request, comment="Release 2", actor=actor)

    async def scope_of(self, application: str) -> Scope:
        async with self.stage.database.read() as tx:
            found, _ = await tx.bindings.target(application=application)
        assert found is not None
        return Scope(applications=frozenset({found.id}))

    async def ended(self, proposal: ProposalView) -> OperationState:
        return (await self.stage.end_of_set(str(proposal.record.promotion_set_id))).record.state

    async def run_there(self) -> dict[str, str]:
        assert tags(self.stage, "prod-eu") == tags(self.stage, "prod-us")
        return tags(self.stage, "prod-eu")


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=20) as sandbox:
        yield sandbox


@pytest.fixture
async def round_(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[SetRound]:
    async with staged(database, database_url, sandbox) as stage:
        await shop(stage)
        yield SetRound(stage, proposing_on(stage, Limits(plan=30.0)))


async def test_a_set_that_takes_approvals_starts_as_a_whole_with_the_last_vote(round_: SetRound):
    ada, bob, eve = [
        await round_.person(name, role=role)
        for name, role in (("ada", Role.ADMIN), ("bob", Role.APPROVER), ("eve", Role.APPROVER))
    ]
    with pytest.raises(ApprovalNotRequiredError):
        await round_.propose(ada)
    await round_.take(2)
    with pytest.raises(ApprovalRequiredError, match="Propose the set"):
        await round_.stage.sets.start(BOTH, actor=ada, idempotency=None)
    filed = await round_.propose(ada, replace(BOTH, order=SetOrder.ONE_BY_ONE))
    assert [each.application.name for each in filed.record.members] == ["api", "web"]
    with pytest.raises(VoteRefusedError, match="Somebody else"):
        await round_.vote(filed, ada)
    assert (await round_.vote(filed, bob)).tally.lacking.votes == 1
    assert await round_.run_there() == OLD
    started = await round_.vote(filed, eve)
    assert (started.state, started.record.operation_id) == (ProposalState.APPROVED, None)
    assert await round_.ended(started) is OperationState.SUCCEEDED
    assert await round_.run_there() == NEW
    view = await round_.stage.set_reading.read(str(started.record.promotion_set_id), actor=ANN)
    assert (view.record.actor, view.record.order) == ("ada", SetOrder.ONE_BY_ONE)


async def test_a_channel_is_told_once_of_a_set_by_the_first_application_that_leads_to_it(round_: SetRound):
    await round_.take(1)
    database, wanted = round_.stage.database, [NotificationType.APPROVAL_WANTED]
    of_all = await make_channel(database, "all", events=wanted)
    async with database.read() as tx:
        web = await tx.applications.find("web")
    assert web is not None
    of_web = await make_channel(database, "web", events=wanted, applications=[web.id])
    filed = await round_.propose(await round_.ada())
    for channel, application in ((of_all, "api"), (of_web, "web")):
        [heard] = await told(database, channel)
        assert (heard.application, heard.together_with, heard.proposal) == (application, 1, filed.record.id)


async def test_each_application_has_its_entries_in_the_audit(round_: SetRound):
    await round_.take(1)
    filed = await round_.propose(await round_.ada())
    await round_.ended(await round_.vote(filed, await round_.person("bob")))
    written = """
        SELECT action || ' ' || applications.name FROM audit JOIN applications ON applications.id = application_id
        WHERE action LIKE 'proposal.%'
    """
    assert set(await round_.rows(written)) == {
        *("proposal.filed api", "proposal.filed web"),
        *("proposal.approved api", "proposal.approved web"),
    }


async def test_only_who_may_approve_every_application_votes(round_: SetRound):
    await round_.take(1)
    filed = await round_.propose(await round_.ada())
    of_api = await round_.person("joe", scope=await round_.scope_of("api"))
    with pytest.raises(NotFoundError):
        await round_.vote(filed, of_api)
    assert (await round_.proposing.list(Permissions.listing(of_api))).items == ()
    of_both = await round_.person("joe", role=Role.VIEWER)
    assert (await round_.proposing.read(filed.record.id, actor=of_both)).vote_fault is not None
    with pytest.raises(ForbiddenError, match="'approve' on 'web' in 'Production'"):
        await round_.vote(filed, of_both)


async def test_a_vote_does_not_count_once_its_voter_may_not_approve_one_of_the_applications(round_: SetRound):
    await round_.take(2)
    filed = await round_.propose(await round_.ada())
    bob, eve = await round_.person("bob"), await round_.person("eve")
    await round_.vote(filed, bob)
    async with round_.stage.database.begin() as tx:
        await tx.bindings.remove_of(Subject(kind=SubjectKind.PERSON, id=bob.caller.ref.id))
    await round_.person("bob", scope=await round_.scope_of("api"))
    second = await round_.vote(filed, eve)
    assert (second.state, [each.name for each in second.tally.counting]) == (ProposalState.WAITING, ["eve"])


async def test_who_may_promote_one_of_its_applications_alone_proposes_none(round_: SetRound):
    await round_.take(1)
    await round_.person("ada", role=Role.VIEWER)
    of_api = await round_.person("ada", role=Role.PROMOTER, scope=await round_.scope_of("api"))
    with pytest.raises(ForbiddenError, match="'web'"):
        await round_.propose(of_api)
    assert await round_.rows("SELECT id FROM proposals") == []


async def test_it_is_void_where_whoever_filed_it_may_not_promote_all_of_it_any_more(round_: SetRound):
    await round_.take(1)
    ada = await round_.ada()
    filed = await round_.propose(ada)
    async with round_.stage.database.begin() as tx:
        await tx.bindings.remove_of(Subject(kind=SubjectKind.PERSON, id=ada.caller.ref.id))
    await round_.person("ada", role=Role.PROMOTER, scope=await round_.scope_of("api"))
    void = await round_.vote(filed, await round_.person("bob"))
    assert void.state is ProposalState.VOID
    assert "may not start it in 'web' any more" in str(void.record.reason)
    assert await round_.rows("SELECT id FROM operations") == []


async def test_it_is_void_once_one_of_its_applications_was_promoted_alone_and_says_which(round_: SetRound):
    filed_by = await round_.ada()
    await round_.take(1)
    filed = await round_.propose(filed_by)
    alone = await round_.proposing.propose(
        "web",
        "Production",
        PromotionRequest(source_environment="Staging", target_environment="Production"),
        comment=None,
        actor=filed_by,
    )
    bob = await round_.person("bob")
    await round_.stage.end_of(str((await round_.vote(alone, bob)).record.operation_id))
    void = await round_.vote(filed, bob)
    assert void.state is ProposalState.VOID
    assert str(void.record.reason).startswith("The plan of 'web' has changed since it was filed")
    assert await round_.run_there() == {"api": "1", "web": "2"}


async def test_of_two_proposals_that_overlap_the_second_waits_for_the_first_and_is_void_after_it(round_: SetRound):
    await round_.take(1)
    first = await round_.propose(await round_.ada(), replace(BOTH, strategy=PAUSING))
    second = await round_.propose(await round_.ada(), replace(BOTH, applications=("web",)))
    bob = await round_.person("bob")
    started = await round_.vote(first, bob)
    with pytest.raises(OperationUnderwayError, match="'web'"):
        await round_.vote(second, bob)
    assert (await round_.proposing.read(second.record.id, actor=bob)).record.votes == ()
    set_id = str(started.record.promotion_set_id)
    await until_paused(round_.stage, set_id)
    await round_.stage.set_decisions.proceed(set_id, actor=ANN)
    assert await round_.ended(started) is OperationState.SUCCEEDED
    assert (await round_.vote(second, bob)).state is ProposalState.VOID


async def test_a_stop_of_its_environment_refuses_the_last_vote_and_starts_none_of_it(round_: SetRound):
    await round_.take(1)
    filed = await round_.propose(await round_.ada())
    bob = await round_.person("bob")
    stopping = Stopping(round_.stage.database, Permissions(round_.stage.database))
    stop = await stopping.add(environment="Production", cluster=None, reason="Restore.", actor=ADMINISTRATOR)
    with pytest.raises(GateClosedError):
        await round_.vote(filed, bob)
    waiting = await round_.proposing.read(filed.record.id, actor=bob)
    assert (waiting.state, waiting.record.votes) == (ProposalState.WAITING, ())
    assert await round_.rows("SELECT id FROM promotion_sets") == []
    await stopping.lift(stop.stop.id, actor=ADMINISTRATOR)
    assert await round_.ended(await round_.vote(filed, bob)) is OperationState.SUCCEEDED


async def test_a_proposal_of_a_group_keeps_the_applications_that_it_was_filed_with(round_: SetRound):
    await round_.take(1)
    groups = ApplicationGroups(round_.stage.database)
    await groups.put("orders", ("api", "web"), actor=ADMINISTRATOR)
    filed = await round_.propose(await round_.ada(), replace(BOTH, applications=(), group="orders"))
    await groups.put("orders", ("api",), actor=ADMINISTRATOR)
    started = await round_.vote(filed, await round_.person("bob"))
    assert await round_.ended(started) is OperationState.SUCCEEDED
    view = await round_.stage.set_reading.read(str(started.record.promotion_set_id), actor=ANN)
    assert (view.record.group, len(view.record.members)) == ("orders", 2)


async def test_it_is_void_where_an_application_of_it_was_deleted(round_: SetRound):
    await round_.take(1)
    filed = await round_.propose(await round_.ada())
    async with round_.stage.database.engine.begin() as connection:
        await connection.execute(
            text("DELETE FROM app_environments WHERE application_id = (SELECT id FROM applications WHERE name = 'web')")
        )
    void = await round_.vote(filed, await round_.person("bob"))
    assert (void.state, str(void.record.reason).split(" since")[0]) == (
        ProposalState.VOID,
        "An application of it was deleted",
    )


async def test_a_rejection_a_withdrawal_and_the_clock_end_all_of_it(round_: SetRound):
    await round_.take(2)
    bob, eve = await round_.person("bob"), await round_.person("eve")
    rejected = await round_.vote(await round_.propose(await round_.ada()), bob, VoteChoice.REJECT)
    of_api = await round_.person("kim", role=Role.VIEWER)
    of_api = await round_.person("kim", role=Role.MAINTAINER, scope=await round_.scope_of("api"))
    filed = await round_.propose(await round_.ada())
    with pytest.raises(ForbiddenError):
        await round_.proposing.withdraw(filed.record.id, reason=None, actor=of_api)
    withdrawn = await round_.proposing.withdraw(filed.record.id, reason="Not today.", actor=await round_.ada())
    late = await round_.propose(await round_.ada())
    async with round_.stage.database.engine.begin() as connection:
        await connection.execute(text("UPDATE proposals SET expires_at = now() WHERE id = :id"), {"id": late.record.id})
    expired = await round_.proposing.read(late.record.id, actor=ANN)
    for view, state in (
        (rejected, ProposalState.REJECTED),
        (withdrawn, ProposalState.WITHDRAWN),
        (expired, ProposalState.EXPIRED),
    ):
        assert view.state is state
        with pytest.raises(ProposalEndedError):
            await round_.vote(view, eve)
        listed = await round_.proposing.list(Permissions.listing(eve), state=state, application="WEB")
        assert [each.record.id for each in listed.items] == [view.record.id]


async def test_it_is_void_where_the_source_of_one_application_has_changed(round_: SetRound):
    await round_.take(1)
    filed = await round_.propose(await round_.ada())
    namespace = round_.stage.namespace_of("api")
    round_.stage.set_image("staging-1", "api", "api", image("api:3"), namespace=namespace)
    await round_.stage.until_rolled_out("staging-1", "Deployment", "api", namespace)
    void = await round_.vote(filed, await round_.person("bob"))
    assert (void.state, "'api'" in str(void.record.reason), "'web'" in str(void.record.reason)) == (
        ProposalState.VOID,
        True,
        False,
    )
    assert await round_.run_there() == OLD
