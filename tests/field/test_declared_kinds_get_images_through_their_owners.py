"""Objects of a declared kind get their images through Helm, Argo CD, Flux or Git, as workloads do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from db.records.inventory import AppEnvironmentRecord
from db.transaction import Database
from domain.declared_kinds import Declaration, DeclaredHealth, DeclaredImage, ImageForm
from domain.images import ContainerRef
from domain.problems import Problem
from domain.resources import ResourceId
from domain.stored.git_files import GitFile
from domain.stored.image_deliveries import ImageDeliveries, SetImageDeliveries, WorkloadDelivery
from domain.stored.requests import PromotionRequest
from domain.stored.strategies import Strategy
from domain.words import CredentialKind, FileForm, ImageDelivery, OnFailure, Outcome, Pin
from sandbox.server import Sandbox
from services.changes.errors import PlanBlockedError
from services.planning.objects.opt_in import AUTHORIZED
from tests.support import argocd, flux
from tests.support.actors import ANN
from tests.support.definitions import definition
from tests.support.eventually import eventually
from tests.support.findings import shows
from tests.support.git_delivery import delivering
from tests.support.git_server import git_server
from tests.support.helm import Helm, write_chart
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, staged

GROUP, KIND, PLURAL = "shop.example", "Shopfront", "shopfronts.shop.example"
FRONT = ResourceId.of(f"{GROUP}/v1", KIND, "web")
ENGINE, PROXY, SEARCH = "spec.containers[web].image", "spec.proxy", "spec.version"
DECLARATION = Declaration(
    images=(
        DeclaredImage(path="spec.containers[*].image", form=ImageForm.REFERENCE),
        DeclaredImage(path="spec.proxy", form=ImageForm.REFERENCE),
        DeclaredImage(path="spec.version", form=ImageForm.TAG, name=image("search")),
    ),
    health=DeclaredHealth(ready="Up", failed=("Broken",)),
)
OBJECT = """
apiVersion: shop.example/v1
kind: Shopfront
metadata: {name: web}
spec:
  containers: [{name: web, image: "WEB"}]
  proxy: "PROXY"
  version: "VERSION"
"""
VALUES: dict[str, object] = {
    "image": {"repository": "registry.example/shop/web", "tag": "1"},
    "proxy": "registry.example/shop/proxy:1",
    "version": "1",
}
TEMPLATE = (
    OBJECT.replace("WEB", "{{ .Values.image.repository }}:{{ .Values.image.tag }}")
    .replace("PROXY", "{{ .Values.proxy }}")
    .replace("VERSION", "{{ .Values.version }}")
)
PLAIN = OBJECT.replace("WEB", image("web:1")).replace("PROXY", image("proxy:1")).replace("VERSION", "1")


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=50) as sandbox:
        for cluster in CLUSTERS:
            sandbox.cluster(cluster).create(definition(KIND, "shopfronts", GROUP, "v1", status_apart=True))
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage, operated(stage):
        yield stage


@asynccontextmanager
async def operated(stage: PromotionStage) -> AsyncIterator[None]:
    """An operator of the kind in Production: it takes every image up, but for one whose version is broken."""

    def report() -> None:
        cluster = stage.sandbox.cluster("prod-eu")
        body = cluster.get(PLURAL, "web", stage.namespace)
        if body is None:
            return
        broken = "broken" in str(body["spec"])
        told = [{"type": "Broken" if broken else "Up", "status": "True"}]
        status = {"observedGeneration": body["metadata"]["generation"], "conditions": told}
        if body.get("status") != status:
            cluster.update_status({**body, "status": status}, manager="shop-operator")

    async def operate() -> None:
        while True:
            report()
            await asyncio.sleep(0.02)

    task = asyncio.create_task(operate())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def staging(tag: str) -> dict[str, Any]:
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": KIND,
        "metadata": {"name": "web"},
        "spec": {
            "containers": [{"name": "web", "image": image(f"web:{tag}")}],
            "proxy": image(f"proxy:{tag}"),
            "version": tag,
        },
    }


async def production(stage: PromotionStage) -> AppEnvironmentRecord:
    return await stage.environment("Production", {"prod-eu": ()}, configured=False, pin=Pin.TAG)


async def adopted(stage: PromotionStage, record: AppEnvironmentRecord, delivery: ImageDelivery) -> None:
    """Production has what its owner delivers there; Staging has version 2 of all images."""

    async def there() -> bool | None:
        return stage.sandbox.cluster("prod-eu").get(PLURAL, "web", stage.namespace) is not None or None

    await eventually(there)
    await stage.environment("Staging", {"staging-1": (staging("2"),)})
    assert record.id is not None
    async with stage.database.begin() as tx:
        await tx.declared_kinds.put(GROUP, KIND, DECLARATION)
        await tx.app_environments.configure(record.id, namespace=stage.namespace, resources=[FRONT])
        owned = SetImageDeliveries(deliveries=ImageDeliveries(owned=delivery), set_by="ann", set_at=datetime.now(UTC))
        await tx.app_environments.change(record.application.id, record.environment.id, image_deliveries=owned)


async def by_helm(stage: PromotionStage, home: Path) -> Helm:
    chart = write_chart(home / "chart", TEMPLATE, values=VALUES)
    helm = Helm.on(stage.sandbox.kubeconfig("prod-eu"), major=4, namespace=stage.namespace, home=home)
    record = await production(stage)
    await helm("install", "shop", chart)
    await adopted(stage, record, ImageDelivery.HELM)
    return helm


async def by_flux_release(stage: PromotionStage) -> None:
    cluster = stage.sandbox.cluster("prod-eu")
    record = await production(stage)
    flux.install(cluster, namespace=stage.namespace)
    files = {**flux.chart(proxy=image("proxy:1")), "web.yaml": _of_values_of_image(TEMPLATE)}
    cluster.create(flux.folder(files, flux.CHART, namespace=stage.namespace))
    cluster.create(flux.helm_release(namespace=stage.namespace))
    await adopted(stage, record, ImageDelivery.FLUX)


def _of_values_of_image(template: str) -> str:
    """The stand-in's charts have all of their values below `image`."""
    return template.replace(".Values.proxy", ".Values.image.proxy").replace(".Values.version", ".Values.image.tag")


