"""What the upgrade gives to applications whose rows the former release wrote: the namespaces that they use already."""

import json
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, text

from db.base import new_id
from db.engine import create_engine
from db.migrate import configuration
from db.transaction import Database
from tests.support.former_rows import former_row

_FORMER = "0005"  # the schema of the release that knew no given namespaces
_SHOP, _MAIL = new_id(), new_id()
_STAGING, _PRODUCTION = new_id(), new_id()
_SHOP_IN_STAGING = new_id()

_APPLICATION = text("INSERT INTO applications (id, name) VALUES (:id, :name)")
_ENVIRONMENT = text(
    "INSERT INTO environments (id, name, rank, default_namespace) VALUES (:id, :name, :rank, :default_namespace)"
)
_APP_ENVIRONMENT = text("""
    INSERT INTO app_environments (id, application_id, environment_id, namespace, deploy_mode, pin)
    VALUES (:id, :application, :environment, :namespace, 'manual', 'digest')
""")
_OPERATION = text("""
    INSERT INTO operations
        (id, kind, state, app_environment_id, actor, request, plan, plan_digest, on_failure, secret_names, waves,
         started_at, ended_at)
    VALUES
        (:id, 'import', :state, :target, 'ann', :request, :plan, 'sha256:0', 'stay', '[]', 1,
         now(), CASE WHEN :ended THEN now() END)
""")


def _insert(connection: Connection) -> None:
    applications: list[dict[str, Any]] = [{"id": _SHOP, "name": "shop"}, {"id": _MAIL, "name": "mail"}]
    environments: list[dict[str, Any]] = [
        {"id": _STAGING, "name": "Staging", "rank": 1, "default_namespace": "staging"},
        {"id": _PRODUCTION, "name": "Production", "rank": 2, "default_namespace": None},
    ]
    app_environments: list[dict[str, Any]] = [
        {"id": _SHOP_IN_STAGING, "application": _SHOP, "environment": _STAGING, "namespace": None},
        {"id": new_id(), "application": _MAIL, "environment": _STAGING, "namespace": "staging"},
        {"id": new_id(), "application": _SHOP, "environment": _PRODUCTION, "namespace": "shared"},
        {"id": new_id(), "application": _MAIL, "environment": _PRODUCTION, "namespace": "shared"},
    ]
    row = former_row("import")
    operations: list[dict[str, Any]] = [
        {
            "id": new_id(),
            "state": state,
            "ended": state == "failed",
            "target": _SHOP_IN_STAGING,
            "request": json.dumps(row["request"]),
            "plan": json.dumps({**row["plan"], "namespace": namespace}),
        }
        for state, namespace in (("running", "arriving"), ("failed", "once-tried"))
    ]
    connection.execute(_APPLICATION, applications)
    connection.execute(_ENVIRONMENT, environments)
    connection.execute(_APP_ENVIRONMENT, app_environments)
    connection.execute(_OPERATION, operations)


@pytest.fixture
async def upgraded(new_database_url, keys):
    """A database of the former release with its rows, after the upgrade."""
    engine = create_engine(await new_database_url())

    def migrate(connection: Connection) -> None:
        config = configuration()
        config.attributes["connection"] = connection
        command.downgrade(config, _FORMER)
        _insert(connection)
        command.upgrade(config, "head")

    try:
        async with engine.begin() as connection:
            await connection.run_sync(migrate)
        yield Database(engine, keys)
    finally:
        await engine.dispose()


async def test_what_is_in_use_is_given_to_those_who_use_it_and_defaults_to_all(upgraded):
    async with upgraded.read() as tx:
        given = {
            environment: [
                (each.pattern, each.applications, each.given_by) for each in await tx.environment_namespaces.list(key)
            ]
            for environment, key in (("Staging", _STAGING), ("Production", _PRODUCTION))
        }
        environments = await tx.environments.all()
    assert given == {
        # The default namespace stays everybody's, though only mail uses it; what failed is not in use.
        "Staging": [("arriving", ("shop",), "upgrade"), ("staging", None, "upgrade")],
        "Production": [("shared", ("mail", "shop"), "upgrade")],
    }
    # No danger is allowed for good by an upgrade.
    assert [each.allowed_dangers for each in environments] == [(), ()]
