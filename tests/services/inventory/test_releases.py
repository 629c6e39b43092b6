"""The history of an app environment."""

import pytest

from db.transaction import Database
from domain.words import OperationKind
from services.errors import NotFoundError
from services.inventory.releases import Releases
from tests.support.actors import ANN
from tests.support.rows import Target, make_target


@pytest.fixture
async def target(database: Database) -> Target:
    return await make_target(database, environment="Production")


async def test_releases_come_newest_first_page_by_page(database: Database, target: Target):
    await _release(database, target, "ann", "bob", "cai")
    first = await Releases(database).list("shop", "Production", after=None, limit=2, actor=ANN)
    second = await Releases(database).list("SHOP", "production", after=first.next, limit=2, actor=ANN)
    assert [(each.number, each.actor) for each in first.items] == [(3, "cai"), (2, "bob")]
    assert [(each.number, each.actor) for each in second.items] == [(1, "ann")]
    assert second.next is None


async def test_releases_of_other_applications_are_not_listed(database: Database, target: Target):
    await _release(database, await make_target(database, application="blog", environment="Production"), "ann")
    assert (await Releases(database).list("shop", "Production", after=None, limit=2, actor=ANN)).items == ()


async def test_an_application_that_was_never_changed_in_an_environment_has_no_releases(
    database: Database, target: Target
):
    async with database.begin() as tx:
        await tx.environments.add(name="Untouched", cluster_ids=[])
    page = await Releases(database).list("shop", "Untouched", after=None, limit=2, actor=ANN)
    assert (page.items, page.next) == ((), None)


async def test_an_unknown_environment_is_not_found(database: Database, target: Target):
    with pytest.raises(NotFoundError):
        await Releases(database).list("shop", "Nowhere", after=None, limit=2, actor=ANN)


async def _release(database: Database, target: Target, *actors: str) -> None:
    async with database.begin() as tx:
        for actor in actors:
            await tx.releases.add(
                target.app_environment.id or "",
                operation_id=None,
                kind=OperationKind.DEPLOY,
                actor=actor,
                images=[],
                clusters=[],
            )
