"""Fields that are expected to differ, and what imports wrote otherwise, in the database."""

from sqlalchemy import text

from domain.comparisons import ObjectField
from domain.words import OperationState
from tests.support.actors import ANN
from tests.support.rows import make_operation, make_target
from tests.support.specs import NO_OVERRIDES

MODE = ObjectField(group="", kind="ConfigMap", name="settings", path="data.mode")


async def _marked(database, *fields):
    """The ids of an application and of two environments between which the fields are marked."""
    one = await make_target(database, environment="Staging", clusters=("staging-1",))
    other = await make_target(database, environment="Production")
    ids = [each.app_environment.environment.id for each in (one, other)]
    found = one.app_environment.application.id
    async with database.begin() as tx:
        await tx.expected_differences.add(found, (ids[0], ids[1]), fields, reason="Meant.", by=ANN.caller.ref)
    return found, *ids


async def test_a_mark_belongs_to_a_pair_without_a_direction(database):
    application, staging, production = await _marked(database, MODE)
    async with database.read() as tx:
        there = await tx.expected_differences.of_pair(application, staging, production)
        back = await tx.expected_differences.of_pair(application, production, staging)
        alone = await tx.expected_differences.of_pair(application, staging, staging)
    assert there == back
    assert [(each.field, each.reason, each.by.name) for each in there] == [(MODE, "Meant.", "ann")]
    assert alone == ()


async def test_the_same_mark_again_changes_nothing(database):
    application, staging, production = await _marked(database, MODE)
    async with database.begin() as tx:
        added = await tx.expected_differences.add(
            application, (production, staging), [MODE, MODE], reason="Other.", by=ANN.caller.ref
        )
        assert (added, await tx.expected_differences.count(application)) == ((), 1)


async def test_marks_of_another_application_are_its_own(database):
    _, staging, production = await _marked(database, MODE)
    blog = (await make_target(database, application="blog")).app_environment.application.id
    async with database.read() as tx:
        assert await tx.expected_differences.of_pair(blog, staging, production) == ()


async def test_marks_go_with_their_application(database):
    application, *_ = await _marked(database, MODE)
    async with database.begin() as tx:
        await tx.applications.delete(application)
        assert await tx.expected_differences.of_application(application) == ()


async def test_what_ended_imports_wrote_otherwise_is_read_and_what_a_newer_release_wrote_is_not(database):
    target = await make_target(database)
    where = target.app_environment.id
    assert where is not None
    ids = []
    for _ in range(2):
        ids.append(await make_operation(database, target))
        async with database.begin() as tx:
            await tx.operation_lifecycle.end(ids[-1], state=OperationState.SUCCEEDED, message="done")
    under_way = await make_operation(database, target)
    async with database.begin() as tx:
        assert await tx.expected_differences.overrides_of_imports([where], most=50) == (NO_OVERRIDES, NO_OVERRIDES)
        assert len(await tx.expected_differences.overrides_of_imports([where], most=1)) == 1
    async with database.engine.begin() as connection:
        newer = """UPDATE operations SET request = '{"version": 99}' WHERE id IN (:one, :other)"""
        await connection.execute(text(newer), {"one": ids[0], "other": under_way})
    async with database.read() as tx:
        assert await tx.expected_differences.overrides_of_imports([where], most=50) == (NO_OVERRIDES,)


async def test_marks_on_configuration_are_found_from_both_environments_of_their_pair(database):
    token = ObjectField(group="", kind="Secret", name="keys", path="")
    replicas = ObjectField(group="apps", kind="Deployment", name="web", path="spec.replicas")
    application, staging, production = await _marked(database, MODE, token, replicas)
    async with database.read() as tx:
        assert await tx.expected_differences.of_configuration() == {
            (application, staging): {production: (MODE, token)},
            (application, production): {staging: (MODE, token)},
        }
