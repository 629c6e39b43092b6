"""Every change by anybody is an entry of the audit, and who may not read it does not see it."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from db.transaction import Database
from domain.actors import ActorKind, ActorRef, Origin, Via
from domain.grants import Actor, Caller
from domain.rights import Holdings
from domain.words import OperationKind, Role
from sandbox.server import Sandbox
from services.people import refusals
from services.people.refusals import Refusals
from tests.support.service import CONTRACT, Service, registration

_WRITES = {
    operation["operationId"]: (method.upper(), path)
    for path, operations in json.loads(CONTRACT.read_text())["paths"].items()
    for method, operation in operations.items()
    if method != "get"
}
# What changes nothing: previews, trials and checks.
_CHANGE_NOTHING = {each for each in _WRITES if each.startswith(("preview", "test", "check", "validate", "probe"))}
# What needs a workload, a provider or a registry is written where these tests see it.
_ELSEWHERE = {
    **dict.fromkeys(
        ("importResources", "bringLevel", "promote", "deploy", "rollBack", "restart"),
        ("operation.queued", "services/changes/test_new_operations.py"),
    ),
    **dict.fromkeys(("putArgoCd", "deleteArgoCd"), ("cluster.argocd-set", "api/test_argocd_places.py")),
    "accept": ("release.accepted", "services/changes/test_accepting.py"),
    "cancelOperation": ("operation.cancelled", "services/changes/test_operations.py"),
    "retryOperation": ("operation.retried", "services/changes/test_operations.py"),
    "promoteSet": ("promotion-set.queued", "services/changes/test_promotion_sets.py"),
    "rollBackPromotionSet": ("promotion-set.queued", "services/changes/test_promotion_sets.py"),
    "continuePromotionSet": ("promotion-set.continued", "services/changes/test_promotion_sets.py"),
    "undoPromotionSet": ("promotion-set.undo-requested", "services/changes/test_promotion_sets.py"),
    "cancelPromotionSet": ("promotion-set.cancelled", "services/changes/test_promotion_sets.py"),
    "retryPromotionSet": ("promotion-set.retried", "services/changes/test_promotion_sets.py"),
    "continueOperation": ("operation.continued", "services/engine/test_pausing.py"),
    "undoOperation": ("operation.undo-requested", "services/engine/test_pausing.py"),
    "fileProposal": ("proposal.filed", "services/changes/test_proposing.py"),
    "voteOnProposal": ("proposal.approved", "services/changes/test_proposing.py"),
    "withdrawProposal": ("proposal.withdrawn", "services/changes/test_proposing.py"),
    "exchangeToken": ("token.exchanged", "services/people/test_exchanging.py"),
    "endSessionsByProvider": ("session.ended", "services/people/oidc/test_sessions.py"),
    "resendNotifications": ("notification.sent-again", "api/test_notifications.py"),
}
# A delivery is a row of its own that nobody changes: what a registry reported is listed there.
_OWN_RECORD = {"receiveDelivery"}
_NAMES = {
    "cluster": "dev-1",
    "environment": "Development",
    "application": "shop",
    "host": "registry.example",
    "repository": "registry.example/shop/web",
    "consent": "without-room",
    "group": "orders",
    "git_repository": "shop-config",
    "declared_kind": "Shopfront.shop.example",
}
_FREEZE = {
    "name": "weekends",
    "effect": "deny",
    "starts": "2096-10-23T15:00",
    "ends": "2096-10-26T07:00",
    "zone": "Europe/Berlin",
    "reason": "Nobody is in the office.",
}
_TRUST = {
    "name": "shop",
    "kind": "github",
    "audience": "https://stagecoach.example",
    "claims": {"repository_id": ["74"], "repository_owner_id": ["65"], "ref": ["refs/heads/main"]},
}
_TOKEN = {"name": "nightly", "role": "viewer"}
_FILLED = ["{channel}", "{code}"]
# What a route creates, and the parameter of paths that its id is.
_CREATES = {
    "giveNamespace": "given",
    "createReceiver": "receiver",
    "createToken": "token",
    "createServiceAccount": "service_account",
    "createServiceAccountToken": "token",
    "createTrust": "trust",
    "createBinding": "binding",
    "createChannel": "channel",
    "createNotificationRoute": "notification_route",
    "markExpectedDifferences": "expected_difference",
    "createFreeze": "freeze",
    "createHold": "hold",
    "createStop": "stop",
    "createMyToken": "token",
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
    ("setApplicationGroup", {"applications": ["shop"]}, "application-group.set"),
    ("deleteApplicationGroup", None, "application-group.deleted"),
    ("updateAppEnvironment", {"pin": "digest"}, "app-environment.changed"),
    ("adopt", {"namespace": "shop"}, "app-environment.adopted"),
    ("repairOwnership", None, "fields.given-back"),
    ("setImageDeliveries", {"owned": "as-owner"}, "image-deliveries.set"),
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
    (
        "putGitRepository",
        {
            "url": "https://git.example/shop/config.git",
            "credential": {"kind": "basic", "username": "stagecoach", "password": "canary-password"},
        },
        "git-repository.stored",
    ),
    ("setGitFolder", {"repository": "shop-config", "branch": "main", "path": "apps/shop"}, "git-folder.set"),
    ("removeGitFolder", None, "git-folder.set"),
    ("deleteGitRepository", None, "git-repository.removed"),
    (
        "putDeclaredKind",
        {"images": [{"form": "reference", "path": "spec.image"}], "health": {"rule": "kstatus"}},
        "kind.declared",
    ),
    ("deleteDeclaredKind", None, "kind.undeclared"),
    ("putPoll", {"interval_seconds": 300}, "poll.stored"),
    ("deletePoll", None, "poll.removed"),
    ("createReceiver", {"name": "ci", "provider": "ci", "application": "shop"}, "receiver.added"),
    ("updateReceiver", {"name": "ci of the shop"}, "receiver.changed"),
    ("rotateReceiver", {"keep_former_seconds": 60}, "receiver.secret-replaced"),
    ("deleteReceiver", None, "receiver.removed"),
    ("createToken", {"name": "ci", "role": "viewer"}, "token.created"),
    ("revokeToken", None, "token.revoked"),
    ("createSignInCode", None, "sign-in-code.created"),
    ("createServiceAccount", {"name": "deployer"}, "service-account.created"),
    ("updateServiceAccount", {"description": "Promotes at night."}, "service-account.changed"),
    ("createServiceAccountToken", _TOKEN, "token.created"),
    ("revokeServiceAccountToken", None, "token.revoked"),
    ("deleteServiceAccount", None, "service-account.deleted"),
    ("createTrust", _TRUST, "trust.created"),
    ("replaceTrust", {**_TRUST, "name": "the shop"}, "trust.changed"),
    ("deleteTrust", None, "trust.deleted"),
    ("createBinding", {"subject": {"kind": "group", "id": "corp:shop"}, "role": "promoter"}, "binding.created"),
    ("deleteBinding", None, "binding.deleted"),
    (
        "createChannel",
        {"name": "log", "kind": "webhook", "settings": {"url": "https://hooks.example/canary-path"}},
        "channel.created",
    ),
    ("updateChannel", {"name": "the log"}, "channel.changed"),
    ("rotateChannel", {}, "channel.secret-rotated"),
    ("disableChannel", None, "channel.disabled"),
    ("enableChannel", None, "channel.enabled"),
    ("createNotificationRoute", {"channel": "{channel}"}, "notification-route.created"),
    ("updateNotificationRoute", {"applications": ["shop"]}, "notification-route.changed"),
    ("deleteNotificationRoute", None, "notification-route.deleted"),
    ("deleteChannel", None, "channel.deleted"),
    (
        "markExpectedDifferences",
        {"environments": ["Development", "Development"], "fields": [{"kind": "Deployment", "name": "web"}]},
        "expected-difference.marked",
    ),
    ("unmarkExpectedDifference", None, "expected-difference.unmarked"),
    ("createFreeze", _FREEZE, "freeze.created"),
    ("replaceFreeze", {**_FREEZE, "zone": "America/New_York"}, "freeze.changed"),
    ("deleteFreeze", None, "freeze.deleted"),
    ("createHold", {"environment": "Development", "application": "shop", "reason": "It fails."}, "hold.created"),
    ("liftHold", None, "hold.lifted"),
    ("createStop", {"environment": "Development", "reason": "A restore."}, "stop.created"),
    ("liftStop", None, "stop.lifted"),
    ("setApprovalPolicy", {"needed": 2}, "approval-policy.set"),
    ("deleteApprovalPolicy", None, "approval-policy.deleted"),
    ("disablePerson", None, "person.disabled"),
    ("enablePerson", None, "person.enabled"),
    ("endSessionsOfPerson", None, "session.ended"),
    (
        "configure",
        {"namespace": "shop", "secrets": [{"name": "blog", "data": {"password": "canary-typed-in"}}]},
        "operation.queued",
    ),
    ("deleteApplication", None, "application.removed"),
    ("deleteEnvironment", None, "environment.removed"),
    ("deleteCluster", None, "cluster.removed"),
]
# The same of a person by a session of the console.
_REQUESTS_OF_PEOPLE: list[tuple[str, Any, str]] = [
    ("createMyToken", _TOKEN, "token.created"),
    ("revokeMyToken", None, "token.revoked"),
    ("endSession", None, "session.ended"),
    ("signIn", {"code": "{code}"}, "session.created"),
    ("signOutEverywhere", None, "session.ended"),
    ("signIn", {"code": "{code}"}, "session.created"),
    ("signOut", None, "session.ended"),
]


async def _actions(admin: httpx.AsyncClient) -> list[str]:
    answer = await admin.get("/api/v1/audit", params={"limit": 200})
    assert answer.status_code == 200, answer.text
    return [each["action"] for each in answer.json()["items"]]


async def _ended(admin: httpx.AsyncClient, operation: str) -> None:
    async with asyncio.timeout(60):
        while (await admin.get(f"/api/v1/operations/{operation}")).json()["ended_at"] is None:
            await asyncio.sleep(0.1)


def test_every_route_that_writes_is_walked_or_its_test_is_named():
    walked = {each for each, *_ in _REQUESTS} | {each for each, *_ in _REQUESTS_OF_PEOPLE} | {"createCluster"}
    assert set(_WRITES) - _CHANGE_NOTHING - _OWN_RECORD - set(_ELSEWHERE) == walked
    for action, file in _ELSEWHERE.values():
        assert f'"{action}"' in (Path(__file__).parents[1] / file).read_text(), (action, file)


class _Walk:
    """Sends requests one after the other, and asks the audit after each."""

    def __init__(self, admin: httpx.AsyncClient, names: dict[str, str]) -> None:
        self._admin = admin
        self.names = names
        self.secrets: list[str] = []

    async def send(self, caller: httpx.AsyncClient, name: str, sent: Any, action: str, **headers: str) -> Any:
        """The answer to a request that is carried out, and whose entry is `action`."""
        before = len(await _actions(self._admin))
        method, path = _WRITES[name]
        body = self._filled(sent)
        answer = await caller.request(method, path.format(**self.names), json=body, headers=headers)
        assert answer.is_success, (name, answer.text)
        answered = answer.json() if answer.content else {}
        if name in _CREATES:
            made = answered if "id" in answered else answered["items"][0]
            self.names[_CREATES[name]] = made["id"]
        if isinstance(answered, dict):
            self.secrets += [answered[key] for key in ("token", "secret", "code", "csrf_token") if answered.get(key)]
        if name == "configure":
            await _ended(self._admin, answered["id"])
        actions = await _actions(self._admin)
        assert action in actions[: len(actions) - before], (name, actions[: len(actions) - before])
        return answered

    def _filled(self, sent: Any) -> Any:
        if not isinstance(sent, dict):
            return sent
        return {name: self.names[value[1:-1]] if value in _FILLED else value for name, value in sent.items()}


async def _person(database: Database, **changes: str) -> Actor:
    told = {"provider": "corp", "issuer": "https://corp.example", "subject": "ada", "name": "Ada"} | changes
    async with database.begin() as tx:
        person = await tx.people.signed_in(**told, email=None, groups=())
    ref = ActorRef(kind=ActorKind.PERSON, id=person.id, name=person.name)
    return Actor(caller=Caller(ref=ref, origin=Origin(via=Via.SESSION)), holdings=Holdings(bindings=()))


async def test_every_change_is_an_entry_without_secrets(admin: httpx.AsyncClient, sandbox: Sandbox, database: Database):
    walk = _Walk(admin, dict(_NAMES) | {"person": (await _person(database)).caller.ref.id})
    walk.secrets = ["canary-password", "canary-typed-in", "canary-path"]
    body = registration(sandbox, "dev-1")
    walk.secrets += [line.split(": ")[1] for line in body["credential"]["kubeconfig"].splitlines() if "token: " in line]
    await walk.send(admin, "createCluster", body, "cluster.added")
    for name, sent, action in _REQUESTS:
        await walk.send(admin, name, sent, action)
    exported = (await admin.get("/api/v1/audit/export")).text
    lines = [json.loads(line) for line in exported.splitlines()]
    assert [each["action"] for each in reversed(lines)] == await _actions(admin)
    assert "operation.ended" in {each["action"] for each in lines}
    assert [secret for secret in walk.secrets if secret in exported] == []
    first = next(each for each in lines if each["action"] == "cluster.added")
    assert (first["actor"]["kind"], first["origin"]["via"], first["origin"]["address"]) == (
        "token",
        "token",
        "127.0.0.1",
    )
    assert first["origin"]["request_id"]


async def test_what_people_do_in_the_console_is_written_in_their_name(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, service: Service, database: Database
):
    ada = await _person(database)
    walk = _Walk(admin, {})

    async def signs_in() -> dict[str, str]:
        walk.names["code"] = (await service.container.access.sign_in_code(ada)).code
        me = await walk.send(anonymous, "signIn", {"code": "{code}"}, "session.created")
        walk.names["session"] = (await anonymous.get("/api/v1/session/sessions")).json()["items"][0]["id"]
        return {"X-CSRF-Token": me["csrf_token"]}

    csrf = await signs_in()
    for name, sent, action in _REQUESTS_OF_PEOPLE:
        if name == "signIn":  # the session before it has ended
            csrf = await signs_in()
        else:
            await walk.send(anonymous, name, sent, action, **csrf)
    entries = (await admin.get("/api/v1/audit", params={"actor_kind": "person"})).json()["items"]
    assert {each["actor"]["id"] for each in entries} == {ada.caller.ref.id}
    exported = (await admin.get("/api/v1/audit/export")).text
    assert [secret for secret in walk.secrets if secret in exported] == []


async def test_a_refused_sign_in_is_an_entry(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, service: Service, database: Database
):
    service.container.access._refusals = Refusals(database)  # the tests before may have been refused for the same
    for proof in ({"token": "canary-token"}, {"code": "canary-code"}):
        assert (await anonymous.post("/api/v1/session", json=proof)).status_code == 401
    found = (await admin.get("/api/v1/audit", params={"action": "sign-in.refused"})).json()["items"]
    assert [(each["actor"]["name"], each["outcome"], each["origin"]["address"]) for each in found] == [
        ("sign-in by code", "refused", "127.0.0.1"),
        ("sign-in by token", "refused", "127.0.0.1"),
    ]
    assert "canary" not in json.dumps(found)


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


async def _released(database: Database, operation: str) -> None:
    """As if the operation had brought images."""
    async with database.begin() as tx:
        where = await tx.app_environments.find("shop", "Development")
        assert where is not None
        assert where.id is not None
        await tx.releases.add(
            where.id, operation_id=operation, kind=OperationKind.DEPLOY, actor="ann", images=[], clusters=["dev-1"]
        )


async def test_the_history_of_what_was_deleted_stays_readable(
    admin: httpx.AsyncClient, viewer: httpx.AsyncClient, sandbox: Sandbox, database: Database
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
    assert (await viewer.get(f"/api/v1/operations/{operation}/release")).status_code == 404
    await _released(database, operation)
    assert (await viewer.get(f"/api/v1/operations/{operation}/release")).json()["number"] == 1
    for path in ("applications/shop", "environments/Development", "clusters/dev-1"):
        assert (await admin.delete(f"/api/v1/{path}")).status_code == 204, path
    await admin.post("/api/v1/applications", json={"name": "shop"})  # the name is free, and is of another one
    for client in (admin, viewer):
        listed = (await client.get("/api/v1/operations", params={"application": "shop"})).json()["items"]
        assert [(each["id"], each["environment"]) for each in listed] == [(operation, "Development")]
        detail = (await client.get(f"/api/v1/operations/{operation}")).json()
        assert (detail["application"], detail["clusters"][0]["cluster"]) == ("shop", "dev-1")
        release = (await client.get(f"/api/v1/operations/{operation}/release")).json()
        assert (release["number"], release["clusters"], release["current"]) == (1, ["dev-1"], False)
    again = await admin.post(f"/api/v1/operations/{operation}/retry", json={})
    assert again.status_code == 404
    entries = (await viewer.get("/api/v1/audit", params={"application": "shop"})).json()["items"]
    assert "operation.ended" in {each["action"] for each in entries}


async def test_a_refusal_of_a_known_caller_is_an_entry(
    admin: httpx.AsyncClient, viewer: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(refusals, "_MOST", 10_000)  # the tests before share the minute of the service
    assert (await viewer.delete("/api/v1/clusters/dev-1")).status_code == 403
    await admin.post("/api/v1/applications", json={"name": "shop"})
    assert (await admin.post("/api/v1/applications", json={"name": "shop"})).status_code == 409
    refused = (await admin.get("/api/v1/audit", params={"outcome": "refused"})).json()["items"]
    asked = [(each["actor"]["name"], each["after"]["operation"], each["after"]["code"]) for each in refused]
    assert asked == [("admin", "createApplication", "name-taken"), ("viewer", "deleteCluster", "forbidden")]
    assert refused[1]["targets"] == [{"kind": "cluster", "id": None, "name": "dev-1"}]
