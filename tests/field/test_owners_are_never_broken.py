"""Workloads that somebody else applies or delivers: what is written there, in whose name, and what it takes."""

import copy
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from db.transaction import Database
from domain.cluster_api import JsonPatchOperation
from domain.images import ContainerRef
from domain.resources import Manifest, ResourceId
from domain.stored.image_deliveries import REFUSED, ImageDeliveries, SetImageDeliveries, WorkloadDelivery
from domain.stored.requests import PromotionRequest, RollbackRequest
from domain.stored.strategies import Strategy
from domain.words import ImageConsent, ImageDelivery, OnFailure, Outcome
from sandbox.server import Sandbox
from services.changes.errors import PlanBlockedError, PlanOutdatedError
from services.changes.repairing_ownership import RepairingOwnership
from services.execution.changing_images import change_images
from services.execution.image_work import ImageWork
from services.inventory.applications import Applications
from services.kube.deadline import Deadline
from services.kube.errors import FieldConflictError
from services.kube.gateway import ClusterGateway
from services.limits import Limits
from services.reading.credentials import credential_of
from tests.support.actors import ADMINISTRATOR, ANN
from tests.support.fake_cluster import FakeLog
from tests.support.findings import shows
from tests.support.promotion_stage import CLUSTERS, PromotionStage, image, staged, workload

TO_PRODUCTION = PromotionRequest(source_environment="Staging", target_environment="Production")
CONSENTED = replace(TO_PRODUCTION, allow=(ImageConsent.OWNED_UNTIL_NEXT_UPGRADE,))
WEB = ResourceId.of("apps/v1", "Deployment", "web")
FLUX = {"kustomize.toolkit.fluxcd.io/name": "shop", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=50) as sandbox:
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage:
        yield stage


def web(tag: str, **metadata: Any) -> dict[str, Any]:
    body = workload("web", {"web": image(f"web:{tag}"), "proxy": image("proxy:1")})
    body["metadata"].update(metadata)
    return body


class Owner:
    """A field manager that applies the Deployment `web` in Production, as its tool does: without force."""

    def __init__(self, stage: PromotionStage, manager: str) -> None:
        self._stage = stage
        self._manager = manager
        self._deadline = Deadline.after(60)

    async def gateway(self) -> ClusterGateway:
        async with self._stage.database.read() as tx:
            record = await tx.clusters.get(self._stage.cluster_ids["prod-eu"])
        assert record is not None
        return await self._stage.pool.gateway(credential_of(record))

    async def apply(self, tag: str, **metadata: Any) -> None:
        gateway = await self.gateway()
        body = copy.deepcopy(web(tag, **metadata))
        await gateway.apply(
            Manifest(body), namespace=self._stage.namespace, field_manager=self._manager, deadline=self._deadline
        )

    async def patched_by(self, manager: str, reference: str) -> None:
        patch = JsonPatchOperation(op="replace", path="/spec/template/spec/containers/0/image", value=reference)
        await (await self.gateway()).patch_json(
            WEB.kind,
            WEB.name,
            [patch],
            namespace=self._stage.namespace,
            field_manager=manager,
            deadline=self._deadline,
        )
        await self._stage.until_rolled_out("prod-eu", "Deployment", "web")


async def production(stage: PromotionStage, manager: str = "kubectl", **metadata: Any) -> Owner:
    """Production, where `manager` applies version 1 of `web`; Staging runs version 2."""
    await stage.environment("Staging", {"staging-1": (web("2"),)})
    record = await stage.environment("Production", {"prod-eu": ()}, configured=False)
    owner = Owner(stage, manager)
    await owner.apply("1", **metadata)
    assert record.id is not None
    async with stage.database.begin() as tx:
        await tx.app_environments.configure(record.id, namespace=stage.namespace, resources=[WEB])
    await stage.until_rolled_out("prod-eu", "Deployment", "web")
    return owner


async def promote(stage: PromotionStage, request: PromotionRequest = TO_PRODUCTION):
    started = await stage.promoting.start("shop", request, actor=ANN, idempotency=None)
    return (await stage.end_of(started.id)).clusters[0]


def managers(stage: PromotionStage) -> set[tuple[str, str]]:
    entries = stage.object("prod-eu", "Deployment", "web")["metadata"]["managedFields"]
    return {(e["manager"], e["operation"]) for e in entries if e["manager"] != "kube-controller-manager"}


def running(stage: PromotionStage) -> str:
    return stage.images("prod-eu", "web")["web"]


async def codes(stage: PromotionStage, request: PromotionRequest = TO_PRODUCTION) -> list[str]:
    return [each.code for each in (await stage.promoting.preview("shop", request, actor=ANN)).all_problems]


