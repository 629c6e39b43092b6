"""What became of deliveries in the end, where all that they reported went nowhere: told where people look for it."""

from collections.abc import Iterable

from db.transaction import Transaction
from domain.words import DeliveryFate
from services.pushes.codes import NO_NEWS, PUSHED_AGAIN


async def settle_deliveries(tx: Transaction, deliveries: Iterable[str | None]) -> None:
    """Those of which nothing is to be looked up or decided any more."""
    concerned = {each for each in deliveries if each is not None}
    if not concerned:
        return
    unmatched = await tx.deliveries.settled_unmatched(concerned)
    if unmatched:
        await tx.deliveries.settle(
            unmatched, fate=DeliveryFate.UNMATCHED, code="unmatched", reason="Nothing here runs what it reports."
        )
    for delivery, voids in (await tx.deliveries.settled_void(concerned)).items():
        codes = {code for code, _ in voids}
        if PUSHED_AGAIN in codes:
            continue  # it led to the push after it
        code, reason = next((each for each in voids if each[0] != NO_NEWS), voids[0])
        fate = DeliveryFate.REPEATED if codes == {NO_NEWS} else DeliveryFate.IGNORED
        await tx.deliveries.settle([delivery], fate=fate, code=code, reason=reason)
