"""Consents and image deliveries that are stored, and the owners of workloads, over HTTP."""

from typing import Any

import httpx
import pytest

from sandbox.server import Sandbox

STAGING = "/api/v1/applications/shop/environments/Staging"
CONSENT = f"{STAGING}/consents/without-room"
DELIVERIES = f"{STAGING}/image-deliveries"


@pytest.fixture
async def shop(operator: httpx.AsyncClient, environments: Any) -> str:
    answer = await operator.post("/api/v1/applications", json={"name": "shop"})
    assert answer.status_code == 201
    return "shop"


async def test_an_administrator_stores_a_consent_and_takes_it_back(
    admin: httpx.AsyncClient, viewer: httpx.AsyncClient, shop: str
):
    given = await admin.put(CONSENT)
    again = await admin.put(CONSENT)
    (consent,) = (await viewer.get(STAGING)).json()["consents"]
    assert (given.status_code, given.json() == again.json()) == (200, True)
    assert (consent["consent"], consent["given_by"]) == ("without-room", "admin")
    assert consent["given_at"]
    withdrawn = await admin.delete(CONSENT)
    assert (withdrawn.status_code, withdrawn.json()["consents"]) == (200, [])


async def test_an_operator_stores_no_consent(operator: httpx.AsyncClient, shop: str):
    assert (await operator.put(CONSENT)).status_code == 403


async def test_a_consent_that_does_not_exist_is_refused(admin: httpx.AsyncClient, shop: str):
    assert (await admin.put(f"{STAGING}/consents/anything")).status_code == 422


async def test_the_consent_for_which_an_image_delivery_stands_is_not_stored(admin: httpx.AsyncClient, shop: str):
    answer = await admin.put(f"{STAGING}/consents/owned-until-next-upgrade")
    assert (answer.status_code, "'as-owner'" in answer.json()["detail"]) == (422, True)


async def test_an_administrator_sets_the_image_delivery_of_what_others_own(
    admin: httpx.AsyncClient, viewer: httpx.AsyncClient, shop: str
):
    before = (await viewer.get(STAGING)).json()["image_deliveries"]
    assert before == {"owned": "refuse", "workloads": [], "set_by": None, "set_at": None}
    answer = await admin.put(DELIVERIES, json={"owned": "as-owner"})
    after = (await viewer.get(STAGING)).json()["image_deliveries"]
    assert (answer.status_code, after["owned"], after["set_by"]) == (200, "as-owner", "admin")
    assert after["set_at"]


async def test_a_maintainer_sets_no_image_delivery(operator: httpx.AsyncClient, shop: str):
    assert (await operator.put(DELIVERIES, json={"owned": "as-owner"})).status_code == 403


async def test_an_image_delivery_of_a_workload_that_is_not_there_is_refused(admin: httpx.AsyncClient, shop: str):
    workload = {"api_version": "apps/v1", "kind": "Deployment", "name": "web"}
    of_web = {"workload": workload, "delivery": "direct"}
    answer = await admin.put(DELIVERIES, json={"owned": "refuse", "workloads": [of_web]})
    assert (answer.status_code, "Deployment web" in answer.json()["detail"]) == (422, True)


async def test_owners_are_known_only_of_what_is_configured(operator: httpx.AsyncClient, shop: str):
    answers = [await operator.get(f"{STAGING}/ownership"), await operator.post(f"{STAGING}/ownership/repair")]
    assert [(each.status_code, each.json()["code"]) for each in answers] == [(409, "not-configured")] * 2


async def test_owners_are_told_cluster_by_cluster(operator: httpx.AsyncClient, sandbox: Sandbox, shop: str):
    namespace = "owned"
    cluster = sandbox.cluster("staging-1")
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    labels = {"kustomize.toolkit.fluxcd.io/name": "shop", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}
    cluster.create(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web", "namespace": namespace, "labels": labels},
            "spec": {
                "selector": {"matchLabels": {"app": "web"}},
                "template": {
                    "metadata": {"labels": {"app": "web"}},
                    "spec": {"containers": [{"name": "web", "image": "registry.example/shop/web:1"}]},
                },
            },
        },
        manager="kubectl",
    )
    adopted = await operator.post(f"{STAGING}/adopt", json={"namespace": namespace})
    assert adopted.status_code == 200, adopted.text
    (found,) = (await operator.get(f"{STAGING}/ownership")).json()
    (workload,) = found["workloads"]
    assert (found["cluster"], found["failure"], workload["workload"]["name"]) == ("staging-1", None, "web")
    assert (workload["owner"], workload["applied_by"], workload["taken"]) == (
        "the Kustomization flux-system/shop of Flux",
        [],
        False,
    )
    assert (workload["delivery"], [each["delivery"] for each in workload["possible"]]) == ("refuse", ["as-owner"])
    repaired = await operator.post(f"{STAGING}/ownership/repair")
    assert repaired.json() == [{"cluster": "staging-1", "failure": None, "workloads": []}]
