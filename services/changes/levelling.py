"""Brings a cluster level with the others of its environment: the resources and images of every application there.

For each application that is an import within the environment, onto this cluster alone. The reasons for an operation of
each are in docs/decisions/a-cluster-is-brought-level-by-imports.md.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from db.records.inventory import AppEnvironmentRecord, ClusterRecord, EnvironmentRecord
from db.records.operations import OperationRecord
from db.transaction import Database
from domain.cluster_api import ClusterFailure
from domain.grants import Actor
from domain.overrides import Overrides
from domain.rights import Right
from domain.words import OnConflict
from services.changes.errors import LevelBlockedError, PlanOutdatedError
from services.changes.importing import Importing, ImportRequest
from services.changes.new_operations import IdempotencyKey
from services.concurrency import gather_settled
from services.errors import ForbiddenError, InvalidRequestError, NotFoundError, StagecoachError
from services.kube.errors import ClusterError
from services.planning.copying.plan import CopyPlan
from services.planning.levels.choosing import choose
from services.planning.levels.plan import LevelMember, LevelPlan
from services.planning.namespaces.import_candidates import SourceResource
from services.reading.app_environments import cluster_named, find_cluster
from services.reading.namespace_contents import ResourceBrowser
from services.reading.permissions import Permissions, application_ref, environment_ref, lacking

_AT_A_TIME = 8  # applications: each reads two namespaces whole

Plan = Callable[[str, ImportRequest], Awaitable[CopyPlan]]


@dataclass(frozen=True, kw_only=True)
class LevelRequest:
    """`applications` None: all that the caller may import into there. `source_cluster` None: the first that answers.

    `allow` are consents that the plans ask for. `suspend_cron_jobs` is as in an import.
    """

    applications: tuple[str, ...] | None = None
    source_cluster: str | None = None
    on_conflict: OnConflict = OnConflict.FAIL
    allow: tuple[str, ...] = ()
    suspend_cron_jobs: bool | None = None
    plan_digest: str | None = None


@dataclass(frozen=True, kw_only=True)
class NotStarted:
    """An application whose operation did not start, while those of others did."""

    application: str
    code: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class LevelStart:
    """The operations that were started, one for each application, and what was not."""

    operations: tuple[OperationRecord, ...]
    not_started: tuple[NotStarted, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """A request with what it names: the cluster, the app environments, and the clusters that may be the source."""

    environment: EnvironmentRecord
    cluster: ClusterRecord
    places: tuple[AppEnvironmentRecord, ...]
    not_permitted: tuple[str, ...]
    sources: tuple[ClusterRecord, ...]
    request: LevelRequest = field(default_factory=LevelRequest)

    def import_from(self, source: ClusterRecord, resources: Sequence[SourceResource]) -> ImportRequest:
        request = self.request
        return ImportRequest(
            source_environment=self.environment.name,
            source_cluster=source.name,
            target_cluster=self.cluster.name,
            resources=tuple(each.resource for each in resources),
            overrides=Overrides(allow=request.allow, suspend_cron_jobs=request.suspend_cron_jobs),
            on_conflict=request.on_conflict,
        )


@dataclass(frozen=True, kw_only=True)
class _Planned:
    """A member, and the request whose plan it has."""

    member: LevelMember
    request: ImportRequest | None = None


class Levelling:
    """Level: read, preview and start."""

    def __init__(self, db: Database, importing: Importing, browser: ResourceBrowser) -> None:
        self._db = db
        self._permissions = Permissions(db)
        self._importing = importing
        self._browser = browser

    async def read(self, environment: str, cluster: str, *, actor: Actor) -> LevelPlan:
        """What the cluster lacks, as far as reading tells.

        Raises `NotFoundError`, and `InvalidRequestError` where the environment has no other cluster.
        """
        asked = await self._asked(environment, cluster, LevelRequest(), actor)
        return await self._plan(asked, actor, self._importing.compare)

    async def preview(self, environment: str, cluster: str, request: LevelRequest, *, actor: Actor) -> LevelPlan:
        """The plan of every application, dry-run on the cluster.

        Raises what `read` raises, `InvalidRequestError` for a source that is not another cluster of the environment,
        and `ForbiddenError` for an application that is named and that the actor may not import into.
        """
        return await self._plan(await self._asked(environment, cluster, request, actor), actor, self._importing.preview)

    async def start(
        self,
        environment: str,
        cluster: str,
        request: LevelRequest,
        *,
        actor: Actor,
        idempotency: IdempotencyKey | None = None,
    ) -> LevelStart:
        """Plan again, and start an operation for each application that lacks something.

        A repeated request returns the operations of the first one. What keeps one application from being started, as a
        freeze, keeps no other one. Raises what `preview` raises, `PlanOutdatedError`, `LevelBlockedError`, and the
        error of the first application where none was started.
        """
        asked = await self._asked(environment, cluster, request, actor)
        known = await self._known(asked, actor, idempotency)
        if known:
            return LevelStart(operations=known)
        planned = await self._planned(asked, actor, self._importing.compare)
        plan = _plan_of(asked, planned)
        if request.plan_digest is not None and request.plan_digest != plan.digest:
            raise PlanOutdatedError(
                "The cluster or the others have changed since the preview. Review the new plan.", plan=plan
            )
        if plan.blocked:
            raise LevelBlockedError(plan)
        return await self._start_each(plan, planned, actor, idempotency)

    async def _start_each(
        self, plan: LevelPlan, planned: Sequence[_Planned], actor: Actor, idempotency: IdempotencyKey | None
    ) -> LevelStart:
        started: list[OperationRecord] = []
        errors: list[tuple[str, StagecoachError]] = []
        for each in planned:
            if each.member not in plan.lacking or each.request is None or each.member.plan is None:
                continue
            application = each.member.application
            try:
                started.append(
                    await self._importing.start(
                        application,
                        plan.environment,
                        replace(each.request, plan_digest=each.member.plan.digest),
                        actor=actor,
                        idempotency=_of_application(idempotency, application),
                    )
                )
            except StagecoachError as error:
                errors.append((application, error))
        if errors and not started:
            raise errors[0][1]
        not_started = tuple(NotStarted(application=name, code=e.code, detail=e.detail) for name, e in errors)
        return LevelStart(operations=tuple(started), not_started=not_started)

    async def _known(
        self, asked: _Asked, actor: Actor, idempotency: IdempotencyKey | None
    ) -> tuple[OperationRecord, ...]:
        if idempotency is None:
            return ()
        found = [
            await self._importing.known(actor, _of_application(idempotency, each.application.name))
            for each in asked.places
        ]
        return tuple(each for each in found if each is not None)

    async def _plan(self, asked: _Asked, actor: Actor, planning: Callable[..., Awaitable[CopyPlan]]) -> LevelPlan:
        return _plan_of(asked, await self._planned(asked, actor, planning))

    async def _planned(
        self, asked: _Asked, actor: Actor, planning: Callable[..., Awaitable[CopyPlan]]
    ) -> tuple[_Planned, ...]:
        turns = asyncio.Semaphore(_AT_A_TIME)

        async def plan(application: str, request: ImportRequest) -> CopyPlan:
            return await planning(application, asked.environment.name, request, actor=actor)

        async def one(place: AppEnvironmentRecord) -> _Planned:
            async with turns:
                return await self._member(asked, place.application.name, actor, plan)

        return await gather_settled([one(each) for each in asked.places])

    async def _member(self, asked: _Asked, application: str, actor: Actor, plan: Plan) -> _Planned:
        """Planned from the first source that answers and has something of the application."""
        failure = ClusterFailure(
            code="nothing-to-copy", detail=f"No other cluster of '{asked.environment.name}' has anything of it."
        )
        for source in asked.sources:
            try:
                contents = await self._browser.read(application, asked.environment.name, source.name, actor=actor)
                chosen, left_out = choose(contents.items, allow=asked.request.allow)
                if not any(each.belongs for each in chosen):
                    continue
                request = asked.import_from(source, chosen)
                member = LevelMember(
                    application=application,
                    plan=await plan(application, request),
                    left_out=left_out,
                )
            except ClusterError as error:
                failure = ClusterFailure(code=error.code, detail=error.detail)
            except StagecoachError as error:  # as a namespace that was taken back: another source is no help
                failure = ClusterFailure(code=error.code, detail=error.detail)
                break
            else:
                return _Planned(member=member, request=request)
        return _Planned(member=LevelMember(application=application, plan=None, failure=failure))

    async def _asked(self, environment: str, cluster: str, request: LevelRequest, actor: Actor) -> _Asked:
        grant = await self._permissions.environment(actor, environment)
        async with self._db.read() as tx:
            found = await tx.environments.get(grant.environment.id)
            if found is None:
                raise NotFoundError("environment", environment)
            configured = await tx.app_environments.configured_in(found.id)
        target = find_cluster(found, cluster)
        if target is None:
            raise NotFoundError("cluster", cluster)
        permitted, others = _permitted(configured, actor)
        return _Asked(
            environment=found,
            cluster=target,
            places=_chosen(permitted, others, found, request, actor),
            not_permitted=tuple(each.application.name for each in others) if request.applications is None else (),
            sources=_sources(found, target, request.source_cluster),
            request=request,
        )


def _permitted(
    configured: Sequence[AppEnvironmentRecord], actor: Actor
) -> tuple[list[AppEnvironmentRecord], list[AppEnvironmentRecord]]:
    """Those that the actor may import into, and the others that it sees."""

    def allowed(right: Right, place: AppEnvironmentRecord) -> bool:
        return actor.holdings.allow(
            right, application=application_ref(place.application), environment=environment_ref(place.environment)
        )

    seen = [each for each in configured if allowed(Right.VIEW, each)]
    permitted = [each for each in seen if allowed(Right.MAINTAIN, each)]
    return permitted, [each for each in seen if each not in permitted]


def _chosen(
    permitted: Sequence[AppEnvironmentRecord],
    others: Sequence[AppEnvironmentRecord],
    environment: EnvironmentRecord,
    request: LevelRequest,
    actor: Actor,
) -> tuple[AppEnvironmentRecord, ...]:
    """Those that the request names. Raises `NotFoundError`, `ForbiddenError`."""
    if request.applications is None:
        return tuple(permitted)
    by_name = {each.application.name.lower(): each for each in permitted}
    forbidden = {each.application.name.lower() for each in others}
    chosen = {}
    for name in request.applications:
        if name.lower() in forbidden:
            raise ForbiddenError(lacking(actor, Right.MAINTAIN, f"'{name}' in '{environment.name}'"))
        if name.lower() not in by_name:
            raise NotFoundError("application", name)
        chosen[name.lower()] = by_name[name.lower()]
    return tuple(chosen.values())


def _sources(environment: EnvironmentRecord, target: ClusterRecord, named: str | None) -> tuple[ClusterRecord, ...]:
    """The clusters to copy from, the first that answers: the named one, or all others."""
    if named is not None:
        source = cluster_named(environment, named)
        if source.id == target.id:
            raise InvalidRequestError(
                f"'{source.name}' is the cluster that is brought level. Name another one to copy from.",
                field="source_cluster",
            )
        return (source,)
    others = tuple(each for each in environment.clusters if each.id != target.id)
    if not others:
        raise InvalidRequestError(
            f"'{environment.name}' has no other cluster than '{target.name}' to bring it level with.", field="cluster"
        )
    return others


def _plan_of(asked: _Asked, planned: Sequence[_Planned]) -> LevelPlan:
    return LevelPlan(
        environment=asked.environment.name,
        cluster=asked.cluster.name,
        members=tuple(each.member for each in planned),
        not_permitted=asked.not_permitted,
    )


def _of_application(idempotency: IdempotencyKey | None, application: str) -> IdempotencyKey | None:
    """The request's key for one of its operations."""
    return None if idempotency is None else replace(idempotency, key=f"{idempotency.key} {application.lower()}")
