"""A stage for copies: practice clusters with the example application on the first, and operations run in place.

The steps of the durable engine run without the engine: what it adds (surviving a process) has tests of its own.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from api.hand_overs import git_changes_by
from db.events import Notifier
from db.records.operations import EventRecord, OperationDetailRecord
from db.transaction import Database
from domain.resources import ResourceId
from domain.words import OperationKind
from sandbox.server import Sandbox
from services.changes.adopting import Adopting, AdoptRequest
from services.changes.configuring import Configuring
from services.changes.copying_images import StoredRegistryCopies
from services.changes.importing import Importing, ImportRequest
from services.changes.operations import Operations
from services.changes.rolling_back import RollingBack
from services.engine.runtime import Runtime
from services.engine.snapshot import WarmStart
from services.engine.steps import Steps
from services.engine.workflows import execute
from services.execution.copy_worker import CopyWorker
from services.execution.image_worker import ImageWorker
from services.execution.rollback_worker import RollbackWorker
from services.execution.worker import Worker
from services.git.pull_requests import PullRequests
from services.git.repositories import GitRepositories
from services.kube.pool import ClusterPool
from services.limits import Limits
from services.people.gates import StandingGates
from services.planning.health.values import HealthPolicy
from services.planning.namespaces.import_candidates import SourceResource
from services.planning.objects.redact import Fingerprints
from services.reading.filed_targets import FolderReader
from services.reading.held_configuration import HeldReleases, ReleaseConfigurations
from services.reading.namespace_contents import ResourceBrowser
from services.reading.preflight.registries import ImageRegistries
from services.reading.preflight.rings import RingJudgement
from services.registry.oci import RegistryClients
from tests.support.actors import ANN
from tests.support.clusters import EVERYWHERE
from tests.support.objects import PRINTS
from tests.support.rows import add_environment

CLUSTERS = ("dev-1", "staging-1", "prod-eu", "prod-us")
FINGERPRINTS = Fingerprints(b"a key for tests, of some length")
EXAMPLE_NAMESPACE = "shop"
_PATIENCE = 90.0
_numbers = itertools.count()


class InPlace:
    """Runs each step as it comes, each operation as a task; `forgetful` loses the warm start, as a crash does."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self.forgetful = False
        self.running: dict[str, asyncio.Task[None]] = {}

    async def step(self, name: str, call: Any, *arguments: Any) -> Any:
        del name
        return await call(*arguments)

    async def start(self, operation_id: str, *, attempt: int, waves: int, warm_start: WarmStart | None = None) -> None:
        del attempt
        if warm_start is not None and not self.forgetful:
            await self._steps.begin(operation_id, warm_start)
        runtime = cast("Runtime", self)
        self.running[operation_id] = asyncio.create_task(execute(runtime, self._steps, operation_id, waves))

    async def start_set(self, set_id: str, *, attempt: int) -> None:
        raise AssertionError(f"Set {set_id}, attempt {attempt}: copies are members of none.")


@dataclass
class CopyStage:
    """Development is `dev-1`, Staging `staging-1`, Production both others; `namespace` is the test's own."""

    database: Database
    sandbox: Sandbox
    engine: InPlace
    operations: Operations
    pool: ClusterPool
    adopting: Adopting
    configuring: Configuring
    importing: Importing
    rolling_back: RollingBack
    browser: ResourceBrowser
    namespace: str

    async def give(self, environment: str, namespace: str) -> None:
        """Give it to every application, as an administrator does."""
        async with self.database.begin() as tx:
            found = await tx.environments.find(environment)
            assert found is not None
            await tx.environment_namespaces.give(found.id, namespace, applications=None, by="the suite")

    async def adopted(self, namespace: str = EXAMPLE_NAMESPACE) -> None:
        """Shop is adopted in Development."""
        await self.adopting.adopt("shop", "Development", AdoptRequest(namespace=namespace), actor=ANN)

    async def offered(self) -> tuple[SourceResource, ...]:
        return (await self.browser.read("shop", "Development", actor=ANN)).items

    async def everything(self, consents: tuple[str, ...] = ()) -> tuple[ResourceId, ...]:
        """All that may be copied from Development."""
        return tuple(r.resource for r in await self.offered() if r.copyable or r.consent in consents)

    async def import_to(self, environment: str, request: ImportRequest) -> OperationDetailRecord:
        """Start it and wait for its end."""
        started = await self.importing.start("shop", environment, request, actor=ANN)
        return await self.end_of(started.id)

    async def end_of(self, operation_id: str) -> OperationDetailRecord:
        async with asyncio.timeout(_PATIENCE):
            await self.engine.running[operation_id]
        return await self.operations.read(operation_id, actor=ANN)

    async def events_of(self, operation_id: str) -> tuple[EventRecord, ...]:
        async with self.database.read() as tx:
            return await tx.events.after(operation_id, 0)

    def object(self, cluster: str, plural: str, name: str, namespace: str | None = None) -> dict[str, Any] | None:
        found = self.sandbox.cluster(cluster).get(plural, name, namespace or self.namespace)
        return cast("dict[str, Any] | None", _plain(found))

    def plant(self, cluster: str, body: dict[str, Any], namespace: str | None = None) -> None:
        """As a person with kubectl would create it; its namespace comes about where it is missing."""
        where, practice = namespace or self.namespace, self.sandbox.cluster(cluster)
        if practice.get("namespaces", where, "") is None:
            practice.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": where}}, manager="kubectl")
        placed = {**body, "metadata": {**body["metadata"], "namespace": where}}
        practice.create(placed, manager="kubectl")

    def writes(self, cluster: str) -> int:
        """How many writes the cluster has seen that were neither dry runs nor questions about rights."""
        log = self.sandbox.writes(cluster)
        return sum(not record.dry_run and "/authorization.k8s.io/" not in record.path for record in log)


