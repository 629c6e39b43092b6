"""Probing a cluster, and reading rights."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from domain.cluster_api import Right
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError, CertificateError, ClusterUnreachableError, CredentialRefusedError
from services.kube.kubernetes_gateway import KubernetesGateway
from services.kube.probe import probe
from tests.support.fake_api_server import Authority, FakeApiServer, Reply, answers, fake_api_server, status
from tests.support.kubeconfigs import encoded

ACCESS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
RULES = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
Connect = Callable[..., Any]


def allows(may: Callable[[dict[str, str]], bool]) -> Reply:
    async def reply(request: web.Request) -> web.StreamResponse:
        asked = (await request.json())["spec"]["resourceAttributes"]
        return web.json_response({"status": {"allowed": may(asked)}}, status=201)

    return reply


def rule(verbs: str, groups: str, resources: str, names: list[str] | None = None) -> dict[str, Any]:
    rule = {"verbs": verbs.split(), "apiGroups": [groups], "resources": resources.split()}
    return {**rule, **({"resourceNames": names} if names else {})}


def right(
    verb: str, resource: str, namespace: str | None = "shop", *, group: str = "", name: str | None = None
) -> Right:
    return Right(verb=verb, group=group, resource=resource, namespace=namespace, name=name)


async def test_a_good_cluster_tells_its_version_and_misses_nothing(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline
):
    server.on("POST", ACCESS, allows(lambda _: True))
    report = await probe(gateway, deadline=soon)
    assert report.version is not None
    assert (report.version.git_version, report.missing) == ("v1.36.2", ())


async def test_missing_rights_are_named(gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline):
    server.on("POST", ACCESS, allows(lambda asked: (asked["verb"], asked["resource"]) != ("patch", "deployments")))
    report = await probe(gateway, deadline=soon)
    assert report.missing_words == ("patch deployments.apps",)
    with pytest.raises(AccessDeniedError, match=r"patch deployments\.apps"):
        report.require_rights()


async def test_rights_are_asked_for_where_the_credential_is_made_for(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline
):
    server.on("POST", ACCESS, allows(lambda asked: asked.get("namespace") == "shop"))
    assert (await probe(gateway, namespaces=["shop"], deadline=soon)).missing == ()


async def test_of_a_credential_for_no_namespace_yet_only_whether_the_server_knows_it_is_asked(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline
):
    server.on("POST", ACCESS, allows(lambda _: False))
    assert (await probe(gateway, namespaces=[], deadline=soon)).missing == ()
    server.on("POST", ACCESS, answers((401, status(401, "Unauthorized"))))
    with pytest.raises(CredentialRefusedError):
        await probe(gateway, namespaces=[], deadline=soon)


async def test_a_bad_token_is_reported(gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline):
    server.on("GET", "/version", answers((401, status(401, "Unauthorized"))))
    with pytest.raises(CredentialRefusedError):
        await probe(gateway, deadline=soon)


async def test_a_credential_that_the_server_takes_for_anonymous_is_reported(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline
):
    message = (
        'x is forbidden: User "system:anonymous" cannot create resource "selfsubjectaccessreviews" in API group "a"'
    )
    server.on("POST", ACCESS, answers((403, status(403, "Forbidden", message))))
    with pytest.raises(CredentialRefusedError):
        await probe(gateway, deadline=soon)


async def test_a_wrong_certificate_is_reported(connect: Connect, soon: Deadline, tmp_path: Path):
    async with fake_api_server(tls=Authority("another").server_context(tmp_path, "127.0.0.1")) as server:
        gateway = await connect(server.url, cluster={"certificate-authority-data": encoded(Authority().pem)})
        with pytest.raises(CertificateError):
            await probe(gateway, deadline=soon)


async def test_a_cluster_that_is_down_is_reported(connect: Connect, soon: Deadline):
    async with fake_api_server() as gone:
        url = gone.url
    gateway = await connect(url)
    with pytest.raises(ClusterUnreachableError):
        await probe(gateway, deadline=soon)


async def test_a_version_that_is_kept_secret_is_no_obstacle(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline
):
    message = 'forbidden: User "u" cannot get path "/version"'
    server.on("GET", "/version", answers((403, status(403, "Forbidden", message))))
    server.on("POST", ACCESS, allows(lambda _: True))
    assert (await probe(gateway, deadline=soon)).version is None


MANY = tuple(right(verb, "configmaps") for verb in ("get", "list", "watch", "patch"))


async def test_a_rules_review_that_says_yes_is_enough(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline
):
    server.on("POST", RULES, answers((201, {"status": {"resourceRules": [rule("*", "", "configmaps secrets")]}})))
    assert await gateway.rights(MANY, deadline=soon) == frozenset(MANY)
    assert len(server.seen) == 1


async def test_what_an_incomplete_review_leaves_out_is_asked_one_by_one(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline
):
    review = {"status": {"incomplete": True, "resourceRules": [rule("get list", "", "*")]}}
    server.on("POST", RULES, answers((201, review)))
    server.on("POST", ACCESS, allows(lambda asked: asked["verb"] == "watch"))
    held = await gateway.rights(MANY, deadline=soon)
    assert {r.verb for r in held} == {"get", "list", "watch"}
    assert len(server.asked("POST", ACCESS)) == 2


async def test_a_server_without_rules_reviews_is_asked_one_by_one(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline
):
    server.on("POST", ACCESS, allows(lambda _: True))
    assert await gateway.rights(MANY, deadline=soon) == frozenset(MANY)


async def test_a_rule_for_some_names_is_no_right_to_all(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline
):
    review = {"status": {"resourceRules": [rule("*", "*", "*", ["a"])]}}
    server.on("POST", RULES, answers((201, review)))
    server.on("POST", ACCESS, allows(lambda _: False))
    named = right("get", "configmaps", name="a")
    assert await gateway.rights((*MANY, named), deadline=soon) == {named}
