"""Which of the namespaces that an environment gives an actor may see."""

from dataclasses import replace

from db.environment_namespaces import GivenNamespaceRecord
from db.records.inventory import EnvironmentRecord
from db.transaction import Transaction
from domain.grants import Actor
from domain.namespaces import GivenNamespace
from domain.rights import ApplicationRef, EnvironmentRef, Right


async def rows_that_are_seen(
    tx: Transaction, environment: EnvironmentRecord, actor: Actor
) -> tuple[GivenNamespaceRecord, ...]:
    """The rows of what the environment gives to applications that the actor sees in it, with the names of these."""
    rows = await tx.environment_namespaces.list(environment.id)
    if actor.holdings.allow(Right.ADMINISTER):
        return rows
    patterns = {each.pattern for each in await given_that_is_seen(tx, environment, actor)}
    names = {each.name for each in await _visible(tx, environment, actor)}
    return tuple(
        replace(row, applications=row.applications and tuple(name for name in row.applications if name in names))
        for row in rows
        if row.pattern in patterns
    )


async def given_that_is_seen(
    tx: Transaction, environment: EnvironmentRecord, actor: Actor
) -> tuple[GivenNamespace, ...]:
    """What the environment gives to applications that the actor sees in it."""
    if not actor.holdings.allow_in(Right.VIEW, EnvironmentRef(id=environment.id, name=environment.name)):
        return ()
    visible = {each.id for each in await _visible(tx, environment, actor)}
    return tuple(each for each in environment.given if each.applications is None or each.applications & visible)


async def _visible(tx: Transaction, environment: EnvironmentRecord, actor: Actor) -> tuple[ApplicationRef, ...]:
    """Those of the applications to which the environment gives namespaces by name that the actor sees in it."""
    place = EnvironmentRef(id=environment.id, name=environment.name)
    ids = {each for given in environment.given for each in given.applications or ()}
    return tuple(
        each
        for each in await tx.bindings.applications(ids)
        if actor.holdings.allow(Right.VIEW, application=each, environment=place)
    )
