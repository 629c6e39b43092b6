"""A process of the former release goes on working after the migration: its statements, through the former names."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from alembic import command
from sqlalchemy import Connection, text

from db.base import new_id
from db.engine import create_engine
from db.events import NewEvent
from db.image_pushes import NewImagePush
from db.migrate import configuration
from db.operation_clusters import ClusterUpdate
from db.verdicts import NewVerdict
from domain.images import ContainerRef
from domain.resources import ResourceId
from domain.words import ClusterPhase, EventType, ImagePushOrigin, Outcome, Verdict
from tests.support.rows import make_operation, make_target
from tests.support.specs import WEB

_REPOSITORY = "registry.example/shop/web"

# As the former release sends them: SQLAlchemy's statements, with the columns that they name.
_ADD_PUSHES = """
    INSERT INTO arrivals (repository, tag, platforms, origin, state)
    SELECT p0::TEXT, p1::TEXT, p2::JSON, p3::VARCHAR(32), p4::VARCHAR(32)
    FROM (VALUES ($1, $2, '[]', 'webhook', 'waiting', 0), ($1, $3, '[]', 'webhook', 'waiting', 1))
         AS imp_sen(p0, p1, p2, p3, p4, sen_counter)
    ORDER BY sen_counter RETURNING arrivals.push, arrivals.push AS push__1
"""
_NEWEST = "SELECT push, tag, state, arrived_at FROM arrivals WHERE repository = $1 ORDER BY push DESC LIMIT 1"
_LOCK_WAITING = "SELECT next_try_at FROM arrivals WHERE push = $1 AND state = 'waiting' FOR UPDATE SKIP LOCKED"
_PUT_OFF = "UPDATE arrivals SET next_try_at = now(), attempts = (arrivals.attempts + 1) WHERE arrivals.push IN ($1)"
_FORGET = """
    DELETE FROM arrivals WHERE arrivals.arrived_at < $1 AND NOT (EXISTS (
        SELECT * FROM arrival_verdicts WHERE arrival_verdicts.push = arrivals.push
    )) RETURNING arrivals.push
"""
_JUDGE = """
    INSERT INTO arrival_verdicts (push, app_environment_id, verdict, containers)
    VALUES ($1, $2, $3, '[]')
    ON CONFLICT (push, app_environment_id) DO UPDATE SET verdict = excluded.verdict, decided_at = now()
    WHERE arrival_verdicts.verdict != 'deploying'
"""
_WAITING = "SELECT push FROM arrival_verdicts WHERE verdict = 'wanted' ORDER BY push"
_DEPLOY = """
    UPDATE arrival_verdicts SET verdict = 'deploying' WHERE arrival_verdicts.verdict IN ('wanted', 'blocked')
    RETURNING arrival_verdicts.push
"""
_KEEP_KEY = "INSERT INTO house_keys (purpose, sealed) VALUES ($1, $2) ON CONFLICT DO NOTHING"
_READ_KEY = "SELECT house_keys.sealed FROM house_keys WHERE house_keys.purpose = $1"


@pytest.fixture
async def former(database, database_url) -> AsyncIterator[asyncpg.Connection]:
    """A connection on which to speak as the former release does, to the database of this test."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest.fixture
async def target(database) -> str:
    return str((await make_target(database)).app_environment.id)


async def _add_image_push(database, **fields) -> int:
    async with database.begin() as tx:
        (push,) = await tx.image_pushes.add(
            [NewImagePush(repository=_REPOSITORY, tag="1", digest=None, origin=ImagePushOrigin.WEBHOOK, **fields)]
        )
    return int(push)


async def test_image_pushes_that_the_former_release_adds_are_numbered_and_read_here(database, former):
    pushes = [row["push"] for row in await former.fetch(_ADD_PUSHES, _REPOSITORY, "1", "2")]
    async with database.read() as tx:
        due = await tx.lookups.due_at("registry.example", limit=10)
    assert [(each.push, each.tag) for each in due] == [(pushes[0], "1"), (pushes[1], "2")]


async def test_image_pushes_that_are_added_here_are_read_by_the_former_release(database, former):
    push = await _add_image_push(database)
    row = await former.fetchrow(_NEWEST, _REPOSITORY)
    assert (row["push"], row["tag"], row["state"]) == (push, "1", "waiting")
    assert datetime.now(UTC) - row["arrived_at"] < timedelta(minutes=1)


