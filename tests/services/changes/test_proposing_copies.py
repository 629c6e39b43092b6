"""Proposed imports and configures: what a person typed in is sealed while it waits, and erased however it ends."""

import base64
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from domain.approvals import APPROVABLE, ApprovalPolicy, ProposalState, VoteChoice
from domain.grants import Actor
from domain.overrides import Overrides
from domain.resources import ResourceId
from domain.secret_text import SecretText
from domain.words import OperationKind, OperationState, Role
from services.changes.configuring import ConfigureRequest
from services.changes.deploying import Deploying
from services.changes.importing import ImportRequest
from services.changes.promoting import Promoting
from services.changes.promotion_sets import PromotionSets
from services.changes.proposing import ProposalView, Proposing
from services.changes.rolling_back import RollingBack
from services.inventory.application_groups import ApplicationGroups
from services.limits import Limits
from services.planning.configuring.scaffold import SecretForm
from tests.support.copy_stage import CopyStage
from tests.support.objects import PRINTS
from tests.support.people import signed_in

CANARY = "typed-in-by-ada"
SECRET = ResourceId.of("v1", "Secret", "shop-database")
Raw = Callable[[str], Awaitable[list[tuple[object, ...]]]]


@pytest.fixture
async def proposing(stage: CopyStage) -> Proposing:
    """Staging takes one approval."""
    async with stage.database.begin() as tx:
        staging = await tx.environments.find("Staging")
        assert staging is not None
        policy = ApprovalPolicy(needed=1, groups=(), kinds=APPROVABLE, expires_after=timedelta(hours=24))
        await tx.approval_policies.put(staging.id, policy)
    promoting = Promoting(stage.database, stage.pool, stage.operations, Limits())
    return Proposing(
        stage.database,
        operations=stage.operations,
        promoting=promoting,
        deploying=Deploying(stage.database, stage.pool, stage.operations, Limits()),
        importing=stage.importing,
        configuring=stage.configuring,
        sets=PromotionSets(
            stage.database,
            stage.operations,
            promoting=promoting,
            rolling_back=RollingBack(stage.database, stage.pool, stage.operations, Limits(), prints=PRINTS),
            groups=ApplicationGroups(stage.database),
        ),
    )


@pytest.fixture
async def ada(stage: CopyStage) -> Actor:
    return await signed_in(stage.database, "ada", role=Role.ADMIN)


@pytest.fixture
async def bob(stage: CopyStage) -> Actor:
    return await signed_in(stage.database, "bob")


def _configure(stage: CopyStage) -> ConfigureRequest:
    keys = SecretForm(name="keys", data={"token": SecretText(CANARY)})
    return ConfigureRequest(namespace=stage.namespace, secrets=(keys,))


async def _sealed(raw: Raw, proposal: ProposalView) -> str | None:
    """What the row has of typed-in values; nothing of it is readable."""
    [(sealed, row)] = await raw(f"SELECT sealed, p::text FROM proposals p WHERE id = '{proposal.record.id}'")
    assert CANARY not in str(row)
    assert base64.b64encode(CANARY.encode()).decode() not in str(row)
    return sealed if sealed is None else str(sealed)


async def test_an_approved_configure_writes_what_was_typed_in_and_the_proposal_forgets_it(
    stage: CopyStage, proposing: Proposing, ada: Actor, bob: Actor, raw: Raw
):
    filed = await proposing.propose("shop", "Staging", _configure(stage), comment=None, actor=ada)
    sealed = await _sealed(raw, filed)
    voted = await proposing.vote(filed.record.id, choice=VoteChoice.APPROVE, comment=None, actor=bob)
    ended = await stage.end_of(str(voted.record.operation_id))
    written = stage.object("staging-1", "secrets", "keys")
    assert (filed.record.kind, sealed is None, await _sealed(raw, filed)) == (OperationKind.CONFIGURE, False, None)
    assert (voted.state, ended.state, ended.actor) == (ProposalState.APPROVED, OperationState.SUCCEEDED, "ada")
    assert written is not None
    assert base64.b64decode(written["data"]["token"]) == CANARY.encode()


async def test_an_approved_import_writes_what_was_typed_in_and_the_proposal_forgets_it(
    stage: CopyStage, proposing: Proposing, ada: Actor, bob: Actor, raw: Raw
):
    await stage.adopted()
    request = ImportRequest(
        source_environment="Development",
        resources=(SECRET,),
        namespace=stage.namespace,
        overrides=Overrides(secrets={SECRET.name: {"password": SecretText(CANARY)}}),
    )
    filed = await proposing.propose("shop", "Staging", request, comment=None, actor=ada)
    sealed = await _sealed(raw, filed)
    voted = await proposing.vote(filed.record.id, choice=VoteChoice.APPROVE, comment=None, actor=bob)
    ended = await stage.end_of(str(voted.record.operation_id))
    written = stage.object("staging-1", "secrets", SECRET.name)
    assert (filed.record.kind, sealed is None, await _sealed(raw, filed)) == (OperationKind.IMPORT, False, None)
    assert (voted.state, ended.state) == (ProposalState.APPROVED, OperationState.SUCCEEDED)
    assert written is not None
    assert base64.b64decode(written["data"]["password"]) == CANARY.encode()


async def test_what_was_typed_in_is_erased_however_else_the_proposal_ends(
    stage: CopyStage, proposing: Proposing, ada: Actor, bob: Actor, raw: Raw
):
    async def reject(proposal: str) -> None:
        await proposing.vote(proposal, choice=VoteChoice.REJECT, comment=None, actor=bob)

    async def withdraw(proposal: str) -> None:
        await proposing.withdraw(proposal, reason=None, actor=ada)

    async def expire(proposal: str) -> None:
        await raw(f"UPDATE proposals SET expires_at = now() WHERE id = '{proposal}' RETURNING 1")
        async with stage.database.begin() as tx:
            await tx.proposals.expire()

    async def void(proposal: str) -> None:  # another plan was filed than is made now
        await raw("UPDATE proposals SET plan_digest = 'another' RETURNING 1")
        await proposing.vote(proposal, choice=VoteChoice.APPROVE, comment=None, actor=bob)

    for end, state in (
        (reject, ProposalState.REJECTED),
        (withdraw, ProposalState.WITHDRAWN),
        (expire, ProposalState.EXPIRED),
        (void, ProposalState.VOID),
    ):
        filed = await proposing.propose("shop", "Staging", _configure(stage), comment=None, actor=ada)
        assert await _sealed(raw, filed) is not None
        await end(filed.record.id)
        assert (await proposing.read(filed.record.id, actor=ada)).state is state
        assert await _sealed(raw, filed) is None
    async with stage.database.engine.connect() as connection:
        told = (await connection.execute(text("SELECT string_agg(a::text, '') FROM audit a"))).scalar_one()
    assert CANARY not in told
    assert stage.object("staging-1", "secrets", "keys") is None
