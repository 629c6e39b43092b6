"""The request of each gateway method, and how it reads the answer."""

from typing import Any

import pytest

from domain.cluster_api import JsonPatchOperation
from domain.resources import Kind, Manifest
from services.kube.deadline import Deadline
from services.kube.errors import (
    InvalidObjectError,
    KindNotServedError,
    PatchTestFailedError,
    ResourceGoneError,
    WriteConflictError,
)
from services.kube.kubernetes_gateway import KubernetesGateway
from tests.support.fake_api_server import CONFIG_MAPS, NAMESPACES, FakeApiServer, answers, status

CONFIG_MAP = Kind.of("v1", "ConfigMap")
PATH = "/api/v1/namespaces/shop/configmaps/a"
COLLECTION = "/api/v1/namespaces/shop/configmaps"
A = Manifest({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"k": "v"}})
NOT_FOUND = (404, status(404, "NotFound", 'configmaps "a" not found', name="a", kind="configmaps"))


async def test_an_apply_is_managed_and_strict(gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline):
    server.on("PATCH", PATH, answers(A.body))
    await gateway.apply(A, namespace="shop", deadline=soon)
    sent = server.asked("PATCH", PATH)[0]
    assert sent.query == {"fieldManager": "stagecoach", "fieldValidation": "Strict"}
    assert sent.headers["content-type"] == "application/apply-patch+yaml"
    assert sent.json == A.body


async def test_a_forced_dry_run_says_so(gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline):
    server.on("PATCH", PATH, answers(A.body))
    await gateway.apply(A, namespace="shop", force=True, dry_run=True, deadline=soon)
    query = server.asked("PATCH", PATH)[0].query
    assert (query["force"], query["dryRun"]) == ("true", "All")


async def test_a_creation_goes_to_the_collection(gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline):
    server.on("POST", COLLECTION, answers((201, A.body)))
    assert await gateway.create(A, namespace="shop", deadline=soon) == A
    assert server.asked("POST", COLLECTION)[0].headers["content-type"] == "application/json"


async def test_a_replacement_is_a_put(gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline):
    server.on("PUT", PATH, answers((409, status(409, "Conflict", "modified"))))
    with pytest.raises(WriteConflictError):
        await gateway.replace(A, namespace="shop", deadline=soon)
    assert server.asked("PUT", PATH)[0].json == A.body


async def test_a_json_patch_carries_its_operations(gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline):
    server.on("PATCH", PATH, answers(A.body))
    operations = [
        JsonPatchOperation(op="test", path="/data/k", value=None),
        JsonPatchOperation(op="remove", path="/data/k"),
    ]
    await gateway.patch_json(CONFIG_MAP, "a", operations, namespace="shop", deadline=soon)
    sent = server.asked("PATCH", PATH)[0]
    assert sent.headers["content-type"] == "application/json-patch+json"
    assert sent.json == [{"op": "test", "path": "/data/k", "value": None}, {"op": "remove", "path": "/data/k"}]


async def test_a_log_is_read_as_text_and_its_refusal_as_an_error(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline
):
    path = "/api/v1/namespaces/shop/pods/web-1/log"
    waiting = 'container "web" in pod "web-1" is waiting to start: ContainerCreating'
    server.on("GET", path, answers((200, "one\ntwo\n"), (400, status(400, "BadRequest", waiting))))
    log = await gateway.pod_log("web-1", "web", namespace="shop", lines=2, most=100, deadline=soon)
    assert log == b"one\ntwo\n"
    assert server.asked("GET", path)[0].query == {"container": "web", "tailLines": "2", "limitBytes": "100"}
    with pytest.raises(InvalidObjectError, match="is waiting to start"):
        await gateway.pod_log("web-1", "web", namespace="shop", lines=2, most=100, deadline=soon)


async def test_no_log_is_asked_for_under_a_name_that_leads_elsewhere(gateway: KubernetesGateway, soon: Deadline):
    for pod, namespace in (("../../secrets", "shop"), ("..", "shop"), ("web-1", "../x")):
        with pytest.raises(InvalidObjectError):
            await gateway.pod_log(pod, "web", namespace=namespace, lines=1, most=1, deadline=soon)


async def test_a_json_patch_whose_test_fails_is_reported(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline
):
    server.on("PATCH", PATH, answers((422, status(422, "Invalid", "the server rejected our request"))))
    with pytest.raises(PatchTestFailedError):
        await gateway.patch_json(CONFIG_MAP, "a", [], namespace="shop", deadline=soon)


async def test_a_patch_of_what_is_gone_is_reported(gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline):
    server.on("PATCH", PATH, answers(NOT_FOUND))
    with pytest.raises(ResourceGoneError):
        await gateway.patch_json(CONFIG_MAP, "a", [], namespace="shop", deadline=soon)


