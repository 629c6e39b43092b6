"""LimitRanges, and disruption budgets when pods are evicted."""

from typing import Any

from tests.support.sandbox_client import NAMESPACE, PODS, Client

RANGES = f"/api/v1/namespaces/{NAMESPACE}/limitranges"
CLAIMS = f"/api/v1/namespaces/{NAMESPACE}/persistentvolumeclaims"
BUDGETS = f"/apis/policy/v1/namespaces/{NAMESPACE}/poddisruptionbudgets"


def _pod(**resources: dict[str, str]) -> dict[str, Any]:
    container = {"name": "c", "image": "registry.example/c:1", "resources": resources}
    return {"metadata": {"name": "p", "labels": {"app": "p"}}, "spec": {"containers": [container]}}


async def _limit(client: Client, **limit: Any) -> Any:
    return await client.create(RANGES, {"metadata": {"name": "r"}, "spec": {"limits": [limit]}})


async def test_containers_get_the_defaults_of_their_namespace(client: Client) -> None:
    await _limit(client, type="Container", default={"cpu": "1"}, defaultRequest={"cpu": "100m"})
    pod = await client.create(PODS, _pod(limits={"memory": "1Gi"}))
    assert pod["spec"]["containers"][0]["resources"] == {
        "limits": {"memory": "1Gi", "cpu": "1"},
        "requests": {"memory": "1Gi", "cpu": "100m"},
    }


async def test_the_default_limit_is_the_maximum(client: Client) -> None:
    made = await _limit(client, type="Container", max={"cpu": "2"})
    assert made["spec"]["limits"][0]["default"] == {"cpu": "2"}


async def test_a_pod_beyond_the_maximum_is_forbidden(client: Client) -> None:
    await _limit(client, type="Container", max={"cpu": "1"})
    status, answer = await client.send("POST", PODS, _pod(limits={"cpu": "2"}))
    assert (status, answer["reason"], answer["details"]["name"]) == (403, "Forbidden", "p")
    assert "maximum cpu usage per Container is 1, but limit is 2" in answer["message"]


async def test_a_claim_below_the_minimum_is_forbidden(client: Client) -> None:
    await _limit(client, type="PersistentVolumeClaim", min={"storage": "1Gi"})
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}}
    assert (await client.send("POST", CLAIMS, {"metadata": {"name": "c"}, "spec": spec}))[0] == 403


async def test_an_eviction_asks_the_budget(client: Client) -> None:
    await client.create(PODS, _pod())
    await client.send(
        "PATCH", f"{PODS}/p/status", {"status": {"phase": "Running"}}, content_type="application/merge-patch+json"
    )
    spec = {"minAvailable": 1, "selector": {"matchLabels": {"app": "p"}}}
    await client.create(BUDGETS, {"metadata": {"name": "b"}, "spec": spec})
    status, answer = await client.send("POST", f"{PODS}/p/eviction", {"metadata": {"name": "p"}})
    assert (status, answer["details"]["causes"][0]["reason"]) == (429, "DisruptionBudget")
