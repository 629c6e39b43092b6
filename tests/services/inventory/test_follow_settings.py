"""What an app environment may be set to follow, by whom, and what a setting leaves behind."""

import asyncio
from datetime import UTC, datetime

import pytest

from db.app_environments import AppEnvironmentFields
from db.records.inventory import AppEnvironmentRecord
from db.transaction import Database
from domain.follows import FollowCode, FollowStanding
from domain.hidden_sources import HIDDEN_ENVIRONMENT
from domain.rights import Scope
from domain.words import DeployMode, Role
from services.errors import InUseError, InvalidRequestError, NotFoundError
from services.inventory.applications import Applications
from services.inventory.environments import Environments
from services.inventory.follow_settings import (
    FollowCycleError,
    FollowedWithoutClustersError,
    FollowRequest,
    FollowsItselfError,
)
from services.pushes.judging import judge_after_change
from tests.support.actors import ADMINISTERS, ANN, actor_with
from tests.support.rows import make_target

FOLLOW: AppEnvironmentFields = {"deploy_mode": DeployMode.FOLLOW}
STANDING = FollowStanding(
    code=FollowCode.PROVING,
    detail="What Staging runs has to be healthy for 10 minutes before it is promoted to Production.",
    images="sha256:1",
    healthy_since=datetime(2026, 12, 2, 9, 0, tzinfo=UTC),
)


@pytest.fixture
async def applications(database: Database) -> Applications:
    """Shop, in three environments of one cluster each, and in Attic, which has none."""
    for name in ("Development", "Staging", "Production"):
        await make_target(database, environment=name, clusters=(name.lower(),))
    async with database.begin() as tx:
        await tx.environments.add(name="Attic", cluster_ids=[])
    return Applications(database, judge_pushes=judge_after_change)


async def follow(
    applications: Applications, environment: str, source: str, *, minutes: int = 10, actor=ANN
) -> AppEnvironmentRecord:
    request = FollowRequest(environment=source, healthy_minutes=minutes, checks=("smoke",))
    return await applications.change_environment("shop", environment, FOLLOW, follow=request, actor=actor)


async def stand(database: Database, record: AppEnvironmentRecord, standing: FollowStanding = STANDING) -> bool:
    assert record.id is not None
    assert record.follow is not None
    async with database.begin() as tx:
        return await tx.app_environments.keep_standing(record.id, record.follow, standing)


async def test_a_setting_is_kept_with_who_set_it(applications: Applications):
    now = await follow(applications, "Production", "staging")
    assert (now.deploy_mode, now.automation) == (DeployMode.FOLLOW, ANN.caller.ref)
    assert now.follow is not None
    assert (now.follow.source.name, now.follow.terms.healthy_minutes, now.follow.terms.checks) == (
        "Staging",
        10,
        ("smoke",),
    )


async def test_a_process_of_the_former_release_reads_manual(applications: Applications, database: Database):
    now = await follow(applications, "Production", "Staging")
    async with database.engine.connect() as connection:
        [mode] = (
            await connection.exec_driver_sql(f"SELECT deploy_mode FROM app_environments WHERE id = '{now.id}'")
        ).scalars()
        await connection.exec_driver_sql(f"UPDATE app_environments SET deploy_mode = 'auto' WHERE id = '{now.id}'")
        await connection.commit()
    then = await applications.environment("shop", "Production", actor=ANN)
    assert (mode, then.deploy_mode, then.follow) == ("manual", DeployMode.AUTO, None)


@pytest.mark.parametrize("mode", [DeployMode.MANUAL, DeployMode.AUTO])
async def test_another_mode_ends_it(applications: Applications, mode: DeployMode):
    await follow(applications, "Production", "Staging")
    now = await applications.change_environment("shop", "Production", {"deploy_mode": mode}, actor=ANN)
    assert (now.deploy_mode, now.follow) == (mode, None)


async def test_it_cannot_follow_itself(applications: Applications):
    with pytest.raises(FollowsItselfError, match="'Production' cannot follow itself"):
        await follow(applications, "Production", "PRODUCTION")


async def test_it_cannot_follow_one_without_clusters(applications: Applications):
    with pytest.raises(FollowedWithoutClustersError, match="'Attic' has no clusters"):
        await follow(applications, "Production", "Attic")


async def test_a_circle_of_two_or_three_is_refused(applications: Applications):
    await follow(applications, "Production", "Staging")
    with pytest.raises(FollowCycleError, match="'Production' follows 'Staging' for 'shop'"):
        await follow(applications, "Staging", "Production")
    await follow(applications, "Staging", "Development")
    with pytest.raises(FollowCycleError, match="by way of others"):
        await follow(applications, "Development", "Production")


async def test_of_two_settings_that_would_close_a_circle_together_one_is_refused(applications: Applications):
    both = (follow(applications, "Staging", "Production"), follow(applications, "Production", "Staging"))
    refused = [each for each in await asyncio.gather(*both, return_exceptions=True) if isinstance(each, Exception)]
    assert [type(each) for each in refused] == [FollowCycleError]


async def test_mode_and_setting_have_to_fit(applications: Applications):
    with pytest.raises(InvalidRequestError, match="Name the environment to follow"):
        await applications.change_environment("shop", "Production", FOLLOW, actor=ANN)
    request = FollowRequest(environment="Staging", healthy_minutes=10)
    with pytest.raises(InvalidRequestError, match="this one is 'manual'"):
        await applications.change_environment("shop", "Production", {}, follow=request, actor=ANN)


async def test_to_follow_takes_the_right_to_see_the_source(applications: Applications, database: Database):
    async with database.read() as tx:
        production = await tx.environments.find("Production")
    assert production is not None
    here = actor_with(Role.MAINTAINER, name="ben", scope=Scope(environments=frozenset({production.id})))
    with pytest.raises(NotFoundError, match="Staging"):
        await follow(applications, "Production", "Staging", actor=here)


async def test_who_does_not_see_the_source_is_not_told_its_name(applications: Applications, database: Database):
    record = await follow(applications, "Production", "Staging")
    await stand(database, record)
    here = actor_with(Role.VIEWER, name="ben", scope=Scope(environments=frozenset({record.environment.id})))
    seen = (await applications.environment("shop", "Production", actor=here)).follow
    assert seen is not None
    assert seen.standing is not None
    assert (seen.source.name, seen.standing.code) == (HIDDEN_ENVIRONMENT, FollowCode.PROVING)
    assert "Staging" not in seen.standing.detail


async def test_other_minutes_keep_what_is_proven_and_another_source_does_not(
    applications: Applications, database: Database
):
    await stand(database, await follow(applications, "Production", "Staging"))
    shorter = await follow(applications, "Production", "Staging", minutes=5)
    other = await follow(applications, "Production", "Development")
    assert shorter.follow is not None
    assert other.follow is not None
    assert (shorter.follow.standing, other.follow.standing) == (STANDING, None)


async def test_a_look_at_a_former_setting_is_not_written(applications: Applications, database: Database):
    former = await follow(applications, "Production", "Staging")
    now = await follow(applications, "Production", "Staging", minutes=5)
    assert [await stand(database, former), await stand(database, now), await stand(database, now)] == [
        False,
        True,
        False,
    ]


async def test_what_is_followed_cannot_be_deleted(applications: Applications, environments: Environments):
    await follow(applications, "Production", "Staging")
    with pytest.raises(InUseError, match="application shop, which follows it elsewhere"):
        await environments.delete(ADMINISTERS, "Staging")
