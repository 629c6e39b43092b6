"""Makes a practice cluster fail at one moment of an operation, as a cell of the matrix of failures says."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from db.records.operations import OperationDetailRecord
from domain.resources import Manifest
from domain.stored.checks import Check, HttpCheck, JobCheck, Window
from domain.stored.hooks import Hook, HookMoment, JobScope, JobTemplate
from domain.stored.requests import PromotionRequest
from domain.stored.strategies import Amount, ByNames, Ring, Strategy
from domain.words import FailurePolicy, OnFailure
from sandbox.cluster import Cluster
from sandbox.faults import Failure, Faults
from tests.support.actors import ANN
from tests.support.failure_cells import QUORUM, RING_OF, Cell
from tests.support.promotion_stage import PromotionStage, image, plain, workload

_SOURCE = "staging"
SPEED = 2.0  # a `slow` image takes ten seconds, which is longer than the deadline that it is given
_A_MINUTE = 60  # seconds for what has to happen in time, also on a slow machine
_MAKE_JOB = Failure(status=403, methods=("POST",), path=r"/jobs(?!.*dryRun)")
_READ = Failure(status=403, methods=("GET",), path="/deployments")
_PATCH = r"/deployments/web(?!.*dryRun)"
_REFUSED = {
    ("hook", "error"): _MAKE_JOB,
    ("check", "error"): _MAKE_JOB,
    ("apply", "error"): Failure(status=403, methods=("PATCH",), path=_PATCH),
    ("apply", "timeout"): Failure(status=504, methods=("PATCH",), path=_PATCH),
    ("rollout", "error"): _READ,
    ("soak", "error"): _READ,
}
"""What the cluster answers with an error, by when and how."""

_NOBODY = HttpCheck(url="http://127.0.0.1:1/healthz", window=Window(seconds=1, every=1))
_POD = {"restartPolicy": "Never", "containers": [{"name": "work", "image": "$(image:web)"}]}
_JOB = Manifest({"apiVersion": "batch/v1", "kind": "Job", "spec": {"backoffLimit": 0, "template": {"spec": _POD}}})

_now: ContextVar["PracticeCell"] = ContextVar("the cell of this task")


def cluster_names(cells: list[Cell]) -> tuple[str, ...]:
    """The practice clusters for these cells: each has a source and four of its own."""
    return tuple(f"{name}-{number}" for number in range(len(cells)) for name in (_SOURCE, *RING_OF))


@dataclass
class PracticeCell:
    """A cell on practice clusters of its own, in an application and an environment of its own."""

    cell: Cell
    number: int
    stage: PromotionStage
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    struck: bool = False

    async def started(self) -> str:
        """A promotion by the cell's policy. In the task that calls this, the cell's cluster fails at its moment."""
        _now.set(self)
        source, target = self._named("Staging"), self._named("Production")
        newer = {self._named(_SOURCE): (web_of("2"),)}
        await self.stage.environment(source, newer, application=self._application)
        await self._place(target)
        request = PromotionRequest(source_environment=source, target_environment=target, strategy=self._strategy())
        started = await self.stage.promoting.start(self._application, request, actor=ANN, idempotency=None)
        return str(started.id)

    async def _place(self, target: str) -> None:
        """The environment that is promoted to, with its clusters."""
        where = {self._named(name): (web_of("1"),) for name in RING_OF}
        await self.stage.environment(target, where, application=self._application)

    async def ended(self, operation_id: str) -> OperationDetailRecord:
        """The operation as it ended."""
        ended = await self.stage.end_of(operation_id, patience=10 * _A_MINUTE)
        for task in self.tasks:
            task.cancel()
        return ended

    def images(self) -> dict[str, str]:
        """What runs on each cluster: `old` or `new`."""
        return {name: self._runs(name) for name in RING_OF}

    def strike(self, step: str, wave: int) -> None:
        """The step begins: if this is the moment, it fails from now on."""
        if self.struck or (step, wave) != (_step_of(self.cell), self.cell.ring):
            return
        self.struck = True
        refused = self._refused()
        if refused is not None:
            self._faults.failures = [refused]
        elif self.cell.how == "gone":
            self._faults.unreachable = True
        elif self.cell.how == "unanswered":
            self._on.subscribe(lambda _: self._gone_once_written())
        elif self.cell.how == "no-node":
            self._no_node()
        elif self.cell.when == "rollout" and self.cell.how == "timeout":
            self._add_container("slow", progressDeadlineSeconds=1)
        elif self.cell.when in {"rollout", "soak"}:
            self._add_container("broken")
        elif self.cell.how != "ring":  # whose check asks nobody from the start
            self._taint()
            self.tasks.append(asyncio.create_task(self._ruin_the_job()))

    def _refused(self) -> Failure | None:
        """What the cluster answers with an error from now on."""
        return _REFUSED.get((self.cell.when, self.cell.how))

    def _strategy(self) -> Strategy:
        """Ring `a`, then `b` and `c`, then `d`; with a hook, a soak or a check where the cell fails in one."""
        cell = self.cell
        work = JobTemplate(manifest=_JOB, seconds=_A_MINUTE)
        migrate = Hook(name="migrate", when=HookMoment.BEFORE, scope=JobScope.CLUSTER, job=work)
        asks = _NOBODY if cell.how == "ring" else JobCheck(job=work, scope=JobScope.CLUSTER)
        soak = _A_MINUTE if cell.when == "soak" else 0
        checks = (Check(name="smoke", asks=asks),) if cell.when == "check" else ()
        names = [tuple(self._named(name) for name in RING_OF if RING_OF[name] == ring) for ring in range(3)]
        rings = tuple(
            Ring(
                selector=ByNames(names=each),
                soak_seconds=soak if ring == cell.ring else 0,
                checks=checks if ring == cell.ring else (),
            )
            for ring, each in enumerate(names)
        )
        failure = cell.policy if isinstance(cell.policy, FailurePolicy) else None
        return Strategy(
            rings=rings,
            failure=failure,
            on_failure=cell.policy if isinstance(cell.policy, OnFailure) else OnFailure.STAY,
            quorum=Amount(value=QUORUM) if failure is FailurePolicy.QUORUM else None,
            hooks=(migrate,) if cell.when == "hook" else (),
        )

    @property
    def _application(self) -> str:
        return f"shop-{self.number}"

    @property
    def _namespace(self) -> str:
        return self.stage.namespace_of(self._application)

    @property
    def _on(self) -> Cluster:
        """The cluster that fails."""
        return self.stage.sandbox.cluster(self._named(self.cell.cluster))

    @property
    def _faults(self) -> Faults:
        return self.stage.sandbox.faults(self._on.name)

    def _named(self, name: str) -> str:
        return f"{name}-{self.number}"

    def _runs(self, name: str) -> str:
        images = self.stage.images(self._named(name), "web", namespace=self._namespace)
        return "new" if images["web"] == image("web:2", pinned=True) else "old"

    def _taint(self) -> None:
        node = self._on.get("nodes", "node-0")
        assert node is not None
        taints = [{"key": "team", "value": "ml", "effect": "NoSchedule"}]
        self._on.update({**node, "spec": {**node["spec"], "taints": taints}}, manager="kubectl")

    def _no_node(self) -> None:
        """No node takes new pods; while it soaks, one of those that run is lost, too."""
        self._taint()
        if self.cell.when == "soak":
            for pod in self._on.list("pods", self._namespace):
                self._on.remove("pods", pod["metadata"]["name"], self._namespace)
        else:
            self._edit(
                progressDeadlineSeconds=10
            )  # long enough for the pods to be seen, which are asked for now and then

    def _gone_once_written(self) -> None:
        if self._runs(self.cell.cluster) == "new":
            self._faults.mute, self._faults.unreachable = True, True

    def _add_container(self, tag: str, **spec: Any) -> None:
        """As what injects a second container does; the image that was brought stays."""
        self._edit({"name": "proxy", "image": image(f"proxy:{tag}")}, **spec)

    def _edit(self, *containers: dict[str, str], **spec: Any) -> None:
        body = self.stage.object(self._named(self.cell.cluster), "Deployment", "web", self._namespace)
        body["spec"] |= spec
        body["spec"]["template"]["spec"]["containers"] += containers
        self._on.update(body, manager="kubectl")

    async def _ruin_the_job(self) -> None:
        """Its pod waits for a node: it crashes there, or the Job is given so little time that it is over."""
        while not (pods := self._pods_of_jobs()):
            await asyncio.sleep(0.05)
        if self.cell.how == "crash-loop":
            ended = {"exitCode": 1, "reason": "Error", "finishedAt": "2100-01-01T00:00:00Z"}
            status = {"name": "work", "state": {"terminated": ended}, "ready": False, "restartCount": 0}
            pods[0]["status"] |= {"phase": "Failed", "containerStatuses": [{**status, "image": "", "imageID": ""}]}
            self._on.update_status(pods[0])
            return
        [job] = self._on.list("jobs", self._namespace)
        self._on.update({**job, "spec": {**job["spec"], "activeDeadlineSeconds": 1}}, manager="kubectl")

    def _pods_of_jobs(self) -> list[dict[str, Any]]:
        pods = [plain(each) for each in self._on.list("pods", self._namespace)]
        return [each for each in pods if "job-name" in each["metadata"].get("labels", {})]


def web_of(tag: str) -> dict[str, Any]:
    return workload("web", {"web": image(f"web:{tag}")}, replicas=1)


def _step_of(cell: Cell) -> str:
    """The step of the workflow before which it strikes. Nodes are lost before any new pod needs one."""
    if cell.when in {"soak", "check"}:
        return "prove"
    return "watch" if cell.when == "rollout" and cell.how != "no-node" else "act"


@asynccontextmanager
async def striking(stage: PromotionStage) -> AsyncIterator[None]:
    """While the block runs, the cells' clusters fail at their moments."""
    really_step, really_start = stage.engine.step, stage.engine.start

    async def step(name: str, call: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
        if len(arguments) > 1:
            _now.get().strike(name, arguments[1])
        return await really_step(name, call, *arguments)

    async def start(operation_id: str, **arguments: Any) -> None:
        _now.get().strike("act", 0)  # the first ring begins before the workflow does
        await really_start(operation_id, **arguments)

    stage.engine.step, stage.engine.start = step, start  # type: ignore[method-assign]
    yield
    stage.engine.step, stage.engine.start = really_step, really_start  # type: ignore[method-assign]