async def test_a_row_that_is_locked_here_is_skipped_by_the_former_release(database, former):
    push = await _add_image_push(database)
    async with database.begin() as tx:
        await tx.lookups.still_due(await tx.lookups.due_at("registry.example", limit=10))
        assert await former.fetch(_LOCK_WAITING, push) == []
    assert len(await former.fetch(_LOCK_WAITING, push)) == 1


async def test_the_former_release_updates_image_pushes(database, former):
    push = await _add_image_push(database)
    await former.execute(_PUT_OFF, push)
    async with database.read() as tx:
        assert (await tx.image_pushes.some([push]))[push].attempts == 1


async def test_the_former_release_deletes_image_pushes_with_what_refers_to_them(database, former, target):
    push, judged = await _add_image_push(database), await _add_image_push(database)
    await former.execute(_JUDGE, judged, target, "refused")
    gone = await former.fetch(_FORGET, datetime.now(UTC) + timedelta(hours=1))
    assert [row["push"] for row in gone] == [push]


async def test_a_verdict_of_the_former_release_takes_the_place_of_an_earlier_one(database, former, target):
    push = await _add_image_push(database)
    await former.execute(_JUDGE, push, target, "offered")
    await former.execute(_JUDGE, push, target, "wanted")
    async with database.read() as tx:
        assert (await tx.verdicts.of(target))[push].verdict is Verdict.PENDING
        assert await tx.verdicts.pending() == {target: (push,)}


async def test_the_containers_of_a_verdict_are_stored_as_the_former_release_spells_them(database, raw, target):
    push = await _add_image_push(database)
    verdict = NewVerdict(push=push, verdict=Verdict.OFFERED, containers=(ContainerRef(workload=WEB, container="web"),))
    async with database.begin() as tx:
        await tx.verdicts.judge(target, [verdict])
    workload = {"api_version": "apps/v1", "kind": "Deployment", "name": "web"}
    assert await raw("SELECT containers FROM arrival_verdicts") == [([{"workload": workload, "container": "web"}],)]


async def test_the_former_release_deploys_what_waits_since_it_was_judged_here(database, former, target):
    push = await _add_image_push(database)
    async with database.begin() as tx:
        await tx.verdicts.judge(target, [NewVerdict(push=push, verdict=Verdict.PENDING)])
    assert [row["push"] for row in await former.fetch(_WAITING)] == [push]
    assert [row["push"] for row in await former.fetch(_DEPLOY)] == [push]


async def test_a_key_that_the_former_release_kept_is_the_one_that_is_used_here(database, former, keys):
    async with database.begin() as tx:
        key = await tx.installation_keys.named("sessions")
    sealed = await former.fetchval(_READ_KEY, "sessions")
    await former.execute(_KEEP_KEY, "sessions", "v1.other")
    assert await former.fetchval(_READ_KEY, "sessions") == sealed
    async with database.begin() as tx:
        assert await tx.installation_keys.named("sessions") == key


async def test_a_phase_is_stored_as_the_former_release_spells_it(database, raw):
    operation_id = await make_operation(database, await make_target(database))
    async with database.begin() as tx:
        await tx.operation_lifecycle.update_clusters(
            operation_id, [ClusterUpdate(position=0, phase=ClusterPhase.APPLYING)]
        )
    assert await raw("SELECT phase FROM operation_clusters WHERE position = 0") == [("acting",)]
    async with database.read() as tx:
        operation = await tx.operations.get(operation_id)
    assert operation.clusters[0].phase is ClusterPhase.APPLYING


async def test_an_event_is_stored_as_the_former_release_spells_it(database, raw):
    operation_id = await make_operation(database, await make_target(database))
    async with database.begin() as tx:
        await tx.events.append(operation_id, [NewEvent(type=EventType.UNDO_STARTED)])
    assert await raw("SELECT type FROM operation_events") == [("rollback.started",)]
    async with database.read() as tx:
        (event,) = await tx.events.after(operation_id, 0)
    assert event.type is EventType.UNDO_STARTED


async def test_the_former_name_of_desired_pods_is_read_as_the_present_one(database):
    operation_id = await make_operation(database, await make_target(database))
    async with database.begin() as tx:
        event = NewEvent(type=EventType.ROLLOUT_PROGRESSED, data={"ready": 1, "wanted": 2})
        await tx.events.append(operation_id, [event])
        (read,) = await tx.events.after(operation_id, 0)
    assert read.data == {"ready": 1, "wanted": 2, "desired": 2}


