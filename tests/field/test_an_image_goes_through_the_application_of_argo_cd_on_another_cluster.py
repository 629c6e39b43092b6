"""The image delivery `argocd`, where Argo CD runs on another cluster than the workloads: on a hub."""

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
from services.execution.argocd_overrides import ApplicationDeliverer, ArgoCdUnreachableError
from services.execution.handing_over import OwnerChangedError, OwnerWork
from services.kube.deadline import Deadline
from services.planning.images.hand_overs import OwnerChanges, Refusal, owner_changes
from services.reading.control_planes import StoredControlPlanes
from services.reading.credentials import credential_of
from services.reading.hand_overs.argocd import ApplicationPlanner
from services.reading.hand_overs.planning import WorkloadPlace
from tests.support import argocd
from tests.support.actors import ANN
from tests.support.argocd_stage import NAME, WEB, application, delivered, owned, run_on
from tests.support.eventually import eventually
from tests.support.findings import shows
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, staged

HUB = "prod-us"
TO_PRODUCTION = PromotionRequest(source_environment="Staging", target_environment="Production")
WEB_OR_BACK = replace(
    TO_PRODUCTION,
    containers=(ContainerRef(workload=WEB, container="web"),),
    strategy=Strategy(on_failure=OnFailure.ROLL_BACK),
)
NEW = image("web:2", pinned=True)


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=50) as sandbox:
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage:
        yield stage


async def on_the_hub(stage: PromotionStage, *, called: str | None = "eu", **spec: Any) -> str:
    """An application on the hub that delivers to Production; returns the namespace of Argo CD."""
    body = application(stage, **spec)
    body["spec"]["destination"] = {"name": "eu", "namespace": stage.namespace}
    control = await delivered(stage, body, delivery=ImageDelivery.ARGOCD, hub=HUB)
    await run_on(stage, HUB, control, called=called)
    return control


async def promoted(stage: PromotionStage, request: PromotionRequest = TO_PRODUCTION) -> OperationDetailRecord:
    started = await stage.promoting.start("shop", request, actor=ANN, idempotency=None)
    return await stage.end_of(started.id)


async def blocker(stage: PromotionStage) -> Any:
    plan = await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    (found,) = [each for each in plan.all_problems if each.blocks]
    return found


def web(stage: PromotionStage) -> str:
    return stage.images("prod-eu", "web")["web"]


def overrides(stage: PromotionStage, control: str) -> Any:
    body = argocd.live(stage.sandbox.cluster(HUB), namespace=control)
    return (body["spec"]["source"].get("kustomize") or {}).get("images")


def destined(stage: PromotionStage, control: str, **destination: str) -> None:
    """The application's destination, as a person changes it."""
    cluster = stage.sandbox.cluster(HUB)
    body = argocd.live(cluster, namespace=control)
    body["spec"]["destination"] = {"namespace": stage.namespace, **destination}
    argocd.change(cluster, body)


async def test_the_application_is_found_on_the_hub_and_brings_the_image(stage):
    control = await on_the_hub(stage)
    ended = await promoted(stage)
    assert ended.clusters[0].outcome is Outcome.SUCCEEDED, ended.clusters[0].detail
    assert overrides(stage, control) == [f"{NAME}={NEW}"]
    assert web(stage) == NEW


async def test_the_plan_says_on_which_cluster_the_application_is_changed(stage):
    await on_the_hub(stage)
    plan = await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    owners = {each.handed_over.owner.cluster for each in plan.clusters[0].changes if each.handed_over is not None}
    assert owners == {HUB}


async def test_what_is_above_an_application_on_the_hub_is_found_there(stage):
    await on_the_hub(stage)
    found = await owned(stage)
    assert (found.owner, found.above) == ("the application shop of Argo CD", (f"the Git repository {argocd.URL}",))
    (steps,) = [each.steps for each in found.possible if each.delivery is ImageDelivery.ARGOCD]
    assert (
        f"Let the credential of cluster {HUB} get, list and patch applications.argoproj.io in its namespace." in steps
    )


