"""Who may do what on a practice cluster."""

import pytest

from tests.support.sandbox_client import CONFIG_MAPS, SECRETS, Client, config_map

ROLES = "/apis/rbac.authorization.k8s.io/v1/namespaces/n/roles"
BINDINGS = "/apis/rbac.authorization.k8s.io/v1/namespaces/n/rolebindings"
GROUP = "rbac.authorization.k8s.io"
REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


async def _grant(client: Client, *verbs: str, resource: str = "configmaps", **rule: list[str]) -> None:
    rules = [{"apiGroups": [""], "resources": [resource], "verbs": list(verbs), **rule}]
    await client.create(ROLES, {"metadata": {"name": "r"}, "rules": rules})
    subject = {"kind": "User", "name": "limited", "apiGroup": GROUP}
    reference = {"apiGroup": GROUP, "kind": "Role", "name": "r"}
    await client.create(BINDINGS, {"metadata": {"name": "r"}, "roleRef": reference, "subjects": [subject]})


@pytest.mark.parametrize(("path", "status"), [(CONFIG_MAPS, 200), (SECRETS, 403), ("/api/v1/namespaces", 403)])
async def test_the_viewer_may_only_read_config_maps(client: Client, path: str, status: int) -> None:
    assert (await client.as_user("viewer").send("GET", path))[0] == status


async def test_the_viewer_writes_nothing(client: Client) -> None:
    assert (await client.as_user("viewer").send("POST", CONFIG_MAPS, config_map()))[0] == 403


async def test_a_binding_gives_rights_and_its_end_takes_them(client: Client) -> None:
    limited = client.as_user("limited")
    await _grant(client, "list")
    assert (await limited.send("GET", CONFIG_MAPS))[0] == 200
    await client.send("DELETE", BINDINGS + "/r")
    assert (await limited.send("GET", CONFIG_MAPS))[0] == 403


async def test_a_right_may_be_for_one_name(client: Client) -> None:
    await _grant(client, "get", resourceNames=["a"])
    for name in "ab":
        await client.create(CONFIG_MAPS, config_map(name))
    limited = client.as_user("limited")
    assert [(await limited.send("GET", f"{CONFIG_MAPS}/{n}"))[0] for n in "ab"] == [200, 403]


async def test_who_may_patch_but_not_create_applies_only_to_what_is_there(client: Client) -> None:
    await _grant(client, "patch")
    limited = client.as_user("limited")
    assert (await limited.apply(CONFIG_MAPS, config_map()))[0] == 403
    await client.apply(CONFIG_MAPS, config_map())
    assert (await limited.apply(CONFIG_MAPS, config_map(), manager="two"))[0] == 200


async def test_a_right_to_the_status_is_no_right_to_the_rest(client: Client) -> None:
    await _grant(client, "get", resource="pods/status")
    refused = await client.as_user("limited").send("GET", "/api/v1/namespaces/n/pods/p")
    allowed = await client.as_user("limited").send("GET", "/api/v1/namespaces/n/pods/p/status")
    assert (refused[0], allowed[0]) == (403, 404)


async def test_every_user_may_read_the_version(client: Client) -> None:
    assert (await client.as_user(None).send("GET", "/version"))[0] == 200
    assert (await client.as_user(None).send("GET", "/apis"))[0] == 403


async def test_a_review_says_what_a_request_would_be_told(client: Client) -> None:
    await _grant(client, "get")
    answers = []
    for verb in ("get", "delete"):
        asked = {"namespace": "n", "verb": verb, "resource": "configmaps"}
        review = await client.as_user("limited").create(REVIEWS, {"spec": {"resourceAttributes": asked}})
        answers.append(review["status"]["allowed"])
    assert answers == [True, False]


async def test_a_new_user_comes_with_a_token_and_without_rights(client: Client) -> None:
    client.sandbox.access("dev-1").add_user("somebody")
    assert (await client.as_user("somebody").send("GET", CONFIG_MAPS))[0] == 403
    assert (await client.as_user("somebody").send("GET", "/apis"))[0] == 200


async def test_clusters_do_not_share_tokens(client: Client) -> None:
    tokens = {client.sandbox.token(name) for name in ("dev-1", "prod-eu")}
    assert len(tokens) == 2
