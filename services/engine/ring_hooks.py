"""The hooks and checks of a ring: what runs before its clusters are changed, and after they have proved themselves.

Converges: each run is recorded when it begins and when it ends, and one that has ended is not run again.
"""

from collections.abc import Iterable, Sequence

from db.records.inventory import ClusterRecord
from db.transaction import Database, Transaction
from domain.hook_runs import HookRun, RunEnd, RunKey, RunKind, RunPart, RunState
from domain.images import ContainerImage
from domain.stored.checks import Check, JobCheck
from domain.stored.hooks import Hook, HookMoment, JobScope, JobTemplate
from domain.stored.plans import StoredImagePlan
from domain.words import EventType, FailurePolicy, OperationKind
from services.concurrency import gather_settled
from services.engine.journal import OperationTakenOverError
from services.engine.ring_work import RingFailure, RingTask, ring_event
from services.errors import NamespaceNotGivenError, StagecoachError
from services.execution.asking_checks import run_request
from services.execution.check_door import AsksCheck
from services.execution.hook_jobs import JobRun, run_job
from services.execution.run_records import Clock, utc_now
from services.planning.health.values import HealthPolicy
from services.reading.given_namespaces import require_given

HOOK_FAILED = "hook-failed"
CHECK_FAILED = "check-failed"
_TOLERANT = frozenset({FailurePolicy.BEST_EFFORT, FailurePolicy.QUORUM})  # go on with the clusters that are good
_CODES = {RunPart.BEFORE: HOOK_FAILED, RunPart.CHECK: CHECK_FAILED, RunPart.AFTER: HOOK_FAILED}


