"""Findings of pre-flight on practice clusters: each appears where its condition is, and its remedy works."""

import base64
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from db.transaction import Database
from domain.images import ContainerImage, Image
from domain.resources import Manifest, ResourceId
from domain.secret_text import SecretText
from domain.stored.brought import BroughtKeys
from domain.stored.hooks import Hook, HookMoment, JobScope, JobTemplate
from domain.stored.requests import DeployRequest, PromotionRequest, RollbackRequest
from domain.stored.strategies import Strategy
from domain.words import OperationState, Role
from sandbox.faults import Failure
from sandbox.server import Sandbox
from services.changes.deploying import Deploying
from services.changes.errors import PlanBlockedError
from services.errors import ForbiddenError
from services.limits import Limits
from tests.support.actors import ANN, actor_with
from tests.support.findings import shows
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, staged, workload

TO_PRODUCTION = PromotionRequest(source_environment="Staging", target_environment="Production")
WEB = ResourceId.of("apps/v1", "Deployment", "web")


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=20) as sandbox:
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage:
        yield stage


def web(tag: str):
    """It reads all of ConfigMap settings, and one key of Secret login."""
    body = workload("web", {"web": image(f"web:{tag}")})
    [container] = body["spec"]["template"]["spec"]["containers"]
    container["envFrom"] = [{"configMapRef": {"name": "settings"}}]
    container["env"] = [{"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "login", "key": "token"}}}]
    return body


def settings(**data: str):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": data}


def login(**data: str):
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "login"}, "data": encoded}


def data_of(stage: PromotionStage, cluster: str, plural: str, name: str):
    found = stage.sandbox.cluster(cluster).get(plural, name, stage.namespace)
    return dict(found["data"]) if found is not None else None


async def two_environments(stage: PromotionStage) -> None:
    """Production's pods run; its Secret has lost a key since they started, and one that Staging has was never there."""
    full = (settings(mode="fast", beta="on"), login(token="t-staging"))
    await stage.environment("Staging", {"staging-1": (*full, web("2"))})
    await stage.environment("Production", {"prod-eu": (settings(mode="slow"), login(token="t"), web("1"))})
    stage.sandbox.cluster("prod-eu").update(
        {**login(other="x"), "metadata": {"name": "login", "namespace": stage.namespace}}, manager="kubectl"
    )


@shows("missing-reference", "configuration-gap")
async def test_what_new_pods_would_miss_is_found_and_brought_before_the_image(stage):
    await two_environments(stage)
    plan = await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    assert [(each.code, each.severity) for each in plan.all_problems] == [
        ("missing-reference", "blocks"),
        ("configuration-gap", "warns"),
    ]
    with pytest.raises(PlanBlockedError):
        await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)

    # As a client does that adds what the remedies say to its request.
    asked = [one for each in plan.all_problems for one in each.remedy.request["bring"]]
    bring = tuple(BroughtKeys(kind=one["kind"], name=one["name"], keys=tuple(one["keys"])) for one in asked)
    request = replace(TO_PRODUCTION, bring=bring)
    plan = await stage.promoting.preview("shop", request, actor=ANN)
    assert plan.all_problems == ()
    assert plan.bring is not None
    [cluster] = plan.bring.clusters
    changed = [(each.resource.label, change.path) for each in cluster.resources for change in each.changes]
    assert ("ConfigMap settings", "data.beta") in changed

    started = await stage.promoting.start(
        "shop", replace(request, plan_digest=plan.digest), actor=ANN, idempotency=None
    )
    ended = await stage.end_of(started.id)
    assert ended.state is OperationState.SUCCEEDED
    assert data_of(stage, "prod-eu", "configmaps", "settings") == {"mode": "slow", "beta": "on"}
    assert set(data_of(stage, "prod-eu", "secrets", "login")) == {"other", "token"}
    assert [path.partition("?")[0].rpartition("/")[2] for _, path in stage.writes("prod-eu")][-1] == "web"
    assert len(stage.writes("prod-eu")) == 3
    async with stage.database.read() as tx:
        written = await tx.written.of(ended.app_environment_id, "prod-eu")
    assert {each.label for each in written} == {"ConfigMap settings", "Secret login"}
    assert "t-staging" not in str(ended.spec)

    again = await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    assert again.all_problems == ()


@shows("reads-former-configuration")
async def test_a_workload_that_reads_what_is_brought_and_gets_no_other_image_is_named(stage):
    worker = workload("worker", {"worker": image("worker:1")})
    [container] = worker["spec"]["template"]["spec"]["containers"]
    container["envFrom"] = [{"configMapRef": {"name": "settings"}}]
    await stage.environment("Staging", {"staging-1": (settings(mode="fast", beta="on"), login(token="t"), web("2"))})
    there = (settings(mode="slow"), login(token="t"), web("1"), worker)
    await stage.environment("Production", {"prod-eu": there})

    async def told(*bring: BroughtKeys) -> list[str]:
        plan = await stage.promoting.preview("shop", replace(TO_PRODUCTION, bring=bring), actor=ANN)
        assert not plan.blocked
        return [each.resource.label for each in plan.all_problems if each.code == "reads-former-configuration"]

    assert await told(BroughtKeys(kind="ConfigMap", name="settings", keys=("beta",))) == ["Deployment worker"]
    assert await told(BroughtKeys(kind="Secret", name="login", keys=("token",))) == []
    assert await told() == []


