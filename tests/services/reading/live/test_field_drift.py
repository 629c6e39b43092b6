"""What is edited on a cluster past Stagecoach becomes drift of keys and fields, and what is put back closes it."""

import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from api.schemas.drift import DivergenceRead
from api.schemas.overview import cell_json
from db.audit import AuditFilter
from domain.divergences import DivergenceKind, FoundField, OpenDivergence
from domain.overrides import Overrides
from domain.words import OnConflict, OperationKind, OperationState
from services.changes.accepting import Accepting, AcceptRequest
from services.limits import Limits
from services.planning.drift import steadying
from services.reading.live import configuration_reads
from services.reading.live.configuration_reads import ReadingPace
from services.reading.live.live import Live
from services.reading.live.opening import open_live
from tests.support.actors import BEN
from tests.support.copy_stage import CopyStage
from tests.support.eventually import eventually
from tests.support.imports import SETTINGS, import_request
from tests.support.objects import PRINTS

KEY, FIELD = DivergenceKind.KEY_DRIFT, DivergenceKind.FIELD_DRIFT
NEW_PASSWORD = base64.b64encode(b"put in by hand").decode()


@asynccontextmanager
async def opened(stage: CopyStage, url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Live]:
    """Everything is read three times a second, and what differs is told at once."""
    monkeypatch.setattr(steadying, "OPENS_AFTER", timedelta(seconds=0))
    monkeypatch.setattr(steadying, "CLOSES_AFTER", timedelta(seconds=0))
    pace = ReadingPace(every=0.3, soon=0.1, calm=0.3, differing=0.3, patient=0.3)
    monkeypatch.setattr(configuration_reads, "ReadingPace", lambda: pace)
    async with open_live(stage.database, url, stage.pool, Limits(), encode=cell_json, prints=PRINTS) as live:
        yield live


async def shown(
    live: Live, fits: Callable[[dict[tuple[DivergenceKind, str], OpenDivergence]], bool]
) -> dict[tuple[DivergenceKind, str], OpenDivergence]:
    """What is open in Staging, by kind and object, once it fits."""

    async def there() -> dict[tuple[DivergenceKind, str], OpenDivergence] | None:
        (place,) = [each for each in (await live.places.current()).all if each.target.environment.name == "Staging"]
        found = {(each.divergence.kind, each.divergence.workload.name): each for each in place.divergences}
        return found if fits(found) else None

    return await eventually(there)


def fields(found: OpenDivergence) -> dict[str, FoundField]:
    (one,) = found.divergence.fields
    assert one.cluster == "staging-1"
    return {each.path: each for each in one.fields}


def edit(stage: CopyStage, plural: str, name: str, change: Callable[[dict[str, Any]], None]) -> None:
    """As `kubectl edit` does."""
    body = stage.object("staging-1", plural, name)
    assert body is not None
    change(body)
    stage.sandbox.cluster("staging-1").update(body, manager="kubectl-edit")


def web(body: dict[str, Any]) -> dict[str, Any]:
    return next(each for each in body["spec"]["template"]["spec"]["containers"] if each["name"] == "web")


async def was_read(live: Live) -> None:
    """The objects of Staging were read after the last release."""

    async def there() -> bool | None:
        (place,) = [each for each in (await live.places.current()).all if each.target.environment.name == "Staging"]
        readings = place.configuration.values()
        return True if readings and all(each.release == place.target.last_release for each in readings) else None

    await eventually(there)


