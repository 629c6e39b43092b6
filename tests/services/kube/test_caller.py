"""Retries: after transient errors, not of writes of unknown fate, and never past the deadline."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from domain.cluster_api import JsonPatchOperation
from domain.resources import Kind, Manifest
from services.kube.deadline import Deadline
from services.kube.errors import (
    AccessDeniedError,
    BudgetExceededError,
    ClusterBusyError,
    ClusterUnreachableError,
    CredentialRefusedError,
    PatchTestFailedError,
    WriteConflictError,
)
from services.kube.gateway import ClusterCredential
from services.kube.in_cluster import ServiceAccount
from services.kube.kubeconfig import KubeconfigRules
from services.kube.kubernetes_gateway import KubernetesGateway
from services.kube.pool import ClusterPool, PoolLimits
from services.net.addresses import AddressPolicy
from tests.support.fake_api_server import (
    Authority,
    FakeApiServer,
    NoPause,
    answers,
    fake_api_server,
    hangs_up,
    never_answers,
    status,
    until,
)
from tests.support.kubeconfigs import kubeconfig

CONFIG_MAP = Kind.of("v1", "ConfigMap")
PATH = "/api/v1/namespaces/shop/configmaps/a"
COLLECTION = "/api/v1/namespaces/shop/configmaps"
A = Manifest({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}})
BAD_GATEWAY = (502, "<html>Bad Gateway</html>")
RULES = KubeconfigRules(addresses=AddressPolicy(allow_loopback=True, allow_private=True), allow_http_to_loopback=True)


async def test_a_read_is_asked_again_after_a_proxys_error(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline
):
    server.on("GET", PATH, answers(BAD_GATEWAY, (500, status(500)), A.body))
    assert await gateway.get(CONFIG_MAP, "a", namespace="shop", deadline=soon) == A


async def test_an_apply_is_sent_again_after_a_broken_connection(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline
):
    server.on("PATCH", PATH, answers(hangs_up, A.body))
    assert await gateway.apply(A, namespace="shop", deadline=soon) == A
    assert len(server.asked("PATCH", PATH)) == 2


async def test_an_apply_is_sent_again_after_a_write_conflict(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline
):
    conflict = (409, status(409, "Conflict", "the object has been modified"))
    server.on("PATCH", PATH, answers(conflict, conflict, A.body))
    assert await gateway.apply(A, namespace="shop", deadline=soon) == A


async def test_a_write_conflict_that_stays_is_reported(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline
):
    server.on("PATCH", PATH, answers((409, status(409, "Conflict", "modified"))))
    with pytest.raises(WriteConflictError):
        await gateway.apply(A, namespace="shop", deadline=soon)
    assert len(server.asked("PATCH", PATH)) == 3


@pytest.mark.parametrize("failure", [hangs_up, BAD_GATEWAY, (500, status(500))])
async def test_a_creation_of_unknown_fate_is_not_repeated(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline, failure: Any
):
    server.on("POST", COLLECTION, answers(failure, A.body))
    with pytest.raises((ClusterUnreachableError, ClusterBusyError)):
        await gateway.create(A, namespace="shop", deadline=soon)
    assert len(server.asked("POST", COLLECTION)) == 1


async def test_a_json_patch_of_unknown_fate_is_repeated_behind_its_test(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline
):
    server.on("PATCH", PATH, answers(hangs_up, (422, status(422, "Invalid", "the server rejected our request"))))
    operations = [
        JsonPatchOperation(op="test", path="/data/k", value="u"),
        JsonPatchOperation(op="replace", path="/data/k", value="v"),
    ]
    with pytest.raises(PatchTestFailedError):
        await gateway.patch_json(CONFIG_MAP, "a", operations, namespace="shop", deadline=soon)


async def test_a_json_patch_without_a_test_of_unknown_fate_is_not_repeated(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline
):
    server.on("PATCH", PATH, answers(hangs_up, A.body))
    operation = JsonPatchOperation(op="replace", path="/data/k", value="v")
    with pytest.raises(ClusterUnreachableError):
        await gateway.patch_json(CONFIG_MAP, "a", [operation], namespace="shop", deadline=soon)
    assert len(server.asked("PATCH", PATH)) == 1


async def test_a_dry_run_of_a_creation_is_repeated(gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline):
    server.on("POST", COLLECTION, answers(BAD_GATEWAY, A.body))
    assert await gateway.create(A, namespace="shop", dry_run=True, deadline=soon) == A


async def test_a_creation_that_was_turned_away_is_repeated(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline
):
    server.on("POST", COLLECTION, answers((429, status(429, "TooManyRequests")), A.body))
    assert await gateway.create(A, namespace="shop", deadline=soon) == A


async def test_a_missing_right_is_final(gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline):
    server.on(
        "GET", PATH, answers((403, status(403, "Forbidden", 'x: User "u" cannot get resource "y" in API group ""')))
    )
    with pytest.raises(AccessDeniedError):
        await gateway.get(CONFIG_MAP, "a", namespace="shop", deadline=soon)
    assert len(server.asked("GET", PATH)) == 1


async def test_a_server_that_asks_for_more_time_than_there_is_is_not_waited_for(
    gateway: KubernetesGateway, server: FakeApiServer
):
    async def later(_: web.Request) -> web.StreamResponse:
        return web.json_response(status(429, "TooManyRequests"), status=429, headers={"Retry-After": "25"})

    server.on("GET", "/version", later)
    with pytest.raises(ClusterBusyError):
        await gateway.version(deadline=Deadline.after(10))
    assert len(server.seen) == 1


async def test_a_passed_deadline_sends_nothing(gateway: KubernetesGateway, server: FakeApiServer):
    with pytest.raises(BudgetExceededError):
        await gateway.version(deadline=Deadline.after(0))
    assert server.seen == []


async def test_a_dead_cluster_is_not_asked_for_ever():
    async with fake_api_server() as gone:
        text = kubeconfig(server=gone.url)
    async with ClusterPool(rules=RULES) as pool:  # with real pauses: the breaker wants failures apart
        gateway = await pool.gateway(ClusterCredential(cluster_id="a", name="dev", version=1, kubeconfig=lambda: text))
        deadline = Deadline.after(30)
        detail = ""
        while "did not answer the last requests" not in detail and not deadline.passed:
            with pytest.raises(ClusterUnreachableError) as caught:
                await gateway.version(deadline=deadline)
            detail = caught.value.detail
        assert detail == "Cluster dev did not answer the last requests; it is probed again soon."


async def test_a_hanging_cluster_holds_no_more_than_its_own_slots():
    async with fake_api_server() as hanging, fake_api_server() as well:
        hanging.on("GET", "/version", never_answers)
        limits = PoolLimits(per_cluster=2, overall=3)
        async with ClusterPool(rules=RULES, limits=limits, chance=NoPause()) as pool:
            one, other = [
                await pool.gateway(
                    ClusterCredential(
                        cluster_id=s.url, name="c", version=1, kubeconfig=partial(kubeconfig, server=s.url)
                    )
                )
                for s in (hanging, well)
            ]
            stuck = [asyncio.create_task(one.version(deadline=Deadline.after(30))) for _ in range(10)]
            await until(lambda: len(hanging.seen) == 2)
            assert (await other.version(deadline=Deadline.after(10))).git_version == "v1.36.2"
            assert len(hanging.seen) == 2
            for task in stuck:
                task.cancel()
            await asyncio.gather(*stuck, return_exceptions=True)


async def test_waiting_for_a_slot_ends_with_the_deadline():
    async with fake_api_server() as hanging:
        hanging.on("GET", "/version", never_answers)
        async with ClusterPool(rules=RULES, limits=PoolLimits(per_cluster=1), chance=NoPause()) as pool:
            text = kubeconfig(server=hanging.url)
            gateway = await pool.gateway(
                ClusterCredential(cluster_id="a", name="c", version=1, kubeconfig=lambda: text)
            )
            stuck = asyncio.create_task(gateway.version(deadline=Deadline.after(30)))
            await until(lambda: bool(hanging.seen))
            with pytest.raises(BudgetExceededError, match="Too many requests"):
                await gateway.version(deadline=Deadline.after(0.05))
            stuck.cancel()
            await asyncio.gather(stuck, return_exceptions=True)


# --- the cluster that Stagecoach runs in


def mounted(folder: Path, authority: Authority, token: str) -> None:
    (folder / "ca.crt").write_text(authority.pem)
    (folder / "token").write_text(f"{token}\n")


async def test_a_renewed_token_is_read_again_when_the_old_one_is_refused(tmp_path: Path, soon: Deadline):
    authority = Authority()
    async with fake_api_server(tls=authority.server_context(tmp_path, "127.0.0.1")) as server:

        async def only_new(request: web.Request) -> web.StreamResponse:
            if request.headers["Authorization"] == "Bearer new":
                return web.json_response({"gitVersion": "v1"})
            mounted(tmp_path, authority, "new")
            return web.json_response(status(401, "Unauthorized"), status=401)

        server.on("GET", "/version", only_new)
        mounted(tmp_path, authority, "old")
        account = ServiceAccount(server=server.url, folder=tmp_path)
        async with ClusterPool(rules=RULES, service_account=account) as pool:
            gateway = await pool.gateway(ClusterCredential(cluster_id="a", name="here", version=1, kubeconfig=None))
            assert (await gateway.version(deadline=soon)).git_version == "v1"


async def test_a_token_that_is_refused_and_not_renewed_is_reported(tmp_path: Path, soon: Deadline):
    authority = Authority()
    mounted(tmp_path, authority, "old")
    async with fake_api_server(tls=authority.server_context(tmp_path, "127.0.0.1")) as server:
        server.on("GET", "/version", answers((401, status(401, "Unauthorized"))))
        account = ServiceAccount(server=server.url, folder=tmp_path)
        async with ClusterPool(rules=RULES, service_account=account) as pool:
            gateway = await pool.gateway(ClusterCredential(cluster_id="a", name="here", version=1, kubeconfig=None))
            with pytest.raises(CredentialRefusedError):
                await gateway.version(deadline=soon)
        assert len(server.seen) == 1


async def test_outside_a_pod_there_is_no_service_account(tmp_path: Path):
    async with ClusterPool(rules=RULES, service_account=ServiceAccount(folder=tmp_path)) as pool:
        with pytest.raises(CredentialRefusedError, match="does not run in a pod"):
            await pool.gateway(ClusterCredential(cluster_id="a", name="here", version=1, kubeconfig=None))


def _warns(*texts: str, body: Any) -> Any:
    async def reply(request: web.Request) -> web.StreamResponse:
        response = web.json_response(body)
        for text in texts:
            response.headers.add("Warning", text)
        return response

    return answers(reply)


async def test_what_the_server_warns_of_is_heard(gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline):
    said = [
        r'299 - "would violate PodSecurity \"restricted:latest\": runAsNonRoot != true"',
        '299 - "it is deprecated"',
    ]
    server.on("PATCH", PATH, _warns(*said, "not a warning", body=A.body))
    on_warning: list[str] = []
    await gateway.apply(A, namespace="shop", dry_run=True, deadline=soon, on_warning=on_warning.append)
    assert on_warning == ['would violate PodSecurity "restricted:latest": runAsNonRoot != true', "it is deprecated"]


async def test_a_warning_about_a_secret_is_not_heard_and_no_value_in_another(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline
):
    secret = Manifest({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "data": {"a": "Y2FuYXJ5"}})
    settings = Manifest({**A.body, "data": {"a": "canary"}})
    server.on("PATCH", PATH.replace("configmaps", "secrets"), _warns('299 - "a is odd: canary"', body=secret.body))
    server.on("PATCH", PATH, _warns('299 - "a is odd: canary"', body=settings.body))
    on_warning: list[str] = []
    for manifest in (secret, settings):
        await gateway.apply(manifest, namespace="shop", dry_run=True, deadline=soon, on_warning=on_warning.append)
    assert on_warning == ["a is odd: [hidden]"]
