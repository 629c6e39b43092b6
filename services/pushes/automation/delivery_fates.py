"""Replaces the fate `accepted` of deliveries none of whose image pushes was deployed or offered anywhere."""

from collections.abc import Iterable

from db.transaction import Transaction
from domain.words import DeliveryFate
from services.pushes.codes import NO_NEWS, PUSHED_AGAIN


async def settle_deliveries(tx: Transaction, deliveries: Iterable[str | None]) -> None:
    """Replace the fate of those whose image pushes are all decided; the others keep it."""
    concerned = {each for each in deliveries if each is not None}
    if not concerned:
        return
    unmatched = await tx.deliveries.settled_unmatched(concerned)
    if unmatched:
        await tx.deliveries.settle(
            unmatched,
            fate=DeliveryFate.UNMATCHED,
            code="unmatched",
            reason="No app environment runs a repository that it reports.",
        )
    for delivery, voids in (await tx.deliveries.settled_void(concerned)).items():
        codes = {code for code, _ in voids}
        if PUSHED_AGAIN in codes:
            continue  # a later push of the same tag took its place
        code, reason = next((each for each in voids if each[0] != NO_NEWS), voids[0])
        fate = DeliveryFate.REPEATED if codes == {NO_NEWS} else DeliveryFate.IGNORED
        await tx.deliveries.settle([delivery], fate=fate, code=code, reason=reason)
