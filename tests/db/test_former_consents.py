"""What the upgrade makes of the consents that an administrator stored in the former release."""

import json

import pytest
from alembic import command
from sqlalchemy import Connection, text

from db.base import new_id
from db.engine import create_engine
from db.migrate import configuration
from db.transaction import Database
from domain.words import ImageConsent, ImageDelivery

_FORMER = "0036"
_GIVEN = {"given_by": "ann", "given_at": "2026-12-01T14:00:00+00:00"}
_CONSENTS = [{"consent": "without-room", **_GIVEN}, {"consent": "owned-until-next-upgrade", **_GIVEN}]


@pytest.fixture
async def upgraded(new_database_url, keys):
    """A database of the former release with an app environment that has both consents, after the upgrade."""
    engine = create_engine(await new_database_url())

    def migrate(connection: Connection) -> None:
        config = configuration()
        config.attributes["connection"] = connection
        command.downgrade(config, _FORMER)
        shop, staging, production = new_id(), new_id(), new_id()
        connection.execute(text("INSERT INTO applications (id, name) VALUES (:id, 'shop')"), {"id": shop})
        for rank, (name, key) in enumerate((("Staging", staging), ("Production", production)), start=1):
            values = {"id": key, "name": name, "rank": rank}
            connection.execute(text("INSERT INTO environments (id, name, rank) VALUES (:id, :name, :rank)"), values)
            connection.execute(
                text(
                    "INSERT INTO app_environments (id, application_id, environment_id, deploy_mode, pin, consents) "
                    "VALUES (:id, :shop, :environment, 'manual', 'digest', :consents)"
                ),
                {
                    "id": new_id(),
                    "shop": shop,
                    "environment": key,
                    "consents": json.dumps(_CONSENTS if key == staging else _CONSENTS[:1]),
                },
            )
        command.upgrade(config, "head")

    try:
        async with engine.begin() as connection:
            await connection.run_sync(migrate)
        yield Database(engine, keys)
    finally:
        await engine.dispose()


async def test_a_stored_consent_to_write_owned_workloads_becomes_the_image_delivery_as_owner(upgraded):
    async with upgraded.read() as tx:
        staging, production = await tx.app_environments.find_all("shop", ["Staging", "Production"])
    assert (staging.deliveries.owned, staging.image_deliveries.set_by) == (ImageDelivery.AS_OWNER, "ann")
    assert [each.consent for each in staging.consents] == [ImageConsent.WITHOUT_ROOM]
    assert (production.image_deliveries, production.deliveries.owned) == (None, ImageDelivery.REFUSE)
