"""Consents that are stored, and the owners of workloads, over HTTP."""

from typing import Any

import httpx
import pytest

from sandbox.server import Sandbox

STAGING = "/api/v1/applications/shop/environments/Staging"
CONSENT = f"{STAGING}/consents/owned-until-next-upgrade"


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
    assert (consent["consent"], consent["given_by"]) == ("owned-until-next-upgrade", "admin")
    assert consent["given_at"]
    withdrawn = await admin.delete(CONSENT)
    assert (withdrawn.status_code, withdrawn.json()["consents"]) == (200, [])


async def test_an_operator_stores_no_consent(operator: httpx.AsyncClient, shop: str):
    assert (await operator.put(CONSENT)).status_code == 403


async def test_a_consent_that_does_not_exist_is_refused(admin: httpx.AsyncClient, shop: str):
    assert (await admin.put(f"{STAGING}/consents/anything")).status_code == 422


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
    repaired = await operator.post(f"{STAGING}/ownership/repair")
    assert repaired.json() == [{"cluster": "staging-1", "failure": None, "workloads": []}]
