"""The worker of configures and imports.

The first time it gets the work that the use case has planned. After a crash, and for a retry, it reads and plans again,
and writes what is left. It undoes nothing: objects of a copy that failed half-way stay, and a retry continues.
"""

from collections.abc import Mapping
from dataclasses import replace

from domain.resources import Manifest
from domain.stored.plans import StoredCopyPlan
from domain.stored.requests import CopyRequest, ImportSource
from domain.stored.rollouts import ExpectedRollout
from domain.words import Outcome
from services.execution.copy_spec import CopySpec, ValuesMissingError
from services.execution.copying import copy_to_cluster
from services.execution.copying_to_git import CopyToGit
from services.execution.git_changes import GitChanges
from services.execution.progress import Cancelled, ClusterResult, Progress
from services.execution.restarting import restart_workloads
from services.execution.settling import try_differing
from services.execution.watching import watch_rollouts
from services.execution.worker import ClusterTask
from services.kube.deadline import Deadline
from services.kube.errors import ClusterError
from services.kube.gateway import ClusterGateway, Clusters
from services.planning.copying.facts import TargetFacts
from services.planning.copying.planner import plan_copy
from services.planning.copying.restarts import changed_configuration
from services.planning.copying.settling import settled
from services.planning.copying.work import CopyWork, NoWork, caught_up, resumed
from services.planning.drift.written import written_object
from services.planning.health.values import HealthPolicy
from services.planning.objects.field_prints import FieldPrints
from services.planning.objects.redact import Fingerprints
from services.planning.objects.workloads import is_workload
from services.planning.releases.restarting import RESTARTABLE, consumers_of
from services.reading.app_environments import find_cluster
from services.reading.copy_facts import SourceNamespace, TargetNamespace, read_copy_facts, read_target
from services.reading.credentials import credential_of
from services.reading.running_images import Depth, read_facts

PreparedWork = Mapping[str, CopyWork | NoWork]  # by cluster name


