"""Import: copy selected resources from another app environment."""

from dataclasses import dataclass, field

from db.records.operations import OperationRecord
from db.transaction import Database
from domain.grants import Actor
from domain.overrides import Overrides
from domain.resources import ResourceId
from domain.secret_text import SecretValues
from domain.stored.requests import CopyRequest, ImportSource
from domain.words import OnConflict, OperationKind
from services.changes.consents import choices_of
from services.changes.copy_operations import CopyOperations, Sides, target_namespace
from services.changes.new_operations import IdempotencyKey, Prepared
from services.changes.operations import Operations
from services.errors import InvalidRequestError
from services.execution.copy_spec import CopySpec
from services.kube.gateway import Clusters
from services.limits import Limits
from services.planning.copying.plan import CopyPlan
from services.planning.objects.redact import Fingerprints
from services.reading.app_environments import cluster_named, require_configured
from services.reading.given_namespaces import require_given


@dataclass(frozen=True, kw_only=True)
class ImportRequest:
    """`source_cluster` None is the source environment's primary, `namespace` None the app environment's.

    `restart`: workloads that read what is changed are restarted after it.
    """

    source_environment: str
    resources: tuple[ResourceId, ...]
    source_cluster: str | None = None
    namespace: str | None = None
    overrides: Overrides = field(default_factory=Overrides)
    on_conflict: OnConflict = OnConflict.FAIL
    plan_digest: str | None = None
    restart: bool = False


class Importing:
    """Imports: preview and start."""

    def __init__(
        self, db: Database, clusters: Clusters, operations: Operations, fingerprints: Fingerprints, limits: Limits
    ) -> None:
        self._copies = CopyOperations(
            db=db, clusters=clusters, operations=operations, fingerprints=fingerprints, limits=limits
        )

    async def preview(self, application: str, environment: str, request: ImportRequest, *, actor: Actor) -> CopyPlan:
        """The plan for every cluster, dry-run there.

        Raises `NotFoundError`, `NotConfiguredError`, `InvalidRequestError`, `AlreadyConfiguredError` and the source
        cluster's `ClusterError`s. Problems of target clusters are in the plan.
        """
        sides = await self._copies.sides(actor, application, environment, request.source_environment)
        return await self._copies.preview(_spec(sides, request, actor), sides)

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
        prepared = await self.prepare(application, environment, request, actor=actor)
        return await self._copies.start(prepared, actor=actor, idempotency=idempotency, break_glass=break_glass)

    async def prepare(self, application: str, environment: str, request: ImportRequest, *, actor: Actor) -> Prepared:
        """Plan the operation. Raises what `preview` raises, and what `CopyOperations.prepare` raises."""
        sides = await self._copies.sides(actor, application, environment, request.source_environment)
        return await self._copies.prepare(
            _spec(sides, request, actor),
            sides,
            kind=OperationKind.IMPORT,
            plan_digest=request.plan_digest,
            actor=actor,
        )

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
        )
        return await self.prepare(application, environment, again, actor=actor)


def _spec(sides: Sides, request: ImportRequest, actor: Actor) -> CopySpec:
    source = sides.source
    assert source is not None, "an import has a source"
    if source.environment.id == sides.target.environment.id:
        raise InvalidRequestError(
            f"'{source.environment.name}' cannot be imported into itself.", field="source_environment"
        )
    require_configured(source)
    assert source.namespace is not None, "what is configured has a namespace"
    require_given(source, source.namespace)  # what it holds, Secrets too, goes to where the target shows it
    name = request.source_cluster
    cluster = source.environment.primary if name is None else cluster_named(source.environment, name)
    return CopySpec(
        namespace=target_namespace(sides.target, request.namespace),
        choices=choices_of(actor, sides.target, request.overrides, request.on_conflict),
        source=ImportSource(
            environment=source.environment.name,
            cluster=cluster.name,
            namespace=source.namespace,
            resources=request.resources,
        ),
        restart=request.restart,
    )
