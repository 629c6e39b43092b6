"""Proposals on practice clusters: people who file them and vote, for the tests of approvals."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text

from domain.approvals import APPROVABLE, ApprovalPolicy, VoteChoice
from domain.grants import Actor
from domain.rights import EVERYWHERE, Scope
from domain.words import Role
from services.changes.configuring import Configuring
from services.changes.deploying import Deploying
from services.changes.importing import Importing
from services.changes.proposing import ProposalView, Proposing
from services.limits import Limits
from services.people.approvals import ApprovalPolicies
from services.reading.permissions import Permissions
from tests.support.actors import ADMINISTERS
from tests.support.objects import FINGERPRINTS
from tests.support.people import signed_in
from tests.support.promotion_stage import PromotionStage


def proposing_on(stage: PromotionStage, limits: Limits) -> Proposing:
    common = (stage.database, stage.pool, stage.operations, FINGERPRINTS, limits)
    return Proposing(
        stage.database,
        operations=stage.operations,
        promoting=stage.promoting,
        deploying=Deploying(stage.database, stage.pool, stage.operations, limits),
        importing=Importing(*common),
        configuring=Configuring(*common),
        sets=stage.sets,
    )


@dataclass
class Voting:
    """A stage whose Production may take approvals, and the people there, by name."""

    stage: PromotionStage
    proposing: Proposing

    async def person(
        self,
        name: str,
        *groups: str,
        role: Role = Role.APPROVER,
        break_glass: bool = False,
        scope: Scope = EVERYWHERE,
    ) -> Actor:
        return await signed_in(self.stage.database, name, *groups, role=role, break_glass=break_glass, scope=scope)

    async def ada(self) -> Actor:
        return await self.person("ada", role=Role.PROMOTER)

    async def take(self, needed: int, *groups: str) -> None:
        policies = ApprovalPolicies(self.stage.database, Permissions(self.stage.database))
        policy = ApprovalPolicy(needed=needed, groups=groups, kinds=APPROVABLE, expires_after=timedelta(hours=24))
        await policies.put(ADMINISTERS, "Production", policy)

    async def vote(self, proposal: ProposalView, actor: Actor, choice: VoteChoice = VoteChoice.APPROVE) -> ProposalView:
        return await self.proposing.vote(proposal.record.id, choice=choice, comment=None, actor=actor)

    async def rows(self, query: str) -> list[str]:
        async with self.stage.database.engine.connect() as connection:
            return [row[0] for row in await connection.execute(text(query))]
