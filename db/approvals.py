"""Queries on approval policies."""

from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from domain.approvals import ApprovalPolicy
from domain.words import OperationKind


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
