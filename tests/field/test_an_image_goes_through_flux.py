"""The image delivery `flux`: a HelmRelease or Kustomization brings the image, and its next reconciliation keeps it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from db.records.operations import OperationDetailRecord
from db.transaction import Database
from domain.images import ContainerRef, ImageChange
from domain.problems import Problem
from domain.resources import ResourceId
from domain.stored.image_deliveries import ImageDeliveries, SetImageDeliveries
from domain.stored.requests import PromotionRequest, RollbackRequest
from domain.stored.strategies import Strategy
from domain.words import ImageDelivery, OnFailure, Outcome
from sandbox.access import LIMITED
from sandbox.server import Sandbox
from services.changes.errors import PlanBlockedError
from services.planning.objects.opt_in import AUTHORIZED
from tests.support import flux
from tests.support.actors import ANN
from tests.support.findings import shows
from tests.support.limited_user import granted
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, staged, workload

TO_PRODUCTION = PromotionRequest(source_environment="Staging", target_environment="Production")
WEB = ResourceId.of("apps/v1", "Deployment", "web")
FROM_GIT = {"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}
BY_CONFIG_MAP = {"kind": "ConfigMap", "name": "images", "valuesKey": "web", "targetPath": "image.tag"}


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=50) as sandbox:
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage:
        yield stage


class Owner:
    """What delivers `web` in Production; Staging runs `web:2`."""

    def __init__(self, stage: PromotionStage, plural: str, namespace: str) -> None:
        self.stage = stage
        self._plural = plural
        self._namespace = namespace

    @property
    def image(self) -> str:
        return self.stage.images("prod-eu", "web")["web"]

    @property
    def spec(self) -> dict[str, Any]:
        return dict(self._live()["spec"])

    @property
    def ready(self) -> bool:
        conditions = self._live().get("status", {}).get("conditions", ())
        return {each["type"]: each["status"] for each in conditions}.get("Ready") == "True"

    @property
    def reason(self) -> str | None:
        """That of its condition `Ready`."""
        conditions = self._live().get("status", {}).get("conditions", ())
        return {each["type"]: each["reason"] for each in conditions}.get("Ready")

    async def until_ready(self) -> None:
        async with asyncio.timeout(90):
            while not self.ready:
                await asyncio.sleep(0.02)

    def change(self, **spec: Any) -> None:
        """As a person would."""
        body = self._live()
        body["spec"] |= spec
        self.stage.sandbox.cluster("prod-eu").update(body, manager="kubectl-edit")

    async def promote(self, request: PromotionRequest = TO_PRODUCTION) -> OperationDetailRecord:
        started = await self.stage.promoting.start("shop", request, actor=ANN, idempotency=None)
        return await self.stage.end_of(started.id)

    async def planned(self) -> tuple[ImageChange, tuple[Problem, ...]]:
        plan = await self.stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
        (change,) = [each for each in plan.clusters[0].changes if each.container == "web"]
        return change, plan.all_problems

    async def refusal(self) -> Problem:
        before = self.spec
        with pytest.raises(PlanBlockedError) as refused:
            await self.promote()
        (problem,) = [each for each in refused.value.problems if each.blocks]
        assert self.spec == before
        return problem

    def _live(self) -> dict[str, Any]:
        return flux.live(self.stage.sandbox.cluster("prod-eu"), self._plural, namespace=self._namespace)


async def delivered(
    stage: PromotionStage, plural: str, *objects: dict[str, Any], namespace: str | None = None
) -> Owner:
    cluster = stage.sandbox.cluster("prod-eu")
    record = await stage.environment("Production", {"prod-eu": ()}, configured=False)
    flux.install(cluster, namespace=namespace or stage.namespace)
    for each in objects:
        cluster.create(each)
    await stage.environment("Staging", {"staging-1": (workload("web", {"web": image("web:2")}),)})
    assert record.id is not None
    async with stage.database.begin() as tx:
        await tx.app_environments.configure(record.id, namespace=stage.namespace, resources=[WEB])
        by_flux = SetImageDeliveries(
            deliveries=ImageDeliveries(owned=ImageDelivery.FLUX), set_by="ann", set_at=datetime.now(UTC)
        )
        await tx.app_environments.change(record.application.id, record.environment.id, image_deliveries=by_flux)
    async with asyncio.timeout(90):
        while cluster.get("deployments", "web", stage.namespace) is None:
            await asyncio.sleep(0.02)
    await stage.until_rolled_out("prod-eu", "Deployment", "web")
    owner = Owner(stage, plural, namespace or stage.namespace)
    await owner.until_ready()
    return owner


async def released(stage: PromotionStage, *more: dict[str, Any], **spec: Any) -> Owner:
    """A HelmRelease of a chart in Git."""
    folder = flux.folder(flux.chart(), flux.CHART, namespace=stage.namespace)
    release = flux.helm_release(namespace=stage.namespace, **spec)
    return await delivered(stage, "helmreleases", *more, folder, release)


async def kustomized(stage: PromotionStage, **spec: Any) -> Owner:
    """A Kustomization of an overlay in Git."""
    folder = flux.folder(flux.kustomization(), flux.OVERLAY, namespace=stage.namespace)
    kustomization = flux.flux_kustomization(namespace=stage.namespace, **spec)
    return await delivered(stage, "kustomizations", folder, kustomization)


def config_map(stage: PromotionStage, **data: str) -> dict[str, Any]:
    metadata = {"name": "images", "namespace": stage.namespace}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


async def test_a_helm_release_gets_the_value_that_brings_the_image(stage):
    owner = await released(stage, values={"mode": "plain"})
    change, problems = await owner.planned()
    assert change.handed_over is not None
    (edit,) = change.handed_over.edits
    assert (edit.where, edit.before, problems) == ("spec.values.image.tag", None, ())
    ended = await owner.promote()
    assert ended.clusters[0].outcome is Outcome.SUCCEEDED, ended.clusters[0].detail
    assert owner.image == image("web:2", pinned=True)
    assert owner.spec["values"] == {"mode": "plain", "image": {"tag": edit.after}}


async def test_an_image_that_fails_is_taken_back_by_the_value_of_before(stage):
    owner = await released(stage, timeout="5s")
    stage.set_image("staging-1", "web", "web", image("web:broken"))
    named = (ContainerRef(workload=WEB, container="web"),)  # it does not run in Staging either
    back = Strategy(on_failure=OnFailure.ROLL_BACK)
    ended = await owner.promote(replace(TO_PRODUCTION, containers=named, strategy=back))
    assert ended.clusters[0].outcome is Outcome.ROLLED_BACK, ended.clusters[0].detail
    assert (owner.image, "values" in owner.spec) == (image("web:1"), False)


async def test_a_cluster_that_was_away_gets_its_value_by_the_retry(stage):
    owner = await released(stage)
    stage.sandbox.cut_off("prod-eu")
    ended = await owner.promote()
    assert ended.clusters[0].outcome is Outcome.UNREACHABLE
    stage.sandbox.faults("prod-eu").unreachable = False
    stage.pool.answers(stage.cluster_ids["prod-eu"])  # as a probe does: the breaker need not wait
    await stage.operations.retry(ended.id, actor=ANN)
    retried = await stage.end_of(ended.id)
    assert retried.clusters[0].outcome is Outcome.SUCCEEDED, retried.clusters[0].detail
    assert owner.image == image("web:2", pinned=True)


async def test_a_rollback_goes_through_the_helm_release_as_well(stage):
    owner = await released(stage)
    await owner.promote()
    stage.set_image("staging-1", "web", "web", image("web:3"))
    await stage.until_rolled_out("staging-1", "Deployment", "web")
    await owner.until_ready()
    await owner.promote()
    await owner.until_ready()
    (_, former) = await stage.releases_of("Production")
    back = RollbackRequest(release=former.number)
    started = await stage.rolling_back.start("shop", "Production", back, actor=ANN, idempotency=None)
    ended = await stage.end_of(started.id)
    assert ended.clusters[0].outcome is Outcome.SUCCEEDED, ended.clusters[0].detail
    assert owner.image == image("web:2", pinned=True)


async def test_a_helm_release_from_git_gets_it_by_the_config_map_that_git_names(stage):
    owner = await released(stage, config_map(stage, web="1"), labels=FROM_GIT, valuesFrom=[BY_CONFIG_MAP])
    change, _ = await owner.planned()
    assert change.handed_over is not None
    (edit,) = change.handed_over.edits
    assert (edit.where, edit.before) == ("ConfigMap images: web", "1")
    before = owner.spec
    ended = await owner.promote()
    assert ended.clusters[0].outcome is Outcome.SUCCEEDED, ended.clusters[0].detail
    assert (owner.image, owner.spec) == (image("web:2", pinned=True), before)


@shows("flux-from-git")
async def test_a_helm_release_from_git_without_such_a_config_map_is_refused_with_the_way_out(stage):
    problem = await (await released(stage, labels=FROM_GIT)).refusal()
    assert (problem.code, "'targetPath'" in problem.detail) == ("flux-from-git", True)


@shows("flux-value-missing")
async def test_a_config_map_that_is_not_there_yet_is_to_be_created_first(stage):
    owner = await released(stage, valuesFrom=[{**BY_CONFIG_MAP, "optional": True}])
    assert (await owner.refusal()).code == "flux-value-missing"


async def test_a_release_whose_upgrade_has_failed_gets_another_image(stage):
    owner = await released(stage, timeout="2s")
    owner.change(values={"image": {"tag": "broken"}})
    async with asyncio.timeout(90):
        while owner.reason != "UpgradeFailed":
            await asyncio.sleep(0.02)
    ended = await owner.promote()
    assert ended.clusters[0].outcome is Outcome.SUCCEEDED, ended.clusters[0].detail
    assert owner.image == image("web:2", pinned=True)


async def test_an_upgrade_under_way_is_followed_by_that_of_the_plan(stage):
    owner = await released(stage, timeout="60s")
    owner.change(values={"image": {"tag": "missing"}})  # never runs, so that the upgrade lasts until its time limit
    async with asyncio.timeout(90):
        while (owner.reason, owner.image) != ("Progressing", image("web:missing")):
            await asyncio.sleep(0.02)
    ended = await owner.promote()
    assert ended.clusters[0].outcome is Outcome.SUCCEEDED, ended.clusters[0].detail
    assert owner.image == image("web:2", pinned=True)


@shows("flux-suspended")
async def test_what_is_suspended_is_to_be_resumed_first(stage):
    owner = await released(stage)
    owner.change(suspend=True)
    assert (await owner.refusal()).code == "flux-suspended"


@shows("owner-delivers-elsewhere")
async def test_a_helm_release_for_another_cluster_is_refused(stage):
    owner = await released(stage)
    owner.change(suspend=False, kubeConfig={"secretRef": {"name": "other"}})
    assert (await owner.refusal()).code == "owner-delivers-elsewhere"


async def test_a_kustomization_gets_an_entry_for_the_image(stage):
    owner = await kustomized(stage)
    change, _ = await owner.planned()
    assert change.handed_over is not None
    (edit,) = change.handed_over.edits
    assert (edit.where, edit.before, edit.after) == (
        f"spec.images: {image('web')}",
        None,
        image("web:2", pinned=True),
    )
    ended = await owner.promote()
    assert ended.clusters[0].outcome is Outcome.SUCCEEDED, ended.clusters[0].detail
    assert owner.image == image("web:2", pinned=True)


@shows("owner-touches-more")
async def test_other_containers_with_the_image_are_told(stage):
    _, problems = await (await kustomized(stage)).planned()
    (problem,) = problems
    assert problem.code == "owner-touches-more"
    assert "Deployment web, container prepare, gets" in problem.detail


async def test_a_kustomization_whose_image_fails_has_no_entry_afterwards(stage):
    owner = await kustomized(stage)
    stage.set_image("staging-1", "web", "web", image("web:broken"))
    named = (ContainerRef(workload=WEB, container="web"),)
    back = Strategy(on_failure=OnFailure.ROLL_BACK)
    ended = await owner.promote(replace(TO_PRODUCTION, containers=named, strategy=back))
    assert ended.clusters[0].outcome is Outcome.ROLLED_BACK, ended.clusters[0].detail
    assert (owner.image, "images" in owner.spec) == (image("web:1"), False)


async def test_a_kustomization_from_git_that_says_nothing_of_images_keeps_the_entry(stage):
    owner = await kustomized(stage, labels=FROM_GIT)
    ended = await owner.promote()
    assert ended.clusters[0].outcome is Outcome.SUCCEEDED, ended.clusters[0].detail


@shows("flux-from-git")
async def test_a_kustomization_whose_images_come_from_git_is_refused(stage):
    owner = await kustomized(stage, labels=FROM_GIT, images=[{"name": image("proxy"), "newTag": "2"}])
    assert (await owner.refusal()).code == "flux-from-git"


@shows("owner-not-authorized")
async def test_an_object_in_another_namespace_is_changed_only_where_it_says_so(stage):
    cluster, elsewhere = stage.sandbox.cluster("prod-eu"), f"{stage.namespace}-flux"
    folder = flux.folder(flux.kustomization(), flux.OVERLAY, namespace=elsewhere)
    own = flux.flux_kustomization(namespace=elsewhere, targetNamespace=stage.namespace)
    owner = await delivered(stage, "kustomizations", folder, own, namespace=elsewhere)
    with pytest.raises(PlanBlockedError) as refused:
        await owner.promote()
    assert [each.code for each in refused.value.problems if each.blocks] == ["owner-not-authorized"]
    body = flux.live(cluster, "kustomizations", namespace=elsewhere)
    body["metadata"].setdefault("annotations", {})[AUTHORIZED] = "shop/Production"
    cluster.update(body, manager="kubectl-edit")
    ended = await owner.promote()
    assert ended.clusters[0].outcome is Outcome.SUCCEEDED, ended.clusters[0].detail


@shows("owner-images-differ")
async def test_containers_that_share_an_entry_cannot_get_different_images(stage):
    owner = await kustomized(stage)
    body = stage.object("staging-1", "Deployment", "web")
    body["spec"]["template"]["spec"]["initContainers"] = [{"name": "prepare", "image": image("web:3")}]
    stage.sandbox.cluster("staging-1").update(body, manager="kubectl")
    await stage.until_rolled_out("staging-1", "Deployment", "web")
    assert (await owner.refusal()).code == "owner-images-differ"


@shows("owner-rights-missing")
async def test_rights_that_lack_are_named(stage):
    async with stage.database.begin() as tx:
        credential = stage.sandbox.kubeconfig("prod-eu", LIMITED)
        added = await tx.clusters.add(name="prod-eu", labels={}, server=None, credential=credential)
    stage.cluster_ids["prod-eu"] = added.id
    owner = await kustomized(stage)
    for each in granted(stage.namespace, verbs=["get", "list", "watch"]):
        stage.sandbox.cluster("prod-eu").create(each)
    problem = await owner.refusal()
    assert problem.code == "owner-rights-missing"
    assert "may not patch kustomizations.kustomize.toolkit.fluxcd.io" in problem.detail
