"""Declared kinds over the API: declared, tried on an object, and not taken away unnoticed."""

from typing import Any

import pytest

from domain.resources import ResourceId
from tests.support.rows import make_target

_PATH = "/api/v1/declared-kinds/Shopfront.shop.example"
_IMAGES = [
    {"form": "reference", "path": "spec.proxy.image"},
    {"form": "repository-and-tag", "path": "spec.image", "repository": "repository", "tag": "tag"},
]
_BODY: dict[str, Any] = {"images": _IMAGES, "health": {"rule": "conditions", "ready": "Up"}}
_OBJECT = {
    "apiVersion": "shop.example/v1",
    "kind": "Shopfront",
    "metadata": {"name": "web"},
    "spec": {"proxy": {"image": "shop/proxy:1"}, "password": "hunter2"},
    "status": {"conditions": [{"type": "Up", "status": "True"}]},
}


@pytest.fixture
async def declared(admin) -> dict[str, Any]:
    answer = await admin.put(_PATH, json=_BODY)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_what_was_declared_is_listed(admin, declared):
    listed = (await admin.get("/api/v1/declared-kinds")).json()
    assert listed["items"] == [declared]
    assert [each["form"] for each in declared["images"]] == ["reference", "repository-and-tag"]
    assert declared["health"] == {"rule": "conditions", "ready": "Up", "failed": []}


async def test_a_kind_that_is_declared_again_has_the_new_declaration_alone(admin, declared):
    again = {"images": _IMAGES[:1], "health": {"rule": "kstatus"}}
    put = (await admin.put(_PATH, json=again)).json()
    listed = (await admin.get("/api/v1/declared-kinds")).json()["items"]
    assert [each["path"] for each in put["images"]] == ["spec.proxy.image"]
    assert len(listed) == 1


@pytest.mark.parametrize(
    ("path", "changed", "field"),
    [
        ("Deployment.apps", {}, None),
        ("Rollout.argoproj.io", {}, None),
        ("Shopfront.shop.example", {"images": [{"form": "reference", "path": "status.image"}]}, "$.images[0].path"),
        ("Shopfront.shop.example", {"images": [{"form": "reference", "path": "spec[?(1)]"}]}, "$.images[0].path"),
    ],
)
async def test_what_may_not_be_declared_is_refused(admin, path, changed, field):
    answer = await admin.put(f"/api/v1/declared-kinds/{path}", json={**_BODY, **changed})
    assert (answer.status_code, answer.json().get("field")) == (422, field)


async def test_a_trial_shows_images_and_health_and_nothing_else_of_the_object(admin):
    answer = await admin.post(f"{_PATH}/preview", json={"declaration": _BODY, "object": _OBJECT})
    tried = answer.json()
    assert [each["found"] for each in tried["images"]] == [
        [{"path": "spec.proxy.image", "image": "shop/proxy:1"}],
        [],
    ]
    assert tried["images"][1]["problem"] == "The object has nothing at this path."
    assert tried["health"] == "ready"
    assert "hunter2" not in answer.text


async def test_a_trial_of_an_object_of_another_kind_is_refused(admin):
    other = {**_OBJECT, "kind": "Basket"}
    answer = await admin.post(f"{_PATH}/preview", json={"declaration": _BODY, "object": other})
    assert (answer.status_code, answer.json()["field"]) == (422, "$.object")


async def test_a_declaration_that_is_not_used_is_taken_away(admin, declared):
    assert (await admin.delete(_PATH)).status_code == 204
    assert (await admin.get("/api/v1/declared-kinds")).json()["items"] == []
    assert (await admin.delete(_PATH)).status_code == 404


async def test_a_declaration_in_use_says_where_and_is_taken_away_only_knowingly(admin, declared, database):
    target = (await make_target(database)).app_environment
    async with database.begin() as tx:
        resource = ResourceId.of("shop.example/v1beta1", "Shopfront", "web")
        await tx.app_environments.configure(target.id, namespace="shop", resources=[resource])
    refused = await admin.delete(_PATH)
    assert (refused.status_code, refused.json()["code"]) == (409, "in-use")
    assert refused.json()["used_by"] == [f"'{target.application.name}' in '{target.environment.name}'"]
    assert (await admin.delete(f"{_PATH}?in_use=true")).status_code == 204
