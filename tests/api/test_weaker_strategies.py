"""Who may be less careful than an environment's strategy asks for: whoever maintains, and nobody who only promotes."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from domain.words import Role
from sandbox.server import Sandbox
from tests.support.adopted_shop import SHOP, TO_STAGING, adopted
from tests.support.service import caller

_STAGING = "/api/v1/environments/Staging"
_RING = {"remaining": True, "soak_seconds": 600, "pauses": True}
_CAREFUL = {"failure": "all-or-nothing", "rings": [_RING]}
_POD = {"restartPolicy": "Never", "containers": [{"name": "work", "image": "$(image:web)"}]}
_JOB = {"manifest": {"apiVersion": "batch/v1", "kind": "Job", "spec": {"template": {"spec": _POD}}}, "seconds": 60}
_HOOK = {"name": "migrate", "when": "before", "scope": "environment", "job": _JOB}


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """Clusters of one's own: these tests write to them."""
    async with Sandbox(["dev-1", "staging-1"], speed=50) as sandbox:
        yield sandbox


@pytest.fixture
async def promoter(service, issue) -> AsyncIterator[httpx.AsyncClient]:
    async with caller(service, await issue(Role.PROMOTER)) as client:
        yield client


@pytest.fixture
async def careful(admin: httpx.AsyncClient, environments: object, sandbox: Sandbox) -> Sandbox:
    """Staging has a careful strategy, and an image to come from Development. These are the clusters."""
    await adopted(admin, sandbox, dev="registry.example/shop/web:2", staging="registry.example/shop/web:1")
    answer = await admin.patch(_STAGING, json={"strategy": _CAREFUL})
    assert answer.status_code == 200, answer.text
    return sandbox


async def _promoted(client: httpx.AsyncClient, strategy: dict[str, Any]) -> httpx.Response:
    return await client.post(f"{SHOP}/promotions", json={**TO_STAGING, "strategy": strategy})


@pytest.mark.parametrize(
    ("weaker", "named"),
    [
        ({**_CAREFUL, "failure": "best-effort"}, "Its failure policy is best-effort"),
        ({**_CAREFUL, "rings": [{**_RING, "soak_seconds": 60}]}, "It soaks 60 seconds"),
        ({**_CAREFUL, "rings": [{**_RING, "pauses": False}]}, "It does not wait for a person"),
        ({**_CAREFUL, "hooks": [_HOOK]}, "It brings a Job of its own: 'migrate'"),
    ],
)
async def test_who_only_promotes_is_refused_a_weaker_strategy_and_told_what_is_weaker(
    promoter, operator, careful, weaker, named
):
    refused = await _promoted(promoter, weaker)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert named in refused.json()["detail"]
    assert [each for each in careful.writes("staging-1") if "/deployments/web" in each.path] == []
    allowed = await _promoted(operator, weaker)
    assert allowed.status_code == 202, allowed.text


async def test_who_only_promotes_may_be_more_careful(promoter, careful):
    stricter = {**_CAREFUL, "rings": [{**_RING, "soak_seconds": 900}]}
    answer = await _promoted(promoter, stricter)
    assert answer.status_code == 202, answer.text


async def test_the_strategy_of_an_environment_is_not_for_who_only_promotes_to_change(promoter, admin, careful):
    refused = await promoter.patch(_STAGING, json={"strategy": None})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert (await admin.get(_STAGING)).json()["strategy"]["failure"] == "all-or-nothing"
