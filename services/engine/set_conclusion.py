"""The end of a promotion set, in one transaction, after its members have ended."""

from dataclasses import replace

from db.records.promotion_sets import PromotionSetRecord
from db.transaction import Database
from domain.words import OperationState
from services.engine.audit_entries import set_ended
from services.engine.conclusion import conclude
from services.planning.sets.concluding import conclude_set


async def end_set(database: Database, set_id: str) -> None:
    """End the set, whose members have ended; a second call changes nothing."""
    async with database.begin() as tx:
        found = await tx.promotion_sets.get(set_id)
        assert found is not None
        assert not found.active, "a set ends after its members"
        states = {each.application: each.state for each in found.members}
        cancelled = any(each.state is OperationState.CANCELLED for each in found.members)
        conclusion = conclude_set(states, cancelled=cancelled)
        if await tx.promotion_sets.end(set_id, state=conclusion.state, message=conclusion.message):
            await tx.audit.add(await set_ended(tx, replace(found, state=conclusion.state, message=conclusion.message)))


async def break_off(database: Database, found: PromotionSetRecord) -> None:
    """End a set that no process can execute, with its members as they are."""
    for member in found.active:
        await conclude(database, member.id)
    await end_set(database, found.id)
