"""Every route, with every right, held here, elsewhere, no more, or not at all: what one may not see does not exist."""

import json
import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from api.openapi import RIGHT
from db.transaction import Database
from domain.approvals import APPROVABLE, ApprovalPolicy
from domain.rights import EVERYWHERE, ROLE_RIGHTS, Right, RoleBinding, Scope, Subject, SubjectKind
from domain.stored.receivers import ReceiverSettings
from domain.words import OperationKind, Provider, Role
from services.people.service_accounts import ServiceAccounts
from services.people.tokens import NewToken
from services.pushes.receivers import NewReceiver, Receivers
from tests.support.actors import ADMINISTERS, ADMINISTRATOR
from tests.support.rows import make_operation, make_target
from tests.support.service import CONTRACT, Json, Service

_DOCUMENT = json.loads(CONTRACT.read_text())
_UNKNOWN = "0192f0c1-7a5e-7cc3-98c4-dc0c0c07398f"
# What the required parameters of a query are in these requests.
_QUERY = {
    "left": "Staging",
    "right": "Production",
    "from": "2026-03-01T00:00:00Z",
    "to": "2026-04-01T00:00:00Z",
    "subject_kind": "person",
    "subject_id": _UNKNOWN,
    "application": "shop",
    "environment": "Staging",
}
_LATER = datetime.now(UTC) + timedelta(days=30)
# The least role that holds a right and nothing beyond it.
_ROLE = {
    "view": Role.VIEWER,
    "promote": Role.PROMOTER,
    "approve": Role.APPROVER,
    "maintain": Role.MAINTAINER,
    "administer": Role.ADMIN,
}


@dataclass(frozen=True, kw_only=True)
class Route:
    """An operation of the contract with a request that would be carried out."""

    name: str
    method: str
    path: str
    right: str
    query: dict[str, str]
    body: Json | None

    @property
    def of_app_environment(self) -> bool:
        return "/environments/Staging" in self.path and "/applications/shop" in self.path


@dataclass(frozen=True, kw_only=True)
class Place:
    """`shop` in Staging, with what it must not be told to those who do not see it; and what is beside it."""

    shop: str
    blog: str
    staging: str
    production: str
    operation: str
    receiver: str

    def says_nothing(self, text: str) -> bool:
        """Whether a text betrays neither Staging nor the operation there. The receiver is the application's."""
        return not any(hidden in text for hidden in ("Staging", self.operation))

    def routes(self) -> Iterable[Route]:
        """All routes that need a right, those that delete last."""
        known = {
            "application": "shop",
            "environment": "Staging",
            "cluster": "staging-1",
            "operation": self.operation,
            "receiver": self.receiver,
            "consent": "without-room",
            "tag": "1.0.0",
            "host": "registry.example",
            "repository": "registry.example/shop/web",
            "git_repository": "shop-config",
            "declared_kind": "Shopfront.shop.example",
        }
        found = []
        for template, operations in _DOCUMENT["paths"].items():
            path = re.sub(r"\{(\w+)\}", lambda name: known.get(name.group(1), _UNKNOWN), template)
            for method, operation in operations.items():
                if operation[RIGHT] not in {"open", "signed-in"}:
                    body = _request_of(operation)
                    found.append(
                        Route(
                            name=operation["operationId"],
                            method=method.upper(),
                            path=path,
                            right=operation[RIGHT],
                            query=_required_query(operation),
                            body=body,
                        )
                    )
        return sorted(found, key=lambda route: route.method == "DELETE")


def _required_query(operation: Json) -> dict[str, str]:
    parameters = [each for each in operation.get("parameters", []) if each["in"] == "query" and each.get("required")]
    return {each["name"]: _QUERY[each["name"]] for each in parameters}


def _request_of(operation: Json) -> Json | None:
    """The contract's example of its body, aimed at Staging."""
    if "requestBody" not in operation:
        return None
    content = next(iter(operation["requestBody"]["content"].values()))
    text = json.dumps(content["examples"]["usual"]["value"])
    aimed: Json = json.loads(text.replace('"Production"', '"Staging"').replace('"Development"', '"Staging"'))
    return aimed


