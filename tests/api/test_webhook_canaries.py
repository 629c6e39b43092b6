"""Sends every kind of proof, right and wrong, and searches for it wherever it could leak.

The service runs as a process of its own at the log level `debug`.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import asyncpg
import httpx
import pytest

from db.engine import create_engine
from db.keys import Keyring, new_key
from db.transaction import Database
from domain.words import Role
from tests.support.process import ServiceProcess
from tests.support.service import Json
from tests.support.spellings import spellings

CALLER = "stg_canary-webhooks-77d0c1"
GUESSED = "canary-guessed-5c02d9e4f1ab"
BODY = "canary-in-a-body-90ab3e12"  # a member of a report that no code reads
PLACES = ("answers", "log", "tables")
REPORT = {"image": "registry.example.com/shop/web:1.4.2", "note": BODY}


@dataclass
class Traces:
    texts: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    statuses: list[int] = field(default_factory=list)


class Sender:
    """Sends to the service, and keeps what it answers but for the answers that are to hold a secret."""

    def __init__(self, client: httpx.AsyncClient, traces: Traces) -> None:
        self._client = client
        self._traces = traces
        self.answers: list[str] = []

    async def issued(self, path: str, body: Json) -> Json:
        created: Json = (await self._client.post(path, json=body)).raise_for_status().json()
        return created

    async def get(self, path: str) -> Json:
        answer = await self._client.get(path)
        self.answers.append(answer.text + str(answer.headers))
        found: Json = answer.raise_for_status().json()
        return found

    async def send(self, path: str, content: bytes | str, **headers: str) -> None:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await self._client.post(path, content=content, headers={"authorization": "", **given})
        self.answers.append(answer.text + str(answer.headers))
        self._traces.statuses.append(answer.status_code)

    async def tried(self, path: str, body: Json) -> None:
        answer = await self._client.post(path, json=body)
        self.answers.append(answer.text + str(answer.headers))
        assert answer.status_code == 200, answer.text


async def _by_every_way(sender: Sender, traces: Traces) -> None:
    for provider, settings in (("ci", {}), ("ci", {"signed": True}), ("docker-hub", {}), ("distribution", {})):
        name = f"{provider} {len(traces.secrets)}"
        created = await sender.issued("/api/v1/receivers", {"name": name, "provider": provider, "settings": settings})
        here = f"/api/v1/receivers/{created['id']}"
        rotated = await sender.issued(f"{here}/rotate", {"keep_former_seconds": 3600})
        traces.secrets |= {name: created["secret"], f"{name}, rotated": rotated["secret"]}
        path = f"/webhooks/{created['id']}"
        for secret in (created["secret"], rotated["secret"], GUESSED):
            await _prove(sender, path, secret)
            headers = {"Authorization": f"Bearer {secret}"}
            sample = {"body": json.dumps(REPORT), "headers": headers, "query": {"key": secret}}
            await sender.tried(f"{here}/test", sample)
        for each in (await sender.get(f"{here}/deliveries"))["items"]:
            await sender.get(f"{here}/deliveries/{each['id']}")
        await sender.get(here)
    await sender.get("/api/v1/receivers")


async def _prove(sender: Sender, path: str, secret: str) -> None:
    body = json.dumps(REPORT).encode()
    hub = json.dumps({"push_data": {"tag": "1"}, "repository": {"repo_name": "a/b"}, "note": BODY})
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    basic = base64.b64encode(f"user:{secret}".encode()).decode()
    await sender.send(path, body, authorization=f"Bearer {secret}")
    await sender.send(path, body, authorization=secret)
    await sender.send(path, body, authorization=f"Basic {basic}")
    await sender.send(path, body, x_stagecoach_signature_256=f"sha256={signature}")
    await sender.send(f"{path}?key={secret}", hub)
    await sender.send(f"{path}?key={secret}", hub, authorization=f"Bearer {secret}")
    await sender.send(f"{path}?key={secret}", b"\xff", authorization=f"Bearer {secret}")
    await sender.send(f"{path}?key={secret}&{secret}", "x" * 1_100_000)


@pytest.fixture(scope="module")
async def traces(new_database_url: Callable[[], Awaitable[str]], tmp_path_factory: pytest.TempPathFactory) -> Traces:
    url, key, folder = await new_database_url(), new_key(), tmp_path_factory.mktemp("webhook-canaries")
    database = Database(create_engine(url), Keyring([key]))
    async with database.begin() as tx:
        digest = hashlib.sha256(CALLER.encode()).digest()
        await tx.tokens.add(name="suite", role=Role.ADMIN, hash=digest, created_by="suite", expires_at=None)
    await database.close()
    traces, log = Traces(), folder / "log"
    process = ServiceProcess(database_url=url, key=key, data=folder, log=log)
    headers = {"Authorization": f"Bearer {CALLER}"}
    async with (
        process,
        httpx.AsyncClient(base_url=process.url, headers=headers, trust_env=False, timeout=60) as client,
    ):
        sender = Sender(client, traces)
        await _by_every_way(sender, traces)
    traces.texts["answers"] = "\n".join(sender.answers)
    traces.texts["log"] = log.read_text()
    traces.texts["tables"] = await _rows(url)
    return traces


async def _rows(url: str) -> str:
    connection = await asyncpg.connect(url)
    try:
        tables = await connection.fetch(
            "SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) FROM information_schema.tables "
            "WHERE table_schema IN ('public', 'dbos') AND table_type = 'BASE TABLE'"
        )
        rows = [await connection.fetch(f"SELECT t::text FROM {table} t") for (table,) in tables]
    finally:
        await connection.close()
    return "\n".join(row[0] for each in rows for row in each)


@pytest.mark.parametrize("place", PLACES)
def test_no_proof_gets_out(traces: Traces, place: str):
    found = {
        name for name, secret in traces.secrets.items() if any(s in traces.texts[place] for s in spellings(secret))
    }
    assert found == set()


@pytest.mark.parametrize("place", PLACES)
def test_no_wrong_proof_gets_out(traces: Traces, place: str):
    """It may be the right one of somewhere else."""
    assert [spelling for spelling in spellings(GUESSED) if spelling in traces.texts[place]] == []


@pytest.mark.parametrize("place", ["log", "tables"])
def test_no_body_is_stored_readable(traces: Traces, place: str):
    assert [spelling for spelling in spellings(BODY) if spelling in traces.texts[place]] == []


def test_the_reports_were_accepted_rejected_and_unreadable(traces: Traces):
    """Otherwise the tests above prove nothing."""
    assert {202, 401, 413, 422} == set(traces.statuses)
    assert len(set(traces.secrets.values())) == 8
    assert BODY in traces.texts["answers"]  # of a delivery that a person opened
    assert "/webhooks/" in traces.texts["log"]
    assert "registry.example.com/shop/web" in traces.texts["tables"]
