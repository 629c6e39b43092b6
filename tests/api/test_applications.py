"""Applications, and their settings in each environment."""

import httpx
import pytest

from db.transaction import Database


@pytest.fixture
async def shop(operator: httpx.AsyncClient, environments) -> str:
    answer = await operator.post("/api/v1/applications", json={"name": "shop", "description": "Sells things"})
    assert answer.status_code == 201
    return "shop"


async def test_an_application_is_unconfigured_everywhere(viewer: httpx.AsyncClient, shop):
    everywhere = (await viewer.get("/api/v1/applications/shop/environments")).json()
    assert [(each["environment"], each["configured"]) for each in everywhere] == [
        ("Development", False),
        ("Staging", False),
    ]


async def test_it_starts_with_its_environments_defaults(admin: httpx.AsyncClient, shop):
    await admin.patch("/api/v1/environments/Staging", json={"default_namespace": "live", "deploy_mode": "auto"})
    there = (await admin.get("/api/v1/applications/shop/environments/Staging")).json()
    assert (there["namespace"], there["deploy_mode"]) == ("live", "auto")


async def test_its_settings_in_one_environment_change_no_other(operator: httpx.AsyncClient, shop):
    url = "/api/v1/applications/shop/environments"
    changed = (await operator.patch(f"{url}/Staging", json={"deploy_mode": "auto", "namespace": "shop"})).json()
    assert (changed["deploy_mode"], changed["namespace"]) == ("auto", "shop")
    other = (await operator.get(f"{url}/Development")).json()
    assert (other["deploy_mode"], other["namespace"]) == ("manual", None)


async def test_the_namespace_of_a_configured_one_cannot_change(operator: httpx.AsyncClient, shop, database: Database):
    async with database.begin() as tx:
        application, environment = await tx.applications.find("shop"), await tx.environments.find("Staging")
        assert application is not None
        assert environment is not None
        app_environment = await tx.app_environments.ensure(application.id, environment.id)
        await tx.app_environments.configure(app_environment, namespace="shop", resources=[])
    url = "/api/v1/applications/shop/environments/Staging"
    answer = await operator.patch(url, json={"namespace": "elsewhere"})
    assert (answer.status_code, answer.json()["code"]) == (409, "already-configured")
    assert (await operator.patch(url, json={"namespace": "shop"})).status_code == 200


async def test_applications_are_renamed_and_searched(operator: httpx.AsyncClient, shop):
    await operator.post("/api/v1/applications", json={"name": "billing"})
    await operator.patch("/api/v1/applications/shop", json={"name": "web-shop"})
    found = (await operator.get("/api/v1/applications", params={"search": "SHOP"})).json()["items"]
    assert [(each["name"], each["description"]) for each in found] == [("web-shop", "Sells things")]


async def test_an_application_is_deleted(operator: httpx.AsyncClient, shop):
    assert (await operator.delete("/api/v1/applications/shop")).status_code == 204
    assert (await operator.get("/api/v1/applications/shop")).status_code == 404


async def test_an_unknown_environment_is_named(operator: httpx.AsyncClient, shop):
    answer = await operator.get("/api/v1/applications/shop/environments/Nowhere")
    assert (answer.status_code, answer.json()["what"]) == (404, "environment")


async def test_pages_lead_through_all_applications_once(operator: httpx.AsyncClient, environments):
    names = [f"app-{number:02}" for number in range(7)]
    for name in names:
        await operator.post("/api/v1/applications", json={"name": name})
    seen, cursor = [], None
    while True:
        params = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = (await operator.get("/api/v1/applications", params=params)).json()
        seen += [each["name"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == names


@pytest.mark.parametrize("cursor", ["x", "AAAA", "!!!", "MTo%00"])
async def test_a_foreign_cursor_is_refused(viewer: httpx.AsyncClient, cursor: str):
    answer = await viewer.get("/api/v1/applications", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["field"]) == (422, "query.cursor")
