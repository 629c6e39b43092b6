"""A stage for promotions: practice clusters, rows that say which environment is where, and operations run in place.

The steps of the durable engine run without the engine: what it adds (surviving a process) has tests of its own.
"""

import asyncio
import copy
import hashlib
import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from api.hand_overs import deliveries_by, git_changes_by
from db.events import Notifier
from db.records.inventory import AppEnvironmentRecord, ReleaseRecord
from db.records.operations import EventRecord, OperationDetailRecord
from db.transaction import Database
from domain.resources import ResourceId
from domain.words import DeployMode, OperationKind, Pin
from sandbox.server import Sandbox
from services.changes.copying_images import StoredRegistryCopies
from services.changes.operations import Operations
from services.changes.promoting import Promoting
from services.changes.promotion_sets import PromotionSets
from services.changes.rolling_back import RollingBack
from services.changes.set_decisions import SetDecisions
from services.changes.set_reading import SetReading, SetView
from services.engine.ring_hooks import RingHooks
from services.engine.runtime import Runtime
from services.engine.set_steps import SetSteps
from services.engine.snapshot import WarmStart
from services.engine.steps import Steps
from services.engine.workflows import execute, execute_set
from services.execution.check_door import CheckDoor
from services.execution.copy_worker import CopyWorker
from services.execution.image_worker import ImageWorker
from services.execution.rollback_worker import RollbackWorker
from services.git.pull_requests import PullRequests
from services.git.repositories import GitRepositories
from services.inventory.application_groups import ApplicationGroups
from services.inventory.releases import Releases
from services.kube.kubeconfig import KubeconfigRules
from services.kube.pool import ClusterPool
from services.limits import Limits
from services.net.addresses import AddressPolicy
from services.people.gates import StandingGates
from services.planning.health.values import HealthPolicy
from services.reading.held_configuration import HeldReleases, ReleaseConfigurations
from services.reading.preflight.registries import ImageRegistries
from services.reading.preflight.rings import RingJudgement
from services.registry.oci import RegistryClients
from tests.support.actors import ANN
from tests.support.helm import FOLDER
from tests.support.live_stage import ReadLive, ReadOverview
from tests.support.objects import FINGERPRINTS, PRINTS
from tests.support.rows import add_environment

CLUSTERS = ("staging-1", "staging-2", "prod-eu", "prod-us")
_RULES = KubeconfigRules(addresses=AddressPolicy(allow_loopback=True, allow_private=True), allow_http_to_loopback=True)
LIMITS = Limits(plan=25.0, overview=15.0, silence=5.0, watch_cap=60.0)
_PATIENCE_OF_TESTS = 90.0
_numbers = itertools.count()


class _InPlace:
    """Runs each step as it comes, and each operation as a task."""

    def __init__(self, database: Database, steps: Steps) -> None:
        self._database = database
        self._steps = steps
        self.running: dict[str, asyncio.Task[None]] = {}

    async def step(self, name: str, call: Any, *arguments: Any) -> Any:
        del name
        return await call(*arguments)

    async def start(self, operation_id: str, *, attempt: int, waves: int, warm_start: WarmStart | None = None) -> None:
        del attempt
        if warm_start is not None:
            await self._steps.begin(operation_id, warm_start)
        runtime = cast("Runtime", self)
        self.running[operation_id] = asyncio.create_task(execute(runtime, self._steps, operation_id, waves))

    async def start_set(self, set_id: str, *, attempt: int) -> None:
        del attempt
        runtime = cast("Runtime", self)
        steps = SetSteps(self._database, self._steps)
        self.running[set_id] = asyncio.create_task(execute_set(runtime, steps, set_id))