async def test_what_is_not_there_reads_as_none(gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline):
    server.on("GET", PATH, answers(NOT_FOUND))
    assert await gateway.get(CONFIG_MAP, "a", namespace="shop", deadline=soon) is None


async def test_an_object_of_a_kind_that_is_not_served_reads_as_none(gateway: KubernetesGateway, soon: Deadline):
    assert await gateway.get(Kind.of("x.example/v1", "Odd"), "a", namespace="shop", deadline=soon) is None


async def test_a_list_of_a_kind_that_is_not_served_is_an_error(gateway: KubernetesGateway, soon: Deadline):
    with pytest.raises(KindNotServedError):
        await gateway.list(Kind.of("x.example/v1", "Odd"), namespace="shop", deadline=soon)


def page(*names: str, go_on: str = "", version: str = "7") -> dict[str, Any]:
    metadata = {"resourceVersion": version, **({"continue": go_on} if go_on else {})}
    return {"kind": "ConfigMapList", "metadata": metadata, "items": [{"metadata": {"name": name}} for name in names]}


async def test_a_list_is_read_page_by_page(gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline):
    server.on("GET", COLLECTION, answers(page("a", "b", go_on="more"), page("c")))
    listed = await gateway.list(CONFIG_MAP, namespace="shop", label_selector="app=x", deadline=soon)
    assert [item.name for item in listed.items] == ["a", "b", "c"]
    assert [seen.query.get("continue") for seen in server.asked("GET", COLLECTION)] == [None, "more"]
    assert {seen.query["labelSelector"] for seen in server.asked("GET", COLLECTION)} == {"app=x"}


async def test_a_lists_items_say_what_they_are(gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline):
    server.on("GET", COLLECTION, answers(page("a")))
    assert (await gateway.list(CONFIG_MAP, namespace="shop", deadline=soon)).items[0].kind == CONFIG_MAP


async def test_a_list_whose_continuation_expired_is_begun_again(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline
):
    expired = (410, status(410, "Expired", "The provided continue parameter is too old"))
    server.on("GET", COLLECTION, answers(page("a", go_on="more"), expired, page("b", version="9")))
    listed = await gateway.list(CONFIG_MAP, namespace="shop", deadline=soon)
    assert ([item.name for item in listed.items], listed.resource_version) == (["b"], "9")


async def test_namespaces_are_listed_for_the_whole_cluster(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline
):
    server.on("GET", "/api/v1/namespaces", answers({"metadata": {}, "items": [{"metadata": {"name": "shop"}}]}))
    assert [namespace.name for namespace in await gateway.namespaces(deadline=soon)] == ["shop"]


async def test_a_deletion_is_in_the_background_and_of_this_object_alone(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline
):
    server.on("DELETE", PATH, answers({"kind": "Status", "status": "Success"}))
    assert await gateway.delete(CONFIG_MAP, "a", namespace="shop", uid="u-1", deadline=soon)
    sent = server.asked("DELETE", PATH)[0].json
    assert (sent["propagationPolicy"], sent["preconditions"]) == ("Background", {"uid": "u-1"})


@pytest.mark.parametrize("answer", [NOT_FOUND, (409, status(409, "Conflict", "Precondition failed: UID"))])
async def test_what_was_not_there_is_not_deleted(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline, answer
):
    server.on("DELETE", PATH, answers(answer))
    assert not await gateway.delete(CONFIG_MAP, "a", namespace="shop", uid="u-1", deadline=soon)


@pytest.mark.parametrize("name", ["", "..", "a/b", "a?b", "a%2fb", "a b", "-a", "a" * 254, "a\n", "../secrets/x"])
async def test_a_malformed_name_reaches_no_server(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline, name: str
):
    with pytest.raises(InvalidObjectError):
        await gateway.get(CONFIG_MAP, name, namespace="shop", deadline=soon)
    assert all("configmaps" not in seen.path for seen in server.seen)


@pytest.mark.parametrize("namespace", ["", "Shop", "a.b", "a/b", "a" * 64])
async def test_a_malformed_namespace_reaches_no_server(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline, namespace: str
):
    with pytest.raises(InvalidObjectError):
        await gateway.apply(A, namespace=namespace, deadline=soon)
    assert all("configmaps" not in seen.path for seen in server.seen)


async def test_a_name_with_a_colon_is_quoted(gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline):
    server.on("GET", "/api/v1/namespaces/shop/configmaps/system:a", answers(A.body))
    assert await gateway.get(CONFIG_MAP, "system:a", namespace="shop", deadline=soon) == A


