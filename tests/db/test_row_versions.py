"""Versions of rows tell which have to be read again, whoever has changed them and however."""

from collections.abc import Awaitable, Callable

from db.transaction import Database, Transaction
from domain.divergences import FoundField
from domain.resources import ResourceId
from domain.words import Pin
from tests.support.rows import make_target

WEB, API = ResourceId.of("apps/v1", "Deployment", "web"), ResourceId.of("apps/v1", "Deployment", "api")
Change = Callable[[Transaction], Awaitable[object]]


async def test_an_app_environment_that_has_changed_has_another_version_and_no_other_has(database: Database, raw):
    shop = (await make_target(database)).app_environment
    blog = (await make_target(database, application="blog")).app_environment

    async def versions() -> dict[str, str]:
        async with database.read() as tx:
            return await tx.row_versions.app_environments()

    async def changes(change: Change) -> tuple[bool, bool]:
        """Whether the version of each is another one afterwards."""
        before = await versions()
        async with database.begin() as tx:
            await change(tx)
        now = await versions()
        return before.get(shop.application.id) != now.get(shop.application.id), before[blog.application.id] != now.get(
            blog.application.id
        )

    def configured(*resources: ResourceId) -> Change:
        return lambda tx: tx.app_environments.configure(shop.id or "", namespace="shop", resources=resources)

    key = (shop.application.id, shop.environment.id)
    assert await changes(lambda tx: tx.app_environments.change(*key, pin=Pin.TAG)) == (True, False)
    assert await changes(configured(WEB)) == (True, False)
    assert await changes(configured(API)) == (True, False)
    assert await changes(lambda tx: tx.app_environments.lock(shop.id or "")) == (False, False)
    before = await versions()
    await raw("DELETE FROM app_environment_resources WHERE name = 'api' RETURNING 1")
    assert (await versions())[shop.application.id] != before[shop.application.id]
    assert await changes(lambda tx: tx.applications.delete(shop.application.id)) == (True, False)


async def test_what_was_read_on_a_cluster_has_another_version_once_anything_of_it_is_new(database: Database):
    target = await make_target(database)
    id_ = target.app_environment.id or ""
    where = (id_, target.clusters[0].id)
    seen: list[str | None] = []

    async def after(change: Change) -> bool:
        async with database.begin() as tx:
            await change(tx)
        async with database.read() as tx:
            seen.append((await tx.row_versions.configuration()).get(id_))
        return len(seen) == 1 or seen[-1] != seen[-2]

    def put(**prints: str) -> Change:
        return lambda tx: tx.configuration.put(
            *where, prints={("ConfigMap", "settings"): prints}, absent=(), unread=(), release=1
        )

    assert await after(put(mode="1"))
    assert await after(put(mode="2"))
    assert await after(lambda tx: tx.configuration.differ(*where, {WEB: (FoundField(path="a"),)}, unread=()))
    assert await after(lambda tx: tx.configuration.differ(*where, {}, unread=()))
    assert await after(lambda tx: tx.configuration.forget(id_))
    assert seen[-1] is None