@dataclass
class PromotionStage:
    """`namespace` is the test's own on every cluster."""

    database: Database
    sandbox: Sandbox
    engine: _InPlace
    operations: Operations
    pool: ClusterPool
    promoting: Promoting
    rolling_back: RollingBack
    sets: PromotionSets
    set_decisions: SetDecisions
    set_reading: SetReading
    live: ReadLive
    overview: ReadOverview
    releases: Releases
    namespace: str
    cluster_ids: dict[str, str] = field(default_factory=dict)

    async def environment(
        self,
        name: str,
        clusters: Mapping[str, tuple[dict[str, Any], ...]],
        *,
        configured: bool = True,
        deploy_mode: DeployMode = DeployMode.MANUAL,
        pin: Pin = Pin.DIGEST,
        application: str = "shop",
    ) -> AppEnvironmentRecord:
        """An environment of these clusters with these workloads on each, all of which have rolled out.

        Another application is added to the environment where that exists, in a namespace of its own.
        """
        namespace = self.namespace_of(application)
        for cluster, workloads in clusters.items():
            self._plant(cluster, workloads, namespace)
        async with self.database.begin() as tx:
            for cluster in clusters:
                if cluster not in self.cluster_ids:
                    added = await tx.clusters.add(
                        name=cluster, labels={}, server=None, credential=self.sandbox.kubeconfig(cluster)
                    )
                    self.cluster_ids[cluster] = added.id
            made = await tx.environments.find(name) or await add_environment(
                tx, name, *(self.cluster_ids[each] for each in clusters)
            )
            found = await tx.applications.find(application) or await tx.applications.add(name=application)
            record = await tx.app_environments.change(found.id, made.id, deploy_mode=deploy_mode, pin=pin)
            if configured:
                assert record.id is not None
                resources = {
                    ResourceId.of(each["apiVersion"], each["kind"], each["metadata"]["name"])
                    for workloads in clusters.values()
                    for each in workloads
                }
                await tx.app_environments.configure(record.id, namespace=namespace, resources=sorted(resources))
                record = (await tx.app_environments.some([record.id]))[record.id]
        for cluster, workloads in clusters.items():
            for each in workloads:
                await self.until_rolled_out(cluster, each["kind"], each["metadata"]["name"], namespace)
        return record

    def namespace_of(self, application: str) -> str:
        """Where an application is, on every cluster."""
        return self.namespace if application == "shop" else f"{application}-{self.namespace}"

    def set_image(
        self,
        cluster: str,
        name: str,
        container: str,
        image: str,
        kind: str = "Deployment",
        *,
        namespace: str | None = None,
    ) -> None:
        """As a person with kubectl would."""
        body = copy.deepcopy(self.object(cluster, kind, name, namespace))
        for each in body["spec"]["template"]["spec"]["containers"]:
            if each["name"] == container:
                each["image"] = image
        self.sandbox.cluster(cluster).update(body, manager="kubectl")

    def object(self, cluster: str, kind: str, name: str, namespace: str | None = None) -> dict[str, Any]:
        found = self.sandbox.cluster(cluster).get(_PLURALS[kind], name, namespace or self.namespace)
        assert found is not None
        return cast("dict[str, Any]", plain(found))

    def images(self, cluster: str, name: str, kind: str = "Deployment", namespace: str | None = None) -> dict[str, str]:
        spec = self.object(cluster, kind, name, namespace)["spec"]
        template = spec["jobTemplate"]["spec"]["template"] if kind == "CronJob" else spec["template"]
        pods = template["spec"]
        return {each["name"]: each["image"] for each in (*pods.get("initContainers", ()), *pods["containers"])}

    async def until_rolled_out(self, cluster: str, kind: str, name: str, namespace: str | None = None) -> None:
        if kind not in {"Deployment", "StatefulSet"}:
            return
        for _ in range(5000):
            if _rolled_out(self.object(cluster, kind, name, namespace)):
                return
            await asyncio.sleep(0.02)
        raise TimeoutError(f"{kind} {name} did not roll out on {cluster}")

    async def end_of(self, operation_id: str, *, patience: float = _PATIENCE_OF_TESTS) -> OperationDetailRecord:
        async with asyncio.timeout(patience):
            await self.engine.running[operation_id]
        return await self.operations.read(operation_id, actor=ANN)

    async def end_of_set(self, set_id: str) -> SetView:
        async with asyncio.timeout(_PATIENCE_OF_TESTS):
            await self.engine.running[set_id]
        return await self.set_reading.read(set_id, actor=ANN)

    async def events_of(self, operation_id: str) -> tuple[EventRecord, ...]:
        async with self.database.read() as tx:
            return await tx.events.after(operation_id, 0)

    async def releases_of(self, environment: str) -> tuple[ReleaseRecord, ...]:
        return (await self.releases.list("shop", environment, after=None, limit=50, actor=ANN)).items

    def writes(self, cluster: str) -> list[tuple[str, str]]:
        """Verb and path of what clients wrote in the test's namespace."""
        return [
            (each.verb, each.path)
            for each in self.sandbox.writes(cluster)
            if f"/namespaces/{self.namespace}/" in each.path and not each.dry_run
        ]

    def _plant(self, name: str, workloads: tuple[dict[str, Any], ...], namespace: str) -> None:
        cluster = self.sandbox.cluster(name)
        cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
        for each in workloads:
            body = copy.deepcopy(each)
            body["metadata"]["namespace"] = namespace
            cluster.create(body, manager="kubectl")