async def test_an_image_that_fails_is_taken_back_with_its_override(stage):
    control = await on_the_hub(stage)
    stage.set_image("staging-1", "web", "web", image("web:broken"))
    (ended,) = (await promoted(stage, WEB_OR_BACK)).clusters
    assert ended.outcome is Outcome.ROLLED_BACK, ended.detail
    assert (overrides(stage, control), web(stage)) == (None, image("web:1"))


async def test_a_rollback_goes_through_the_hub_as_well(stage):
    await on_the_hub(stage)
    promotion = await promoted(stage)
    request = RollbackRequest(operation=promotion.id)
    started = await stage.rolling_back.start("shop", "Production", request, actor=ANN, idempotency=None)
    ended = await stage.end_of(started.id)
    assert ended.clusters[0].outcome is Outcome.SUCCEEDED, ended.clusters[0].detail
    assert web(stage).startswith(image("web:1"))


@shows("owner-not-found")
async def test_without_being_told_it_is_said_where_that_is_done(stage):
    await on_the_hub(stage)
    async with stage.database.begin() as tx:
        await tx.cluster_argocd.delete(stage.cluster_ids["prod-eu"])
    found = await blocker(stage)
    assert found.code == "owner-not-found"
    assert "its Argo CD may run on another cluster, which an administrator says" in found.detail


@shows("owner-delivers-elsewhere")
async def test_a_destination_that_matches_no_name_of_the_cluster_is_refused_with_how_to_name_it(stage):
    await on_the_hub(stage, called=None)
    found = await blocker(stage)
    assert found.code == "owner-delivers-elsewhere"
    assert "delivers to eu" in found.detail
    assert f"if Argo CD on cluster {HUB} calls cluster prod-eu so, say that" in found.detail


async def test_the_address_by_which_the_cluster_is_registered_matches_the_name_in_argo_cds_own_list(stage):
    await on_the_hub(stage, called=None)
    await registered_at(stage, f"{stage.sandbox.url('prod-eu')}/")
    (ended,) = (await promoted(stage)).clusters
    assert ended.outcome is Outcome.SUCCEEDED, ended.detail


async def test_the_address_by_which_the_cluster_is_registered_matches_a_destination_with_that_address(stage):
    control = await on_the_hub(stage, called=None)
    destined(stage, control, server=stage.sandbox.url("prod-eu"))
    await registered_at(stage, stage.sandbox.url("prod-eu"))
    stage.sandbox.cluster(HUB).delete("secrets", "eu", control)
    plan = await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    assert not [each for each in plan.all_problems if each.blocks]


async def registered_at(stage: PromotionStage, server: str) -> None:
    async with stage.database.begin() as tx:
        await tx.clusters.replace_credential(
            stage.cluster_ids["prod-eu"], credential=stage.sandbox.kubeconfig("prod-eu"), server=server
        )


async def test_an_application_for_the_hub_itself_is_not_taken_for_that_of_the_cluster(stage):
    control = await on_the_hub(stage)
    destined(stage, control, server=argocd.IN_CLUSTER)
    assert (await blocker(stage)).code in {"owner-delivers-elsewhere", "argocd-operation-under-way"}


async def test_the_agreement_of_whoever_owns_the_application_is_asked_for_on_the_hub_too(stage):
    await on_the_hub(stage, annotations={})
    assert (await blocker(stage)).code == "owner-not-authorized"


async def test_a_hub_that_is_away_blocks_the_plan_and_is_named(stage):
    await on_the_hub(stage)
    stage.sandbox.cut_off(HUB)
    try:
        found = await blocker(stage)
    finally:
        stage.sandbox.faults(HUB).unreachable = False
    assert found.code == "owner-not-found"
    assert f"Its Argo CD runs on cluster {HUB}" in found.detail


