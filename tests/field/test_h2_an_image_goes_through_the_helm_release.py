"""The image delivery `helm`: the release's values bring the image, and Helm goes on as if a person had upgraded it."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from db.records.operations import OperationDetailRecord
from db.transaction import Database
from domain.images import ContainerRef, ImageChange
from domain.problems import Problem
from domain.resources import ResourceId
from domain.stored.image_deliveries import ImageDeliveries, SetImageDeliveries
from domain.stored.requests import PromotionRequest, RollbackRequest
from domain.stored.strategies import Strategy
from domain.words import EventType, ImageDelivery, OnFailure, Outcome, Pin
from sandbox.server import Sandbox
from services.changes.errors import PlanBlockedError, PlanOutdatedError
from services.execution.handing_over import OwnerChangedError, OwnerWork
from services.execution.helm_upgrades import HelmDeliverer
from services.helm.program import HelmProgram
from services.helm.releases import HelmReleases
from services.kube.deadline import Deadline
from services.planning.images.hand_overs import OwnerChanges
from services.reading.credentials import credential_of
from services.reading.hand_overs.planning import WorkloadPlace
from tests.support.actors import ANN
from tests.support.findings import shows
from tests.support.helm import FOLDER, Helm, HelmError, write_chart
from tests.support.limited_user import LIMITED, granted
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, staged, workload

TO_PRODUCTION = PromotionRequest(source_environment="Staging", target_environment="Production")


def deployment(name: str, reference: str) -> str:
    return f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, annotations: {{example.com/mode: {{{{ .Values.mode | quote }}}}}}}}
spec:
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - {{name: {name}, image: "{reference}"}}
"""


WEB = deployment("web", "{{ .Values.image.repository }}:{{ .Values.image.tag }}")
WEB_ID = ResourceId.of("apps/v1", "Deployment", "web")
VALUES: dict[str, object] = {
    "image": {"repository": "registry.example/shop/web", "tag": 1},
    "mode": "plain",
    "password": "a-word-that-nobody-says",
}


@dataclass
class Release:
    """The release `shop` in Production, which the delivery `helm` upgrades; Staging runs `web:2`."""

    stage: PromotionStage
    helm: Helm
    chart: str

    @property
    def image(self) -> str:
        return self.stage.images("prod-eu", "web")["web"]

    async def values(self) -> dict[str, object]:
        return dict(json.loads(await self.helm("get", "values", "shop", "--output", "json")) or {})

    async def revisions(self) -> list[tuple[int, str]]:
        history = json.loads(await self.helm("history", "shop", "--output", "json"))
        return [(each["revision"], each["status"]) for each in history]

    async def promote(self, request: PromotionRequest = TO_PRODUCTION) -> OperationDetailRecord:
        started = await self.stage.promoting.start("shop", request, actor=ANN, idempotency=None)
        return await self.stage.end_of(started.id)

    async def planned(self) -> tuple[ImageChange, tuple[Problem, ...]]:
        """The change of `web` in a preview, and what the plan says."""
        plan = await self.stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
        (change,) = [each for each in plan.clusters[0].changes if each.workload.name == "web"]
        return change, plan.all_problems

    async def refusal(self) -> Problem:
        """What blocks a promotion, of which nothing is written then."""
        before = await self.revisions()
        with pytest.raises(PlanBlockedError) as refused:
            await self.promote()
        (problem,) = [each for each in refused.value.problems if each.blocks]
        assert await self.revisions() == before
        return problem


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=50) as sandbox:
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage:
        yield stage


