"""Reading, listing and watching over HTTP."""

import asyncio
import json
from typing import Any

import pytest

from tests.support.sandbox_client import CONFIG_MAPS, DEPLOYMENTS, Client, causes, config_map, deployment


async def _watch(client: Client, query: str, count: int) -> list[dict[str, Any]]:
    """The first events of a watch."""
    response = await client.respond("GET", f"{CONFIG_MAPS}?watch=1&timeoutSeconds=5&{query}")
    events: list[dict[str, Any]] = []
    async with response, asyncio.timeout(60):
        async for line in response.content:
            events.append(json.loads(line))
            if len(events) == count:
                break
    return events


def _seen(events: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(e["type"], e["object"]["metadata"].get("name", "")) for e in events]


async def test_items_of_a_list_do_not_say_their_kind(client: Client) -> None:
    await client.create(CONFIG_MAPS, config_map())
    (item,) = (await client.get(CONFIG_MAPS))["items"]
    assert item.keys() == {"metadata", "data"}


async def test_a_page_says_how_many_remain(client: Client) -> None:
    for name in "abc":
        await client.create(CONFIG_MAPS, config_map(name))
    page = await client.get(CONFIG_MAPS + "?limit=2")
    assert page["metadata"]["remainingItemCount"] == 1
    rest = await client.get(CONFIG_MAPS + "?limit=2&continue=" + page["metadata"]["continue"])
    assert [o["metadata"]["name"] for o in rest["items"]] == ["c"]


async def test_an_old_page_has_expired(client: Client) -> None:
    for name in "abc":
        await client.create(CONFIG_MAPS, config_map(name))
    page = await client.get(CONFIG_MAPS + "?limit=2")
    await client.create(CONFIG_MAPS, config_map("d"))
    client.sandbox.cluster("dev-1").store.forget_history()
    status, answer = await client.send("GET", CONFIG_MAPS + "?continue=" + page["metadata"]["continue"])
    assert (status, answer["reason"]) == (410, "Expired")


@pytest.mark.parametrize("token", ["x", "e30", "bm90IGpzb24"])
async def test_a_made_up_page_is_a_bad_request(client: Client, token: str) -> None:
    assert (await client.send("GET", CONFIG_MAPS + "?continue=" + token))[0] == 400


async def test_a_list_at_a_version_to_come_times_out(client: Client) -> None:
    status, answer = await client.send("GET", CONFIG_MAPS + "?resourceVersion=99999999")
    assert (status, answer["reason"]) == (504, "Timeout")


@pytest.mark.parametrize(
    ("selector", "names"),
    [
        ("team=x", ["a"]),
        ("team==x", ["a"]),
        ("team!=x", ["b", "c"]),
        ("team", ["a", "b"]),
        ("!team", ["c"]),
        ("team in (x,y)", ["a", "b"]),
        ("team notin (x)", ["b", "c"]),
        ("n>1", ["b"]),
        ("n<2,team", ["a"]),
        ("", ["a", "b", "c"]),
    ],
)
async def test_a_label_selector_selects(client: Client, selector: str, names: list[str]) -> None:
    for name, labels in (("a", {"team": "x", "n": "1"}), ("b", {"team": "y", "n": "2"}), ("c", {})):
        await client.create(CONFIG_MAPS, config_map(name, labels=labels))
    response = await client.session.get(
        client.sandbox.url("dev-1") + CONFIG_MAPS,
        params={"labelSelector": selector},
        headers={"Authorization": "Bearer " + client.sandbox.token("dev-1")},
    )
    async with response:
        assert [o["metadata"]["name"] for o in (await response.json())["items"]] == names


@pytest.mark.parametrize("selector", ["a===b", "a in b", "in (", "a in (x", "=x", "a=b,", "a/b/c=d"])
async def test_a_selector_that_cannot_be_read_is_a_bad_request(client: Client, selector: str) -> None:
    assert (await client.send("GET", f"{CONFIG_MAPS}?labelSelector={selector}"))[0] == 400


async def test_only_some_fields_can_be_selected_by(client: Client) -> None:
    assert (await client.send("GET", CONFIG_MAPS + "?fieldSelector=data.a%3D1"))[0] == 400


async def test_a_watch_without_a_version_begins_with_what_is_there(client: Client) -> None:
    await client.create(CONFIG_MAPS, config_map())
    assert _seen(await _watch(client, "", 1)) == [("ADDED", "c")]


async def test_what_leaves_a_selector_is_deleted_for_its_watch(client: Client) -> None:
    made = await client.create(CONFIG_MAPS, config_map(labels={"team": "x"}))
    version = made["metadata"]["resourceVersion"]
    await client.merge(CONFIG_MAPS + "/c", {"metadata": {"labels": {"team": "y"}}})
    await client.merge(CONFIG_MAPS + "/c", {"metadata": {"labels": {"team": "x"}}})
    events = await _watch(client, f"resourceVersion={version}&labelSelector=team%3Dx", 2)
    assert _seen(events) == [("DELETED", "c"), ("ADDED", "c")]


async def test_a_watch_sees_what_happens_while_it_runs(client: Client) -> None:
    version = (await client.get(CONFIG_MAPS))["metadata"]["resourceVersion"]
    watching = asyncio.create_task(_watch(client, f"resourceVersion={version}", 2))
    async with asyncio.timeout(60):
        while client.sandbox.watches("dev-1") == 0:
            await asyncio.sleep(0.01)
    await client.create(CONFIG_MAPS, config_map("later"))
    await client.send("DELETE", CONFIG_MAPS + "/later")
    assert _seen(await watching) == [("ADDED", "later"), ("DELETED", "later")]


