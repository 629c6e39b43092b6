"""Reads promotion sets. A set is seen by who sees all of its members."""

from dataclasses import dataclass, replace

from db.records.operations import ImageCopyRecord
from db.records.pages import Page
from db.records.promotion_sets import PromotionSetRecord
from db.transaction import Database, Transaction
from domain.grants import Actor, ListGrant, PromoteGrant, ViewGrant
from domain.hidden_sources import HIDDEN_ENVIRONMENT
from domain.rights import Right, Scope
from services.errors import NotFoundError
from services.reading.hidden_sources import operations_as_seen
from services.reading.permissions import Permissions


@dataclass(frozen=True, kw_only=True)
class SetView:
    """A set as its viewer sees it. By operation: the releases that its members recorded, and the images they copy."""

    record: PromotionSetRecord
    releases: dict[str, int]
    copies: dict[str, tuple[ImageCopyRecord, ...]]


class SetReading:
    """Reading, with the check of rights."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._permissions = Permissions(db)

    async def read(self, set_id: str, *, actor: Actor) -> SetView:
        """Raises `NotFoundError`, also where the actor does not see every member."""
        return await self.view(await self._found(set_id, actor), actor=actor)

    async def view(self, found: PromotionSetRecord, *, actor: Actor) -> SetView:
        """What the actor sees of a set: not the source, where it may not see that."""
        async with self._db.read() as tx:
            return await _view(tx, found, actor.holdings.scopes(Right.VIEW))

    async def list(
        self, grant: ListGrant, *, environment: str | None = None, after: str | None = None, limit: int = 50
    ) -> Page[SetView]:
        """Those of which the actor sees every member, the newest first."""
        async with self._db.read() as tx:
            page = await tx.promotion_sets.list(grant.scopes, environment=environment, limit=limit, after=after)
            return Page(items=tuple([await _view(tx, each, grant.scopes) for each in page.items]), next=page.next)

    async def decided_by(self, set_id: str, actor: Actor) -> PromotionSetRecord:
        """The set, about which the actor may decide: who may change images in every member.

        Raises `NotFoundError`, `ForbiddenError`.
        """
        found = await self._found(set_id, actor)
        for member in found.members:
            await self._permissions.operation(actor, PromoteGrant, member.id)
        return found

    async def _found(self, set_id: str, actor: Actor) -> PromotionSetRecord:
        async with self._db.read() as tx:
            found = await tx.promotion_sets.get(set_id)
        if found is None:
            raise NotFoundError("promotion set", set_id)
        try:
            for member in found.members:
                await self._permissions.operation(actor, ViewGrant, member.id)
        except NotFoundError:
            raise NotFoundError("promotion set", set_id) from None
        return found


async def _view(tx: Transaction, found: PromotionSetRecord, seen: tuple[Scope, ...]) -> SetView:
    members = await operations_as_seen(tx, seen, found.members)
    hidden = any(each.source_environment == HIDDEN_ENVIRONMENT for each in members)
    return SetView(
        record=replace(
            found, members=members, source_environment=HIDDEN_ENVIRONMENT if hidden else found.source_environment
        ),
        releases=await tx.releases.numbers_of([each.id for each in members]),
        copies=await tx.events.image_copies([each.id for each in members]),
    )