async def by_flux_kustomization(stage: PromotionStage, **spec: Any) -> None:
    cluster = stage.sandbox.cluster("prod-eu")
    record = await production(stage)
    flux.install(cluster, namespace=stage.namespace)
    cluster.create(flux.folder(flux.kustomization(PLAIN), flux.OVERLAY, namespace=stage.namespace))
    cluster.create(flux.flux_kustomization(namespace=stage.namespace, **spec))
    await adopted(stage, record, ImageDelivery.FLUX)


async def by_argo_cd(stage: PromotionStage) -> None:
    cluster, control = stage.sandbox.cluster("prod-eu"), f"argocd-{stage.namespace}"
    record = await production(stage)
    argocd.install(cluster, namespace=control)
    cluster.create(argocd.folder(argocd.kustomization(PLAIN), namespace=control))
    agreed = {AUTHORIZED: "shop/Production"}
    body = argocd.application(destination=stage.namespace, annotations=agreed, syncPolicy=argocd.SELF_HEALING)
    cluster.create({**body, "metadata": {**body["metadata"], "namespace": control}})
    await adopted(stage, record, ImageDelivery.ARGOCD)


def of(*containers: str, on_failure: OnFailure = OnFailure.STAY) -> PromotionRequest:
    return PromotionRequest(
        source_environment="Staging",
        target_environment="Production",
        containers=tuple(ContainerRef(workload=FRONT, container=each) for each in containers) or None,
        strategy=Strategy(on_failure=on_failure),
    )


async def promoted(stage: PromotionStage, request: PromotionRequest) -> tuple[Outcome | None, str | None]:
    started = await stage.promoting.start("shop", request, actor=ANN, idempotency=None)
    (ended,) = (await stage.end_of(started.id)).clusters
    return ended.outcome, ended.detail


async def refusal(stage: PromotionStage, request: PromotionRequest) -> Problem:
    with pytest.raises(PlanBlockedError) as refused:
        await promoted(stage, request)
    (problem,) = [each for each in refused.value.problems if each.blocks]
    return problem


def images(stage: PromotionStage) -> tuple[str, str, str]:
    spec = stage.object("prod-eu", KIND, "web")["spec"]
    return spec["containers"][0]["image"], spec["proxy"], spec["version"]


def writes(stage: PromotionStage) -> list[tuple[str, str]]:
    """Those of Stagecoach into the object itself."""
    return [each for each in stage.writes("prod-eu") if f"/{PLURAL.partition('.')[0]}/" in each[1]]


