"""Queries on proposals with their votes.

A proposal is of one app environment, which its own row has, or of a promotion set: then `proposal_members` has one row
for each application.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, func, insert, not_, or_, select, true, union_all, update
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.app_environment_rows import automation_of
from db.base import new_id, parse_id
from db.bindings import visible
from db.keys import Keyring
from db.proposed_members import ProposedMembers, ReadMember
from db.records.pages import Page
from db.records.proposals import NewProposedMember, ProposalFilter, ProposalRecord, ProposedSet
from domain.actors import ActorKind, ActorRef
from domain.approvals import ProposalState, Vote, VoteChoice
from domain.rights import ApplicationRef, EnvironmentRef
from domain.secret_text import SecretText, SecretValues
from domain.words import OperationKind

_Proposal = models.Proposal
_PLACES = union_all(
    select(_Proposal.id.label("proposal_id"), _Proposal.app_environment_id).where(
        _Proposal.app_environment_id.is_not(None)
    ),
    select(models.ProposalMember.proposal_id, models.ProposalMember.app_environment_id),
).subquery()


class Proposals:
    def __init__(self, session: AsyncSession, keys: Keyring) -> None:
        self._session = session
        self._keys = keys
        self._members = ProposedMembers(session)

    async def get(self, proposal_id: str) -> ProposalRecord | None:
        found = await self._records(select(_Proposal).where(_Proposal.id == parse_id(proposal_id)))
        return found[0] if found else None

    async def places(self, proposal_id: str) -> tuple[tuple[ApplicationRef, EnvironmentRef], ...]:
        """What rights on it depend on; none where it is unknown."""
        found = await self.get(proposal_id)
        return tuple((each.application, found.environment) for each in found.members) if found else ()

    async def list(self, matching: ProposalFilter, *, limit: int, after: str | None = None) -> Page[ProposalRecord]:
        """The newest first; `after` is the last id of the previous page."""
        query = select(_Proposal).where(*_conditions(matching)).order_by(_Proposal.id.desc()).limit(limit + 1)
        if after is not None:
            query = query.where(_Proposal.id < parse_id(after))
        found = await self._records(query)
        return Page(items=found[:limit], next=found[limit - 1].id if len(found) > limit else None)

    async def lock(self, proposal_id: str) -> None:
        """Keep others from voting on it and from ending it before this transaction ends."""
        await self._session.execute(select(_Proposal.id).where(_Proposal.id == proposal_id).with_for_update())

    async def secrets(self, proposal_id: str) -> dict[str, SecretValues]:
        """The values that were typed in, by app environment; none of one that has ended."""
        found = (
            await self._session.execute(
                select(_Proposal.sealed, _Proposal.app_environment_id).where(_Proposal.id == proposal_id)
            )
        ).one_or_none()
        if found is None or found.sealed is None:
            return {}
        opened = json.loads(self._keys.open(found.sealed, context=_context(proposal_id)))
        by_place = opened if found.app_environment_id is None else {found.app_environment_id: opened}
        return {place: _texts(values) for place, values in by_place.items()}

    async def add(
        self,
        members: Sequence[NewProposedMember],
        *,
        of_set: ProposedSet | None = None,
        kind: OperationKind,
        plan_digest: str,
        comment: str | None,
        requested_by: ActorRef,
        expires_after: timedelta,
        image_pushes: tuple[int, ...] = (),
    ) -> ProposalRecord:
        """File one of a single application, or `of_set`, whose members stand in the order of the set."""
        proposal_id = new_id()
        place = _place(members[0]) if of_set is None else {"set_order": of_set.order, "group_name": of_set.group}
        plain = {each.app_environment_id: _plain(each.secrets) for each in members if each.secrets}
        sealed = plain if of_set is not None else next(iter(plain.values()), {})
        await self._session.execute(
            insert(_Proposal).values(
                **place,
                id=proposal_id,
                kind=kind,
                plan_digest=plan_digest,
                sealed=self._keys.seal(json.dumps(sealed), context=_context(proposal_id)) if sealed else None,
                comment=comment,
                requested_by_kind=requested_by.kind,
                requested_by_id=requested_by.id,
                requested_by_name=requested_by.name,
                state=ProposalState.WAITING,
                image_pushes=list(image_pushes),
                expires_at=func.now() + expires_after,
            )
        )
        if of_set is not None:
            await self._session.execute(
                insert(models.ProposalMember),
                [
                    {**_place(each), "proposal_id": proposal_id, "position": number, "plan_digest": each.plan_digest}
                    for number, each in enumerate(members)
                ],
            )
        added = await self.get(proposal_id)
        assert added is not None
        return added

    async def vote(self, proposal_id: str, *, by: ActorRef, choice: VoteChoice, comment: str | None) -> None:
        """The caller has locked the proposal, and knows that the person has not voted."""
        await self._session.execute(
            insert(models.ProposalVote).values(
                id=new_id(),
                proposal_id=proposal_id,
                person_id=by.id,
                person_name=by.name,
                choice=choice,
                comment=comment,
            )
        )

    async def end(
        self,
        proposal_id: str,
        state: ProposalState,
        *,
        reason: str | None = None,
        operation_id: str | None = None,
        promotion_set_id: str | None = None,
    ) -> None:
        """End it, and erase what was typed in. One that has ended stays as it is."""
        await self._session.execute(
            update(_Proposal)
            .where(_Proposal.id == proposal_id, _Proposal.state == ProposalState.WAITING)
            .values(
                state=state,
                reason=reason,
                operation_id=operation_id,
                promotion_set_id=promotion_set_id,
                sealed=None,
                ended_at=func.now(),
            )
        )

    async def expire(self) -> None:
        """End those whose time has passed: what was typed in is not kept any longer."""
        await self._session.execute(
            update(_Proposal)
            .where(_Proposal.state == ProposalState.WAITING, _Proposal.expires_at <= func.now())
            .values(state=ProposalState.EXPIRED, sealed=None, ended_at=_Proposal.expires_at)
        )

    async def of_automation(self, app_environment_id: str) -> ProposalRecord | None:
        """The newest that automation has filed there."""
        found = await self._records(
            select(_Proposal)
            .where(
                _Proposal.app_environment_id == app_environment_id,
                _Proposal.requested_by_kind == ActorKind.AUTOMATION,
            )
            .order_by(_Proposal.id.desc())
            .limit(1)
        )
        return found[0] if found else None

    async def _records(self, query: Select[models.Proposal]) -> tuple[ProposalRecord, ...]:
        """One whose applications are all deleted does not exist any more."""
        rows = (await self._session.scalars(query, execution_options={"populate_existing": True})).all()
        votes = await self._votes([row.id for row in rows])
        members = await self._members.of(rows)
        return tuple(_record(row, found, votes[row.id]) for row in rows if (found := members.get(row.id)))

    async def _votes(self, proposal_ids: Sequence[str]) -> Mapping[str, tuple[Vote, ...]]:
        votes: dict[str, tuple[Vote, ...]] = dict.fromkeys(proposal_ids, ())
        table = models.ProposalVote
        cast = await self._session.scalars(select(table).where(table.proposal_id.in_(votes)).order_by(table.id))
        for each in cast:
            vote = Vote(
                person_id=each.person_id,
                name=each.person_name,
                choice=each.choice,
                comment=each.comment,
                at=each.created_at,
            )
            votes[each.proposal_id] = (*votes[each.proposal_id], vote)
        return votes


def _place(member: NewProposedMember) -> dict[str, object]:
    return {
        "app_environment_id": member.app_environment_id,
        "request": member.spec.request.to_json(),
        "plan": member.spec.plan.to_json(),
    }


def _plain(secrets: SecretValues | None) -> dict[str, dict[str, str]]:
    return {name: {key: text.value for key, text in keys.items()} for name, keys in (secrets or {}).items()}


def _texts(values: dict[str, dict[str, str]]) -> SecretValues:
    return {name: {key: SecretText(value) for key, value in keys.items()} for name, keys in values.items()}


def _has_place(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether the proposal has a place for which the condition on its application and environment is true."""
    place, application, environment = models.AppEnvironment, models.Application, models.Environment
    return exists(
        select(place.id)
        .join(_PLACES, _PLACES.c.app_environment_id == place.id)
        .join(application, application.id == place.application_id)
        .join(environment, environment.id == place.environment_id)
        .where(_PLACES.c.proposal_id == _Proposal.id, condition)
        .correlate(_Proposal)
    )


