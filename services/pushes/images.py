"""Image pushes of an app environment: the list with verdicts, and why a tag does not run there. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from db.records.images import ImagePushRecord, VerdictRecord
from db.records.inventory import AppEnvironmentRecord
from db.records.operations import OperationRecord
from db.records.pages import Page
from db.transaction import Database, Transaction
from domain.actors import ActorKind
from domain.gates import Gate
from domain.grants import Actor, ViewGrant
from domain.resources import ResourceId
from domain.words import ImagePushState, OperationKind, OperationState, Outcome, Verdict
from services.changes.catching_up import catch_ups
from services.changes.push_proposals import gates_before_push
from services.people.gates import change_of, closed_gates
from services.planning.health.values import HealthState
from services.planning.images.running import ClusterFacts
from services.planning.policies.explanation import explain
from services.planning.policies.explanation_facts import (
    Answer,
    ClusterFact,
    CustomImageFact,
    ExplanationFacts,
    FollowFact,
    ImagePushFact,
    OperationFact,
    VerdictFact,
)
from services.pushes.judging import running_in
from services.pushes.registries import folded_repository
from services.reading.app_environments import app_environment
from services.reading.followed_sources import as_seen
from services.reading.live.live import Live
from services.reading.permissions import Permissions

_HEALTHY = frozenset({HealthState.READY, HealthState.SUSPENDED})


@dataclass(frozen=True, kw_only=True)
class KnownImage:
    """An image push and its verdict in an app environment; the verdict is None while it is not judged.

    `operation` is the state of the operation that deploys or deployed it.
    """

    image_push: ImagePushRecord
    verdict: VerdictRecord | None
    operation: OperationState | None = None

    @property
    def offered(self) -> bool:
        """Whether it waits for a person to deploy it."""
        return self.verdict is not None and self.verdict.verdict is Verdict.OFFERED


@dataclass(frozen=True, kw_only=True)
class Explained:
    """Why a tag does not run in an app environment, or since when it does; `image` is the push examined."""

    answer: Answer
    image: KnownImage | None


@dataclass(frozen=True, kw_only=True)
class _Rows:
    """The rows on a tag; `repositories` are those in question whose pushes are taken here, with what runs of each."""

    target: AppEnvironmentRecord
    repositories: Mapping[str, frozenset[str]]
    image: KnownImage | None
    by_tag: str | None
    operation: OperationRecord | None
    active: OperationRecord | None
    gates: tuple[Gate, ...]
    catching_up: tuple[str, ...]
    followed: AppEnvironmentRecord | None

    @property
    def is_of_running_repository(self) -> bool:
        """Whether a container here runs the repository of the image push."""
        return self.image is not None and self.image.image_push.repository in self.repositories

    @property
    def repository_runs(self) -> bool:
        return bool(self.repositories) and (self.image is None or self.is_of_running_repository)


class Images:
    """Lists and explains image pushes."""

    def __init__(self, db: Database, live: Live) -> None:
        self._db = db
        self._permissions = Permissions(db)
        self._live = live

    async def list(
        self, application: str, environment: str, *, actor: Actor, after: str | None, limit: int
    ) -> Page[KnownImage]:
        """A page of the pushes that concern the app environment, the newest first. Raises `NotFoundError`."""
        grant = await self._permissions.app_environment(actor, ViewGrant, application, environment)
        async with self._db.read() as tx:
            target = await app_environment(tx, grant)
            if target.id is None:
                return Page(items=(), next=None)
            found = await tx.verdicts.concerning(
                target.id,
                repositories=tuple(await _repositories(tx, target)),
                application_id=target.application.id,
                limit=limit,
                after=after,
            )
            states = await tx.operations.states(
                verdict.operation_id for _, verdict in found.items if verdict and verdict.operation_id
            )
        items = tuple(
            KnownImage(
                image_push=image_push,
                verdict=verdict,
                operation=states.get(verdict.operation_id) if verdict and verdict.operation_id else None,
            )
            for image_push, verdict in found.items
        )
        return Page(items=items, next=found.next)

    async def why(
        self,
        application: str,
        environment: str,
        tag: str,
        *,
        actor: Actor,
        repository: str | None,
        digest: str | None = None,
    ) -> Explained:
        """Why the tag does not run there, or since when it does, in one answer.

        If several repositories have the tag, the answer is on the newest push, or on `repository`; if the tag had
        several digests, on the newest, or on `digest`. Raises `NotFoundError`, or `InvalidRequestError` for a malformed
        repository.
        """
        asked = folded_repository(repository) if repository is not None else None
        grant = await self._permissions.app_environment(actor, ViewGrant, application, environment)
        async with self._db.read() as tx:
            rows = await _rows(tx, await app_environment(tx, grant), tag, asked, digest)
        seen = await self._live.facts(rows.target) if rows.target.configured else ()
        clusters = _clusters(rows, seen, tag, digest, self._live.picture.lacking(rows.target))
        image, operation = rows.image, rows.operation
        if not rows.is_of_running_repository and any(each.runs for each in clusters):
            image = None  # the running image is of another repository than the push
        facts = ExplanationFacts(
            environment=rows.target.environment.name,
            tag=tag,
            digest=digest,
            configured=rows.target.configured,
            repository_runs=rows.repository_runs,
            image_push=_image_push_fact(image.image_push) if image else None,
            verdict=_verdict_fact(image.verdict, rows.by_tag) if image and image.verdict else None,
            operation=_operation_fact(operation) if operation else None,
            active=_operation_fact(rows.active) if rows.active else None,
            clusters=clusters,
            custom=_custom_images(seen, tag, asked or (image.image_push.repository if image else None)),
            gates=rows.gates,
            catching_up=rows.catching_up,
            follow=await self._follow_fact(rows, tag, digest, actor),
        )
        return Explained(answer=explain(facts), image=image)

    async def _follow_fact(self, rows: _Rows, tag: str, digest: str | None, actor: Actor) -> FollowFact | None:
        """What it follows, as the actor sees it: who does not see the source is not told what runs there."""
        if rows.followed is None:
            return None
        follow = as_seen(rows.target, actor).follow
        assert follow is not None, "it follows the source"
        images = [each.image for one in await self._live.facts(rows.followed) for each in one.running]
        runs = any(each.tag == tag and digest in {None, each.digest} for each in images)
        return FollowFact(
            source=follow.source.name,
            runs_there=runs or follow.source.name != rows.followed.environment.name,
            standing=follow.standing,
            now=datetime.now(UTC),
            gates=rows.gates,
        )


def _clusters(
    rows: _Rows,
    facts: Sequence[ClusterFacts],
    tag: str,
    digest: str | None,
    lacking: Mapping[str, tuple[ResourceId, ...]],
) -> tuple[ClusterFact, ...]:
    """What each cluster runs of the repository; empty if no container is known to run it."""
    if not rows.repositories:
        return ()
    if rows.image is not None and rows.is_of_running_repository:
        pushed = rows.image.image_push
        names, digest = rows.repositories[pushed.repository], pushed.digest
    else:
        names = _repositories_with(tag, frozenset().union(*rows.repositories.values()), facts)
    return tuple(
        replace(
            _cluster_fact(one, names, tag, digest, rows.operation),
            lacks=tuple(each.label for each in lacking.get(one.cluster, ())),
        )
        for one in facts
    )


def _custom_images(facts: Sequence[ClusterFacts], tag: str, repository: str | None) -> tuple[CustomImageFact, ...]:
    """The custom resources that name an image of the repository; where none is known, of the tag."""
    return tuple(
        CustomImageFact(resource=custom.resource.label, path=named.path, cluster=one.cluster, tag=named.image.tag)
        for one in facts
        for custom in one.custom
        for named in custom.images
        if (named.image.name == repository if repository is not None else named.image.tag == tag)
    )


async def _repositories(tx: Transaction, target: AppEnvironmentRecord) -> dict[str, frozenset[str]]:
    """Those whose pushes are taken there, each with the repositories under which containers run them."""
    found: dict[str, frozenset[str]] = {}
    for each in await running_in(tx, target):
        for repository in each.repositories:
            found[repository] = found.get(repository, frozenset()) | {each.repository}
    return found


async def _repositories_elsewhere(tx: Transaction, target: AppEnvironmentRecord) -> tuple[str, ...]:
    """The repositories that the application runs in other environments: another application's are not its business."""
    places = await tx.app_environments.of([target.application])
    others = [place for place in places if place.id != target.id]
    found = [repository for place in others for repository in await _repositories(tx, place)]
    return tuple(dict.fromkeys(found))


