"""What a real API server answered, replayed against a practice cluster: no answer may differ.

Tapes that hold states over time are not replayed here but reproduced: see tests/sandbox/test_rollout_tapes.py.
"""

import asyncio
import io
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.server import Sandbox
from tests.conformance.differences import Versions, differences

FOLDER = Path(__file__).parent / "tapes"
RECORDED = {p.stem: p.read_text() for p in FOLDER.glob("*.json") if not p.stem.startswith("rollout-")}
TOKENS = {"admin": "token-of-admin", "limited": "token-of-limited"}
LARGE = "<x repeated 1100000 times>"


@pytest.mark.parametrize("controllers", [False, True], ids=["quiet", "with controllers"])
@pytest.mark.parametrize("tape", sorted(RECORDED))
async def test_every_answer_is_the_recorded_one(tape: str, controllers: bool) -> None:
    recorded = json.loads(RECORDED[tape])
    async with (
        Sandbox(["tapes"], controllers=controllers, tokens=TOKENS) as sandbox,
        aiohttp.ClientSession() as session,
    ):
        assert await _replay(recorded, sandbox.url("tapes"), session, waits=controllers) == []


async def _replay(tape: dict[str, Any], url: str, session: aiohttp.ClientSession, *, waits: bool) -> list[str]:
    found: list[str] = []
    versions = Versions()
    last: Any = None
    for step in tape["steps"]:
        request = step["request"]
        if "{rv of the list}" in request["path"]:
            request = request | {"path": request["path"].replace("{rv of the list}", versions.known["<rv2>"])}
        status, last = await _call(url, _filled(request, last), session)
        found += [f"{step['note']}: {d}" for d in differences(step, status, last, versions)]
        if waits:
            await asyncio.sleep(step.get("wait_after_seconds", 0))
    return found


def _filled(request: dict[str, Any], last: Any) -> dict[str, Any]:
    """`{rv}` and `{continue}` mean the values of the answer before."""
    metadata = last.get("metadata", {}) if isinstance(last, dict) else {}
    text = json.dumps(request)
    for name, key in (("{rv}", "resourceVersion"), ("{continue}", "continue")):
        text = text.replace(name, str(metadata.get(key, "")))
    filled: dict[str, Any] = json.loads(text)
    return filled


async def _call(url: str, request: dict[str, Any], session: aiohttp.ClientSession) -> tuple[int, Any]:
    headers = {"Accept": request.get("accept", "application/json"), "User-Agent": "Python-urllib/3.11"}
    user = request.get("as", "admin")
    if user is not None:
        headers["Authorization"] = f"Bearer {TOKENS.get(user, 'no-such-token')}"
    body = None
    if "body" in request:
        headers["Content-Type"] = request["content_type"]
        body = io.BytesIO(json.dumps(request["body"]).replace(LARGE, "x" * 1_100_000).encode())
    path = request["path"]
    async with session.request(request["method"], url + path, headers=headers, data=body) as response:
        if "stream_events" in request:
            lines = [json.loads(line) async for line in response.content]
            return response.status, lines
        text = await response.text()
        is_json = response.content_type == "application/json"
        return response.status, json.loads(text) if is_json else text


def test_the_tapes_are_there() -> None:
    assert RECORDED.keys() >= {
        "access",
        "configmaps",
        "secrets",
        "server-side-apply",
        "watch",
        "workload-kinds",
    }
