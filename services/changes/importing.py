"""Import: copy selected resources from another app environment."""

from dataclasses import dataclass, field, replace

from db.records.operations import OperationRecord
from db.transaction import Database
from domain.grants import Actor
from domain.overrides import Overrides
from domain.resources import ResourceId
from domain.secret_text import SecretValues
from domain.stored.levels import StoredLevel
from domain.stored.requests import CopyRequest, ImportSource
from domain.words import CopyDelivery, OnConflict, OperationKind, Pin
from services.changes.consents import choices_of
from services.changes.copy_operations import CopyOperations, Sides, target_namespace
from services.changes.new_operations import IdempotencyKey, Prepared
from services.changes.operations import Operations
from services.errors import InvalidRequestError
from services.execution.copy_spec import CopySpec, images_of
from services.kube.deadline import Deadline
from services.kube.gateway import Clusters
from services.limits import Limits
from services.planning.copying.plan import CopyPlan
from services.planning.copying.release_images import written_images
from services.planning.objects.redact import Fingerprints
from services.precedence import PRECEDENCE
from services.reading.app_environments import cluster_named, require_configured
from services.reading.filed_targets import FolderReader
from services.reading.given_namespaces import require_given
from services.reading.preflight.registries import ImageRegistries


@dataclass(frozen=True, kw_only=True)
class ImportRequest:
    """`source_cluster` None is the source environment's primary, `namespace` None the app environment's.

    `restart`: workloads that read what is changed are restarted after it. `target_cluster` names the cluster that is
    brought level with the others of its environment, which is then the source as well. `delivery` None is Git where the
    app environment has a Git folder, and else the clusters.
    """

    source_environment: str
    resources: tuple[ResourceId, ...]
    source_cluster: str | None = None
    namespace: str | None = None
    overrides: Overrides = field(default_factory=Overrides)
    on_conflict: OnConflict = OnConflict.FAIL
    plan_digest: str | None = None
    restart: bool = False
    target_cluster: str | None = None
    delivery: CopyDelivery | None = None


class Importing:
    """Imports: preview and start. An import within one environment brings one of its clusters level."""

    def __init__(
        self,
        db: Database,
        clusters: Clusters,
        operations: Operations,
        fingerprints: Fingerprints,
        limits: Limits,
        *,
        folders: FolderReader | None = None,
        registries: ImageRegistries | None = None,
    ) -> None:
        """`folders` reads what imports into Git write; None where no import does.

        `registries`: see `CopyOperations`.
        """
        self._limits = limits
        self._copies = CopyOperations(
            db=db,
            clusters=clusters,
            operations=operations,
            fingerprints=fingerprints,
            limits=limits,
            folders=folders,
            registries=registries,
        )

    async def preview(self, application: str, environment: str, request: ImportRequest, *, actor: Actor) -> CopyPlan:
        """The plan for every cluster, dry-run there.

        Raises `NotFoundError`, `NotConfiguredError`, `InvalidRequestError`, `AlreadyConfiguredError` and the source
        cluster's `ClusterError`s. Problems of target clusters are in the plan.
        """
        sides = await self._sides(application, environment, request, actor)
        return await self._copies.preview(_spec(sides, request, actor), sides)

    async def compare(self, application: str, environment: str, request: ImportRequest, *, actor: Actor) -> CopyPlan:
        """As `preview`, without a dry run: what differs, as far as reading tells. It has the same digest."""
        sides = await self._sides(application, environment, request, actor)
        deadline = Deadline.after(self._limits.plan)
        return await self._copies.plan(_spec(sides, request, actor), sides, deadline=deadline)

    async def start(
        self,
        application: str,
        environment: str,
        request: ImportRequest,
        *,
        actor: Actor,
        idempotency: IdempotencyKey | None = None,
        break_glass: str | None = None,
    ) -> OperationRecord:
        """Plan again and start the operation. A repeated request returns the operation of the first one.

        Raises what `prepare` raises, and what `CopyOperations.start` raises.
        """
        known = await self._copies.known(actor, idempotency)
        if known is not None:
            return known
        with PRECEDENCE.taken():
            prepared = await self.prepare(application, environment, request, actor=actor)
            return await self._copies.start(prepared, actor=actor, idempotency=idempotency, break_glass=break_glass)

    async def prepare(self, application: str, environment: str, request: ImportRequest, *, actor: Actor) -> Prepared:
        """Plan the operation. Raises what `preview` raises, and what `CopyOperations.prepare` raises."""
        sides = await self._sides(application, environment, request, actor)
        return await self._copies.prepare(
            _spec(sides, request, actor),
            sides,
            kind=OperationKind.IMPORT,
            plan_digest=request.plan_digest,
            actor=actor,
        )

    async def known(self, actor: Actor, idempotency: IdempotencyKey | None) -> OperationRecord | None:
        """As `Operations.known`."""
        return await self._copies.known(actor, idempotency)

    async def _sides(self, application: str, environment: str, request: ImportRequest, actor: Actor) -> Sides:
        sides = await self._copies.sides(actor, application, environment, request.source_environment)
        return _onto(sides, request)

    async def prepare_again(
        self,
        application: str,
        environment: str,
        request: CopyRequest,
        *,
        secrets: SecretValues,
        plan_digest: str,
        actor: Actor,
    ) -> Prepared:
        """As `prepare`, for a stored request. Raises `ValuesMissingError` where typed-in values have been erased."""
        spec = CopySpec.from_stored(request, secrets)
        assert spec.source is not None, "an import has a source"
        again = ImportRequest(
            source_environment=spec.source.environment,
            source_cluster=spec.source.cluster,
            resources=spec.source.resources,
            namespace=spec.namespace,
            overrides=spec.choices.overrides,
            on_conflict=spec.choices.on_conflict,
            plan_digest=plan_digest,
            restart=spec.restart,
            target_cluster=spec.level.cluster if spec.level is not None else None,
            delivery=spec.delivery,
        )
        return await self.prepare(application, environment, again, actor=actor)


