"""Kinds read as records: pages of a list, and one watch request."""

import json
from contextlib import aclosing
from typing import Any

import pytest
import structlog
from aiohttp import web

from domain.resources import Kind
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError, ClusterError, ClusterUnreachableError, WatchExpiredError
from services.kube.gateway import ClusterCredential
from services.kube.kubernetes_gateway import KubernetesGateway
from services.kube.pool import ClusterPool
from services.planning.live.records import RecordEvent
from tests.services.kube.conftest import HERE
from tests.support.fake_api_server import FakeApiServer, answers, hangs_up, status, streams
from tests.support.kubeconfigs import kubeconfig

PODS = Kind.of("v1", "Pod")
COLLECTION = "/api/v1/pods"
IN_SHOP = "/api/v1/namespaces/shop/pods"


@pytest.fixture
def server_with_pods(server: FakeApiServer) -> FakeApiServer:
    resources = [{"name": "pods", "kind": "Pod", "namespaced": True, "verbs": ["get", "list", "watch"]}]
    server.on("GET", "/api/v1", answers({"kind": "APIResourceList", "groupVersion": "v1", "resources": resources}))
    return server


def pod(name: str, version: int = 1, namespace: str = "shop") -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": namespace, "resourceVersion": str(version)}}


def page(*names: str, version: str = "9", more: str = "") -> dict[str, Any]:
    metadata = {"resourceVersion": version, **({"continue": more} if more else {})}
    return {"kind": "PodList", "apiVersion": "v1", "metadata": metadata, "items": [pod(name) for name in names]}


def line(kind: str, name: str, version: int) -> bytes:
    return json.dumps({"type": kind, "object": {"kind": "Pod", "apiVersion": "v1", **pod(name, version)}}).encode()


async def events_of(gateway: KubernetesGateway, *, namespace: str | None = "shop") -> list[RecordEvent]:
    found: list[RecordEvent] = []
    watch = gateway.watch_records(PODS, namespace=namespace, resource_version="1", deadline=Deadline.after(10))
    async with aclosing(watch):
        async for events in watch:
            found += events
    return found


async def names_of(gateway: KubernetesGateway, *, namespace: str | None = "shop") -> list[list[str]]:
    pages = gateway.list_records(PODS, namespace=namespace, deadline=Deadline.after(10))
    async with aclosing(pages):
        return [[record.key.name for record in each.records] async for each in pages]


async def test_a_list_is_read_page_by_page(gateway: KubernetesGateway, server_with_pods: FakeApiServer):
    server_with_pods.on("GET", IN_SHOP, answers(page("a", "b", more="next"), page("c")))
    assert await names_of(gateway) == [["a", "b"], ["c"]]
    assert [seen.query.get("continue") for seen in server_with_pods.asked("GET", IN_SHOP)] == [None, "next"]


async def test_events_and_bookmarks_come_with_their_versions(
    gateway: KubernetesGateway, server_with_pods: FakeApiServer
):
    lines = (line("ADDED", "a", 2), line("MODIFIED", "a", 3), line("BOOKMARK", "", 7), line("DELETED", "a", 8))
    # In pieces that end in the middle of a line: what arrives together need not be whole.
    text = b"\n".join(lines) + b"\n"
    server_with_pods.on("GET", IN_SHOP, streams(text[:50], text[50:400], text[400:]))
    events = await events_of(gateway)
    assert [(event.type, event.version) for event in events] == [
        ("ADDED", "2"),
        ("MODIFIED", "3"),
        ("BOOKMARK", "7"),
        ("DELETED", "8"),
    ]
    assert [event.record.key.name for event in events if event.record] == ["a", "a", "a"]


async def test_a_version_that_is_too_old_is_reported_inside_a_good_answer(
    gateway: KubernetesGateway, server_with_pods: FakeApiServer
):
    expired = json.dumps({"type": "ERROR", "object": status(410, "Expired")}).encode() + b"\n"
    server_with_pods.on("GET", IN_SHOP, streams(expired))
    with pytest.raises(WatchExpiredError):
        await events_of(gateway)


