"""Rollbacks with configuration, and while something is under way, on practice clusters."""

import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from db.transaction import Database
from domain.images import ContainerRef
from domain.resources import ResourceId
from domain.stored.requests import PromotionRequest, RollbackRequest
from domain.words import Action, OperationState, Outcome, Role
from sandbox.server import Sandbox
from services.changes.errors import PlanBlockedError
from services.changes.retrying import SupersededError
from services.errors import ForbiddenError, OperationUnderwayError
from tests.support.actors import ANN, actor_with
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, plain, staged, workload

SETTINGS, KEYS = ResourceId.of("v1", "ConfigMap", "settings"), ResourceId.of("v1", "Secret", "keys")
WEB = ContainerRef(workload=ResourceId.of("apps/v1", "Deployment", "web"), container="web")
PRODUCTION = ("prod-eu", "prod-us")


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=20) as sandbox:
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    """Production has web:2 as release 1 with the mode `fast`; then came web:3, the mode `slow` and another token."""
    async with staged(database, database_url, sandbox) as stage:
        web = workload("web", {"web": image("web:1")})
        web["spec"]["template"]["spec"]["containers"][0]["envFrom"] = [{"configMapRef": {"name": "settings"}}]
        settings = _settings({"mode": "fast"})
        configured = (web, settings, _keys("first"))
        await stage.environment("Staging", {"staging-1": (web, settings)})
        await stage.environment("Production", dict.fromkeys(PRODUCTION, configured))
        async with database.begin() as tx:
            found = await tx.environments.find("Production")
            assert found is not None
            await tx.environments.change(found.id, releases_keep_secrets=True)
        await _promoted(stage, "2")
        for cluster in PRODUCTION:
            _write(stage, cluster, _settings({"mode": "slow", "later": "1"}))
            _write(stage, cluster, _keys("second"))
        await _promoted(stage, "3")
        yield stage


def _settings(data: dict[str, str]) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": data}


