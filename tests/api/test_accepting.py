"""What was changed by hand is accepted over HTTP: the preview, the release, and the refusals with what they carry."""

from typing import Any

import httpx

from sandbox.server import Sandbox
from tests.support.eventually import eventually
from tests.support.promotion_stage import plain
from tests.support.service import Json

SHOP = "/api/v1/applications/shop/environments/Development"
WEB = {"workload": {"api_version": "apps/v1", "kind": "Deployment", "name": "web"}, "container": "web"}


async def test_the_previewed_plan_becomes_the_release_and_is_refused_again(
    operator: httpx.AsyncClient, sandbox: Sandbox, environments: Any
):
    await operator.post("/api/v1/applications", json={"name": "shop"})
    adopted = await operator.post(f"{SHOP}/adopt", json={"namespace": "shop"})
    assert adopted.status_code == 200, adopted.text
    cluster = sandbox.cluster("dev-1")
    body = plain(cluster.get("deployments", "web", "shop"))
    body["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example/shop/web:1.2.4"
    cluster.update(body, manager="kubectl")
    asked: Json = {"containers": [WEB]}

    async def rolled_out() -> Json | None:
        plan: Json = (await operator.post(f"{SHOP}/accept/preview", json=asked)).json()
        return None if plan["blocked"] else plan

    plan = await eventually(rolled_out)
    (change,) = plan["changes"]
    assert (change["after"]["tag"], change["clusters"], plan["release"]) == ("1.2.4", ["dev-1"], 1)
    other = await operator.post(f"{SHOP}/accept", json={**asked, "plan_digest": "sha256:" + "0" * 64})
    assert (other.status_code, other.json()["code"]) == (409, "plan-outdated")
    assert other.json()["plan"]["digest"] == plan["digest"]
    accepted = await operator.post(f"{SHOP}/accept", json={**asked, "plan_digest": plan["digest"]})
    assert accepted.status_code == 200, accepted.text
    assert (accepted.json()["number"], accepted.json()["kind"], accepted.json()["current"]) == (2, "adopt", True)
    listed = (await operator.get(f"{SHOP}/releases")).json()["items"][0]
    assert {**listed, "current": True} == accepted.json()  # the index of what runs follows in a moment
    again = await operator.post(f"{SHOP}/accept", json=asked)
    assert (again.status_code, again.json()["code"]) == (409, "plan-blocked")
    assert [each["code"] for each in again.json()["problems"]] == ["nothing-to-accept"]
