"""Keys that a change of images brings first: planned as an import by key is, as a part of the plan of images."""

from collections.abc import Sequence

from db.transaction import Database
from domain.grants import Actor, MaintainGrant
from domain.stored.brought import BroughtKeys
from domain.stored.plans import CopySource
from services.changes.copy_operations import CopyOperations, Sides
from services.changes.operations import Operations
from services.execution.bringing_spec import bringing_spec
from services.kube.deadline import Deadline
from services.kube.gateway import Clusters
from services.limits import Limits
from services.planning.copying.plan import CopyPlan
from services.reading.app_environments import cluster_named
from services.reading.given_namespaces import require_given
from services.reading.permissions import Permissions


class Bringing:
    """Plans of the keys that promotions and deploys bring."""

    def __init__(self, db: Database, clusters: Clusters, operations: Operations, limits: Limits) -> None:
        self._permissions = Permissions(db)
        self._copies = CopyOperations(
            db=db, clusters=clusters, operations=operations, fingerprints=operations.fingerprints, limits=limits
        )

    async def require(
        self, bring: Sequence[BroughtKeys], actor: Actor, application: str, environments: Sequence[str]
    ) -> None:
        """Who brings keys has to maintain both sides, as for an import: keys of Secrets are read and written.

        Raises `NotFoundError`, `ForbiddenError`.
        """
        for each in environments if bring else ():
            await self._permissions.app_environment(actor, MaintainGrant, application, each)

    async def plan(
        self,
        bring: Sequence[BroughtKeys],
        sides: Sides,
        *,
        source_cluster: str | None = None,
        previewed: bool,
        deadline: Deadline,
    ) -> CopyPlan | None:
        """The plan for every cluster, dry-run there; None where nothing is brought.

        `previewed` is as in `CopyOperations.dry_run`. Keys come from `source_cluster`, or else from the source's
        primary. Raises `ClusterError`s of the source, and `ValuesMissingError` where values that were typed in have
        been erased.
        """
        if not bring:
            return None
        target = sides.target
        source = _source(sides, source_cluster)
        spec = bringing_spec(bring, namespace=target.namespace or "", source=source)
        plan = await self._copies.plan(spec, sides, deadline=deadline)
        return await self._copies.dry_run(plan, spec, sides, deadline=deadline, previewed=previewed)


def _source(sides: Sides, named: str | None) -> CopySource | None:
    place = sides.source
    if place is None:
        return None
    assert place.namespace is not None, "what is configured has a namespace"
    require_given(place, place.namespace)
    cluster = place.environment.primary if named is None else cluster_named(place.environment, named)
    return CopySource(environment=place.environment.name, cluster=cluster.name, namespace=place.namespace)
