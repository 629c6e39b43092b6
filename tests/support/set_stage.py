"""Applications that are promoted together on practice clusters, for the tests of promotion sets."""

import asyncio
from collections.abc import Sequence

from db.audit import AuditFilter
from domain.stored.strategies import ByNames, Remaining, Ring, Strategy
from domain.words import Outcome
from sandbox.faults import Failure
from services.changes.promotion_sets import PromotionSetRequest
from services.changes.set_reading import SetView
from tests.support.actors import ANN
from tests.support.promotion_stage import PromotionStage, image, workload

BOTH = PromotionSetRequest(source_environment="Staging", target_environment="Production", applications=("api", "web"))
EU, REST = ByNames(names=("prod-eu",)), Remaining()
PAUSING = Strategy(rings=(Ring(selector=EU, pauses=True), Ring(selector=REST)))


def runs(application: str, tag: str):
    return workload(application, {application: image(f"{application}:{tag}")}, progressDeadlineSeconds=3)


async def shop(stage: PromotionStage, applications: Sequence[str] = ("api", "web")) -> None:
    """Staging runs version 2 of each application, Production version 1 on two clusters."""
    for each in applications:
        await stage.environment("Staging", {"staging-1": (runs(each, "2"),)}, application=each)
        production = {"prod-eu": (runs(each, "1"),), "prod-us": (runs(each, "1"),)}
        await stage.environment("Production", production, application=each)


async def promote(stage: PromotionStage, request: PromotionSetRequest = BOTH) -> SetView:
    started = await stage.sets.start(request, actor=ANN, idempotency=None)
    return await stage.end_of_set(started.record.id)


def outcomes(view: SetView) -> dict[str, list[Outcome | None]]:
    return {each.application: [one.outcome for one in each.clusters] for each in view.record.members}


def tags(stage: PromotionStage, cluster: str) -> dict[str, str]:
    found = {}
    for each in ("api", "web"):
        reference = stage.images(cluster, each, namespace=stage.namespace_of(each))[each]
        found[each] = reference.partition("@")[0].rpartition(":")[2]
    return found


def refuse(stage: PromotionStage, cluster: str, application: str) -> None:
    """The cluster refuses every change of the application's workload, until its faults are cleared."""
    path = f"namespaces/{stage.namespace_of(application)}/deployments/{application}"
    stage.sandbox.faults(cluster).failures = [Failure(path=path, methods=("PATCH",), status=403)]


def patched(stage: PromotionStage, cluster: str) -> list[str]:
    return [each.path for each in stage.sandbox.writes(cluster) if stage.namespace in each.path and not each.dry_run]


async def audited(stage: PromotionStage, set_id: str) -> list[str]:
    """What the audit says of a set, the oldest first."""
    matching = AuditFilter(target_kind="promotion-set", target=set_id)
    async with stage.database.read() as tx:
        found = await tx.audit.oldest_first(matching, scopes=None, limit=20, after=0)
    return [each.action for each in found]


async def until_paused(stage: PromotionStage, set_id: str) -> None:
    async with asyncio.timeout(60):
        while True:
            found = await stage.set_reading.read(set_id, actor=ANN)
            if found.record.active and all(each.pause is not None for each in found.record.active):
                return
            await asyncio.sleep(0.05)
