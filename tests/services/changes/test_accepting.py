"""What somebody changed on practice clusters becomes the release, and no cluster is written to."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from db.audit import AuditFilter
from db.records.inventory import AppEnvironmentRecord
from db.transaction import Database
from domain.divergences import Divergence, DivergenceKind, FoundImage
from domain.images import ContainerRef, Image
from domain.notification_types import NotificationType
from domain.resources import ResourceId
from domain.stored.requests import RollbackRequest
from domain.words import OperationKind, Role
from sandbox.server import Sandbox
from services.changes.accepting import Accepting, AcceptRequest
from services.changes.errors import PlanBlockedError, PlanOutdatedError
from services.errors import ForbiddenError, InvalidRequestError, NotConfiguredError, OperationUnderwayError
from services.inventory.releases import ListedRelease
from services.limits import Limits
from services.planning.drift.accepting import AcceptancePlan
from tests.support.actors import ANN, BEN, actor_with
from tests.support.channels import make_channel, told
from tests.support.objects import PRINTS
from tests.support.promotion_stage import CLUSTERS, PromotionStage, digest, image, staged, workload
from tests.support.rows import Target, make_operation

WEB = ContainerRef(workload=ResourceId.of("apps/v1", "Deployment", "web"), container="web")
HERE = ("shop", "Production")


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=20) as sandbox:
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[PromotionStage]:
    async with staged(database, database_url, sandbox) as stage:
        yield stage


@pytest.fixture
def accepting(stage: PromotionStage) -> Accepting:
    return Accepting(stage.database, stage.pool, Limits(plan=25.0), prints=PRINTS)


@pytest.fixture
async def production(stage: PromotionStage, accepting: Accepting) -> AppEnvironmentRecord:
    """Its release 1 runs on both clusters."""
    web = (workload("web", {"web": image("web:1"), "proxy": image("proxy:1")}),)
    place = await stage.environment("Production", {"prod-eu": web, "prod-us": web})
    await accepting.accept(*HERE, AcceptRequest(), actor=BEN)
    return place


async def fixed_by_hand(stage: PromotionStage, *clusters: str, tag: str = "hotfix") -> None:
    for each in clusters:
        stage.set_image(each, "web", "web", image(f"web:{tag}"))
    for each in clusters:
        await stage.until_rolled_out(each, "Deployment", "web")


def held(release: ListedRelease) -> dict[str, tuple[str | None, str | None]]:
    return {each.container: (each.image.tag, each.image.digest) for each in release.images}


async def test_what_was_changed_by_hand_becomes_the_release_and_no_cluster_is_written_to(stage, accepting, production):
    await fixed_by_hand(stage, "prod-eu", "prod-us")
    before = [stage.writes(each) for each in ("prod-eu", "prod-us")]
    request = AcceptRequest(containers=(WEB,))
    plan = await accepting.preview(*HERE, request, actor=BEN)
    request = AcceptRequest(containers=(WEB,), plan_digest=plan.digest)
    release = await accepting.accept(*HERE, request, actor=BEN)
    assert held(release) == {"web": ("hotfix", digest("web:hotfix")), "proxy": ("1", digest("proxy:1"))}
    assert (release.number, release.kind, release.clusters) == (2, OperationKind.ADOPT, ("prod-eu", "prod-us"))
    assert (release.actor, release.operation_id, release.current) == ("ben", None, True)
    assert [stage.writes(each) for each in ("prod-eu", "prod-us")] == before
    to_it = await stage.rolling_back.preview(*HERE, RollbackRequest(release=2), actor=ANN)
    assert to_it.nothing_to_do
    async with stage.database.read() as tx:
        entry, first = (await tx.audit.list(AuditFilter(), scopes=None, limit=2)).items
    assert (entry.action, first.action) == ("release.accepted", "release.accepted")
    assert (entry.before, entry.after) == (
        {"release": 1, "images": {"Deployment web, web": image("web:1")}},
        {
            "release": 2,
            "clusters": ["prod-eu", "prod-us"],
            "images": {"Deployment web, web": image("web:hotfix")},
        },
    )
    with pytest.raises(PlanBlockedError, match="differs from release 2"):
        await accepting.accept(*HERE, AcceptRequest(), actor=BEN)


async def test_clusters_that_differ_are_refused_until_one_is_named(stage, accepting, production):
    await fixed_by_hand(stage, "prod-us")
    with pytest.raises(PlanBlockedError, match="Name the cluster"):
        await accepting.accept(*HERE, AcceptRequest(), actor=BEN)
    with pytest.raises(InvalidRequestError) as refused:
        await accepting.accept(*HERE, AcceptRequest(cluster="dev-1"), actor=BEN)
    assert refused.value.field == "cluster"
    release = await accepting.accept(*HERE, AcceptRequest(cluster="PROD-US"), actor=BEN)
    assert (held(release)["web"][0], release.clusters, release.current) == ("hotfix", ("prod-us",), False)
    converging = await stage.rolling_back.preview(*HERE, RollbackRequest(release=release.number), actor=ANN)
    assert [each.cluster for each in converging.clusters if not each.untouched] == ["prod-eu"]


async def test_a_preview_that_has_become_outdated_is_refused_with_the_new_plan(stage, accepting, production):
    await fixed_by_hand(stage, "prod-eu", "prod-us")
    plan = await accepting.preview(*HERE, AcceptRequest(), actor=BEN)
    await fixed_by_hand(stage, "prod-eu", "prod-us", tag="other")
    with pytest.raises(PlanOutdatedError) as refused:
        await accepting.accept(*HERE, AcceptRequest(plan_digest=plan.digest), actor=BEN)
    assert isinstance(refused.value.plan, AcceptancePlan)
    assert refused.value.plan.changes[0].after.tag == "other"
    assert [each.number for each in await stage.releases_of("Production")] == [1]


async def test_a_release_that_comes_between_the_plan_and_its_record_outdates_it(
    stage, accepting, production, monkeypatch
):
    await fixed_by_hand(stage, "prod-eu", "prod-us")
    made = accepting._plan

    async def overtaken(*arguments):
        plan = await made(*arguments)
        if plan.release == 1:
            monkeypatch.undo()
            await accepting.accept(*HERE, AcceptRequest(), actor=ANN)
        return plan

    monkeypatch.setattr(accepting, "_plan", overtaken)
    with pytest.raises(PlanOutdatedError) as refused:
        await accepting.accept(*HERE, AcceptRequest(), actor=BEN)
    assert isinstance(refused.value.plan, AcceptancePlan)
    assert refused.value.plan.release == 2
    assert [each.number for each in await stage.releases_of("Production")] == [2, 1]


def drift(container: str, cluster: str) -> Divergence:
    found = FoundImage(
        cluster=cluster, image=Image.of(image(f"{container}:hotfix")), expected=Image.of(image(f"{container}:1"))
    )
    return Divergence(
        kind=DivergenceKind.IMAGE_DRIFT,
        workload=WEB.workload,
        container=container,
        init=False,
        found=(found,),
        release=1,
    )


async def test_what_it_settles_closes_in_its_transaction_and_people_are_told_once(stage, accepting, production):
    await fixed_by_hand(stage, "prod-eu", "prod-us")
    for each in ("prod-eu", "prod-us"):
        stage.set_image(each, "web", "proxy", image("proxy:hotfix"))
        await stage.until_rolled_out(each, "Deployment", "web")
    channel = await make_channel(stage.database)
    async with stage.database.begin() as tx:
        for container in ("web", "proxy"):
            await tx.divergences.begin(
                production.id, drift(container, "prod-eu"), since=datetime.now(UTC), again_within=timedelta(minutes=10)
            )
    await accepting.accept(*HERE, AcceptRequest(containers=(WEB,)), actor=BEN)
    async with stage.database.read() as tx:
        (left,) = await tx.divergences.open_in(production.id)
    assert (left.divergence.container, left.divergence.release) == ("proxy", 2)
    (notification,) = await told(stage.database, channel)
    assert (notification.type, notification.container) == (NotificationType.DRIFT_CLOSED, "web")


async def test_a_stop_is_not_in_its_way_for_it_writes_to_no_cluster(stage, accepting, production):
    await fixed_by_hand(stage, "prod-eu", "prod-us")
    async with stage.database.begin() as tx:
        await tx.stops.add(environment_id=None, cluster_id=None, reason="Restore.", by=ANN.caller.ref)
    assert (await accepting.accept(*HERE, AcceptRequest(), actor=BEN)).number == 2


async def test_while_an_operation_is_under_way_nothing_is_accepted(stage, accepting, production):
    await fixed_by_hand(stage, "prod-eu", "prod-us")
    target = Target(app_environment=production, clusters=production.environment.clusters)
    await make_operation(stage.database, target, kind=OperationKind.PROMOTION)
    with pytest.raises(OperationUnderwayError):
        await accepting.accept(*HERE, AcceptRequest(), actor=BEN)


async def test_only_who_may_maintain_accepts_and_only_where_something_is_configured(stage, accepting):
    await stage.environment("Production", {"prod-eu": ()}, configured=False)
    for preview_or_accept in (accepting.preview, accepting.accept):
        with pytest.raises(ForbiddenError):
            await preview_or_accept(*HERE, AcceptRequest(), actor=actor_with(Role.PROMOTER))
        with pytest.raises(NotConfiguredError):
            await preview_or_accept(*HERE, AcceptRequest(), actor=BEN)
