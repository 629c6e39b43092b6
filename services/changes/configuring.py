"""Configure: create the resources of an app environment from forms, from manifests, or from both."""

from dataclasses import dataclass, field

from db.records.operations import OperationRecord
from db.transaction import Database
from domain.grants import Actor
from domain.overrides import Overrides
from domain.resources import Manifest
from domain.secret_text import SecretValues
from domain.stored.requests import CopyRequest
from domain.words import OnConflict, OperationKind
from services.changes.consents import choices_of
from services.changes.copy_operations import CopyOperations, Sides, target_namespace
from services.changes.new_operations import IdempotencyKey, Prepared
from services.changes.operations import Operations
from services.errors import InvalidRequestError
from services.execution.copy_spec import CopySpec
from services.kube.gateway import Clusters
from services.limits import Limits
from services.manifests.manifests import read_manifests
from services.planning.configuring.scaffold import ConfigMapForm, SecretForm, WorkloadForm, scaffold
from services.planning.copying.plan import CopyPlan
from services.planning.objects.redact import Fingerprints
from services.reading.preflight.registries import ImageRegistries


@dataclass(frozen=True, kw_only=True)
class ConfigureRequest:
    """`manifests` is YAML or JSON text, without repr because it may hold Secrets; the forms are the short way."""

    namespace: str | None = None
    workloads: tuple[WorkloadForm, ...] = ()
    config_maps: tuple[ConfigMapForm, ...] = ()
    secrets: tuple[SecretForm, ...] = ()
    manifests: str | None = field(default=None, repr=False)
    allow: tuple[str, ...] = ()
    on_conflict: OnConflict = OnConflict.FAIL
    plan_digest: str | None = None
    restart: bool = False


class Configuring:
    """Configures: preview and start."""

    def __init__(
        self,
        db: Database,
        clusters: Clusters,
        operations: Operations,
        fingerprints: Fingerprints,
        limits: Limits,
        *,
        registries: ImageRegistries | None = None,
    ) -> None:
        """`registries`: see `CopyOperations`."""
        self._copies = CopyOperations(
            db=db,
            clusters=clusters,
            operations=operations,
            fingerprints=fingerprints,
            limits=limits,
            registries=registries,
        )

    async def preview(self, application: str, environment: str, request: ConfigureRequest, *, actor: Actor) -> CopyPlan:
        """The plan for every cluster, dry-run there.

        Raises `NotFoundError`, `InvalidRequestError`, `AlreadyConfiguredError`. Problems of clusters and of objects are
        in the plan: forms and manifests pass the same checks as imports.
        """
        sides = await self._copies.sides(actor, application, environment)
        return await self._copies.preview(_spec(sides, request, actor), sides)

    async def start(
        self,
        application: str,
        environment: str,
        request: ConfigureRequest,
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

    async def prepare(self, application: str, environment: str, request: ConfigureRequest, *, actor: Actor) -> Prepared:
        """Plan the operation. Raises what `preview` raises, and what `CopyOperations.prepare` raises."""
        sides = await self._copies.sides(actor, application, environment)
        return await self._copies.prepare(
            _spec(sides, request, actor),
            sides,
            kind=OperationKind.CONFIGURE,
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
        stored = CopySpec.from_stored(request, secrets)
        sides = await self._copies.sides(actor, application, environment)
        spec = CopySpec(
            namespace=target_namespace(sides.target, stored.namespace),
            choices=choices_of(actor, sides.target, stored.choices.overrides, stored.choices.on_conflict),
            manifests=stored.manifests,
            restart=stored.restart,
        )
        return await self._copies.prepare(
            spec, sides, kind=OperationKind.CONFIGURE, plan_digest=plan_digest, actor=actor
        )


def _spec(sides: Sides, request: ConfigureRequest, actor: Actor) -> CopySpec:
    manifests = _manifests(sides.target.application.name, request)
    if not manifests:
        raise InvalidRequestError("The request is empty. Send workloads, ConfigMaps, Secrets or manifests.")
    return CopySpec(
        namespace=target_namespace(sides.target, request.namespace),
        choices=choices_of(actor, sides.target, Overrides(allow=request.allow), request.on_conflict),
        manifests=manifests,
        restart=request.restart,
    )


def _manifests(application: str, request: ConfigureRequest) -> tuple[Manifest, ...]:
    """All objects of the request, unchecked: the planner checks them together."""
    scaffolded = scaffold(
        application, workloads=request.workloads, config_maps=request.config_maps, secrets=request.secrets
    )
    given = read_manifests(request.manifests, field="manifests") if request.manifests else ()
    return (*scaffolded, *given)