def _keys(token: str) -> dict[str, Any]:
    data = {"token": base64.b64encode(token.encode()).decode()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys"}, "type": "Opaque", "data": data}


def _write(stage: PromotionStage, cluster: str, body: dict[str, Any]) -> None:
    """As a person with kubectl would."""
    plural = "configmaps" if body["kind"] == "ConfigMap" else "secrets"
    live = plain(stage.sandbox.cluster(cluster).get(plural, body["metadata"]["name"], stage.namespace))
    stage.sandbox.cluster(cluster).update({**live, "data": body["data"]}, manager="kubectl")


def _data(stage: PromotionStage, cluster: str, plural: str = "configmaps", name: str = "settings") -> dict[str, str]:
    found = stage.sandbox.cluster(cluster).get(plural, name, stage.namespace)
    return dict(found["data"]) if found is not None else {}


async def _promoted(stage: PromotionStage, tag: str) -> None:
    stage.set_image("staging-1", "web", "web", image(f"web:{tag}"))
    await stage.until_rolled_out("staging-1", "Deployment", "web")
    assert (await stage.end_of(await _promote(stage))).state is OperationState.SUCCEEDED


async def _promote(stage: PromotionStage, containers: tuple[ContainerRef, ...] | None = None) -> str:
    request = PromotionRequest(source_environment="Staging", target_environment="Production", containers=containers)
    return (await stage.promoting.start("shop", request, actor=ANN, idempotency=None)).id


async def _start(stage: PromotionStage, request: RollbackRequest) -> str:
    started = await stage.rolling_back.start("shop", "Production", request, actor=ANN, idempotency=None)
    return started.id


async def test_images_and_configuration_are_put_back_as_the_preview_says_key_by_key(stage):
    request = RollbackRequest(release=1, with_configuration=True)
    plan = await stage.rolling_back.preview("shop", "Production", request, actor=ANN)
    shown = {each.resource: each for each in plan.clusters[0].restore.objects}
    assert [each.path for each in shown[SETTINGS].changes] == ["data.later", "data.mode"]
    assert [(each.before, each.after) for each in shown[KEYS].changes] == [(None, None)]
    ended = await stage.end_of(
        await _start(stage, RollbackRequest(release=1, with_configuration=True, plan_digest=plan.digest))
    )
    assert {each.outcome for each in ended.clusters} == {Outcome.SUCCEEDED}
    for cluster in PRODUCTION:
        assert stage.images(cluster, "web")["web"].startswith(image("web:2@"))
        assert _data(stage, cluster) == {"mode": "fast"}
        assert _data(stage, cluster, "secrets", "keys") == _keys("first")["data"]
    again = await stage.rolling_back.preview("shop", "Production", request, actor=ANN)
    assert again.nothing_to_do


async def test_without_configuration_only_images_are_put_back_and_chosen_objects_alone_with_it(stage):
    await stage.end_of(await _start(stage, RollbackRequest(release=1)))
    assert _data(stage, "prod-eu") == {"mode": "slow", "later": "1"}
    chosen = RollbackRequest(release=1, with_configuration=True, objects=(SETTINGS,))
    ended = await stage.end_of(await _start(stage, chosen))
    assert {each.outcome for each in ended.clusters} == {Outcome.SUCCEEDED}
    assert _data(stage, "prod-eu") == {"mode": "fast"}
    assert _data(stage, "prod-eu", "secrets", "keys") == _keys("second")["data"]


async def test_what_was_deleted_is_created_also_when_the_source_is_gone(stage):
    for cluster in PRODUCTION:
        stage.sandbox.cluster(cluster).delete("configmaps", "settings", stage.namespace)
    stage.sandbox.faults("staging-1").set({"unreachable": True})
    ended = await stage.end_of(await _start(stage, RollbackRequest(release=1, with_configuration=True)))
    assert ended.state is OperationState.SUCCEEDED
    assert _data(stage, "prod-us") == {"mode": "fast"}


async def test_a_secret_of_which_fingerprints_are_held_stays_and_blocks_where_it_is_named(stage):
    async with stage.database.begin() as tx:
        found = await tx.environments.find("Production")
        await tx.releases.held.forget_secrets(found.id)
    request = RollbackRequest(release=1, with_configuration=True)
    plan = await stage.rolling_back.preview("shop", "Production", request, actor=ANN)
    actions = {each.resource: each.action for each in plan.clusters[0].restore.objects}
    assert actions == {SETTINGS: Action.UPDATE, KEYS: Action.KEEP}
    with pytest.raises(PlanBlockedError):
        await _start(stage, RollbackRequest(release=1, with_configuration=True, objects=(KEYS,)))


async def test_a_cluster_out_of_reach_catches_up_to_the_rollback_and_not_to_what_was_rolled_back(stage):
    stage.set_image("staging-1", "web", "web", image("web:4"))
    await stage.until_rolled_out("staging-1", "Deployment", "web")
    stage.sandbox.faults("prod-us").set({"unreachable": True})
    bad = await _promote(stage)
    await stage.end_of(bad)
    back = await _start(stage, RollbackRequest(release=1, with_configuration=True))
    outcomes = {each.cluster_name: each.outcome for each in (await stage.end_of(back)).clusters}
    assert outcomes == {"prod-eu": Outcome.SUCCEEDED, "prod-us": Outcome.UNREACHABLE}
    stage.sandbox.faults("prod-us").set({"unreachable": False})
    with pytest.raises(SupersededError):
        await stage.operations.retry(bad, actor=ANN)
    await stage.operations.retry(back, actor=ANN)
    assert (await stage.end_of(back)).state is OperationState.SUCCEEDED
    assert _data(stage, "prod-us") == {"mode": "fast"}
    assert stage.images("prod-us", "web")["web"].startswith(image("web:2@"))


async def test_a_rollback_stops_what_is_under_way_first_where_it_is_told_to(stage):
    stage.set_image("staging-1", "web", "web", image("web:missing"))  # it cannot be pulled, so it does not roll out
    bad = await _promote(stage, containers=(WEB,))
    with pytest.raises(OperationUnderwayError):
        await _start(stage, RollbackRequest(release=2))
    until = datetime(2100, 1, 1, tzinfo=UTC)
    request = RollbackRequest(release=2, preempt=True, reason="It is slow.", hold_until=until)
    back = await _start(stage, request)
    stopped = await stage.operations.read(bad, actor=ANN)
    assert (stopped.state, stopped.cancelled_by) == (OperationState.CANCELLED, ANN.name)
    assert (await stage.end_of(back)).state is OperationState.SUCCEEDED
    for cluster in PRODUCTION:
        assert stage.images(cluster, "web")["web"].startswith(image("web:3@"))
    async with stage.database.read() as tx:
        (held,) = await tx.holds.list()
    assert (held.hold.operation, "It is slow." in held.hold.reason, held.hold.until) == (back, True, until)


async def test_whoever_may_only_promote_puts_no_configuration_back(stage):
    promoter = actor_with(Role.PROMOTER, name="max")
    request = RollbackRequest(release=1, with_configuration=True)
    with pytest.raises(ForbiddenError):
        await stage.rolling_back.preview("shop", "Production", request, actor=promoter)
    assert (await stage.rolling_back.preview("shop", "Production", RollbackRequest(release=1), actor=promoter)).clusters


async def test_what_reads_what_is_put_back_and_keeps_its_image_is_named_and_restarted_where_that_is_asked_for(stage):
    for cluster in PRODUCTION:
        _write(stage, cluster, _settings({"mode": "wrong"}))
    request = RollbackRequest(release=2, with_configuration=True)
    plan = await stage.rolling_back.preview("shop", "Production", request, actor=ANN)
    told = [each for each in plan.all_problems if each.code == "reads-former-configuration"]
    assert [(each.cluster, each.resource) for each in told] == [(each, WEB.workload) for each in PRODUCTION]
    assert told[0].remedy is not None
    asked = RollbackRequest(release=2, with_configuration=True, **told[0].remedy.request)
    before = stage.object("prod-eu", "Deployment", "web")["metadata"]["generation"]
    ended = await stage.end_of(await _start(stage, asked))
    assert {each.outcome for each in ended.clusters} == {Outcome.SUCCEEDED}
    after = stage.object("prod-eu", "Deployment", "web")
    assert after["metadata"]["generation"] == before + 1
    assert after["status"]["updatedReplicas"] == 1
    assert _data(stage, "prod-eu") == {"mode": "slow", "later": "1"}
