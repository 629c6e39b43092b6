"""Every change by anybody is an entry of the audit, and who may not read it does not see it."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from domain.words import Role
from sandbox.server import Sandbox
from tests.support.service import CONTRACT, registration

_WRITES = {
    operation["operationId"]: (method.upper(), path)
    for path, operations in json.loads(CONTRACT.read_text())["paths"].items()
    for method, operation in operations.items()
    if method != "get"
}
# What changes nothing: previews, trials and checks.
_CHANGE_NOTHING = {each for each in _WRITES if each.startswith(("preview", "test", "check", "validate", "probe"))}
# These are written where the tests of their use cases say so: tests/services/people, tests/services/engine.
_ELSEWHERE = {
    *("cancelOperation", "retryOperation", "importResources", "promote", "deploy", "rollBack"),
    *(
        "signOutEverywhere",
        "endSession",
        "endSessionsByProvider",
        "endSessionsOfPerson",
        "disablePerson",
        "enablePerson",
    ),
    *("createFreeze", "replaceFreeze", "deleteFreeze", "createHold", "liftHold", "createStop", "liftStop"),
}
_NAMES = {
    "cluster": "dev-1",
    "environment": "Development",
    "application": "shop",
    "host": "registry.example",
    "repository": "registry.example/shop/web",
    "consent": "owned-until-next-upgrade",
}

# One valid request a route, in an order in which they are possible, and the action as which it is written.
_REQUESTS: list[tuple[str, Any, str]] = [
    ("updateCluster", {"labels": {"region": "eu"}}, "cluster.changed"),
    ("createEnvironment", {"name": "Development", "clusters": ["dev-1"]}, "environment.added"),
    ("updateEnvironment", {"pin": "tag"}, "environment.changed"),
    ("giveNamespace", {"pattern": "shop"}, "namespace.given"),
    ("giveNamespace", {"pattern": "blog-*"}, "namespace.given"),
    ("takeNamespace", None, "namespace.taken"),
    ("orderEnvironments", {"environments": ["Development"]}, "environments.reordered"),
    ("createApplication", {"name": "shop"}, "application.added"),
    ("updateApplication", {"description": "The shop."}, "application.changed"),
    ("updateAppEnvironment", {"pin": "digest"}, "app-environment.changed"),
    ("adopt", {"namespace": "shop"}, "app-environment.adopted"),
    ("repairOwnership", None, "fields.given-back"),
    ("giveConsent", None, "consent.given"),
    ("withdrawConsent", None, "consent.withdrawn"),
    (
        "putImagePolicies",
        {"rules": [{"match": {"container": "web"}, "select": {"kind": "semver", "range": "^1.4.0"}}]},
        "image-policies.replaced",
    ),
    (
        "putRegistry",
        {"credential": {"kind": "basic", "username": "stagecoach", "password": "canary-password"}},
        "registry.stored",
    ),
    ("deleteRegistry", None, "registry.removed"),
    ("putPoll", {"interval_seconds": 300}, "poll.stored"),
    ("deletePoll", None, "poll.removed"),
    ("createReceiver", {"name": "ci", "provider": "ci", "application": "shop"}, "receiver.added"),
    ("updateReceiver", {"name": "ci of the shop"}, "receiver.changed"),
    ("rotateReceiver", {"keep_former_seconds": 60}, "receiver.secret-replaced"),
    ("deleteReceiver", None, "receiver.removed"),
    ("createToken", {"name": "ci", "role": "viewer"}, "token.created"),
    ("revokeToken", None, "token.revoked"),
    ("createSignInCode", None, "sign-in-code.created"),
    (
        "configure",
        {"namespace": "shop", "secrets": [{"name": "blog", "data": {"password": "canary-typed-in"}}]},
        "operation.queued",
    ),
    ("deleteApplication", None, "application.removed"),
    ("deleteEnvironment", None, "environment.removed"),
    ("deleteCluster", None, "cluster.removed"),
]


async def _actions(admin: httpx.AsyncClient) -> list[str]:
    answer = await admin.get("/api/v1/audit", params={"limit": 200})
    assert answer.status_code == 200, answer.text
    return [each["action"] for each in answer.json()["items"]]


async def _ended(admin: httpx.AsyncClient, operation: str) -> None:
    async with asyncio.timeout(60):
        while (await admin.get(f"/api/v1/operations/{operation}")).json()["ended_at"] is None:
            await asyncio.sleep(0.1)


# Of routes beside these, the people who add them say here what they are written as.
_OTHERS = {
    *("createCluster", "signIn", "signOut", "exchangeToken", "receiveDelivery"),
    *("createChannel", "updateChannel", "deleteChannel", "enableChannel", "disableChannel", "rotateChannel"),
    *("createNotificationRoute", "updateNotificationRoute", "deleteNotificationRoute", "resendNotifications"),
    *("createBinding", "deleteBinding", "createMyToken", "revokeMyToken", "createTrust", "replaceTrust", "deleteTrust"),
    *("createServiceAccount", "updateServiceAccount", "deleteServiceAccount"),
    *("createServiceAccountToken", "revokeServiceAccountToken"),
}


def test_every_route_that_writes_is_listed_here():
    covered = {each for each, *_ in _REQUESTS} | _CHANGE_NOTHING | _ELSEWHERE | _OTHERS
    assert set(_WRITES) - covered == set()


async def test_every_change_is_an_entry_without_secrets(admin: httpx.AsyncClient, sandbox: Sandbox):
    secrets = ["canary-password", "canary-typed-in"]
    body = registration(sandbox, "dev-1")
    secrets += [line.split(": ")[1] for line in body["credential"]["kubeconfig"].splitlines() if "token: " in line]
    assert (await admin.post("/api/v1/clusters", json=body)).status_code == 201
    names, written = dict(_NAMES), len(await _actions(admin))
    for name, sent, action in _REQUESTS:
        method, path = _WRITES[name]
        answer = await admin.request(method, path.format(**names), json=sent)
        assert answer.is_success, (name, answer.text)
        answered = answer.json() if answer.content else {}
        secrets += [
            answered[key] for key in ("token", "secret", "code") if isinstance(answered, dict) and key in answered
        ]
        if name == "createReceiver":
            names["receiver"] = answered["id"]
        if name == "giveNamespace":
            names["given_namespace"] = names["namespace"] = names["given"] = answered["id"]
        if name == "createToken":
            names["token"] = answered["id"]
        if name == "configure":
            await _ended(admin, answered["id"])
        actions = await _actions(admin)
        assert action in actions[: len(actions) - written], name
        written = len(actions)
    exported = (await admin.get("/api/v1/audit/export")).text
    lines = [json.loads(line) for line in exported.splitlines()]
    assert [each["action"] for each in reversed(lines)] == await _actions(admin)
    assert "operation.ended" in {each["action"] for each in lines}
    assert [secret for secret in secrets if secret and secret in exported] == []
    first = lines[-1]
    assert (first["actor"]["kind"], first["origin"]["via"], first["origin"]["address"]) == (
        "token",
        "token",
        "127.0.0.1",
    )
    assert first["origin"]["request_id"]


async def test_entries_are_filtered(admin: httpx.AsyncClient):
    for name in ("shop", "blog"):
        assert (await admin.post("/api/v1/applications", json={"name": name})).status_code == 201
    assert (await admin.delete("/api/v1/applications/blog")).status_code == 204
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    for asked, found in [
        ({"application": "blog"}, ["application.removed", "application.added"]),
        ({"application": "blog", "action": "application.added"}, ["application.added"]),
        ({"action": "application"}, ["application.removed", "application.added", "application.added"]),
        ({"target_kind": "application", "target": "shop"}, ["application.added"]),
        ({"outcome": "refused"}, []),
        ({"since": soon}, []),
        ({"actor": "nobody"}, []),
        ({"actor_kind": "token", "until": soon, "target": "shop"}, ["application.added"]),
    ]:
        answer = await admin.get("/api/v1/audit", params=asked)
        assert [each["action"] for each in answer.json()["items"]] == found, asked


async def test_who_sees_everything_reads_what_speaks_of_applications_alone(
    admin: httpx.AsyncClient, viewer: httpx.AsyncClient
):
    assert (await admin.post("/api/v1/applications", json={"name": "shop"})).status_code == 201
    await admin.post("/api/v1/tokens", json={"name": "ci", "role": Role.VIEWER.value})
    answer = (await viewer.get("/api/v1/audit")).json()["items"]
    assert [each["action"] for each in answer] == ["application.added"]
    hidden = next(
        each for each in (await admin.get("/api/v1/audit")).json()["items"] if each["action"] == "token.created"
    )
    assert (await viewer.get(f"/api/v1/audit/{hidden['seq']}")).status_code == 404
    assert (await admin.get(f"/api/v1/audit/{hidden['seq']}")).json() == hidden


async def test_signing_in_and_out_are_entries(admin: httpx.AsyncClient, anonymous: httpx.AsyncClient):
    code = (await admin.post("/api/v1/session/codes")).json()["code"]
    me = (await anonymous.post("/api/v1/session", json={"code": code})).json()
    signed_out = await anonymous.delete("/api/v1/session", headers={"X-CSRF-Token": me["csrf_token"]})
    assert signed_out.status_code == 204
    assert (await _actions(admin))[:2] == ["session.ended", "session.created"]


async def test_the_history_of_what_was_deleted_stays_readable(
    admin: httpx.AsyncClient, viewer: httpx.AsyncClient, sandbox: Sandbox
):
    await admin.post("/api/v1/clusters", json=registration(sandbox, "dev-1"))
    await admin.post("/api/v1/environments", json={"name": "Development", "clusters": ["dev-1"]})
    await admin.post("/api/v1/environments/Development/namespaces", json={"pattern": "shop"})
    await admin.post("/api/v1/applications", json={"name": "shop"})
    configured = await admin.post(
        "/api/v1/applications/shop/environments/Development/configure",
        json={"namespace": "shop", "config_maps": [{"name": "motd", "data": {"text": "hello"}}]},
    )
    operation = configured.json()["id"]
    await _ended(admin, operation)
    for path in ("applications/shop", "environments/Development", "clusters/dev-1"):
        assert (await admin.delete(f"/api/v1/{path}")).status_code == 204, path
    await admin.post("/api/v1/applications", json={"name": "shop"})  # the name is free, and is of another one
    for client in (admin, viewer):
        listed = (await client.get("/api/v1/operations", params={"application": "shop"})).json()["items"]
        assert [(each["id"], each["environment"]) for each in listed] == [(operation, "Development")]
        detail = (await client.get(f"/api/v1/operations/{operation}")).json()
        assert (detail["application"], detail["clusters"][0]["cluster"]) == ("shop", "dev-1")
    again = await admin.post(f"/api/v1/operations/{operation}/retry", json={})
    assert again.status_code == 404
    entries = (await viewer.get("/api/v1/audit", params={"application": "shop"})).json()["items"]
    assert "operation.ended" in {each["action"] for each in entries}


async def test_a_refusal_of_a_known_caller_is_an_entry(admin: httpx.AsyncClient, viewer: httpx.AsyncClient):
    assert (await viewer.delete("/api/v1/clusters/dev-1")).status_code == 403
    await admin.post("/api/v1/applications", json={"name": "shop"})
    assert (await admin.post("/api/v1/applications", json={"name": "shop"})).status_code == 409
    refused = (await admin.get("/api/v1/audit", params={"outcome": "refused"})).json()["items"]
    asked = [(each["actor"]["name"], each["after"]["operation"], each["after"]["code"]) for each in refused]
    assert asked == [("admin", "createApplication", "name-taken"), ("viewer", "deleteCluster", "forbidden")]
    assert refused[1]["targets"] == [{"kind": "cluster", "id": None, "name": "dev-1"}]
