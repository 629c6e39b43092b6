"""Promote: give the target environment the images that the source runs, and nothing else.

Preview and start read the clusters, and a pure planner decides (services.planning.images.promotion_plan). What is
executed is the plan that a preview would show at that moment, or the request is refused.
"""

import asyncio
from dataclasses import dataclass, field, replace

from db.records.inventory import AppEnvironmentRecord, ClusterRecord
from db.records.operations import OperationRecord
from db.transaction import Database
from domain.comparisons import ObjectField
from domain.grants import Actor, PromoteGrant, ViewGrant
from domain.images import ContainerRef
from domain.resources import ResourceId
from domain.rights import Holdings
from domain.stored.requests import PromotionRequest
from domain.stored.strategies import Strategy
from domain.words import DeployMode, OperationKind, Pin
from services.changes.break_glass import breaking_glass
from services.changes.bringing import Bringing
from services.changes.copy_operations import Sides
from services.changes.image_dry_run import dry_run_refusals
from services.changes.image_operations import (
    PlannedImages,
    consents_of,
    new_image_operation,
    require_idle,
)
from services.changes.new_operations import IdempotencyKey, Prepared
from services.changes.operations import Operations
from services.changes.plan_gates import with_gates
from services.changes.strategy import ChosenStrategy, choose_strategy
from services.errors import Category, DeployModeAutoError, InvalidRequestError, StagecoachError
from services.kube.deadline import Deadline
from services.kube.gateway import Clusters
from services.limits import Limits
from services.planning.following.contents import source_set_digest
from services.planning.health.values import HealthPolicy
from services.planning.images.custom_resources import custom_image_problems, in_both
from services.planning.images.leaving_out import remaining, without
from services.planning.images.promotion_plan import PromotionPlan, build_promotion_plan, selected_keys, with_refusals
from services.planning.images.promotion_source import environment_source
from services.planning.images.running import ClusterFacts
from services.planning.policies.parsing import readable_policies
from services.planning.preflight.downgrades import with_directions
from services.planning.preflight.findings import with_findings
from services.planning.preflight.former_configuration import with_readers_restarted
from services.planning.preflight.values import Preflight
from services.precedence import PRECEDENCE
from services.reading.app_environments import app_environments, cluster_named, require_configured
from services.reading.hand_overs.planning import HandOverReader
from services.reading.image_facts import ImageFactsReader, workloads_of
from services.reading.permissions import Permissions
from services.reading.preflight.registries import AtRegistries, ImageRegistries
from services.reading.preflight.stage import AskedSource, PreflightReader
from services.reading.running_images import Depth
from services.registry.oci import RegistryClients


@dataclass(frozen=True, kw_only=True)
class _Sides:
    """The app environments that the images come from and go to."""

    source: AppEnvironmentRecord
    target: AppEnvironmentRecord
    source_cluster: ClusterRecord | None
    expected: tuple[ObjectField, ...] = ()
    holdings: Holdings = field(default_factory=Holdings)


class SourceChangedError(StagecoachError):
    """The source does not run what was to be promoted. Nothing was started."""

    code = "source-changed"
    title = "The source runs other images now"
    category = Category.CONFLICT