async def installed(
    stage: PromotionStage,
    home: Path,
    *templates: str,
    major: int = 4,
    flags: tuple[str, ...] = (),
    values: dict[str, object] = VALUES,
    names: tuple[str, ...] = ("web",),
    pin: Pin = Pin.DIGEST,
    metadata: str | None = None,
) -> Release:
    chart = write_chart(home / "chart", *(templates or (WEB,)), values=values)
    if metadata is not None:
        (home / "chart" / "Chart.yaml").write_text(metadata)
    helm = Helm.on(stage.sandbox.kubeconfig("prod-eu"), major=major, namespace=stage.namespace, home=home)
    record = await stage.environment("Production", {"prod-eu": ()}, configured=False, pin=pin)
    await helm("install", "shop", chart, *flags)
    await stage.environment(
        "Staging", {"staging-1": tuple(workload(each, {each: image(f"{each}:2")}) for each in names)}
    )
    assert record.id is not None
    async with stage.database.begin() as tx:
        resources = [ResourceId.of("apps/v1", "Deployment", each) for each in names]
        await tx.app_environments.configure(record.id, namespace=stage.namespace, resources=resources)
        by_helm = SetImageDeliveries(
            deliveries=ImageDeliveries(owned=ImageDelivery.HELM), set_by="ann", set_at=datetime.now(UTC)
        )
        await tx.app_environments.change(record.application.id, record.environment.id, image_deliveries=by_helm)
    for each in names:
        await stage.until_rolled_out("prod-eu", "Deployment", each)
    return Release(stage=stage, helm=helm, chart=chart)


@pytest.mark.parametrize(("major", "flags"), [(4, ()), (4, ("--server-side=false",)), (3, ())])
async def test_the_image_stays_through_an_upgrade_that_reuses_values_and_goes_with_a_rollback(
    stage, tmp_path, major, flags
):
    release = await installed(stage, tmp_path, major=major, flags=flags)
    ended = await release.promote()
    assert ended.clusters[0].outcome is Outcome.SUCCEEDED, ended.clusters[0].detail
    assert release.image == image("web:2", pinned=True)
    await release.helm("upgrade", "shop", release.chart, "--reuse-values", "--set-string", "mode=fancy")
    assert release.image == image("web:2", pinned=True)
    await release.helm("rollback", "shop", "1")
    assert release.image == image("web:1")


async def test_the_plan_names_the_value_and_history_reads_as_after_an_upgrade_by_hand(stage, tmp_path):
    release = await installed(stage, tmp_path)
    change, problems = await release.planned()
    assert change.handed_over is not None
    assert change.handed_over.owner.title == f"the Helm release shop in namespace {stage.namespace}"
    (edit,) = change.handed_over.edits
    assert (edit.where, edit.before) == ("image.tag", None)
    assert (edit.after, problems) == (image("web:2", pinned=True).rpartition("web:")[2], ())
    ended = await release.promote()
    (changed,) = [each for each in await stage.events_of(ended.id) if each.type is EventType.IMAGES_CHANGED]
    assert changed.data["owner"] == change.handed_over.owner.title
    assert await release.values() == {"image": {"tag": edit.after}}
    assert await release.revisions() == [(1, "superseded"), (2, "deployed")]


async def test_an_image_that_fails_is_taken_back_by_an_upgrade_to_the_former_values(stage, tmp_path):
    release = await installed(stage, tmp_path)
    stage.set_image("staging-1", "web", "web", image("web:broken"))
    named = (ContainerRef(workload=WEB_ID, container="web"),)  # it does not run in Staging either
    back = Strategy(on_failure=OnFailure.ROLL_BACK)
    ended = await release.promote(replace(TO_PRODUCTION, containers=named, strategy=back))
    assert ended.clusters[0].outcome is Outcome.ROLLED_BACK, ended.clusters[0].detail
    assert (release.image, await release.values()) == (image("web:1"), {})
    assert await release.revisions() == [(1, "superseded"), (2, "superseded"), (3, "deployed")]


async def test_a_cluster_that_was_away_is_upgraded_once_by_the_retry(stage, tmp_path):
    release = await installed(stage, tmp_path)
    stage.sandbox.cut_off("prod-eu")
    ended = await release.promote()
    assert ended.clusters[0].outcome is Outcome.UNREACHABLE
    stage.sandbox.faults("prod-eu").unreachable = False
    stage.pool.answers(stage.cluster_ids["prod-eu"])  # as a probe does: the breaker need not wait
    await stage.operations.retry(ended.id, actor=ANN)
    retried = await stage.end_of(ended.id)
    assert retried.clusters[0].outcome is Outcome.SUCCEEDED, retried.clusters[0].detail
    assert (release.image, await release.revisions()) == (
        image("web:2", pinned=True),
        [(1, "superseded"), (2, "deployed")],
    )


