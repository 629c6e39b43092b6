"""The database tells which rows changed, by ids that say where, whoever changed them."""

import asyncio
from collections.abc import Awaitable, Callable

from db.base import new_id
from db.changed_rows import CHANGES, COLUMNS, RowFeed
from db.listening import Listener
from db.transaction import Database
from domain.changed_rows import ChangedRow
from tests.support.rows import make_operation, make_target

Raw = Callable[[str], Awaitable[list[tuple[object, ...]]]]


class Heard:
    """The rows that were told of since it was asked last."""

    def __init__(self) -> None:
        self._rows: asyncio.Queue[ChangedRow] = asyncio.Queue()
        self._begun = asyncio.Event()
        self.feed = RowFeed(changed=self._rows.put_nowait, missed=self._begun.set)

    async def begun(self) -> None:
        await asyncio.wait_for(self._begun.wait(), 10)

    async def until(self, table: str) -> list[ChangedRow]:
        """All up to the first row of the table."""
        found: list[ChangedRow] = []
        async with asyncio.timeout(10):
            while not found or found[-1].table != table:
                found.append(await self._rows.get())
        return found


async def test_the_triggers_tell_of_the_tables_that_the_feed_names(database: Database, raw: Raw):
    found = await raw(
        f"SELECT DISTINCT event_object_table FROM information_schema.triggers WHERE trigger_name LIKE '{CHANGES}_%'"
    )
    assert {table for (table,) in found} == set(COLUMNS)


async def test_each_row_is_told_with_the_ids_that_say_where_it_is(database: Database, database_url: str, raw: Raw):
    target = await make_target(database)
    place, environment = target.app_environment, target.app_environment.environment.id
    application, cluster = place.application.id, target.clusters[0].id
    hold, stop = new_id(), new_id()
    by = "'person', '1', 'ann'"
    operation = await make_operation(database, target)
    push = f"""
        WITH image AS (
            INSERT INTO app_environment_images
                (app_environment_id, api_version, kind, name, container, init, repository, reference)
            VALUES ('{place.id}', 'apps/v1', 'Deployment', 'web', 'c', false, 'registry.example/web', 'web:1')
        ) SELECT 1
    """
    discovered = """
        INSERT INTO image_pushes (repository, tag, platforms, origin) VALUES ('registry.example/web', '1', '[]', 'poll')
        RETURNING push
    """
    holding = f"""
        INSERT INTO holds (id, environment_id, application_id, reason, by_kind, by_id, by_name)
        VALUES ('{hold}', '{environment}', '{application}', 'r', {by}) RETURNING id
    """
    stopping = f"""
        INSERT INTO stops (id, cluster_id, reason, by_kind, by_id, by_name)
        VALUES ('{stop}', '{cluster}', 'r', {by}) RETURNING id
    """
    happened = f"""
        INSERT INTO app_environment_events (id, app_environment_id, kind, at, detail)
        VALUES ('{new_id()}', '{place.id}', 'health', now(), '{{}}') RETURNING id
    """
    written = [
        (
            f"UPDATE operations SET state = 'running' WHERE id = '{operation}' RETURNING id",
            ChangedRow(table="operations", app_environment=place.id, id=operation),
        ),
        (holding, ChangedRow(table="holds", environment=environment, application=application, id=hold)),
        (f"DELETE FROM holds WHERE id = '{hold}' RETURNING id",
         ChangedRow(table="holds", environment=environment, application=application, id=hold)),
        (stopping, ChangedRow(table="stops", cluster=cluster, id=stop)),
        (f"UPDATE clusters SET reachability = 'unreachable' WHERE id = '{cluster}' RETURNING id",
         ChangedRow(table="clusters", cluster=cluster)),
        (discovered, ChangedRow(table="image_pushes", app_environment=place.id)),
        (happened, ChangedRow(table="app_environment_events", app_environment=place.id)),
        (f"DELETE FROM applications WHERE id = '{application}' RETURNING id",
         ChangedRow(table="applications", application=application)),
    ]  # fmt: skip
    await raw(push)
    heard = Heard()
    async with Listener(database_url, {CHANGES: heard.feed}, purpose="rows of a test"):
        await heard.begun()
        for statement, row in written:
            await raw(statement)
            assert row in await heard.until(row.table)


async def test_what_belongs_to_a_person_is_told_with_that_person_s_id(database: Database, database_url: str, raw: Raw):
    account, token, person = new_id(), new_id(), new_id()
    written = [
        (
            (
                "INSERT INTO people (id, provider, issuer, subject, name) "
                f"VALUES ('{person}', 'corp', 'https://id.example', 'ann', 'ann') RETURNING id"
            ),
            ChangedRow(table="people"),
        ),
        (
            (
                "INSERT INTO service_accounts (id, name, owner_kind, owner_id, owner_name) "
                f"VALUES ('{account}', 'bot', 'person', '{person}', 'ann') RETURNING id"
            ),
            ChangedRow(table="service_accounts", owner=person),
        ),
        (
            (
                "INSERT INTO tokens (id, name, role, hash, subject_kind, subject_id, created_by) VALUES "
                f"('{token}', 'ci', 'viewer', sha256('a'), 'service-account', '{account}', 'ann') RETURNING id"
            ),
            ChangedRow(table="tokens", subject=account, owner=person),
        ),
        (
            (
                "INSERT INTO sign_ins (hash, kind, person_id, expires_at) "
                f"VALUES (sha256('b'), 'session', '{person}', now()) RETURNING id"
            ),
            ChangedRow(table="sign_ins", subject=person),
        ),
        (f"DELETE FROM people WHERE id = '{person}' RETURNING id", ChangedRow(table="sign_ins", subject=person)),
    ]
    heard = Heard()
    async with Listener(database_url, {CHANGES: heard.feed}, purpose="rows of a test"):
        await heard.begun()
        for statement, row in written:
            await raw(statement)
            assert row in await heard.until(row.table)


