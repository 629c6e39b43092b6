"""What configure and import share: from a spec to its plan, the dry run of the plan, and the operation."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import Self

from db.records.inventory import AppEnvironmentRecord, ClusterRecord
from db.records.operations import OperationRecord
from db.transaction import Database, Transaction
from domain.cluster_api import ClusterFailure
from domain.declared_kinds import NONE_DECLARED, DeclaredKinds
from domain.grants import Actor, MaintainGrant
from domain.images import ContainerImage
from domain.resources import Manifest
from domain.rights import Holdings
from domain.stored.spec import OperationSpec
from domain.words import CopyDelivery, OnConflict, OnFailure, OperationKind
from services.changes.break_glass import breaking_glass
from services.changes.copy_restarts import with_consumers
from services.changes.image_operations import require_idle
from services.changes.new_operations import IdempotencyKey, NewOperation, NewOperationCluster, Prepared
from services.changes.operations import Operations
from services.changes.plan_checks import require_as_previewed, require_unblocked
from services.changes.recent_dry_runs import RecentDryRuns
from services.errors import (
    AlreadyConfiguredError,
    InvalidRequestError,
    StagecoachError,
)
from services.execution.copy_dry_run import try_writes
from services.execution.copy_spec import CopySpec
from services.kube.deadline import Deadline
from services.kube.gateway import Clusters
from services.limits import Limits
from services.people.approvals import gates_before
from services.people.gates import change_of
from services.planning.copying.dry_runs import DryRuns, with_dry_run
from services.planning.copying.facts import CopyFacts, TargetFacts
from services.planning.copying.plan import ClusterCopyPlan, CopyChoices, CopyPlan
from services.planning.copying.planner import plan_copy
from services.planning.copying.settling import doubtful
from services.planning.copying.tried import Attempt, Tried, lets_pass
from services.planning.copying.work import stored_plan, work_of
from services.planning.git.copies import facts_of_folders, with_files
from services.planning.objects.declared_images import runs_images
from services.planning.objects.redact import Fingerprints
from services.planning.preflight.copied_images import ImagesOnClusters, images_of_copy, with_copied_images
from services.planning.preflight.registry_values import RegistryAnswers
from services.reading.app_environments import app_environments, cluster_named
from services.reading.copy_facts import SourceNamespace, TargetNamespace, read_copy_facts, read_target
from services.reading.credentials import credential_of
from services.reading.fan_out import fan_out
from services.reading.filed_targets import FolderReader
from services.reading.given_namespaces import require_given
from services.reading.namespace_contents import own_resources
from services.reading.permissions import Permissions
from services.reading.preflight.pulling import PullingCluster
from services.reading.preflight.registries import ImageRegistries
from services.reading.sharers import sharers_of


@dataclass(frozen=True, kw_only=True)
class Sides:
    """The app environments of a copy, and what whoever asks for it holds; `source` is None for a configure.

    The environment of the target has the clusters that are written. `release` are the images of its last release, read
    where one cluster is written from another one of the same environment. `declared` are all declared kinds.
    """

    target: AppEnvironmentRecord
    source: AppEnvironmentRecord | None = None
    holdings: Holdings = field(default_factory=Holdings)
    release: tuple[ContainerImage, ...] = ()
    declared: DeclaredKinds = NONE_DECLARED

    def onto(self, cluster: ClusterRecord) -> Self:
        """The same, of which this cluster alone is written."""
        environment = replace(self.target.environment, clusters=(cluster,))
        return replace(self, target=replace(self.target, environment=environment))


class CopyOperations:
    """Plans copies, dry-runs them and starts their operations."""

    def __init__(
        self,
        *,
        db: Database,
        clusters: Clusters,
        operations: Operations,
        fingerprints: Fingerprints,
        limits: Limits,
        recent: RecentDryRuns | None = None,
        folders: FolderReader | None = None,
        registries: ImageRegistries | None = None,
    ) -> None:
        """`folders` reads what copies to Git write; None where no copy does.

        `registries` are asked about the images of workloads; None where no copy brings any.
        """
        self._db = db
        self._folders = folders
        self._registries = registries
        self._permissions = Permissions(db)
        self._clusters = clusters
        self._operations = operations
        self._fingerprints = fingerprints
        self._limits = limits
        self._recent = recent or RecentDryRuns()

    async def sides(self, actor: Actor, application: str, target: str, source: str | None = None) -> Sides:
        """The app environments of an application, by the names of their environments.

        The actor has to maintain both: a copy carries Secrets. Raises `NotFoundError`, `ForbiddenError`.
        """
        grants = [
            await self._permissions.app_environment(actor, MaintainGrant, application, each)
            for each in (target, source)
            if each is not None
        ]
        async with self._db.read() as tx:
            target_record, *sources = await app_environments(tx, *grants)
            within = bool(sources) and sources[0].id == target_record.id
            release = await _last_release(tx, target_record) if within else ()
            declared = await tx.declared_kinds.declarations()
        source_record = sources[0] if sources else None
        return Sides(
            target=target_record, source=source_record, holdings=actor.holdings, release=release, declared=declared
        )

    async def known(self, actor: Actor, idempotency: IdempotencyKey | None) -> OperationRecord | None:
        """As `Operations.known`."""
        return await self._operations.known(actor, idempotency)

    async def preview(self, spec: CopySpec, sides: Sides) -> CopyPlan:
        """The plan, dry-run on every cluster that answers. Raises `ClusterError`s of the source."""
        deadline = Deadline.after(self._limits.plan)
        plan = await self._tried(await self.plan(spec, sides, deadline=deadline), spec, sides, deadline=deadline)
        plan = await with_consumers(plan, sides.target, self._clusters, restart=spec.restart, deadline=deadline)
        kind = OperationKind.CONFIGURE if spec.source is None else OperationKind.IMPORT
        async with self._db.read() as tx:
            return replace(plan, gates=await gates_before(tx, change_of(sides.target, kind)))

    async def _tried(
        self, plan: CopyPlan, spec: CopySpec, sides: Sides, *, deadline: Deadline, previewed: bool = False
    ) -> CopyPlan:
        """The plan with what clusters say to a dry run of its writes, and registries to its images."""
        environment = sides.target.environment
        images = images_of_copy(plan, environment.image_mappings, sides.declared)
        judged, answers = await asyncio.gather(
            self.dry_run(plan, spec, sides, deadline=deadline, previewed=previewed),
            self._at_registries(plan, images, sides, deadline=deadline),
        )
        return with_copied_images(judged, images, answers)

    async def _at_registries(
        self, plan: CopyPlan, images: ImagesOnClusters, sides: Sides, *, deadline: Deadline
    ) -> RegistryAnswers:
        if self._registries is None:
            return RegistryAnswers()
        environment = sides.target.environment
        brought = {
            each.cluster: [one.desired for one in each.resources if one.writes and one.desired is not None]
            for each in plan.clusters
        }
        targets = [
            PullingCluster(
                cluster=each,
                workloads=[one for one in brought[each.name] if runs_images(one.kind, sides.declared)],
                brought=brought[each.name],
            )
            for each in environment.clusters
            if each.name in images
        ]
        return await self._registries.of_copy(
            images, targets, namespace=plan.namespace, mappings=environment.image_mappings, deadline=deadline
        )

    async def dry_run(
        self, plan: CopyPlan, spec: CopySpec, sides: Sides, *, deadline: Deadline, previewed: bool = False
    ) -> CopyPlan:
        """The plan with what the clusters that answer say to a dry run of its writes.

        A cluster that let the same writes pass a moment ago is not asked again where the plan was `previewed`.
        """
        records = {cluster.name: cluster for cluster in sides.target.environment.clusters}
        force = spec.choices.on_conflict is OnConflict.OVERWRITE
        begun = self._recent.now()

        def attempted(cluster: ClusterCopyPlan) -> Attempt:
            version = records[cluster.cluster].credential_version
            return Attempt.of(cluster, credential_version=version, force=force)

        async def attempt(cluster: ClusterCopyPlan) -> DryRuns:
            gateway = await self._clusters.gateway(credential_of(records[cluster.cluster]))
            return await try_writes(cluster, gateway, force=force, deadline=deadline)

        reachable = [cluster for cluster in plan.clusters if cluster.reachable and cluster.handed_over is None]
        known = {
            cluster.cluster: tried.on(cluster)
            for cluster in reachable
            if previewed and (tried := self._recent.find(attempted(cluster))) is not None
        }
        asked = [cluster for cluster in reachable if cluster.cluster not in known]
        runs = await fan_out(asked, attempt, deadline=deadline, name=lambda cluster: cluster.cluster)
        answers = {pair.item.cluster: pair.result for pair in runs if pair.error is None}
        failed = {
            pair.item.cluster: DryRuns(
                by_resource={}, skipped=(f"The dry run of the writes failed: {pair.error.detail}",)
            )
            for pair in runs
            if pair.error is not None
        }
        done = with_dry_run(plan, {**answers, **failed}, known=known)
        for before, after in zip(plan.clusters, done.clusters, strict=True):
            if (said := answers.get(before.cluster)) is not None and lets_pass(after, said):
                self._recent.keep(attempted(before), Tried.of(after), at=begun)
        return done

    async def plan(self, spec: CopySpec, sides: Sides, *, deadline: Deadline) -> CopyPlan:
        """The plan for every cluster of the target. Raises `ClusterError`s of the source only."""

        async def read_targets(manifests: tuple[Manifest, ...]) -> tuple[TargetFacts, ...]:
            # Leave time, where a cluster hangs, to plan for the others and to dry-run that plan.
            return await self._read_targets(spec, manifests, sides.target, deadline.part(0.5))

        copy = spec.input_from(await self._source_namespace(spec, sides))
        facts = await read_copy_facts(copy, read_targets, deadline=deadline)
        sharers = await sharers_of(
            self._db, spec.namespace, sides.target, same_environment=False, holdings=sides.holdings
        )
        facts = replace(
            facts,
            recorded=own_resources(sides.target),
            policy=frozenset(sides.target.environment.allowed_dangers),
            targets=tuple(replace(each, sharers=sharers.get(each.cluster_id, ())) for each in facts.targets),
        )
        choices = replace(spec.choices, declared=sides.declared)
        if spec.delivery is CopyDelivery.CLUSTER:
            return plan_copy(facts, choices, self._fingerprints)
        return await self._plan_files(facts, choices, sides.target, namespace=spec.namespace)

    async def _plan_files(
        self, facts: CopyFacts, choices: CopyChoices, target: AppEnvironmentRecord, *, namespace: str
    ) -> CopyPlan:
        """The plan for the folders that the clusters are delivered from. Raises `GitError`s, `NotFoundError`."""
        assert self._folders is not None, "whoever plans a copy to Git reads its folders"
        assert target.git_folder is not None, "a copy to Git has a folder"
        clusters = [each.cluster for each in facts.targets]
        filed = await self._folders.read(target.git_folder, clusters, namespace=namespace)

        def planned() -> CopyPlan:
            plan = plan_copy(facts_of_folders(facts, filed), choices, self._fingerprints)
            return with_files(plan, facts, filed)

        return await asyncio.to_thread(planned)

    async def _source_namespace(self, spec: CopySpec, sides: Sides) -> SourceNamespace | None:
        if spec.source is None:
            return None
        assert sides.source is not None, "an import has a source"
        record = cluster_named(sides.source.environment, spec.source.cluster)
        return SourceNamespace(
            environment=sides.source.environment.name,
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
                return _unread(cluster, error)
            target_namespace = TargetNamespace(
                cluster=cluster.name, cluster_id=cluster.id, namespace=spec.namespace, gateway=gateway
            )
            return await read_target(target_namespace, manifests, spec.choices.overrides, deadline=deadline)

        answers = await fan_out(target.environment.clusters, read, deadline=deadline, name=lambda each: each.name)
        return tuple(pair.result if pair.error is None else _unread(pair.item, pair.error) for pair in answers)

    async def start(
        self, prepared: Prepared, *, actor: Actor, idempotency: IdempotencyKey | None, break_glass: str | None
    ) -> OperationRecord:
        """Start a prepared copy. Raises `ForbiddenError` for `break_glass`, and what `Operations.start` raises."""
        new = breaking_glass(replace(prepared.new, idempotency=idempotency), actor, break_glass)
        return await self._operations.start(new, work=prepared.work)

    async def prepare(
        self, spec: CopySpec, sides: Sides, *, kind: OperationKind, plan_digest: str | None, actor: Actor
    ) -> Prepared:
        """Plan the operation; `plan_digest` is that of the previewed plan, None without a preview.

        A plan that a dry run blocks is not executed, whether a person saw its preview or not: it would write a part and
        then fail. The dry run of its preview counts for a moment. Raises `PlanOutdatedError` (with the new plan),
        `PlanBlockedError` (with all problems) and `OperationUnderwayError`.
        """
        require_idle(sides.target)
        deadline = Deadline.after(self._limits.plan)
        plan = await self.plan(spec, sides, deadline=deadline)
        require_as_previewed(plan, plan_digest)
        if not any(doubtful(cluster) for cluster in plan.clusters):
            require_unblocked(plan)
        plan = await self._tried(plan, spec, sides, deadline=deadline, previewed=plan_digest is not None)
        require_unblocked(plan)
        if spec.restart:
            plan = await with_consumers(plan, sides.target, self._clusters, restart=True, deadline=deadline)
        request, secrets = spec.to_stored()
        new = NewOperation(
            kind=kind,
            app_environment=sides.target,
            source=sides.source,
            caller=actor.caller,
            spec=OperationSpec(
                request=request,
                plan=stored_plan(plan, declared=sides.declared, restart=spec.restart, level=spec.level is not None),
            ),
            plan_digest=plan.digest,
            clusters=tuple(NewOperationCluster(cluster=each) for each in sides.target.environment.clusters),
            on_failure=OnFailure.STAY,  # what was written stays, and a retry continues
            secrets=secrets or None,
        )
        work = {each.cluster: work_of(each, on_conflict=spec.choices.on_conflict) for each in plan.clusters}
        return Prepared(new=new, work=work)


async def _last_release(tx: Transaction, target: AppEnvironmentRecord) -> tuple[ContainerImage, ...]:
    if target.id is None:
        return ()
    found = (await tx.releases.last_of([target.id])).get(target.id)
    return found.images if found is not None else ()


def _unread(cluster: ClusterRecord, error: StagecoachError) -> TargetFacts:
    return TargetFacts(
        cluster=cluster.name,
        cluster_id=cluster.id,
        failure=ClusterFailure(code=error.code, detail=error.detail),
    )


def target_namespace(target: AppEnvironmentRecord, requested: str | None) -> str:
    """The namespace for the resources: the requested one, or the app environment's, or its environment's default.

    Raises `InvalidRequestError` where there is none of these, `AlreadyConfiguredError` where another namespace is
    requested than the one that the app environment is configured in, and `NamespaceNotGivenError`.
    """
    if target.configured and requested is not None and requested != target.namespace:
        raise AlreadyConfiguredError(
            f"'{target.application.name}' is configured in the namespace '{target.namespace}' in "
            f"'{target.environment.name}'. Leave the namespace out, or name this one.",
            namespace=target.namespace,
        )
    namespace = requested or target.namespace or target.environment.default_namespace
    if namespace is None:
        raise InvalidRequestError(
            f"Name a namespace: environment '{target.environment.name}' has no default namespace.", field="namespace"
        )
    require_given(target, namespace)
    return namespace
