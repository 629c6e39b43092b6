"""Hooks and checks of promotions on practice clusters: what they stop, what they let go on, and that they run once."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import yaml

from db.events import Events, NewEvent
from db.hook_runs import HookRuns
from db.transaction import Database
from domain.hook_runs import HookRun, RunState
from domain.resources import Manifest
from domain.stored.checks import Check, HttpCheck, JobCheck, Window
from domain.stored.hooks import Hook, HookMoment, JobScope, JobTemplate
from domain.stored.requests import PromotionRequest
from domain.stored.ring_runs import RingRun, RingRuns
from domain.stored.strategies import ByNames, Remaining, Ring, Strategy
from domain.words import EventType, FailurePolicy, OperationKind, Outcome
from sandbox.server import Sandbox
from services.engine.ring_hooks import RingHooks
from services.planning.health.values import HealthPolicy
from tests.support.actors import ANN
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, staged, workload
from tests.support.run_records import ProcessDied

_TO_PRODUCTION = PromotionRequest(source_environment="Staging", target_environment="Production")
_DEPLOY = Path(__file__).parents[3] / "deploy"
_USER = "system:serviceaccount:stagecoach:stagecoach"
_EU_FIRST = (Ring(selector=ByNames(names=("prod-eu",))), Ring(selector=Remaining()))


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=20) as sandbox:
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage:
        web = {tag: workload("web", {"web": image(f"web:{tag}")}) for tag in ("1", "2")}
        await stage.environment("Staging", {"staging-1": (web["2"],)})
        await stage.environment("Production", {"prod-eu": (web["1"],), "prod-us": (web["1"],)})
        yield stage


def _job(reference: str = "$(image:web)", *args: str) -> JobTemplate:
    container = {"name": "work", "image": reference, "args": list(args)}
    pods = {"restartPolicy": "Never", "containers": [container]}
    spec = {"backoffLimit": 0, "template": {"spec": pods}}
    return JobTemplate(manifest=Manifest({"apiVersion": "batch/v1", "kind": "Job", "spec": spec}), seconds=300)


def _hook(
    name: str = "migrate",
    when: HookMoment = HookMoment.BEFORE,
    scope: JobScope = JobScope.ENVIRONMENT,
    job: JobTemplate | None = None,
) -> Hook:
    return Hook(name=name, when=when, scope=scope, job=job or _job())


async def _promote(stage: PromotionStage, strategy: Strategy) -> Any:
    started = await stage.promoting.start(
        "shop", replace(_TO_PRODUCTION, strategy=strategy), actor=ANN, idempotency=None
    )
    return await stage.end_of(started.id)


async def _runs(stage: PromotionStage, operation_id: str) -> list[HookRun]:
    return list(await stage.operations.hook_runs(operation_id, actor=ANN))


def _tag(stage: PromotionStage, cluster: str) -> str:
    return stage.images(cluster, "web")["web"].partition("@")[0].rpartition(":")[2]


def _changed(stage: PromotionStage, cluster: str) -> list[str]:
    return [path for verb, path in stage.writes(cluster) if "/deployments/" in path and verb != "create"]


async def test_a_hook_before_the_change_that_fails_stops_it_before_anything_is_changed(stage: PromotionStage) -> None:
    ended = await _promote(
        stage, Strategy(rings=_EU_FIRST, hooks=(_hook(job=_job("registry.example/shop/migrate:broken", "step 1")),))
    )
    assert {each.cluster_name: each.outcome for each in ended.clusters} == {
        "prod-eu": Outcome.FAILED,
        "prod-us": Outcome.SKIPPED,
    }
    assert [_changed(stage, cluster) for cluster in ("prod-eu", "prod-us")] == [[], []]
    (run,) = await _runs(stage, ended.id)
    assert (run.key.cluster, run.state) == ("prod-eu", RunState.FAILED)
    assert run.end is not None
    assert run.end.log == "running registry.example/shop/migrate:broken\nstep 1\nfatal: it ends with exit code 1\n"
    assert "step 1 / fatal" in (ended.clusters[0].detail or "")


async def test_a_job_check_that_passes_lets_the_next_ring_begin_and_hooks_run_where_they_are_for(
    stage: PromotionStage,
) -> None:
    first = replace(_EU_FIRST[0], checks=(Check(name="smoke", asks=JobCheck(job=_job())),))
    hooks = (
        _hook(),
        _hook("warm", HookMoment.AFTER, JobScope.CLUSTER),
        _hook("tell", HookMoment.AFTER),
    )
    ended = await _promote(stage, Strategy(rings=(first, _EU_FIRST[1]), hooks=hooks))
    assert {each.outcome for each in ended.clusters} == {Outcome.SUCCEEDED}
    runs = await _runs(stage, ended.id)
    assert [(run.key.name, run.key.ring, run.key.cluster, run.state) for run in runs] == [
        ("migrate", 0, "prod-eu", RunState.PASSED),
        ("smoke", 0, "prod-eu", RunState.PASSED),
        ("warm", 0, "prod-eu", RunState.PASSED),
        ("warm", 1, "prod-us", RunState.PASSED),
        ("tell", 1, "prod-us", RunState.PASSED),
    ]
    # The template's placeholder has become the image that the promotion writes, digest included.
    assert all(
        run.end is not None and (run.end.log or "").startswith(f"running {image('web:2', pinned=True)}") for run in runs
    )
    events = await stage.events_of(ended.id)
    told = [(each.type, each.cluster) for each in events]
    assert told.index((EventType.HOOK_ENDED, "prod-eu")) < told.index((EventType.CLUSTER_STARTED, "prod-eu"))
    assert told.index((EventType.CHECK_ENDED, "prod-eu")) < told.index((EventType.CLUSTER_STARTED, "prod-us"))


async def test_a_check_that_fails_undoes_its_ring_and_the_next_does_not_begin(stage: PromotionStage) -> None:
    nobody = HttpCheck(url="http://127.0.0.1:1/ready", window=Window(seconds=1, every=1))
    first = replace(_EU_FIRST[0], checks=(Check(name="ready", asks=nobody),))
    ended = await _promote(stage, Strategy(rings=(first, _EU_FIRST[1]), failure=FailurePolicy.STOP))
    assert {each.cluster_name: each.outcome for each in ended.clusters} == {
        "prod-eu": Outcome.ROLLED_BACK,
        "prod-us": Outcome.SKIPPED,
    }
    assert [_tag(stage, cluster) for cluster in ("prod-eu", "prod-us")] == ["1", "1"]
    (run,) = await _runs(stage, ended.id)
    assert (run.key.cluster, run.state) == (None, RunState.FAILED)
    assert "The check 'ready' did not pass: Connecting to 127.0.0.1 failed" in (ended.clusters[0].detail or "")


async def test_a_process_that_dies_between_making_a_hooks_job_and_recording_it_leads_to_no_second_one(
    stage: PromotionStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object, **__: object) -> None:
        raise ProcessDied

    strategy = Strategy(hooks=(_hook(scope=JobScope.CLUSTER),))
    with monkeypatch.context() as dying:
        dying.setattr(HookRuns, "made", dies)
        started = await stage.promoting.start(
            "shop", replace(_TO_PRODUCTION, strategy=strategy), actor=ANN, idempotency=None
        )
        with pytest.raises(ProcessDied):
            await stage.engine.running[started.id]
    await stage.engine.start(started.id, attempt=1, waves=1)
    ended = await stage.end_of(started.id)
    assert {each.outcome for each in ended.clusters} == {Outcome.SUCCEEDED}
    for cluster in ("prod-eu", "prod-us"):
        made = [
            path for verb, path in stage.writes(cluster) if verb == "create" and path.split("?")[0].endswith("/jobs")
        ]
        assert len(made) == 1, cluster


@pytest.mark.parametrize(
    "lost", [EventType.CHECK_STARTED, EventType.CHECK_ENDED, EventType.SOAK_STARTED, EventType.SOAK_ENDED]
)
async def test_what_a_process_that_dies_could_not_tell_of_a_ring_is_told_once_by_the_next_one(
    stage: PromotionStage, monkeypatch: pytest.MonkeyPatch, lost: EventType
) -> None:
    append = Events.append

    async def dies(self: Events, operation_id: str, events: Sequence[NewEvent]) -> int:
        if any(each.type is lost for each in events):
            raise ProcessDied
        return await append(self, operation_id, events)

    check = Check(name="smoke", asks=JobCheck(job=_job()))
    strategy = Strategy(rings=(Ring(selector=Remaining(), soak_seconds=1, checks=(check,)),))
    with monkeypatch.context() as dying:
        dying.setattr(Events, "append", dies)
        started = await stage.promoting.start(
            "shop", replace(_TO_PRODUCTION, strategy=strategy), actor=ANN, idempotency=None
        )
        with pytest.raises(ProcessDied):
            await stage.engine.running[started.id]
    await stage.engine.start(started.id, attempt=1, waves=1)
    ended = await stage.end_of(started.id)
    assert {each.outcome for each in ended.clusters} == {Outcome.SUCCEEDED}
    assert [each.type for each in await stage.events_of(ended.id)].count(lost) == 1


async def test_a_restart_which_brings_no_image_runs_no_jobs() -> None:
    first = replace(_EU_FIRST[0], checks=(Check(name="smoke", asks=JobCheck(job=_job())),))
    runs = RingRuns(rings=(RingRun(ring=first),), hooks=(_hook(), _hook("tell", HookMoment.AFTER)))
    ring = SimpleNamespace(
        operation=SimpleNamespace(kind=OperationKind.RESTART), runs=runs, wave=0, clusters=("prod-eu",), first=True
    )
    nothing = cast("Any", None)  # neither a database nor a cluster is asked
    hooks = RingHooks(database=nothing, door=nothing, policy=HealthPolicy())
    assert await hooks.before(cast("Any", ring)) is None
    assert await hooks.after(cast("Any", ring)) is None


async def test_a_retry_runs_a_hook_anew_that_failed_and_not_one_that_passed(stage: PromotionStage) -> None:
    hooks = (_hook("good"), _hook("bad", job=_job("registry.example/shop/migrate:broken")))
    ended = await _promote(stage, Strategy(hooks=hooks))
    await stage.operations.retry(ended.id, actor=ANN)
    again = await stage.end_of(ended.id)
    assert Outcome.SUCCEEDED not in {each.outcome for each in again.clusters}
    runs = [(run.key.name, run.key.number, run.state) for run in await _runs(stage, ended.id)]
    assert runs == [("good", 0, RunState.PASSED), ("bad", 0, RunState.FAILED), ("bad", 1, RunState.FAILED)]


async def test_rights_that_hooks_lack_are_found_before_anything_is_changed_and_their_manifest_mends_it(
    stage: PromotionStage,
) -> None:
    stage.sandbox.access("prod-eu").add_user(_USER)
    async with stage.database.begin() as tx:
        credential = stage.sandbox.kubeconfig("prod-eu", user=_USER)
        await tx.clusters.replace_credential(stage.cluster_ids["prod-eu"], credential=credential, server=None)
    request = replace(_TO_PRODUCTION, strategy=Strategy(hooks=(_hook(),)))

    async def found(asked: PromotionRequest) -> list[tuple[str, str | None]]:
        plan = await stage.promoting.preview("shop", asked, actor=ANN)
        problems = [*plan.problems, *(each for one in plan.clusters for each in one.problems)]
        return [(each.code, each.cluster) for each in problems if each.code.startswith("hook-")]

    _grant(stage, "rbac.yaml")
    assert await found(request) == [("hook-log-rights", "prod-eu")]
    async with stage.database.begin() as tx:
        production = await tx.environments.find("Production")
        assert production is not None
        await tx.environments.change(production.id, strategy=request.strategy)
    fallback = replace(request, strategy=Strategy(fallback=True))
    assert await found(fallback) == [("hook-log-rights", "prod-eu")]
    _grant(stage, "rbac-hooks.yaml")
    assert await found(request) == []


def _grant(stage: PromotionStage, manifests: str) -> None:
    for document in yaml.safe_load_all((_DEPLOY / manifests).read_text()):
        if document["kind"] == "RoleBinding":
            document["metadata"]["namespace"] = stage.namespace
        if document["kind"] in {"RoleBinding", "ClusterRole"}:
            stage.sandbox.cluster("prod-eu").create(document)
