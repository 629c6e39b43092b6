"""Environments: their order, their clusters, and what prevents their deletion."""

import httpx

from db.transaction import Database
from sandbox.server import Sandbox


async def test_an_environment_is_added_at_the_end(admin: httpx.AsyncClient, environments):
    body = {"name": "Production", "clusters": ["staging-1", "dev-1"], "default_namespace": "shop", "pin": "tag"}
    answer = await admin.post("/api/v1/environments", json=body)
    assert answer.status_code == 201
    made = answer.json()
    assert (made["rank"], made["pin"], made["deploy_mode"]) == (3, "tag", "manual")
    assert [cluster["name"] for cluster in made["clusters"]] == ["staging-1", "dev-1"]


async def test_a_cluster_that_does_not_exist_is_named(admin: httpx.AsyncClient, clusters):
    answer = await admin.post("/api/v1/environments", json={"name": "Test", "clusters": ["dev-1", "nowhere"]})
    assert (answer.status_code, answer.json()["what"], answer.json()["name"]) == (404, "cluster", "nowhere")


async def test_a_cluster_cannot_be_in_it_twice(admin: httpx.AsyncClient, clusters):
    answer = await admin.post("/api/v1/environments", json={"name": "Test", "clusters": ["dev-1", "DEV-1"]})
    assert (answer.status_code, answer.json()["field"]) == (422, "body.clusters")


async def test_environments_are_put_in_order(admin: httpx.AsyncClient, environments):
    answer = await admin.put("/api/v1/environments/order", json={"environments": ["Staging", "Development"]})
    assert [(each["name"], each["rank"]) for each in answer.json()["items"]] == [("Staging", 1), ("Development", 2)]


async def test_an_order_has_to_name_every_environment(admin: httpx.AsyncClient, environments):
    answer = await admin.put("/api/v1/environments/order", json={"environments": ["Staging"]})
    assert (answer.status_code, answer.json()["field"]) == (422, "body.environments")
    names = [each["name"] for each in (await admin.get("/api/v1/environments")).json()["items"]]
    assert names == ["Development", "Staging"]


async def test_members_left_out_of_a_change_stay(admin: httpx.AsyncClient, environments):
    await admin.patch("/api/v1/environments/Staging", json={"default_namespace": "shop", "deploy_mode": "auto"})
    changed = (await admin.patch("/api/v1/environments/Staging", json={"name": "Stage"})).json()
    assert (changed["name"], changed["default_namespace"], changed["deploy_mode"]) == ("Stage", "shop", "auto")


async def test_null_removes_a_default_namespace(admin: httpx.AsyncClient, environments):
    await admin.patch("/api/v1/environments/Staging", json={"default_namespace": "shop"})
    changed = (await admin.patch("/api/v1/environments/Staging", json={"default_namespace": None})).json()
    assert changed["default_namespace"] is None


async def test_an_environment_in_which_something_is_configured_cannot_be_deleted(
    admin: httpx.AsyncClient, environments, database: Database
):
    await admin.post("/api/v1/applications", json={"name": "shop"})
    async with database.begin() as tx:
        application, environment = await tx.applications.find("shop"), await tx.environments.find("Staging")
        assert application is not None
        assert environment is not None
        app_environment = await tx.app_environments.ensure(application.id, environment.id)
        await tx.app_environments.configure(app_environment, namespace="shop", resources=[])
    answer = await admin.delete("/api/v1/environments/Staging")
    assert (answer.status_code, answer.json()["used_by"]) == (409, ["application shop"])


async def test_namespaces_of_all_clusters_are_listed_with_their_clusters(viewer: httpx.AsyncClient, environments):
    found = (await viewer.get("/api/v1/environments/Development/namespaces")).json()
    assert {"name": "shop", "clusters": ["dev-1"], "given": True} in found["items"]
    assert found["not_asked"] == []


async def test_an_unreachable_cluster_does_not_hide_the_namespaces_of_others(
    admin: httpx.AsyncClient, sandbox: Sandbox, clusters
):
    await admin.post("/api/v1/environments", json={"name": "Both", "clusters": ["dev-1", "staging-1"]})
    sandbox.faults("staging-1").unreachable = True
    try:
        found = (await admin.get("/api/v1/environments/Both/namespaces")).json()
    finally:
        sandbox.faults("staging-1").unreachable = False
    assert {"name": "shop", "clusters": ["dev-1"], "given": False} in found["items"]
    assert found["not_asked"] == ["staging-1"]


async def test_the_names_under_which_an_environment_pulls_images_are_checked_and_folded(
    admin: httpx.AsyncClient, environments
):
    async def change(*mappings: tuple[str, str]) -> httpx.Response:
        body = {"image_mappings": [{"source": source, "target": target} for source, target in mappings]}
        return await admin.patch("/api/v1/environments/Staging", json=body)

    kept = await change(("Registry.Dev", "registry.prod:5000/shop/"), ("index.docker.io/library", "mirror.example/hub"))
    assert kept.json()["image_mappings"] == [
        {"source": "registry.dev", "target": "registry.prod:5000/shop", "copy_first": False},
        {"source": "docker.io/library", "target": "mirror.example/hub", "copy_first": False},
    ]
    for mappings, field in (
        ([("nginx", "registry.prod")], "[0].source"),
        ([("registry.dev", "registry.prod/Shop")], "[0].target"),
        ([("registry.dev", "registry.prod/web:1")], "[0].target"),
        ([("registry.dev", "registry.dev")], "[0].target"),
        ([("registry.dev", "a.example"), ("REGISTRY.dev", "b.example")], "[1].source"),
    ):
        refused = await change(*mappings)
        assert (refused.status_code, refused.json()["field"]) == (422, f"body.image_mappings{field}")
    assert (await admin.get("/api/v1/environments/Staging")).json() == kept.json()
    trail = (await admin.get("/api/v1/audit", params={"limit": 1})).json()["items"][0]
    assert trail["after"]["image_mappings"] == [
        {"source": "registry.dev", "target": "registry.prod:5000/shop"},
        {"source": "docker.io/library", "target": "mirror.example/hub"},
    ]


async def test_the_audit_tells_that_images_are_copied_first(admin: httpx.AsyncClient, environments):
    mapping = {"source": "registry.dev", "target": "registry.prod", "copy_first": True}
    kept = await admin.patch("/api/v1/environments/Staging", json={"image_mappings": [mapping]})
    assert kept.json()["image_mappings"] == [mapping]
    trail = (await admin.get("/api/v1/audit", params={"limit": 1})).json()["items"][0]
    assert trail["after"]["image_mappings"] == [mapping]