def _onto(sides: Sides, request: ImportRequest) -> Sides:
    """The sides with the clusters that are written. Raises `InvalidRequestError`."""
    assert sides.source is not None, "an import has a source"
    name, environment = request.target_cluster, sides.target.environment
    within = sides.source.environment.id == environment.id
    if name is None and within:
        raise InvalidRequestError(
            f"'{environment.name}' cannot be imported into itself. To bring one of its clusters level with the others, "
            "name it as `target_cluster`.",
            field="source_environment",
        )
    if name is None:
        return sides
    if not within:
        raise InvalidRequestError(
            "A cluster is brought level with the others of its own environment. To import from another environment, "
            "leave `target_cluster` out: it goes to all clusters.",
            field="target_cluster",
        )
    return sides.onto(cluster_named(environment, name, field="target_cluster"))


def _level(sides: Sides, source_cluster: str) -> StoredLevel:
    """The images of the last release, for the one cluster that is written."""
    pin = sides.target.pin is Pin.DIGEST
    images = written_images(sides.release, source_cluster=source_cluster, pin=pin)
    return StoredLevel(cluster=sides.target.environment.primary.name, images=tuple(images.values()))


def _spec(sides: Sides, request: ImportRequest, actor: Actor) -> CopySpec:
    source = sides.source
    assert source is not None, "an import has a source"
    require_configured(source)
    assert source.namespace is not None, "what is configured has a namespace"
    require_given(source, source.namespace)  # what it holds, Secrets too, goes to where the target shows it
    name = request.source_cluster
    cluster = source.environment.primary if name is None else cluster_named(source.environment, name)
    level = _level(sides, cluster.name) if request.target_cluster is not None else None
    choices = choices_of(actor, sides.target, request.overrides, request.on_conflict)
    # Within one environment its own names are copied, as the last release has them.
    mappings = tuple(sides.target.environment.image_mappings) if level is None else ()
    return CopySpec(
        namespace=target_namespace(sides.target, request.namespace),
        choices=replace(choices, images=images_of(level), mappings=mappings),
        source=ImportSource(
            environment=source.environment.name,
            cluster=cluster.name,
            namespace=source.namespace,
            resources=request.resources,
        ),
        restart=request.restart,
        level=level,
        delivery=_delivery(sides, request),
    )


def _delivery(sides: Sides, request: ImportRequest) -> CopyDelivery:
    """Raises `InvalidRequestError` where the app environment has no Git folder, or something is to be restarted."""
    folder, target = sides.target.git_folder, sides.target
    delivery = request.delivery or (CopyDelivery.CLUSTER if folder is None else CopyDelivery.GIT)
    if delivery is CopyDelivery.GIT and folder is None:
        raise InvalidRequestError(
            f"'{target.application.name}' has no Git folder in '{target.environment.name}'. An administrator sets it; "
            "or copy to the clusters.",
            field="delivery",
        )
    if delivery is CopyDelivery.GIT and request.restart:
        raise InvalidRequestError(
            "What is copied to Git is on the clusters when others bring it, so that nothing is restarted after it. "
            "Leave 'restart' out, and restart the workloads then.",
            field="restart",
        )
    return delivery