async def test_a_hub_that_is_away_while_the_sync_is_waited_for_is_waited_for_as_well(stage):
    control = await on_the_hub(stage)
    window = stage.sandbox.cluster(HUB).create(argocd.project(argocd.ALWAYS_DENIED, namespace=control))
    started = await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)

    async def waits() -> bool | None:
        events = await stage.events_of(started.id)
        return any(each.data.get("reason") == "SyncWindow" for each in events) or None

    await eventually(waits)
    stage.sandbox.cut_off(HUB)

    async def unseen() -> bool | None:
        events = await stage.events_of(started.id)
        return any(each.data.get("reason") == "ArgoCdUnreachable" for each in events) or None

    await eventually(unseen)
    stage.sandbox.faults(HUB).unreachable = False
    stage.pool.answers(stage.cluster_ids[HUB])  # as a probe does: the breaker need not wait
    argocd.change(stage.sandbox.cluster(HUB), {**thaw(window), "spec": {}})
    ended = await stage.end_of(started.id)
    assert ended.clusters[0].outcome is Outcome.SUCCEEDED, ended.clusters[0].detail
    assert web(stage) == NEW


@shows("argocd-moved")
async def test_where_argo_cd_is_said_to_run_since_the_owner_was_found_nothing_is_planned(stage):
    await on_the_hub(stage)
    asked, place = await handed(stage)
    async with stage.database.begin() as tx:
        await tx.cluster_argocd.delete(stage.cluster_ids["prod-eu"])
    found = await ApplicationPlanner(planes(stage)).plan(asked, place, deadline=Deadline.after(20.0))
    assert isinstance(found, Refusal)
    assert found.code == "argocd-moved"


async def test_nothing_is_written_where_argo_cd_is_said_to_run_elsewhere_since_the_plan(stage):
    control = await on_the_hub(stage)
    asked, place = await handed(stage)
    async with stage.database.begin() as tx:
        await tx.cluster_argocd.delete(stage.cluster_ids["prod-eu"])
    with pytest.raises(OwnerChangedError, match="by now Argo CD is said to run on another one"):
        await handed_over(stage, asked, place)
    assert overrides(stage, control) is None


async def test_a_hub_that_does_not_answer_when_it_is_to_be_written_is_no_loss_of_the_cluster(stage):
    await on_the_hub(stage)
    asked, place = await handed(stage)
    stage.sandbox.cut_off(HUB)
    try:
        with pytest.raises(ArgoCdUnreachableError, match=f"runs on cluster {HUB}, which does not answer"):
            await handed_over(stage, asked, place)
    finally:
        stage.sandbox.faults(HUB).unreachable = False


async def test_whoever_goes_on_after_a_kill_writes_the_hub_no_second_time(stage):
    control = await on_the_hub(stage)
    asked, place = await handed(stage)
    assert [await handed_over(stage, asked, place) for _ in range(3)] == [True, False, False]
    assert len([each for each in stage.sandbox.writes(HUB) if f"{control}/applications/shop" in each.path]) == 1


async def handed(stage: PromotionStage) -> tuple[OwnerChanges, WorkloadPlace]:
    """What an operation hands over in Production, and where."""
    plan = await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    async with stage.database.read() as tx:
        target = await tx.app_environments.find("shop", "Production")
    assert target is not None
    (cluster,) = target.environment.clusters
    gateway = await stage.pool.gateway(credential_of(cluster))
    (asked,) = owner_changes(plan.clusters[0].changes)
    return asked, WorkloadPlace(target=target, cluster=cluster, gateway=gateway, namespace=stage.namespace)


async def handed_over(stage: PromotionStage, asked: OwnerChanges, place: WorkloadPlace) -> bool:
    work = OwnerWork(operation="0190b000-0000-7000-8000-000000000001", asked=asked)
    return await ApplicationDeliverer(planes(stage)).hand_over(work, place, deadline=Deadline.after(60.0))


def planes(stage: PromotionStage) -> StoredControlPlanes:
    return StoredControlPlanes(db=stage.database, clusters=stage.pool)
