"""Going back to former releases on practice clusters."""

from collections.abc import AsyncIterator

import pytest

from db.transaction import Database
from domain.images import ContainerRef
from domain.resources import ResourceId
from domain.stored.requests import PromotionRequest, RollbackRequest
from domain.words import DeployMode, OperationKind, OperationState, Outcome
from sandbox.server import Sandbox
from services.changes.errors import PlanOutdatedError
from services.errors import InvalidRequestError, NotConfiguredError, NotFoundError
from services.planning.images.releases import images_for
from tests.support.actors import ANN
from tests.support.promotion_stage import CLUSTERS, PromotionStage, digest, image, staged, workload


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=20) as sandbox:
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage:
        yield stage


async def promoted(stage: PromotionStage, tag: str) -> None:
    """Staging runs `tag` of web, and so does Production then."""
    stage.set_image("staging-1", "web", "web", image(f"web:{tag}"))
    await stage.until_rolled_out("staging-1", "Deployment", "web")
    request = PromotionRequest(source_environment="Staging", target_environment="Production")
    started = await stage.promoting.start("shop", request, actor=ANN, idempotency=None)
    assert (await stage.end_of(started.id)).state is OperationState.SUCCEEDED


@pytest.fixture
async def history(stage: PromotionStage) -> PromotionStage:
    """Production has seen 2 (release 1) and 3 (release 2); proxy changed on its own in between."""
    web = (workload("web", {"web": image("web:1"), "proxy": image("proxy:1")}),)
    await stage.environment("Staging", {"staging-1": web})
    await stage.environment("Production", {"prod-eu": web, "prod-us": web})
    await promoted(stage, "2")
    await promoted(stage, "3")
    return stage


async def roll_back(stage: PromotionStage, release: int, **more):
    request = RollbackRequest(release=release, **more)
    started = await stage.rolling_back.start("shop", "Production", request, actor=ANN, idempotency=None)
    return await stage.end_of(started.id)


async def test_a_rollback_puts_the_images_of_a_release_back_with_their_digests(history):
    ended = await roll_back(history, 1)
    assert (ended.kind, ended.state) == (OperationKind.ROLLBACK, OperationState.SUCCEEDED)
    for cluster in ("prod-eu", "prod-us"):
        assert history.images(cluster, "web")["web"] == f"{image('web:2')}@{digest('web:2')}"


async def test_a_rollback_is_a_release_too(history):
    await roll_back(history, 1)
    newest, *former = await history.releases_of("Production")
    assert (newest.number, newest.kind) == (3, OperationKind.ROLLBACK)
    assert newest.images == former[-1].images
    assert [each.number for each in former] == [2, 1]


async def test_rolling_back_to_what_runs_changes_nothing(history):
    plan = await history.rolling_back.preview("shop", "Production", RollbackRequest(release=2), actor=ANN)
    assert plan.nothing_to_do
    ended = await roll_back(history, 2)
    assert {each.outcome for each in ended.clusters} == {Outcome.UNCHANGED}


async def test_what_drifted_converges_to_the_last_release_container_by_container_and_nothing_is_held(history):
    history.set_image("prod-eu", "web", "web", image("web:hotfix"))
    history.set_image("prod-eu", "web", "proxy", image("proxy:hotfix"))
    web = ContainerRef(workload=ResourceId.of("apps/v1", "Deployment", "web"), container="web")
    ended = await roll_back(history, 2, containers=(web,))
    assert {each.cluster_name: each.outcome for each in ended.clusters} == {
        "prod-eu": Outcome.SUCCEEDED,
        "prod-us": Outcome.UNCHANGED,
    }
    assert history.images("prod-eu", "web") == {
        "web": f"{image('web:3')}@{digest('web:3')}",
        "proxy": image("proxy:hotfix"),
    }
    async with history.database.read() as tx:
        assert await tx.holds.list() == ()


async def test_what_did_not_converge_is_still_drift_for_the_next_release_is_as_the_last_one_there(history):
    for cluster in ("prod-eu", "prod-us"):
        for container in ("web", "proxy"):
            history.set_image(cluster, "web", container, image(f"{container}:hotfix"))
    web = ContainerRef(workload=ResourceId.of("apps/v1", "Deployment", "web"), container="web")
    ended = await roll_back(history, 2, containers=(web,), clusters=("PROD-US",))
    assert {each.cluster_name: each.outcome for each in ended.clusters} == {"prod-us": Outcome.SUCCEEDED}
    assert history.images("prod-eu", "web")["web"] == image("web:hotfix")
    newest, last, *_ = await history.releases_of("Production")
    assert sorted(newest.clusters) == ["prod-eu", "prod-us"]
    for cluster in newest.clusters:
        expected = {each.key: each.image for each in images_for(last.images, cluster)}
        found = {each.key: each.image for each in images_for(newest.images, cluster)}
        assert found.keys() == expected.keys()
        assert all(found[key].is_called_like(expected[key]) for key in found)


@pytest.mark.parametrize("release", [1, 2])
async def test_clusters_are_chosen_by_their_names_and_to_converge_alone(history, release):
    chosen = "prod-us" if release == 1 else "prod-ap"
    with pytest.raises(InvalidRequestError) as refused:
        await roll_back(history, release, clusters=(chosen,))
    assert refused.value.field == "clusters"


async def test_a_preview_gives_the_images_before_and_after_and_changes_nothing(history):
    before = len(history.writes("prod-eu"))
    plan = await history.rolling_back.preview("shop", "Production", RollbackRequest(release=1), actor=ANN)
    change = plan.clusters[0].changes[0]
    assert (change.before.tag, change.after.tag, plan.source_release) == ("3", "2", 1)
    assert len(history.writes("prod-eu")) == before


async def test_a_preview_that_has_become_outdated_is_refused(history):
    plan = await history.rolling_back.preview("shop", "Production", RollbackRequest(release=1), actor=ANN)
    history.set_image("prod-eu", "web", "web", image("web:hotfix"))
    with pytest.raises(PlanOutdatedError):
        await roll_back(history, 1, plan_digest=plan.digest)


async def test_an_environment_that_deploys_by_itself_can_be_rolled_back(history):
    async with history.database.begin() as tx:
        place = await tx.app_environments.find("shop", "Production")
        assert place is not None
        await tx.app_environments.change(place.application.id, place.environment.id, deploy_mode=DeployMode.AUTO)
    assert (await roll_back(history, 1)).state is OperationState.SUCCEEDED


@pytest.mark.parametrize("release", [3, 2_000_000_000])
async def test_an_unknown_release_is_not_found(history, release):
    with pytest.raises(NotFoundError):
        await roll_back(history, release)


async def test_an_unconfigured_app_environment_cannot_be_rolled_back(stage):
    await stage.environment("Production", {"prod-eu": ()}, configured=False)
    with pytest.raises(NotConfiguredError):
        await roll_back(stage, 1)
    assert await stage.releases_of("Production") == ()
