"""Real Helm installs, Stagecoach promotes, Helm upgrades with other values and rolls back: nobody is in the way."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from db.records.operations import OperationDetailRecord
from db.transaction import Database
from domain.images import ContainerRef
from domain.resources import ResourceId
from domain.stored.requests import PromotionRequest
from domain.stored.strategies import Strategy
from domain.words import ImageConsent, OnFailure, Outcome
from sandbox.server import Sandbox
from services.changes.errors import PlanBlockedError
from tests.support.actors import ANN
from tests.support.helm import Helm, HelmError, write_chart
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, staged, workload

KINDS = ("Deployment", "StatefulSet", "DaemonSet", "CronJob")
CONSENT = (ImageConsent.OWNED_UNTIL_NEXT_UPGRADE,)
TO_PRODUCTION = PromotionRequest(source_environment="Staging", target_environment="Production")
CONSENTED = PromotionRequest(source_environment="Staging", target_environment="Production", allow=CONSENT)

# Every kind of list that a pod template has: keyed, sets and atomic ones, and empty values that the server leaves out.
_POD = """
      metadata:
        labels: {app: KIND}
        annotations: {example.com/mode: {{ .Values.mode | quote }}}
      spec:
        terminationGracePeriodSeconds: 1
        restartPolicy: RESTART
        nodeSelector: {}
        securityContext: {supplementalGroups: [1000, 2000]}
        tolerations: [{key: dedicated, operator: Exists}, {key: spot, operator: Exists}]
        hostAliases: [{ip: 10.0.0.1, hostnames: [b.example, a.example]}]
        initContainers:
        - {name: init-b, image: "registry.example/shop/init:1"}
        - {name: init-a, image: "registry.example/shop/init:1"}
        containers:
        - name: web
          image: registry.example/shop/web:{{ .Values.tag }}
          args: [--z, --a]
          env:
          - {name: Z_FIRST, value: "1"}
          - {name: A_SECOND, value: "$(Z_FIRST)"}
          - {name: EMPTY, value: ""}
          - {name: MODE, value: {{ .Values.mode | quote }}}
          - {name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
          ports: [{name: http, containerPort: 8080}, {name: dns, containerPort: 53, protocol: UDP}]
          resources: {limits: {memory: 64Mi}, requests: {cpu: 10m}}
          volumeMounts: [{name: scratch, mountPath: /scratch}, {name: settings, mountPath: /etc/settings}]
        - {name: proxy, image: "registry.example/shop/proxy:1"}
        volumes:
        - {name: settings, configMap: {name: settings, items: [{key: b, path: b}, {key: a, path: a}], optional: true}}
        - {name: scratch, emptyDir: {}}
"""


def _template(kind: str) -> str:
    name = kind.lower()
    pod = _POD.replace("KIND", name).replace("RESTART", "Never" if kind == "CronJob" else "Always")
    head = f"apiVersion: {'batch' if kind == 'CronJob' else 'apps'}/v1\nkind: {kind}\nmetadata: {{name: {name}}}\n"
    if kind == "CronJob":
        indented = pod.replace("\n", "\n    ")
        return f'{head}spec:\n  schedule: "0 3 * * *"\n  jobTemplate:\n    spec:\n      template:{indented}'
    more = f"  serviceName: {name}\n" if kind == "StatefulSet" else ""
    return f"{head}spec:\n{more}  selector: {{matchLabels: {{app: {name}}}}}\n  template:{pod}"


@dataclass
class Release:
    """The release `shop` in Production, and what runs in Staging."""

    stage: PromotionStage
    helm: Helm
    chart: str

    def image(self, kind: str = "Deployment", container: str = "web") -> str:
        return self.stage.images("prod-eu", kind.lower(), kind)[container]

    def managers(self, kind: str = "Deployment") -> set[tuple[str, str]]:
        entries = self.stage.object("prod-eu", kind, kind.lower())["metadata"]["managedFields"]
        return {(entry["manager"], entry["operation"]) for entry in entries if not entry.get("subresource")}

    async def promote(self, request: PromotionRequest = CONSENTED) -> OperationDetailRecord:
        started = await self.stage.promoting.start("shop", request, actor=ANN, idempotency=None)
        return await self.stage.end_of(started.id)

    async def upgrade(self, *values: str) -> None:
        await self.helm("upgrade", "shop", self.chart, *(part for each in values for part in ("--set-string", each)))

    async def rollback(self, revision: int) -> None:
        await self.helm("rollback", "shop", str(revision))


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
    *,
    major: int,
    kinds: tuple[str, ...] = ("Deployment",),
    flags: tuple[str, ...] = (),
) -> Release:
    """`helm install` in Production, which is then adopted; Staging runs version 2 of each image."""
    chart = write_chart(home / "chart", *map(_template, kinds), values={"tag": "1", "mode": "plain"})
    helm = Helm.on(stage.sandbox.kubeconfig("prod-eu"), major=major, namespace=stage.namespace, home=home)
    record = await stage.environment("Production", {"prod-eu": ()}, configured=False)
    await helm("install", "shop", chart, *flags)
    new = {"init-b": image("init:1"), "init-a": image("init:1"), "web": image("web:2"), "proxy": image("proxy:1")}
    await stage.environment("Staging", {"staging-1": tuple(workload(kind.lower(), new, kind=kind) for kind in kinds)})
    assert record.id is not None
    async with stage.database.begin() as tx:
        versions = {kind: "batch/v1" if kind == "CronJob" else "apps/v1" for kind in kinds}
        resources = [ResourceId.of(version, kind, kind.lower()) for kind, version in versions.items()]
        await tx.app_environments.configure(record.id, namespace=stage.namespace, resources=resources)
    for kind in kinds:
        await stage.until_rolled_out("prod-eu", kind, kind.lower())
    return Release(stage=stage, helm=helm, chart=chart)


@pytest.mark.parametrize(("major", "flags"), [(4, ()), (4, ("--server-side=false",)), (3, ())])
async def test_helm_upgrades_with_other_values_and_rolls_back_after_a_promotion(stage, tmp_path, major, flags):
    release = await installed(stage, tmp_path, major=major, kinds=KINDS, flags=flags)
    ended = await release.promote()
    assert ended.clusters[0].outcome is Outcome.SUCCEEDED, ended.clusters[0].detail
    # No pod of the CronJob has run yet, so that its digest is not known.
    assert {kind: release.image(kind).partition("@")[0] for kind in KINDS} == dict.fromkeys(KINDS, image("web:2"))
    assert all(manager != "stagecoach" for kind in KINDS for manager, _ in release.managers(kind))
    await release.upgrade("mode=fancy")
    assert [release.image(kind) for kind in KINDS] == [image("web:1")] * 4
    await release.upgrade("mode=fancy", "tag=3")
    assert release.image() == image("web:3")
    await release.rollback(1)
    assert release.image() == image("web:1")


@pytest.mark.parametrize("major", [4, 3])
async def test_helm_rolls_back_right_after_a_promotion(stage, tmp_path, major):
    release = await installed(stage, tmp_path, major=major)
    await release.upgrade("mode=fancy")
    await release.promote()
    await release.rollback(1)
    assert release.image() == image("web:1")


@pytest.mark.parametrize("major", [4, 3])
async def test_a_workload_of_a_release_is_blocked_without_the_consent(stage, tmp_path, major):
    release = await installed(stage, tmp_path, major=major)
    with pytest.raises(PlanBlockedError) as refused:
        await release.promote(TO_PRODUCTION)
    (problem,) = [each for each in refused.value.problems if each.blocks]
    assert (problem.code, problem.consent) == ("owned", "owned-until-next-upgrade")
    assert problem.detail == (
        f"Deployment deployment belongs to the Helm release shop in namespace {stage.namespace}, whose next upgrade "
        "brings the chart's image back: change it there, or allow 'owned-until-next-upgrade' to write it here."
    )


async def test_the_plan_says_that_the_next_upgrade_brings_the_charts_image_back(stage, tmp_path):
    await installed(stage, tmp_path, major=4)
    plan = await stage.promoting.preview("shop", CONSENTED, actor=ANN)
    assert not plan.blocked
    (problem,) = plan.all_problems
    assert problem.code == "owned-until-next-upgrade"
    assert "whose next upgrade brings the chart's image back. Change it there, too" in problem.detail


@pytest.mark.parametrize("major", [4, 3])
async def test_an_automatic_return_leaves_helms_ownership_as_well(stage, tmp_path, major):
    release = await installed(stage, tmp_path, major=major)
    stage.set_image("staging-1", "deployment", "web", image("web:broken"))
    named = ContainerRef(workload=ResourceId.of("apps/v1", "Deployment", "deployment"), container="web")
    request = PromotionRequest(
        source_environment="Staging",
        target_environment="Production",
        containers=(named,),
        allow=CONSENT,
        strategy=Strategy(on_failure=OnFailure.ROLL_BACK),
    )
    ended = await release.promote(request)
    assert ended.clusters[0].outcome is Outcome.ROLLED_BACK, ended.clusters[0].detail
    assert release.image() == image("web:1")
    assert all(manager != "stagecoach" for manager, _ in release.managers())
    await release.upgrade("mode=fancy", "tag=3")
    assert release.image() == image("web:3")


async def test_a_release_that_an_earlier_version_broke_works_again_after_the_next_promotion(stage, tmp_path):
    release = await installed(stage, tmp_path, major=4)
    body = stage.object("prod-eu", "Deployment", "deployment")
    body["spec"]["template"]["spec"]["containers"][0]["image"] = image("web:1.1")
    stage.sandbox.cluster("prod-eu").update(body, manager="stagecoach")
    with pytest.raises(HelmError, match='conflict with "stagecoach"'):
        await release.upgrade("mode=fancy")
    await release.promote()
    await release.upgrade("mode=fancy")
    assert release.image() == image("web:1")
