"""The image delivery `argocd`: the application's own override brings the image, and Argo CD keeps it there."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from db.records.operations import OperationDetailRecord
from db.transaction import Database
from domain.images import ContainerRef
from domain.stored.requests import PromotionRequest, RollbackRequest
from domain.stored.strategies import Strategy
from domain.words import ImageDelivery, OnFailure, Outcome
from sandbox.server import Sandbox
from sandbox.store import thaw
from services.execution.argocd_overrides import ApplicationDeliverer
from services.execution.handing_over import OwnerChangedError, OwnerWork
from services.kube.deadline import Deadline
from services.planning.images.hand_overs import owner_changes
from services.planning.images.promotion_plan import PromotionPlan
from services.reading.credentials import credential_of
from services.reading.hand_overs.planning import WorkloadPlace
from tests.support import argocd
from tests.support.actors import ANN
from tests.support.argocd import SELF_HEALING
from tests.support.argocd_stage import NAME, WEB, application, delivered
from tests.support.eventually import eventually
from tests.support.findings import shows
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, staged

TO_PRODUCTION = PromotionRequest(source_environment="Staging", target_environment="Production")
WEB_OR_BACK = replace(
    TO_PRODUCTION,
    containers=(ContainerRef(workload=WEB, container="web"),),
    strategy=Strategy(on_failure=OnFailure.ROLL_BACK),
)


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=50) as sandbox:
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage:
        yield stage


async def promoted(stage: PromotionStage, request: PromotionRequest = TO_PRODUCTION) -> OperationDetailRecord:
    started = await stage.promoting.start("shop", request, actor=ANN, idempotency=None)
    return await stage.end_of(started.id)


def web(stage: PromotionStage) -> str:
    return stage.images("prod-eu", "web")["web"]


def overrides(stage: PromotionStage, control: str) -> Any:
    body = argocd.live(stage.sandbox.cluster("prod-eu"), namespace=control)
    return (body["spec"]["source"].get("kustomize") or {}).get("images")


def changed(stage: PromotionStage, control: str, **spec: Any) -> None:
    """The application's spec, as a person changes it."""
    cluster = stage.sandbox.cluster("prod-eu")
    body = argocd.live(cluster, namespace=control)
    argocd.change(cluster, {**body, "spec": {**body["spec"], **spec}})


async def synced_again(stage: PromotionStage, control: str) -> None:
    """A person's refresh and sync, and its end."""
    cluster = stage.sandbox.cluster("prod-eu")
    argocd.change(
        cluster,
        {**argocd.live(cluster, namespace=control), "operation": {"initiatedBy": {"username": "bob"}, "sync": {}}},
    )

    async def done() -> bool | None:
        state = argocd.live(cluster, namespace=control)["status"]["operationState"]
        return (state["phase"] == "Succeeded" and state["operation"]["initiatedBy"] == {"username": "bob"}) or None

    await eventually(done)


@pytest.mark.parametrize("policy", [{}, SELF_HEALING])
async def test_the_image_is_overridden_and_stays_through_syncs_of_others(stage, policy):
    control = await delivered(stage, application(stage), delivery=ImageDelivery.ARGOCD)
    changed(stage, control, syncPolicy=policy)
    ended = await promoted(stage)
    assert ended.clusters[0].outcome is Outcome.SUCCEEDED, ended.clusters[0].detail
    assert overrides(stage, control) == [f"{NAME}={image('web:2', pinned=True)}"]
    await synced_again(stage, control)
    assert web(stage) == image("web:2", pinned=True)


@shows("owner-touches-more")
async def test_the_plan_shows_the_override_and_the_other_containers_that_it_changes(stage):
    await delivered(stage, application(stage), delivery=ImageDelivery.ARGOCD)
    plan = await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    (change,) = [each for each in plan.clusters[0].changes if each.handed_over is not None]
    (edit,) = change.handed_over.edits
    assert edit.where == f"spec.source.kustomize.images[{NAME}] of {argocd.URL}, {argocd.PATH} at main"
    assert (edit.before, edit.after) == (None, f"{NAME}={image('web:2', pinned=True)}")
    (told,) = [each.detail for each in plan.all_problems if each.code == "owner-touches-more"]
    assert f"Deployment web, container prepare, gets {image('web:2', pinned=True)}, too" in told


async def test_an_image_that_fails_is_taken_back_with_its_override(stage):
    control = await delivered(stage, application(stage), delivery=ImageDelivery.ARGOCD)
    stage.set_image("staging-1", "web", "web", image("web:broken"))
    (ended,) = (await promoted(stage, WEB_OR_BACK)).clusters
    assert ended.outcome is Outcome.ROLLED_BACK, ended.detail
    assert (overrides(stage, control), web(stage)) == (None, image("web:1"))


async def test_a_rollback_goes_through_the_application_as_well(stage):
    control = await delivered(stage, application(stage), delivery=ImageDelivery.ARGOCD)
    promotion = await promoted(stage)
    request = RollbackRequest(operation=promotion.id)
    started = await stage.rolling_back.start("shop", "Production", request, actor=ANN, idempotency=None)
    ended = await stage.end_of(started.id)
    assert ended.clusters[0].outcome is Outcome.SUCCEEDED, ended.clusters[0].detail
    await synced_again(stage, control)
    assert web(stage).startswith(image("web:1"))


async def test_a_sync_window_is_waited_for(stage):
    control = await delivered(stage, application(stage), delivery=ImageDelivery.ARGOCD)
    cluster = stage.sandbox.cluster("prod-eu")
    window = cluster.create(argocd.project(argocd.ALWAYS_DENIED, namespace=control))
    started = await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)

    async def waits() -> bool | None:
        events = await stage.events_of(started.id)
        return any(each.data.get("reason") == "SyncWindow" for each in events) or None

    await eventually(waits)
    assert web(stage) == image("web:1")
    argocd.change(cluster, {**thaw(window), "spec": {}})
    ended = await stage.end_of(started.id)
    assert ended.clusters[0].outcome is Outcome.SUCCEEDED, ended.clusters[0].detail
    assert web(stage) == image("web:2", pinned=True)


