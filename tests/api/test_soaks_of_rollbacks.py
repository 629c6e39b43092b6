"""A rollback over HTTP soaks for a minute where a promotion soaks for an hour, says so, and soaks in full if asked."""

from collections.abc import AsyncIterator

import httpx
import pytest

from sandbox.server import Sandbox
from tests.support.adopted_shop import SHOP, TO_STAGING, adopted
from tests.support.eventually import eventually
from tests.support.service import Json

_ROLLBACK = f"{SHOP}/environments/Staging/rollback"
_AN_HOUR = {"failure": "stop", "rings": [{"remaining": True, "soak_seconds": 3600}]}


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """Clusters of one's own: these tests write to them."""
    async with Sandbox(["dev-1", "staging-1"], speed=50) as sandbox:
        yield sandbox


@pytest.fixture
async def promoted(admin: httpx.AsyncClient, environments: object, sandbox: Sandbox) -> str:
    """A promotion to Staging that has succeeded; since then, rings of Staging soak for an hour."""
    await adopted(admin, sandbox, dev="registry.example/shop/web:2", staging="registry.example/shop/web:1")
    started = await admin.post(f"{SHOP}/promotions", json=TO_STAGING)
    assert started.status_code == 202, started.text
    operation = started.headers["Location"]

    async def ended() -> bool | None:
        return True if (await admin.get(operation)).json()["state"] == "succeeded" else None

    await eventually(ended)
    answer = await admin.patch("/api/v1/environments/Staging", json={"strategy": _AN_HOUR})
    assert answer.status_code == 200, answer.text
    return str(started.json()["id"])


async def _preview(admin: httpx.AsyncClient, request: Json) -> Json:
    answer = await admin.post(f"{_ROLLBACK}/preview", json=request)
    assert answer.status_code == 200, answer.text
    plan: Json = answer.json()
    return plan


async def _soaks_of_started(admin: httpx.AsyncClient, request: Json) -> list[int]:
    answer = await admin.post(_ROLLBACK, json=request)
    assert answer.status_code == 202, answer.text
    return [ring["soak_seconds"] for ring in answer.json()["rings"]["rings"]]


async def test_what_is_put_back_soaks_for_a_minute_as_its_plan_tells(admin, promoted):
    request = {"operation": promoted}
    plan = await _preview(admin, request)
    assert [(each["code"], each["severity"]) for each in plan["problems"]] == [("soaks-shortened", "tells")]
    assert [ring["soak_seconds"] for ring in plan["strategy"]["rings"]] == [60]
    assert await _soaks_of_started(admin, {**request, "plan_digest": plan["digest"]}) == [60]


async def test_the_remedy_of_that_has_it_soak_in_full(admin, promoted):
    request = {"operation": promoted}
    remedy = (await _preview(admin, request))["problems"][0]["remedy"]
    full = {**request, **remedy["request"]}
    plan = await _preview(admin, full)
    assert plan["problems"] == []
    assert await _soaks_of_started(admin, {**full, "plan_digest": plan["digest"]}) == [3600]


async def test_a_strategy_that_is_asked_for_is_taken_as_it_is(admin, promoted):
    request = {"operation": promoted, "strategy": _AN_HOUR}
    assert (await _preview(admin, request))["problems"] == []
    assert await _soaks_of_started(admin, request) == [3600]


async def test_where_nothing_is_to_be_put_back_nothing_is_told(admin, promoted):
    newest = (await admin.get(f"{SHOP}/environments/Staging/releases")).json()["items"][0]
    plan = await _preview(admin, {"release": newest["number"]})
    assert (plan["nothing_to_do"], plan["problems"]) == (True, [])
