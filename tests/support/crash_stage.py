"""An application in Development, and two target environments to change while a process of the service is killed."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from db.engine import create_engine
from db.keys import Keyring, new_key
from db.transaction import Database
from domain.words import Role
from sandbox.server import Sandbox
from sandbox.write_log import WriteRecord
from tests.support.process import ServiceProcess
from tests.support.service import registration

_TOKEN = "stg_crash-tests"
_CLUSTERS = ("dev-1", "staging-1", "prod-eu", "prod-us")
_ENVIRONMENTS = {"Development": ["dev-1"], "Staging": ["staging-1"], "Production": ["prod-eu", "prod-us"]}
_NAMESPACE = "shop"
_FOUND = (
    "deployments",
    "statefulsets",
    "cronjobs",
    "configmaps",
    "secrets",
    "services",
    "ingresses",
    "serviceaccounts",
)
_ASSIGNED = {"clusterIP", "clusterIPs", "volumeName"}  # by each cluster for itself
_PATIENCE = 180.0  # seconds
_POLLS = 6  # more than fit between two writes of one who goes on writing
_SPEED = 10.0  # times as fast as on a real cluster do pods start


@dataclass
class CrashStage:
    """Uses the service through its API alone; reads and writes the practice clusters directly.

    One process of it runs, which `caller` speaks to.
    """

    sandbox: Sandbox
    process: ServiceProcess
    caller: "Caller"

    def another_process(self) -> ServiceProcess:
        return self.process.twin()

    new_image = "registry.example/shop/web:1.5.0"
    slow_image = "registry.example/shop/web:1.5.0-slow"  # takes long to become ready: time to cancel

    def slow_down(self, *clusters: str, milliseconds: float = 40.0) -> None:
        """Delay each request, so that there is time to kill the process."""
        for name in clusters:
            self.sandbox.faults(name).latency_ms = milliseconds

    async def ready_to_promote(self, *, image: str = new_image) -> None:
        """All environments run the same images, except for a new one that has rolled out in Development."""
        for target in ("Staging", "Production"):
            imported = await self.caller.end_of(await self.caller.start_import(target))
            assert imported["state"] == "succeeded"
        await self.roll_out_in_development(image)

    async def roll_out_in_development(self, image: str = new_image) -> None:
        """Development runs another image; after this, nothing has been written to any cluster."""
        practice = self.sandbox.cluster("dev-1")
        web = json.loads(json.dumps(practice.get("deployments", "web", _NAMESPACE)))
        web["spec"]["template"]["spec"]["containers"][0]["image"] = image
        generation = practice.update(web)["metadata"]["generation"]
        async with asyncio.timeout(_PATIENCE):
            while not _rolled_out(practice.get("deployments", "web", _NAMESPACE), generation):
                await asyncio.sleep(0.02)
        for name in self.sandbox.names:
            self.sandbox.writes(name).clear()

    def writes(self, *clusters: str) -> list[WriteRecord]:
        """All writes to these clusters, without dry runs and access reviews."""
        return [
            each
            for name in clusters
            for each in self.sandbox.writes(name)
            if not each.dry_run and "/authorization.k8s.io/" not in each.path
        ]

    async def until_written(self, cluster: str, count: int) -> None:
        """Wait until this many writes have reached the cluster since its log was cleared."""
        async with asyncio.timeout(_PATIENCE):
            while len(self.writes(cluster)) < count:
                await asyncio.sleep(0.002)

    async def until_made(self, cluster: str, plural: str, count: int) -> None:
        """Wait until the application has this many objects of a kind on the cluster."""
        async with asyncio.timeout(_PATIENCE):
            while len(self.sandbox.cluster(cluster).list(plural, _NAMESPACE)) < count:
                await asyncio.sleep(0.002)

    def restart_a_container(self, cluster: str) -> None:
        """As a kubelet reports it: a container of `web` ended, and runs again."""
        practice = self.sandbox.cluster(cluster)
        pods = practice.list("pods", _NAMESPACE, {"app.kubernetes.io/name": "web"})
        pod = json.loads(json.dumps(next(each for each in pods if "deletionTimestamp" not in each["metadata"])))
        status = pod["status"]["containerStatuses"][0]
        status["restartCount"] += 1
        # A kubelet writes whole seconds: one later than now is after whatever happened in this one.
        ended = (datetime.now(UTC) + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        status["lastState"] = {"terminated": {"exitCode": 1, "reason": "Error", "finishedAt": ended}}
        practice.update_status(pod)

    async def until_quiet(self, *clusters: str) -> None:
        """Wait until several polls in a row found no live workflow and no write under way."""
        polls = 0
        async with asyncio.timeout(_PATIENCE):
            while polls < _POLLS:
                busy = any(self.sandbox.writes(name).under_way for name in clusters)
                polls = 0 if busy or await self.process.live_workflows() else polls + 1
                await asyncio.sleep(0.05)

    def content(self, cluster: str) -> dict[str, Any]:
        """Every object's labels, data and spec, for comparison."""
        return {
            f"{plural}/{each['metadata']['name']}": {
                "labels": each["metadata"].get("labels"),
                **{part: _comparable(each[part]) for part in ("spec", "data", "type") if part in each},
            }
            for plural in _FOUND
            for each in self.sandbox.cluster(cluster).list(plural, _NAMESPACE)
        }

    def images(self, cluster: str) -> dict[str, str]:
        return {
            f"{plural}/{each['metadata']['name']}/{container['name']}": container["image"]
            for plural in ("deployments", "statefulsets")
            for each in self.sandbox.cluster(cluster).list(plural, _NAMESPACE)
            for container in each["spec"]["template"]["spec"]["containers"]
        }


