"""A new operation: its rows, the record that is built without reading them, and what the engine is handed."""

import pytest

from db.image_pushes import NewImagePush
from db.verdicts import NewVerdict
from domain.secret_text import SecretText
from domain.words import ClusterPhase, EventType, ImagePushOrigin, OperationKind, OperationState, Verdict
from services.changes.new_operations import ImagePushesTakenError, NewOperationCluster, queue, warm_start
from tests.support.engine_stage import new_operation
from tests.support.records import cluster_record
from tests.support.rows import Target, make_target
from tests.support.specs import undo_of

SECRETS = {"db": {"password": SecretText("hunter2"), "user": SecretText("shop")}}


@pytest.fixture
async def production(database) -> Target:
    return await make_target(database)


def beginning(target: Target) -> tuple[NewOperationCluster, ...]:
    """The first cluster begins as the operation is queued; the second one belongs to the next wave."""
    first, second = target.clusters
    return (
        NewOperationCluster(cluster=first, undo=undo_of("shop/web:1")),
        NewOperationCluster(cluster=second, wave=1, undo=undo_of("shop/web:1")),
    )


def test_a_cluster_begins_at_once_only_in_the_first_wave_with_a_way_back():
    cluster, undo = cluster_record(), undo_of("shop/web:1")
    assert NewOperationCluster(cluster=cluster, undo=undo).begins
    assert not NewOperationCluster(cluster=cluster, wave=1, undo=undo).begins
    assert not NewOperationCluster(cluster=cluster).begins


async def test_the_record_is_what_the_rows_hold(database, production):
    new = new_operation(production, clusters=beginning(production), secrets=SECRETS)
    async with database.begin() as tx:
        queued = await queue(tx, new)
    async with database.read() as tx:
        assert await tx.operations.get(queued.id) == queued
    assert queued.secret_names == ("db/password", "db/user")
    assert [each.phase for each in queued.clusters] == [ClusterPhase.APPLYING, ClusterPhase.WAITING]


async def test_its_timeline_begins_with_who_queued_it_and_for_which_clusters(database, production):
    async with database.begin() as tx:
        queued = await queue(tx, new_operation(production))
        (event,) = await tx.events.after(queued.id, 0)
    assert (event.type, event.data) == (
        EventType.OPERATION_QUEUED,
        {"by": "ann", "clusters": ["prod-eu", "prod-us"]},
    )


async def test_whatever_its_kind_it_is_written_into_the_audit(database, production, raw):
    for kind in OperationKind:
        async with database.begin() as tx:
            queued = await queue(tx, new_operation(production, kind=kind))
            await tx.operation_lifecycle.end(queued.id, state=OperationState.SUCCEEDED, message="")
    written = "SELECT action, targets->0->>'name', application_id IS NOT NULL FROM audit"
    queued_only = "WHERE action = 'operation.queued' ORDER BY seq"  # a roll-back sets a hold as well
    assert await raw(f"{written} {queued_only}") == [("operation.queued", kind.value, True) for kind in OperationKind]


async def test_the_engine_is_handed_what_it_would_read(database, production):
    new = new_operation(production, clusters=beginning(production), secrets=SECRETS)
    async with database.begin() as tx:
        queued = await queue(tx, new)
    handed = warm_start(new, queued, "work")
    assert (handed.work, handed.snapshot.operation, handed.snapshot.secrets) == ("work", queued, SECRETS)
    assert handed.snapshot.clusters == {each.id: each for each in production.clusters}
    assert "hunter2" not in repr(handed)


async def add_push(database, production: Target, verdict: Verdict) -> int:
    push = NewImagePush(repository="registry.example/shop/web", tag="2", digest=None, origin=ImagePushOrigin.WEBHOOK)
    async with database.begin() as tx:
        number: int = (await tx.image_pushes.add([push]))[0]
        await tx.verdicts.judge(production.app_environment.id, [NewVerdict(push=number, verdict=verdict)])
    return number


@pytest.mark.parametrize("verdict", [Verdict.PENDING, Verdict.OFFERED])
async def test_the_image_pushes_that_it_deploys_are_marked_as_such(database, production, verdict):
    number = await add_push(database, production, verdict)
    async with database.begin() as tx:
        await queue(tx, new_operation(production, image_pushes=(number,)))
        ((_, deploying),) = await tx.verdicts.deployed(production.app_environment.id, limit=5)
    assert deploying.verdict is Verdict.DEPLOYING


async def test_automation_starts_nothing_where_a_push_is_no_longer_pending(database, production):
    number = await add_push(database, production, Verdict.OFFERED)
    new = new_operation(production, image_pushes=(number,), all_image_pushes=True)
    with pytest.raises(ImagePushesTakenError):
        async with database.begin() as tx:
            await queue(tx, new)
    async with database.read() as tx:
        assert await tx.operations.unfinished() == ()
