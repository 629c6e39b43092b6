"""A finding about one workload over HTTP, by its remedy to the end: the others change, and that one does not."""

import copy
from collections.abc import AsyncIterator

import httpx
import pytest

from sandbox.server import Sandbox
from tests.support.adopted_shop import SHOP, TO_STAGING, adopted
from tests.support.eventually import eventually
from tests.support.promotion_stage import plain
from tests.support.service import Json

_NEW, _OLD = "registry.example/shop/web:2", "registry.example/shop/web:1"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """Clusters of one's own: these tests write to them."""
    async with Sandbox(["dev-1", "staging-1"], speed=50) as sandbox:
        yield sandbox


@pytest.fixture
async def paused(admin: httpx.AsyncClient, environments: object, sandbox: Sandbox) -> Sandbox:
    """Development has a new image of web and api; the rollouts of api are paused in Staging."""
    await adopted(admin, sandbox, ("web", "api"), dev=_NEW, staging=_OLD)
    body = copy.deepcopy(plain(sandbox.cluster("staging-1").get("deployments", "api", "shop")))
    body["spec"]["paused"] = True
    sandbox.cluster("staging-1").update(body, manager="kubectl")
    return sandbox


def _image(sandbox: Sandbox, name: str) -> str:
    """Its name and tag in Staging, without the digest."""
    found = sandbox.cluster("staging-1").get("deployments", name, "shop")
    assert found is not None
    image: str = found["spec"]["template"]["spec"]["containers"][0]["image"]
    return image.partition("@")[0]


async def _preview(admin: httpx.AsyncClient, request: Json) -> Json:
    answer = await admin.post(f"{SHOP}/promotions/preview", json=request)
    assert answer.status_code == 200, answer.text
    plan: Json = answer.json()
    return plan


def _problems(plan: Json) -> list[Json]:
    return [*plan["problems"], *(each for one in plan["clusters"] for each in one["problems"])]


async def test_what_the_remedy_of_a_finding_leaves_out_stays_as_it_is_and_the_rest_is_promoted(admin, paused):
    plan = await _preview(admin, TO_STAGING)
    [problem] = _problems(plan)
    assert (problem["code"], plan["blocked"]) == ("rollout-paused", True)
    assert (problem["remedy"]["code"], problem["remedy"]["title"]) == ("leave-out", "Leave out Deployment api")

    request = {**TO_STAGING, **problem["remedy"]["request"]}
    plan = await _preview(admin, request)
    assert (_problems(plan), plan["blocked"]) == ([], False)
    assert [each["container"] for one in plan["clusters"] for each in one["changes"]] == ["web"]
    started = await admin.post(f"{SHOP}/promotions", json={**request, "plan_digest": plan["digest"]})
    assert started.status_code == 202, started.text

    async def ended() -> Json | None:
        operation: Json = (await admin.get(started.headers["Location"])).json()
        return operation if operation["ended_at"] is not None else None

    operation = await eventually(ended)
    assert operation["state"] == "succeeded", operation["message"]
    assert (_image(paused, "web"), _image(paused, "api")) == (_NEW, _OLD)
    written = [each.path for each in paused.writes("staging-1") if not each.dry_run]
    assert [path for path in written if "/deployments/api" in path] == []


async def test_a_plan_that_leaves_everything_out_has_nothing_to_do(admin, paused):
    workloads = [{"api_version": "apps/v1", "kind": "Deployment", "name": name} for name in ("web", "api")]
    plan = await _preview(admin, {**TO_STAGING, "leave_out": [{"workload": each} for each in workloads]})
    assert (plan["nothing_to_do"], _problems(plan)) == (True, [])
    assert [one["changes"] for one in plan["clusters"]] == [[]]