async def test_a_resource_is_stored_as_the_former_release_spells_it(database, raw):
    operation_id = await make_operation(database, await make_target(database))
    update = ClusterUpdate(position=0, phase=ClusterPhase.ENDED, outcome=Outcome.FAILED, resource=WEB)
    async with database.begin() as tx:
        await tx.operation_lifecycle.update_clusters(operation_id, [update])
        await tx.events.append(operation_id, [NewEvent(type=EventType.RESOURCE_APPLIED, resource=WEB)])
    assert await raw("SELECT resource FROM operation_clusters WHERE position = 0") == [("apps/v1/Deployment/web",)]
    assert await raw("SELECT resource FROM operation_events") == [("apps/v1/Deployment/web",)]


async def test_resources_that_the_former_release_stored_are_read(database, former):
    operation_id = await make_operation(database, await make_target(database))
    await former.execute(
        "UPDATE operation_clusters SET resource = 'v1/Secret/db' WHERE operation_id = $1 AND position = 0", operation_id
    )
    await former.execute(
        "INSERT INTO operation_events (operation_id, seq, at, type, resource, data) VALUES "
        "($1, 1, now(), 'resource.applied', 'apps/v1/Deployment/web', '{}'), "
        "($1, 2, now(), 'resource.applied', NULL, '{}'), "
        """($1, 3, now(), 'cluster.ended', NULL, '{"outcome": "failed", "resource": "apps/v1/Deployment/web"}'), """
        """($1, 4, now(), 'cluster.ended', NULL, '{"outcome": "unchanged", "resource": null}')""",
        operation_id,
    )
    async with database.read() as tx:
        operation = await tx.operations.get(operation_id)
        events = await tx.events.after(operation_id, 0)
    assert operation.clusters[0].resource == ResourceId.of("v1", "Secret", "db")
    assert [each.resource for each in events] == [WEB, None, None, None]
    assert [each.data.get("resource_ref") for each in events] == [None, None, WEB.to_json(), None]
    assert events[2].data["resource"] == "apps/v1/Deployment/web"  # for clients of the former release


async def test_words_that_the_next_release_will_write_are_read_and_found(database, raw, target):
    push = await _add_image_push(database)
    await raw(
        f"INSERT INTO image_push_verdicts (push, app_environment_id, verdict, containers)"
        f" VALUES ({push}, '{target}', 'pending', '[]') RETURNING push"
    )
    async with database.begin() as tx:
        assert (await tx.verdicts.of(target))[push].verdict is Verdict.PENDING
        assert await tx.verdicts.pending() == {target: (push,)}
        assert len(await tx.verdicts.pushes_judged([target], [Verdict.OFFERED, Verdict.PENDING])) == 1


async def test_statements_that_were_prepared_before_the_migration_work_after_it(new_database_url):
    url = await new_database_url()
    engine = create_engine(url)

    def migrate(connection: Connection, revision: str) -> None:
        config = configuration()
        config.attributes["connection"] = connection
        (command.downgrade if revision < "0003" else command.upgrade)(config, revision)

    async with engine.begin() as connection:
        await connection.run_sync(migrate, "0002")
    former = await asyncpg.connect(url)
    newest = await former.prepare(_NEWEST)
    await former.execute(_ADD_PUSHES, _REPOSITORY, "1", "2")
    async with engine.begin() as connection:
        await connection.run_sync(migrate, "0003")
    assert (await newest.fetchrow(_REPOSITORY))["tag"] == "2"
    await former.close()
    await engine.dispose()


async def test_taking_the_migration_back_leaves_rows_that_the_former_release_reads(new_database_url):
    engine = create_engine(await new_database_url())

    def downgrade(connection: Connection) -> None:
        config = configuration()
        config.attributes["connection"] = connection
        command.downgrade(config, "0002")

    application, environment, target = new_id(), new_id(), new_id()
    async with engine.begin() as connection:
        for statement in (
            f"INSERT INTO applications (id, name) VALUES ('{application}', 'shop')",
            f"INSERT INTO environments (id, name, rank) VALUES ('{environment}', 'Staging', 1)",
            (
                "INSERT INTO app_environments (id, application_id, environment_id, deploy_mode, pin)"
                f" VALUES ('{target}', '{application}', '{environment}', 'auto', 'digest')"
            ),
            "INSERT INTO image_pushes (repository, tag, platforms, origin) VALUES ('r/web', '1', '[]', 'poll')",
            (
                "INSERT INTO image_push_verdicts (push, app_environment_id, verdict, containers)"
                f" SELECT push, '{target}', 'pending', '[]' FROM image_pushes"
            ),
        ):
            await connection.execute(text(statement))
        await connection.run_sync(downgrade)
        assert await connection.scalar(text("SELECT verdict FROM arrival_verdicts")) == "wanted"
    await engine.dispose()
