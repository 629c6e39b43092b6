"""Every route requires its right: all routes by all roles, from the contract itself."""

import json
import re

import httpx
import pytest

from api.main import described_app
from api.openapi import RIGHT, api_routes, declared_right
from domain.rights import ROLE_RIGHTS, Right
from domain.words import Role
from tests.support.service import CONTRACT

_DOCUMENT = json.loads(CONTRACT.read_text())
_BY_NAME = {"application", "environment", "cluster", "host", "repository", "tag", "consent", "provider", "namespace"}
_ID = "0192f0c1-7a5e-7cc3-98c4-dc0c0c07398f"


def _operations(*, open_to_all: bool) -> list[tuple[str, str, str]]:
    """(method, path with names that nothing bears, right) of each operation of the contract."""
    found = []
    for path, operations in _DOCUMENT["paths"].items():
        filled = re.sub(r"\{(\w+)\}", lambda name: "nowhere" if name.group(1) in _BY_NAME else _ID, path)
        found += [(method.upper(), filled, operation[RIGHT]) for method, operation in operations.items()]
    return [each for each in found if (each[2] == "open") is open_to_all]


def test_every_route_declares_its_right():
    undeclared = [route.path for route in api_routes(described_app()) if declared_right(route) is None]
    assert undeclared == []


def test_few_routes_are_open_and_each_for_a_reason():
    routes = api_routes(described_app())
    paths = {route.path for route in routes if declared_right(route) == "open"}
    signing_in = {
        "/api/v1/session",
        "/api/v1/session/providers",
        "/api/v1/session/oidc/{provider}",
        "/api/v1/session/oidc/{provider}/callback",
        "/api/v1/session/oidc/{provider}/problems/{problem}",
        "/api/v1/session/oidc/{provider}/back-channel-logout",
    }
    assert paths == {"/healthz", "/readyz", "/api/v1/token", "/webhooks/{receiver}", *signing_in}


async def _status(client: httpx.AsyncClient, method: str, path: str) -> int:
    """Of the response; a stream of events is left, for it may have no end."""
    async with client.stream(method, path, json={}) as answer:
        if not answer.headers.get("Content-Type", "").startswith("text/event-stream"):
            await answer.aread()
        return answer.status_code


async def test_a_request_without_a_token_is_refused(anonymous: httpx.AsyncClient):
    answered = {}
    for method, path, _ in _operations(open_to_all=False):
        status = await _status(anonymous, method, path)
        if status != 401:
            answered[method, path] = status
    assert answered == {}


@pytest.fixture
def callers(
    viewer: httpx.AsyncClient, operator: httpx.AsyncClient, admin: httpx.AsyncClient
) -> dict[Role, httpx.AsyncClient]:
    return {Role.VIEWER: viewer, Role.MAINTAINER: operator, Role.ADMIN: admin}


async def test_a_right_opens_its_own_routes_and_no_other(callers: dict[Role, httpx.AsyncClient]):
    wrong = {}
    for method, path, right in _operations(open_to_all=False):
        answers = {who: await _status(client, method, path) for who, client in callers.items()}
        refused = {who for who, status in answers.items() if status == 403}
        lacking = {who for who in callers if right != "signed-in" and Right(right) not in ROLE_RIGHTS[who]}
        if 500 in answers.values() or refused != lacking:
            wrong[method, path, right] = answers
    assert wrong == {}
