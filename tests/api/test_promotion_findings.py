"""Findings of promotions about their images and their source, over the API and on practice clusters."""

import copy
from collections.abc import AsyncIterator
from functools import partial

import httpx
import pytest

from sandbox.server import Sandbox
from tests.support.adopted_shop import SHOP, TO_STAGING, adopted, rolled_out
from tests.support.eventually import eventually
from tests.support.promotion_stage import plain
from tests.support.service import Json

WEB = {"workload": {"api_version": "apps/v1", "kind": "Deployment", "name": "web"}, "container": "web"}


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """Clusters of one's own: these tests write to them."""
    async with Sandbox(["dev-1", "staging-1"], speed=50) as sandbox:
        yield sandbox


async def runs(sandbox: Sandbox, image: str, *, ready: bool = True) -> None:
    """Give Development's Deployment another image."""
    body = copy.deepcopy(plain(sandbox.cluster("dev-1").get("deployments", "web", "shop")))
    body["spec"]["template"]["spec"]["containers"][0]["image"] = image
    sandbox.cluster("dev-1").update(body, manager="kubectl")
    if ready:
        await eventually(partial(rolled_out, sandbox, "dev-1"))


async def findings(admin: httpx.AsyncClient, **more: object) -> tuple[Json, list[tuple[str, str]]]:
    answer = await admin.post(f"{SHOP}/promotions/preview", json={**TO_STAGING, **more})
    assert answer.status_code == 200, answer.text
    plan: Json = answer.json()
    problems = [*plan["problems"], *(each for one in plan["clusters"] for each in one["problems"])]
    return plan, [(each["code"], each["severity"]) for each in problems]


async def test_what_fails_at_the_source_blocks_unless_named_and_what_is_older_is_a_downgrade(
    admin: httpx.AsyncClient, environments, sandbox: Sandbox
):
    await adopted(admin, sandbox, dev="registry.example/shop/web:1.5.0", staging="registry.example/shop/web:1.4.0")
    plan, found = await findings(admin)
    assert found == []
    assert plan["clusters"][0]["changes"][0]["direction"] == "upgrade"

    await runs(sandbox, "registry.example/shop/web:1.6.0-broken", ready=False)
    plan, found = await findings(admin)
    # What else is found depends on how far the rollout is by then.
    assert {code for code, severity in found if severity == "blocks"} & {"source-failing", "source-rolling-out"}
    assert plan["blocked"]
    assert (await admin.post(f"{SHOP}/promotions", json=TO_STAGING)).json()["code"] == "plan-blocked"
    plan, found = await findings(admin, containers=[WEB])
    assert ({severity for _, severity in found} >= {"warns"}, plan["blocked"]) == (True, False)

    await runs(sandbox, "registry.example/shop/web:1.3.0")
    plan, found = await findings(admin)
    assert found == [("downgrade", "warns")]
    assert (plan["clusters"][0]["changes"][0]["direction"], plan["blocked"]) == ("downgrade", False)


async def test_an_environment_with_a_registry_of_its_own_gets_its_names_once_the_image_is_there(
    admin: httpx.AsyncClient, environments, sandbox: Sandbox, docker_registry, repository
):
    digest = await docker_registry.push_image(f"{repository}/dev", "2", content="new")
    former = await docker_registry.push_image(f"{repository}/live", "1", content="old")
    host = docker_registry.address
    base = f"{host}/{repository}"
    await adopted(admin, sandbox, dev=f"{base}/dev:2@{digest}", staging=f"{base}/live:1@{former}")
    registry = {"plain_http": True, "credential": {"kind": "anonymous"}}
    assert (await admin.put(f"/api/v1/registries/{host}", json=registry)).status_code == 200
    mappings = [{"source": f"{base}/dev", "target": f"{base}/live"}]
    changed = await admin.patch("/api/v1/environments/Staging", json={"image_mappings": mappings})
    assert changed.status_code == 200, changed.text

    plan, found = await findings(admin)
    assert found == [("image-not-in-registry", "blocks")]
    assert plan["clusters"][0]["changes"][0]["after"]["reference"] == f"{base}/live:2@{digest}"
    assert await docker_registry.push_image(f"{repository}/live", "2", content="new") == digest
    plan, found = await findings(admin)
    assert (found, plan["blocked"]) == ([], False)