class RingHooks:
    """The engine's `RingWork`. `door` asks what checks ask, `policy` is that of rollouts."""

    def __init__(self, *, database: Database, door: AsksCheck, policy: HealthPolicy, clock: Clock = utc_now) -> None:
        self._database = database
        self._door = door
        self._policy = policy
        self._clock = clock

    async def before(self, ring: RingTask) -> RingFailure | None:
        """The hooks before the change: those for the environment before its first ring, then those of each cluster."""
        hooks = _hooks_of(ring, HookMoment.BEFORE)
        if not hooks or not ring.clusters:
            return None
        return _not_given(ring) or await self._hooks(ring, hooks, RunPart.BEFORE, environment=ring.first)

    async def after(self, ring: RingTask) -> RingFailure | None:
        """The checks of the ring, all at once, then the hooks after the change: those for the environment come last."""
        if not ring.clusters:
            return None
        checks = [check for check in ring.runs.rings[ring.wave].ring.checks if _may_ask(ring, check)]
        hooks = _hooks_of(ring, HookMoment.AFTER)
        if not checks and not hooks:
            return None
        failure = _not_given(ring)
        if failure is not None:
            return failure
        for found in await gather_settled([self._check(ring, check) for check in checks]) if checks else ():
            if found is not None:
                return found
        return await self._hooks(ring, hooks, RunPart.AFTER, environment=ring.last)

    async def _hooks(
        self, ring: RingTask, hooks: Sequence[Hook], part: RunPart, *, environment: bool
    ) -> RingFailure | None:
        """One after the other, in their order: those that run once lead before the change, and follow after it."""
        once = [hook for hook in hooks if hook.scope is JobScope.ENVIRONMENT] if environment else []
        each = [hook for hook in hooks if hook.scope is JobScope.CLUSTER]
        failure = await self._in_order_once(ring, once, part) if part is RunPart.BEFORE else None
        failure = failure or await self._in_order_on_each(ring, each, part)
        if failure is None and part is RunPart.AFTER:
            failure = await self._in_order_once(ring, once, part)
        return failure

    async def _in_order_once(self, ring: RingTask, hooks: Sequence[Hook], part: RunPart) -> RingFailure | None:
        for hook in hooks:
            if await ring.cancelled():
                return None
            failure = await self._once(ring, hook.name, hook.job, part)
            if failure is not None:
                return failure
        return None

    async def _in_order_on_each(self, ring: RingTask, hooks: Sequence[Hook], part: RunPart) -> RingFailure | None:
        """On all clusters at once. Where the failure policy goes on with those that are good, so do further hooks."""
        failures: list[RingFailure] = []
        clusters = ring.clusters
        for hook in hooks:
            if not clusters or await ring.cancelled():
                break
            failed = await self._on_each(ring, hook.name, hook.job, part, clusters)
            failures += failed
            if failed and ring.runs.failure not in _TOLERANT:
                break
            lost = frozenset().union(*(each.clusters or frozenset() for each in failed))
            clusters = tuple(cluster for cluster in clusters if cluster.name not in lost)
        return _together(failures)

    async def _check(self, ring: RingTask, check: Check) -> RingFailure | None:
        if isinstance(check.asks, JobCheck):
            if check.asks.scope is JobScope.ENVIRONMENT:
                return await self._once(ring, check.name, check.asks.job, RunPart.CHECK)
            found = await self._on_each(ring, check.name, check.asks.job, RunPart.CHECK, ring.clusters)
            return _together(found)
        key = _key(ring, RunPart.CHECK, check.name, None)
        end = await run_request(
            key, check.asks, self._door, self._records(ring), cancelled=ring.cancelled, clock=self._clock
        )
        return _failure(key, end)

    async def _once(self, ring: RingTask, name: str, job: JobTemplate, part: RunPart) -> RingFailure | None:
        """On one cluster for the environment: where it has run before, else on the first."""
        standing = await self._standing(ring, part, name)
        if standing is not None and standing.state is RunState.PASSED:
            return None
        former = standing.key.cluster if standing is not None else None
        cluster = next((each for each in ring.clusters if each.name == former), ring.clusters[0])
        failure = await self._job(ring, cluster, name, job, part)
        if failure is None or failure.unreachable:
            return failure
        return RingFailure(code=failure.code, detail=failure.detail)  # of the whole ring: it ran for all

    async def _on_each(
        self, ring: RingTask, name: str, job: JobTemplate, part: RunPart, clusters: Iterable[ClusterRecord]
    ) -> list[RingFailure]:
        ends = await gather_settled([self._job(ring, cluster, name, job, part) for cluster in clusters])
        return [each for each in ends if each is not None]

    async def _job(
        self, ring: RingTask, cluster: ClusterRecord, name: str, job: JobTemplate, part: RunPart
    ) -> RingFailure | None:
        key = _key(ring, part, name, cluster.name)
        run = JobRun(
            key=key,
            template=job,
            images=_images_of(ring, cluster.name),
            namespace=ring.spec.plan.leaves.namespace,
            allowed=frozenset(ring.target.environment.allowed_dangers),
        )
        try:
            gateway = await ring.gateway(cluster)
        except StagecoachError as error:
            return RingFailure(code=error.code, detail=error.detail, clusters=frozenset({cluster.name}))
        end = await run_job(
            run,
            gateway,
            self._records(ring),
            policy=self._policy,
            cancelled=ring.cancelled,
            clock=self._clock,
        )
        return _failure(key, end)

    async def _standing(self, ring: RingTask, part: RunPart, name: str) -> HookRun | None:
        async with self._database.read() as tx:
            return await tx.hook_runs.somewhere(ring.operation.id, ring=_ring_of(ring, part), part=part, name=name)

    def _records(self, ring: RingTask) -> "_Records":
        return _Records(self._database, ring, self._clock)


