"""Comparisons over HTTP: what differs, who sees which values, what is meant, and the text for CI jobs."""

import base64
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from db.transaction import Database
from domain.rights import RoleBinding, Scope, Subject, SubjectKind
from domain.words import Role
from sandbox.server import Sandbox
from tests.support.actors import ADMINISTRATOR
from tests.support.service import Service

SHOP = "/api/v1/applications/shop"
NAMESPACES = {"dev-1": "compared-dev", "staging-1": "compared-stg"}
BOTH = {"left": "Development", "right": "Staging"}
MODE = {"kind": "ConfigMap", "name": "settings", "path": "data.mode"}


def _objects(namespace: str, *, image: str, replicas: int, settings: dict[str, str], token: str) -> list[Any]:
    pod = {
        "metadata": {"labels": {"app": "web"}},
        "spec": {
            "containers": [
                {
                    "name": "web",
                    "image": image,
                    "env": [{"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "token"}}}],
                    "envFrom": [{"configMapRef": {"name": "settings"}}],
                }
            ]
        },
    }
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": pod}
    metadata = {"namespace": namespace}
    data = {"token": base64.b64encode(token.encode()).decode()}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", **metadata}, "data": settings},
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys", **metadata}, "data": data},
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", **metadata}, "spec": spec},
    ]


@pytest.fixture
async def shop(operator: httpx.AsyncClient, environments: Any, sandbox: Sandbox) -> str:
    """Adopted in both environments, where objects differ in a few fields."""
    differing: dict[str, dict[str, Any]] = {
        "dev-1": {"image": "shop/web:2", "replicas": 1, "settings": {"mode": "dev", "new": "canary-value"}},
        "staging-1": {"image": "shop/web:1", "replicas": 3, "settings": {"mode": "live"}},
    }
    assert (await operator.post("/api/v1/applications", json={"name": "shop"})).status_code == 201
    for (name, namespace), environment in zip(NAMESPACES.items(), environments, strict=True):
        cluster = sandbox.cluster(name)
        if cluster.get("namespaces", namespace) is None:  # the practice clusters outlive a test
            for each in _objects(namespace, token=f"canary-{name}", **differing[name]):
                cluster.create(each, manager="kubectl")
        adopted = await operator.post(f"{SHOP}/environments/{environment}/adopt", json={"namespace": namespace})
        assert adopted.status_code == 200, adopted.text
    return "shop"


async def _compare(client: httpx.AsyncClient, **params: Any) -> Any:
    answer = await client.get(f"{SHOP}/comparison", params={**BOTH, **params})
    assert answer.status_code == 200, answer.text
    return answer.json()


def _told(found: Any) -> list[tuple[str, str, str]]:
    return [(each["section"], each["path"].rpartition(".")[2], each["kind"]) for each in found["differences"]]


async def test_two_environments_are_compared_field_by_field(operator: httpx.AsyncClient, shop: str):
    found = await _compare(operator)
    assert _told(found) == [
        ("images", "image", "differs"),
        ("config-maps", "mode", "differs"),
        ("config-maps", "new", "only-left"),
        ("secrets", "token", "differs"),
        ("replicas", "replicas", "differs"),
    ]
    assert (found["same"], found["complete"], found["lacking"]) == (False, True, None)
    new = found["differences"][2]
    assert (new["key"], new["left"][0]["value"], new["right"][0]["present"]) == ("new", "canary-value", False)
    assert found["differences"][4]["proposed"] == "replicas"


async def test_who_may_not_import_sees_no_values_and_which_right_is_missing(viewer: httpx.AsyncClient, shop: str):
    answer = await viewer.get(f"{SHOP}/comparison", params=BOTH)
    assert "canary" not in answer.text
    assert "'maintain' on 'shop' in 'Development'" in answer.json()["lacking"]
    assert [each["hidden"] for each in answer.json()["differences"]] == [False, True, True, True, False]


async def test_no_secret_leaves_in_any_form(admin: httpx.AsyncClient, shop: str):
    for asked in ({}, {"format": "text"}):
        answer = await admin.get(f"{SHOP}/comparison", params={**BOTH, **asked})
        for token in ("canary-dev-1", "canary-staging-1"):
            assert token not in answer.text
            assert base64.b64encode(token.encode()).decode() not in answer.text


async def test_text_is_answered_where_it_is_asked_for(operator: httpx.AsyncClient, shop: str):
    plain = await operator.get(f"{SHOP}/comparison", params=BOTH, headers={"Accept": "text/plain"})
    asked = await operator.get(f"{SHOP}/comparison", params={**BOTH, "format": "text"})
    assert plain.headers["content-type"].startswith("text/plain")
    assert plain.text == asked.text
    lines = plain.text.splitlines()
    assert lines[:2] == ["5 differences (0 expected)", "# shop: Development | Staging"]
    assert lines[-2:] == ["secrets Secret/keys data.token: differs", "replicas Deployment/web spec.replicas: 1 | 3"]


async def test_marked_fields_are_expected_in_both_directions_until_the_mark_is_taken_back(
    operator: httpx.AsyncClient, shop: str, database: Database
):
    body = {"environments": ["Staging", "Development"], "fields": [MODE], "reason": "Each has its own."}
    for _ in range(2):  # a repeated mark changes nothing
        marked = await operator.post(f"{SHOP}/expected-differences", json=body)
        assert marked.status_code == 201, marked.text
    (mark,) = marked.json()["items"]
    assert (mark["environments"], mark["by"]["name"]) == (["Development", "Staging"], "maintainer")
    for sides in (BOTH, {"left": "Staging", "right": "Development"}):
        found = await _compare(operator, **sides)
        assert [each["key"] for each in found["differences"] if each["expected"]] == ["mode"]
    assert (await operator.delete(f"{SHOP}/expected-differences/{mark['id']}")).status_code == 204
    assert (await operator.delete(f"{SHOP}/expected-differences/{mark['id']}")).status_code == 404
    assert not any(each["expected"] for each in (await _compare(operator))["differences"])
    async with database.engine.connect() as connection:
        rows = await connection.execute(text("SELECT action FROM audit WHERE action LIKE 'expected%' ORDER BY seq"))
        assert [row.action for row in rows] == ["expected-difference.marked", "expected-difference.unmarked"]


async def test_what_one_side_hides_is_not_compared_and_who_maintains_one_side_marks_nothing(
    service: Service, admin: httpx.AsyncClient, shop: str, database: Database
):
    bound = {each["name"]: each["id"] for each in (await admin.get("/api/v1/environments")).json()["items"]}
    async with database.read() as tx:
        application = await tx.applications.find("shop")
    assert application is not None
    account = (await admin.post("/api/v1/service-accounts", json={"name": "robot", "description": ""})).json()
    token = await admin.post(
        f"/api/v1/service-accounts/{account['id']}/tokens", json={"name": "t", "role": "maintainer"}
    )

    async def bind(role: Role, environment: str) -> None:
        scope = Scope(applications=frozenset({application.id}), environments=frozenset({bound[environment]}))
        subject = Subject(kind=SubjectKind.SERVICE_ACCOUNT, id=account["id"])
        async with database.begin() as tx:
            binding = RoleBinding(id=None, subject=subject, role=role, scope=scope)
            await tx.bindings.add(binding, created_by=ADMINISTRATOR.caller.ref)

    headers = {"Authorization": f"Bearer {token.json()['token']}"}
    async with httpx.AsyncClient(base_url=service.url, headers=headers, trust_env=False, timeout=120) as robot:
        await bind(Role.MAINTAINER, "Development")
        for sides in (BOTH, {"left": "Staging", "right": "Development"}):
            answer = await robot.get(f"{SHOP}/comparison", params=sides)
            assert (answer.status_code, answer.json()["detail"]) == (404, "There is no environment named 'Staging'.")
        await bind(Role.VIEWER, "Staging")
        found = await _compare(robot)
        assert "'maintain' on 'shop' in 'Staging'" in found["lacking"]
        assert "canary" not in str(found)
        body = {"environments": ["Development", "Staging"], "fields": [MODE]}
        assert (await robot.post(f"{SHOP}/expected-differences", json=body)).status_code == 403


async def test_places_that_cannot_be_compared_are_refused(operator: httpx.AsyncClient, shop: str):
    for params, status, code in (
        ({"right": "Development"}, 422, "invalid-request"),
        ({"right": "Nowhere"}, 404, "not-found"),
        ({"right_cluster": "dev-1"}, 422, "invalid-request"),
        ({"right_release": 99}, 404, "not-found"),
    ):
        answer = await operator.get(f"{SHOP}/comparison", params={**BOTH, **params})
        assert (answer.status_code, answer.json()["code"]) == (status, code), params


async def test_an_environment_is_compared_with_its_release_by_images_and_configuration(
    operator: httpx.AsyncClient, shop: str
):
    releases = (await operator.get(f"{SHOP}/environments/Development/releases")).json()["items"]
    found = await _compare(operator, right="Development", right_release=releases[0]["number"])
    assert (found["same"], found["differences"], found["right"]["release"]) == (True, [], 1)
    counted = {each["section"]: each["same"] for each in found["counts"]}
    assert (counted["config-maps"], counted["secrets"]) == (2, 1)
    assert "replicas" in found["not_recorded"]


async def test_a_dead_cluster_is_said_and_is_never_the_same(operator: httpx.AsyncClient, shop: str, sandbox: Sandbox):
    sandbox.faults("staging-1").unreachable = True
    try:
        found = await _compare(operator)
    finally:
        sandbox.faults("staging-1").unreachable = False
    assert (found["same"], found["complete"], found["differences"]) == (False, False, [])
    assert found["right"]["clusters"][0]["read"] is False


async def test_a_namespace_that_is_no_longer_given_is_not_read(admin: httpx.AsyncClient, shop: str):
    given = (await admin.get("/api/v1/environments/Staging/namespaces")).json()["given"]
    for each in given:
        assert (await admin.delete(f"/api/v1/environments/Staging/namespaces/{each['id']}")).is_success
    for sides in (BOTH, {"left": "Staging", "right": "Development"}):
        answer = await admin.get(f"{SHOP}/comparison", params=sides)
        assert answer.json()["code"] == "namespace-not-given"
