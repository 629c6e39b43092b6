"""Queries on approval policies, and on proposals with their votes."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Row, Select, and_, delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.app_environments import automation_of
from db.base import new_id, parse_id
from db.bindings import visible
from db.keys import Keyring
from db.records.pages import Page
from domain.actors import ActorKind, ActorRef
from domain.approvals import ApprovalPolicy, ProposalState, Vote, VoteChoice
from domain.rights import EVERYWHERE, ApplicationRef, EnvironmentRef, Scope
from domain.secret_text import SecretText, SecretValues
from domain.stored.spec import OperationSpec
from domain.words import OperationKind


@dataclass(frozen=True, kw_only=True)
class ProposalRecord:
    """A proposal with its place and its votes, the first vote first. `state` is as stored: it expires by the clock.

    `image_pushes` and `switched_on_by` are of what automation has filed: the pushes that it deploys, and who switched
    automatic deploys on there, where that is known.
    """

    id: str
    app_environment_id: str
    application: ApplicationRef
    environment: EnvironmentRef
    kind: OperationKind
    spec: OperationSpec
    plan_digest: str
    comment: str | None
    requested_by: ActorRef
    state: ProposalState
    reason: str | None
    operation_id: str | None
    image_pushes: tuple[int, ...]
    switched_on_by: ActorRef | None
    votes: tuple[Vote, ...]
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class ProposalFilter:
    """None matches every proposal. One of the `scopes` covers its place; names are compared without case."""

    application: str | None = None
    environment: str | None = None
    state: ProposalState | None = None
    requested_by: ActorRef | None = None
    scopes: Collection[Scope] = (EVERYWHERE,)


class ApprovalPolicies:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, environment_id: str) -> ApprovalPolicy | None:
        row = await self._session.get(models.ApprovalPolicy, environment_id, populate_existing=True)
        return None if row is None else _policy(row)

    async def all(self) -> dict[str, ApprovalPolicy]:
        """Every policy, by the id of its environment."""
        rows = await self._session.scalars(select(models.ApprovalPolicy).execution_options(populate_existing=True))
        return {str(row.environment_id): _policy(row) for row in rows}

    async def put(self, environment_id: str, policy: ApprovalPolicy) -> None:
        values = {
            "needed": policy.needed,
            "groups": list(policy.groups),
            "kinds": [each.value for each in policy.kinds],
            "expires_after_seconds": int(policy.expires_after.total_seconds()),
        }
        await self._session.execute(
            upsert(models.ApprovalPolicy)
            .values(environment_id=environment_id, **values)
            .on_conflict_do_update(index_elements=[models.ApprovalPolicy.environment_id], set_=values)
        )

    async def remove(self, environment_id: str) -> bool:
        """Delete it; False if there was none."""
        table = models.ApprovalPolicy
        removed = await self._session.scalars(
            delete(table).where(table.environment_id == environment_id).returning(table.environment_id)
        )
        return removed.one_or_none() is not None


def _policy(row: models.ApprovalPolicy) -> ApprovalPolicy:
    return ApprovalPolicy(
        needed=row.needed,
        groups=tuple(row.groups),
        kinds=tuple(map(OperationKind, row.kinds)),
        expires_after=timedelta(seconds=row.expires_after_seconds),
    )


class Proposals:
    def __init__(self, session: AsyncSession, keys: Keyring) -> None:
        self._session = session
        self._keys = keys

    async def get(self, proposal_id: str) -> ProposalRecord | None:
        found = await self._records(_proposals().where(models.Proposal.id == parse_id(proposal_id)))
        return found[0] if found else None

    async def place(self, proposal_id: str) -> tuple[ApplicationRef, EnvironmentRef] | None:
        """What rights on it depend on."""
        found = await self.get(proposal_id)
        return (found.application, found.environment) if found else None

    async def list(self, matching: ProposalFilter, *, limit: int, after: str | None = None) -> Page[ProposalRecord]:
        """The newest first; `after` is the last id of the previous page."""
        query = _proposals().where(*_conditions(matching)).order_by(models.Proposal.id.desc()).limit(limit + 1)
        if after is not None:
            query = query.where(models.Proposal.id < parse_id(after))
        found = await self._records(query)
        return Page(items=found[:limit], next=found[limit - 1].id if len(found) > limit else None)

    async def lock(self, proposal_id: str) -> None:
        """Keep others from voting on it and from ending it before this transaction ends."""
        await self._session.execute(
            select(models.Proposal.id).where(models.Proposal.id == proposal_id).with_for_update()
        )

    async def secrets(self, proposal_id: str) -> SecretValues:
        """The values that were typed in; none of one that has ended."""
        sealed = await self._session.scalar(select(models.Proposal.sealed).where(models.Proposal.id == proposal_id))
        if sealed is None:
            return {}
        opened: dict[str, dict[str, str]] = json.loads(self._keys.open(sealed, context=_context(proposal_id)))
        return {name: {key: SecretText(value) for key, value in keys.items()} for name, keys in opened.items()}

    async def add(
        self,
        *,
        app_environment_id: str,
        kind: OperationKind,
        spec: OperationSpec,
        plan_digest: str,
        secrets: SecretValues | None,
        comment: str | None,
        requested_by: ActorRef,
        expires_after: timedelta,
        image_pushes: tuple[int, ...] = (),
    ) -> ProposalRecord:
        proposal_id = new_id()
        plain = {name: {key: text.value for key, text in keys.items()} for name, keys in (secrets or {}).items()}
        await self._session.execute(
            insert(models.Proposal).values(
                id=proposal_id,
                app_environment_id=app_environment_id,
                kind=kind,
                request=spec.request.to_json(),
                plan=spec.plan.to_json(),
                plan_digest=plan_digest,
                sealed=self._keys.seal(json.dumps(plain), context=_context(proposal_id)) if plain else None,
                comment=comment,
                requested_by_kind=requested_by.kind,
                requested_by_id=requested_by.id,
                requested_by_name=requested_by.name,
                state=ProposalState.WAITING,
                image_pushes=list(image_pushes),
                expires_at=func.now() + expires_after,
            )
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
        self, proposal_id: str, state: ProposalState, *, reason: str | None = None, operation_id: str | None = None
    ) -> None:
        """End it, and erase what was typed in. One that has ended stays as it is."""
        table = models.Proposal
        await self._session.execute(
            update(table)
            .where(table.id == proposal_id, table.state == ProposalState.WAITING)
            .values(state=state, reason=reason, operation_id=operation_id, sealed=None, ended_at=func.now())
        )

    async def expire(self) -> None:
        """End those whose time has passed: what was typed in is not kept any longer."""
        table = models.Proposal
        await self._session.execute(
            update(table)
            .where(table.state == ProposalState.WAITING, table.expires_at <= func.now())
            .values(state=ProposalState.EXPIRED, sealed=None, ended_at=table.expires_at)
        )

    async def of_automation(self, app_environment_id: str) -> ProposalRecord | None:
        """The newest that automation has filed there."""
        table = models.Proposal
        found = await self._records(
            _proposals()
            .where(table.app_environment_id == app_environment_id, table.requested_by_kind == ActorKind.AUTOMATION)
            .order_by(table.id.desc())
            .limit(1)
        )
        return found[0] if found else None

    async def _records(
        self, query: Select[models.Proposal, models.Application, models.Environment, models.AppEnvironment]
    ) -> tuple[ProposalRecord, ...]:
        rows = (await self._session.execute(query, execution_options={"populate_existing": True})).all()
        votes: dict[str, list[Vote]] = {row[0].id: [] for row in rows}
        table = models.ProposalVote
        cast = await self._session.scalars(select(table).where(table.proposal_id.in_(votes)).order_by(table.id))
        for each in cast:
            votes[each.proposal_id].append(
                Vote(
                    person_id=each.person_id,
                    name=each.person_name,
                    choice=each.choice,
                    comment=each.comment,
                    at=each.created_at,
                )
            )
        return tuple(_record(row, tuple(votes[row[0].id])) for row in rows)


def _proposals() -> Select[models.Proposal, models.Application, models.Environment, models.AppEnvironment]:
    target = models.AppEnvironment
    return (
        select(models.Proposal, models.Application, models.Environment, target)
        .join(target, target.id == models.Proposal.app_environment_id)
        .join(models.Application, models.Application.id == target.application_id)
        .join(models.Environment, models.Environment.id == target.environment_id)
    )


def _conditions(matching: ProposalFilter) -> list[ColumnElement[bool]]:
    table = models.Proposal
    conditions: list[ColumnElement[bool]] = [visible(matching.scopes, models.Environment.id)]
    if matching.application is not None:
        conditions.append(func.lower(models.Application.name) == matching.application.lower())
    if matching.environment is not None:
        conditions.append(func.lower(models.Environment.name) == matching.environment.lower())
    if matching.requested_by is not None:
        by = matching.requested_by
        conditions += [table.requested_by_kind == by.kind, table.requested_by_id == by.id]
    passed = table.expires_at <= func.now()
    if matching.state is ProposalState.WAITING:
        conditions += [table.state == ProposalState.WAITING, ~passed]
    elif matching.state is ProposalState.EXPIRED:
        expired = and_(table.state == ProposalState.WAITING, passed)
        conditions.append(or_(table.state == ProposalState.EXPIRED, expired))
    elif matching.state is not None:
        conditions.append(table.state == matching.state)
    return conditions


def _record(
    row: Row[models.Proposal, models.Application, models.Environment, models.AppEnvironment], votes: tuple[Vote, ...]
) -> ProposalRecord:
    proposal, application, environment = row[0], row[1], row[2]
    return ProposalRecord(
        id=proposal.id,
        app_environment_id=proposal.app_environment_id,
        application=ApplicationRef(id=application.id, name=application.name, labels=application.labels),
        environment=EnvironmentRef(id=environment.id, name=environment.name),
        kind=proposal.kind,
        spec=OperationSpec.from_json(proposal.kind, request=proposal.request, plan=proposal.plan),
        plan_digest=proposal.plan_digest,
        comment=proposal.comment,
        requested_by=ActorRef(
            kind=proposal.requested_by_kind, id=proposal.requested_by_id, name=proposal.requested_by_name
        ),
        state=proposal.state,
        reason=proposal.reason,
        operation_id=proposal.operation_id,
        image_pushes=tuple(proposal.image_pushes),
        switched_on_by=automation_of(row[3]) if proposal.requested_by_kind is ActorKind.AUTOMATION else None,
        votes=votes,
        created_at=proposal.created_at,
        expires_at=proposal.expires_at,
        ended_at=proposal.ended_at,
    )


def _context(proposal_id: str) -> str:
    return f"proposals.sealed:{proposal_id}"
