"""The rights that deploy/rbac.yaml gives are enough for the whole journey, and no more than it needs."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import yaml

from sandbox.server import Sandbox
from tests.support.service import Json, registration

_DEPLOY = Path(__file__).parents[2] / "deploy"
SMALLEST, CLUSTER_WIDE = ("rbac.yaml",), ("rbac.yaml", "rbac-cluster-wide.yaml")
USER = "system:serviceaccount:stagecoach:stagecoach"
SHOP = "/api/v1/applications/shop"


@pytest.fixture(params=[SMALLEST, CLUSTER_WIDE], ids=["smallest", "cluster-wide"])
async def sandbox(request: pytest.FixtureRequest) -> AsyncIterator[Sandbox]:
    """Clusters on which Stagecoach has the rights of the manifests, and no others."""
    async with Sandbox(["dev-1", "staging-1"], example=True, speed=50) as sandbox:
        for name in sandbox.names:
            if sandbox.cluster(name).get("namespaces", "shop") is None:
                sandbox.cluster(name).create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
            for document in [
                each for file in request.param for each in yaml.safe_load_all((_DEPLOY / file).read_text())
            ]:
                sandbox.cluster(name).create(document)
            sandbox.access(name).add_user(USER)
        yield sandbox


@pytest.fixture
async def clusters(admin: httpx.AsyncClient, sandbox: Sandbox) -> tuple[str, ...]:
    for name in ("dev-1", "staging-1"):
        body = registration(sandbox, name, user=USER)
        kubeconfig = yaml.safe_load(body["credential"]["kubeconfig"])
        kubeconfig["contexts"][0]["context"]["namespace"] = "shop"
        body["credential"]["kubeconfig"] = yaml.safe_dump(kubeconfig)
        answer = await admin.post("/api/v1/clusters", json=body)
        assert answer.status_code == 201, answer.text
    return ("dev-1", "staging-1")


@pytest.fixture
async def adopted(admin: httpx.AsyncClient, environments) -> list[Json]:
    """The example in Development; what of it can be copied with these rights."""
    await admin.post("/api/v1/applications", json={"name": "shop"})
    answer = await admin.post(f"{SHOP}/environments/Development/adopt", json={"namespace": "shop"})
    assert answer.status_code == 200, answer.text
    found = (await admin.get(f"{SHOP}/environments/Development/resources")).json()["items"]
    return [each["resource"] for each in found if each["selected"]]


async def _ended(admin: httpx.AsyncClient, answer: httpx.Response) -> Json:
    assert answer.status_code == 202, answer.text
    async with admin.stream("GET", f"/api/v1/operations/{answer.json()['id']}/events") as events:
        async for _ in events.aiter_lines():
            pass
    operation: Json = (await admin.get(answer.headers["Location"])).json()
    return operation


async def test_importing_and_promoting_need_no_more_than_the_manifest_gives(
    admin: httpx.AsyncClient, adopted: list[Json]
):
    assert {"Deployment", "StatefulSet", "ConfigMap", "Secret", "Ingress"} <= {each["kind"] for each in adopted}
    order = {"source_environment": "Development", "namespace": "shop", "resources": adopted}
    imported = await _ended(admin, await admin.post(f"{SHOP}/environments/Staging/import", json=order))
    assert imported["state"] == "succeeded", imported["clusters"]
    workload = {"api_version": "apps/v1", "kind": "Deployment", "name": "checkout"}
    image = {"workload": workload, "container": "checkout", "image": "registry.example/shop/checkout:3.3.0"}
    deployed = await _ended(
        admin, await admin.post(f"{SHOP}/environments/Development/deploy", json={"images": [image]})
    )
    assert deployed["state"] == "succeeded", deployed["clusters"]
    order = {"source_environment": "Development", "target_environment": "Staging"}
    promoted = await _ended(admin, await admin.post(f"{SHOP}/promotions", json=order))
    assert promoted["state"] == "succeeded", promoted["clusters"]


async def test_a_kind_without_rights_is_left_out_of_what_is_adopted(admin: httpx.AsyncClient, adopted: list[Json]):
    assert "Storefront" not in {each["kind"] for each in adopted}
