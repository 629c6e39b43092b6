"""Plants Secret values wherever they can enter, and searches for them wherever they could leak.

The service runs as a process of its own at the log level `debug`; answers are its responses; rows are those of its own
tables and of the durable engine's, while operations ran and afterwards.
"""

import base64
import copy
import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx
import pytest

from db.engine import create_engine
from db.keys import Keyring, new_key
from db.transaction import Database
from domain.words import Role
from sandbox.faults import Failure
from sandbox.server import Sandbox
from tests.support.process import ServiceProcess
from tests.support.service import Json, registration
from tests.support.spellings import spellings

COPIED = "canary-copied-81c04f7e22d1"  # lies in a Secret of the source
BLOCKING = "canary-on-target-5b11a6fe90c3"  # lies in a Secret of the target
TYPED = "canary-typed-0d5e7a9c3b46"  # an override of an import
AGAIN = "canary-again-2f8812cd77aa"  # another one, typed in for a retry
FORM = "canary-form-6be1f0a94d02"  # a Secret of the short form
MANIFEST = "canary-manifest-9a7703be51ff"  # a Secret in YAML
ENCODED = "canary-encoded-c3d29e60b814"  # the same, in base64
MISTAKEN = "canary-mistaken-f47a1180dd35"  # in requests that are refused
CREDENTIAL = "canary-credential-77b0e2f1a6c9"  # the token of a cluster
CALLER = "stg_canary-caller-4e91d7c2f3b0"  # the caller's own
ALL = (COPIED, BLOCKING, TYPED, AGAIN, FORM, MANIFEST, ENCODED, MISTAKEN, CREDENTIAL, CALLER)

SHOP = "/api/v1/applications/shop/environments"
PLACES = ("answers", "log", "tables", "the engine's tables", "tables meanwhile")


@dataclass
class Traces:
    """Everything that the service let out, by place; and what was written to the target."""

    texts: dict[str, str] = field(default_factory=dict)
    answers: list[tuple[int, str]] = field(default_factory=list)
    arrived: set[str] = field(default_factory=set)

    def codes(self) -> set[str]:
        return set(re.findall(r'"code":"([a-z-]+)"', self.texts["answers"]))


@dataclass
class Explorer:
    """Goes the ways on which a value could get out."""

    client: httpx.AsyncClient
    sandbox: Sandbox
    url: str
    traces: Traces

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        answer = await self.client.request(method, path, json=body, headers=headers)
        self.traces.answers.append((answer.status_code, answer.text + str(answer.headers)))
        return answer

    async def post(self, path: str, body: Any = None, **headers: str) -> Json:
        result: Json = (await self.call("POST", path, body, **headers)).json()
        return result

    async def carried_out(self, path: str, body: Any, **headers: str) -> Json:
        """Start it, look at the tables while it runs, follow it to its end, look at it."""
        answer = await self.call("POST", path, body, **headers)
        assert answer.status_code == 202, answer.text
        self.traces.texts["tables meanwhile"] = self.traces.texts.get("tables meanwhile", "") + await self.rows()
        await self.call("GET", f"{answer.headers['Location']}/events")
        ended: Json = (await self.call("GET", answer.headers["Location"])).json()
        return ended

    async def rows(self, *schemas: str) -> str:
        connection = await asyncpg.connect(self.url)
        try:
            tables = await connection.fetch(
                "SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) FROM information_schema.tables "
                "WHERE table_schema = ANY($1) AND table_type = 'BASE TABLE'",
                list(schemas or ("public", "dbos")),
            )
            rows = [await connection.fetch(f"SELECT t::text FROM {table} t") for (table,) in tables]
        finally:
            await connection.close()
        return "\n".join(row[0] for each in rows for row in each)

    def refuse(self, message: str, *, path: str, count: int | None = None) -> None:
        """The target answers applies of Secrets with a text that quotes them, as servers and webhooks do."""
        failure = Failure(status=422, methods=("PATCH",), path=path, count=count, message=message)
        self.sandbox.faults("staging-1").failures = [failure]

    def plant(self, canary: str, *, on: str) -> None:
        practice = self.sandbox.cluster(on)
        secret = copy.deepcopy(practice.get("secrets", "shop-database", "shop"))
        assert secret is not None
        secret["data"]["password"] = base64.b64encode(canary.encode()).decode()
        practice.update(secret)

    def found_on_target(self) -> None:
        for each in self.sandbox.cluster("staging-1").list("secrets", None):
            for value in each.get("data", {}).values():
                self.traces.arrived.add(base64.b64decode(value).decode(errors="replace"))