class Promoting:
    """Promotions: preview and start."""

    def __init__(
        self,
        db: Database,
        clusters: Clusters,
        operations: Operations,
        limits: Limits,
        registries: RegistryClients | None = None,
        *,
        hand_overs: HandOverReader | None = None,
    ) -> None:
        """`registries`: without them no registry is asked about the images of a plan. `hand_overs` asks owners."""
        self._db = db
        self._permissions = Permissions(db)
        self._clusters = clusters
        self._hand_overs = hand_overs or HandOverReader({})
        self._facts = ImageFactsReader(
            clusters=clusters,
            policy=HealthPolicy(timeout_cap=limits.watch_cap),
            control_planes=self._hand_overs.control_planes,
        )
        self._preflight = PreflightReader(clusters=clusters, database=db)
        self._registries = ImageRegistries(db, clusters, registries)
        self._bringing = Bringing(db, clusters, operations, limits)
        self._operations = operations
        self._limits = limits

    async def preview(self, application: str, request: PromotionRequest, *, actor: Actor) -> PromotionPlan:
        """The plan for every cluster, with what the clusters refuse in dry runs.

        Raises `NotFoundError`, `NotConfiguredError`, `DeployModeAutoError`, `InvalidRequestError`, and `ForbiddenError`
        for a strategy that the actor may not ask for.
        """
        deadline = Deadline.after(self._limits.plan)
        sides = await self._sides(actor, application, request)
        _chosen(sides, request, actor)  # refuses what a start would refuse
        plan = await self._plan(sides, request, deadline)
        plan = with_refusals(plan, await dry_run_refusals(self._clusters, sides.target, plan, deadline=deadline))
        return await with_gates(self._db, plan, sides.target, OperationKind.PROMOTION, actor=actor)

    async def start(
        self,
        application: str,
        request: PromotionRequest,
        *,
        actor: Actor,
        idempotency: IdempotencyKey | None,
        break_glass: str | None = None,
    ) -> OperationRecord:
        """Plan again and start the operation. With nothing to do, the operation ends `unchanged` on every cluster.

        Raises what `prepare` raises, `ForbiddenError` for `break_glass`, and what `Operations.start` raises.
        """
        known = await self._operations.known(actor, idempotency)
        if known is not None:
            return known
        with PRECEDENCE.taken():
            prepared = await self.prepare(application, request, actor=actor, starts=True)
            new = replace(prepared.new, idempotency=idempotency)
            return await self._operations.start(breaking_glass(new, actor, break_glass))

    async def prepare(
        self,
        application: str,
        request: PromotionRequest,
        *,
        actor: Actor,
        starts: bool = False,
        images: str | None = None,
    ) -> Prepared:
        """Plan the operation; where it `starts` at once, nobody reads findings that do not block.

        `images` is the digest of the set that every cluster of the source has to run (planning.following.contents).

        Raises what `preview` raises, `SkewError`, `PlanBlockedError`, `PlanOutdatedError`, `OperationUnderwayError`,
        and `SourceChangedError` where the source runs other images.
        """
        planned, chosen = await self.planned(application, request, actor=actor, starts=starts, images=images)
        return Prepared(new=new_image_operation(planned, chosen=chosen, actor=actor, idempotency=None))

    async def planned(
        self,
        application: str,
        request: PromotionRequest,
        *,
        actor: Actor,
        starts: bool = False,
        images: str | None = None,
    ) -> tuple[PlannedImages, ChosenStrategy]:
        """The plan and the strategy of what is about to be started, before anybody judges whether it may be.

        `images` is as in `prepare`. Raises what `preview` raises, `OperationUnderwayError`, `SourceChangedError`.
        """
        sides = await self._sides(actor, application, request)
        chosen = _chosen(sides, request, actor)
        require_idle(sides.target)
        plan = await self._plan(sides, request, Deadline.after(self._limits.plan), starts=starts, images=images)
        planned = PlannedImages(
            kind=OperationKind.PROMOTION,
            target=sides.target,
            source=sides.source,
            plan=plan,
            plan_digest=request.plan_digest,
            request=request,
        )
        return planned, chosen

    async def permitted(
        self, actor: Actor, application: str, request: PromotionRequest
    ) -> tuple[ViewGrant, PromoteGrant]:
        """That the actor sees the source, may promote into the target, and may bring the keys that are asked for.

        Raises `NotFoundError`, `ForbiddenError`.
        """
        from_there = await self._permissions.app_environment(actor, ViewGrant, application, request.source_environment)
        to_here = await self._permissions.app_environment(actor, PromoteGrant, application, request.target_environment)
        both = (request.source_environment, request.target_environment)
        await self._bringing.require(request.bring, actor, application, both)
        return from_there, to_here

    async def _sides(self, actor: Actor, application: str, request: PromotionRequest) -> _Sides:
        from_there, to_here = await self.permitted(actor, application, request)
        async with self._db.read() as tx:
            source, target = await app_environments(tx, from_there, to_here)
            expected = await tx.expected_differences.of_pair(
                target.application.id, source.environment.id, target.environment.id
            )
        if source.environment.id == target.environment.id:
            raise InvalidRequestError("An environment cannot be promoted into itself.", field="target_environment")
        for each in (source, target):
            require_configured(each)
        if target.deploy_mode is DeployMode.AUTO:
            raise DeployModeAutoError(
                f"'{target.environment.name}' deploys pushed images by itself, so nothing can be promoted into it. "
                "Set its deploy mode to manual first.",
                environment=target.environment.name,
            )
        name = request.source_cluster
        named = cluster_named(source.environment, name) if name is not None else None
        marked = tuple(each.field for each in expected)
        return _Sides(source=source, target=target, source_cluster=named, expected=marked, holdings=actor.holdings)

    async def _plan(
        self,
        sides: _Sides,
        request: PromotionRequest,
        deadline: Deadline,
        *,
        starts: bool = False,
        images: str | None = None,
    ) -> PromotionPlan:
        """The plan; where it `starts` at once, with those findings alone that block."""
        containers = remaining(request.containers, request.leave_out)
        selected = selected_keys(containers)
        pin = sides.target.pin is Pin.DIGEST
        first = deadline.part(0.5)  # leave time, where a cluster hangs, to plan for the others and to dry-run that plan
        only = (sides.source_cluster,) if sides.source_cluster else None
        # A request that names containers is not about anything else.
        whole = containers is None
        custom_here = in_both(sides.source.resources, sides.target.resources, sides.source.declared) if whole else ()
        custom_there = in_both(sides.target.resources, sides.source.resources, sides.target.declared) if whole else ()
        sources, (templates, preflight, at_registries), custom_sources, custom_targets, bring = await asyncio.gather(
            self._facts.read(
                sides.source,
                deadline=first,
                only=only,
                workloads=_workloads_of(sides.source, containers),
            ),
            self._targets(sides, request.strategy, deadline, only_blocking=starts),
            self._facts.read_custom(sides.source, custom_here, deadline=first, only=only),
            self._facts.read_custom(sides.target, custom_there, deadline=first),
            self._bringing.plan(
                request.bring,
                Sides(target=sides.target, source=sides.source, holdings=sides.holdings),
                source_cluster=request.source_cluster,
                previewed=request.plan_digest is not None,
                deadline=first,
            ),
        )
        if images is not None and source_set_digest(sides.source.environment.name, sources) != images:
            raise SourceChangedError(
                f"'{sides.source.environment.name}' does not run the images any more that were to be promoted."
            )
        source = environment_source(
            sides.source.environment.name,
            [without(each, request.leave_out) for each in sources],
            cluster=sides.source_cluster.name if sides.source_cluster else None,
            pin=pin,
            selected=selected,
            mappings=sides.target.environment.image_mappings,
        )
        targets = await self._facts.read_targets(sides.target, source, templates, selected=selected, deadline=deadline)
        plan = build_promotion_plan(
            source,
            sides.target.environment.name,
            targets,
            pin=pin,
            selected=containers,
            omitted=request.leave_out,
            allow=consents_of(sides.target, request.allow),
            deliveries=sides.target.deliveries,
        )
        plan = await self._hand_overs.settled(plan, sides.target, self._clusters, deadline=deadline)
        of_custom = custom_image_problems(custom_sources, custom_targets, mappings=source.mappings)
        plan = replace(plan, problems=(*plan.problems, *of_custom), bring=bring)
        answers = await self._registries.answers(plan, at_registries, deadline=deadline.part(0.5))
        plan = with_directions(plan, readable_policies(sides.target.image_policies), answers.built)
        if request.restart:
            plan = with_readers_restarted(plan, templates, request.leave_out)
        return with_findings(plan, replace(preflight, registry=answers), restart=request.restart)

    async def _targets(
        self, sides: _Sides, strategy: Strategy | None, deadline: Deadline, *, only_blocking: bool
    ) -> tuple[tuple[ClusterFacts, ...], Preflight, AtRegistries]:
        """What the target's templates have, and what pre-flight reads by them: while the source is read."""
        templates = await self._facts.read(sides.target, deadline=deadline.part(0.5), depth=Depth.TEMPLATES)
        source = AskedSource(place=sides.source, only=sides.source_cluster, expected=sides.expected)
        rest = deadline.part(0.5)
        preflight, at_registries = await asyncio.gather(
            self._preflight.read(
                sides.target,
                templates,
                deadline=rest,
                source=source,
                strategy=strategy,
                only_blocking=only_blocking,
            ),
            self._registries.read(sides.target, templates, deadline=rest),
        )
        return templates, preflight, at_registries


def _chosen(sides: _Sides, request: PromotionRequest, actor: Actor) -> ChosenStrategy:
    """Raises what `choose_strategy` raises."""
    clusters = sides.target.environment.clusters
    return choose_strategy(sides.target, clusters, request.strategy, actor=actor, together=request.in_set)


def _workloads_of(
    source: AppEnvironmentRecord, selected: tuple[ContainerRef, ...] | None
) -> tuple[ResourceId, ...] | None:
    """The source's own workloads among those requested: nothing is read that does not belong to the application."""
    if selected is None:
        return None
    keys = {(*ref.workload.group_kind, ref.workload.name) for ref in selected}
    return tuple(each for each in workloads_of(source) if (*each.group_kind, each.name) in keys)