async def _rows(
    tx: Transaction, target: AppEnvironmentRecord, tag: str, asked: str | None, digest: str | None
) -> _Rows:
    taken, here = await _repositories(tx, target), target.application.id
    repositories = (asked,) if asked else tuple(taken)
    pushes = await tx.known_tags.of_tag(repositories, tag, application_id=here, digest=digest) if repositories else ()
    if not pushes and asked is None:  # it may be of a repository of the application that no container here runs
        for others in (await _repositories_elsewhere(tx, target), ()):
            pushes = pushes or await tx.known_tags.of_tag(others, tag, application_id=here, digest=digest)
    # Repeated reports are void, and would hide the verdict on the first one.
    image_push = next((each for each in pushes if each.state is not ImagePushState.VOID), pushes[0] if pushes else None)
    verdict = (
        (await tx.verdicts.of(target.id, [image_push.push])).get(image_push.push) if image_push and target.id else None
    )
    newer = (await tx.image_pushes.some([verdict.by_push])) if verdict and verdict.by_push else {}
    operation = await tx.operations.get(verdict.operation_id) if verdict and verdict.operation_id else None
    return _Rows(
        target=target,
        repositories={each: runs for each, runs in taken.items() if asked in {None, each}},
        image=KnownImage(image_push=image_push, verdict=verdict, operation=operation.state if operation else None)
        if image_push
        else None,
        by_tag=next((each.tag for each in newer.values()), None),
        operation=operation,
        active=await tx.operations.get(target.active_operation) if target.active_operation else None,
        gates=await _gates(tx, target, verdict),
        followed=await tx.app_environments.find(target.application.name, target.follow.source.name)
        if target.follow is not None
        else None,
        catching_up=tuple([each.sentence for each in await catch_ups(tx, target)]) if target.id else (),
    )