@shows("not-taken-back")
async def test_a_hook_before_the_change_finds_the_keys_that_are_brought_and_a_roll_back_says_that_they_stay(stage):
    await two_environments(stage)
    variable = {"name": "BETA", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "beta"}}}
    container = {"name": "work", "image": "$(image:web)", "env": [variable]}
    pods = {"restartPolicy": "Never", "containers": [container]}
    manifest = Manifest({"apiVersion": "batch/v1", "kind": "Job", "spec": {"template": {"spec": pods}}})
    migrate = Hook(
        name="migrate",
        when=HookMoment.BEFORE,
        scope=JobScope.ENVIRONMENT,
        job=JobTemplate(manifest=manifest, seconds=60),
    )
    bring = (
        BroughtKeys(kind="ConfigMap", name="settings", keys=("beta",)),
        BroughtKeys(kind="Secret", name="login", keys=("token",)),
    )
    request = replace(TO_PRODUCTION, bring=bring, strategy=Strategy(hooks=(migrate,)))
    started = await stage.promoting.start("shop", request, actor=ANN, idempotency=None)
    ended = await stage.end_of(started.id)
    assert ended.state is OperationState.SUCCEEDED
    written = [path.partition("?")[0].rpartition("/")[2] for _, path in stage.writes("prod-eu")]
    assert (sorted(written[:2]), written[2:]) == (["login", "settings"], ["jobs", "web"])

    back = await stage.rolling_back.preview("shop", "Production", RollbackRequest(operation=ended.id), actor=ANN)
    [stays] = back.all_problems
    assert (stays.code, stays.severity) == ("not-taken-back", "tells")
    assert stays.detail == (
        "The operation left more than images, and that stays: beta, brought to ConfigMap settings; token, brought to "
        "Secret login; what its hook migrate has done."
    )


async def test_where_a_key_cannot_be_written_no_image_changes_and_a_retry_goes_on(stage):
    await two_environments(stage)
    bring = (
        BroughtKeys(kind="ConfigMap", name="settings", keys=("beta",)),
        BroughtKeys(kind="Secret", name="login", keys=("token",)),
    )
    # Dry runs pass, as where admission changes its mind between the plan and the write.
    refusal = Failure(status=403, methods=("PATCH",), path=r"configmaps/settings(?!.*dryRun)")
    stage.sandbox.faults("prod-eu").failures = [refusal]
    started = await stage.promoting.start("shop", replace(TO_PRODUCTION, bring=bring), actor=ANN, idempotency=None)
    failed = await stage.end_of(started.id)
    assert failed.state is OperationState.FAILED
    assert stage.images("prod-eu", "web") == {"web": image("web:1")}
    stage.sandbox.faults("prod-eu").failures = []
    await stage.operations.retry(started.id, actor=ANN)
    ended = await stage.end_of(started.id)
    assert ended.state is OperationState.SUCCEEDED
    assert data_of(stage, "prod-eu", "configmaps", "settings") == {"mode": "slow", "beta": "on"}
    assert stage.images("prod-eu", "web") == {"web": image("web:2", pinned=True)}


async def test_who_may_promote_and_not_maintain_brings_no_keys(stage):
    await two_environments(stage)
    promoter = actor_with(Role.PROMOTER, name="pat")
    bring = (BroughtKeys(kind="ConfigMap", name="settings", keys=("beta",)),)
    plan = await stage.promoting.preview("shop", TO_PRODUCTION, actor=promoter)
    assert plan.bring is None
    with pytest.raises(ForbiddenError):
        await stage.promoting.preview("shop", replace(TO_PRODUCTION, bring=bring), actor=promoter)


async def test_without_a_gap_nothing_is_said(stage):
    full = (settings(mode="fast"), login(token="t"))
    await stage.environment("Staging", {"staging-1": (*full, web("2"))})
    await stage.environment("Production", {"prod-eu": (*full, web("1"))})
    assert (await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)).all_problems == ()


async def test_a_deploy_brings_values_that_are_typed_in_and_stores_them_apart(stage):
    await two_environments(stage)
    deploying = Deploying(stage.database, stage.pool, stage.operations, Limits(plan=25.0, overview=15.0))
    request = DeployRequest(
        images=(ContainerImage(workload=WEB, container="web", image=Image.of(image("web:3"))),),
        bring=(
            BroughtKeys(
                kind="Secret", name="login", keys=("token",), typed=("token",), values={"token": SecretText("typed-1")}
            ),
        ),
    )
    started = await deploying.start("shop", "Production", request, actor=ANN, idempotency=None)
    assert started.secret_names == ("login/token",)
    assert "typed-1" not in str(started)
    ended = await stage.end_of(started.id)
    assert ended.state is OperationState.SUCCEEDED
    token = data_of(stage, "prod-eu", "secrets", "login")["token"]
    assert base64.b64decode(token).decode() == "typed-1"
    assert "typed-1" not in str(ended.spec.request.to_json())