class _Records:
    """`RunRecords` in the database. The timeline has what was recorded, from the moment at which it is."""

    def __init__(self, database: Database, ring: RingTask, clock: Clock) -> None:
        self._database = database
        self._ring = ring
        self._clock = clock

    async def begin(self, key: RunKey, kind: RunKind) -> HookRun:
        await self._ring.told()
        async with self._database.begin() as tx:
            if not await tx.operation_lifecycle.hold(key.operation_id):
                raise OperationTakenOverError(key.operation_id)
            run, new = await tx.hook_runs.begin(key, kind, now=self._clock())
            if new:
                type_ = EventType.CHECK_STARTED if key.part is RunPart.CHECK else EventType.HOOK_STARTED
                await self._tell(tx, key, type_, kind=kind.value)
        return run

    async def made(self, key: RunKey, *, job: str, uid: str) -> None:
        async with self._database.begin() as tx:
            if not await tx.operation_lifecycle.hold(key.operation_id):
                raise OperationTakenOverError(key.operation_id)
            await tx.hook_runs.made(key, job=job, uid=uid)

    async def end(self, key: RunKey, end: RunEnd) -> None:
        await self._ring.told()
        async with self._database.begin() as tx:
            if not await tx.operation_lifecycle.hold(key.operation_id):
                raise OperationTakenOverError(key.operation_id)
            if await tx.hook_runs.end(key, end, now=self._clock()):
                type_ = EventType.CHECK_ENDED if key.part is RunPart.CHECK else EventType.HOOK_ENDED
                passed = end.state is RunState.PASSED
                await self._tell(tx, key, type_, passed=passed, state=end.state.value, detail=end.detail)

    async def _tell(self, tx: Transaction, key: RunKey, type_: EventType, **data: object) -> None:
        event = ring_event(type_, self._ring.wave, cluster=key.cluster, name=key.name, **data)
        await tx.events.append(key.operation_id, [event])


def _hooks_of(ring: RingTask, when: HookMoment) -> list[Hook]:
    """A restart brings no image: there is nothing to migrate to, and no placeholder could be filled in."""
    if ring.operation.kind is OperationKind.RESTART:
        return []
    return [hook for hook in ring.runs.hooks if hook.when is when]


def _may_ask(ring: RingTask, check: Check) -> bool:
    return ring.operation.kind is not OperationKind.RESTART or not isinstance(check.asks, JobCheck)


def _not_given(ring: RingTask) -> RingFailure | None:
    """Where the application may no longer use the namespace, nothing runs there either."""
    try:
        require_given(ring.target, ring.spec.plan.leaves.namespace)
    except NamespaceNotGivenError as error:
        return RingFailure(code=error.code, detail=error.detail)
    return None


def _ring_of(ring: RingTask, part: RunPart) -> int:
    return 0 if part is RunPart.BEFORE and ring.first else ring.wave


def _key(ring: RingTask, part: RunPart, name: str, cluster: str | None) -> RunKey:
    return RunKey(operation_id=ring.operation.id, ring=_ring_of(ring, part), part=part, name=name, cluster=cluster)


def _failure(key: RunKey, end: RunEnd) -> RingFailure | None:
    """None where it passed, and where it was cancelled: then the operation is."""
    if end.state in {RunState.PASSED, RunState.CANCELLED}:
        return None
    what = "check" if key.part is RunPart.CHECK else "hook"
    where = f" on {key.cluster}" if key.cluster is not None else ""
    return RingFailure(
        code=_CODES[key.part],
        detail=f"The {what} '{key.name}' did not pass{where}: {end.detail}",
        clusters=frozenset({key.cluster}) if key.cluster is not None else None,
        unreachable=end.state is RunState.LOST,
    )


def _together(failures: Sequence[RingFailure]) -> RingFailure | None:
    """One failure of all the clusters that failed."""
    if not failures:
        return None
    clusters = frozenset(name for each in failures for name in each.clusters or ())
    return RingFailure(
        code=failures[0].code,
        detail=" ".join(each.detail for each in failures),
        clusters=clusters,
        unreachable=all(each.unreachable for each in failures),
    )


def _images_of(ring: RingTask, cluster: str) -> tuple[ContainerImage, ...]:
    """The images that the operation gives the cluster."""
    plan = ring.spec.plan
    here = plan.clusters.get(cluster) if isinstance(plan, StoredImagePlan) else None
    if here is None or not isinstance(plan, StoredImagePlan):
        return ()
    if not here.read:
        return tuple(
            ContainerImage(
                workload=each.workload, container=each.container, image=each.image.pinned if plan.pin else each.image
            )
            for each in here.desired
        )
    return tuple(
        ContainerImage(workload=each.workload, container=each.container, init=each.init, image=each.after)
        for each in here.changes
    )
