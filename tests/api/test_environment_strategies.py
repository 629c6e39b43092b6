"""The strategy of an environment over the API: it is stored as it was sent, and what cannot hold is refused."""

from typing import Any

import httpx
import pytest

_STAGING = "/api/v1/environments/Staging"
_POD = {"restartPolicy": "Never", "containers": [{"name": "work", "image": "$(image)"}]}
_JOB = {"manifest": {"apiVersion": "batch/v1", "kind": "Job", "spec": {"template": {"spec": _POD}}}, "seconds": 60}
_HOOK = {"name": "migrate", "when": "before", "scope": "environment", "job": _JOB}
_CHECK = {"name": "smoke", "http": {"url": "https://shop.example/version", "window": {"seconds": 60, "every": 5}}}


async def _patched(admin: httpx.AsyncClient, strategy: dict[str, Any] | None) -> httpx.Response:
    return await admin.patch(_STAGING, json={"strategy": strategy})


async def _stored(admin: httpx.AsyncClient) -> Any:
    return (await admin.get(_STAGING)).json()["strategy"]


@pytest.mark.parametrize(
    "strategy",
    [
        {"on_failure": "roll-back"},
        {"waves": [["staging-1"]]},
        {"failure": "all-or-nothing"},
        {"failure": "stop"},
        {"failure": "best-effort"},
        {"failure": "quorum", "quorum": "80%"},
        {"failure": "quorum", "quorum": 1},
        {"hooks": [_HOOK]},
    ],
)
async def test_each_member_is_read_as_it_was_written(
    admin: httpx.AsyncClient, environments: object, strategy: dict[str, Any]
) -> None:
    answer = await _patched(admin, strategy)
    assert answer.status_code == 200, answer.text
    stored = await _stored(admin)
    assert answer.json()["strategy"] == stored
    if "hooks" in strategy:
        [hook] = stored.pop("hooks")
        assert (hook["name"], hook["when"], hook["scope"]) == ("migrate", "before", "environment")
        assert hook["job"]["manifest"] == _JOB["manifest"]
        return
    assert {name: stored[name] for name in strategy} == strategy


@pytest.mark.parametrize(
    "ring",
    [
        {"clusters": ["staging-1"]},
        {"labels": {"region": "eu"}},
        {"size": 1},
        {"size": "25%", "soak_seconds": 600},
        {"remaining": True, "pauses": True},
        {"remaining": True, "checks": [_CHECK]},
    ],
)
async def test_each_kind_of_ring_is_read_as_it_was_written(
    admin: httpx.AsyncClient, environments: object, ring: dict[str, Any]
) -> None:
    answer = await _patched(admin, {"rings": [ring]})
    assert answer.status_code == 200, answer.text
    [stored] = (await _stored(admin))["rings"]
    for check in stored["checks"]:
        assert (check["name"], check["http"]["url"]) == ("smoke", "https://shop.example/version")
    assert {name: stored[name] for name in ring if name != "checks"} == {
        name: value for name, value in ring.items() if name != "checks"
    }
    assert len(stored["checks"]) == len(ring.get("checks", ()))


@pytest.mark.parametrize(
    "strategy",
    [
        {"failure": "quorum"},
        {"failure": "stop", "quorum": 2},
        {"failure": "stop", "on_failure": "stay"},
        {"waves": [["staging-1"]], "rings": [{"remaining": True}]},
        {"rings": [{"size": 1, "remaining": True}]},
        {"rings": [{"size": "0%"}]},
        {"rings": [{"clusters": ["nowhere"]}]},
        {"rings": [{"remaining": True, "soak_seconds": -1}]},
        {"hooks": [_HOOK, _HOOK]},
        {"hooks": [{**_HOOK, "job": {**_JOB, "manifest": {"apiVersion": "v1", "kind": "Pod"}}}]},
    ],
)
async def test_a_strategy_that_cannot_hold_is_refused_and_changes_nothing(
    admin: httpx.AsyncClient, environments: object, strategy: dict[str, Any]
) -> None:
    await _patched(admin, {"failure": "stop"})
    before = await _stored(admin)
    answer = await _patched(admin, strategy)
    assert answer.status_code == 422, answer.text
    assert answer.json()["field"].startswith("body.strategy")
    assert await _stored(admin) == before


async def test_a_strategy_stays_where_a_change_leaves_it_out_and_null_removes_it(
    admin: httpx.AsyncClient, environments: object
) -> None:
    await _patched(admin, {"failure": "stop"})
    kept = (await admin.patch(_STAGING, json={"default_namespace": "shop"})).json()
    assert kept["strategy"]["failure"] == "stop"
    await _patched(admin, None)
    assert await _stored(admin) is None