@shows("applied-in-anothers-name")
async def test_what_kubectl_applies_on_the_server_side_is_promoted_in_its_name_unasked(stage):
    owner = await production(stage)
    assert await codes(stage) == ["applied-in-anothers-name"]
    ended = await promote(stage)
    assert ended.outcome is Outcome.SUCCEEDED, ended.detail
    assert (running(stage), managers(stage)) == (image("web:2", pinned=True), {("kubectl", "Apply")})
    await owner.apply("1", labels={"team": "shop"})
    assert running(stage) == image("web:1")


async def test_a_rollback_is_written_in_the_owners_name_as_well(stage):
    owner = await production(stage)
    await promote(stage)
    stage.set_image("staging-1", "web", "web", image("web:3"))
    await stage.until_rolled_out("staging-1", "Deployment", "web")
    await promote(stage)
    started = await stage.rolling_back.start(
        "shop", "Production", RollbackRequest(release=1), actor=ANN, idempotency=None
    )
    await stage.end_of(started.id)
    assert (running(stage), managers(stage)) == (image("web:2", pinned=True), {("kubectl", "Apply")})
    await owner.apply("4")
    assert running(stage) == image("web:4")


async def test_a_cluster_that_was_away_is_written_in_the_owners_name_by_the_retry(stage):
    owner = await production(stage)
    stage.sandbox.cut_off("prod-eu")
    started = await stage.promoting.start("shop", TO_PRODUCTION, actor=ANN, idempotency=None)
    assert (await stage.end_of(started.id)).clusters[0].outcome is Outcome.UNREACHABLE
    stage.sandbox.faults("prod-eu").unreachable = False
    stage.pool.answers(stage.cluster_ids["prod-eu"])  # as a probe does: the breaker need not wait
    await stage.operations.retry(started.id, actor=ANN)
    retried = (await stage.end_of(started.id)).clusters[0]
    assert retried.outcome is Outcome.SUCCEEDED, retried.detail
    assert (running(stage), managers(stage)) == (image("web:2", pinned=True), {("kubectl", "Apply")})
    await owner.apply("4")
    assert running(stage) == image("web:4")


async def test_an_automatic_return_is_written_in_the_owners_name_as_well(stage):
    owner = await production(stage)
    stage.set_image("staging-1", "web", "web", image("web:broken"))
    named = (ContainerRef(workload=ResourceId.of("apps/v1", "Deployment", "web"), container="web"),)
    back = Strategy(on_failure=OnFailure.ROLL_BACK)
    ended = await promote(stage, replace(TO_PRODUCTION, containers=named, strategy=back))
    assert ended.outcome is Outcome.ROLLED_BACK, ended.detail
    assert (running(stage), managers(stage)) == (image("web:1"), {("kubectl", "Apply")})
    await owner.apply("4")
    assert running(stage) == image("web:4")


@shows("patched-in-anothers-name")
async def test_an_image_that_somebody_else_has_set_beside_it_is_written_in_that_ones_name(stage):
    owner = await production(stage)
    await owner.patched_by("kubectl-set", image("web:1.1"))
    before = managers(stage)
    assert await codes(stage) == ["patched-in-anothers-name"]
    assert (await promote(stage)).outcome is Outcome.SUCCEEDED
    assert managers(stage) == before


async def test_a_write_that_was_cut_off_is_found_done_when_it_is_resumed(stage):
    owner = await production(stage)
    await owner.patched_by("stagecoach", image("web:1.1"))
    plan = await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    work = ImageWork.of(stage.namespace, plan.clusters[0].changes)
    results = []
    for _ in range(2):
        gateway = await owner.gateway()
        results.append(await change_images(work, gateway, FakeLog(), deadline=Deadline.after(60)))
    assert [(each.outcome, len(each.expected)) for each in results] == [(None, 1), (None, 1)]
    assert [each.expected[0].generation is None for each in results] == [False, True]
    assert (running(stage), managers(stage)) == (image("web:2", pinned=True), {("kubectl", "Apply")})


async def test_an_owner_that_stops_applying_between_plan_and_write_is_not_written_for(stage):
    owner = await production(stage)
    plan = await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    body = stage.object("prod-eu", "Deployment", "web")
    body["metadata"]["managedFields"] = [{}]
    stage.sandbox.cluster("prod-eu").update(body, manager="kubectl")
    work = ImageWork.of(stage.namespace, plan.clusters[0].changes)
    result = await change_images(work, await owner.gateway(), FakeLog(), deadline=Deadline.after(60))
    assert (result.outcome, result.code) == (Outcome.FAILED, "owner-write-refused")
    assert running(stage) == image("web:1")