def _conditions(matching: ProposalFilter) -> list[ColumnElement[bool]]:
    seen = visible(matching.scopes, models.Environment.id)
    named = [
        func.lower(column) == name.lower()
        for column, name in (
            (models.Application.name, matching.application),
            (models.Environment.name, matching.environment),
        )
        if name is not None
    ]
    conditions = [_has_place(and_(true(), *named)), not_(_has_place(not_(seen)))]
    if matching.requested_by is not None:
        by = matching.requested_by
        conditions += [_Proposal.requested_by_kind == by.kind, _Proposal.requested_by_id == by.id]
    passed = _Proposal.expires_at <= func.now()
    if matching.state is ProposalState.WAITING:
        conditions += [_Proposal.state == ProposalState.WAITING, ~passed]
    elif matching.state is ProposalState.EXPIRED:
        expired = and_(_Proposal.state == ProposalState.WAITING, passed)
        conditions.append(or_(_Proposal.state == ProposalState.EXPIRED, expired))
    elif matching.state is not None:
        conditions.append(_Proposal.state == matching.state)
    return conditions


def _record(proposal: models.Proposal, members: Sequence[ReadMember], votes: tuple[Vote, ...]) -> ProposalRecord:
    first = members[0]
    order = proposal.set_order
    return ProposalRecord(
        id=proposal.id,
        environment=EnvironmentRef(id=first.environment.id, name=first.environment.name),
        members=tuple(each.member for each in members),
        set=ProposedSet(order=order, group=proposal.group_name) if order is not None else None,
        kind=proposal.kind,
        plan_digest=proposal.plan_digest,
        comment=proposal.comment,
        requested_by=ActorRef(
            kind=proposal.requested_by_kind, id=proposal.requested_by_id, name=proposal.requested_by_name
        ),
        state=proposal.state,
        reason=proposal.reason,
        operation_id=proposal.operation_id,
        promotion_set_id=proposal.promotion_set_id,
        image_pushes=tuple(proposal.image_pushes),
        switched_on_by=automation_of(first.place) if proposal.requested_by_kind is ActorKind.AUTOMATION else None,
        votes=votes,
        created_at=proposal.created_at,
        expires_at=proposal.expires_at,
        ended_at=proposal.ended_at,
    )


def _context(proposal_id: str) -> str:
    return f"proposals.sealed:{proposal_id}"
