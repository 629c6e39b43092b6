"""What a trial takes place on: PostgreSQL, two replicas of the service with a wire each, practice clusters.

One stage serves many rounds: each run has an application and a namespace of its own.
"""

import asyncio
import base64
import os
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from trials.bench.processes import free_port, practice_clusters
from trials.chaos import argocd
from trials.chaos.callers import Callers, Document
from trials.chaos.disturbances import Disturbance, What
from trials.chaos.postgres import Postgres
from trials.chaos.replica import Replica
from trials.chaos.wire import Wire
from trials.direct import DirectCluster

SOURCE = "staging"
TARGETS = ("prod-a", "prod-b")
REPLICAS = ("first", "second")
SPEED = 10.0  # times as fast as on a real cluster do pods start
_LATENCY = 15  # milliseconds for each request to a cluster, so that there is a middle of things to meet


@dataclass(kw_only=True)
class Stage:
    """Everything is up, unless a disturbance is under way."""

    postgres: Postgres
    replicas: dict[str, Replica]
    wires: dict[str, Wire]
    callers: Callers
    token: str
    sandbox: httpx.AsyncClient
    clusters: dict[str, DirectCluster]
    """By name, to make objects on them and to look at them, past Stagecoach."""
    _quiet: asyncio.Condition = field(default_factory=asyncio.Condition)
    _asking: int = 0
    _away: bool = False

    @property
    def health(self) -> str:
        """An address that answers 200, for checks to ask."""
        return f"{str(self.sandbox.base_url).rstrip('/')}/healthz"

    @asynccontextmanager
    async def all_clusters(self) -> AsyncIterator[None]:
        """No cluster goes away in this block: what a request plans of a cluster that is away differs for good reasons.

        Replicas and the database may die in it all the same.
        """
        async with self._quiet:
            await self._quiet.wait_for(lambda: not self._away)
            self._asking += 1
        try:
            yield
        finally:
            async with self._quiet:
                self._asking -= 1
                self._quiet.notify_all()

    async def suffer(self, disturbance: Disturbance) -> None:
        """Let it happen, from its beginning to its end."""
        match disturbance.what:
            case What.KILL:
                await self.replicas[disturbance.whom].kill(down_for=disturbance.seconds)
            case What.KILL_ALL:
                await asyncio.gather(*(each.kill(down_for=disturbance.seconds) for each in self.replicas.values()))
            case What.DATABASE_DIES:
                await self.postgres.die()
                await asyncio.sleep(disturbance.seconds)
                await self.postgres.start()
            case What.DATABASE_CUT:
                wire = self.wires[disturbance.whom]
                wire.break_off()
                await asyncio.sleep(disturbance.seconds)
                wire.mend()
            case What.CLUSTER_GONE:
                async with self._gone():
                    await self._set(disturbance.whom, unreachable=True)
                    await asyncio.sleep(disturbance.seconds)
                    await self._set(disturbance.whom, unreachable=False)
            case What.ANSWERS_LOST:
                async with self._gone():
                    await self._set(disturbance.whom, mute=True)
                    await asyncio.sleep(disturbance.seconds)
                    await self._set(disturbance.whom, mute=False)

    @asynccontextmanager
    async def _gone(self) -> AsyncIterator[None]:
        async with self._quiet:
            await self._quiet.wait_for(lambda: self._asking == 0 and not self._away)
            self._away = True
        try:
            yield
        finally:
            async with self._quiet:
                self._away = False
                self._quiet.notify_all()

    async def _set(self, cluster: str, **faults: bool) -> None:
        (await self.sandbox.patch(f"/sandbox/clusters/{cluster}/faults", json=faults)).raise_for_status()

    async def settled(self) -> None:
        """Returns when every replica is ready, and knows that every cluster answers."""
        await asyncio.gather(*(each.ready() for each in self.replicas.values()))
        for name in self.clusters:
            await self.callers.everywhere(f"clusters/{name}/probe")

    async def writes(self) -> dict[str, list[Document]]:
        """The writes to each cluster since this was asked last."""
        found = {}
        for name in TARGETS:
            answer = await self.sandbox.delete(f"/sandbox/clusters/{name}/writes")
            answer.raise_for_status()
            found[name] = answer.json()["writes"]
        return found


@asynccontextmanager
async def open_stage(folder: Path) -> AsyncIterator[Stage]:
    """A stage with its files in `folder`, whose path has to be short."""
    async with AsyncExitStack() as stack:
        postgres = Postgres(folder / "pg")
        await postgres.start()
        stack.push_async_callback(postgres.stop)
        names = [SOURCE, *TARGETS]
        address = await stack.enter_async_context(practice_clusters(names, folder / "clusters", speed=SPEED))
        sandbox = await stack.enter_async_context(httpx.AsyncClient(base_url=address, trust_env=False))
        clusters = {
            name: await stack.enter_async_context(DirectCluster(folder / "clusters" / f"{name}.kubeconfig"))
            for name in names
        }
        key = base64.b64encode(secrets.token_bytes(32)).decode()
        wires, replicas = {}, {}
        for name in REPLICAS:
            wire = wires[name] = await stack.enter_async_context(Wire(postgres.socket))
            environment = _environment(f"postgresql+asyncpg://postgres@127.0.0.1:{wire.port}/postgres", key, folder)
            replica = replicas[name] = Replica(name, environment, port=free_port(), log=folder / f"{name}.log")
            stack.push_async_callback(replica.stop)
            await replica.start()  # one after the other: the first one makes the tables
        token = await _token(environment)
        callers = Callers([each.address for each in replicas.values()], token)
        stack.push_async_callback(callers.close)
        stage = Stage(
            postgres=postgres,
            replicas=replicas,
            wires=wires,
            callers=callers,
            token=token,
            sandbox=sandbox,
            clusters=clusters,
        )
        await _register(stage)
        yield stage


async def _register(stage: Stage) -> None:
    for name, cluster in stage.clusters.items():
        credential = {"type": "kubeconfig", "kubeconfig": cluster.text}
        await stage.callers.post("clusters", {"name": name, "credential": credential})
        await argocd.define(cluster)
        answer = await stage.sandbox.patch(f"/sandbox/clusters/{name}/faults", json={"latency_ms": _LATENCY})
        answer.raise_for_status()
    for environment, names in (("Staging", [SOURCE]), ("Production", list(TARGETS))):
        body = {"name": environment, "clusters": names, "namespaces": ["*"], "releases_keep_secrets": True}
        await stage.callers.post("environments", body)


def _environment(database: str, key: str, folder: Path) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("STAGECOACH_")},
        "STAGECOACH_DATABASE_URL": f"{database}?sslmode=disable",
        "STAGECOACH_ENCRYPTION_KEYS": key,
        "STAGECOACH_DATA": str(folder),
        "STAGECOACH_HOST": "127.0.0.1",
        "STAGECOACH_CLUSTERS__ALLOW_LOOPBACK": "true",
        "STAGECOACH_CHECKS__ALLOW_LOOPBACK": "true",
        "STAGECOACH_REGISTRIES__BELIEVED": "registry.example",
        "STAGECOACH_LOG__LEVEL": "warning",
    }


async def _token(environment: dict[str, str]) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "api.token", "--name", "chaos", "--role", "admin"),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
    )
    secret, _ = await process.communicate()
    return secret.decode().strip()