async def test_a_watch_from_forgotten_times_is_told_that_they_are_gone(client: Client) -> None:
    made = await client.create(CONFIG_MAPS, config_map())
    await client.create(CONFIG_MAPS, config_map("d"))
    client.sandbox.cluster("dev-1").store.forget_history()
    (event,) = await _watch(client, f"resourceVersion={made['metadata']['resourceVersion']}", 1)
    assert (event["type"], event["object"]["code"], event["object"]["reason"]) == ("ERROR", 410, "Expired")


async def test_a_watch_may_ask_for_the_present_and_a_mark_behind_it(client: Client) -> None:
    await client.create(CONFIG_MAPS, config_map())
    query = "sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan"
    events = await _watch(client, query, 2)
    assert [e["type"] for e in events] == ["ADDED", "BOOKMARK"]
    assert events[1]["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


async def test_a_table_has_the_columns_that_kubectl_shows(client: Client) -> None:
    await client.create(DEPLOYMENTS, deployment())
    table = await client.get(DEPLOYMENTS, Accept="application/json;as=Table;v=v1;g=meta.k8s.io,application/json")
    shown = [c["name"] for c in table["columnDefinitions"] if c["priority"] == 0]
    assert (table["kind"], shown) == ("Table", ["Name", "Ready", "Up-to-date", "Available", "Age"])
    assert table["rows"][0]["cells"][:2] == ["web", "0/1"]
    assert "spec" not in table["rows"][0]["object"]


async def test_only_metadata_is_answered_on_request(client: Client) -> None:
    await client.create(CONFIG_MAPS, config_map())
    accept = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
    answer = await client.get(CONFIG_MAPS, Accept=accept)
    assert (answer["kind"], "data" in answer["items"][0]) == ("PartialObjectMetadataList", False)


async def test_a_media_type_that_the_server_does_not_serve_is_not_acceptable(client: Client) -> None:
    assert (await client.send("GET", CONFIG_MAPS, Accept="text/html"))[0] == 406


async def test_yaml_is_answered_on_request(client: Client) -> None:
    await client.create(CONFIG_MAPS, config_map())
    response = await client.respond("GET", CONFIG_MAPS + "/c", Accept="application/yaml")
    async with response:
        assert (response.content_type, "kind: ConfigMap" in await response.text()) == ("application/yaml", True)


async def test_a_kind_of_the_whole_cluster_has_no_namespace(client: Client) -> None:
    assert (await client.send("GET", "/api/v1/namespaces/n/nodes"))[0] == 404


async def test_clusters_do_not_see_each_other(client: Client) -> None:
    await client.create(CONFIG_MAPS, config_map())
    assert client.sandbox.cluster("prod-eu").get("configmaps", "c", "n") is None


async def test_a_list_at_an_exact_version_is_that_of_then(client: Client) -> None:
    made = await client.create(CONFIG_MAPS, config_map())
    version = made["metadata"]["resourceVersion"]
    await client.create(CONFIG_MAPS, config_map("d"))
    await client.merge(CONFIG_MAPS + "/c", {"data": {"a": "2"}})
    listed = await client.get(f"{CONFIG_MAPS}?resourceVersionMatch=Exact&resourceVersion={version}")
    assert [(i["metadata"]["name"], i["data"]) for i in listed["items"]] == [("c", {"a": "1"})]
    assert listed["metadata"]["resourceVersion"] == version


async def test_pages_are_of_one_version(client: Client) -> None:
    for name in "abc":
        await client.create(CONFIG_MAPS, config_map(name))
    first = await client.get(CONFIG_MAPS + "?limit=1")
    await client.send("DELETE", CONFIG_MAPS + "/b")
    rest = await client.get(f"{CONFIG_MAPS}?continue={first['metadata']['continue']}")
    assert [i["metadata"]["name"] for i in rest["items"]] == ["b", "c"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("resourceVersionMatch=Exact", "resourceVersionMatch"),
        ("resourceVersionMatch=Exact&resourceVersion=0", "resourceVersionMatch"),
        ("sendInitialEvents=true", "sendInitialEvents"),
        ("watch=1&sendInitialEvents=true", "resourceVersionMatch"),
    ],
)
async def test_options_that_do_not_go_together_are_refused(client: Client, query: str, field: str) -> None:
    status, answer = await client.send("GET", f"{CONFIG_MAPS}?{query}")
    assert (status, answer["details"]["kind"], causes(answer)) == (422, "ListOptions", [("FieldValueForbidden", field)])


async def test_types_are_published_a_group_at_a_time(client: Client) -> None:
    index = await client.get("/openapi/v3")
    assert "apis/apps/v1" in index["paths"]
    schemas = (await client.get("/openapi/v3/apis/apps/v1"))["components"]["schemas"]
    assert schemas["apps.v1.Deployment"]["properties"]["spec"] == {
        "allOf": [{"$ref": "#/components/schemas/V1DeploymentSpec"}]
    }
    assert schemas["V1DeploymentSpec"]["properties"]["replicas"] == {"type": "integer", "format": "int32"}
