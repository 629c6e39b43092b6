"""What a maintainer of one application once could do to others and to the cluster, over the public API."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from sandbox.server import Sandbox
from tests.support.service import Json

HERE = "/api/v1/applications/shop/environments"
_PRIVILEGED: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "DaemonSet",
    "metadata": {"name": "agent"},
    "spec": {
        "selector": {"matchLabels": {"app": "agent"}},
        "template": {
            "metadata": {"labels": {"app": "agent"}},
            "spec": {
                "hostPID": True,
                "containers": [{"name": "agent", "image": "agent:1", "securityContext": {"privileged": True}}],
                "volumes": [{"name": "root", "hostPath": {"path": "/"}}],
            },
        },
    },
}
_EXTERNAL: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "takes-over"},
    "spec": {"selector": {"app": "agent"}, "ports": [{"port": 53}], "externalIPs": ["192.0.2.53"]},
}
_FOR_EVERYBODY: dict[str, Any] = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "RoleBinding",
    "metadata": {"name": "open"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
    "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:unauthenticated"}],
}


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """Clusters of one's own, with another team's namespace, and a Secret in it."""
    async with Sandbox(["dev-1", "staging-1"], example=True, speed=50) as sandbox:
        dev = sandbox.cluster("dev-1")
        dev.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "payments"}})
        data = {"token": "Y2FuYXJ5LXBheW1lbnRz"}
        dev.create(
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys", "namespace": "payments"}, "data": data}
        )
        yield sandbox


@pytest.fixture
async def shop(admin: httpx.AsyncClient, clusters) -> None:
    """The application, with namespaces `shop` and `shop-…` in both environments."""
    for name, cluster in (("Development", "dev-1"), ("Staging", "staging-1")):
        body = {"name": name, "clusters": [cluster], "namespaces": ["shop", "shop-*"]}
        assert (await admin.post("/api/v1/environments", json=body)).status_code == 201
    assert (await admin.post("/api/v1/applications", json={"name": "shop"})).status_code == 201


def _manifests(*manifests: Json) -> Json:
    return {
        "namespace": "shop-tools",
        "manifests": json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests}),
    }


def _not_given(answer: httpx.Response) -> bool:
    return (answer.status_code, answer.json()["code"]) == (403, "namespace-not-given")


async def test_another_teams_namespace_is_neither_seen_nor_adopted_nor_written_to(
    operator: httpx.AsyncClient, admin: httpx.AsyncClient, shop
):
    for path in ("/api/v1/environments/Development/namespaces", "/api/v1/clusters/dev-1/namespaces"):
        assert "payments" not in (await operator.get(path)).text
    for path, body in (
        ("adopt/preview", {"namespace": "payments"}),
        ("adopt", {"namespace": "payments"}),
        ("configure/preview", {**_manifests(_EXTERNAL), "namespace": "payments"}),
        ("configure", {**_manifests(_EXTERNAL), "namespace": "payments"}),
    ):
        for caller in (operator, admin):
            assert _not_given(await caller.post(f"{HERE}/Development/{path}", json=body)), path


async def test_a_secret_of_a_namespace_that_was_taken_back_is_not_imported(
    operator: httpx.AsyncClient, admin: httpx.AsyncClient, shop
):
    given = await admin.post("/api/v1/environments/Development/namespaces", json={"pattern": "payments"})
    assert given.status_code == 201
    adopted = await operator.post(f"{HERE}/Development/adopt", json={"namespace": "payments"})
    assert adopted.status_code == 200, adopted.text
    taken = await admin.delete(f"/api/v1/environments/Development/namespaces/{given.json()['id']}")
    assert taken.status_code == 204
    keys = {"api_version": "v1", "kind": "Secret", "name": "keys"}
    body = {"source_environment": "Development", "namespace": "shop", "resources": [keys]}
    for path in ("import/preview", "import"):
        assert _not_given(await operator.post(f"{HERE}/Staging/{path}", json=body))
    assert _not_given(await operator.get(f"{HERE}/Development/resources"))


async def test_a_namespace_of_the_cluster_cannot_be_set_and_is_not_listed(operator: httpx.AsyncClient, shop):
    assert _not_given(await operator.patch(f"{HERE}/Development", json={"namespace": "kube-system"}))
    assert (await operator.get(f"{HERE}/Development")).json()["namespace"] is None


async def test_who_maintains_gives_himself_neither_namespaces_nor_dangers(operator: httpx.AsyncClient, shop):
    path = "/api/v1/environments/Development"
    assert (await operator.post(f"{path}/namespaces", json={"pattern": "payments"})).status_code == 403
    assert (await operator.patch(path, json={"allowed_dangers": ["privileged-pods"]})).status_code == 403


async def test_what_is_dangerous_is_named_and_not_allowed_by_who_asks(operator: httpx.AsyncClient, shop):
    consents = ["privileged-pods", "external-ips", "system-subjects"]
    body = _manifests(_PRIVILEGED, _EXTERNAL, _FOR_EVERYBODY)
    plan = (await operator.post(f"{HERE}/Development/configure/preview", json=body)).json()
    found = {each["consent"] for cluster in plan["clusters"] for each in cluster["problems"]}
    assert found >= set(consents)
    refused = await operator.post(f"{HERE}/Development/configure", json={**body, "allow": consents})
    assert (refused.status_code, refused.json()["code"]) == (409, "plan-blocked")
    blocking = {each["code"] for each in refused.json()["problems"] if each["severity"] == "blocks"}
    assert blocking >= {
        "consent-not-given",
        "danger-privileged-pods",
        "danger-external-ips",
        "danger-system-subjects",
    }


async def test_an_administrator_allows_a_danger_once_or_for_good(
    operator: httpx.AsyncClient, admin: httpx.AsyncClient, shop
):
    body, path = _manifests(_EXTERNAL), f"{HERE}/Development/configure/preview"

    async def blocked(caller: httpx.AsyncClient, **more: Any) -> bool:
        plan = (await caller.post(path, json={**body, **more})).json()
        return any(each["severity"] == "blocks" for cluster in plan["clusters"] for each in cluster["problems"])

    assert await blocked(admin)
    assert not await blocked(admin, allow=["external-ips"])
    changed = await admin.patch("/api/v1/environments/Development", json={"allowed_dangers": ["external-ips"]})
    assert changed.json()["allowed_dangers"] == ["external-ips"]
    assert not await blocked(operator)


async def test_values_that_somebody_typed_in_are_shown_to_who_maintains_alone(
    operator: httpx.AsyncClient, viewer: httpx.AsyncClient, shop
):
    canary = "canary-in-a-request"
    settings = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"mode": canary}}
    started = await operator.post(f"{HERE}/Development/configure", json=_manifests(settings))
    assert started.status_code == 202, started.text
    path = f"/api/v1/operations/{started.json()['id']}"
    assert canary in (await operator.get(path)).text
    shown = await viewer.get(path)
    assert shown.json()["request"]["manifests"][0]["data"] == {"mode": "withheld"}
    assert canary not in shown.text