@asynccontextmanager
async def staged(
    database: Database,
    database_url: str,
    sandbox: Sandbox,
    *,
    limits: Limits = LIMITS,
    registries: RegistryClients | None = None,
) -> AsyncIterator[PromotionStage]:
    """A stage of its own for one test, on practice clusters that all tests share.

    `registries` are those that promotions ask; None: none is asked.
    """
    notifier = Notifier(database_url)
    await notifier.start()
    async with (
        ClusterPool(rules=_RULES) as pool,
        CheckDoor(addresses=_RULES.addresses) as door,
        GitRepositories(addresses=_RULES.addresses) as git,
        PullRequests(addresses=_RULES.addresses) as pulls,
    ):
        policy = HealthPolicy(soak=0.1, timeout_cap=limits.watch_cap, silence=limits.silence)
        copies = CopyWorker(clusters=pool, fingerprints=FINGERPRINTS, prints=PRINTS, policy=policy)
        changes = git_changes_by(db=database, git=git, pulls=pulls, ask_every=0.0)
        deliveries = deliveries_by(
            helm_program=str(FOLDER / "helm4"), db=database, clusters=pool, git=git, changes=changes
        )
        worker = ImageWorker(policy, copies=copies, deliveries=deliveries)
        back = RollbackWorker(worker, HeldReleases(database), PRINTS)
        steps = Steps(
            database=database,
            clusters=pool,
            workers={
                **dict.fromkeys(OperationKind, worker),
                OperationKind.ROLLBACK: back,
                OperationKind.RESTART: back,
            },
            limits=limits,
            gates=StandingGates(database),
            configurations=ReleaseConfigurations(clusters=pool, prints=PRINTS, kept=10),
            preflight=RingJudgement(
                pool,
                limits,
                ImageRegistries(database, pool, registries),
                control_planes=deliveries.reader.control_planes,
            ),
            ring_work=RingHooks(database=database, door=door, policy=policy),
            image_copies=StoredRegistryCopies(database, registries) if registries is not None else None,
        )
        engine = _InPlace(database, steps)
        operations = Operations(database=database, engine=engine, notifier=notifier, fingerprints=FINGERPRINTS)
        owners = deliveries.reader
        promoting = Promoting(database, pool, operations, limits, registries, hand_overs=owners)
        rolling_back = RollingBack(database, pool, operations, limits, prints=PRINTS, hand_overs=owners)
        live = ReadLive(database, pool, limits)
        try:
            yield PromotionStage(
                database=database,
                sandbox=sandbox,
                engine=engine,
                operations=operations,
                pool=pool,
                promoting=promoting,
                rolling_back=rolling_back,
                sets=PromotionSets(
                    database,
                    operations,
                    promoting=promoting,
                    rolling_back=rolling_back,
                    groups=ApplicationGroups(database),
                ),
                set_decisions=SetDecisions(database, operations),
                set_reading=SetReading(database),
                live=live,
                overview=ReadOverview(database, live),
                releases=Releases(database),
                namespace=f"shop-{next(_numbers)}",
            )
        finally:
            for task in engine.running.values():
                task.cancel()
            await asyncio.gather(*engine.running.values(), return_exceptions=True)
            await notifier.stop()
            for name in sandbox.names:
                sandbox.faults(name).set({"unreachable": False, "latency_ms": 0.0, "failures": []})


def workload(name: str, images: Mapping[str, str], *, kind: str = "Deployment", **spec: Any) -> dict[str, Any]:
    """A workload whose containers run `images`; those whose name begins with `init` are init containers."""
    labels = {"app": name}
    pods = {
        "initContainers": [{"name": key, "image": image} for key, image in images.items() if key.startswith("init")],
        "containers": [{"name": key, "image": image} for key, image in images.items() if not key.startswith("init")],
    }
    template: dict[str, Any] = {"metadata": {"labels": labels}, "spec": pods}
    if kind == "CronJob":
        pods["restartPolicy"] = "Never"  # type: ignore[assignment]  # one plain field beside the lists
        body: dict[str, Any] = {"schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": template}}}
    else:
        body = {"selector": {"matchLabels": labels}, "template": template}
    if kind == "StatefulSet":
        body["serviceName"] = name
    version = "batch/v1" if kind == "CronJob" else "apps/v1"
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": {**body, **spec}}


def image(name: str, *, pinned: bool = False) -> str:
    """`image("web:2")` is an image of the shop's registry, `pinned` held to its digest."""
    reference = f"registry.example/shop/{name}"
    return f"{reference}@{digest(name)}" if pinned else reference


def digest(name: str) -> str:
    """What practice clusters say that it is."""
    return "sha256:" + hashlib.sha256(f"registry.example/shop/{name}".encode()).hexdigest()


_PLURALS = {
    "Deployment": "deployments",
    "StatefulSet": "statefulsets",
    "DaemonSet": "daemonsets",
    "CronJob": "cronjobs",
    "Rollout": "rollouts.argoproj.io",
    "Canary": "canaries.flagger.app",
    "Shopfront": "shopfronts.shop.example",
    "CloneSet": "clonesets.apps.kruise.io",
    "Service": "services.serving.knative.dev",
}


def plain(value: Any) -> Any:
    """A copy that may be changed, of what the practice cluster shares."""
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def _rolled_out(body: Mapping[str, Any]) -> bool:
    status, desired = body.get("status", {}), body["spec"].get("replicas", 1)
    counts = [status.get(key, 0) for key in ("updatedReplicas", "readyReplicas", "replicas")]
    return status.get("observedGeneration") == body["metadata"]["generation"] and counts == [desired] * 3
