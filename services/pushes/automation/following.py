"""Promotes what an environment follows: looks at both, decides, and starts or proposes the promotion, each set once.

The live picture says what runs and how healthy it is; the promotion itself is planned from the clusters, and refused
where the source runs anything else by then. The transaction that queues it checks that nothing has happened in the
environment since it was decided, so two processes promote once.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog

from db.records.inventory import AppEnvironmentRecord
from db.transaction import Database
from domain.follows import Follow, FollowCode, FollowStanding
from domain.notification_values import Concerns
from domain.notifications import AutomationBlocked
from domain.stored.requests import PromotionRequest
from services.changes.errors import problem_of
from services.changes.filing import ApprovalNotRequiredError
from services.changes.new_operations import FollowOvertakenError, FollowTurn, NewOperation
from services.changes.operations import Operations
from services.changes.promoting import Promoting, SourceChangedError
from services.changes.push_proposals import file_followed
from services.errors import OperationUnderwayError, StagecoachError
from services.people.access import following_actor
from services.people.approvals import ApprovalRequiredError
from services.people.gates import GateClosedError
from services.planning.following.admitting import admit
from services.planning.following.proving import look
from services.planning.following.values import Act, FollowedSource, FollowingTarget, Look, Proof, Terms, Wait
from services.pushes.automation.follow_records import FollowRecords, follow_records
from services.reading.live.live import Live

# What came first changes rows or the picture: it is looked at again when that has been seen.
_OVERTAKEN = (FollowOvertakenError, OperationUnderwayError, GateClosedError, ApprovalRequiredError, SourceChangedError)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Followed:
    """What came of one look. `again_at`: when to look again though nothing happens. `done` False: try again soon."""

    again_at: datetime | None = None
    done: bool = True


class Following:
    """Looks at environments that follow another one, and promotes."""

    def __init__(
        self,
        db: Database,
        live: Live,
        promoting: Promoting,
        operations: Operations,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._db = db
        self._live = live
        self._promoting = promoting
        self._operations = operations
        self._clock = clock

    async def look(self, target_id: str) -> Followed:
        """Look once; write how it stands; promote or propose what is due."""
        async with self._db.read() as tx:
            target = await tx.app_environments.get(target_id)
            if target is None or target.follow is None:
                return Followed()
            follow = target.follow
            source = await tx.app_environments.find(target.application.name, follow.source.name)
        if source is None:
            return Followed(done=False)  # it was renamed this moment
        looked = look(
            FollowedSource(
                environment=source.environment.name,
                configured=source.configured,
                facts=await self._live.facts(source),
                active_operation=source.active_operation,
            ),
            FollowingTarget(
                environment=target.environment.name,
                configured=target.configured,
                facts=await self._live.facts(target),
                active_operation=target.active_operation,
                mappings=target.environment.image_mappings,
            ),
            follow.terms,
            former=_proof(follow),
            now=self._clock(),
        )
        if isinstance(looked.found, Wait):
            return await self._keep(target, looked, looked.found)
        terms = Terms(terms=follow.terms, source=follow.source.name, target=target.environment.name)
        async with self._db.read() as tx:
            records = await follow_records(tx, target, source, follow)
        admitted = admit(looked.found, records.recorded, terms)
        if isinstance(admitted, Wait):
            return await self._keep(target, looked, admitted)
        return await self._act(source, target, looked, records, admitted)

    async def _act(
        self,
        source: AppEnvironmentRecord,
        target: AppEnvironmentRecord,
        looked: Look,
        records: FollowRecords,
        act: Act,
    ) -> Followed:
        assert target.follow is not None, "checked before"
        assert looked.proof is not None, "what is proven has a proof"
        request = PromotionRequest(
            source_environment=target.follow.source.name, target_environment=target.environment.name
        )
        try:
            prepared = await self._promoting.prepare(
                target.application.name,
                request,
                actor=following_actor(records.holdings),
                starts=not act.proposes,
                images=looked.proof.images,
            )
            turn = FollowTurn(follow=target.follow, newest_operation=records.newest_operation)
            await self._start_or_propose(replace(prepared.new, turn=turn), act)
        except _OVERTAKEN:
            return Followed(done=False)
        except StagecoachError as error:
            code, cause = problem_of(error)
            detail = f"The promotion to {target.environment.name} cannot be planned as things are. {cause}"
            blocked = AutomationBlocked(
                concerns=Concerns(app_environment=target.id, source=source.id),
                application=target.application.name,
                environment=target.environment.name,
                code=code,
                detail=cause,
                source_environment=source.environment.name,
            )
            await self._keep(target, looked, Wait(code=FollowCode.PLAN_BLOCKED, detail=detail), blocked)
            return Followed(done=False)
        return Followed()

    async def _start_or_propose(self, new: NewOperation, act: Act) -> None:
        """Raises what starting raises."""
        if not act.proposes:
            started = await self._operations.start(new)
            _log.info("promoting what an environment follows", operation=started.id)
            return
        try:
            if await file_followed(self._db, new):
                _log.info("proposing what an environment follows", app_environment=new.app_environment.id)
        except ApprovalNotRequiredError:  # its policy was deleted this moment
            raise FollowOvertakenError("The approval policy was deleted.") from None

    async def _keep(
        self, target: AppEnvironmentRecord, looked: Look, wait: Wait, blocked: AutomationBlocked | None = None
    ) -> Followed:
        """Write how it stands, unless that is known. What was changed meanwhile is looked at again.

        That it is `blocked` is told once, until it stands otherwise.
        """
        assert target.id is not None, "what follows has a row"
        assert target.follow is not None, "checked before"
        standing = _standing(looked.proof, wait)
        if standing != target.follow.standing:
            async with self._db.begin() as tx:
                if not await tx.app_environments.keep_standing(target.id, target.follow, standing):
                    return Followed(done=False)
                if blocked is not None and not _was_blocked(target.follow, standing):
                    await tx.outbox.add(blocked)
        return Followed(again_at=wait.due_at)


def _proof(follow: Follow) -> Proof | None:
    standing = follow.standing
    if standing is None or standing.images is None or standing.healthy_since is None:
        return None
    return Proof(images=standing.images, since=standing.healthy_since)


def _standing(proof: Proof | None, wait: Wait) -> FollowStanding:
    return FollowStanding(
        code=wait.code,
        detail=wait.detail,
        images=proof.images if proof is not None else None,
        healthy_since=proof.since if proof is not None else None,
        due_at=wait.due_at,
        operation=wait.operation,
        proposal=wait.proposal,
    )


def _was_blocked(follow: Follow, standing: FollowStanding) -> bool:
    """Whether the same images could not be promoted before."""
    former = follow.standing
    return former is not None and (former.code, former.images) == (standing.code, standing.images)