async def test_values_of_a_helm_release_bring_images_in_every_form_and_stay_through_its_next_upgrade(stage, tmp_path):
    helm = await by_helm(stage, tmp_path)
    assert await promoted(stage, of()) == (Outcome.SUCCEEDED, None)
    assert images(stage) == (image("web:2"), image("proxy:2"), "2")
    await helm("upgrade", "shop", str(tmp_path / "chart"), "--reuse-values")
    assert images(stage) == (image("web:2"), image("proxy:2"), "2")


async def test_an_image_that_fails_is_taken_back_through_the_helm_release(stage, tmp_path):
    await by_helm(stage, tmp_path)
    body = stage.object("staging-1", KIND, "web")
    body["spec"]["proxy"] = image("proxy:broken")
    stage.sandbox.cluster("staging-1").update(body, manager="kubectl")
    outcome, detail = await promoted(stage, of(PROXY, on_failure=OnFailure.ROLL_BACK))
    assert outcome is Outcome.ROLLED_BACK, detail
    assert images(stage) == (image("web:1"), image("proxy:1"), "1")


async def test_values_of_a_helm_release_of_flux_bring_an_image(stage):
    await by_flux_release(stage)
    assert await promoted(stage, of(PROXY)) == (Outcome.SUCCEEDED, None)
    assert images(stage) == (image("web:1"), image("proxy:2"), "1")


async def test_a_kustomization_of_flux_brings_an_image_in_a_list_of_containers(stage):
    await by_flux_kustomization(stage)
    assert await promoted(stage, of(ENGINE)) == (Outcome.SUCCEEDED, None)
    assert images(stage) == (image("web:2"), image("proxy:1"), "1")
    assert writes(stage) == []


@shows("image-not-reached")
async def test_a_kustomization_of_flux_is_refused_for_an_image_where_kustomize_looks_for_none(stage):
    await by_flux_kustomization(stage)
    problem = await refusal(stage, of(PROXY))
    assert problem.code == "image-not-reached"
    assert "Shopfront web has its image at spec.proxy" in problem.detail


async def test_an_application_of_argo_cd_brings_an_image_in_a_list_of_containers(stage):
    await by_argo_cd(stage)
    assert await promoted(stage, of(ENGINE)) == (Outcome.SUCCEEDED, None)
    assert images(stage) == (image("web:2"), image("proxy:1"), "1")
    assert writes(stage) == []


@pytest.mark.parametrize("container", [PROXY, SEARCH])
async def test_an_application_of_argo_cd_is_refused_for_an_image_where_kustomize_looks_for_none(stage, container):
    await by_argo_cd(stage)
    assert (await refusal(stage, of(container))).code == "image-not-reached"


async def test_lines_of_a_file_in_git_bring_images_in_every_form(stage, tmp_path):
    record = await production(stage)
    stage.sandbox.cluster("prod-eu").create(_planted(stage))
    async with git_server(tmp_path) as server:
        server.create("shop", {"front.yaml": PLAIN})
        await adopted(stage, record, ImageDelivery.REFUSE)
        file = GitFile(repository="shop", branch="main", path="front.yaml", form=FileForm.MANIFEST, paths={})
        by_git = (WorkloadDelivery(workload=FRONT, delivery=ImageDelivery.GIT, file=file),)
        async with stage.database.begin() as tx:
            await tx.git_repositories.put(
                "shop",
                url=server.address("shop"),
                kind=CredentialKind.BASIC,
                username=server.username,
                secret=server.password,
                pull_requests=None,
            )
            given = SetImageDeliveries(
                deliveries=ImageDeliveries(workloads=by_git), set_by="ann", set_at=datetime.now(UTC)
            )
            await tx.app_environments.change(record.application.id, record.environment.id, image_deliveries=given)
        async with delivering(stage, server, {"prod-eu": ("front.yaml",)}, name="shop"):
            assert await promoted(stage, of()) == (Outcome.SUCCEEDED, None)
        written = PLAIN.replace(image("web:1"), image("web:2")).replace(image("proxy:1"), image("proxy:2"))
        assert server.file("shop", "front.yaml") == written.replace('version: "1"', 'version: "2"')
    assert images(stage) == (image("web:2"), image("proxy:2"), "2")


def _planted(stage: PromotionStage) -> dict[str, Any]:
    body = staging("1")
    return {**body, "metadata": {**body["metadata"], "namespace": stage.namespace}}
