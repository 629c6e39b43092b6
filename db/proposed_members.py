"""Reads the applications that proposals would change, whether a proposal's own row names one or its members do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.records.proposals import ProposedMember
from domain.rights import ApplicationRef
from domain.stored.spec import OperationSpec


@dataclass(frozen=True, kw_only=True)
class ReadMember:
    """A member with the rows of its place."""

    member: ProposedMember
    place: models.AppEnvironment
    environment: models.Environment


class ProposedMembers:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, proposals: Sequence[models.Proposal]) -> dict[str, tuple[ReadMember, ...]]:
        """By proposal, in the order of a set. Those whose app environment was deleted are gone."""
        table = models.ProposalMember
        sets = [each.id for each in proposals if each.app_environment_id is None]
        rows: list[models.Proposal | models.ProposalMember] = [
            each for each in proposals if each.app_environment_id is not None
        ]
        if sets:
            rows += await self._session.scalars(
                select(table).where(table.proposal_id.in_(sets)).order_by(table.proposal_id, table.position)
            )
        places = await self._places({row.app_environment_id for row in rows if row.app_environment_id is not None})
        kinds = {each.id: each for each in proposals}
        found: dict[str, tuple[ReadMember, ...]] = {}
        for row in rows:
            proposal_id = row.id if isinstance(row, models.Proposal) else row.proposal_id
            place = places[row.app_environment_id or ""]
            found[proposal_id] = (*found.get(proposal_id, ()), _read(kinds[proposal_id], row, *place))
        return found

    async def _places(
        self, ids: Iterable[str]
    ) -> dict[str, tuple[models.AppEnvironment, models.Application, models.Environment]]:
        place, application, environment = models.AppEnvironment, models.Application, models.Environment
        rows = await self._session.execute(
            select(place, application, environment)
            .join(application, application.id == place.application_id)
            .join(environment, environment.id == place.environment_id)
            .where(place.id.in_(ids)),
            execution_options={"populate_existing": True},
        )
        return {row[0].id: (row[0], row[1], row[2]) for row in rows}


def _read(
    proposal: models.Proposal,
    row: models.Proposal | models.ProposalMember,
    place: models.AppEnvironment,
    application: models.Application,
    environment: models.Environment,
) -> ReadMember:
    assert row.request is not None, "the row of a place has what is proposed there"
    assert row.plan is not None, "and its plan"
    member = ProposedMember(
        app_environment_id=place.id,
        application=ApplicationRef(id=application.id, name=application.name, labels=application.labels),
        spec=OperationSpec.from_json(proposal.kind, request=row.request, plan=row.plan),
        plan_digest=row.plan_digest,
    )
    return ReadMember(member=member, place=place, environment=environment)
