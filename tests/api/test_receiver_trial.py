"""A trial of a delivery returns the verdicts that it would get, and changes nothing."""

import json

import httpx
import pytest

from tests.support.service import Json

DIGEST = "sha256:" + "7e" * 32
HERE = "/api/v1/applications/shop/environments/Development"


@pytest.fixture
async def receiver(admin: httpx.AsyncClient) -> Json:
    created: Json = (await admin.post("/api/v1/receivers", json={"name": "CI", "provider": "ci"})).json()
    return created


@pytest.fixture
async def shop(admin: httpx.AsyncClient, environments) -> str:
    """The example, adopted in Development, where images are deployed by themselves."""
    await admin.post("/api/v1/applications", json={"name": "shop"})
    answer = await admin.post(f"{HERE}/adopt", json={"namespace": "shop"})
    assert answer.status_code == 200, answer.text
    await admin.patch(HERE, json={"deploy_mode": "auto"})
    return "shop"


async def tried(operator: httpx.AsyncClient, receiver: Json, tag: str = "1.5.0", **sample: object) -> Json:
    image = f"registry.example/shop/web:{tag}@{DIGEST}"
    body = sample or {"body": json.dumps({"image": image})}
    answer = await operator.post(f"/api/v1/receivers/{receiver['id']}/test", json=body)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def test_a_trial_says_where_an_image_would_be_deployed(operator, receiver, shop):
    found = await tried(operator, receiver)
    assert [event["image"] for event in found["events"]] == ["registry.example/shop/web:1.5.0"]
    assert found["environments"] == [
        {
            "image": "registry.example/shop/web:1.5.0",
            "application": "shop",
            "environment": "Development",
            "workload": {"api_version": "apps/v1", "kind": "Deployment", "name": "web"},
            "container": "web",
            "verdict": "pending",
            "rule": None,
            "reason": None,
            "would_deploy": True,
        }
    ]


@pytest.mark.parametrize(("header", "given"), [("", "none"), ("Bearer wrong", "refused"), ("Bearer {secret}", "valid")])
async def test_a_trial_says_whether_the_proof_is_valid(operator, receiver, header: str, given: str):
    headers = {"Authorization": header.format(secret=receiver["secret"])}
    found = await tried(operator, receiver, body="{}", headers=headers)
    assert found["proof"]["given"] == given
    assert (found["proof"]["detail"] is None) is (given == "valid")


@pytest.mark.parametrize(("key", "given"), [("", "none"), ("wrong", "refused"), ("{secret}", "valid")])
async def test_a_trial_says_whether_a_key_in_the_address_is_valid(admin, operator, key: str, given: str):
    hub = (await admin.post("/api/v1/receivers", json={"name": "Hub", "provider": "docker-hub"})).json()
    found = await tried(operator, hub, body="{}", query={"key": key.format(secret=hub["secret"])} if key else {})
    assert found["proof"]["given"] == given
    assert hub["secret"] not in json.dumps(found)


async def test_a_rejected_delivery_cannot_be_tried_again(anonymous, operator, receiver):
    await anonymous.post(f"/webhooks/{receiver['id']}", json={})
    (rejected,) = (await operator.get(f"/api/v1/receivers/{receiver['id']}/deliveries")).json()["items"]
    answer = await operator.post(f"/api/v1/receivers/{receiver['id']}/test", json={"delivery": rejected["id"]})
    assert answer.status_code == 422
    assert answer.json()["field"] == "body.delivery"


async def test_a_trial_reports_an_unreadable_delivery(operator, receiver):
    found = await tried(operator, receiver, body="no json")
    assert found["unreadable"]
    assert found["events"] == []