async def test_a_rollback_goes_through_the_release_as_well(stage, tmp_path):
    release = await installed(stage, tmp_path)
    await release.promote()
    stage.set_image("staging-1", "web", "web", image("web:3"))
    await stage.until_rolled_out("staging-1", "Deployment", "web")
    await release.promote()
    assert release.image == image("web:3", pinned=True)
    (_, former) = await stage.releases_of("Production")
    back = RollbackRequest(release=former.number)
    started = await stage.rolling_back.start("shop", "Production", back, actor=ANN, idempotency=None)
    ended = await stage.end_of(started.id)
    assert ended.clusters[0].outcome is Outcome.SUCCEEDED, ended.clusters[0].detail
    assert release.image == image("web:2", pinned=True)
    assert (await release.revisions())[-1] == (4, "deployed")


async def test_two_workloads_of_a_release_are_changed_by_one_upgrade(stage, tmp_path):
    worker = deployment("worker", "{{ .Values.worker.image }}")
    values = {**VALUES, "worker": {"image": image("worker:1")}}
    release = await installed(stage, tmp_path, WEB, worker, values=values, names=("web", "worker"))
    ended = await release.promote()
    assert ended.clusters[0].outcome is Outcome.SUCCEEDED, ended.clusters[0].detail
    assert (release.image, stage.images("prod-eu", "worker")["worker"]) == (
        image("web:2", pinned=True),
        image("worker:2", pinned=True),
    )
    assert len(await release.revisions()) == 2


@shows("owner-touches-more")
async def test_what_an_upgrade_changes_beside_the_image_and_the_hooks_that_it_runs_are_told(stage, tmp_path):
    hook = """
apiVersion: batch/v1
kind: Job
metadata: {name: migrate, annotations: {helm.sh/hook: pre-upgrade}}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: migrate, image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"}]
"""
    release = await installed(stage, tmp_path, WEB, hook)
    _, problems = await release.planned()
    (problem,) = problems
    assert problem.code == "owner-touches-more"
    assert f"Job migrate runs as a hook of the upgrade with {image('web:2', pinned=True)}." in problem.detail


@shows("helm-values-tie")
async def test_values_that_bring_the_image_alike_are_a_tie_that_a_person_decides(stage, tmp_path):
    values = {**VALUES, "tag": "", "version": ""}
    values["image"] = {"repository": image("web")}
    chart = deployment("web", '{{ .Values.image.repository }}:{{ coalesce .Values.tag .Values.version "1" }}')
    problem = await (await installed(stage, tmp_path, chart, values=values)).refusal()
    assert problem.code == "helm-values-tie"
    assert "tag; version" in problem.detail


@shows("helm-value-not-found")
async def test_a_chart_that_names_its_image_itself_is_refused_with_the_way_out(stage, tmp_path):
    problem = await (await installed(stage, tmp_path, deployment("web", image("web:1")))).refusal()
    assert problem.code == "helm-value-not-found"
    assert "set the image delivery 'as-owner'" in problem.detail


@shows("helm-render-differs")
async def test_a_release_that_renders_differently_each_time_is_refused(stage, tmp_path):
    random = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {token: "{{ randAlphaNum 12 }}"}
