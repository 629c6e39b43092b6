"""Custom kinds are watched as their definitions come and go, and what happens to an object is shown with its reason."""

from collections.abc import AsyncIterator

import pytest

from api.schemas.overview import MatrixCell, cell_json
from db.transaction import Database
from domain.resources import Kind, ResourceId
from sandbox.cluster import Cluster
from sandbox.server import Sandbox
from sandbox.store import Object
from services.kube.pool import ClusterPool
from services.limits import Limits
from services.planning.health.values import HealthState
from services.planning.overviews.application import environment_overview
from services.planning.policies.explanation_facts import AnswerCode
from services.pushes.images import Images
from services.reading.live.changes import StreamState, Wanted
from services.reading.live.opening import open_live
from tests.support.actors import ANN
from tests.support.clusters import EVERYWHERE
from tests.support.definitions import definition
from tests.support.eventually import eventually
from tests.support.live import KeptSink, namespace, plain, watching
from tests.support.objects import PRINTS
from tests.support.promotion_stage import PromotionStage, image, staged, workload

GROUP = "cert-manager.io"
CERTIFICATES = Kind(group=GROUP, version="v1", name="Certificate")
DEFINED = f"certificates.{GROUP}"
OLDER = Kind(group=GROUP, version="v1alpha2", name="Certificate")


def certificate(where: str, status: str = "True", *, reason: str = "Ready", message: str = "") -> Object:
    said = {
        "type": "Ready",
        "status": status,
        "reason": reason,
        "message": message,
        "lastTransitionTime": "2026-12-01T10:00:00Z",
    }
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "Certificate",
        "metadata": {"name": "web", "namespace": where},
        "spec": {"secretName": "web-tls", "solverImage": "registry.example/acme/solver:9"},
        "status": {"conditions": [said]},
    }


def define(cluster: Cluster) -> None:
    cluster.create(definition("Certificate", "certificates", GROUP, "v1"))


async def test_a_custom_kind_is_watched_in_the_version_that_is_served_for_as_long_as_it_is_defined() -> None:
    wanted = Wanted(
        kinds={OLDER: frozenset({"shop"})},
        resources={"shop": frozenset({ResourceId(kind=OLDER, name="web")})},
    )
    async with (
        Sandbox(["one"], controllers=False) as sandbox,
        ClusterPool(rules=EVERYWHERE) as pool,
        watching(sandbox, "one", wanted, pool=pool) as (_, told),
    ):
        cluster = sandbox.cluster("one")
        cluster.create(namespace("shop"))
        await told.until(lambda: told.state(OLDER, "shop") is StreamState.NOT_SERVED)
        for _ in range(2):  # it is noticed when it comes, and also when it comes again
            define(cluster)
            await told.until(lambda: told.state(OLDER, "shop") is StreamState.LIVE)
            cluster.create(certificate("shop"))
            cluster.create(certificate("shop") | {"metadata": {"name": "of-nobody", "namespace": "shop"}})
            await told.until(lambda: told.names(OLDER) == {"web"})
            cluster.delete("customresourcedefinitions", DEFINED)
            await told.until(lambda: told.state(OLDER, "shop") is StreamState.NOT_SERVED)
            assert not told.records
        assert _states(told) == [
            StreamState.LISTING,
            *[StreamState.NOT_SERVED, StreamState.LIVE] * 2,
            StreamState.NOT_SERVED,
        ]


def _states(told: KeptSink) -> list[StreamState]:
    """Those that the stream was in, one after the other."""
    every = [state.state for changes in told.taken for state in changes.states]
    return [each for index, each in enumerate(every) if not index or every[index - 1] is not each]


@pytest.fixture
async def stage(database: Database, database_url: str) -> AsyncIterator[PromotionStage]:
    async with Sandbox(("prod-eu",), speed=20) as sandbox, staged(database, database_url, sandbox) as stage:
        define(sandbox.cluster("prod-eu"))
        web = workload("web", {"web": image("web:1")})
        await stage.environment("Production", {"prod-eu": (web, certificate(stage.namespace))})
        yield stage


async def test_a_custom_resource_that_is_not_ready_any_more_is_shown_with_its_reason_and_gone_with_its_definition(
    stage: PromotionStage, database_url: str
) -> None:
    cluster = stage.sandbox.cluster("prod-eu")
    limits = Limits(stale=0.2)
    async with open_live(stage.database, database_url, stage.pool, limits, encode=cell_json, prints=PRINTS) as live:

        async def shown(unhealthy: int, reason: str | None) -> tuple[MatrixCell, str | None] | None:
            place = (await live.places.current()).all[0]
            cell = MatrixCell.model_validate_json(live.picture.cell(place).encoded)
            page = environment_overview(live.picture.seen(place), before=None)
            found = cell.custom_resources
            if (
                found is None
                or cell.health is not HealthState.READY
                or (found.unhealthy, found.reason)
                != (
                    unhealthy,
                    reason,
                )
            ):
                return None
            return cell, page.custom_resources[0].health[0].message

        await eventually(lambda: shown(0, None))
        failing = plain(cluster.get("certificates", "web", stage.namespace))
        failing["status"] = certificate("", "False", reason="Expired", message="It expired on Monday.")["status"]
        cluster.update(failing)
        cell, message = await eventually(lambda: shown(1, "Expired"))
        assert message == "It does not report Ready. It expired on Monday."
        assert cell.custom_resources is not None
        assert (cell.custom_resources.resource, cell.custom_resources.health) == ("Certificate/web", HealthState.FAILED)
        why = await Images(stage.database, live).why("shop", "Production", "9", actor=ANN, repository=None)
        assert why.answer.code is AnswerCode.IN_CUSTOM_RESOURCE
        assert "Certificate web (spec.solverImage) on prod-eu" in why.answer.sentence
        cluster.delete("customresourcedefinitions", DEFINED)
        _, message = await eventually(lambda: shown(1, "kind-not-served"))
        assert message is not None
        assert "does not serve Certificate of cert-manager.io" in message
