"""A user grants no rights that the user lacks, and impersonates no other user without being allowed to."""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.support.sandbox_client import CONFIG_MAPS, NAMESPACE, Client

RBAC = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{NAMESPACE}"
GROUP = "rbac.authorization.k8s.io"


def _rule(*verbs: str, resources: Sequence[str], group: str = "") -> dict[str, Any]:
    return {"apiGroups": [group], "resources": resources, "verbs": verbs}


def _binding(role: str, user: str, *, kind: str = "Role") -> dict[str, Any]:
    return {
        "metadata": {"name": f"{role}-{user}"},
        "roleRef": {"apiGroup": GROUP, "kind": kind, "name": role},
        "subjects": [{"apiGroup": GROUP, "kind": "User", "name": user}],
    }


@pytest.fixture
async def limited(client: Client) -> Client:
    """May read ConfigMaps and write roles and bindings."""
    rules = [
        _rule("get", resources=["configmaps"]),
        _rule("*", resources=["roles", "rolebindings"], group=GROUP),
    ]
    rules[1]["verbs"] = ["create", "get", "patch", "update"]
    await client.create(RBAC + "/roles", {"metadata": {"name": "some"}, "rules": rules})
    await client.create(RBAC + "/rolebindings", _binding("some", "limited"))
    return client.as_user("limited")


async def test_a_role_with_more_than_one_has_is_forbidden(limited: Client) -> None:
    role = {"metadata": {"name": "r"}, "rules": [_rule("get", resources=["secrets"])]}
    status, answer = await limited.send("POST", RBAC + "/roles", role)
    assert (status, answer["details"]["kind"], answer["details"]["name"]) == (403, "roles", "r")
    assert "is attempting to grant RBAC permissions not currently held" in answer["message"]


async def test_a_role_with_what_one_has_is_made(limited: Client) -> None:
    role = {"metadata": {"name": "r"}, "rules": [_rule("get", resources=["configmaps"])]}
    assert (await limited.send("POST", RBAC + "/roles", role))[0] == 201


async def test_a_binding_to_a_mightier_role_is_forbidden(limited: Client) -> None:
    status, _ = await limited.send("POST", RBAC + "/rolebindings", _binding("admin", "limited", kind="ClusterRole"))
    assert status == 403


async def test_labels_of_a_mightier_role_may_change(client: Client, limited: Client) -> None:
    await client.create(RBAC + "/roles", {"metadata": {"name": "r"}, "rules": [_rule("get", resources=["secrets"])]})
    assert (await limited.merge(RBAC + "/roles/r", {"metadata": {"labels": {"a": "b"}}}))[0] == 200


async def test_an_administrator_may_impersonate_any_user(client: Client) -> None:
    status, answer = await client.send("GET", CONFIG_MAPS, **{"Impersonate-User": "nobody"})
    assert (status, 'User "nobody" cannot list' in answer["message"]) == (403, True)


async def test_other_users_may_impersonate_no_user(limited: Client) -> None:
    status, answer = await limited.send("GET", CONFIG_MAPS, **{"Impersonate-User": "admin"})
    assert (status, answer["details"]) == (403, {"name": "admin", "kind": "users"})