async def test_a_kind_without_a_namespace_is_addressed_without_one(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline
):
    server.on("GET", "/api/v1/namespaces/shop", answers({"metadata": {"name": "shop"}}))
    found = await gateway.get(Kind.of("v1", "Namespace"), "shop", namespace="ignored", deadline=soon)
    assert found is not None


async def test_a_namespaced_object_is_not_written_without_a_namespace(gateway: KubernetesGateway, soon: Deadline):
    with pytest.raises(ValueError, match="namespace"):
        await gateway.apply(A, namespace=None, deadline=soon)


# --- discovery


AGGREGATED = {
    "kind": "APIGroupDiscoveryList",
    "items": [
        {
            "metadata": {"name": "shop.example"},
            "versions": [
                {
                    "version": version,
                    "resources": [
                        {
                            "resource": "caches",
                            "responseKind": {"group": "", "version": "", "kind": "Cache"},
                            "scope": "Namespaced",
                            "verbs": ["get", "list"],
                            "shortNames": ["ca"],
                        },
                        {"resource": "odd"},
                    ],
                }
                for version in ("v2", "v1")
            ],
        }
    ],
}
LEGACY = {
    "kind": "APIGroupList",
    "groups": [
        {
            "name": "shop.example",
            "versions": [{"version": "v2"}, {"version": "v1"}],
            "preferredVersion": {"version": "v1"},
        },
        {"name": "broken.example", "versions": [{"version": "v1"}], "preferredVersion": {"version": "v1"}},
    ],
}


async def test_aggregated_discovery_takes_two_requests(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline
):
    server.on("GET", "/api", answers({"kind": "APIGroupDiscoveryList", "items": []}))
    server.on("GET", "/apis", answers(AGGREGATED))
    kinds = await gateway.served_kinds(deadline=soon)
    found, *_ = kinds.versions_of(("shop.example", "Cache"))
    assert (found.kind.version, found.plural, found.namespaced, found.short_names) == ("v2", "caches", True, ("ca",))
    assert len(server.seen) == 2


async def test_a_server_without_aggregated_discovery_is_asked_group_by_group(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline
):
    caches = {"name": "caches", "kind": "Cache", "namespaced": True, "verbs": ["get"]}
    scale = {"name": "caches/scale", "kind": "Scale", "namespaced": True, "verbs": ["get"]}
    server.on("GET", "/apis", answers(LEGACY))
    for version in ("v1", "v2"):
        server.on("GET", f"/apis/shop.example/{version}", answers({"resources": [caches, scale]}))
    server.on("GET", "/apis/broken.example/v1", answers((503, "service unavailable")))
    kinds = await gateway.served_kinds(deadline=soon)
    found, *_ = kinds.versions_of(("shop.example", "Cache"))
    assert found.kind.version == "v1"
    assert kinds.find(Kind.of("v1", "ConfigMap")) is not None
    assert kinds.versions_of(("shop.example", "Scale")) == ()


async def test_discovery_is_read_once(gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline):
    await gateway.served_kinds(deadline=soon)
    await gateway.served_kinds(deadline=soon)
    assert len(server.asked("GET", "/apis")) == 1


async def test_discovery_is_read_again_on_demand(gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline):
    await gateway.served_kinds(deadline=soon)
    await gateway.served_kinds(deadline=soon, refresh=True)
    assert len(server.asked("GET", "/apis")) == 2


async def test_kinds_are_read_again_if_a_named_one_is_missing(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline
):
    server.on("GET", "/api/v1", answers({"resources": [NAMESPACES]}, {"resources": [NAMESPACES, CONFIG_MAPS]}))
    assert (await gateway.served_kinds(deadline=soon)).find(CONFIG_MAP) is None
    assert (await gateway.served_kinds(deadline=soon, naming=[CONFIG_MAP])).find(CONFIG_MAP) is not None


async def test_kinds_that_were_read_just_now_are_not_read_twice_for_one_that_is_missing(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline
):
    await gateway.served_kinds(deadline=soon, naming=[Kind.of("shop.example/v1", "Cache")])
    assert len(server.asked("GET", "/apis")) == 1


async def test_kinds_that_were_forgotten_are_read_again(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline
):
    await gateway.served_kinds(deadline=soon)
    gateway.forget_kinds()
    await gateway.served_kinds(deadline=soon)
    assert len(server.asked("GET", "/apis")) == 2


async def test_a_kind_that_was_defined_meanwhile_is_found(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline
):
    server.on("GET", "/api/v1", answers({"resources": [NAMESPACES]}, {"resources": [NAMESPACES, CONFIG_MAPS]}))
    server.on("GET", PATH, answers(A.body))
    await gateway.served_kinds(deadline=soon)
    assert await gateway.get(CONFIG_MAP, "a", namespace="shop", deadline=soon) == A
