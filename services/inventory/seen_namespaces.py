"""Which of the namespaces that an environment gives an actor may see."""

from db.records import EnvironmentRecord
from db.transaction import Transaction
from domain.grants import Actor
from domain.namespaces import GivenNamespace
from domain.rights import ApplicationRef, EnvironmentRef, Right


async def given_that_is_seen(
    tx: Transaction, environment: EnvironmentRecord, actor: Actor
) -> tuple[GivenNamespace, ...]:
    """What the environment gives to applications that the actor sees in it."""
    place = EnvironmentRef(id=environment.id, name=environment.name)
    if not actor.holdings.allow_in(Right.VIEW, place):
        return ()
    ids = {each for given in environment.given for each in given.applications or ()}
    visible = {
        each.id
        for each in await tx.applications.some(ids)
        if actor.holdings.allow(
            Right.VIEW,
            application=ApplicationRef(id=each.id, name=each.name, labels=each.labels),
            environment=place,
        )
    }
    return tuple(each for each in environment.given if each.applications is None or each.applications & visible)
