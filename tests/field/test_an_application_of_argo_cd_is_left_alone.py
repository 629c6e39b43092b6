"""What blocks the image delivery `argocd`: each with the way out, and before anything is written."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from db.transaction import Database
from domain.problems import Problem
from domain.stored.requests import PromotionRequest
from domain.words import ImageDelivery
from sandbox.argocd.applications import SETTINGS
from sandbox.argocd.comparing import TRACKING_ID
from sandbox.server import Sandbox
from services.planning.objects.opt_in import AUTHORIZED
from tests.support import argocd
from tests.support.actors import ANN
from tests.support.argocd_stage import NAME, application, delivered
from tests.support.findings import shows
from tests.support.limited_user import LIMITED, granted
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, staged

TO_PRODUCTION = PromotionRequest(source_environment="Staging", target_environment="Production")


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=50) as sandbox:
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage:
        yield stage


async def by_argocd(stage: PromotionStage, *planted: dict[str, Any], **given: Any) -> str:
    return await delivered(stage, *planted, delivery=ImageDelivery.ARGOCD, **given)


async def blocker(stage: PromotionStage) -> Problem:
    plan = await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    (problem,) = [each for each in plan.all_problems if each.blocks]
    return problem


def marked(stage: PromotionStage, control: str) -> None:
    """The workload names the application with its namespace, as where that is not Argo CD's own; which stands still."""
    cluster = stage.sandbox.cluster("prod-eu")
    cluster.delete("configmaps", SETTINGS, control)
    body = stage.object("prod-eu", "Deployment", "web")
    body["metadata"]["annotations"][TRACKING_ID] = f"{control}_shop:apps/Deployment:{stage.namespace}/web"
    cluster.update(body, manager="kubectl")


def changed(stage: PromotionStage, control: str, **members: Any) -> None:
    """The application, as a person changes it."""
    cluster = stage.sandbox.cluster("prod-eu")
    argocd.change(cluster, {**argocd.live(cluster, namespace=control), **members})


@shows("owner-not-authorized")
async def test_an_application_whose_owner_has_not_agreed_is_not_changed(stage):
    control = await by_argocd(stage, application(stage, annotations={}))
    problem = await blocker(stage)
    assert problem.code == "owner-not-authorized"
    assert (
        f"kubectl annotate applications.argoproj.io -n {control} shop '{AUTHORIZED}=shop/Production'" in problem.detail
    )


@shows("argocd-application-owned")
async def test_an_application_that_an_application_set_writes_is_not_changed(stage):
    await by_argocd(stage, argocd.application_set(application(stage)))
    problem = await blocker(stage)
    assert problem.code == "argocd-application-owned"
    assert "is written by the ApplicationSet shops" in problem.detail


@shows("argocd-application-owned")
async def test_an_application_set_that_keeps_another_override_than_the_planned_one_is_said(stage):
    kept = [{"jsonPointers": ["/spec/source/helm/parameters"]}]
    await by_argocd(stage, argocd.application_set(application(stage), ignoreApplicationDifferences=kept))
    problem = await blocker(stage)
    assert problem.code == "argocd-application-owned"
    assert "'ignoreApplicationDifferences' with the jsonPointer /spec/source/kustomize/images" in problem.detail


@shows("argocd-source-without-override")
async def test_plain_manifests_take_no_override(stage):
    await by_argocd(stage, application(stage), files={"web.yaml": argocd.workload()})
    assert (await blocker(stage)).code == "argocd-source-without-override"


@shows("argocd-operation-under-way")
async def test_a_sync_under_way_is_left_to_end(stage):
    control = await by_argocd(stage, application(stage))
    stage.sandbox.cluster("prod-eu").create(argocd.project(argocd.ALWAYS_DENIED, namespace=control))
    changed(stage, control, operation={"initiatedBy": {"username": "bob"}, "sync": {}})
    assert (await blocker(stage)).code == "argocd-operation-under-way"


@shows("argocd-override-not-found")
async def test_a_chart_of_whose_values_the_application_says_nothing_is_not_guessed_at(stage):
    await by_argocd(stage, application(stage), files=argocd.chart())
    problem = await blocker(stage)
    assert problem.code == "argocd-override-not-found"
    assert f"'NAME={image('web:1')}'" in problem.detail


@shows("argocd-overrides-tie")
async def test_two_values_that_spell_the_image_are_a_tie_that_a_person_decides(stage):
    spelled = {"repository": NAME, "tag": "1"}
    source = argocd.source(helm={"valuesObject": {"image": spelled, "migrate": spelled}})
    await by_argocd(stage, application(stage, source=source), files=argocd.chart())
    problem = await blocker(stage)
    assert (problem.code, "helm.parameters[migrate.tag]" in problem.detail) == ("argocd-overrides-tie", True)


@shows("owner-images-differ")
async def test_containers_that_share_an_override_cannot_get_different_images(stage):
    await by_argocd(stage, application(stage))
    body = stage.object("staging-1", "Deployment", "web")
    pods = body["spec"]["template"]["spec"]
    pods["initContainers"] = [{"name": "prepare", "image": image("web:3")}]
    stage.sandbox.cluster("staging-1").update(body, manager="kubectl")
    await stage.until_rolled_out("staging-1", "Deployment", "web")
    assert (await blocker(stage)).code == "owner-images-differ"


@shows("owner-delivers-elsewhere")
async def test_an_application_that_delivers_to_another_cluster_is_not_changed(stage):
    control = await by_argocd(stage, application(stage))
    elsewhere = {"server": "https://other.example", "namespace": stage.namespace}
    spec = argocd.live(stage.sandbox.cluster("prod-eu"), namespace=control)["spec"]
    changed(stage, control, spec={**spec, "destination": elsewhere})
    assert (await blocker(stage)).code == "owner-delivers-elsewhere"


@shows("workload-not-of-owner")
async def test_a_copy_with_the_mark_of_an_application_that_does_not_list_it_is_not_handed_over(stage):
    control = await by_argocd(stage, application(stage))
    marked(stage, control)
    status = argocd.live(stage.sandbox.cluster("prod-eu"), namespace=control)["status"]
    changed(stage, control, status={**status, "resources": []})
    assert (await blocker(stage)).code == "workload-not-of-owner"


@shows("owner-not-found")
async def test_an_application_that_is_in_another_cluster_is_said_to_be_missing_here(stage):
    control = await by_argocd(stage, application(stage))
    cluster = stage.sandbox.cluster("prod-eu")
    cluster.delete("configmaps", SETTINGS, control)
    cluster.delete("applications.argoproj.io", "shop", control)
    problem = await blocker(stage)
    assert problem.code == "owner-not-found"
    assert "the application shop of Argo CD is not found on this cluster" in problem.detail


@shows("owner-rights-missing")
async def test_a_credential_that_may_not_patch_applications_is_told_before(stage):
    async with stage.database.begin() as tx:
        credential = stage.sandbox.kubeconfig("prod-eu", LIMITED)
        added = await tx.clusters.add(name="prod-eu", labels={}, server=None, credential=credential)
    stage.cluster_ids["prod-eu"] = added.id
    control = await by_argocd(stage, application(stage))
    for namespace, verbs in ((stage.namespace, ["*"]), (control, ["get", "list"])):
        for each in granted(namespace, verbs=verbs):
            stage.sandbox.cluster("prod-eu").create(each)
    marked(stage, control)
    problem = await blocker(stage)
    assert problem.code == "owner-rights-missing"
    assert f"may not patch applications.argoproj.io in namespace {control}" in problem.detail