@dataclass
class Caller:
    """A client with a token, at one process."""

    client: httpx.AsyncClient

    async def post(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = await self.client.post(f"/api/v1{path}", json=body)
        assert answer.is_success, answer.text
        return dict(answer.json())

    async def get(self, path: str) -> dict[str, Any]:
        answer = await self.client.get(f"/api/v1{path}")
        assert answer.is_success, answer.text
        return dict(answer.json())

    async def end_of(self, operation: str) -> dict[str, Any]:
        async with asyncio.timeout(_PATIENCE):
            while (found := await self.get(f"/operations/{operation}"))["state"] in {"queued", "running"}:
                await asyncio.sleep(0.05)
        return found

    async def end_of_set(self, promotion_set: str) -> dict[str, Any]:
        async with asyncio.timeout(_PATIENCE):
            while (found := await self.get(f"/promotion-sets/{promotion_set}"))["state"] in {"queued", "running"}:
                await asyncio.sleep(0.05)
        return found

    async def delete(self, path: str) -> None:
        answer = await self.client.delete(f"/api/v1{path}")
        assert answer.is_success, answer.text

    async def until_paused(self, operation: str) -> dict[str, Any]:
        async with asyncio.timeout(_PATIENCE):
            while (found := await self.get(f"/operations/{operation}"))["pause"] is None:
                assert found["state"] in {"queued", "running"}, found
                await asyncio.sleep(0.05)
        return found

    async def start_import(self, target: str) -> str:
        offered = await self.get("/applications/shop/environments/Development/resources")
        resources = [each["resource"] for each in offered["items"] if each["copyable"]]
        body = {"source_environment": "Development", "namespace": _NAMESPACE, "resources": resources}
        return str((await self.post(f"/applications/shop/environments/{target}/import", body))["id"])

    async def start_promotion(self, target: str, **strategy: Any) -> str:
        body = {"source_environment": "Development", "target_environment": target, "strategy": strategy}
        return str((await self.post("/applications/shop/promotions", body))["id"])

    async def events_of(self, operation: str) -> list[dict[str, Any]]:
        """The whole timeline of an ended operation."""
        text = (await self.client.get(f"/api/v1/operations/{operation}/events")).text
        return [json.loads(line.removeprefix("data: ")) for line in text.splitlines() if line.startswith("data: ")]


@asynccontextmanager
async def crash_stage(url: str, data: Path) -> AsyncIterator[CrashStage]:
    """A stage of its own for one test: on this empty database, with this folder for the service's files."""
    key = new_key()
    database = Database(create_engine(url), Keyring([key]))
    async with database.begin() as tx:
        digest = hashlib.sha256(_TOKEN.encode()).digest()
        await tx.tokens.add(name="suite", role=Role.ADMIN, hash=digest, created_by="suite", expires_at=None)
    await database.close()
    async with Sandbox(_CLUSTERS, example=True, speed=_SPEED) as sandbox:
        process = ServiceProcess(database_url=url, key=key, data=data)
        async with process, at(process) as caller:
            await _furnish(caller, sandbox)
            yield CrashStage(sandbox=sandbox, process=process, caller=caller)


def at(process: ServiceProcess) -> "_At":
    return _At(process)


class _At:
    def __init__(self, process: ServiceProcess) -> None:
        headers = {"Authorization": f"Bearer {_TOKEN}"}
        self._client = httpx.AsyncClient(base_url=process.url, headers=headers, trust_env=False, timeout=60)

    async def __aenter__(self) -> Caller:
        return Caller(client=self._client)

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _comparable(value: Any) -> Any:
    """A copy without the fields that each cluster assigns."""
    if isinstance(value, dict):
        return {name: _comparable(each) for name, each in value.items() if name not in _ASSIGNED}
    return value


def _rolled_out(deployment: Any, generation: int) -> bool:
    status, desired = deployment["status"], deployment["spec"]["replicas"]
    return bool(
        status.get("observedGeneration") == generation
        and status.get("updatedReplicas") == status.get("availableReplicas") == status.get("replicas") == desired
    )


async def _furnish(caller: Caller, sandbox: Sandbox) -> None:
    for name in sandbox.names:
        await caller.post("/clusters", registration(sandbox, name))
    for name, clusters in _ENVIRONMENTS.items():
        await caller.post("/environments", {"name": name, "clusters": clusters, "namespaces": ["*"]})
    await caller.post("/applications", {"name": "shop"})
    await caller.post("/applications/shop/environments/Development/adopt", {"namespace": _NAMESPACE})
