"""How a cluster misbehaves on request, and what is noted of writes."""

import asyncio
from typing import Any

import aiohttp
import pytest

from sandbox.faults import Failure
from sandbox.server import Sandbox
from tests.support.sandbox_client import CONFIG_MAPS, Client, config_map


async def _control(client: Client, method: str, part: str, body: Any = None) -> tuple[int, Any]:
    url = f"{client.sandbox.address}/sandbox/clusters/dev-1/{part}"
    async with client.session.request(method, url, json=body) as response:
        return response.status, await response.json()


async def test_the_next_writes_fail_and_then_no_more(client: Client) -> None:
    client.sandbox.faults("dev-1").failures = [Failure(status=503, methods=("POST",), count=2, retry_after=1)]
    statuses = [(await client.send("POST", CONFIG_MAPS, config_map()))[0] for _ in range(3)]
    assert statuses == [503, 503, 201]


async def test_reads_go_on_while_writes_fail(client: Client) -> None:
    client.sandbox.faults("dev-1").failures = [Failure(methods=("POST", "PATCH"))]
    assert (await client.send("GET", CONFIG_MAPS))[0] == 200


async def test_only_matching_paths_fail(client: Client) -> None:
    client.sandbox.faults("dev-1").failures = [Failure(status=500, path="/configmaps")]
    assert [(await client.send("GET", p))[0] for p in (CONFIG_MAPS, "/version")] == [500, 200]


async def test_an_unreachable_cluster_drops_connections_and_its_neighbour_does_not(client: Client) -> None:
    client.sandbox.cut_off("dev-1")
    with pytest.raises(aiohttp.ClientError):
        await client.send("GET", "/version")
    async with client.session.get(client.sandbox.url("prod-eu") + "/version") as response:
        assert response.status == 200


async def test_a_watch_ends_when_its_cluster_becomes_unreachable(client: Client) -> None:
    response = await client.respond("GET", CONFIG_MAPS + "?watch=1&timeoutSeconds=60")
    async with response:
        client.sandbox.cut_off("dev-1")
        with pytest.raises(aiohttp.ClientError):
            async with asyncio.timeout(5):
                await response.read()


async def test_a_mute_cluster_carries_out_the_write_that_it_does_not_answer(client: Client) -> None:
    client.sandbox.faults("dev-1").mute = True
    for method, path, body in (("POST", CONFIG_MAPS, config_map()), ("GET", CONFIG_MAPS + "/c", None)):
        with pytest.raises(aiohttp.ClientError):
            await client.send(method, path, body)
    client.sandbox.faults("dev-1").clear()
    assert (await client.get(CONFIG_MAPS + "/c"))["data"] == {"a": "1"}


async def test_expired_tokens_are_unauthorized(client: Client) -> None:
    client.sandbox.faults("dev-1").token_expired = True
    assert (await client.send("GET", "/version"))[0] == 401


async def test_faults_are_set_and_cleared_from_outside(client: Client) -> None:
    desired = {"latency_ms": 5, "failures": [{"status": 429, "methods": ["GET"], "count": 1}]}
    status, faults = await _control(client, "PUT", "faults", desired)
    assert (status, faults["latency_ms"], faults["failures"][0]["status"]) == (200, 5.0, 429)
    assert (await client.send("GET", "/version"))[0] == 429
    await _control(client, "DELETE", "faults")
    assert client.sandbox.faults("dev-1").latency_ms == 0.0


@pytest.mark.parametrize("body", [{"nonsense": 1}, {"latency_ms": "slow"}, {"failures": [{"when": 1}]}, []])
async def test_faults_that_do_not_exist_are_refused(client: Client, body: Any) -> None:
    assert (await _control(client, "PUT", "faults", body))[0] == 400


async def test_the_write_log_says_who_wrote_what(client: Client) -> None:
    await _control(client, "DELETE", "writes")
    await client.apply(CONFIG_MAPS, config_map(), query="&dryRun=All")
    await client.apply(CONFIG_MAPS, config_map())
    await client.get(CONFIG_MAPS)
    await client.as_user("viewer").send("DELETE", CONFIG_MAPS + "/c")
    _, log = await _control(client, "GET", "writes")
    noted = [(w["user"], w["verb"], w["dry_run"], w["status"]) for w in log["writes"]]
    assert noted == [("admin", "patch", True, 201), ("admin", "patch", False, 201), ("viewer", "delete", False, 403)]
    assert log["writes"][1]["path"] == CONFIG_MAPS + "/c?fieldManager=one"


async def test_the_write_log_says_which_writes_changed_something_and_which_wrote_the_same(client: Client) -> None:
    await _control(client, "DELETE", "writes")
    for query, data in (("", {"a": "1"}), ("", {"a": "1"}), ("&dryRun=All", {"a": "2"}), ("", {"a": "2"})):
        await client.apply(CONFIG_MAPS, config_map(data=data), query=query)
    _, log = await _control(client, "GET", "writes")
    first, again, tried, other = log["writes"]
    assert [each["changed"] for each in (first, again, tried, other)] == [True, False, False, True]
    assert first["content"] == again["content"] != tried["content"] == other["content"]


async def test_writes_that_were_shown_as_they_were_forgotten_are_not_shown_again(client: Client) -> None:
    await _control(client, "DELETE", "writes")
    await client.apply(CONFIG_MAPS, config_map())
    shown = [len((await _control(client, "DELETE", "writes"))[1]["writes"]) for _ in range(2)]
    assert shown == [1, 0]


async def test_the_write_log_holds_no_bodies(client: Client) -> None:
    await client.create("/api/v1/namespaces/n/secrets", {"metadata": {"name": "s"}, "stringData": {"k": "canary"}})
    _, log = await _control(client, "GET", "writes")
    assert "canary" not in str(log)


async def test_clusters_are_listed_with_their_addresses(sandbox: Sandbox) -> None:
    async with aiohttp.ClientSession() as session, session.get(sandbox.address + "/sandbox/clusters") as response:
        listed = (await response.json())["clusters"]
    assert listed == [{"name": n, "url": sandbox.url(n)} for n in ("dev-1", "prod-eu")]
