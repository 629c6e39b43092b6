"""Marks fields as expected to differ between two environments of an application, and takes marks back."""

from collections.abc import Sequence

from db.expected_differences import ExpectedDifferenceRecord
from db.transaction import Database
from domain.audit import AuditEntry, Target
from domain.comparisons import ObjectField
from domain.grants import Actor, ApplicationViewGrant, MaintainGrant, ViewGrant
from services.errors import InvalidRequestError, NotFoundError
from services.reading.permissions import Permissions

_MOST = 5_000  # of one application


class ExpectedDifferences:
    """The use cases. Both environments are asked for the right: who maintains one cannot speak for the other."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._permissions = Permissions(db)

    async def list(self, application: str, *, actor: Actor) -> tuple[ExpectedDifferenceRecord, ...]:
        """Those between environments that the actor sees, by pair and field. Raises `NotFoundError`."""
        grant = await self._permissions.application(actor, ApplicationViewGrant, application)
        async with self._db.read() as tx:
            found = await tx.expected_differences.of_application(grant.application.id)
        return tuple(each for each in found if all(grant.sees(environment) for environment in each.environments))

    async def mark(
        self,
        application: str,
        environments: tuple[str, str],
        fields: Sequence[ObjectField],
        *,
        reason: str | None,
        actor: Actor,
    ) -> tuple[ExpectedDifferenceRecord, ...]:
        """Mark the fields; returns all marks of the pair. What is marked already stays as it is.

        Raises `NotFoundError`, `ForbiddenError`, and `InvalidRequestError` where the application has too many.
        """
        one, other = await self._grants(actor, application, environments)
        pair = (one.environment.id, other.environment.id)
        async with self._db.begin() as tx:
            added = await tx.expected_differences.add(
                one.application.id, pair, fields, reason=reason, by=one.caller.ref
            )
            if await tx.expected_differences.count(one.application.id) > _MOST:
                raise InvalidRequestError(
                    f"An application has at most {_MOST:,} expected differences: mark whole objects, or take marks "
                    "back that are no longer needed.",
                    field="body.fields",
                )
            if added:
                await tx.audit.add(_entry(one, other, "expected-difference.marked", added, reason=reason))
            return await tx.expected_differences.of_pair(one.application.id, *pair)

    async def unmark(self, application: str, mark_id: str, *, actor: Actor) -> None:
        """Take a mark back. Raises `NotFoundError`, `ForbiddenError`."""
        seen = await self._permissions.application(actor, ApplicationViewGrant, application)
        async with self._db.read() as tx:
            found = await tx.expected_differences.get(mark_id)
        if (
            found is None
            or found.application_id != seen.application.id
            or not all(seen.sees(environment) for environment in found.environments)
        ):
            raise NotFoundError("expected difference", mark_id)
        first, second = found.environments
        one, other = await self._grants(actor, application, (first.name, second.name))
        async with self._db.begin() as tx:
            if not await tx.expected_differences.remove(mark_id):
                raise NotFoundError("expected difference", mark_id)
            await tx.audit.add(_entry(one, other, "expected-difference.unmarked", (found.field,), reason=None))

    async def _grants(
        self, actor: Actor, application: str, environments: tuple[str, str]
    ) -> tuple[MaintainGrant, MaintainGrant]:
        one, other = environments
        return (
            await self._permissions.app_environment(actor, MaintainGrant, application, one),
            await self._permissions.app_environment(actor, MaintainGrant, application, other),
        )


def _entry(
    one: MaintainGrant, other: ViewGrant, action: str, fields: Sequence[ObjectField], *, reason: str | None
) -> AuditEntry:
    environments = {each.environment.id: each.environment.name for each in (one, other)}
    return AuditEntry.by(
        one.caller,
        action,
        Target(kind="application", id=one.application.id, name=one.application.name),
        *(Target(kind="environment", id=key, name=name) for key, name in environments.items()),
        application_id=one.application.id,
        environment_id=other.environment.id,
        reason=reason,
        after={"fields": [each.label for each in fields]},
    )
