"""Configure: fill an app environment from scratch, by the short form, by manifests, or by both."""

from dataclasses import dataclass, field

from db.records import OperationRecord
from db.transaction import Database
from domain.overrides import Overrides
from domain.resources import Manifest
from domain.words import OnConflict, OperationKind
from services.changes.copies import Copies, Endpoints, Start, target_namespace
from services.changes.new_operations import IdempotencyKey
from services.changes.operations import Operations
from services.errors import InvalidRequestError
from services.execution.copy_spec import CopySpec
from services.kube.gateway import Clusters
from services.limits import Limits
from services.manifests.manifests import read_manifests
from services.people.access import Actor
from services.planning.configuring.scaffold import ConfigMapForm, SecretForm, WorkloadForm, scaffold
from services.planning.copying.plan import CopyChoices, CopyPlan
from services.planning.objects.redact import Fingerprints


@dataclass(frozen=True, kw_only=True)
class ConfigureRequest:
    """`manifests` is YAML or JSON text that may hold Secrets, hence no repr; the rest is the short form."""

    namespace: str | None = None
    workloads: tuple[WorkloadForm, ...] = ()
    config_maps: tuple[ConfigMapForm, ...] = ()
    secrets: tuple[SecretForm, ...] = ()
    manifests: str | None = field(default=None, repr=False)
    allow: tuple[str, ...] = ()
    on_conflict: OnConflict = OnConflict.FAIL
    plan_digest: str | None = None


class Configuring:
    def __init__(
        self, db: Database, clusters: Clusters, operations: Operations, fingerprints: Fingerprints, limits: Limits
    ) -> None:
        self._copies = Copies(db=db, clusters=clusters, operations=operations, fingerprints=fingerprints, limits=limits)

    async def preview(self, application: str, environment: str, request: ConfigureRequest, *, actor: Actor) -> CopyPlan:
        """What it would do on every cluster, tried out there.

        Raises `NotFoundError`, `InvalidRequestError`, `AlreadyConfiguredError`; what is wrong with clusters, or with an
        object by the rules of copying, is in the plan: manifests pass the same gate as forms and imports.
        """
        del actor  # who may ask has been decided at the edge
        endpoints = await self._copies.endpoints(application, environment)
        return await self._copies.preview(_spec(endpoints, request), endpoints)

    async def start(
        self,
        application: str,
        environment: str,
        request: ConfigureRequest,
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
        endpoints = await self._copies.endpoints(application, environment)
        start = Start(kind=OperationKind.CONFIGURE, plan_digest=request.plan_digest)
        return await self._copies.start(
            _spec(endpoints, request), endpoints, start, actor=actor, idempotency=idempotency
        )


def _spec(endpoints: Endpoints, request: ConfigureRequest) -> CopySpec:
    manifests = _manifests(endpoints.target.application.name, request)
    if not manifests:
        raise InvalidRequestError("Say what the application consists of: workloads, ConfigMaps, Secrets or manifests.")
    return CopySpec(
        namespace=target_namespace(endpoints.target, request.namespace),
        choices=CopyChoices(overrides=Overrides(allow=request.allow), on_conflict=request.on_conflict),
        manifests=manifests,
    )


def _manifests(application: str, request: ConfigureRequest) -> tuple[Manifest, ...]:
    """Everything asked for, in one list, as it was given: the planner's gate has to see all of it."""
    composed = scaffold(
        application, workloads=request.workloads, config_maps=request.config_maps, secrets=request.secrets
    )
    given = read_manifests(request.manifests, field="manifests") if request.manifests else ()
    return (*composed, *given)