async def _furnish(explorer: Explorer) -> None:
    sandbox = explorer.sandbox
    explorer.plant(COPIED, on="dev-1")
    for name, cluster in (("Development", "dev-1"), ("Staging", "staging-1")):
        await explorer.post("/api/v1/clusters", registration(sandbox, cluster))
        await explorer.post("/api/v1/environments", {"name": name, "clusters": [cluster], "namespaces": ["*"]})
    for name in ("shop", "form"):
        await explorer.post("/api/v1/applications", {"name": name})
    await explorer.post(f"{SHOP}/Development/adopt/preview", {"namespace": "shop"})
    await explorer.post(f"{SHOP}/Development/adopt", {"namespace": "shop"})


async def _import(explorer: Explorer) -> None:
    resources = [
        {"api_version": "v1", "kind": kind, "name": name}
        for kind, name in (("Secret", "shop-database"), ("ConfigMap", "shop-settings"), ("ServiceAccount", "shop"))
    ]
    order = {"source_environment": "Development", "namespace": "shop", "resources": resources}

    def typing(value: str) -> Json:
        return order | {"overrides": {"secrets": {"shop-database": {"typed": value}}}}

    quoting = f'Secret "shop-database" is invalid: data: Invalid value: "{TYPED}": {COPIED} is no good, nor '
    quoting += base64.b64encode(TYPED.encode()).decode()
    plan = await explorer.post(f"{SHOP}/Staging/import/preview", typing(TYPED))
    await explorer.post(f"{SHOP}/Staging/import", typing(AGAIN) | {"plan_digest": plan["digest"]})
    await explorer.post(f"{SHOP}/Staging/import", typing(MISTAKEN) | {"surprise": MISTAKEN})
    key = {"Idempotency-Key": "one"}
    explorer.refuse(quoting, path="secrets")
    failed = await explorer.carried_out(f"{SHOP}/Staging/import", typing(TYPED), **key)
    assert failed["state"] == "failed", failed
    await explorer.post(f"{SHOP}/Staging/import", typing(TYPED), **key)
    await explorer.post(f"{SHOP}/Staging/import", typing(MISTAKEN), **key)
    await explorer.post(f"{SHOP}/Staging/import/preview", typing(TYPED))
    await explorer.post(f"/api/v1/operations/{failed['id']}/retry")
    explorer.sandbox.faults("staging-1").clear()
    retry = f"/api/v1/operations/{failed['id']}/retry"
    other = await explorer.carried_out(retry, {"secrets": {"shop-database": {"typed": AGAIN}}})
    assert other["clusters"][0]["code"] == "source-changed", other["clusters"][0]["code"]
    again = await explorer.carried_out(retry, {"secrets": {"shop-database": {"typed": TYPED}}})
    assert again["state"] == "succeeded", again["message"]
    explorer.found_on_target()
    explorer.plant(BLOCKING, on="staging-1")
    await explorer.post(f"{SHOP}/Staging/import/preview", typing(TYPED))
    await explorer.post(f"{SHOP}/Staging/import", typing(TYPED))


async def _configure(explorer: Explorer) -> None:
    here = SHOP.replace("shop", "form")
    encoded = base64.b64encode(ENCODED.encode()).decode()
    manifests = (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: raw}\n"
        f"stringData: {{plain: {MANIFEST}}}\ndata: {{encoded: {encoded}}}\n"
    )
    order = {"namespace": "form", "secrets": [{"name": "typed", "data": {"a": FORM}}], "manifests": manifests}
    await explorer.post("/api/v1/manifests/validate", {"manifests": manifests})
    await explorer.post("/api/v1/manifests/validate", {"manifests": f"{manifests}\n  {MISTAKEN}: ["})
    await explorer.post(f"{here}/Staging/configure/preview", {**order, "manifests": f"kind: Secret\ndata: {MISTAKEN}"})
    await explorer.post(f"{here}/Staging/configure/preview", order)
    explorer.refuse(f'admission webhook "a.b" denied the request: {FORM} {MANIFEST} {encoded}', path="secrets", count=1)
    await explorer.carried_out(f"{here}/Staging/configure", order, **{"Idempotency-Key": "two"})
    explorer.sandbox.faults("staging-1").clear()
    order["on_conflict"] = "overwrite"
    done = await explorer.carried_out(f"{here}/Staging/configure", order, **{"Idempotency-Key": "three"})
    assert done["state"] == "succeeded", done
    explorer.found_on_target()


