"""Deploy: give an app environment images that are named one by one, and nothing else.

How a new image comes into the first environment, by a person or a CI job. The same planner as a promotion's, with the
images named as its source; every container that is named has to be there. An environment on auto takes one, too.
"""

from dataclasses import dataclass, field

from db.records import AppEnvironmentRecord, OperationRecord
from db.transaction import Database
from db.words import OperationKind, Pin
from services.access import Actor
from services.applications import app_environment
from services.errors import InvalidRequestError
from services.execution.running_images import Depth
from services.image_facts import ImageFacts
from services.image_operations import ImageOrder, order_images, require_configured, require_idle
from services.kube.deadline import Deadline
from services.kube.gateway import Clusters
from services.limits import Limits
from services.operations import IdempotencyKey, Operations
from services.planning.health_values import HealthPolicy
from services.planning.images import try_parse_image
from services.planning.promotion_plan import PromotionPlan, build_promotion_plan, selected_keys, with_refusals
from services.planning.promotion_source import ContainerRef, named_source
from services.planning.releases import workload_json
from services.strategy import Strategy, in_waves


@dataclass(frozen=True, kw_only=True)
class NamedImage:
    """A container and the image that it is to run, `registry/repository:tag` with or without a digest."""

    container: ContainerRef
    image: str


@dataclass(frozen=True, kw_only=True)
class DeployRequest:
    """`plan_digest` None means whatever is planned at the start."""

    images: tuple[NamedImage, ...]
    plan_digest: str | None = None
    strategy: Strategy = field(default_factory=Strategy)


class Deploying:
    """Deployments of named images: preview and start."""

    def __init__(self, db: Database, clusters: Clusters, operations: Operations, limits: Limits) -> None:
        self._db = db
        self._facts = ImageFacts(clusters=clusters, policy=HealthPolicy(timeout_cap=limits.watch_cap))
        self._operations = operations
        self._limits = limits

    async def preview(
        self, application: str, environment: str, request: DeployRequest, *, actor: Actor
    ) -> PromotionPlan:
        """What it would do on every cluster. Raises `NotFoundError`, `NotConfiguredError`, `InvalidRequestError`."""
        del actor  # whoever may ask may look
        _require_images(request)
        deadline = Deadline.after(self._limits.plan)
        place = await self._place(application, environment)
        plan = await self._plan(place, request, deadline)
        return with_refusals(plan, await self._facts.refusals(place, plan, deadline=deadline))

    async def start(
        self,
        application: str,
        environment: str,
        request: DeployRequest,
        *,
        actor: Actor,
        idempotency: IdempotencyKey | None,
    ) -> OperationRecord:
        """Carry it out. Raises what `preview` raises, `PlanBlockedError`, `PlanOutdatedError`,
        `OperationUnderwayError`.
        """
        known = await self._operations.known(actor, idempotency)
        if known is not None:
            return known
        _require_images(request)
        place = await self._place(application, environment)
        clusters = in_waves(place.environment.clusters, request.strategy)
        require_idle(place)
        plan = await self._plan(place, request, Deadline.after(self._limits.plan))
        order = ImageOrder(
            kind=OperationKind.DEPLOY,
            target=place,
            source=None,
            plan=plan,
            plan_digest=request.plan_digest,
            request=_request_json(application, environment, request),
        )
        return await self._operations.start(
            order_images(order, clusters=clusters, strategy=request.strategy, actor=actor, idempotency=idempotency)
        )

    async def _place(self, application: str, environment: str) -> AppEnvironmentRecord:
        async with self._db.read() as tx:
            place = await app_environment(tx, application, environment)
        require_configured(place)
        return place

    async def _plan(self, place: AppEnvironmentRecord, request: DeployRequest, deadline: Deadline) -> PromotionPlan:
        source = named_source((named.container, named.image) for named in request.images)
        selected = tuple(named.container for named in request.images)
        templates = await self._facts.read(place, deadline=deadline, depth=Depth.TEMPLATES)
        targets = await self._facts.read_targets(
            place, source, templates, selected=selected_keys(selected), deadline=deadline
        )
        return build_promotion_plan(
            source, place.environment.name, targets, pin=place.pin is Pin.DIGEST, selected=selected
        )


def _require_images(request: DeployRequest) -> None:
    """Raises `InvalidRequestError` unless each container is named once, with a reference that can be one."""
    seen = set()
    for number, named in enumerate(request.images):
        if try_parse_image(named.image) is None:
            raise InvalidRequestError(f"'{named.image}' is no image reference.", field=f"images[{number}].image")
        if named.container.key in seen:
            raise InvalidRequestError(
                f"{named.container.workload.label}, container {named.container.container}, is named twice.",
                field=f"images[{number}]",
            )
        seen.add(named.container.key)


def _request_json(application: str, environment: str, request: DeployRequest) -> dict[str, object]:
    return {
        "application": application,
        "environment": environment,
        "images": [
            {
                "workload": workload_json(named.container.workload),
                "container": named.container.container,
                "image": named.image,
            }
            for named in request.images
        ],
        "plan_digest": request.plan_digest,
        "strategy": request.strategy.to_json(),
    }
