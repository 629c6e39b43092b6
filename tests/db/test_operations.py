"""Operations, their timelines and their ends in the database."""

import asyncio
from uuid import uuid4

import pytest

from db.errors import ActiveOperationError, RepeatedRequestError
from db.events import NewEvent, Notifier
from db.operation_clusters import ClusterUpdate
from db.operation_reading import OperationFilter
from domain.actors import ActorKind, ActorRef
from domain.secret_text import SecretText
from domain.stored.rollouts import ExpectedRollout
from domain.words import ClusterPhase, EventType, OperationState, Outcome
from tests.support.rows import make_operation, make_target
from tests.support.specs import WEB, undo_of

CANARY = "canary-91cc"
SAID = NewEvent(type=EventType.OPERATION_STARTED)

_ROLLOUT = ExpectedRollout(resource=WEB, uid="u", generation=None)


async def end(database, operation_id, state=OperationState.SUCCEEDED):
    async with database.begin() as tx:
        assert await tx.operation_lifecycle.end(operation_id, state=state, message="done")


async def test_a_second_operation_in_an_app_environment_is_refused_with_the_first_one_s_id(database):
    target = await make_target(database)
    first = await make_operation(database, target)
    with pytest.raises(ActiveOperationError) as refused:
        await make_operation(database, target)
    assert refused.value.operation_id == first


async def test_of_two_at_the_same_moment_one_is_refused(database):
    target = await make_target(database)
    both = await asyncio.gather(
        make_operation(database, target), make_operation(database, target), return_exceptions=True
    )
    assert [type(each) for each in both if not isinstance(each, str)] == [ActiveOperationError]


async def test_after_the_end_another_operation_may_start(database):
    target = await make_target(database)
    await end(database, await make_operation(database, target))
    assert await make_operation(database, target)


async def test_an_idempotency_key_is_used_once_by_an_actor(database):
    target = await make_target(database)
    first = await make_operation(database, target, idempotency=("k", "f"))
    await end(database, first)
    with pytest.raises(RepeatedRequestError):
        await make_operation(database, target, idempotency=("k", "f"))
    async with database.read() as tx:
        repeated = await tx.operations.repeated(ActorRef(kind=ActorKind.TOKEN, id="ann", name="ann"), "k")
    assert repeated is not None
    assert repeated.id == first


async def test_another_actor_may_use_the_same_idempotency_key(database):
    target = await make_target(database)
    await end(database, await make_operation(database, target, idempotency=("k", "f")))
    assert await make_operation(database, target, actor="ben", idempotency=("k", "f"))


async def test_typed_in_values_are_sealed_and_erased_at_the_end(database, raw):
    operation_id = await make_operation(
        database, await make_target(database), secrets={"login": {"password": SecretText(CANARY)}}
    )
    assert CANARY not in str(await raw("SELECT * FROM operation_secrets"))
    async with database.read() as tx:
        assert await tx.operations.secrets(operation_id) == {"login": {"password": SecretText(CANARY)}}
    await end(database, operation_id)
    assert await raw("SELECT * FROM operation_secrets") == []


async def test_an_operation_ends_once(database):
    operation_id = await make_operation(database, await make_target(database))
    await end(database, operation_id)
    async with database.begin() as tx:
        assert not await tx.operation_lifecycle.end(operation_id, state=OperationState.FAILED, message="again")
        operation = await tx.operations.get(operation_id)
    assert operation is not None
    assert (operation.state, operation.message) == ("succeeded", "done")


async def test_what_undoing_needs_is_stored_once(database):
    operation_id = await make_operation(database, await make_target(database))
    async with database.begin() as tx:
        for tag in ("1", "2"):
            update = ClusterUpdate(position=0, phase=ClusterPhase.APPLYING, undo=undo_of(f"shop/web:{tag}"))
            await tx.operation_lifecycle.update_clusters(operation_id, [update])
        operation = await tx.operations.get(operation_id)
    assert operation is not None
    assert operation.clusters[0].undo == undo_of("shop/web:1")
    assert operation.clusters[1].undo is None


