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
    assert (workload["delivery"], [each["delivery"] for each in workload["possible"]]) == (
        "refuse",
        ["flux", "git", "as-owner"],
    )
    repaired = await operator.post(f"{STAGING}/ownership/repair")
    assert repaired.json() == [{"cluster": "staging-1", "failure": None, "workloads": []}]


FILE = {"repository": "config", "branch": "main", "path": "apps/web.yaml", "form": "manifest"}
TAG = {"container": "web", "tag": ["image", "tag"]}


@pytest.fixture
async def web(operator: httpx.AsyncClient, admin: httpx.AsyncClient, sandbox: Sandbox, shop: str) -> dict[str, str]:
    """Deployment web of the app environment, and the Git repository `config`."""
    namespace = "delivered"
    cluster = sandbox.cluster("staging-1")
    if cluster.get("namespaces", namespace) is None:
        cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
        pods = {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "web", "image": "registry.example/shop/web:1"}]},
        }
        spec = {"selector": {"matchLabels": {"app": "web"}}, "template": pods}
        metadata = {"name": "web", "namespace": namespace}
        cluster.create({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec})
    adopted = await operator.post(f"{STAGING}/adopt", json={"namespace": namespace})
    assert adopted.status_code == 200, adopted.text
    stored = await admin.put(
        "/api/v1/git-repositories/config",
        json={"url": "https://git.example/config.git", "credential": {"kind": "anonymous"}},
    )
    assert stored.status_code == 200, stored.text
    return {"api_version": "apps/v1", "kind": "Deployment", "name": "web"}


def _by_git(workload: dict[str, str], **file: Any) -> dict[str, Any]:
    return {"owned": "refuse", "workloads": [{"workload": workload, "delivery": "git", "file": {**FILE, **file}}]}


async def test_an_administrator_names_the_file_of_a_workload(admin: httpx.AsyncClient, web: dict[str, str]):
    answer = await admin.put(DELIVERIES, json=_by_git(web, form="values", values=[TAG], paths={"staging-1": "eu.yaml"}))
    assert answer.status_code == 200, answer.text
    (delivery,) = (await admin.get(STAGING)).json()["image_deliveries"]["workloads"]
    nothing = dict.fromkeys(("reference", "registry", "repository", "digest"))
    assert delivery["file"] == {
        **FILE,
        "form": "values",
        "values": [{**nothing, **TAG}],
        "paths": {"staging-1": "eu.yaml"},
    }


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ({"repository": "unknown"}, "no Git repository 'unknown'"),
        ({"form": "values"}, "'values'"),
        ({"values": [TAG]}, "'values'"),
        ({"form": "values", "values": [TAG, TAG]}, "named twice"),
        ({"paths": {"other": "x.yaml"}}, "no cluster 'other'"),
    ],
)
async def test_a_file_that_cannot_be_delivered_to_is_refused(
    admin: httpx.AsyncClient, web: dict[str, str], file: dict[str, Any], says: str
):
    answer = await admin.put(DELIVERIES, json=_by_git(web, **file))
    assert (answer.status_code, says in answer.json()["detail"]) == (422, True), answer.text


@pytest.mark.parametrize("delivery", [{"delivery": "git"}, {"delivery": "direct", "file": FILE}])
async def test_a_file_belongs_to_the_delivery_git_and_to_no_other(
    admin: httpx.AsyncClient, web: dict[str, str], delivery: dict[str, Any]
):
    answer = await admin.put(DELIVERIES, json={"owned": "refuse", "workloads": [{"workload": web, **delivery}]})
    assert (answer.status_code, "takes a file" in answer.json()["detail"]) == (422, True), answer.text


async def test_one_file_is_not_set_for_all_that_is_owned(admin: httpx.AsyncClient, web: dict[str, str]):
    answer = await admin.put(DELIVERIES, json={"owned": "git"})
    assert (answer.status_code, "single workloads" in answer.json()["detail"]) == (422, True)
