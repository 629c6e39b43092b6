"""What configure and import share: from an order to a plan, to its dry run, to the operation that carries it out."""

from dataclasses import dataclass

from db.records import AppEnvironmentRecord, ClusterRecord, OperationRecord
from db.transaction import Database
from domain.cluster_api import ClusterFailure
from domain.resources import Manifest
from domain.stored.spec import OperationSpec
from domain.words import OnConflict, OnFailure, OperationKind
from services.changes.image_operations import require_idle
from services.changes.new_operations import IdempotencyKey, NewOperation, NewOperationCluster
from services.changes.operations import Operations
from services.changes.plan_checks import require_as_previewed, require_unblocked
from services.errors import (
    AlreadyConfiguredError,
    InvalidRequestError,
    StagecoachError,
)
from services.execution.copy_spec import CopySpec
from services.execution.copying import try_writes
from services.kube.deadline import Deadline
from services.kube.gateway import Clusters
from services.limits import Limits
from services.people.access import Actor
from services.planning.copying.facts import TargetFacts
from services.planning.copying.plan import ClusterCopyPlan, CopyPlan, DryRuns, with_dry_run
from services.planning.copying.planner import plan_copy
from services.planning.copying.work import stored_plan, work_of
from services.planning.objects.redact import Fingerprints
from services.reading.app_environments import app_environment, app_environments, cluster_named
from services.reading.copy_facts import SourceNamespace, TargetNamespace, read_copy_facts, read_target
from services.reading.credentials import credential_of
from services.reading.fan_out import fan_out


@dataclass(frozen=True, kw_only=True)
class Endpoints:
    """The app environments of a copy; `source` is None for a configure."""

    target: AppEnvironmentRecord
    source: AppEnvironmentRecord | None = None


@dataclass(frozen=True, kw_only=True)
class Start:
    """What a request says of carrying a copy out; `plan_digest` is None where no plan was looked at."""

    kind: OperationKind
    plan_digest: str | None