async def _refused_credentials(explorer: Explorer) -> None:
    good = registration(explorer.sandbox, "dev-1", called="other")
    for old, new in (
        (r"token: \S+", f"token: {MISTAKEN}"),
        (r"127\.0\.0\.1:\d+", "127.0.0.1:9"),
        ("users:", "users: ["),
    ):
        text = re.sub(old, new, good["credential"]["kubeconfig"])
        body = {"name": "other", "credential": {"type": "kubeconfig", "kubeconfig": text}}
        assert (await explorer.call("POST", "/api/v1/clusters", body)).status_code >= 400
    explorer.sandbox.faults("dev-1").failures = [Failure(status=401, message=f"{CREDENTIAL} is not welcome")]
    await explorer.call("POST", "/api/v1/clusters/dev-1/probe")
    explorer.sandbox.faults("dev-1").clear()
    await explorer.call("POST", "/api/v1/session", {"token": MISTAKEN})
    await explorer.call("GET", "/api/v1/me", Authorization=f"Bearer {MISTAKEN}")


async def _look_around(explorer: Explorer) -> None:
    operations = (await explorer.call("GET", "/api/v1/operations")).json()["items"]
    for each in operations:
        await explorer.call("GET", f"/api/v1/operations/{each['id']}")
        await explorer.call("GET", f"/api/v1/operations/{each['id']}/events")
    for path in ("clusters", "tokens", "me", "overview", "applications/shop/overview", "applications/form/overview"):
        await explorer.call("GET", f"/api/v1/{path}")
    for path in ("Development/resources", "Staging/resources", "Staging", "Staging/releases"):
        await explorer.call("GET", f"{SHOP}/{path}")
    compared = "applications/shop/comparison?left=Development&right=Staging"
    gates = ("proposals", "holds", "freezes", "stops", "applications/shop/gates")
    for path in (compared, f"{compared}&format=text", "audit", "audit/export", *gates):
        answer = await explorer.call("GET", f"/api/v1/{path}")
        assert answer.status_code == 200, (path, answer.text)
    await explorer.call("GET", "/metrics")


@pytest.fixture(scope="module")
async def traces(new_database_url: Callable[[], Awaitable[str]], tmp_path_factory: pytest.TempPathFactory) -> Traces:
    url, key, folder = await new_database_url(), new_key(), tmp_path_factory.mktemp("canaries")
    await _admit(url, key)
    log, traces = folder / "log", Traces()
    process = ServiceProcess(database_url=url, key=key, data=folder, log=log)
    tokens = {"admin": CREDENTIAL}
    headers = {"Authorization": f"Bearer {CALLER}"}
    async with (
        Sandbox(["dev-1", "staging-1"], example=True, speed=50, tokens=tokens) as sandbox,
        process,
        httpx.AsyncClient(base_url=process.url, headers=headers, trust_env=False, timeout=60) as client,
    ):
        explorer = Explorer(client=client, sandbox=sandbox, url=url, traces=traces)
        await _furnish(explorer)
        await _import(explorer)
        await _configure(explorer)
        await _refused_credentials(explorer)
        await _look_around(explorer)
        traces.texts["tables"] = await explorer.rows("public")
        traces.texts["the engine's tables"] = await explorer.rows("dbos")
    traces.texts["answers"] = "\n".join(text for _, text in traces.answers)
    traces.texts["log"] = log.read_text()
    return traces


async def _admit(url: str, key: str) -> None:
    database = Database(create_engine(url), Keyring([key]))
    async with database.begin() as tx:
        digest = hashlib.sha256(CALLER.encode()).digest()
        await tx.tokens.add(name="suite", role=Role.ADMIN, hash=digest, created_by="suite", expires_at=None)
    await database.close()


@pytest.mark.parametrize("canary", ALL)
@pytest.mark.parametrize("place", PLACES)
def test_no_secret_gets_out(traces: Traces, place: str, canary: str):
    text = traces.texts[place]
    # A token is kept as its hash, which is too long to guess.
    assert [spelling for spelling in spellings(canary, hashed=canary != CALLER) if spelling in text] == []


def test_the_values_did_reach_the_target(traces: Traces):
    """Else nothing above shows anything."""
    assert {COPIED, TYPED, FORM, MANIFEST, ENCODED} <= traces.arrived


def test_every_trace_was_searched(traces: Traces):
    assert all("shop-database" in traces.texts[place] for place in ("answers", "tables", "tables meanwhile"))
    assert "workflow_status" in traces.texts["the engine's tables"] or len(traces.texts["the engine's tables"]) > 500
    assert '"event": "request"' in traces.texts["log"]


def test_every_kind_of_problem_was_tested(traces: Traces):
    expected = {"plan-outdated", "invalid-request", "idempotency-mismatch", "values-erased", "plan-blocked"}
    expected |= {"kubeconfig-refused", "cluster-unreachable", "cluster-credential", "unauthenticated"}
    assert expected - traces.codes() == set()
    assert {status for status, _ in traces.answers if status >= 500} == set()
