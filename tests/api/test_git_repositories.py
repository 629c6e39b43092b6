"""Git repositories over the API: credentials, checks, previews of edits at the head, and what is never returned."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from domain.words import GitProvider
from tests.support.git_server import GitServer, git_server

_PATH = "/api/v1/git-repositories"
_VALUES = "image:\n  repository: shop/web\n  tag: 1.4.2 # by the release job\n"
_EDIT = {
    "path": "apps/values.yaml",
    "place": {"file": "values", "tag": ["image", "tag"]},
    "before": "shop/web:1.4.2",
    "after": "shop/web:1.10",
}


@pytest.fixture
async def server(tmp_path) -> AsyncIterator[GitServer]:
    async with git_server(tmp_path) as server:
        server.create("config", {"apps/values.yaml": _VALUES, "README.md": "Secret plans\n"})
        yield server


def _body(server: GitServer, **changed: str) -> dict[str, Any]:
    credential = {"kind": "basic", "username": server.username, "password": server.password, **changed}
    return {"url": server.address("config"), "credential": credential}


@pytest.fixture
async def stored(admin, server) -> str:
    answer = await admin.put(f"{_PATH}/shop-config", json=_body(server))
    assert answer.status_code == 200, answer.text
    return f"{_PATH}/shop-config"


async def test_a_credential_is_never_shown_and_stored_encrypted(admin, server, stored, database):
    put = await admin.put(stored, json=_body(server))
    listed = await admin.get(_PATH)
    async with database.engine.begin() as connection:
        rows = [tuple(row) for row in await connection.execute(text("SELECT * FROM git_repositories"))]
        audit = [tuple(row) for row in await connection.execute(text("SELECT * FROM audit"))]
    assert server.password not in put.text + listed.text + repr(rows) + repr(audit)
    assert [each["name"] for each in listed.json()["items"]] == ["shop-config"]


async def test_a_repository_that_is_put_again_has_the_new_credential_alone(admin, server, stored):
    token = {"url": server.address("other"), "credential": {"kind": "bearer", "token": "another"}}
    put = (await admin.put(f"{_PATH}/Shop-Config", json=token)).json()
    assert (put["name"], put["credential"], put["username"]) == ("shop-config", "bearer", None)
    assert len((await admin.get(_PATH)).json()["items"]) == 1


async def test_a_repository_says_whose_pull_requests_change_it(admin, server, stored):
    assert (await admin.get(_PATH)).json()["items"][0]["pull_requests"] is None
    body = {**_body(server), "url": "https://git.example/shop/config.git"}
    put = await admin.put(stored, json={**body, "pull_requests": "gitea"})
    assert (put.json()["pull_requests"], put.status_code) == ("gitea", 200)
    assert (await admin.put(stored, json={**body, "pull_requests": "svn"})).status_code == 422


@pytest.mark.parametrize("provider", GitProvider)
async def test_pull_requests_of_a_repository_without_an_owner_are_refused(admin, provider):
    body = {"url": "https://git.example/config.git", "credential": {"kind": "anonymous"}, "pull_requests": provider}
    answer = await admin.put(f"{_PATH}/shop-config", json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, "url")


async def test_an_address_with_a_credential_is_refused_and_not_repeated(admin):
    body = {"url": "https://me:t0ken@git.example/shop.git", "credential": {"kind": "anonymous"}}
    answer = await admin.put(f"{_PATH}/shop-config", json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, "url")
    assert "t0ken" not in answer.text


async def test_a_check_says_which_commit_is_the_newest(admin, server, stored):
    found = (await admin.post(f"{stored}/check", json={"path": "apps/values.yaml"})).json()
    assert (found["well"], found["branch"], found["commit"]) == (True, "main", server.head("config"))
    assert (await admin.get(_PATH)).json()["items"][0]["last_seen_at"] is not None


async def test_a_check_of_a_server_that_refuses_says_so_and_is_noted(admin, server, stored):
    await admin.put(stored, json=_body(server, password="wrong"))
    found = (await admin.post(f"{stored}/check", json={})).json()
    assert (found["well"], found["code"]) == (False, "git-denied")
    assert "does not accept" in (await admin.get(_PATH)).json()["items"][0]["last_error"]


async def test_a_file_that_is_not_there_is_no_failure_of_the_server(admin, server, stored):
    found = (await admin.post(f"{stored}/check", json={"path": "missing.yaml"})).json()
    assert (found["well"], found["code"]) == (False, "git-file-unusable")
    assert (await admin.get(_PATH)).json()["items"][0]["last_error"] is None


async def test_an_edit_at_the_head_is_shown_line_by_line(admin, server, stored):
    found = (await admin.post(f"{stored}/image/preview", json=_EDIT)).json()
    assert found == {
        "branch": "main",
        "commit": server.head("config"),
        "path": "apps/values.yaml",
        "lines": [
            {"number": 3, "before": "  tag: 1.4.2 # by the release job", "after": '  tag: "1.10" # by the release job'}
        ],
    }


async def test_an_edit_is_made_of_what_others_have_pushed_meanwhile(admin, server, stored):
    commit = server.commit("config", {"apps/values.yaml": f"# moved\n{_VALUES}"})
    found = (await admin.post(f"{stored}/image/preview", json=_EDIT)).json()
    assert (found["commit"], found["lines"][0]["number"]) == (commit, 4)


async def test_an_edit_of_a_place_that_is_not_there_is_refused_with_its_path(admin, stored):
    edit = {**_EDIT, "place": {"file": "values", "tag": ["image", "version"]}}
    answer = await admin.post(f"{stored}/image/preview", json=edit)
    assert (answer.status_code, answer.json()["code"]) == (409, "image-edit-refused")
    assert "image.version" in answer.json()["detail"]


async def test_an_image_of_an_object_of_a_declared_kind_is_shown_where_its_declaration_says(admin, server, stored):
    front = "apiVersion: shop.example/v1\nkind: Shopfront\nmetadata: {name: web}\nspec:\n  version: '1'\n"
    server.commit("config", {"front.yaml": front})
    image = {"form": "tag", "path": "spec.version", "name": "shop/search"}
    body = {"images": [image], "health": {"rule": "kstatus"}}
    assert (await admin.put("/api/v1/declared-kinds/Shopfront.shop.example", json=body)).is_success
    workload = {"api_version": "shop.example/v1", "kind": "Shopfront", "name": "web"}
    place = {"file": "manifest", "workload": workload, "container": "spec.version"}
    edit = {"path": "front.yaml", "place": place, "before": "shop/search:1", "after": "shop/search:2"}
    answer = await admin.post(f"{stored}/image/preview", json=edit)
    assert answer.is_success, answer.text
    assert answer.json()["lines"] == [{"number": 5, "before": "  version: '1'", "after": "  version: '2'"}]


async def test_a_server_that_fails_is_a_failed_dependency_of_an_edit(admin, server, stored):
    await admin.put(stored, json=_body(server, password="wrong"))
    answer = await admin.post(f"{stored}/image/preview", json=_EDIT)
    assert (answer.status_code, answer.json()["code"]) == (424, "git-denied")


@pytest.mark.parametrize("path", ["/etc/passwd", "apps//values.yaml", "apps/values.yaml/", ""])
async def test_what_is_no_path_of_a_file_is_malformed(admin, stored, path):
    answer = await admin.post(f"{stored}/image/preview", json={**_EDIT, "path": path})
    assert answer.status_code == 422


async def test_a_repository_that_is_deleted_is_forgotten_with_its_credential(admin, stored):
    assert (await admin.delete(stored)).status_code == 204
    assert (await admin.get(_PATH)).json()["items"] == []
    assert (await admin.post(f"{stored}/check", json={})).status_code == 404