async def test_what_belongs_to_two_places_or_to_members_is_told_of_each_of_them(
    database: Database, database_url: str, raw: Raw
):
    (api, web) = [await make_target(database, application=name) for name in ("api", "web")]
    application = api.app_environment.application.id
    environments = [each.app_environment.environment.id for each in (api, web)]
    first, second = sorted(environments)
    mark, group, promoted = new_id(), new_id(), new_id()
    members = [await make_operation(database, each) for each in (api, web)]
    by = "'person', '1', 'ann'"
    await raw(f"INSERT INTO application_groups (id, name) VALUES ('{group}', 'shop') RETURNING id")
    await raw(f"""
        INSERT INTO promotion_sets (id, kind, environment, set_order, plan_digest, actor_kind, actor_id, actor)
        VALUES ('{promoted}', 'promotion', 'Staging', 'all-at-once', 'd', {by}) RETURNING id
    """)
    for member in members:
        await raw(f"""
            UPDATE operations SET promotion_set_id = '{promoted}', set_stage = 0 WHERE id = '{member}' RETURNING id
        """)
    written = [
        (
            f"""
                INSERT INTO expected_differences
                    (id, application_id, first_environment_id, second_environment_id, api_group, kind, name, path,
                     by_kind, by_id, by_name)
                VALUES ('{mark}', '{application}', '{first}', '{second}', '', 'ConfigMap', 'settings', '', {by})
                RETURNING id
            """,
            [
                ChangedRow(table="expected_differences", application=application, environment=each)
                for each in (first, second)
            ],
        ),
        (
            f"""
                INSERT INTO application_group_members (group_id, application_id, position)
                VALUES ('{group}', '{application}', 0) RETURNING position
            """,
            [ChangedRow(table="application_group_members", application=application)],
        ),
        (
            f"UPDATE promotion_sets SET state = 'running' WHERE id = '{promoted}' RETURNING id",
            [ChangedRow(table="promotion_sets", app_environment=each.app_environment.id) for each in (api, web)],
        ),
        (
            f"DELETE FROM application_groups WHERE id = '{group}' RETURNING id",
            [ChangedRow(table="application_group_members", application=application)],
        ),
    ]
    heard = Heard()
    async with Listener(database_url, {CHANGES: heard.feed}, purpose="rows of a test"):
        await heard.begun()
        for statement, rows in written:
            await raw(statement)
            found: list[ChangedRow] = []
            while not set(rows) <= set(found):
                found += await heard.until(rows[0].table)


async def test_what_changes_all_the_time_and_is_shown_nowhere_is_not_told(
    database: Database, database_url: str, raw: Raw
):
    target = await make_target(database)
    operation = await make_operation(database, target)
    heard = Heard()
    async with Listener(database_url, {CHANGES: heard.feed}, purpose="rows of a test"):
        await heard.begun()
        await raw(f"UPDATE operations SET last_event = last_event + 1 WHERE id = '{operation}' RETURNING id")
        await raw("UPDATE clusters SET last_seen_at = now() RETURNING id")
        await raw("UPDATE environments SET name = 'Live' RETURNING id")
        assert [each.table for each in await heard.until("environments")] == ["environments"]


def test_what_the_next_release_tells_is_taken_as_far_as_it_is_known():
    told: list[ChangedRow] = []
    feed = RowFeed(changed=told.append, missed=lambda: None)
    for payload in ("of-the-next-release x", "freezes f and-more", "holds e - h"):
        feed.hear(payload)
    assert told == [
        ChangedRow(table="freezes", id="f"),
        ChangedRow(table="holds", environment="e", id="h"),
    ]


async def test_a_proposal_of_a_promotion_set_is_told_of_each_of_its_places(
    database: Database, database_url: str, raw: Raw
):
    api, web = [(await make_target(database, application=name)).app_environment.id for name in ("api", "web")]
    proposal = new_id()
    everywhere = [ChangedRow(table="proposals", app_environment=place, id=proposal) for place in (api, web)]
    await raw(f"""
        INSERT INTO proposals
            (id, set_order, kind, plan_digest, requested_by_kind, requested_by_id, requested_by_name, state, expires_at)
        VALUES ('{proposal}', 'all-at-once', 'promotion', 'd', 'person', '1', 'ann', 'waiting', now()) RETURNING id
    """)
    written = (
        f"""
            INSERT INTO proposal_members (proposal_id, app_environment_id, position, request, plan, plan_digest)
            VALUES ('{proposal}', '{api}', 0, '{{}}', '{{}}', 'd'), ('{proposal}', '{web}', 1, '{{}}', '{{}}', 'd')
            RETURNING position
        """,
        f"""
            INSERT INTO proposal_votes (id, proposal_id, person_id, person_name, choice)
            VALUES ('{new_id()}', '{proposal}', '{new_id()}', 'bob', 'approve') RETURNING id
        """,
        f"UPDATE proposals SET state = 'rejected', ended_at = now() WHERE id = '{proposal}' RETURNING id",
    )
    heard = Heard()
    async with Listener(database_url, {CHANGES: heard.feed}, purpose="rows of a test"):
        await heard.begun()
        for statement in written:
            await raw(statement)
            found: list[ChangedRow] = []
            while not set(everywhere) <= set(found):
                found += await heard.until("proposals")
