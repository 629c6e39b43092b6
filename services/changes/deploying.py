"""Deploy: give containers of an app environment the images that the request names, and nothing else.

So a new image comes into the first environment: by a person, by a CI job, or automatically (`prepare_pushes`). The
planner is that of promotions, with the named images as its source; every named container has to exist. An environment
on auto can be deployed to, too.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from db.records.images import ImagePushRecord
from db.records.inventory import AppEnvironmentRecord
from db.records.operations import OperationRecord
from db.transaction import Database
from domain.grants import Actor, PromoteGrant
from domain.image_mappings import ImageMapping, copied_from, copied_to
from domain.image_references import try_parse_image
from domain.images import ContainerImage, ContainerRef, Image
from domain.stored.requests import DeployRequest
from domain.words import ImagePushState, OperationKind, Pin, Verdict
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
from services.changes.new_operations import IdempotencyKey, NewOperation, Prepared
from services.changes.operations import Operations
from services.changes.plan_gates import with_gates
from services.changes.strategy import ChosenStrategy, choose_strategy
from services.errors import Category, InvalidRequestError, StagecoachError
from services.kube.deadline import Deadline
from services.kube.gateway import Clusters
from services.limits import Limits
from services.planning.health.values import HealthPolicy
from services.planning.images.promotion_plan import PromotionPlan, build_promotion_plan, selected_keys, with_refusals
from services.planning.images.promotion_source import named_source
from services.planning.images.running import ClusterFacts
from services.planning.policies.parsing import readable_policies
from services.planning.preflight.downgrades import with_directions
from services.planning.preflight.findings import with_findings
from services.planning.preflight.former_configuration import with_readers_restarted
from services.reading.app_environments import app_environment, require_configured
from services.reading.hand_overs.planning import HandOverReader
from services.reading.image_facts import ImageFactsReader
from services.reading.permissions import Permissions
from services.reading.preflight.registries import ImageRegistries
from services.reading.preflight.stage import PreflightReader
from services.reading.running_images import Depth
from services.reading.running_index import container_of
from services.registry.oci import RegistryClients


class NoClusterAnswersError(StagecoachError):
    """No cluster of the app environment answers, so it can be neither read nor changed now."""

    code = "no-cluster-answers"
    title = "No cluster answers"
    category = Category.UPSTREAM


@dataclass(frozen=True, kw_only=True)
class _Target:
    """The app environment, and the image pushes that are offered, pending or blocked there."""

    record: AppEnvironmentRecord
    waiting: tuple[ImagePushRecord, ...]


class Deploying:
    """Deployments of named images: preview and start."""

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

    async def preview(
        self, application: str, environment: str, request: DeployRequest, *, actor: Actor
    ) -> PromotionPlan:
        """The plan for every cluster.

        Raises `NotFoundError`, `NotConfiguredError`, `InvalidRequestError`, and `ForbiddenError` for a strategy that
        the actor may not ask for.
        """
        _require_images(request)
        deadline = Deadline.after(self._limits.plan)
        target = await self._target(actor, application, environment, request)
        _chosen(target, request, actor)  # refuses what a start would refuse
        plan, _ = await self._plan(target.record, request, deadline)
        plan = with_refusals(plan, await dry_run_refusals(self._clusters, target.record, plan, deadline=deadline))
        return await with_gates(self._db, plan, target.record, OperationKind.DEPLOY, actor=actor)

    async def start(
        self,
        application: str,
        environment: str,
        request: DeployRequest,
        *,
        actor: Actor,
        idempotency: IdempotencyKey | None,
        break_glass: str | None = None,
    ) -> OperationRecord:
        """Plan again and start the operation.

        Raises what `prepare` raises, `ForbiddenError` for `break_glass`, and what `Operations.start` raises.
        """
        known = await self._operations.known(actor, idempotency)
        if known is not None:
            return known
        prepared = await self.prepare(application, environment, request, actor=actor, starts=True)
        new = replace(prepared.new, idempotency=idempotency)
        return await self._operations.start(breaking_glass(new, actor, break_glass))

    async def prepare(
        self, application: str, environment: str, request: DeployRequest, *, actor: Actor, starts: bool = False
    ) -> Prepared:
        """Plan the operation; where it `starts` at once, nobody reads findings that do not block.

        Raises what `preview` raises, `PlanBlockedError`, `PlanOutdatedError`,
        `OperationUnderwayError`.
        """
        _require_images(request)
        target = await self._target(actor, application, environment, request)
        chosen = _chosen(target, request, actor)
        require_idle(target.record)
        plan, images = await self._plan(target.record, request, Deadline.after(self._limits.plan), starts=starts)
        planned = PlannedImages(
            kind=OperationKind.DEPLOY,
            target=target.record,
            source=None,
            plan=plan,
            plan_digest=request.plan_digest,
            request=replace(request, images=images),
            image_pushes=_deployed_by(target.waiting, images, target.record.environment.image_mappings),
        )
        new = new_image_operation(planned, chosen=chosen, actor=actor, idempotency=None)
        return Prepared(new=replace(new, lifts_holds=_brings_newest(target.waiting, planned.image_pushes)))

    async def prepare_pushes(
        self,
        target: AppEnvironmentRecord,
        images: tuple[ContainerImage, ...],
        *,
        image_pushes: tuple[int, ...],
        actor: Actor,
        plan_digest: str | None = None,
    ) -> NewOperation | PromotionPlan:
        """The operation that deploys image pushes exactly once: it is queued only if all of them are still pending.

        Returns the plan where there is nothing to change. Raises `NotConfiguredError`, `PlanBlockedError`,
        `PlanOutdatedError`, `OperationUnderwayError`, and `NoClusterAnswersError`, where a later try may succeed.
        """
        require_configured(target)
        require_idle(target)
        request = DeployRequest(images=images)
        plan, _ = await self._plan(target, request, Deadline.after(self._limits.plan), starts=True)
        if not any(each.read for each in plan.clusters):
            names = ", ".join(each.cluster for each in plan.clusters)
            raise NoClusterAnswersError(
                f"No cluster of '{target.environment.name}' answers ({names}). Check their network and credentials."
            )
        if plan.nothing_to_do:
            return plan
        planned = PlannedImages(
            kind=OperationKind.DEPLOY,
            target=target,
            source=None,
            plan=plan,
            plan_digest=plan_digest,
            request=replace(request, images=images),
            image_pushes=image_pushes,
            all_image_pushes=True,
        )
        chosen = choose_strategy(target, target.environment.clusters, None, actor=actor)
        return new_image_operation(planned, chosen=chosen, actor=actor, idempotency=None)

    async def _target(self, actor: Actor, application: str, environment: str, request: DeployRequest) -> _Target:
        await self._bringing.require(request.bring, actor, application, (environment,))
        grant = await self._permissions.app_environment(actor, PromoteGrant, application, environment)
        async with self._db.read() as tx:
            target = await app_environment(tx, grant)
            require_configured(target)
            assert target.id is not None
            waiting = await tx.verdicts.pushes_judged([target.id], [Verdict.OFFERED, Verdict.PENDING, Verdict.BLOCKED])
        return _Target(record=target, waiting=tuple(image_push for image_push, _ in waiting.get(target.id, ())))

    async def _plan(
        self, target: AppEnvironmentRecord, request: DeployRequest, deadline: Deadline, *, starts: bool = False
    ) -> tuple[PromotionPlan, tuple[ContainerImage, ...]]:
        """The plan, and the containers with the images that it gives them.

        Where it `starts` at once, it has those findings alone that block.
        """
        # Leave time, where a cluster hangs, to plan for the others and to dry-run that plan.
        templates = await self._facts.read(target, deadline=deadline.part(0.5), depth=Depth.TEMPLATES)
        images = request.images
        if request.image is not None:
            images = await self._containers_running(target, request.image, templates)
        source = named_source(images)
        selected = tuple(named.ref for named in images)
        targets, preflight, at_registries, bring = await asyncio.gather(
            self._facts.read_targets(target, source, templates, selected=selected_keys(selected), deadline=deadline),
            self._preflight.read(
                target, templates, deadline=deadline.part(0.5), strategy=request.strategy, only_blocking=starts
            ),
            self._registries.read(target, templates, deadline=deadline.part(0.5)),
            self._bringing.plan(
                request.bring,
                Sides(target=target),
                previewed=request.plan_digest is not None,
                deadline=deadline.part(0.5),
            ),
        )
        plan = build_promotion_plan(
            source,
            target.environment.name,
            targets,
            pin=target.pin is Pin.DIGEST,
            selected=selected,
            allow=consents_of(target, request.allow),
            deliveries=target.deliveries,
        )
        plan = await self._hand_overs.settled(plan, target, self._clusters, deadline=deadline)
        answers = await self._registries.answers(plan, at_registries, deadline=deadline.part(0.5))
        plan = with_directions(plan, readable_policies(target.image_policies), answers.built)
        plan = replace(plan, bring=bring)
        if request.restart:
            plan = with_readers_restarted(plan, templates, ())
        return with_findings(plan, replace(preflight, registry=answers), restart=request.restart), images

    async def _containers_running(
        self, target: AppEnvironmentRecord, image: str, templates: Sequence[ClusterFacts]
    ) -> tuple[ContainerImage, ...]:
        """Every container that runs the image's repository, or copies from it, with the image under the name that it
        has there, held to the digest reported for its tag.
        """
        parsed = try_parse_image(image)
        assert parsed is not None
        async with self._db.read() as tx:
            assert target.id is not None
            indexed = await tx.running_images.of(target.id)
            known = await tx.known_tags.of_tag(
                [parsed.full_name], parsed.effective_tag or "", application_id=target.application.id, limit=20
            )
        names = {parsed.full_name, *copied_to(parsed.full_name, target.environment.image_mappings)}
        runs = {
            each.key: (ContainerRef(workload=each.workload, container=each.container), each.image.repository)
            for one in templates
            for each in one.images
            if each.image.name in names
        }
        if all(one.failure is not None for one in templates):
            runs = {
                container_of(row).key: (
                    container_of(row),
                    parsed.name if row.repository == parsed.full_name else row.repository,
                )
                for row in indexed
                if row.repository in names
            }
        if not runs:
            raise InvalidRequestError(
                f"Nothing in '{target.environment.name}' runs {parsed.full_name}. Name containers and images instead.",
                field="image",
            )
        reported = [each for each in known if each.state is not ImagePushState.VOID]
        digest = parsed.digest or (reported[0].digest if reported else None)
        ending = (f":{parsed.effective_tag}" if parsed.effective_tag else "") + (f"@{digest}" if digest else "")
        return tuple(
            ContainerImage(workload=ref.workload, container=ref.container, image=Image.of(f"{name}{ending}"))
            for ref, name in runs.values()
        )


def _chosen(target: _Target, request: DeployRequest, actor: Actor) -> ChosenStrategy:
    """Raises what `choose_strategy` raises."""
    return choose_strategy(target.record, target.record.environment.clusters, request.strategy, actor=actor)


def _deployed_by(
    waiting: Sequence[ImagePushRecord], images: tuple[ContainerImage, ...], mappings: Sequence[ImageMapping]
) -> tuple[int, ...]:
    """The numbers of those waiting image pushes that these images, or what they are copies of, deploy."""
    named = [parsed for parsed in (try_parse_image(each.image.reference) for each in images) if parsed is not None]
    return tuple(
        each.push
        for each in waiting
        if any(
            each.repository in {image.full_name, copied_from(image.full_name, mappings)}
            and each.tag == image.effective_tag
            and image.digest in {None, each.digest}
            for image in named
        )
    )


def _brings_newest(waiting: Sequence[ImagePushRecord], deployed: Sequence[int]) -> bool:
    """Whether the newest waiting push of each repository that is deployed is among those deployed."""
    newest: dict[str, int] = {}
    for each in waiting:
        newest[each.repository] = max(each.push, newest.get(each.repository, each.push))
    repositories = {each.repository for each in waiting if each.push in deployed}
    return bool(repositories) and all(newest[each] in deployed for each in repositories)


def _require_images(request: DeployRequest) -> None:
    """Raises `InvalidRequestError` unless each container is named once, with a reference that can be one."""
    if bool(request.images) == (request.image is not None):
        raise InvalidRequestError("Name either `images`, container by container, or one `image`.", field="images")
    if request.image is not None and try_parse_image(request.image) is None:
        raise InvalidRequestError(
            "Not an image reference: write registry/repository:tag, with or without @sha256:….", field="image"
        )
    for number, brought in enumerate(request.bring):
        if set(brought.keys) - set(brought.typed):
            raise InvalidRequestError(
                f"A deploy has no source to copy keys of {brought.label} from: give a value for each.",
                field=f"bring[{number}].values",
            )
    seen = set()
    for number, named in enumerate(request.images):
        if try_parse_image(named.image.reference) is None:
            raise InvalidRequestError(
                "Not an image reference: write registry/repository:tag, with or without @sha256:….",
                field=f"images[{number}].image",
            )
        if named.key in seen:
            raise InvalidRequestError(
                f"{named.workload.label}, container {named.container}, is named twice.",
                field=f"images[{number}]",
            )
        seen.add(named.key)