async def _gates(tx: Transaction, target: AppEnvironmentRecord, verdict: VerdictRecord | None) -> tuple[Gate, ...]:
    """What keeps automation from bringing the image."""
    if target.follow is not None:
        return await closed_gates(tx, change_of(target, OperationKind.PROMOTION, actor=ActorKind.AUTOMATION))
    if verdict is not None and verdict.verdict is Verdict.PENDING:
        return await gates_before_push(tx, target, verdict.push)
    return ()


def _repositories_with(tag: str, repositories: frozenset[str], facts: Sequence[ClusterFacts]) -> frozenset[str]:
    """Those repositories of which this tag runs on a cluster; all if it runs nowhere."""
    images = [each.image for one in facts for each in one.images]
    return frozenset(each.name for each in images if each.tag == tag and each.name in repositories) or repositories


def _cluster_fact(
    facts: ClusterFacts,
    repositories: frozenset[str],
    tag: str,
    digest: str | None,
    operation: OperationRecord | None,
) -> ClusterFact:
    mine = [
        (workload.health.state, container.image)
        for workload in facts.workloads
        for container in workload.containers
        if container.image.name in repositories
    ]
    ran = [image for _, image in mine]
    fits = [each.tag == tag and (not digest or not each.digest or each.digest == digest) for each in ran]
    others = [each.tag for each, fit in zip(ran, fits, strict=True) if not fit]
    return ClusterFact(
        name=facts.cluster,
        reachable=facts.failure is None,
        runs=bool(fits) and all(fits),
        healthy=all(state in _HEALTHY for state, _ in mine),
        since=_since(facts.cluster, operation),
        tag=others[0] if others else None,
    )


def _since(cluster: str, operation: OperationRecord | None) -> datetime | None:
    ended = operation.clusters if operation else ()
    return next(
        (each.ended_at for each in ended if each.cluster_name == cluster and each.outcome and each.outcome.good), None
    )


def _image_push_fact(image_push: ImagePushRecord) -> ImagePushFact:
    return ImagePushFact(
        push=image_push.push,
        state=image_push.state,
        repository=image_push.repository,
        code=image_push.code,
        reason=image_push.reason,
        next_try_at=image_push.next_try_at,
    )


def _verdict_fact(verdict: VerdictRecord, by_tag: str | None) -> VerdictFact:
    return VerdictFact(verdict=verdict.verdict, code=verdict.code, reason=verdict.reason, by_tag=by_tag)


def _operation_fact(operation: OperationRecord) -> OperationFact:
    return OperationFact(
        id=operation.id,
        kind=operation.kind.value,
        state=operation.state,
        message=operation.message,
        unreachable=tuple(each.cluster_name for each in operation.clusters if each.outcome is Outcome.UNREACHABLE),
    )
