"""Import: fill an app environment with checked resources copied from another one."""

from dataclasses import dataclass, field

from db.records import OperationRecord
from db.transaction import Database
from db.words import OnConflict, OperationKind
from services.access import Actor
from services.copies import Copies, Places, Start, source_cluster, target_namespace
from services.errors import InvalidRequestError
from services.execution.copy_order import CopyOrder, CopySourceOrder
from services.image_operations import require_configured
from services.kube.gateway import Clusters
from services.limits import Limits
from services.new_operations import IdempotencyKey
from services.operations import Operations
from services.planning.copy_plan import CopyChoices, CopyPlan
from services.planning.redact import Fingerprints
from services.planning.resources import ResourceId
from services.planning.rewrite import Overrides


@dataclass(frozen=True, kw_only=True)
class ImportRequest:
    """`source_cluster` is the source environment's primary, `namespace` the app environment's, where left out."""

    source_environment: str
    resources: tuple[ResourceId, ...]
    source_cluster: str | None = None
    namespace: str | None = None
    overrides: Overrides = field(default_factory=Overrides)
    on_conflict: OnConflict = OnConflict.FAIL
    plan_digest: str | None = None


class Importing:
    def __init__(
        self, db: Database, clusters: Clusters, operations: Operations, fingerprints: Fingerprints, limits: Limits
    ) -> None:
        self._copies = Copies(db=db, clusters=clusters, operations=operations, fingerprints=fingerprints, limits=limits)

    async def preview(self, application: str, environment: str, request: ImportRequest, *, actor: Actor) -> CopyPlan:
        """What the import would do on every cluster, tried out there.

        Raises `NotFoundError`, `NotConfiguredError`, `InvalidRequestError`, `AlreadyConfiguredError` and the source's
        `ClusterError`s; what is wrong with targets is in the plan.
        """
        del actor  # who may ask has been decided at the edge
        places = await self._copies.places(application, environment, request.source_environment)
        return await self._copies.preview(_order(places, request), places)

    async def start(
        self,
        application: str,
        environment: str,
        request: ImportRequest,
        *,
        actor: Actor,
        idempotency: IdempotencyKey | None = None,
    ) -> OperationRecord:
        """Carry it out; raises what `preview` raises, and what `Copies.start` does.

        A repeated request gets the first one's operation.
        """
        known = await self._copies.known(actor, idempotency)
        if known is not None:
            return known
        places = await self._copies.places(application, environment, request.source_environment)
        start = Start(kind=OperationKind.IMPORT, plan_digest=request.plan_digest)
        return await self._copies.start(_order(places, request), places, start, actor=actor, idempotency=idempotency)


def _order(places: Places, request: ImportRequest) -> CopyOrder:
    source = places.source
    assert source is not None, "an import has a source"
    if source.environment.id == places.target.environment.id:
        raise InvalidRequestError(
            f"'{source.environment.name}' cannot be imported into itself.", field="source_environment"
        )
    require_configured(source)
    assert source.namespace is not None, "what is configured has a namespace"
    return CopyOrder(
        namespace=target_namespace(places.target, request.namespace),
        choices=CopyChoices(overrides=request.overrides, on_conflict=request.on_conflict),
        source=CopySourceOrder(
            environment=source.environment.name,
            cluster=source_cluster(source, request.source_cluster).name,
            namespace=source.namespace,
            resources=request.resources,
        ),
    )
