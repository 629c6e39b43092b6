"""The live picture as it runs: practice clusters are watched, and what changes there is shown a moment later."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from api.schemas.overview import MatrixCell, cell_json
from db.records.inventory import AppEnvironmentRecord
from db.transaction import Database
from domain.cluster_api import ClusterFailure
from domain.divergences import DivergenceKind
from domain.images import ContainerImage, Image
from domain.words import OperationKind
from sandbox.server import Sandbox
from services.kube.errors import CredentialRefusedError
from services.kube.gateway import ClusterCredential, WatchedCluster
from services.limits import Limits
from services.planning.drift import steadying
from services.planning.health.values import HealthState
from services.reading.live.changes import StreamState
from services.reading.live.live import Live
from services.reading.live.opening import open_live
from services.reading.live.watching import WatchedClusters
from tests.support.eventually import eventually
from tests.support.objects import PRINTS
from tests.support.promotion_stage import PromotionStage, digest, image, staged, workload

WEB = "Deployment/web"


@pytest.fixture
async def stage(database: Database, database_url: str) -> AsyncIterator[PromotionStage]:
    """Web runs in Production."""
    async with (
        Sandbox(("prod-eu", "prod-us"), speed=20) as sandbox,
        staged(database, database_url, sandbox) as stage,
    ):
        await stage.environment("Production", {"prod-eu": (workload("web", {"web": image("web:1")}),)})
        yield stage


@asynccontextmanager
async def opened(stage: PromotionStage, url: str, clusters: WatchedClusters | None = None) -> AsyncIterator[Live]:
    limits = Limits(stale=0.2)
    async with open_live(stage.database, url, clusters or stage.pool, limits, encode=cell_json, prints=PRINTS) as live:
        yield live


async def shown(live: Live, fits: Callable[[MatrixCell], bool], place: int = 0) -> MatrixCell:
    """The cell of a place, once it fits."""

    async def there() -> MatrixCell | None:
        places = await live.places.current()
        cell = MatrixCell.model_validate_json(live.picture.cell(places.all[place]).encoded)
        return cell if fits(cell) else None

    return await eventually(there)


async def failure(live: Live) -> ClusterFailure:
    async def there() -> ClusterFailure | None:
        (facts,) = live.picture.facts((await live.places.current()).all[0].target)
        return facts.failure if facts.failure and facts.failure.code != "cluster-not-read-yet" else None

    return await eventually(there)


async def test_changes_on_a_cluster_and_in_rows_are_shown_and_a_dead_cluster_as_it_was(stage, database_url):
    async with opened(stage, database_url) as live:
        first = await shown(live, lambda cell: cell.health is HealthState.READY and bool(cell.images[0].digest))
        assert ([each.tag for each in first.images], first.stale) == (["1"], False)
        stage.set_image("prod-eu", "web", "web", image("web:2"))
        await shown(live, lambda cell: cell.images[0].tag == "2" and cell.health is HealthState.READY)

        await stage.environment("Later", {"prod-us": (workload("web", {"web": image("web:9")}),)})
        await shown(live, lambda cell: bool(cell.images) and cell.images[0].tag == "9", place=1)

        async def indexed() -> str | None:
            target = live.places.now.all[0].target
            async with stage.database.read() as tx:
                rows = await tx.running_images.of(target.id or "")
            return next((row.reference for row in rows if row.reference.startswith(image("web:2"))), None)

        assert await eventually(indexed)
        figures = live.figures()
        assert (figures.stale_clusters, figures.records > 0, figures.streams[StreamState.LIVE] > 0) == (0, True, True)
        stage.sandbox.cut_off("prod-eu")
        marked = await shown(live, lambda cell: cell.stale)
        assert ([each.tag for each in marked.images], marked.health) == (["2"], HealthState.UNKNOWN)
        assert live.figures().stale_clusters == 1
    async with opened(stage, database_url) as again:  # as after a restart, while the cluster is away
        known = await shown(again, lambda cell: bool(cell.images))
        assert ([each.tag for each in known.images], known.stale) == (["2"], True)


class NoClient:
    """The settings allow no client of this cluster."""

    async def watched(self, credential: ClusterCredential) -> WatchedCluster:
        raise CredentialRefusedError("No service account is mounted.", cluster=credential.name)

    async def forget(self, cluster_id: str) -> None:
        """Nothing is kept of it."""


async def test_a_cluster_that_there_is_no_client_for_says_why(stage, database_url):
    async with opened(stage, database_url, NoClient()) as live:
        found = await failure(live)
    assert (found.code, found.detail) == (CredentialRefusedError.code, "No service account is mounted.")


async def test_a_cluster_that_nobody_needs_any_more_is_forgotten(stage, database_url):
    async with opened(stage, database_url) as live:
        await shown(live, lambda cell: cell.health is HealthState.READY)
        async with stage.database.begin() as tx:
            production = await tx.environments.find("Production")
            await tx.environments.assign_clusters(production.id, [])

        async def forgotten() -> bool | None:
            return True if not live.cache.clusters() else None

        assert await eventually(forgotten)
        async with stage.database.read() as tx:
            stored = await tx.live_records.page(cluster_ids=None, after=None, limit=10)
        assert stored == ()


async def test_what_somebody_writes_with_kubectl_becomes_drift_that_names_the_writer(
    stage: PromotionStage, database_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(steadying, "OPENS_AFTER", timedelta(seconds=0))
    target = (await _places(stage))[0]
    released = ContainerImage(
        workload=target.resources[0], container="web", image=Image.of(image("web:1"), digest=digest("web:1"))
    )
    async with stage.database.begin() as tx:
        await tx.releases.add(
            target.id or "",
            operation_id=None,
            kind=OperationKind.ADOPT,
            actor="ann",
            images=(released,),
            clusters=("prod-eu",),
        )
    async with opened(stage, database_url) as live:
        stage.set_image("prod-eu", "web", "web", image("web:2"))
        assert (await shown(live, lambda cell: cell.drift)).drift
        (place,) = live.places.now.all
        (found,) = [each.divergence for each in place.divergences]
        (one,) = found.found
        assert (found.kind, one.manager, one.image.tag) == (DivergenceKind.IMAGE_DRIFT, "kubectl", "2")
        assert one.expected is not None
        assert one.expected.digest == digest("web:1")
        assert live.figures().divergences[DivergenceKind.IMAGE_DRIFT] == 1


async def _places(stage: PromotionStage) -> tuple[AppEnvironmentRecord, ...]:
    async with stage.database.read() as tx:
        return await tx.app_environments.of(await tx.applications.all())
