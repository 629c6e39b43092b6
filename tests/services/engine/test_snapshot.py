"""What a step reads of an operation at its start."""

import pytest

from domain.secret_text import SecretText
from services.changes.new_operations import queue
from services.engine.snapshot import OperationSnapshot, WarmStart
from services.errors import NotFoundError
from tests.support.engine_stage import new_operation
from tests.support.rows import make_operation, make_target

UNKNOWN = "018f0000-0000-7000-8000-000000000000"
SECRETS = {"db": {"password": SecretText("hunter2")}}


async def test_it_holds_the_operation_its_spec_its_clusters_and_the_values_typed_in(database):
    target = await make_target(database)
    operation_id = await make_operation(database, target, secrets=SECRETS)
    found = await OperationSnapshot.read(database, operation_id)
    assert (found.operation.id, found.spec.plan.leaves.namespace) == (operation_id, "shop")
    assert (found.target.id, found.source) == (target.app_environment.id, None)
    assert found.clusters == {each.id: each for each in target.clusters}
    assert found.secrets == SECRETS


async def test_the_source_of_the_operation_is_read_too(database):
    target = await make_target(database)
    source = await make_target(database, environment="Staging", clusters=("staging-1",))
    async with database.begin() as tx:
        queued = await queue(tx, new_operation(target, source=source.app_environment))
    found = await OperationSnapshot.read(database, queued.id)
    assert found.source is not None
    assert found.source.environment.name == "Staging"


async def test_a_cluster_that_left_the_environment_meanwhile_is_found(database):
    target = await make_target(database)
    operation_id = await make_operation(database, target)
    first, second = target.clusters
    async with database.begin() as tx:
        await tx.environments.assign_clusters(target.app_environment.environment.id, [first.id])
    found = await OperationSnapshot.read(database, operation_id)
    assert [each.name for each in found.target.environment.clusters] == ["prod-eu"]
    assert set(found.clusters) == {first.id, second.id}


async def test_an_operation_that_does_not_exist_is_an_error_that_names_it(database):
    with pytest.raises(NotFoundError, match=UNKNOWN):
        await OperationSnapshot.read(database, UNKNOWN)


async def test_no_repr_shows_a_value_or_the_work(database):
    operation_id = await make_operation(database, await make_target(database), secrets=SECRETS)
    snapshot = await OperationSnapshot.read(database, operation_id)
    assert "hunter2" not in repr(WarmStart(snapshot=snapshot, work="hunter2"))
