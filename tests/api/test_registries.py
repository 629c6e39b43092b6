"""Registries and polls over the API: credentials, look-ups, polls, and what is never returned."""

import pytest
from sqlalchemy import text

from tests.support.registry import PASSWORD, USERNAME

_BASIC = {"kind": "basic", "username": USERNAME, "password": PASSWORD}


@pytest.fixture
async def registry(admin, new_docker_registry):
    """One that asks for a password, stored with it."""
    found = await new_docker_registry(password=True)
    answer = await admin.put(f"/api/v1/registries/{found.address}", json={"plain_http": True, "credential": _BASIC})
    assert answer.status_code == 200, answer.text
    return found


async def test_a_credential_is_never_shown_and_stored_encrypted(admin, service, database):
    put = await admin.put("/api/v1/registries/registry.example", json={"credential": _BASIC})
    listed = await admin.get("/api/v1/registries")
    async with database.engine.begin() as connection:
        rows = [tuple(row) for row in await connection.execute(text("SELECT * FROM registries"))]
    assert (put.json()["credential"], put.json()["username"]) == ("basic", USERNAME)
    assert PASSWORD not in put.text + listed.text + repr(rows)
    assert [each["host"] for each in listed.json()["items"]] == ["registry.example"]


async def test_a_registry_that_is_put_again_has_the_new_credential_alone(admin):
    await admin.put("/api/v1/registries/registry.example", json={"credential": _BASIC})
    token = {"kind": "bearer", "token": "another"}
    put = (await admin.put("/api/v1/registries/Registry.Example", json={"credential": token})).json()
    assert (put["host"], put["credential"], put["username"]) == ("registry.example", "bearer", None)
    assert len((await admin.get("/api/v1/registries")).json()["items"]) == 1


@pytest.mark.parametrize(("given", "kept"), [("index.docker.io", "docker.io"), ("Localhost:5000", "localhost:5000")])
async def test_a_host_is_stored_in_the_form_that_images_are_matched_by(admin, given, kept):
    answer = await admin.put(f"/api/v1/registries/{given}", json={"credential": {"kind": "anonymous"}})
    assert answer.json()["host"] == kept


@pytest.mark.parametrize("host", ["shop", "registry.example:99999", "-.example"])
async def test_an_invalid_registry_host_is_refused(admin, host):
    answer = await admin.put(f"/api/v1/registries/{host}", json={"credential": {"kind": "anonymous"}})
    assert (answer.status_code, answer.json()["field"]) == (422, "host")


async def test_a_look_up_resolves_a_tag(admin, registry, repository):
    digest = await registry.push_image(repository, "1.5.0", platforms=2)
    body = {"repository": repository, "tag": "1.5.0"}
    found = (await admin.post(f"/api/v1/registries/{registry.address}/check", json=body)).json()
    assert (found["well"], found["digest"], found["platforms"]) == (True, digest, ["linux/amd64", "linux/arm64"])
    shown = (await admin.get("/api/v1/registries")).json()["items"][0]
    assert shown["last_seen_at"] is not None
    assert shown["last_error"] is None


async def test_a_look_up_counts_the_tags_of_a_repository(admin, registry, repository):
    for tag in ("1", "2"):
        await registry.push_image(repository, tag)
    answer = await admin.post(f"/api/v1/registries/{registry.address}/check", json={"repository": repository})
    assert answer.json()["tags"] == 2


async def test_an_unknown_tag_is_a_result(admin, registry, repository):
    body = {"repository": repository, "tag": "9"}
    found = (await admin.post(f"/api/v1/registries/{registry.address}/check", json=body)).json()
    assert (found["well"], found["code"]) == (False, "tag-unknown")


async def test_a_refused_credential_is_not_repeated(admin, registry):
    wrong = {"plain_http": True, "credential": {**_BASIC, "password": "not the password"}}
    await admin.put(f"/api/v1/registries/{registry.address}", json=wrong)
    answer = await admin.post(f"/api/v1/registries/{registry.address}/check", json={})
    assert answer.json()["code"] == "registry-denied"
    assert "not the password" not in answer.text
    assert (await admin.get("/api/v1/registries")).json()["items"][0]["last_error"]


async def test_a_deleted_registry_does_not_exist_any_more(admin):
    await admin.put("/api/v1/registries/registry.example", json={"credential": {"kind": "anonymous"}})
    assert (await admin.delete("/api/v1/registries/registry.example")).status_code == 204
    assert (await admin.delete("/api/v1/registries/registry.example")).status_code == 404
    assert (await admin.post("/api/v1/registries/registry.example/check", json={})).status_code == 404


async def test_a_poll_is_named_by_its_repository(admin):
    path = "/api/v1/polls/registry.example/shop/web"
    made = (await admin.put(path, json={"interval_seconds": 300})).json()
    changed = (await admin.put(path, json={"interval_seconds": 600})).json()
    listed = (await admin.get("/api/v1/polls")).json()["items"]
    assert (made["repository"], made["interval_seconds"]) == ("registry.example/shop/web", 300)
    assert [each["interval_seconds"] for each in listed] == [changed["interval_seconds"]] == [600]
    assert (await admin.delete(path)).status_code == 204
    assert (await admin.get("/api/v1/polls")).json()["items"] == []


@pytest.mark.parametrize("seconds", [0, 59, 10_000_000])
async def test_a_poll_interval_below_the_minimum_is_refused(admin, seconds):
    answer = await admin.put("/api/v1/polls/registry.example/shop/web", json={"interval_seconds": seconds})
    assert answer.status_code == 422


async def test_a_repository_with_a_tag_is_refused(admin):
    answer = await admin.put("/api/v1/polls/registry.example/shop/web:1", json={"interval_seconds": 60})
    assert (answer.status_code, answer.json()["field"]) == (422, "repository")