@pytest.fixture
async def place(service: Service, database: Database) -> Place:
    staging = await make_target(database, application="shop", environment="Staging", clusters=("staging-1",))
    production = await make_target(database, application="shop", environment="Production", clusters=("prod-1",))
    blog = await make_target(database, application="blog", environment="Staging", clusters=("staging-1",))
    new = NewReceiver(name="ci", provider=Provider.CI, application="shop", settings=ReceiverSettings())
    issued = await Receivers(database, public_url=None).add(new, actor=ADMINISTRATOR)
    return Place(
        shop=staging.app_environment.application.id,
        blog=blog.app_environment.application.id,
        staging=staging.app_environment.environment.id,
        production=production.app_environment.environment.id,
        operation=await make_operation(database, staging, kind=OperationKind.PROMOTION),
        receiver=issued.view.record.id,
    )


class Callers:
    """Callers with one binding each, by service accounts of their own."""

    def __init__(self, service: Service, database: Database) -> None:
        self._service = service
        self._database = database
        self._clients: dict[tuple[Role, Scope, bool], httpx.AsyncClient] = {}

    async def bound(self, role: Role, scope: Scope, *, expired: bool = False) -> httpx.AsyncClient:
        key = (role, scope, expired)
        if key not in self._clients:
            self._clients[key] = await self._client(role, scope, expired=expired)
        return self._clients[key]

    async def _client(self, role: Role, scope: Scope, *, expired: bool) -> httpx.AsyncClient:
        accounts = ServiceAccounts(self._database)
        account = await accounts.create(ADMINISTERS, name=f"robot {len(self._clients)}", description="")
        subject = Subject(kind=SubjectKind.SERVICE_ACCOUNT, id=account.id)
        ends = datetime.now(UTC) - timedelta(seconds=1) if expired else None
        async with self._database.begin() as tx:
            binding = RoleBinding(id=None, subject=subject, role=role, scope=scope, expires_at=ends)
            await tx.bindings.add(binding, created_by=ADMINISTRATOR.caller.ref)
        new = NewToken(name="t", role=Role.ADMIN, expires_at=_LATER, applications=None, environments=None)
        issued = await accounts.issue_token(ADMINISTRATOR, account.id, new)
        return httpx.AsyncClient(
            base_url=self._service.url,
            headers={"Authorization": f"Bearer {issued.secret}"},
            trust_env=False,
            timeout=120,
        )

    async def close(self) -> None:
        for client in self._clients.values():
            await client.aclose()


@pytest.fixture
async def callers(service: Service, database: Database) -> AsyncIterator[Callers]:
    callers = Callers(service, database)
    yield callers
    await callers.close()


async def _ask(client: httpx.AsyncClient, route: Route) -> httpx.Response:
    return await client.request(route.method, route.path, params=route.query, json=route.body)


async def test_what_is_bound_elsewhere_or_no_more_opens_nothing_here(place: Place, callers: Callers):
    here = Scope(applications=frozenset({place.shop}), environments=frozenset({place.staging}))
    elsewhere = {
        "another application": (replace(here, applications=frozenset({place.blog}), environments=None), False),
        "another environment": (replace(here, environments=frozenset({place.production})), False),
        "expired": (here, True),
    }
    wrong: dict[tuple[str, str], object] = {}
    for route in place.routes():
        for why, (scope, expired) in elsewhere.items():
            if why == "another application" and not route.of_app_environment:
                continue
            answer = await _ask(await callers.bound(_ROLE[route.right], scope, expired=expired), route)
            refused = answer.status_code in {403, 404, 422}
            if route.of_app_environment and not refused:
                wrong[route.name, why] = answer.status_code
            elif answer.is_success and not place.says_nothing(answer.text):
                wrong[route.name, why] = answer.text[:200]
    assert wrong == {}


async def test_a_right_that_is_lacking_where_one_sees_is_named(place: Place, callers: Callers):
    here = Scope(applications=frozenset({place.shop}), environments=frozenset({place.staging}))
    wrong = {}
    for route in place.routes():
        if route.right == "view" or not route.of_app_environment:
            continue
        answer = await _ask(await callers.bound(Role.VIEWER, here), route)
        if answer.status_code != 403 or f"'{route.right}'" not in answer.json()["detail"]:
            wrong[route.name] = (answer.status_code, answer.text[:200])
    assert wrong == {}


_WITH_A_CREDENTIAL_OF_ALL = frozenset({"setGitFolder"})


async def test_the_right_that_fits_is_enough_here(place: Place, callers: Callers):
    here = Scope(applications=frozenset({place.shop}), environments=frozenset({place.staging}))
    wrong = {}
    for route in place.routes():
        if not route.of_app_environment and "/operations/" not in route.path:
            continue
        if route.name in _WITH_A_CREDENTIAL_OF_ALL:
            continue
        answer = await _ask(await callers.bound(_ROLE[route.right], here), route)
        if answer.status_code in {401, 403} or answer.status_code >= 500:
            wrong[route.name] = (answer.status_code, answer.text[:200])
    assert wrong == {}


