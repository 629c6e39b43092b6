"""Releases hold the digests that pods reported, and tags where no cluster reported a digest."""

import asyncio
import hashlib
from typing import Any

from domain.held_configuration import Held
from domain.overrides import Overrides
from domain.stored.requests import RollbackRequest
from domain.words import OperationKind, OperationState
from sandbox import images
from services.changes.importing import ImportRequest
from services.engine import what_ran
from services.kube.errors import ClusterUnreachableError
from tests.support.actors import ANN
from tests.support.copy_stage import CopyStage
from tests.support.fake_workers import FakeClusters
from tests.support.specs import image_of, image_spec

_LOGIN = ("registry-credentials",)
_WEB = "registry.example/shop/web:1.4.0"
_MOVED = "sha256:" + "1" * 64


def _digest(reference: str) -> str:
    """What practice clusters say that a tag is."""
    return "sha256:" + hashlib.sha256(reference.encode()).hexdigest()


async def _imported(stage: CopyStage, environment: str) -> None:
    """The example application, whose manifests name tags alone."""
    await stage.adopted()
    request = ImportRequest(
        source_environment="Development",
        namespace=stage.namespace,
        resources=await stage.everything(_LOGIN),
        overrides=Overrides(allow=_LOGIN, ingress_hosts={"shop.dev.example": f"{stage.namespace}.example"}),
    )
    assert (await stage.import_to(environment, request)).state is OperationState.SUCCEEDED


async def _release(stage: CopyStage, environment: str, number: int = 1):
    async with stage.database.read() as tx:
        target = await tx.app_environments.find("shop", environment)
        assert target is not None
        assert target.id is not None
        return await tx.releases.get(target.id, number)


def _of_web(release, cluster: str | None = None):
    return next(
        each for each in release.images if (each.workload.name, each.container, each.cluster) == ("web", "web", cluster)
    )


async def _restart_web(stage: CopyStage, cluster: str) -> None:
    """As `kubectl rollout restart` does, to its end."""
    body = stage.object(cluster, "deployments", "web")
    assert body is not None
    body["spec"]["template"]["metadata"].setdefault("annotations", {})["restarted"] = "now"
    stage.sandbox.cluster(cluster).update(body, manager="kubectl")
    async with asyncio.timeout(90):
        while _running(stage, cluster) != {_MOVED}:
            await asyncio.sleep(0.05)  # the practice cluster sends no notification


def _running(stage: CopyStage, cluster: str) -> set[str]:
    """The digests of web's container web."""
    pods = [
        each
        for each in stage.sandbox.cluster(cluster).list("pods", stage.namespace)
        if each["metadata"]["name"].startswith("web-")
    ]
    statuses = [status for pod in pods for status in pod.get("status", {}).get("containerStatuses", ())]
    return {each["imageID"].rpartition("@")[2] for each in statuses if each["name"] == "web"}


async def test_an_import_of_tags_leaves_a_release_with_the_digests_that_run(stage):
    await _imported(stage, "Production")
    found = {(each.workload.name, each.container): each.image for each in (await _release(stage, "Production")).images}
    assert (found["web", "web"].reference, found["web", "web"].tag) == (_WEB, "1.4.0")
    assert {key: each.digest for key, each in found.items() if key != ("report", "report")} == {
        key: _digest(each.reference) for key, each in found.items() if key != ("report", "report")
    }
    assert found["report", "report"].digest is None  # it has not run yet


async def test_a_release_has_the_digests_of_rollouts_though_no_cluster_answers_when_all_have_ended(stage, monkeypatch):
    async def away(*_arguments: Any, **_options: Any) -> None:
        raise ClusterUnreachableError("Connection refused.", cluster="prod-us")

    monkeypatch.setattr(what_ran, "_read", away)
    await _imported(stage, "Production")
    release = await _release(stage, "Production")
    unknown = {each.workload.name for each in release.images if each.image.digest is None}
    assert unknown == {"report"}  # a CronJob, which has not run yet
    assert _of_web(release).image.digest == _digest(_WEB)


async def test_a_rollback_to_an_import_restores_the_digest_that_its_tag_had_then(stage, monkeypatch):
    await _imported(stage, "Staging")
    monkeypatch.setattr(
        images.Image,
        "image_id",
        property(lambda each: f"{each.repository}@{each.digest or _MOVED}"),
    )
    await _restart_web(stage, "staging-1")
    started = await stage.rolling_back.start("shop", "Staging", RollbackRequest(release=1), actor=ANN, idempotency=None)
    ended = await stage.end_of(started.id)
    assert (ended.kind, ended.state) == (OperationKind.ROLLBACK, OperationState.SUCCEEDED)
    containers = stage.object("staging-1", "deployments", "web")["spec"]["template"]["spec"]["containers"]
    assert next(each["image"] for each in containers if each["name"] == "web") == f"{_WEB}@{_digest(_WEB)}"
    assert _of_web(await _release(stage, "Staging", 2)).image.digest == _digest(_WEB)


async def test_a_cluster_whose_pods_may_not_be_listed_leaves_the_tag(stage):
    stage.sandbox.faults("prod-us").set({"failures": [{"status": 403, "methods": ["GET"], "path": "/pods"}]})
    await _imported(stage, "Production")
    release = await _release(stage, "Production")
    assert _of_web(release, "prod-eu").image.digest == _digest(_WEB)
    assert (_of_web(release, "prod-us").image.reference, _of_web(release, "prod-us").image.digest) == (_WEB, None)


async def test_an_operation_ends_though_a_cluster_stops_answering(engine_stage, target, monkeypatch):
    unanswered: list[str] = []

    async def gateway(_self: FakeClusters, credential) -> None:
        if f"apply {credential.name}" in engine_stage.worker.calls:  # the calls after that read the digests
            unanswered.append(credential.name)
            await asyncio.Event().wait()

    monkeypatch.setattr(FakeClusters, "gateway", gateway)
    monkeypatch.setattr(what_ran, "_PATIENCE", 0.05)
    image = image_of("web", "shop/web:2")
    spec = image_spec({"prod-eu": [image], "prod-us": [image]})
    ended = await engine_stage.end_of(await engine_stage.start(target, spec=spec))
    async with engine_stage.database.read() as tx:
        release = await tx.releases.get(target.app_environment.id, 1)
    assert sorted(unanswered) == ["prod-eu", "prod-us"]
    assert (ended.state, release.images) == (OperationState.SUCCEEDED, (image,))


async def test_a_release_holds_the_config_maps_that_are_there_and_secrets_by_fingerprints(stage):
    await _imported(stage, "Production")
    release = await _release(stage, "Production")
    async with stage.database.read() as tx:
        held = await tx.releases.held.of(release.app_environment_id, release.number, values=True)
    assert set(held) == {"prod-eu", "prod-us"}
    settings = stage.object("prod-eu", "configmaps", "shop-settings")
    assert settings is not None
    for each in held.values():
        found = {one.name: one for one in each.objects if one.kind == "ConfigMap"}
        assert found["shop-settings"].content.data == settings["data"]
        assert {one.held for one in each.objects if one.kind == "Secret"} == {Held.FINGERPRINTS}
