"""A fake worker and fake clusters, which return what a test sets and record their calls."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from db.records.inventory import ClusterRecord
from domain.problems import Problem
from domain.resources import ResourceId
from domain.stored.rollouts import ExpectedRollout, UndoImages
from domain.words import EventType, Outcome
from services.engine.engine import EngineUnavailableError
from services.execution.progress import ClusterResult
from services.execution.worker import ClusterTask
from services.kube.errors import ClusterUnreachableError
from tests.support.specs import undo_of

WEB = ResourceId.of("apps/v1", "Deployment", "web")
ROLLOUT = ExpectedRollout(resource=WEB, uid="u-1", generation=2, images={"web": "shop/web:2"})
TO_WATCH = ClusterResult(outcome=None, expected=(ROLLOUT,))
SUCCEEDED = ClusterResult(outcome=Outcome.SUCCEEDED)
FAILED = ClusterResult(outcome=Outcome.FAILED, code="crash-loop", detail="web crashes", resource=WEB)
DOWN = ClusterUnreachableError("No connection.", cluster="prod-us")
ROLLED_BACK = ClusterResult(outcome=Outcome.ROLLED_BACK)


class FakeClusters:
    async def gateway(self, credential: object) -> Any:
        del credential
        return object()

    def allow_probe(self, cluster_id: str) -> None:
        del cluster_id


@dataclass
class FakePreflight:
    """`found` are the findings that block, by cluster; `asked` are the clusters of each question."""

    found: dict[str, Problem] = field(default_factory=dict)
    asked: list[tuple[str, ...]] = field(default_factory=list)

    async def blocking(self, target: object, plan: object, clusters: Sequence[ClusterRecord]) -> dict[str, Problem]:
        del target, plan
        names = tuple(each.name for each in clusters)
        self.asked.append(names)
        return {name: problem for name, problem in self.found.items() if name in names}


class AbsentEngine:
    """An engine that starts nothing, as one that is not running."""

    async def start(self, operation_id: str, **_: object) -> None:
        raise EngineUnavailableError("The engine is not running.")

    async def start_set(self, set_id: str, *, attempt: int) -> None:
        del set_id, attempt
        raise EngineUnavailableError("The engine is not running.")


@dataclass
class FakeWorker:
    """`bringing`, `applying`, `watching` and `undoing` return the result for a cluster's name, or the error to raise.

    `bringing` None: plans bring nothing.
    """

    bringing: Callable[[str], ClusterResult | Exception] | None = None
    applying: Callable[[str], ClusterResult | Exception] = lambda _: SUCCEEDED
    watching: Callable[[str], ClusterResult | Exception] = lambda _: SUCCEEDED
    undoing: Callable[[str], ClusterResult | Exception] = lambda _: ROLLED_BACK
    stores_undo: bool = True
    before_applying: Callable[[], Awaitable[None]] | None = None
    calls: list[str] = field(default_factory=list)
    prepared: list[object] = field(default_factory=list)
    secrets: list[object] = field(default_factory=list)
    undone: dict[str, UndoImages | None] = field(default_factory=dict)

    async def bring(self, task: ClusterTask, gateway, log, *, deadline, cancelled) -> ClusterResult | None:
        if self.bringing is None:
            return None
        self.calls.append(f"bring {task.cluster.name}")
        return answer(self.bringing(task.cluster.name))

    async def apply(self, task: ClusterTask, prepared, gateway, log, *, deadline, cancelled) -> ClusterResult:
        name = task.cluster.name
        self.calls.append(f"apply {name}")
        self.prepared.append(prepared)
        self.secrets.append(task.secrets)
        if self.before_applying is not None:
            await self.before_applying()
        if self.stores_undo:
            await log.store_undo(undo_of(f"former/{name}:1"))
        await log.report(EventType.IMAGES_CHANGED, resource=WEB, image="shop/web:2")
        return answer(self.applying(name))

    async def watch(self, task: ClusterTask, expected, gateway, log, *, deadline, cancelled) -> ClusterResult:
        name = task.cluster.name
        self.calls.append(f"watch {name}")
        assert expected == (ROLLOUT,)
        result = answer(self.watching(name))
        while result.outcome is None and not await cancelled():
            await asyncio.sleep(0.02)
        return result

    async def undo(self, task: ClusterTask, gateway, log, *, deadline) -> ClusterResult:
        name = task.cluster.name
        self.calls.append(f"undo {name}")
        self.undone[name] = task.undo
        return answer(self.undoing(name))


def answer(given: ClusterResult | Exception) -> ClusterResult:
    if isinstance(given, Exception):
        raise given
    return given


def only(
    cluster: str, result: ClusterResult | Exception, otherwise: ClusterResult = SUCCEEDED
) -> Callable[[str], ClusterResult | Exception]:
    """Gives `result` for this cluster, and `otherwise` for all others."""
    return lambda name: result if name == cluster else otherwise