async def test_a_cluster_that_was_away_is_handed_its_image_over_by_the_retry(stage):
    control = await delivered(stage, application(stage), delivery=ImageDelivery.ARGOCD)
    stage.sandbox.cut_off("prod-eu")
    ended = await promoted(stage)
    assert ended.clusters[0].outcome is Outcome.UNREACHABLE
    stage.sandbox.faults("prod-eu").unreachable = False
    stage.pool.answers(stage.cluster_ids["prod-eu"])  # as a probe does: the breaker need not wait
    await stage.operations.retry(ended.id, actor=ANN)
    retried = await stage.end_of(ended.id)
    assert retried.clusters[0].outcome is Outcome.SUCCEEDED, retried.clusters[0].detail
    assert overrides(stage, control) == [f"{NAME}={image('web:2', pinned=True)}"]


async def test_parameters_of_a_chart_bring_the_image(stage):
    given = {"image": {"repository": NAME, "tag": "1"}}
    source = argocd.source(helm={"valuesObject": given})
    control = await delivered(
        stage,
        application(stage, source=source),
        delivery=ImageDelivery.ARGOCD,
        files=argocd.chart(),
    )
    ended = await promoted(stage)
    assert ended.clusters[0].outcome is Outcome.SUCCEEDED, ended.clusters[0].detail
    live = argocd.live(stage.sandbox.cluster("prod-eu"), namespace=control)["spec"]["source"]["helm"]
    tag = image("web:2", pinned=True).removeprefix(f"{NAME}:")
    assert live == {
        "valuesObject": given, "parameters": [{"name": "image.tag", "value": tag, "forceString": True}]
    }  # fmt: skip
    assert web(stage) == image("web:2", pinned=True)


async def test_one_of_several_sources_that_names_the_image_is_overridden(stage):
    sources = [
        argocd.source(kustomize={"images": [f"{NAME}={image('web:1')}"]}),
        argocd.source(path="beside"),
    ]
    await delivered(
        stage,
        argocd.folder(argocd.kustomization("", images="[]"), name="beside", path="beside"),
        application(stage, sources=sources),
        delivery=ImageDelivery.ARGOCD,
    )
    ended = await promoted(stage)
    assert ended.clusters[0].outcome is Outcome.SUCCEEDED, ended.clusters[0].detail
    assert web(stage) == image("web:2", pinned=True)


async def test_an_image_that_the_source_names_otherwise_fails_and_is_taken_back(stage):
    images = f"[{{name: web, newName: {NAME}, newTag: '1'}}]"
    control = await delivered(
        stage,
        application(stage),
        delivery=ImageDelivery.ARGOCD,
        files=argocd.kustomization(argocd.workload(image="web"), images=images),
    )
    (ended,) = (await promoted(stage, WEB_OR_BACK)).clusters
    assert ended.outcome is Outcome.ROLLED_BACK, ended.detail
    assert "names the image in another way" in (ended.detail or "")
    assert (overrides(stage, control), web(stage)) == (None, image("web:1"))


IGNORED = [{"jsonPointers": ["/spec/source/kustomize/images"]}]


@pytest.mark.parametrize(
    "members", [{"syncPolicy": {"applicationsSync": "create-only"}}, {"ignoreApplicationDifferences": IGNORED}]
)
async def test_an_application_whose_set_leaves_the_override_alone_is_changed(stage, members):
    await delivered(stage, argocd.application_set(application(stage), **members), delivery=ImageDelivery.ARGOCD)
    ended = await promoted(stage)
    assert ended.clusters[0].outcome is Outcome.SUCCEEDED, ended.clusters[0].detail
    assert web(stage) == image("web:2", pinned=True)


async def test_an_override_that_somebody_changed_after_the_plan_is_left_alone(stage):
    control = await delivered(stage, application(stage), delivery=ImageDelivery.ARGOCD)
    plan = await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    theirs = [f"{NAME}={image('web:7')}"]
    changed(stage, control, source=argocd.source(kustomize={"images": theirs}))
    work, place = await planned(stage, plan)
    with pytest.raises(OwnerChangedError, match="somebody has changed it meanwhile"):
        await ApplicationDeliverer().hand_over(work, place, deadline=Deadline.after(60.0))
    assert overrides(stage, control) == theirs


async def test_whoever_goes_on_after_a_kill_writes_and_syncs_no_second_time(stage):
    control = await delivered(stage, application(stage), delivery=ImageDelivery.ARGOCD)
    work, place = await planned(stage, await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN))
    written = [await ApplicationDeliverer().hand_over(work, place, deadline=Deadline.after(60.0)) for _ in range(3)]
    assert written == [True, False, False]
    assert len([each for each in stage.sandbox.writes("prod-eu") if f"{control}/applications/shop" in each.path]) == 1


async def planned(stage: PromotionStage, plan: PromotionPlan) -> tuple[OwnerWork, WorkloadPlace]:
    """What an operation hands over on its cluster."""
    async with stage.database.read() as tx:
        target = await tx.app_environments.find("shop", "Production")
    assert target is not None
    (cluster,) = target.environment.clusters
    gateway = await stage.pool.gateway(credential_of(cluster))
    (asked,) = owner_changes(plan.clusters[0].changes)
    place = WorkloadPlace(target=target, cluster=cluster, gateway=gateway, namespace=stage.namespace)
    return OwnerWork(operation="0190b000-0000-7000-8000-000000000001", asked=asked), place
