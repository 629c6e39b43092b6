"""Promotions from end to end on practice clusters: preview, start, rollout, release."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from db.transaction import Database
from domain.images import ContainerRef
from domain.resources import ResourceId
from domain.stored.requests import PromotionRequest
from domain.stored.strategies import Strategy
from domain.words import DeployMode, OnFailure, OperationState, Outcome, Pin
from sandbox.faults import Failure
from sandbox.server import Sandbox
from services.changes.errors import PlanBlockedError, PlanOutdatedError, SkewError
from services.changes.new_operations import IdempotencyKey
from services.errors import (
    DeployModeAutoError,
    InvalidRequestError,
    NotConfiguredError,
    NotFoundError,
    OperationUnderwayError,
)
from services.people.gates import GateClosedError
from services.people.holding import Stopping
from services.planning.images.promotion_plan import PromotionPlan
from services.reading.permissions import Permissions
from tests.support.actors import ANN
from tests.support.fake_workers import AbsentEngine
from tests.support.findings import shows
from tests.support.promotion_stage import CLUSTERS, LIMITS, PromotionStage, digest, image, staged, workload

TO_PRODUCTION = PromotionRequest(source_environment="Staging", target_environment="Production")
WEB = ResourceId.of("apps/v1", "Deployment", "web")
THE_WEB = replace(TO_PRODUCTION, containers=(ContainerRef(workload=WEB, container="web"),))


def web(tag: str, *, proxy: str = "1", **spec):
    images = {"web": image(f"web:{tag}"), "proxy": image(f"proxy:{proxy}")}
    return workload("web", images, **spec)


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=20) as sandbox:
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage:
        yield stage


async def two_environments(stage: PromotionStage, *, new="2", old="1", **target) -> None:
    """Staging runs `new`; Production runs `old` on two clusters."""
    await stage.environment("Staging", {"staging-1": (web(new),)})
    await stage.environment("Production", {"prod-eu": (web(old),), "prod-us": (web(old),)}, **target)


async def promote(stage: PromotionStage, request: PromotionRequest = TO_PRODUCTION, *, key: str | None = None):
    idempotency = IdempotencyKey(key=key, fingerprint="same") if key else None
    started = await stage.promoting.start("shop", request, actor=ANN, idempotency=idempotency)
    return await stage.end_of(started.id)


def outcomes(ended) -> dict[str, Outcome | None]:
    return {each.cluster_name: each.outcome for each in ended.clusters}


async def test_a_promotion_brings_what_ran_to_all_clusters_and_leaves_a_release(stage):
    await two_environments(stage)
    ended = await promote(stage)
    assert ended.state is OperationState.SUCCEEDED
    assert outcomes(ended) == {"prod-eu": Outcome.SUCCEEDED, "prod-us": Outcome.SUCCEEDED}
    for cluster in ("prod-eu", "prod-us"):
        assert stage.images(cluster, "web") == {"web": image("web:2", pinned=True), "proxy": image("proxy:1")}
    [release] = await stage.releases_of("Production")
    assert [(each.container, each.image.tag, each.image.digest) for each in release.images] == [
        ("web", "2", digest("web:2")),
        ("proxy", "1", digest("proxy:1")),
    ]


async def test_nothing_but_images_is_written_and_only_once(stage):
    await two_environments(stage)
    await promote(stage)
    for cluster in ("prod-eu", "prod-us"):
        [(verb, path)] = stage.writes(cluster)
        assert (verb, path.partition("?")[0].rpartition("/")[2]) == ("patch", "web")
    assert stage.writes("staging-1") == []


async def test_the_timeline_has_images_and_rollouts_by_cluster(stage):
    await two_environments(stage, new="slow-2")
    ended = await promote(stage)
    events = await stage.events_of(ended.id)
    for cluster in ("prod-eu", "prod-us"):
        of_cluster = [each for each in events if each.cluster == cluster]
        [changed] = [each for each in of_cluster if each.type == "images.changed"]
        assert changed.data["containers"] == [
            {"container": "web", "before": image("web:1"), "after": image("web:slow-2", pinned=True)}
        ]
        progress = [each.data["state"] for each in of_cluster if each.type == "rollout.progressed"]
        assert progress[-1] == "ready"
        assert "progressing" in progress


async def test_a_preview_is_the_plan_that_is_executed(stage):
    await two_environments(stage)
    plan = await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    assert not plan.blocked
    assert plan.all_problems == ()
    assert stage.writes("prod-eu") == []
    ended = await promote(stage, PromotionRequest(**{**vars(TO_PRODUCTION), "plan_digest": plan.digest}))
    assert ended.plan_digest == plan.digest


async def test_a_plan_that_has_become_outdated_is_refused_with_the_new_one(stage):
    await two_environments(stage)
    plan = await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    stage.set_image("staging-1", "web", "web", image("web:3"))
    await stage.until_rolled_out("staging-1", "Deployment", "web")
    with pytest.raises(PlanOutdatedError) as refusal:
        await promote(stage, PromotionRequest(**{**vars(TO_PRODUCTION), "plan_digest": plan.digest}))
    assert isinstance(refusal.value.plan, PromotionPlan)
    assert refusal.value.plan.clusters[0].changes[0].after.tag == "3"
    assert stage.writes("prod-eu") == []


async def test_promoting_again_changes_nothing_and_ends_unchanged(stage):
    await two_environments(stage)
    await promote(stage)
    plan = await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    assert plan.nothing_to_do
    ended = await promote(stage)
    assert ended.state is OperationState.SUCCEEDED
    assert set(outcomes(ended).values()) == {Outcome.UNCHANGED}


async def test_every_kind_of_workload_and_init_containers_are_promoted(stage):
    def all_of(tag: str):
        images = {"init-it": image(f"init:{tag}"), "main": image(f"main:{tag}")}
        return tuple(
            workload(kind.lower(), images, kind=kind) for kind in ("Deployment", "StatefulSet", "DaemonSet", "CronJob")
        )

    await stage.environment("Staging", {"staging-1": all_of("2")})
    await stage.environment("Production", {"prod-eu": all_of("1")})
    ended = await promote(stage)
    assert ended.state is OperationState.SUCCEEDED
    pinned = {"init-it": image("init:2", pinned=True), "main": image("main:2", pinned=True)}
    assert stage.images("prod-eu", "deployment") == pinned
    assert stage.images("prod-eu", "statefulset", "StatefulSet") == pinned
    assert stage.images("prod-eu", "daemonset", "DaemonSet") == pinned
    # No job of the CronJob has run, so the digests of its tags are unknown.
    assert stage.images("prod-eu", "cronjob", "CronJob") == {"init-it": image("init:2"), "main": image("main:2")}


async def test_tags_are_promoted_where_the_environment_pins_to_tags(stage):
    await two_environments(stage, pin=Pin.TAG)
    await promote(stage)
    assert stage.images("prod-eu", "web")["web"] == image("web:2")


async def test_only_the_requested_containers_change(stage):
    await stage.environment("Staging", {"staging-1": (web("2", proxy="2"),)})
    await stage.environment("Production", {"prod-eu": (web("1", proxy="1"),)})
    only_proxy = (ContainerRef(workload=WEB, container="proxy"),)
    await promote(stage, PromotionRequest(**{**vars(TO_PRODUCTION), "containers": only_proxy}))
    assert stage.images("prod-eu", "web") == {"web": image("web:1"), "proxy": image("proxy:2", pinned=True)}


async def test_an_image_that_crashes_fails_with_the_reason_of_its_pod(stage):
    await two_environments(stage, new="2")
    stage.set_image("staging-1", "web", "web", image("web:broken"))
    ended = await promote(stage, THE_WEB)  # named: what fails at the source is promoted on demand alone
    assert ended.state is OperationState.FAILED
    for each in ended.clusters:
        assert (each.outcome, each.code, each.resource) == (Outcome.FAILED, "rollout-failed", WEB)
        assert each.detail is not None
        assert "container web: CrashLoopBackOff" in each.detail
    assert stage.images("prod-eu", "web")["web"].startswith(image("web:broken"))
    assert await stage.releases_of("Production") == ()


async def test_an_operation_that_brings_an_older_image_is_recorded_as_a_downgrade(stage):
    await two_environments(stage, new="1.4.0", old="1.5.0")
    ended = await promote(stage)
    assert (ended.state, ended.downgrade) == (OperationState.SUCCEEDED, True)
    listed = await stage.operations.list(Permissions.listing(ANN), after=None, limit=1)
    assert [each.downgrade for each in listed.items] == [True]
    stage.set_image("staging-1", "web", "web", image("web:1.6.0"))
    await stage.until_rolled_out("staging-1", "Deployment", "web")
    assert not (await promote(stage)).downgrade


async def test_a_failed_promotion_is_undone_where_that_is_the_policy(stage):
    await two_environments(stage)
    stage.set_image("staging-1", "web", "web", image("web:broken"))
    back = Strategy(on_failure=OnFailure.ROLL_BACK)
    ended = await promote(stage, replace(THE_WEB, strategy=back))
    assert outcomes(ended) == {"prod-eu": Outcome.ROLLED_BACK, "prod-us": Outcome.ROLLED_BACK}
    assert stage.images("prod-eu", "web")["web"] == image("web:1")


@pytest.fixture
async def impatient_stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    """For a rollout that does not end: each is waited for for a few seconds."""
    async with staged(database, database_url, sandbox, limits=replace(LIMITS, watch_cap=5.0)) as stage:
        yield stage


async def test_the_undo_of_a_stuck_stateful_set_names_the_pod_to_delete(impatient_stage):
    stage = impatient_stage

    def database(tag: str):
        return (workload("db", {"db": image(f"db:{tag}")}, kind="StatefulSet", replicas=2),)

    await stage.environment("Staging", {"staging-1": database("2")})
    await stage.environment("Production", {"prod-eu": database("1")})
    stage.set_image("staging-1", "db", "db", image("db:broken"), kind="StatefulSet")
    back = Strategy(on_failure=OnFailure.ROLL_BACK)
    db = ContainerRef(workload=ResourceId.of("apps/v1", "StatefulSet", "db"), container="db")
    ended = await promote(stage, replace(TO_PRODUCTION, containers=(db,), strategy=back))
    [cluster] = ended.clusters
    assert cluster.outcome is Outcome.ROLLED_BACK
    assert stage.images("prod-eu", "db", "StatefulSet")["db"] == image("db:1")
    assert "Pod db-1" in (cluster.detail or "")
    assert "delete the pod by hand" in (cluster.detail or "")


async def test_a_second_wave_waits_for_the_first_to_succeed(stage):
    await two_environments(stage)
    stage.set_image("staging-1", "web", "web", image("web:broken"))
    one_by_one = Strategy(waves=(("prod-us",), ("prod-eu",)))
    ended = await promote(stage, replace(THE_WEB, strategy=one_by_one))
    assert outcomes(ended) == {"prod-eu": Outcome.SKIPPED, "prod-us": Outcome.FAILED}
    assert stage.writes("prod-eu") == []


async def test_a_cluster_that_is_down_is_a_problem_and_the_others_are_promoted(stage):
    await two_environments(stage)
    stage.sandbox.cut_off("prod-us")
    plan = await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    assert [(each.cluster, each.code) for each in plan.all_problems] == [("prod-us", "cluster-unreachable")]
    assert not plan.blocked
    ended = await promote(stage)
    assert outcomes(ended) == {"prod-eu": Outcome.SUCCEEDED, "prod-us": Outcome.UNREACHABLE}
    assert stage.images("prod-eu", "web")["web"] == image("web:2", pinned=True)


async def test_a_cluster_that_hangs_leaves_time_to_plan_for_the_others(stage):
    await two_environments(stage, old="2")  # the digests that run have to be read, after the templates
    stage.sandbox.faults("prod-us").latency_ms = 60_000.0
    stage.sandbox.faults("prod-eu").latency_ms = 200.0  # more than the crumbs of the time for a plan
    plan = await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    assert {one.cluster: one.read for one in plan.clusters} == {"prod-eu": True, "prod-us": False}


async def test_a_cluster_that_comes_back_is_planned_by_the_retry(stage):
    await two_environments(stage)
    stage.sandbox.cut_off("prod-us")
    ended = await promote(stage)
    stage.sandbox.faults("prod-us").unreachable = False
    stage.pool.answers(stage.cluster_ids["prod-us"])  # as a probe does: the breaker need not wait
    await stage.operations.retry(ended.id, actor=ANN)
    retried = await stage.end_of(ended.id)
    assert outcomes(retried) == {"prod-eu": Outcome.SUCCEEDED, "prod-us": Outcome.SUCCEEDED}
    assert stage.images("prod-us", "web")["web"] == image("web:2", pinned=True)
    assert len(stage.writes("prod-eu")) == 1


async def test_a_preview_has_what_a_cluster_refuses_in_a_dry_run(stage):
    await two_environments(stage)
    stage.sandbox.faults("prod-us").failures = [Failure(status=403, methods=("PATCH",))]
    plan = await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    [problem] = plan.all_problems
    assert (problem.cluster, problem.resource, problem.code) == ("prod-us", WEB, "cluster-access-denied")


async def test_a_write_that_is_refused_fails_its_cluster_alone(stage):
    await two_environments(stage)
    stage.sandbox.faults("prod-us").failures = [Failure(status=403, methods=("PATCH",))]
    ended = await promote(stage)
    assert outcomes(ended) == {"prod-eu": Outcome.SUCCEEDED, "prod-us": Outcome.FAILED}


async def test_source_clusters_that_differ_are_refused_until_one_is_named(stage):
    await stage.environment("Staging", {"staging-1": (web("2"),), "staging-2": (web("3"),)})
    await stage.environment("Production", {"prod-eu": (web("1"),)})
    with pytest.raises(SkewError) as refusal:
        await promote(stage)
    assert [each.cluster for each in refusal.value.skew[0].images] == ["staging-1", "staging-2"]
    await promote(stage, PromotionRequest(**{**vars(TO_PRODUCTION), "source_cluster": "STAGING-2"}))
    assert stage.images("prod-eu", "web")["web"] == image("web:3", pinned=True)


async def test_a_target_that_deploys_by_itself_is_refused(stage):
    await two_environments(stage, deploy_mode=DeployMode.AUTO)
    for call in (
        stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN),
        stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None),
    ):
        with pytest.raises(DeployModeAutoError):
            await call


async def test_a_target_that_is_not_configured_is_refused(stage):
    await stage.environment("Staging", {"staging-1": (web("2"),)})
    await stage.environment("Production", {"prod-eu": ()}, configured=False)
    with pytest.raises(NotConfiguredError):
        await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)


@shows("nothing-matches")
async def test_nothing_that_matches_is_refused_with_all_problems(stage):
    await stage.environment("Staging", {"staging-1": (workload("other", {"other": image("other:1")}),)})
    await stage.environment("Production", {"prod-eu": (web("1"),)})
    with pytest.raises(PlanBlockedError) as refusal:
        await promote(stage)
    assert "nothing-matches" in [problem.code for problem in refusal.value.problems]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"target_environment": "Staging"}, InvalidRequestError),
        ({"source_environment": "Nowhere"}, NotFoundError),
        ({"target_environment": "Nowhere"}, NotFoundError),
        ({"source_cluster": "prod-eu"}, InvalidRequestError),
        ({"strategy": Strategy(waves=(("prod-eu",),))}, InvalidRequestError),
        ({"strategy": Strategy(waves=(("prod-eu", "prod-us"), ("prod-eu",)))}, InvalidRequestError),
        ({"strategy": Strategy(waves=(("prod-eu", "prod-us", "dev-1"),))}, InvalidRequestError),
    ],
    ids=["into itself", "no source", "no target", "no such cluster", "left out", "named twice", "a stranger"],
)
async def test_a_request_that_does_not_fit_its_environments_is_refused(stage, changes, error):
    await two_environments(stage)
    with pytest.raises(error):
        await stage.promoting.start(
            "shop", PromotionRequest(**{**vars(TO_PRODUCTION), **changes}), actor=ANN, idempotency=None
        )


async def test_a_stop_of_one_cluster_is_in_the_way_of_what_writes_there_alone(stage):
    await two_environments(stage)
    stage.set_image("prod-us", "web", "web", image("web:2", pinned=True))
    await stage.until_rolled_out("prod-us", "Deployment", "web")
    stopping = Stopping(stage.database, Permissions(stage.database))
    stops = {
        cluster: await stopping.add(environment=None, cluster=cluster, reason="Look first.", actor=ANN)
        for cluster in ("prod-eu", "prod-us")
    }
    refused = await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    assert [each.id for each in refused.gates] == [stops["prod-eu"].stop.id]
    with pytest.raises(GateClosedError):
        await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)
    await stopping.lift(stops["prod-eu"].stop.id, actor=ANN)
    assert (await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)).gates == ()
    started = await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)
    ended = await stage.end_of(started.id)
    assert {each.cluster_name: each.outcome for each in ended.clusters} == {
        "prod-eu": Outcome.SUCCEEDED,
        "prod-us": Outcome.UNCHANGED,
    }


async def test_a_second_operation_is_refused_with_the_first_ones_id(stage):
    await two_environments(stage, new="slow-2")
    first = await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)
    with pytest.raises(OperationUnderwayError) as refusal:
        await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)
    assert refusal.value.operation == first.id


async def test_a_repeated_request_returns_the_operation_of_the_first(stage):
    await two_environments(stage)
    first = await promote(stage, key="once")
    again = await promote(stage, key="once")
    assert again.id == first.id
    assert len(stage.writes("prod-eu")) == 1


@pytest.mark.parametrize("waves", [None, (("prod-us",), ("prod-eu",))], ids=["at once", "in waves"])
async def test_a_started_operation_is_returned_as_its_rows_hold_it(stage, monkeypatch, waves):
    await two_environments(stage)
    monkeypatch.setattr(stage.operations, "_engine", AbsentEngine())
    request = replace(TO_PRODUCTION, strategy=Strategy(waves=waves))
    answered = await stage.promoting.start("shop", request, actor=ANN, idempotency=None)
    async with stage.database.read() as tx:
        assert answered == await tx.operations.get(answered.id)


async def test_an_image_that_another_writer_sets_between_plan_and_patch_is_not_overwritten(stage):
    await two_environments(stage)
    stage.sandbox.faults("prod-eu").failures = [Failure(status=503, methods=("PATCH",), count=1)]
    started = await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)
    stage.set_image("prod-eu", "web", "web", image("web:hotfix"))
    ended = await stage.end_of(started.id)
    assert outcomes(ended) == {"prod-eu": Outcome.FAILED, "prod-us": Outcome.SUCCEEDED}
    assert ended.clusters[0].code == "changed-meanwhile"
    assert stage.images("prod-eu", "web")["web"] == image("web:hotfix")


async def test_a_preview_names_the_gates_in_the_way_and_its_digest_stays_the_same(stage):
    await two_environments(stage)
    free = await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    stopping = Stopping(stage.database, Permissions(stage.database))
    await stopping.add(environment="Production", cluster=None, reason="Restore.", actor=ANN)
    held = await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    assert free.gates == ()
    assert [(each.kind.value, each.reason) for each in held.gates] == [("stop", "Restore.")]
    assert (held.digest, held.blocked) == (free.digest, False)
    with pytest.raises(GateClosedError) as refused:
        await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)
    assert refused.value.gates == held.gates