async def test_what_an_earlier_version_took_is_found_and_given_back(stage):
    owner = await production(stage)
    await owner.patched_by("stagecoach", image("web:2"))
    with pytest.raises(FieldConflictError):
        await owner.apply("1.5")
    repairing = RepairingOwnership(stage.database, stage.pool, Limits())
    (found,) = await repairing.owners("shop", "Production", actor=ANN)
    assert [(each.workload, each.applied_by, each.taken) for each in found.workloads] == [(WEB, ("kubectl",), True)]
    (repaired,) = await repairing.repair("shop", "Production", actor=ANN)
    assert [(each.workload, each.failure) for each in repaired.workloads] == [(WEB, None)]
    assert running(stage) == image("web:2")
    async with stage.database.engine.connect() as connection:  # what was to be written is known before it is
        written = (await connection.execute(text("SELECT action, after FROM audit ORDER BY seq"))).all()
    given = {"prod-eu": [str(WEB)]}
    assert [tuple(each) for each in written] == [("fields.giving-back", given), ("fields.given-back", given)]
    await owner.apply("1.5")
    assert running(stage) == image("web:1.5")
    assert [each.workloads for each in await repairing.repair("shop", "Production", actor=ANN)] == [()]


@shows("fields-given-back")
async def test_a_plan_says_what_an_earlier_version_took_and_the_promotion_gives_it_back(stage):
    owner = await production(stage)
    await owner.patched_by("stagecoach", image("web:1.1"))
    assert await codes(stage) == ["applied-in-anothers-name", "fields-given-back"]
    await promote(stage)
    assert managers(stage) == {("kubectl", "Apply")}
    await owner.apply("1.5")
    assert running(stage) == image("web:1.5")


@shows("fields-taken")
async def test_a_plan_with_nothing_to_change_says_what_an_earlier_version_took(stage):
    owner = await production(stage)
    await owner.patched_by("stagecoach", image("web:2", pinned=True))
    assert await codes(stage) == ["fields-taken"]


@pytest.mark.parametrize(
    ("metadata", "owner"),
    [
        ({"labels": FLUX}, "the Kustomization flux-system/shop of Flux"),
        (
            {"annotations": {"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:{namespace}/web"}},
            "the application shop",
        ),
    ],
)
async def test_a_workload_of_flux_or_argo_cd_is_blocked_until_a_consent_names_what_happens(stage, metadata, owner):
    told = {
        kind: {name: value.format(namespace=stage.namespace) for name, value in marks.items()}
        for kind, marks in metadata.items()
    }
    applier = await production(stage, "gitops", **told)
    with pytest.raises(PlanBlockedError, match=owner):
        await promote(stage)
    assert (await promote(stage, CONSENTED)).outcome is Outcome.SUCCEEDED
    assert managers(stage) == {("gitops", "Apply")}
    await applier.apply("5", **told)
    assert running(stage) == image("web:5")


async def test_a_plan_that_was_previewed_without_the_owner_is_outdated_with_it(stage):
    await production(stage)
    plan = await stage.promoting.preview("shop", TO_PRODUCTION, actor=ANN)
    await Owner(stage, "ci").apply("1", annotations={"ci": "1"})
    with pytest.raises((PlanOutdatedError, PlanBlockedError)):
        await promote(stage, replace(TO_PRODUCTION, plan_digest=plan.digest))


async def test_a_copy_of_a_releases_object_is_nobodys(stage):
    copied = {"meta.helm.sh/release-name": "shop", "meta.helm.sh/release-namespace": "elsewhere"}
    await production(stage, "kubectl", annotations=copied, labels={"app.kubernetes.io/managed-by": "Helm"})
    assert await codes(stage) == ["applied-in-anothers-name"]


async def test_an_image_delivery_holds_for_every_operation_and_says_who_set_it(stage):
    async def judge(*_: object, **__: object) -> None:
        """No push waits here."""

    await production(stage, "gitops", labels=FLUX)
    applications = Applications(stage.database, judge_pushes=judge)
    as_owner = ImageDeliveries(owned=ImageDelivery.AS_OWNER)
    given = await applications.set_image_deliveries("shop", "Production", as_owner, actor=ADMINISTRATOR)
    assert given.deliveries == as_owner
    assert given.image_deliveries is not None
    assert given.image_deliveries.set_by == "admin"
    assert (await promote(stage)).outcome is Outcome.SUCCEEDED
    again = await applications.set_image_deliveries("shop", "Production", REFUSED, actor=ADMINISTRATOR)
    assert again.deliveries.owned is ImageDelivery.REFUSE


@shows("git-file-unset")
async def test_the_delivery_git_without_a_file_is_refused_until_one_is_set(stage):
    await production(stage)
    by_git = ImageDeliveries(workloads=(WorkloadDelivery(workload=WEB, delivery=ImageDelivery.GIT),))
    async with stage.database.begin() as tx:
        found = await tx.app_environments.find("shop", "Production")
        given = SetImageDeliveries(deliveries=by_git, set_by="ann", set_at=datetime.now(UTC))
        await tx.app_environments.change(found.application.id, found.environment.id, image_deliveries=given)
    assert "git-file-unset" in await codes(stage)