async def test_what_is_written_with_a_credential_of_no_application_takes_the_installations_administrator(
    place: Place, callers: Callers
):
    here = Scope(applications=frozenset({place.shop}), environments=frozenset({place.staging}))
    for scope, refused in ((here, True), (EVERYWHERE, False)):
        client = await callers.bound(Role.ADMIN, scope)
        asked = [route for route in place.routes() if route.name in _WITH_A_CREDENTIAL_OF_ALL]
        assert [(await _ask(client, route)).status_code == 403 for route in asked] == [refused]


async def test_administering_one_application_is_not_administering_the_installation(place: Place, callers: Callers):
    here = Scope(applications=frozenset({place.shop}))
    wrong = {}
    for route in place.routes():
        if route.right != "administer" or route.of_app_environment:
            continue
        answer = await _ask(await callers.bound(Role.ADMIN, here), route)
        if answer.status_code != 403:
            wrong[route.name] = (answer.status_code, answer.text[:200])
    assert wrong == {}


async def test_each_request_of_the_walk_is_one_that_could_be_carried_out(place: Place, callers: Callers):
    """Else the walk would show nothing: what is malformed is refused whoever asks."""
    client = await callers.bound(Role.ADMIN, EVERYWHERE)
    malformed = {}
    for route in place.routes():
        answer = await _ask(client, route)
        problem = answer.json() if answer.status_code == 422 else {}
        if "errors" in problem and problem["code"] != "kubeconfig-refused":  # nobody can connect by an example
            malformed[route.name] = answer.text[:300]
        assert answer.status_code < 500, (route.name, answer.text)
    assert malformed == {}


async def test_nobody_is_told_that_another_ones_picture_has_not_changed(place: Place, callers: Callers):
    everywhere = await callers.bound(Role.VIEWER, EVERYWHERE)
    elsewhere = await callers.bound(
        Role.VIEWER, Scope(applications=frozenset({place.shop}), environments=frozenset({place.production}))
    )
    for path in ("/api/v1/overview", "/api/v1/applications/shop/overview"):
        tags = {}
        for client in (everywhere, elsewhere):
            first = await client.get(path)
            tags[client] = first.headers["ETag"]
            assert (await client.get(path, headers={"If-None-Match": tags[client]})).status_code == 304, path
            assert place.says_nothing(first.text) is (client is elsewhere)
        for client, tag in ((elsewhere, tags[everywhere]), (everywhere, tags[elsewhere])):
            again = await client.get(path, headers={"If-None-Match": tag})
            assert again.status_code == 200, path
            assert place.says_nothing(again.text) is (client is elsewhere)
            assert again.headers["Vary"] == "Authorization, Cookie"


async def test_lists_show_what_is_seen_and_nothing_else(place: Place, callers: Callers, database: Database):
    policy = ApprovalPolicy(needed=1, groups=(), kinds=APPROVABLE, expires_after=timedelta(hours=1))
    async with database.begin() as tx:
        for environment in (place.staging, place.production):
            await tx.approval_policies.put(environment, policy)
    elsewhere = Scope(applications=frozenset({place.shop}), environments=frozenset({place.production}))
    client = await callers.bound(Role.VIEWER, elsewhere)

    async def names(path: str, member: str = "name") -> list[str]:
        return [each[member] for each in (await client.get(f"/api/v1/{path}")).json()["items"]]

    assert await names("applications") == ["shop"]
    assert await names("environments") == ["Production"]
    assert await names("clusters") == ["prod-1"]
    assert await names("operations", "id") == []
    assert (await client.get("/api/v1/overview")).json()["environments"] == ["Production"]
    environments = (await client.get("/api/v1/applications/shop/environments")).json()
    assert [each["environment"] for each in environments] == ["Production"]
    assert await names("applications/shop/gates", "environment") == ["Production"]
    assert await names("approval-policies", "environment") == ["Production"]


def test_every_right_but_breaking_glass_is_needed_somewhere():
    needed = {operation[RIGHT] for path in _DOCUMENT["paths"].values() for operation in path.values()}
    assert {each.value for each in Right} - needed <= {"break-glass", "approve"}
    assert all(Right(right) in ROLE_RIGHTS[role] for right, role in _ROLE.items())
