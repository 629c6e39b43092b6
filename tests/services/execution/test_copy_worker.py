"""What is left of a copy after a crash, or on a cluster that was down, is planned again and written."""

import asyncio
import base64
from contextlib import suppress
from dataclasses import replace

from domain.secret_text import SecretText
from domain.words import Outcome
from services.changes.importing import ImportRequest
from tests.support.actors import ANN
from tests.support.imports import (
    SETTINGS,
    config_map,
    hold,
    import_preview,
    import_request,
)


async def test_a_retry_reaches_a_cluster_that_was_down(stage):
    request = await import_request(stage, SETTINGS)
    stage.sandbox.cut_off("prod-eu")
    ended = await stage.import_to("Production", request)
    stage.sandbox.faults("prod-eu").clear()
    async with stage.database.read() as tx:
        record = await tx.clusters.find("prod-eu")
    stage.pool.answers(record.id)
    before = stage.writes("prod-us")
    await stage.operations.retry(ended.id, actor=ANN)
    again = await stage.end_of(ended.id)
    assert [(each.cluster_name, each.outcome, each.detail) for each in again.clusters] == [
        ("prod-eu", Outcome.SUCCEEDED, None),
        ("prod-us", Outcome.SUCCEEDED, None),
    ]
    assert stage.object("prod-eu", "configmaps", "shop-settings") is not None
    assert stage.writes("prod-us") == before


async def test_work_that_was_lost_in_a_crash_is_planned_again(stage):
    stage.engine.forgetful = True
    request = await import_request(stage)
    typed_in = {"shop-database": {"password": SecretText("typed-in")}}
    ended = await stage.import_to("Staging", replace(request, overrides=replace(request.overrides, secrets=typed_in)))
    assert [(each.outcome, each.detail) for each in ended.clusters] == [(Outcome.SUCCEEDED, None)]
    password = stage.object("staging-1", "secrets", "shop-database")["data"]["password"]
    assert base64.b64decode(password) == b"typed-in"


async def test_an_import_goes_on_where_it_was_killed(stage):
    request = await import_request(stage)
    stage.sandbox.faults("staging-1").set({"latency_ms": 30})
    started = await stage.importing.start("shop", "Staging", request, actor=ANN)
    async with asyncio.timeout(20):
        while stage.object("staging-1", "secrets", "shop-database") is None:
            await asyncio.sleep(0.01)
    stage.engine.running[started.id].cancel()
    with suppress(asyncio.CancelledError):
        await stage.engine.running[started.id]
    stage.sandbox.faults("staging-1").clear()
    await stage.engine.start(started.id, attempt=1, waves=1)
    ended = await stage.end_of(started.id)
    assert [(each.outcome, each.detail) for each in ended.clusters] == [(Outcome.SUCCEEDED, None)]
    assert (await import_preview(stage, request)).nothing_to_do


async def test_a_source_that_changed_after_the_crash_fails_and_says_so(stage):
    stage.engine.forgetful = True
    source = f"{stage.namespace}-source"
    stage.plant("dev-1", config_map(data={"mode": "a"}), source)
    await stage.adopted(source)
    request = ImportRequest(source_environment="Development", namespace=stage.namespace, resources=(SETTINGS,))
    release = asyncio.Event()
    hold(stage, release)
    started = await stage.importing.start("shop", "Staging", request, actor=ANN)
    stage.sandbox.cluster("dev-1").update(_placed(config_map(data={"mode": "b"}), source), manager="kubectl")
    release.set()
    ended = await stage.end_of(started.id)
    assert [(each.outcome, each.code) for each in ended.clusters] == [(Outcome.FAILED, "source-changed")]


def _placed(body, namespace):
    return {**body, "metadata": {**body["metadata"], "namespace": namespace}}