async def test_what_is_no_api_servers_answer_is_refused(gateway: KubernetesGateway, server_with_pods: FakeApiServer):
    server_with_pods.on("GET", IN_SHOP, answers(streams(b"<html>\n"), "<html>", page()))
    with pytest.raises(ClusterError, match="not an API server's"):
        await events_of(gateway)
    with pytest.raises(ClusterError, match="not an API server's"):
        await names_of(gateway)


async def test_an_object_that_cannot_be_read_is_left_out_and_named_in_the_log_once(
    gateway: KubernetesGateway, server_with_pods: FakeApiServer
):
    odd = {**pod("odd", 3), "spec": {"containers": "hunter2"}}
    changed = json.dumps({"type": "MODIFIED", "object": odd}).encode() + b"\n" + line("ADDED", "b", 4) + b"\n"
    server_with_pods.on("GET", IN_SHOP, answers({**page("a"), "items": [odd, pod("a")]}, streams(changed)))
    server_with_pods.on("GET", f"{IN_SHOP}/odd", answers({"apiVersion": "v1", "kind": "Pod", **odd}))
    with structlog.testing.capture_logs() as lines:
        assert await names_of(gateway) == [["a"]]
        events = [(each.type, each.record and each.record.key.name) for each in await events_of(gateway)]
        assert await gateway.record(PODS, "odd", namespace="shop", deadline=Deadline.after(10)) is None
    assert events == [("DELETED", "odd"), ("ADDED", "b")]
    (logged,) = [each for each in lines if "object" in each]
    assert [logged[name] for name in ("cluster", "kind", "namespace", "object")] == ["dev", "Pod", "shop", "odd"]
    assert "hunter2" not in str(logged)


async def test_a_refusal_and_a_broken_connection_end_a_watch(
    gateway: KubernetesGateway, server_with_pods: FakeApiServer
):
    forbidden = status(403, "Forbidden", 'pods is forbidden: User "x" cannot watch resource "pods" in API group ""')
    server_with_pods.on("GET", IN_SHOP, answers((403, forbidden), hangs_up))
    with pytest.raises(AccessDeniedError):
        await events_of(gateway)
    with pytest.raises(ClusterUnreachableError):
        await events_of(gateway)


async def test_the_namespace_of_stagecoach_itself_is_left_out(server_with_pods: FakeApiServer):
    text = kubeconfig(server=server_with_pods.url)
    credential = ClusterCredential(cluster_id="one", name="dev", version=1, kubeconfig=lambda: text)
    own = {**page("a"), "items": [pod("a"), pod("engine", namespace="stagecoach")]}
    own_line = json.dumps({"type": "ADDED", "object": pod("engine", 3, namespace="stagecoach")}).encode()
    server_with_pods.on("GET", COLLECTION, answers(own, streams(line("ADDED", "a", 2) + b"\n" + own_line + b"\n")))
    async with ClusterPool(rules=HERE, own_namespace="stagecoach") as pool:
        gateway = await pool.watched(credential)
        assert await names_of(gateway, namespace=None) == [["a"]]
        seen = [event.record.key.name for event in await events_of(gateway, namespace=None) if event.record]
    assert seen == ["a"]


@pytest.mark.parametrize("small", [True, False])
async def test_the_connection_is_kept_after_a_list_that_is_small_and_after_no_other(
    gateway: KubernetesGateway, server_with_pods: FakeApiServer, small: bool
):
    ports: list[int] = []

    async def reply(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        ports.append(request.transport.get_extra_info("peername")[1])
        return web.json_response(page("a"))

    server_with_pods.on("GET", IN_SHOP, reply)
    for _ in range(6):
        pages = gateway.list_records(PODS, namespace="shop", deadline=Deadline.after(10), small=small)
        async with aclosing(pages):
            assert [len(each.records) async for each in pages] == [1]
    assert (len(set(ports)) <= 2) is small  # discovery has left two connections
