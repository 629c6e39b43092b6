"""Registering a cluster vets the kubeconfig, probes, and distinguishes failures; a credential is never returned."""

import base64
import re
from collections.abc import Callable

import httpx
import pytest
import yaml

from sandbox.server import Sandbox
from sandbox.tls import make_identity
from tests.support.service import Json, registration


async def test_a_cluster_that_answers_is_registered(admin: httpx.AsyncClient, sandbox: Sandbox):
    answer = await admin.post("/api/v1/clusters", json=registration(sandbox, "dev-1") | {"labels": {"region": "eu"}})
    assert answer.status_code == 201
    assert answer.headers["Location"] == "/api/v1/clusters/dev-1"
    cluster = answer.json()
    assert cluster["reachability"] == "reachable"
    assert cluster["server"] == yaml.safe_load(sandbox.kubeconfig("dev-1"))["clusters"][0]["cluster"]["server"]
    assert re.fullmatch(r"v1\.\d+\.\d+.*", cluster["server_version"])
    assert cluster["labels"] == {"region": "eu"}


async def test_the_credential_is_in_no_answer(admin: httpx.AsyncClient, sandbox: Sandbox, clusters):
    token = sandbox.token("dev-1", "admin")
    for path in ("/api/v1/clusters", "/api/v1/clusters/dev-1", "/api/v1/environments"):
        assert token not in (await admin.get(path)).text


async def test_a_name_is_found_whatever_its_case(viewer: httpx.AsyncClient, clusters):
    assert (await viewer.get("/api/v1/clusters/DEV-1")).json()["name"] == "dev-1"


async def test_a_name_is_unique_whatever_its_case(admin: httpx.AsyncClient, sandbox: Sandbox, clusters):
    answer = await admin.post("/api/v1/clusters", json=registration(sandbox, "staging-1", called="Dev-1"))
    assert answer.status_code == 409
    assert answer.json()["code"] == "name-taken"


async def test_an_unreachable_cluster_is_not_registered(admin: httpx.AsyncClient, sandbox: Sandbox):
    body = registration(sandbox, "dev-1")
    body["credential"]["kubeconfig"] = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:9", body["credential"]["kubeconfig"])
    answer = await admin.post("/api/v1/clusters", json=body)
    assert (answer.status_code, answer.json()["code"]) == (424, "cluster-unreachable")
    assert (await admin.get("/api/v1/clusters")).json()["items"] == []


async def test_a_token_that_the_cluster_refuses_has_its_own_code(admin: httpx.AsyncClient, sandbox: Sandbox):
    body = registration(sandbox, "dev-1")
    body["credential"]["kubeconfig"] = re.sub(r"token: \S+", "token: mistaken", body["credential"]["kubeconfig"])
    answer = await admin.post("/api/v1/clusters", json=body)
    assert (answer.status_code, answer.json()["code"]) == (424, "cluster-credential")


async def test_missing_rights_have_their_own_code_and_are_named(admin: httpx.AsyncClient, sandbox: Sandbox):
    answer = await admin.post("/api/v1/clusters", json=registration(sandbox, "dev-1", user="viewer"))
    assert (answer.status_code, answer.json()["code"]) == (424, "cluster-access-denied")
    assert "patch deployments.apps" in answer.json()["detail"]


_RBAC = "rbac.authorization.k8s.io/v1"
_OF_SHOP = {"name": "all", "namespace": "shop"}


async def test_a_credential_for_one_namespace_is_probed_there_again(admin: httpx.AsyncClient, sandbox: Sandbox):
    practice = sandbox.cluster("dev-1")
    rule = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
    practice.create({"apiVersion": _RBAC, "kind": "Role", "metadata": _OF_SHOP, "rules": [rule]}, manager="kubectl")
    binding = {"apiVersion": _RBAC, "kind": "RoleBinding", "metadata": _OF_SHOP}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "all"}
    viewer = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "viewer"}
    practice.create({**binding, "roleRef": role, "subjects": [viewer]}, manager="kubectl")
    config = yaml.safe_load(sandbox.kubeconfig("dev-1", user="viewer"))
    config["contexts"][0]["context"]["namespace"] = "shop"
    credential = {"type": "kubeconfig", "kubeconfig": yaml.safe_dump(config)}
    assert (await admin.post("/api/v1/clusters", json={"name": "shop", "credential": credential})).status_code == 201
    assert (await admin.post("/api/v1/clusters/shop/probe")).json()["missing_rights"] == []


async def test_a_certificate_of_another_server_has_its_own_code(admin: httpx.AsyncClient, sandbox: Sandbox):
    other = base64.b64encode(make_identity().authority.encode()).decode()
    body = _with_kubeconfig(
        sandbox, lambda config: config["clusters"][0]["cluster"], "certificate-authority-data", other
    )
    answer = await admin.post("/api/v1/clusters", json=body)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["cluster"]) == (424, "cluster-certificate", "dev-1")
    assert (await admin.get("/api/v1/clusters")).json()["items"] == []


def _cluster(config: Json) -> Json:
    cluster: Json = config["clusters"][0]["cluster"]
    return cluster


def _user(config: Json) -> Json:
    user: Json = config["users"][0]["user"]
    return user


def _with_kubeconfig(sandbox: Sandbox, part: Callable[[Json], Json], member: str, value: object) -> Json:
    """A registration whose kubeconfig has one member more, or another value of it."""
    body = registration(sandbox, "dev-1")
    config = yaml.safe_load(body["credential"]["kubeconfig"])
    part(config)[member] = value
    body["credential"]["kubeconfig"] = yaml.safe_dump(config, sort_keys=False)
    return body