async def test_updates_that_are_written_together_leave_what_they_would_have_left_one_by_one(database):
    together, apart = [
        await make_operation(database, await make_target(database, application=name)) for name in ("shop", "blog")
    ]
    updates = [
        ClusterUpdate(position=0, phase=ClusterPhase.APPLYING),
        ClusterUpdate(position=0, phase=ClusterPhase.APPLYING, undo=undo_of("shop/web:1")),
        ClusterUpdate(
            position=1, phase=ClusterPhase.ENDED, outcome=Outcome.FAILED, code="x", undo=undo_of("shop/web:3")
        ),
        ClusterUpdate(position=0, phase=ClusterPhase.WATCHING, undo=undo_of("shop/web:2"), expected=(_ROLLOUT,)),
        ClusterUpdate(position=1, phase=ClusterPhase.UNDOING, code="y"),
        ClusterUpdate(position=0, phase=ClusterPhase.ENDED, outcome=Outcome.SUCCEEDED),
    ]
    async with database.begin() as tx:
        await tx.operation_lifecycle.update_clusters(together, updates)
        for update in updates:
            await tx.operation_lifecycle.update_clusters(apart, [update])
        found = [await tx.operations.get(each) for each in (together, apart)]
    assert found[0] is not None
    assert found[1] is not None
    assert found[0].clusters == found[1].clusters
    assert (found[0].clusters[0].undo, found[0].clusters[0].outcome) == (undo_of("shop/web:1"), "succeeded")


async def test_a_nul_character_from_a_cluster_does_no_harm(database):
    operation_id = await make_operation(database, await make_target(database))
    update = ClusterUpdate(
        position=0, phase=ClusterPhase.ENDED, outcome=Outcome.FAILED, detail="a\0b", undo=undo_of("shop/web:1\0")
    )
    async with database.begin() as tx:
        await tx.operation_lifecycle.update_clusters(operation_id, [update])
        await tx.events.append(operation_id, [NewEvent(type=EventType.CLUSTER_ENDED, data={"detail": "a\0b"})])
        operation = await tx.operations.get(operation_id)
    assert operation is not None
    assert operation.clusters[0].detail == "ab"


async def test_retrying_reopens_only_the_clusters_that_did_not_succeed(database):
    operation_id = await make_operation(database, await make_target(database))
    async with database.begin() as tx:
        await tx.operation_lifecycle.update_clusters(
            operation_id,
            [
                ClusterUpdate(position=0, phase=ClusterPhase.ENDED, outcome=Outcome.SUCCEEDED),
                ClusterUpdate(
                    position=1, phase=ClusterPhase.ENDED, outcome=Outcome.FAILED, code="x", undo=undo_of("shop/web:1")
                ),
            ],
        )
    await end(database, operation_id, OperationState.FAILED)
    async with database.begin() as tx:
        await tx.operation_lifecycle.reopen(operation_id, secrets=None)
        operation = await tx.operations.get(operation_id)
    assert operation is not None
    assert (operation.state, operation.attempt, operation.message) == ("queued", 2, None)
    good, failed = operation.clusters
    assert (good.phase, good.outcome) == ("ended", "succeeded")
    assert (failed.phase, failed.outcome, failed.code, failed.undo) == ("waiting", None, None, undo_of("shop/web:1"))


async def test_retrying_beside_another_operation_is_refused(database):
    target = await make_target(database)
    first = await make_operation(database, target)
    await end(database, first)
    await make_operation(database, target)
    with pytest.raises(ActiveOperationError):
        async with database.begin() as tx:
            await tx.operation_lifecycle.reopen(first, secrets=None)


async def test_an_operation_under_way_is_not_reopened(database):
    operation_id = await make_operation(database, await make_target(database))
    with pytest.raises(ActiveOperationError) as refused:
        async with database.begin() as tx:
            await tx.operation_lifecycle.reopen(operation_id, secrets=None)
    assert refused.value.operation_id == operation_id


