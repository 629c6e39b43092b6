"""Promotion sets: several applications as one promotion, and the way back of what was promoted together.

What one application does is Promoting's and RollingBack's; here their plans stand side by side, and start or do not
start together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from db.records.promotion_sets import PromotionSetRecord
from db.transaction import Database
from domain.grants import Actor
from domain.images import Omission
from domain.stored.brought import BroughtKeys
from domain.stored.requests import PromotionRequest, RollbackRequest
from domain.stored.strategies import Strategy
from domain.words import ImageConsent, OperationKind, SetOrder
from services.changes.errors import about
from services.changes.new_operations import IdempotencyKey, LastVote
from services.changes.new_sets import NewSet, PlannedMember, members_of, require_startable
from services.changes.operations import Operations
from services.changes.promoting import Promoting
from services.changes.rolling_back import RollingBack
from services.changes.set_reading import SetReading, SetView
from services.changes.set_starting import SetStarter
from services.concurrency import gather_settled
from services.errors import Category, InvalidRequestError, StagecoachError
from services.inventory.application_groups import ApplicationGroups
from services.planning.sets.plan import SetMemberPlan, SetPlan, stages_of


class NothingToTakeBackError(StagecoachError):
    """The set changed nothing, or has not ended."""

    code = "nothing-to-take-back"
    title = "There is nothing to roll back"
    category = Category.CONFLICT


@dataclass(frozen=True, kw_only=True)
class PromotionSetRequest:
    """Promote applications together: those that are named, or those of a `group`.

    `bring` are the keys that the target of an application gets first, and `leave_out` what stays there as it is, by its
    name; `restart` are the names of those in which what reads such keys is restarted. The other members are as in
    `PromotionRequest`, for every application.
    """

    source_environment: str
    target_environment: str
    applications: tuple[str, ...] = ()
    group: str | None = None
    order: SetOrder = SetOrder.ALL_AT_ONCE
    source_cluster: str | None = None
    strategy: Strategy | None = None
    plan_digest: str | None = None
    allow: tuple[ImageConsent, ...] = ()
    bring: Mapping[str, tuple[BroughtKeys, ...]] = field(default_factory=dict)
    leave_out: Mapping[str, tuple[Omission, ...]] = field(default_factory=dict)
    restart: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SetRollbackRequest:
    """Take back what a set changed, in every application. The members are as in `RollbackRequest`."""

    strategy: Strategy | None = None
    plan_digest: str | None = None
    allow: tuple[ImageConsent, ...] = ()
    reason: str | None = None
    hold_until: datetime | None = None
    full_soak: bool = False


@dataclass(frozen=True, kw_only=True)
class _Chosen:
    """The applications of a set in the order in which they were listed: their names, places in the order, requests."""

    members: tuple[tuple[str, int, PromotionRequest], ...]
    order: SetOrder
    group: str | None = None


class PromotionSets:
    """Sets: preview and start, forward and back."""

    def __init__(
        self,
        db: Database,
        operations: Operations,
        *,
        promoting: Promoting,
        rolling_back: RollingBack,
        groups: ApplicationGroups,
    ) -> None:
        self._starter = SetStarter(db, operations)
        self._reading = SetReading(db)
        self._promoting = promoting
        self._rolling_back = rolling_back
        self._groups = groups

    async def preview(self, request: PromotionSetRequest, *, actor: Actor) -> SetPlan:
        """The plans of all applications, with one digest.

        Raises what `Promoting.preview` raises, with the application that it is about, and `InvalidRequestError`.
        """
        chosen = await self._chosen(request, actor)
        plans = await gather_settled(
            [about(name, self._promoting.preview(name, asked, actor=actor)) for name, _, asked in chosen.members]
        )
        members = tuple(
            SetMemberPlan(application=name, stage=stage, plan=plan)
            for (name, stage, _), plan in zip(chosen.members, plans, strict=True)
        )
        return SetPlan(
            kind=OperationKind.PROMOTION,
            source_environment=request.source_environment,
            target_environment=request.target_environment,
            order=chosen.order,
            members=members,
        )

    async def start(
        self,
        request: PromotionSetRequest,
        *,
        actor: Actor,
        idempotency: IdempotencyKey | None,
        break_glass: str | None = None,
    ) -> SetView:
        """Plan again, freeze what the source runs now, and start all of it or none.

        Raises what `prepare` raises, `ForbiddenError` for `break_glass`, and what `SetStarter.start` raises.
        """
        known = await self._starter.known(actor, idempotency)
        if known is not None:
            return await self._reading.view(known, actor=actor)
        new = await self.prepare(request, actor=actor, starts=True, break_glass=break_glass)
        started = await self._starter.start(replace(new, idempotency=idempotency))
        return await self._reading.view(started, actor=actor)

    async def prepare(
        self, request: PromotionSetRequest, *, actor: Actor, starts: bool = False, break_glass: str | None = None
    ) -> NewSet:
        """Plan the set; where it `starts` at once, nobody reads findings that do not block.

        Raises what `preview` raises, `PlanOutdatedError`, `SetBlockedError`, `OperationUnderwayError`.
        """
        chosen = await self._chosen(request, actor)
        planned = await gather_settled(
            [
                about(name, self._planned(name, stage, asked, actor, starts=starts))
                for name, stage, asked in chosen.members
            ]
        )
        plan = _plan_of(planned, chosen.order, kind=OperationKind.PROMOTION)
        require_startable(plan, request.plan_digest)
        return NewSet(
            plan=plan,
            members=members_of(planned, actor, break_glass=break_glass),
            caller=actor.caller,
            group=chosen.group,
        )

    async def start_approved(self, new: NewSet, last_vote: LastVote) -> None:
        """Start a set that was proposed, with the vote that is the last. Raises what `SetStarter.start` raises."""
        await self._starter.start(replace(new, last_vote=last_vote))

    async def preview_rollback(self, set_id: str, request: SetRollbackRequest, *, actor: Actor) -> SetPlan:
        """What taking a set back would do. Raises `NotFoundError`, `NothingToTakeBackError`."""
        found = await self._reading.read(set_id, actor=actor)
        asked = _taking_back(found.record, request)
        plans = await gather_settled(
            [
                about(name, self._rolling_back.preview(name, found.record.environment, rollback, actor=actor))
                for name, _, rollback in asked
            ]
        )
        members = tuple(
            SetMemberPlan(application=name, stage=stage, plan=plan)
            for (name, stage, _), plan in zip(asked, plans, strict=True)
        )
        return SetPlan(
            kind=OperationKind.ROLLBACK,
            source_environment=None,
            target_environment=found.record.environment,
            order=found.record.order,
            members=members,
        )

    async def roll_back(
        self, set_id: str, request: SetRollbackRequest, *, actor: Actor, idempotency: IdempotencyKey | None
    ) -> SetView:
        """Take back what a set changed, in every application, as a set: in the opposite order, and with holds.

        Raises what `preview_rollback` raises, and what `start` raises.
        """
        known = await self._starter.known(actor, idempotency)
        if known is not None:
            return await self._reading.view(known, actor=actor)
        found = (await self._reading.read(set_id, actor=actor)).record
        planned = await gather_settled(
            [
                about(name, self._planned_back(name, stage, found.environment, rollback, actor))
                for name, stage, rollback in _taking_back(found, request)
            ]
        )
        plan = _plan_of(planned, found.order, kind=OperationKind.ROLLBACK)
        require_startable(plan, request.plan_digest)
        members = tuple(
            (replace(new, reason=request.reason, hold_until=request.hold_until), stage)
            for new, stage in members_of(planned, actor)
        )
        new = NewSet(
            plan=plan,
            members=members,
            caller=actor.caller,
            group=found.group,
            takes_back=found.id,
            idempotency=idempotency,
        )
        return await self._reading.view(await self._starter.start(new), actor=actor)

    async def _chosen(self, request: PromotionSetRequest, actor: Actor) -> _Chosen:
        """The applications that are named, or those of the group.

        Raises `NotFoundError` for an unknown group, `InvalidRequestError` for an application that is named twice and
        for keys of one that is not in the set, and what `Promoting.permitted` raises for the first one that has it.
        """
        names, group = request.applications, None
        if request.group is not None:
            found = await self._groups.read(request.group, actor=actor)
            names, group = tuple(each.name for each in found.applications), found.name
            if not names:
                raise InvalidRequestError(f"The group '{group}' has no application.", field="group")
        seen: set[str] = set()
        for name in names:
            if name.lower() in seen:
                raise InvalidRequestError(f"The application '{name}' is named twice.", field="applications")
            seen.add(name.lower())
        members_of = {"bring": request.bring, "leave_out": request.leave_out, "restart": request.restart}
        for member, of_names in members_of.items():
            for name in of_names:
                if name.lower() not in seen:
                    raise InvalidRequestError(f"The application '{name}' is not in the set.", field=member)
        asked = [_promotion(request, name) for name in names]
        # Before a cluster is asked about any of them; and they are called as they are, however the request spells them.
        grants = [await self._promoting.permitted(actor, name, each) for name, each in zip(names, asked, strict=True)]
        stages = stages_of([to_here.application.name for _, to_here in grants], request.order)
        members = [(*placed, each) for placed, each in zip(stages.items(), asked, strict=True)]
        return _Chosen(members=tuple(members), order=request.order, group=group)

    async def _planned(
        self, name: str, stage: int, request: PromotionRequest, actor: Actor, *, starts: bool
    ) -> PlannedMember:
        planned, chosen = await self._promoting.planned(name, request, actor=actor, starts=starts)
        return PlannedMember(planned=planned, chosen=chosen, stage=stage)

    async def _planned_back(
        self, name: str, stage: int, environment: str, request: RollbackRequest, actor: Actor
    ) -> PlannedMember:
        planned, chosen = await self._rolling_back.planned(name, environment, request, actor=actor)
        return PlannedMember(planned=planned, chosen=chosen, stage=stage)


def _promotion(request: PromotionSetRequest, application: str) -> PromotionRequest:
    bring = {name.lower(): keys for name, keys in request.bring.items()}
    leave_out = {name.lower(): omitted for name, omitted in request.leave_out.items()}
    return PromotionRequest(
        source_environment=request.source_environment,
        target_environment=request.target_environment,
        source_cluster=request.source_cluster,
        strategy=request.strategy,
        allow=request.allow,
        leave_out=leave_out.get(application.lower(), ()),
        bring=bring.get(application.lower(), ()),
        restart=application.lower() in {name.lower() for name in request.restart},
        in_set=True,
    )


def _taking_back(found: PromotionSetRecord, request: SetRollbackRequest) -> list[tuple[str, int, RollbackRequest]]:
    """Each application that the set changed, with its place in the opposite order, and the rollback of its member."""
    if not found.state.ended:
        raise NothingToTakeBackError("The set is under way. Undo it instead: it stops, and goes back from there.")
    last = max((each.set_stage or 0 for each in found.members), default=0)
    asked = [
        (
            each.application,
            last - (each.set_stage or 0),
            RollbackRequest(
                operation=each.id,
                strategy=request.strategy,
                allow=request.allow,
                reason=request.reason,
                hold_until=request.hold_until,
                full_soak=request.full_soak,
                in_set=True,
            ),
        )
        for each in reversed(found.members)
        if any(one.undo is not None for one in each.clusters)
    ]
    if not asked:
        raise NothingToTakeBackError("The set changed no application, so there is nothing to take back.")
    return asked


def _plan_of(planned: Sequence[PlannedMember], order: SetOrder, *, kind: OperationKind) -> SetPlan:
    first = planned[0].planned
    return SetPlan(
        kind=kind,
        source_environment=first.source.environment.name if first.source is not None else None,
        target_environment=first.target.environment.name,
        order=order,
        members=tuple(each.shown for each in planned),
    )