"""
    assert (await (await installed(stage, tmp_path, WEB, random)).refusal()).code == "helm-render-differs"


@shows("helm-release-failed")
async def test_a_release_whose_last_upgrade_failed_is_repaired_first(stage, tmp_path):
    release = await installed(stage, tmp_path)
    immutable = write_chart(tmp_path / "other", WEB.replace("{app: web}", "{app: other}"), values=VALUES)
    with pytest.raises(HelmError):
        await release.helm("upgrade", "shop", immutable)
    assert (await release.refusal()).code == "helm-release-failed"


@shows("helm-missing")
async def test_a_missing_helm_is_said_with_what_to_do(stage, tmp_path, monkeypatch):
    release = await installed(stage, tmp_path)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    problem = await release.refusal()
    assert (problem.code, "STAGECOACH_HELM__PROGRAM" in problem.detail) == ("helm-missing", True)


@shows("delivery-not-of-owner")
async def test_the_delivery_helm_is_refused_for_what_belongs_to_no_release(stage, tmp_path):
    release = await installed(stage, tmp_path)
    body = stage.object("prod-eu", "Deployment", "web")
    body["metadata"]["labels"] = {"kustomize.toolkit.fluxcd.io/name": "shop"}
    body["metadata"]["labels"]["kustomize.toolkit.fluxcd.io/namespace"] = "flux-system"
    stage.sandbox.cluster("prod-eu").update(body, manager="kustomize-controller")
    assert (await release.refusal()).code == "delivery-not-of-owner"


async def test_a_plan_is_outdated_once_somebody_has_upgraded_the_release(stage, tmp_path):
    release = await installed(stage, tmp_path)
    plan = await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    await release.helm("upgrade", "shop", release.chart, "--reuse-values", "--set-string", "image.tag=1")
    with pytest.raises(PlanOutdatedError):
        await release.promote(replace(TO_PRODUCTION, plan_digest=plan.digest))


async def test_no_value_of_the_release_is_stored_or_told(stage, tmp_path, database):
    release = await installed(stage, tmp_path)
    ended = await release.promote()
    told = repr((ended, await stage.events_of(ended.id), await release.planned()))
    async with database.engine.connect() as connection:
        rows = (await connection.execute(text("select o::text from operations o"))).scalars().all()
    assert any("image.tag" in row for row in rows), "the plan is stored"
    assert "a-word-that-nobody-says" not in told + "".join(rows)


@shows("helm-renders-it-already")
async def test_an_image_that_was_changed_beside_helm_is_brought_back_by_a_person(stage, tmp_path):
    release = await installed(stage, tmp_path, pin=Pin.TAG)
    await release.helm("upgrade", "shop", release.chart, "--set-string", "image.tag=2")
    stage.set_image("prod-eu", "web", "web", image("web:1"))
    await stage.until_rolled_out("prod-eu", "Deployment", "web")
    assert (await release.refusal()).code == "helm-renders-it-already"


@shows("helm-chart-incomplete")
async def test_a_chart_that_depends_on_others_is_refused_because_its_record_has_it_not_whole(stage, tmp_path):
    below = tmp_path / "chart" / "charts" / "below"
    below.mkdir(parents=True)
    (below / "Chart.yaml").write_text("{apiVersion: v2, name: below, version: 1.0.0}")
    depends = "{apiVersion: v2, name: shop, version: 1.0.0, dependencies: [{name: below, version: 1.0.0}]}"
    problem = await (await installed(stage, tmp_path, metadata=depends)).refusal()
    assert (problem.code, "below" in problem.detail) == ("helm-chart-incomplete", True)


@shows("helm-release-missing")
async def test_a_release_without_records_is_refused(stage, tmp_path):
    release = await installed(stage, tmp_path)
    stage.sandbox.cluster("prod-eu").remove("secrets", "sh.helm.release.v1.shop.v1", stage.namespace)
    with pytest.raises(PlanBlockedError) as refused:
        await release.promote()
    assert [each.code for each in refused.value.problems if each.blocks] == ["helm-release-missing"]


@shows("helm-release-elsewhere")
async def test_a_mark_that_names_a_release_of_another_namespace_opens_none_there(stage, tmp_path):
    release = await installed(stage, tmp_path)
    body = stage.object("prod-eu", "Deployment", "web")
    body["metadata"]["annotations"]["meta.helm.sh/release-namespace"] = "kube-system"
    stage.sandbox.cluster("prod-eu").update(body, manager="kubectl")
    assert (await release.refusal()).code == "helm-release-elsewhere"


@shows("owner-rights-missing")
async def test_rights_that_helm_would_lack_are_named_before_it_runs(stage, tmp_path):
    async with stage.database.begin() as tx:
        credential = stage.sandbox.kubeconfig("prod-eu", LIMITED)
        added = await tx.clusters.add(name="prod-eu", labels={}, server=None, credential=credential)
    stage.cluster_ids["prod-eu"] = added.id
    release = await installed(stage, tmp_path)
    for each in granted(stage.namespace, verbs=["get", "list", "watch", "patch", "update"]):
        stage.sandbox.cluster("prod-eu").create(each)
    problem = await release.refusal()
    assert problem.code == "owner-rights-missing"
    assert f"may not create secrets, delete secrets in namespace {stage.namespace}." in problem.detail


HANGS = """
apiVersion: batch/v1
kind: Job
metadata: {name: hangs, annotations: {helm.sh/hook: pre-upgrade}}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: hangs, image: "registry.example/shop/migrate:missing"}]
"""


async def killed_upgrade(release: Release, home: Path, *, operation: str) -> None:
    """An upgrade in the name of an operation that is killed while it waits for its hook."""
    chart = write_chart(home / "hanging", WEB, HANGS, values=VALUES)
    label = f"--labels=stagecoach-operation={operation}"
    running = asyncio.create_task(release.helm("upgrade", "shop", chart, label, "--timeout=1h"))
    async with asyncio.timeout(60):
        while (await release.revisions())[-1][1] != "pending-upgrade":
            await asyncio.sleep(0.1)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


@shows("helm-release-pending")
async def test_a_release_that_helm_is_at_work_on_is_left_alone(stage, tmp_path):
    release = await installed(stage, tmp_path)
    await killed_upgrade(release, tmp_path, operation="another")
    problem = await release.refusal()
    assert (problem.code, "'helm rollback shop'" in problem.detail) == ("helm-release-pending", True)


async def handing_over(release: Release) -> tuple[OwnerWork, WorkloadPlace]:
    """What an operation `mine` hands over to the release."""
    change, _ = await release.planned()
    assert change.handed_over is not None
    asked = OwnerChanges(delivery=ImageDelivery.HELM, owner=change.handed_over.owner, changes=(change,))
    async with release.stage.database.read() as tx:
        cluster = await tx.clusters.get(release.stage.cluster_ids["prod-eu"])
        target = await tx.app_environments.find("shop", "Production")
    assert cluster is not None
    assert target is not None
    gateway = await release.stage.pool.gateway(credential_of(cluster))
    place = WorkloadPlace(target=target, cluster=cluster, gateway=gateway, namespace=release.stage.namespace)
    return OwnerWork(operation="mine", asked=asked), place


def deliverer(*, abandoned_after: timedelta = timedelta(hours=1)) -> HelmDeliverer:
    return HelmDeliverer(HelmReleases(HelmProgram(str(FOLDER / "helm4"))), abandoned_after=abandoned_after)


async def test_an_upgrade_that_is_made_already_is_not_made_again(stage, tmp_path):
    release = await installed(stage, tmp_path)
    work, place = await handing_over(release)
    assert await deliverer().hand_over(work, place, deadline=Deadline.after(120))
    assert not await deliverer().hand_over(work, place, deadline=Deadline.after(120))
    assert len(await release.revisions()) == 2


async def test_a_release_that_somebody_has_upgraded_meanwhile_is_left_as_it_is(stage, tmp_path):
    release = await installed(stage, tmp_path)
    work, place = await handing_over(release)
    await release.helm("upgrade", "shop", release.chart, "--set-string", "image.tag=7")
    with pytest.raises(OwnerChangedError, match=r"another value at 'image\.tag'"):
        await deliverer().hand_over(work, place, deadline=Deadline.after(120))
    assert (release.image, len(await release.revisions())) == (image("web:7"), 2)


async def test_an_upgrade_of_ours_that_was_killed_is_freed_and_made(stage, tmp_path):
    release = await installed(stage, tmp_path)
    work, place = await handing_over(release)
    await killed_upgrade(release, tmp_path, operation="mine")
    assert await deliverer(abandoned_after=timedelta()).hand_over(work, place, deadline=Deadline.after(120))
    assert release.image == image("web:2", pinned=True)
    assert (await release.revisions())[-1][1] == "deployed"