async def test_operations_are_listed_newest_first_and_filtered(database):
    shop, blog = await make_target(database), await make_target(database, application="blog", environment="Staging")
    first = await make_operation(database, shop)
    await end(database, first)
    second = await make_operation(database, shop)
    third = await make_operation(database, blog)
    async with database.read() as tx:
        page = await tx.operations.list(OperationFilter(), limit=2)
        rest = await tx.operations.list(OperationFilter(), limit=2, after=page.next)
        of_shop = await tx.operations.list(OperationFilter(application="SHOP"), limit=9)
        queued = await tx.operations.list(OperationFilter(state=OperationState.QUEUED, environment="staging"), limit=9)
    assert [each.id for each in page.items] == [third, second]
    assert [each.id for each in rest.items] == [first]
    assert [each.id for each in of_shop.items] == [second, first]
    assert [each.id for each in queued.items] == [third]


async def test_events_of_many_writers_at_once_are_numbered_without_gaps(database):
    operation_id = await make_operation(database, await make_target(database))

    async def say(count: int) -> None:
        async with database.begin() as tx:
            await tx.events.append(operation_id, [SAID] * count)

    await asyncio.gather(*(say(count) for count in (1, 3, 2, 5, 1)))
    async with database.read() as tx:
        assert [each.seq for each in await tx.events.after(operation_id, 0)] == list(range(1, 13))
        assert [each.seq for each in await tx.events.after(operation_id, 10)] == [11, 12]


async def test_the_notifier_wakes_the_readers_of_that_operation_only(database, database_url):
    shop = await make_operation(database, await make_target(database))
    blog = await make_operation(database, await make_target(database, application="blog"))
    notifier = Notifier(database_url)
    await notifier.start()
    try:
        async with notifier.listening(shop) as of_shop, notifier.listening(blog) as of_blog:
            await of_shop(0.3)  # the notification that the reader is connected: look at the table
            await of_blog(0.3)
            notified = asyncio.create_task(of_shop(30))
            other = asyncio.create_task(of_blog(30))
            async with database.begin() as tx:
                await tx.events.append(shop, [SAID])
            await asyncio.wait_for(notified, 10)
            assert not other.done()
            other.cancel()
    finally:
        await notifier.stop()


async def test_releases_are_numbered_in_their_app_environment(database):
    shop, blog = await make_target(database), await make_target(database, application="blog")
    async with database.begin() as tx:
        for target in (shop, blog, shop):
            await tx.releases.add(
                target.app_environment.id, operation_id=None, kind="adopt", actor="ann", images=[], clusters=[]
            )
        page = await tx.releases.list(shop.app_environment.id, limit=1)
        rest = await tx.releases.list(shop.app_environment.id, limit=1, after=page.next)
        blogs = await tx.releases.list(blog.app_environment.id, limit=9)
    assert [each.number for each in page.items] == [2]
    assert [each.number for each in rest.items] == [1]
    assert [each.number for each in blogs.items] == [1]


async def test_an_installation_key_is_created_once_and_sealed(database, raw):
    async with database.begin() as tx:
        first = await tx.installation_keys.named("fingerprints")
    async with database.begin() as tx:
        assert await tx.installation_keys.named("fingerprints") == first
        assert await tx.installation_keys.named("sessions") != first
    assert len(first) == 32


async def test_the_app_environments_of_operations_are_found_but_for_those_that_are_gone(database):
    production, staging = await make_target(database), await make_target(database, environment="Staging")
    first, second = await make_operation(database, production), await make_operation(database, staging)
    async with database.read() as tx:
        found = await tx.place_operations.places_of([first, second, str(uuid4()), "no id"])
    assert found == {first: production.app_environment.id, second: staging.app_environment.id}


async def test_the_last_operation_that_ended_is_found_for_each_app_environment(database):
    production, staging = await make_target(database), await make_target(database, environment="Staging")
    await end(database, await make_operation(database, production))
    last = await make_operation(database, production)
    await end(database, last, OperationState.FAILED)
    await make_operation(database, production)  # under way
    await make_operation(database, staging)
    ids = [each.app_environment.id for each in (production, staging)]
    async with database.read() as tx:
        found = await tx.place_operations.last_ended(ids)
    assert {where: (each.id, each.state) for where, each in found.items()} == {ids[0]: (last, OperationState.FAILED)}