class CopyWorker:
    """`services.execution.worker.Worker` for configure and import."""

    stores_undo = False

    def __init__(
        self,
        *,
        clusters: Clusters,
        fingerprints: Fingerprints,
        prints: FieldPrints,
        policy: HealthPolicy | None = None,
        git: GitChanges | None = None,
    ) -> None:
        """`fingerprints` are those that plans have of whole objects, `prints` those that releases have of fields.

        `git` makes what is copied to Git; None where nothing is.
        """
        self._prints = prints
        self._clusters = clusters
        self._fingerprints = fingerprints
        self._policy = policy or HealthPolicy()
        self._to_git = CopyToGit(git, self._policy) if git is not None else None

    async def bring(
        self, task: ClusterTask, gateway: ClusterGateway, log: Progress, *, deadline: Deadline, cancelled: Cancelled
    ) -> ClusterResult | None:
        """Nothing: all that a copy writes is the change."""
        del task, gateway, log, deadline, cancelled
        return None

    async def apply(
        self,
        task: ClusterTask,
        prepared: object | None,
        gateway: ClusterGateway,
        log: Progress,
        *,
        deadline: Deadline,
        cancelled: Cancelled,
    ) -> ClusterResult:
        _, plan = _request_and_plan(task)
        handed = plan.handed_over.get(task.cluster.name)
        if handed is not None:
            return await self._git().write(task, plan, handed, gateway, log)
        work = _prepared(prepared, task.cluster.name)
        if work is None:
            try:
                work = await self._plan_again(task, gateway, deadline)
            except ValuesMissingError as missing:
                return _failed("values-erased", f"The value of {missing} was erased. Send it again with a retry.")
        if isinstance(work, NoWork):
            return ClusterResult(
                outcome=Outcome.UNREACHABLE if work.unreachable else Outcome.FAILED,
                code=work.code,
                detail=work.detail,
                resource=work.resource,
            )

        async def on_written(answer: Manifest) -> None:
            place = task.operation.app_environment_id
            await log.wrote([written_object(answer, self._prints, place=place)])

        result = await copy_to_cluster(
            work,
            gateway,
            log,
            declared=plan.declared,
            deadline=deadline,
            cancelled=cancelled,
            on_written=on_written,
        )
        if result.outcome is not None and not result.outcome.good:
            return result
        restarted = await self._restart(task, work, gateway, log, deadline)
        return ClusterResult(outcome=None, expected=(*result.expected, *restarted)) if restarted else result

    async def _restart(
        self, task: ClusterTask, work: CopyWork, gateway: ClusterGateway, log: Progress, deadline: Deadline
    ) -> tuple[ExpectedRollout, ...]:
        """The rollouts of workloads that read what was changed. Raises `ChangedMeanwhileError`, `ClusterError`s."""
        _, plan = _request_and_plan(task)
        if plan.restarts is None:
            return ()
        workloads = plan.restarts.clusters.get(task.cluster.name)
        if workloads is None:  # it did not answer when the others were planned
            own = tuple(each for each in task.target.resources if is_workload(each.kind))
            facts = await read_facts(
                gateway, task.namespace, own, deadline=deadline, policy=self._policy, depth=Depth.TEMPLATES
            )
            written = [*(each.resource for each in work.writes), *(each.id for each in work.already_written)]
            read = consumers_of(changed_configuration(written), facts.manifests)
            workloads = tuple(each for each in read if each.group_kind in RESTARTABLE and each not in written)
        return await restart_workloads(
            workloads, task.operation.created_at, gateway, namespace=task.namespace, log=log, deadline=deadline
        )

    async def watch(
        self,
        task: ClusterTask,
        expected: tuple[ExpectedRollout, ...],
        gateway: ClusterGateway,
        log: Progress,
        *,
        deadline: Deadline,
        cancelled: Cancelled,
    ) -> ClusterResult:
        _, plan = _request_and_plan(task)
        handed = plan.handed_over.get(task.cluster.name)
        if handed is not None:
            arrived = await self._git().arrived(
                task, expected, handed, gateway, log, declared=plan.declared, cancelled=cancelled
            )
            if isinstance(arrived, ClusterResult):
                return arrived
            expected, deadline = arrived, Deadline.after(self._policy.timeout_cap)
        return await watch_rollouts(
            expected, gateway, task.namespace, log, policy=self._policy, deadline=deadline, cancelled=cancelled
        )

    async def undo(
        self,
        task: ClusterTask,
        gateway: ClusterGateway,
        log: Progress,
        *,
        deadline: Deadline,
    ) -> ClusterResult:
        """Fails: the engine undoes only what was stored for undoing, and a copy stores nothing."""
        del gateway, log, deadline
        return _failed("nothing-to-undo", f"Nothing is stored for undoing on {task.cluster.name}.")

    def _git(self) -> CopyToGit:
        assert self._to_git is not None, "whoever plans a copy to Git has what makes it"
        return self._to_git

    async def _plan_again(self, task: ClusterTask, gateway: ClusterGateway, deadline: Deadline) -> CopyWork | NoWork:
        """Plan again for this one cluster; what is left to write of the stored plan, or why nothing can be written."""
        request, planned = _request_and_plan(task)
        spec = CopySpec.from_stored(request, task.secrets or {})
        source = None
        if spec.source is not None:
            source = await self._source_namespace(task, spec.source)
            if source is None:
                detail = (
                    f"Cluster {spec.source.cluster} no longer belongs to {spec.source.environment}. Make a new plan."
                )
                return NoWork(code="source-changed", detail=detail)
        target = TargetNamespace(
            cluster=task.cluster.name, cluster_id=task.cluster.id, namespace=spec.namespace, gateway=gateway
        )

        async def read_targets(manifests: tuple[Manifest, ...]) -> tuple[TargetFacts, ...]:
            return (await read_target(target, manifests, spec.choices.overrides, deadline=deadline),)

        try:
            facts = await read_copy_facts(spec.input_from(source), read_targets, deadline=deadline)
        except ClusterError as error:
            return NoWork(code="source-unreadable", detail=f"The source cannot be read. {error.detail}")
        facts = replace(facts, policy=frozenset(task.target.environment.allowed_dangers))
        fresh = plan_copy(facts, replace(spec.choices, declared=planned.declared), self._fingerprints)
        stored = planned.clusters.get(task.cluster.name)
        if stored is None:  # it did not answer when the plan was made
            others = tuple(each for other in planned.clusters.values() if other is not None for each in other.resources)
            (cluster,) = fresh.clusters
            answers = await try_differing(cluster, gateway, deadline=deadline)
            fresh = replace(fresh, clusters=(settled(cluster, answers),))
            return caught_up(others, fresh, on_conflict=spec.choices.on_conflict)
        return resumed(stored.resources, fresh.clusters[0], on_conflict=spec.choices.on_conflict)

    async def _source_namespace(self, task: ClusterTask, source: ImportSource) -> SourceNamespace | None:
        """None where the environment no longer has the cluster."""
        assert task.source is not None, "an import has a source"
        cluster = find_cluster(task.source.environment, source.cluster)
        if cluster is None:
            return None
        gateway = await self._clusters.gateway(credential_of(cluster))
        return SourceNamespace(
            environment=source.environment, cluster_id=cluster.id, namespace=source.namespace, gateway=gateway
        )


def _request_and_plan(task: ClusterTask) -> tuple[CopyRequest, StoredCopyPlan]:
    """The task's request and plan, which an operation of these kinds has."""
    request, plan = task.spec.request, task.spec.plan
    assert isinstance(request, CopyRequest)
    assert isinstance(plan, StoredCopyPlan)
    return request, plan


def _prepared(prepared: object | None, cluster: str) -> CopyWork | NoWork | None:
    """What the use case built for this cluster in this process, if anything."""
    return prepared.get(cluster) if isinstance(prepared, Mapping) else None


def _failed(code: str, detail: str) -> ClusterResult:
    return ClusterResult(outcome=Outcome.FAILED, code=code, detail=detail)