@pytest.mark.parametrize(
    ("part", "member", "value"),
    [
        (_user, "exec", {"apiVersion": "client.authentication.k8s.io/v1", "command": "/bin/sh"}),
        (_user, "auth-provider", {"name": "gcp"}),
        (_user, "tokenFile", "/etc/passwd"),
        (_user, "client-certificate", "/etc/passwd"),
        (_user, "client-key", "/etc/passwd"),
        (_cluster, "certificate-authority", "/etc/passwd"),
        (_cluster, "insecure-skip-tls-verify", True),
        (_cluster, "proxy-url", "http://127.0.0.1:3128"),
        (_user, "as", "root"),
        (_user, "as-uid", "0"),
        (_user, "as-groups", ["system:masters"]),
        (_user, "as-user-extra", {"scopes": ["all"]}),
        (_user, "username", "root"),
    ],
)
async def test_a_kubeconfig_that_is_not_self_contained_is_refused_by_line(
    admin: httpx.AsyncClient, sandbox: Sandbox, part: Callable[[Json], Json], member: str, value: object
):
    body = _with_kubeconfig(sandbox, part, member, value)
    text = body["credential"]["kubeconfig"]
    answer = await admin.post("/api/v1/clusters", json=body)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "kubeconfig-refused")
    expected = next(number for number, line in enumerate(text.splitlines(), start=1) if f" {member}:" in line)
    assert [error["line"] for error in problem["errors"] if error["field"].endswith(f".{member}")] == [expected]
    assert member in problem["detail"]
    assert sandbox.token("dev-1", "admin") not in answer.text
    assert (await admin.get("/api/v1/clusters")).json()["items"] == []


async def test_all_problems_of_a_kubeconfig_are_listed_at_once(admin: httpx.AsyncClient, sandbox: Sandbox):
    body = _with_kubeconfig(sandbox, _user, "exec", {"command": "/bin/sh"})
    config = yaml.safe_load(body["credential"]["kubeconfig"])
    _cluster(config)["proxy-url"] = "http://127.0.0.1:3128"
    body["credential"]["kubeconfig"] = yaml.safe_dump(config)
    errors = (await admin.post("/api/v1/clusters", json=body)).json()["errors"]
    assert {error["field"].rpartition(".")[2] for error in errors} == {"exec", "proxy-url"}


async def test_a_kubeconfig_whose_aliases_expand_too_far_is_refused_by_line(admin: httpx.AsyncClient):
    levels = [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 12)]
    bomb = "\n".join(["a0: &a0 [lol]", *levels])
    body = {"name": "dev-1", "credential": {"type": "kubeconfig", "kubeconfig": bomb}}
    answer = await admin.post("/api/v1/clusters", json=body)
    assert (answer.status_code, answer.json()["code"], answer.json()["line"]) == (422, "kubeconfig-refused", 1)


async def test_a_kubeconfig_that_is_too_long_is_malformed_input(admin: httpx.AsyncClient):
    body = {"name": "dev-1", "credential": {"type": "kubeconfig", "kubeconfig": "#" * 262_145}}
    answer = await admin.post("/api/v1/clusters", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")
    assert answer.json()["field"] == "body.credential.kubeconfig.kubeconfig"


async def test_a_new_credential_is_probed_before_it_replaces_the_old_one(
    admin: httpx.AsyncClient, sandbox: Sandbox, clusters
):
    refused = registration(sandbox, "dev-1", user="viewer")["credential"]
    assert (await admin.patch("/api/v1/clusters/dev-1", json={"credential": refused})).status_code == 424
    assert (await admin.get("/api/v1/clusters/dev-1")).json()["credential_version"] == 1
    taken = registration(sandbox, "dev-1")["credential"]
    answer = await admin.patch("/api/v1/clusters/dev-1", json={"credential": taken, "name": "dev-2"})
    assert (answer.json()["name"], answer.json()["credential_version"]) == ("dev-2", 2)


async def test_a_cluster_in_use_cannot_be_deleted(admin: httpx.AsyncClient, environments):
    answer = await admin.delete("/api/v1/clusters/dev-1")
    assert (answer.status_code, answer.json()["used_by"]) == (409, ["environment Development"])


async def test_an_unused_cluster_is_deleted(admin: httpx.AsyncClient, clusters):
    assert (await admin.delete("/api/v1/clusters/dev-1")).status_code == 204
    assert (await admin.get("/api/v1/clusters/dev-1")).status_code == 404


async def test_a_probe_of_an_unreachable_cluster_is_a_result(admin: httpx.AsyncClient, sandbox: Sandbox, clusters):
    sandbox.faults("staging-1").unreachable = True
    try:
        probed = (await admin.post("/api/v1/clusters/staging-1/probe")).json()
    finally:
        sandbox.faults("staging-1").unreachable = False
    assert (probed["reachability"], probed["error"]["code"]) == ("unreachable", "cluster-unreachable")
    seen = (await admin.get("/api/v1/clusters/staging-1")).json()
    assert (seen["reachability"], seen["last_error"]) == ("unreachable", probed["error"]["detail"])


async def test_the_namespaces_of_a_cluster_are_listed_to_administrators(admin: httpx.AsyncClient, environments):
    namespaces = (await admin.get("/api/v1/clusters/dev-1/namespaces")).json()["namespaces"]
    assert {"name": "shop", "phase": "Active"} in namespaces


async def test_a_cluster_names_the_environments_that_use_it(viewer: httpx.AsyncClient, environments):
    listed = (await viewer.get("/api/v1/clusters")).json()["items"]
    assert {each["name"]: each["environments"] for each in listed} == {
        "dev-1": ["Development"],
        "staging-1": ["Staging"],
    }
