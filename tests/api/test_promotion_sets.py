"""Promotion sets and groups over HTTP: who may, and what the answers say."""

import httpx
import pytest

from db.transaction import Database
from tests.support.rows import make_target
from tests.support.service import Json

SETS, GROUPS = "/api/v1/promotion-sets", "/api/v1/application-groups"
ORDER = {"source_environment": "Staging", "target_environment": "Production"}


@pytest.fixture
async def applications(database: Database) -> tuple[str, str]:
    for environment, cluster in (("Staging", "staging-1"), ("Production", "prod-1")):
        for name in ("api", "web"):
            await make_target(database, application=name, environment=environment, clusters=(cluster,))
    return ("api", "web")


async def test_a_group_keeps_its_applications_in_their_order(admin: httpx.AsyncClient, applications):
    answer = await admin.put(f"{GROUPS}/orders", json={"applications": ["web", "api"]})
    assert (answer.status_code, answer.json()) == (200, {"name": "orders", "applications": ["web", "api"]})
    await admin.put(f"{GROUPS}/ORDERS", json={"applications": ["api"]})
    assert (await admin.get(GROUPS)).json() == {"items": [{"name": "orders", "applications": ["api"]}]}
    assert (await admin.delete(f"{GROUPS}/orders")).status_code == 204
    assert (await admin.delete(f"{GROUPS}/orders")).status_code == 404


async def test_a_group_of_unknown_applications_is_refused(admin: httpx.AsyncClient, applications):
    answer = await admin.put(f"{GROUPS}/orders", json={"applications": ["api", "nowhere"]})
    assert answer.status_code == 404
    answer = await admin.put(f"{GROUPS}/orders", json={"applications": ["api", "API"]})
    assert (answer.status_code, answer.json()["field"]) == (422, "applications")


async def test_a_set_takes_either_applications_or_a_group(admin: httpx.AsyncClient):
    refused: tuple[Json, ...] = ({}, {"applications": ["api"], "group": "orders"}, {"applications": []})
    for members in refused:
        assert (await admin.post(f"{SETS}/preview", json={**ORDER, **members})).status_code == 422


async def test_an_unknown_group_or_application_is_not_found(admin: httpx.AsyncClient, applications):
    answer = await admin.post(f"{SETS}/preview", json={**ORDER, "group": "orders"})
    assert (answer.status_code, answer.json()["what"]) == (404, "application group")
    answer = await admin.post(SETS, json={**ORDER, "applications": ["api", "nowhere"]})
    assert (answer.status_code, answer.json()["name"]) == (404, "nowhere")


async def test_what_is_wrong_with_one_application_names_it(admin: httpx.AsyncClient, applications):
    answer = await admin.post(SETS, json={**ORDER, "applications": ["api", "web"]})
    assert answer.status_code == 409
    assert "'api'" in answer.json()["detail"]


async def test_who_only_views_starts_no_set(viewer: httpx.AsyncClient, applications):
    assert (await viewer.post(SETS, json={**ORDER, "applications": ["api"]})).status_code == 403
    assert (await viewer.put(f"{GROUPS}/orders", json={"applications": ["api"]})).status_code == 403
    assert (await viewer.get(SETS)).json() == {"items": [], "next_cursor": None}
