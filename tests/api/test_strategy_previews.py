"""A strategy is judged before an operation is started with it, in the words of the start."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from domain.words import Role
from tests.support.service import Service, caller

_PREVIEW = "/api/v1/environments/Staging/strategy/preview"
_CAREFUL = {"failure": "all-or-nothing", "rings": [{"size": 1, "soak_seconds": 600}]}
_CARELESS = {"failure": "best-effort"}


@pytest.fixture
async def shop(admin: httpx.AsyncClient, environments: object) -> str:
    answer = await admin.post("/api/v1/applications", json={"name": "shop"})
    assert answer.status_code == 201, answer.text
    return "shop"


@pytest.fixture
async def promoter(service: Service, shop: str, issue) -> AsyncIterator[httpx.AsyncClient]:
    async with caller(service, await issue(Role.PROMOTER)) as client:
        yield client


async def _previewed(client: httpx.AsyncClient, strategy: dict[str, Any], *applications: str) -> httpx.Response:
    return await client.post(_PREVIEW, json={"applications": applications or ["shop"], "strategy": strategy})


async def test_it_says_which_clusters_each_ring_has_and_which_none_has(promoter: httpx.AsyncClient) -> None:
    rings = [{"labels": {"region": "moon"}}, {"clusters": ["STAGING-1"]}]
    answer = await _previewed(promoter, {"rings": rings})
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"rings": [[], ["staging-1"]], "left_over": []}
    left = await _previewed(promoter, {"rings": rings[:1]})
    assert left.json() == {"rings": [[]], "left_over": ["staging-1"]}


async def test_a_cluster_that_the_environment_does_not_have_is_refused_by_its_name(promoter: httpx.AsyncClient) -> None:
    answer = await _previewed(promoter, {"rings": [{"clusters": ["nowhere"]}]})
    assert (answer.status_code, answer.json()["field"]) == (422, "strategy.rings")
    assert "nowhere" in answer.json()["detail"]


async def test_a_promoter_is_told_what_is_less_careful_and_a_maintainer_may(
    admin: httpx.AsyncClient, promoter: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    patched = await admin.patch("/api/v1/environments/Staging", json={"strategy": _CAREFUL})
    assert patched.status_code == 200, patched.text
    refused = await _previewed(promoter, _CARELESS)
    assert refused.status_code == 403
    assert "'shop' in 'Staging'" in refused.json()["detail"]
    assert "soaks 0 seconds" in refused.json()["detail"]
    assert (await _previewed(operator, _CARELESS)).status_code == 200


async def test_what_one_of_several_applications_is_refused_is_said_with_its_name(
    promoter: httpx.AsyncClient,
) -> None:
    answer = await _previewed(promoter, {"failure": "stop"}, "shop", "nothing")
    assert answer.status_code == 404
    assert "'nothing'" in answer.json()["detail"]


_PREVIEW_OWN = "/api/v1/environments/Staging/strategy/preview-own"


async def test_a_strategy_that_becomes_the_environments_own_is_judged_as_its_update_is_and_not_stored(
    admin: httpx.AsyncClient, shop: str
) -> None:
    fits = await admin.post(_PREVIEW_OWN, json={"strategy": _CAREFUL})
    assert (fits.status_code, fits.json()) == (200, {"rings": [["staging-1"]], "left_over": []})
    nowhere = {"strategy": {"rings": [{"clusters": ["nowhere"]}]}}
    previewed = await admin.post(_PREVIEW_OWN, json=nowhere)
    updated = await admin.patch("/api/v1/environments/Staging", json=nowhere)
    assert (previewed.status_code, previewed.json()["detail"]) == (422, updated.json()["detail"])
    assert (await admin.get("/api/v1/environments/Staging")).json()["strategy"] is None
