"""Proposals on practice clusters: votes, races, and changes of plan, rights and gates in between."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import pytest
from sqlalchemy import text

from db.transaction import Database
from domain.approvals import ProposalState, VoteChoice
from domain.gates import FreezeEffect, Window
from domain.grants import Actor
from domain.hidden_sources import HIDDEN_ENVIRONMENT
from domain.notification_types import NotificationType
from domain.rights import Scope, Subject, SubjectKind
from domain.stored.requests import PromotionRequest
from domain.words import OperationState, Role
from sandbox.server import Sandbox
from services.changes.approved import ProposalEndedError, VoteRefusedError
from services.changes.filing import ApprovalNotRequiredError
from services.changes.proposing import ProposalView
from services.errors import ForbiddenError
from services.limits import Limits
from services.people.approvals import ApprovalRequiredError
from services.people.audit_reading import AuditQuestion, AuditReading
from services.people.freezing import FreezeText, Freezing
from services.people.gates import GateClosedError
from services.people.holding import Stopping
from services.reading.permissions import Permissions
from tests.support.actors import ADMINISTRATOR, ANN, actor_with
from tests.support.channels import make_channel, told
from tests.support.promotion_stage import image, staged, workload
from tests.support.voting import Voting, proposing_on

TO_PRODUCTION = PromotionRequest(source_environment="Staging", target_environment="Production")
_FROZEN = FreezeText(
    name="closing of the books",
    effect=FreezeEffect.ALLOW,  # which is open in another century only
    window=Window(
        starts=datetime.fromisoformat("2096-01-01T00:00"),
        ends=datetime.fromisoformat("2096-01-02T00:00"),
        zone="Europe/Berlin",
        rrule=None,
    ),
    reason="The year ends.",
    applications=None,
    labels=(),
    environments=("Production",),
)
APPROVE, REJECT = VoteChoice.APPROVE, VoteChoice.REJECT


def web(tag: str):
    return workload("web", {"web": image(f"web:{tag}")})


@dataclass
class Round(Voting):
    """Staging runs 2, Production runs 1."""

    async def propose(self, actor: Actor) -> ProposalView:
        return await self.proposing.propose("shop", "Production", TO_PRODUCTION, comment="Release 2", actor=actor)


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(("staging-1", "prod-eu"), speed=20) as sandbox:
        yield sandbox


@pytest.fixture
async def round_(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[Round]:
    async with staged(database, database_url, sandbox) as stage:
        await stage.environment("Staging", {"staging-1": (web("2"),)})
        await stage.environment("Production", {"prod-eu": (web("1"),)})
        yield Round(stage, proposing_on(stage, Limits(plan=25.0)))


async def test_a_change_waits_for_two_people_and_one_of_a_group_and_starts_with_the_last_vote(round_: Round):
    with pytest.raises(ApprovalNotRequiredError):
        await round_.propose(ANN)
    await round_.take(2, "sso:ops")
    ada = await round_.person("ada", "ops", role=Role.ADMIN)
    bob, eve, joe = [await round_.person(*each) for each in (("bob",), ("eve",), ("joe", "ops"))]
    preview = await round_.stage.promoting.preview("shop", TO_PRODUCTION, actor=ada)
    assert [each.kind.value for each in preview.gates] == ["approval"]
    with pytest.raises(ApprovalRequiredError) as required:
        await round_.stage.promoting.start("shop", TO_PRODUCTION, actor=ada, idempotency=None)
    assert required.value.gates == preview.gates
    channel = await make_channel(round_.stage.database, events=[NotificationType.APPROVAL_WANTED])
    filed = await round_.propose(ada)
    assert (filed.state, filed.record.plan_digest) == (ProposalState.WAITING, preview.digest)
    [wanted] = await told(round_.stage.database, channel)
    assert (wanted.proposal, wanted.by, wanted.reason, wanted.votes_needed, wanted.groups) == (
        *(filed.record.id, "ada", "Release 2"),
        *(2, ("sso:ops",)),
    )
    with pytest.raises(VoteRefusedError, match="Somebody else"):
        await round_.vote(filed, ada)
    with pytest.raises(VoteRefusedError, match="Only people"):
        await round_.vote(filed, ANN)
    with pytest.raises(ForbiddenError):
        await round_.vote(filed, await round_.person("val", role=Role.PROMOTER))
    assert (await round_.vote(filed, bob)).tally.lacking.votes == 1
    with pytest.raises(VoteRefusedError, match="already"):
        await round_.vote(filed, bob)
    after_two = await round_.vote(filed, eve)
    assert (after_two.state, after_two.tally.lacking.groups) == (ProposalState.WAITING, ("sso:ops",))
    started = await round_.vote(filed, joe)
    assert started.state is ProposalState.APPROVED
    ended = await round_.stage.end_of(str(started.record.operation_id))
    assert (ended.state, ended.actor) == (OperationState.SUCCEEDED, "ada")
    assert [each for each in await round_.rows("SELECT action FROM audit ORDER BY seq") if "proposal" in each] == [
        "proposal.filed",
        "proposal.voted",
        "proposal.voted",
        "proposal.approved",
    ]


async def test_who_sees_the_target_alone_is_not_told_what_it_takes_from(round_: Round):
    database = round_.stage.database
    async with database.read() as tx:
        place = await tx.app_environments.find("shop", "Production")
    assert place is not None
    here = frozenset({place.environment.id})
    channel = await make_channel(database, events=[NotificationType.OPERATION_STARTED], environments=here)
    await round_.take(1)
    filed = await round_.propose(await round_.ada())
    started = await round_.vote(filed, await round_.person("bob"))
    operation = str(started.record.operation_id)
    await round_.stage.end_of(operation)
    viewers = actor_with(Role.ADMIN), actor_with(Role.VIEWER, scope=Scope(environments=here))
    for actor, told_of_it in zip(viewers, (True, False), strict=True):
        proposals = await round_.proposing.list(Permissions.listing(actor))
        operations = await round_.stage.operations.list(Permissions.listing(actor))
        entries = await AuditReading(database).list(
            actor, AuditQuestion(action="operation.queued"), after=None, limit=5
        )
        for shown in (
            (await round_.proposing.read(filed.record.id, actor=actor)).record.sole.spec,
            proposals.items[0].record.sole.spec,
            operations.items[0],
            await round_.stage.operations.read(operation, actor=actor),
            entries.items[0].after,
        ):
            assert ("Staging" in repr(shown)) is told_of_it
            assert ("staging-1" not in repr(shown)) or told_of_it
            assert (HIDDEN_ENVIRONMENT in repr(shown)) is not told_of_it
    (notification,) = await told(database, channel)
    assert notification.source_environment == HIDDEN_ENVIRONMENT


async def test_two_last_votes_at_once_start_one_operation(round_: Round):
    await round_.take(1)
    filed = await round_.propose(await round_.ada())
    bob, eve = await round_.person("bob"), await round_.person("eve")
    answers = await asyncio.gather(round_.vote(filed, bob), round_.vote(filed, eve), return_exceptions=True)
    refused = [each for each in answers if isinstance(each, BaseException)]
    assert [type(each) for each in refused] == [ProposalEndedError]
    assert len(await round_.rows("SELECT id FROM operations")) == 1
    assert len(await round_.rows("SELECT id FROM proposal_votes")) == 1


async def test_it_is_void_where_the_plan_has_changed_and_nothing_is_started(round_: Round):
    await round_.take(1)
    filed = await round_.propose(await round_.ada())
    round_.stage.set_image("staging-1", "web", "web", image("web:3"))
    await round_.stage.until_rolled_out("staging-1", "Deployment", "web")
    now = await round_.stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    void = await round_.vote(filed, await round_.person("bob"))
    assert void.state is ProposalState.VOID
    assert now.digest in str(void.record.reason)
    assert await round_.rows("SELECT id FROM operations") == []


async def test_an_approver_who_lost_the_right_does_not_count(round_: Round):
    await round_.take(2)
    filed = await round_.propose(await round_.ada())
    bob, eve, joe = [await round_.person(each) for each in ("bob", "eve", "joe")]
    await round_.vote(filed, bob)
    async with round_.stage.database.begin() as tx:
        await tx.bindings.remove_of(Subject(kind=SubjectKind.PERSON, id=bob.caller.ref.id))
    second = await round_.vote(filed, eve)
    assert (second.state, second.tally.lacking.votes) == (ProposalState.WAITING, 1)
    assert [each.name for each in second.tally.counting] == ["eve"]
    assert (await round_.vote(filed, joe)).state is ProposalState.APPROVED


async def test_it_is_void_where_whoever_filed_it_may_not_start_it_any_more(round_: Round):
    await round_.take(1)
    ada = await round_.person("ada", role=Role.PROMOTER)
    filed = await round_.propose(ada)
    async with round_.stage.database.begin() as tx:
        await tx.bindings.remove_of(Subject(kind=SubjectKind.PERSON, id=ada.caller.ref.id))
    void = await round_.vote(filed, await round_.person("bob"))
    assert (void.state, await round_.rows("SELECT id FROM operations")) == (ProposalState.VOID, [])


async def test_a_gate_that_closes_before_the_start_refuses_the_last_vote_which_can_be_cast_later(round_: Round):
    await round_.take(1)
    filed = await round_.propose(await round_.ada())
    bob = await round_.person("bob")

    async def is_refused() -> None:
        with pytest.raises(GateClosedError):
            await round_.vote(filed, bob)
        waiting = await round_.proposing.read(filed.record.id, actor=bob)
        assert (waiting.state, waiting.record.votes) == (ProposalState.WAITING, ())

    permissions = Permissions(round_.stage.database)
    stopping, freezing = Stopping(round_.stage.database, permissions), Freezing(round_.stage.database, permissions)
    stop = await stopping.add(environment="Production", cluster=None, reason="Restore.", actor=ADMINISTRATOR)
    await is_refused()
    await stopping.lift(stop.stop.id, actor=ADMINISTRATOR)
    freeze = await freezing.add(_FROZEN, actor=ADMINISTRATOR)
    await is_refused()
    await freezing.delete(freeze.freeze.id, actor=ADMINISTRATOR)
    assert (await round_.vote(filed, bob)).state is ProposalState.APPROVED


async def test_a_rejection_a_withdrawal_and_the_clock_end_it(round_: Round):
    await round_.take(2)
    bob, eve = await round_.person("bob"), await round_.person("eve")
    rejected = await round_.vote(await round_.propose(await round_.ada()), bob, REJECT)
    withdrawn = await round_.propose(await round_.ada())
    with pytest.raises(ForbiddenError):
        await round_.proposing.withdraw(withdrawn.record.id, reason=None, actor=bob)
    withdrawn = await round_.proposing.withdraw(withdrawn.record.id, reason="Not today.", actor=ANN)
    written = await round_.rows("SELECT action FROM audit")
    assert {"proposal.rejected", "proposal.withdrawn"} <= set(written)
    expired = await round_.propose(await round_.ada())
    async with round_.stage.database.engine.begin() as connection:
        await connection.execute(
            text("UPDATE proposals SET expires_at = now() WHERE id = :id"), {"id": expired.record.id}
        )
    expired = await round_.proposing.read(expired.record.id, actor=ANN)
    for view, state in (
        (rejected, ProposalState.REJECTED),
        (withdrawn, ProposalState.WITHDRAWN),
        (expired, ProposalState.EXPIRED),
    ):
        assert view.state is state
        with pytest.raises(ProposalEndedError):
            await round_.vote(view, eve)
        listed = await round_.proposing.list(Permissions.listing(eve), state=state)
        assert [each.record.id for each in listed.items] == [view.record.id]


async def test_whoever_may_break_the_glass_starts_without_approvals_and_it_is_loud(round_: Round):
    await round_.take(1)
    start = partial(round_.stage.promoting.start, "shop", TO_PRODUCTION, idempotency=None, break_glass="It is down.")
    with pytest.raises(ForbiddenError, match="break-glass"):
        await start(actor=await round_.person("ben", role=Role.PROMOTER))
    channel = await make_channel(round_.stage.database, events=[NotificationType.BREAK_GLASS_USED])
    operation = await start(actor=await round_.person("ada", role=Role.PROMOTER, break_glass=True))
    [shouted] = await told(round_.stage.database, channel)
    assert (shouted.operation, shouted.by, shouted.reason, shouted.gates) == (
        *(operation.id, "ada"),
        *("It is down.", ("approval",)),
    )
    assert (await round_.stage.end_of(operation.id)).state is OperationState.SUCCEEDED
    assert await round_.rows("SELECT after ->> 'reason' FROM audit WHERE action = 'break-glass.used'") == [
        "It is down."
    ]