class Copies:
    """Plans copies, tries them out and starts them."""

    def __init__(
        self, *, db: Database, clusters: Clusters, operations: Operations, fingerprints: Fingerprints, limits: Limits
    ) -> None:
        self._db = db
        self._clusters = clusters
        self._operations = operations
        self._fingerprints = fingerprints
        self._limits = limits

    async def endpoints(self, application: str, target: str, source: str | None = None) -> Endpoints:
        """By names; raises `NotFoundError`."""
        async with self._db.read() as tx:
            if source is None:
                return Endpoints(target=await app_environment(tx, application, target))
            found, origin = await app_environments(tx, application, target, source)
            return Endpoints(target=found, source=origin)

    async def known(self, actor: Actor, idempotency: IdempotencyKey | None) -> OperationRecord | None:
        """The operation that this very request has started before."""
        return await self._operations.known(actor, idempotency)

    async def preview(self, spec: CopySpec, endpoints: Endpoints) -> CopyPlan:
        """The plan, tried out on every cluster that answers."""
        deadline = Deadline.after(self._limits.plan)
        plan = await self.plan(spec, endpoints, deadline=deadline)
        records = {cluster.name: cluster for cluster in endpoints.target.environment.clusters}

        async def attempt(cluster: ClusterCopyPlan) -> DryRuns:
            gateway = await self._clusters.gateway(credential_of(records[cluster.cluster]))
            force = spec.choices.on_conflict is OnConflict.OVERWRITE
            return await try_writes(cluster, gateway, force=force, deadline=deadline)

        reachable = [cluster for cluster in plan.clusters if cluster.reachable]
        tried = await fan_out(reachable, attempt, deadline=deadline, name=lambda cluster: cluster.cluster)
        return with_dry_run(
            plan,
            {
                pair.item.cluster: pair.result
                if pair.error is None
                else DryRuns(by_resource={}, skipped=(f"The writes could not be tried: {pair.error.detail}",))
                for pair in tried
            },
        )

    async def plan(self, spec: CopySpec, endpoints: Endpoints, *, deadline: Deadline) -> CopyPlan:
        """What the spec would do to every cluster of the target; raises `ClusterError`s of the source alone."""

        async def read_targets(manifests: tuple[Manifest, ...]) -> tuple[TargetFacts, ...]:
            # A cluster that hangs leaves time to plan for the others, and to dry-run that.
            return await self._read_targets(spec, manifests, endpoints.target, deadline.part(0.5))

        copy = spec.input_from(await self._source_namespace(spec, endpoints))
        facts = await read_copy_facts(copy, read_targets, deadline=deadline)
        return plan_copy(facts, spec.choices, self._fingerprints)

    async def _source_namespace(self, spec: CopySpec, endpoints: Endpoints) -> SourceNamespace | None:
        if spec.source is None:
            return None
        assert endpoints.source is not None, "an import has a source"
        record = cluster_named(endpoints.source.environment, spec.source.cluster)
        return SourceNamespace(
            environment=endpoints.source.environment.name,
            cluster_id=record.id,
            namespace=spec.source.namespace,
            gateway=await self._clusters.gateway(credential_of(record)),
        )

    async def _read_targets(
        self, spec: CopySpec, manifests: tuple[Manifest, ...], target: AppEnvironmentRecord, deadline: Deadline
    ) -> tuple[TargetFacts, ...]:
        async def read(cluster: ClusterRecord) -> TargetFacts:
            try:
                gateway = await self._clusters.gateway(credential_of(cluster))
            except StagecoachError as error:  # its stored kubeconfig is no longer allowed by the settings
                return _silent(cluster, error)
            there = TargetNamespace(
                cluster=cluster.name, cluster_id=cluster.id, namespace=spec.namespace, gateway=gateway
            )
            return await read_target(there, manifests, spec.choices.overrides, deadline=deadline)

        found = await fan_out(target.environment.clusters, read, deadline=deadline, name=lambda each: each.name)
        return tuple(pair.result if pair.error is None else _silent(pair.item, pair.error) for pair in found)

    async def start(
        self,
        spec: CopySpec,
        endpoints: Endpoints,
        start: Start,
        *,
        actor: Actor,
        idempotency: IdempotencyKey | None,
    ) -> OperationRecord:
        """Plan from what is there now and have it carried out.

        Raises `PlanOutdatedError` (with the new plan), `PlanBlockedError` (with all problems) and
        `OperationUnderwayError`.
        """
        require_idle(endpoints.target)
        plan = await self.plan(spec, endpoints, deadline=Deadline.after(self._limits.plan))
        require_as_previewed(plan, start.plan_digest)
        require_unblocked(plan)
        request, secrets = spec.to_stored()
        new = NewOperation(
            kind=start.kind,
            app_environment=endpoints.target,
            source=endpoints.source,
            actor=actor,
            spec=OperationSpec(request=request, plan=stored_plan(plan)),
            plan_digest=plan.digest,
            clusters=tuple(NewOperationCluster(cluster=each) for each in endpoints.target.environment.clusters),
            on_failure=OnFailure.STAY,  # what was written stays, and a retry goes on from there
            secrets=secrets or None,
            idempotency=idempotency,
        )
        work = {each.cluster: work_of(each, on_conflict=spec.choices.on_conflict) for each in plan.clusters}
        return await self._operations.start(new, work=work)


def _silent(cluster: ClusterRecord, error: StagecoachError) -> TargetFacts:
    return TargetFacts(
        cluster=cluster.name,
        cluster_id=cluster.id,
        failure=ClusterFailure(code=error.code, detail=error.detail),
    )


def target_namespace(target: AppEnvironmentRecord, asked: str | None) -> str:
    """Where an application goes; raises `InvalidRequestError` where nobody says, `AlreadyConfiguredError` otherwise."""
    there = target.namespace or target.environment.default_namespace
    if target.configured and asked is not None and asked != target.namespace:
        raise AlreadyConfiguredError(
            f"'{target.application.name}' lives in the namespace '{target.namespace}' in '{target.environment.name}'.",
            namespace=target.namespace,
        )
    namespace = asked or there
    if namespace is None:
        raise InvalidRequestError(
            f"Say the namespace: environment '{target.environment.name}' has no default one.", field="namespace"
        )
    return namespace