def _plain(value: Any) -> Any:
    """A thawed copy of what the practice cluster shares."""
    if hasattr(value, "items"):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


async def example_has_rolled_out(sandbox: Sandbox) -> None:
    """Wait until the example's pods run."""
    async with asyncio.timeout(_PATIENCE):
        while not all(_is_rolled_out(each) for each in sandbox.cluster("dev-1").list("deployments", EXAMPLE_NAMESPACE)):
            await asyncio.sleep(0.05)  # the practice cluster sends no notification


def _is_rolled_out(deployment: Any) -> bool:
    desired = deployment["spec"].get("replicas", 1)
    return bool(deployment.get("status", {}).get("availableReplicas", 0) >= desired)


@asynccontextmanager
async def copy_stage(database: Database, url: str, sandbox: Sandbox) -> AsyncIterator[CopyStage]:
    limits = Limits()
    async with (
        ClusterPool(rules=EVERYWHERE) as pool,
        GitRepositories(addresses=EVERYWHERE.addresses) as git,
        PullRequests(addresses=EVERYWHERE.addresses) as pulls,
        RegistryClients(addresses=EVERYWHERE.addresses) as clients,
    ):
        registries = ImageRegistries(database, pool, clients)
        policy = HealthPolicy(soak=0.2)
        changes = git_changes_by(db=database, git=git, pulls=pulls, ask_every=0.0)
        worker = CopyWorker(clusters=pool, fingerprints=FINGERPRINTS, prints=PRINTS, policy=policy, git=changes)
        workers: dict[OperationKind, Worker] = {
            OperationKind.IMPORT: worker,
            OperationKind.CONFIGURE: worker,
            OperationKind.ROLLBACK: RollbackWorker(ImageWorker(policy), HeldReleases(database), PRINTS),
        }
        configurations = ReleaseConfigurations(clusters=pool, prints=PRINTS, kept=10)
        steps = Steps(
            database=database,
            clusters=pool,
            workers=workers,
            limits=limits,
            gates=StandingGates(database),
            configurations=configurations,
            preflight=RingJudgement(pool, limits, registries),
            image_copies=StoredRegistryCopies(database, clients),
        )
        engine = InPlace(steps)
        notifier = Notifier(url)
        await notifier.start()
        operations = Operations(database=database, engine=engine, notifier=notifier, fingerprints=FINGERPRINTS)
        common = (database, pool, operations, FINGERPRINTS, limits)
        await _environments(database, sandbox)
        try:
            yield CopyStage(
                database=database,
                sandbox=sandbox,
                engine=engine,
                operations=operations,
                pool=pool,
                adopting=Adopting(database, pool, limits, configurations=configurations),
                configuring=Configuring(*common, registries=registries),
                importing=Importing(*common, folders=FolderReader(database, git), registries=registries),
                rolling_back=RollingBack(database, pool, operations, limits, prints=PRINTS),
                browser=ResourceBrowser(database, pool, limits),
                namespace=f"copy-{next(_numbers)}",
            )
        finally:
            for task in engine.running.values():
                task.cancel()
            await asyncio.gather(*engine.running.values(), return_exceptions=True)
            await notifier.stop()


async def _environments(database: Database, sandbox: Sandbox) -> None:
    async with database.begin() as tx:
        ids = {}
        for name in CLUSTERS:
            added = await tx.clusters.add(name=name, labels={}, server=None, credential=sandbox.kubeconfig(name))
            ids[name] = added.id
        await add_environment(tx, "Development", ids["dev-1"])
        await add_environment(tx, "Staging", ids["staging-1"])
        await add_environment(tx, "Production", ids["prod-eu"], ids["prod-us"])
        await tx.applications.add(name="shop")