async def test_edited_keys_and_fields_open_with_path_and_manager_and_close_when_they_are_put_back(
    stage: CopyStage, database_url: str, monkeypatch: pytest.MonkeyPatch
):
    assert (await stage.import_to("Staging", await import_request(stage))).state is OperationState.SUCCEEDED
    settings_, database, deployment = (
        stage.object("staging-1", plural, name)
        for plural, name in (("configmaps", "shop-settings"), ("secrets", "shop-database"), ("deployments", "web"))
    )
    assert settings_ is not None
    assert database is not None
    assert deployment is not None
    async with opened(stage, database_url, monkeypatch) as live:
        await was_read(live)
        assert await shown(live, lambda _: True) == {}

        edit(stage, "configmaps", "shop-settings", lambda body: body["data"].update(LOG_LEVEL="trace", OTHER="x"))
        edit(stage, "secrets", "shop-database", lambda body: body["data"].update(password=NEW_PASSWORD))
        edit(stage, "deployments", "web", lambda body: web(body)["env"][0].update(name="RENAMED"))
        edit(stage, "deployments", "web", lambda body: web(body)["resources"]["limits"].update(memory="3333Mi"))
        found = await shown(live, lambda found: len(found) == 3 and len(fields(found[FIELD, "web"])) == 2)
        assert set(found) == {(KEY, "shop-settings"), (KEY, "shop-database"), (FIELD, "web")}
        told = {path: each for one in found.values() for path, each in fields(one).items()}
        container = "spec.template.spec.containers[web]"
        assert {path: each.removed for path, each in told.items()} == {
            "data.LOG_LEVEL": False,
            "data.password": False,
            f"{container}.env[DATABASE_PASSWORD]": True,
            f"{container}.resources.limits.memory": False,
        }
        assert {each.manager for each in told.values()} == {"kubectl-edit"}
        assert all(each.written_at is not None for each in told.values())
        assert live.figures().divergences[KEY] == 2
        await _no_value_is_kept(stage, found)

        edit(stage, "configmaps", "shop-settings", lambda body: body.update(data=settings_["data"]))
        edit(stage, "secrets", "shop-database", lambda body: body.update(data=database["data"]))
        edit(stage, "deployments", "web", lambda body: body.update(spec=deployment["spec"]))
        await shown(live, lambda found: not found)


async def test_what_an_operation_writes_is_no_drift_and_settles_what_was(
    stage: CopyStage, database_url: str, monkeypatch: pytest.MonkeyPatch
):
    request = await import_request(stage)
    await stage.import_to("Staging", request)
    async with opened(stage, database_url, monkeypatch) as live:
        await was_read(live)
        edit(stage, "configmaps", "shop-settings", lambda body: body["data"].update(LOG_LEVEL="trace"))
        await shown(live, bool)
        again = replace(
            request,
            resources=(SETTINGS,),
            overrides=Overrides(config_maps={"shop-settings": {"LOG_LEVEL": "error"}}),
            on_conflict=OnConflict.OVERWRITE,
        )
        assert (await stage.import_to("Staging", again)).state is OperationState.SUCCEEDED
        await shown(live, lambda found: not found)
        edit(stage, "configmaps", "shop-settings", lambda body: body["data"].update(LOG_LEVEL="trace"))
        assert set(await shown(live, bool)) == {(KEY, "shop-settings")}
        await _is_accepted(stage)
        await was_read(live)
        await shown(live, lambda found: not found)
        edit(stage, "configmaps", "shop-settings", lambda body: body["data"].update(LOG_LEVEL="error"))
        assert set(await shown(live, bool)) == {(KEY, "shop-settings")}


async def _is_accepted(stage: CopyStage) -> None:
    """The preview names the key, no cluster is written to, and whoever reads next finds no drift."""
    accepting = Accepting(stage.database, stage.pool, Limits(), prints=PRINTS)
    plan = await accepting.preview("shop", "Staging", AcceptRequest(objects=(SETTINGS,)), actor=BEN)
    assert [(each.resource, each.cluster, [one.path for one in each.fields]) for each in plan.fields] == [
        (SETTINGS, "staging-1", ["data.LOG_LEVEL"])
    ]
    assert (plan.changes, plan.problems) == ((), ())
    before = stage.writes("staging-1")
    request = AcceptRequest(objects=(SETTINGS,), plan_digest=plan.digest)
    release = await accepting.accept("shop", "Staging", request, actor=BEN)
    assert (release.kind, release.clusters, stage.writes("staging-1")) == (
        OperationKind.ADOPT,
        ("staging-1",),
        before,
    )
    async with stage.database.read() as tx:
        assert await tx.divergences.open() == {}
        (entry,) = (await tx.audit.list(AuditFilter(), scopes=None, limit=1)).items
    assert (entry.after or {})["fields"] == {"ConfigMap shop-settings on staging-1": ["data.LOG_LEVEL"]}


async def _no_value_is_kept(stage: CopyStage, found: dict[tuple[DivergenceKind, str], OpenDivergence]) -> None:
    """Neither in rows nor in what the list of drift shows."""
    held = [DivergenceRead.of(each).model_dump_json() for each in found.values()]
    async with stage.database.engine.begin() as connection:
        for table in ("configuration_readings", "release_objects", "field_differences", "divergences"):
            rows = await connection.execute(text(f"SELECT * FROM {table}"))
            held += [json.dumps(tuple(row), default=str) for row in rows]
    values = [NEW_PASSWORD, "put in by hand", "trace", "3333Mi"]
    assert len(held) > 6
    assert not [value for value in values if any(value in each for each in held)]
