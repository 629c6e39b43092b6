"""What outlives a restart, and a kill."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from sandbox.server import Sandbox
from tests.support.sandbox_client import CONFIG_MAPS, Client, config_map

CRD: dict[str, Any] = {
    "metadata": {"name": "caches.shop.example"},
    "spec": {
        "group": "shop.example",
        "names": {"kind": "Cache", "plural": "caches"},
        "scope": "Namespaced",
        "versions": [
            {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
        ],
    },
}


def _sandbox(data: Path, **options: Any) -> Sandbox:
    return Sandbox(["dev-1"], data=data, controllers=False, **options)


async def test_a_restarted_cluster_is_as_it_was(tmp_path: Path) -> None:
    async with _sandbox(tmp_path) as first, aiohttp.ClientSession() as session:
        client = Client(first, session)
        await client.create("/api/v1/namespaces", {"metadata": {"name": "n"}})
        made = await client.create(CONFIG_MAPS, config_map())
        await client.create(CONFIG_MAPS, config_map("gone"))
        await client.send("DELETE", CONFIG_MAPS + "/gone")
        version = first.cluster("dev-1").store.version
        config = yaml.safe_load(first.kubeconfig("dev-1"))
    async with _sandbox(tmp_path) as second, aiohttp.ClientSession() as session:
        client = Client(second, session)
        assert await client.get(CONFIG_MAPS + "/c") == made
        assert (await client.send("GET", CONFIG_MAPS + "/gone"))[0] == 404
        assert second.cluster("dev-1").store.version == version
        again = yaml.safe_load(second.kubeconfig("dev-1"))
    assert again["users"] == config["users"]
    trusted = [c["clusters"][0]["cluster"]["certificate-authority-data"] for c in (config, again)]
    assert trusted[0] == trusted[1]


async def test_definitions_are_served_again_after_a_restart(tmp_path: Path) -> None:
    crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    async with _sandbox(tmp_path) as first, aiohttp.ClientSession() as session:
        await Client(first, session).create(crds, CRD)
    async with _sandbox(tmp_path) as second, aiohttp.ClientSession() as session:
        served = await Client(second, session).get("/apis/shop.example/v1")
    assert [r["name"] for r in served["resources"]] == ["caches"]


async def test_the_example_is_planted_once(tmp_path: Path) -> None:
    async with _sandbox(tmp_path, example=True) as first:
        first.cluster("dev-1").remove("configmaps", "shop-settings", "shop")
    async with _sandbox(tmp_path, example=True) as second:
        assert second.cluster("dev-1").get("configmaps", "shop-settings", "shop") is None


async def test_a_line_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    async with _sandbox(tmp_path) as first:
        first.cluster("dev-1").create(config_map(namespace="default"))
    journal = tmp_path / "dev-1.jsonl"
    journal.write_bytes(journal.read_bytes() + b'{"key":["","configmaps","default","half"],"obj')
    async with _sandbox(tmp_path) as second:
        assert second.cluster("dev-1").get("configmaps", "c", "default")
        assert second.cluster("dev-1").get("configmaps", "half", "default") is None


async def test_what_holds_tokens_and_keys_is_for_its_owner_alone(tmp_path: Path) -> None:
    async with _sandbox(tmp_path / "data"):
        pass
    assert {p.stat().st_mode & 0o777 for p in (tmp_path / "data").iterdir() if p.suffix != ".new"} >= {0o600}
    assert (tmp_path / "data" / "dev-1.tokens.json").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "data" / "server.pem").stat().st_mode & 0o777 == 0o600


def _start(folder: Path) -> tuple[subprocess.Popen[str], str]:
    command = [sys.executable, "-m", "sandbox", "--cluster", "dev-1", "--out", str(folder / "out"), "--empty"]
    process = subprocess.Popen(
        [*command, "--data", str(folder / "data"), "--token", "admin=known"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    address = process.stdout.readline().strip()
    assert process.stdout.readline() == "READY\n"
    return process, address


def _close(process: subprocess.Popen[str]) -> None:
    assert process.stdout
    process.stdout.close()


async def _send(method: str, url: str, body: Any = None) -> int:
    async with (
        aiohttp.ClientSession(headers={"Authorization": "Bearer known"}) as session,
        session.request(method, url, json=body) as response,
    ):
        return response.status


async def test_a_killed_process_loses_at_most_its_last_moments(tmp_path: Path) -> None:
    process, address = await asyncio.to_thread(_start, tmp_path)
    where = address + "/clusters/dev-1/api/v1/namespaces/default/configmaps"
    try:
        assert await _send("POST", where, config_map()) == 201
        async with asyncio.timeout(60):
            while b'"configmaps","default","c"' not in (tmp_path / "data" / "dev-1.jsonl").read_bytes():
                await asyncio.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        _close(process)
        process, address = await asyncio.to_thread(_start, tmp_path)
        where = address + "/clusters/dev-1/api/v1/namespaces/default/configmaps"
        assert await _send("GET", where + "/c") == 200
    finally:
        process.kill()
        process.wait()
        _close(process)


async def test_the_command_writes_kubeconfigs_and_stops_when_told(tmp_path: Path) -> None:
    process, address = await asyncio.to_thread(_start, tmp_path)
    try:
        files = sorted(p.name for p in (tmp_path / "out").iterdir())
        assert files == ["dev-1.kubeconfig", "dev-1.viewer.kubeconfig"]
        assert {p.stat().st_mode & 0o777 for p in (tmp_path / "out").iterdir()} == {0o600}
        config = yaml.safe_load((tmp_path / "out" / "dev-1.kubeconfig").read_text())
        assert config["users"][0]["user"]["token"] == "known"
        assert config["clusters"][0]["cluster"]["server"] == address.replace("http", "https") + "/clusters/dev-1"
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 10) == 0
    finally:
        process.kill()
        process.wait()
        _close(process)
