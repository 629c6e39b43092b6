"""Checks rights, and makes the grants that prove it. The only maker of grants.

What an actor may not see does not exist for it: it gets the `NotFoundError` of a name that nothing bears. What it sees
and may not do is refused with the right that it lacks.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from db.records.inventory import ApplicationRecord, EnvironmentRecord
from db.transaction import Database, Transaction
from domain.grants import (
    SEAL,
    Actor,
    AdminGrant,
    ApplicationMaintainGrant,
    ApplicationViewGrant,
    EnvironmentMaintainGrant,
    EnvironmentViewGrant,
    ListGrant,
    ViewGrant,
)
from domain.rights import ApplicationRef, EnvironmentRef, Right
from services.errors import ForbiddenError, NotFoundError
from services.planning.people.labels import changed_bindings, differs

Place = TypeVar("Place", bound=ViewGrant)
Of = TypeVar("Of", bound=ApplicationViewGrant)


class Permissions:
    """Checks what actors may do, by names."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def app_environment(self, actor: Actor, kind: type[Place], application: str, environment: str) -> Place:
        """A grant of this kind for an app environment.

        Raises `NotFoundError` where either name is unknown or the actor does not see it, `ForbiddenError`.
        """
        async with self._db.autocommit_read() as tx:
            found, place = await tx.bindings.target(application=application, environment=environment)
        if found is None or not actor.holdings.allow_on(Right.VIEW, found):
            raise NotFoundError("application", application)
        if place is None or not actor.holdings.allow(Right.VIEW, application=found, environment=place):
            raise NotFoundError("environment", environment)
        if not actor.holdings.allow(kind.right, application=found, environment=place):
            raise ForbiddenError(lacking(actor, kind.right, f"'{found.name}' in '{place.name}'"))
        return kind(actor=actor, application=found, environment=place, seal=SEAL)

    async def operation(self, actor: Actor, kind: type[Place], operation_id: str) -> Place:
        """A grant for the app environment that an operation changes. Raises `NotFoundError`, `ForbiddenError`."""
        async with self._db.autocommit_read() as tx:
            place = await tx.operations.place(operation_id)
        if place is None:
            raise NotFoundError("operation", operation_id)
        # By ids: another application may have the name by now.
        application, environment = place.application, place.environment
        if not actor.holdings.allow(Right.VIEW, application=application, environment=environment):
            raise NotFoundError("operation", operation_id)
        if not actor.holdings.allow(kind.right, application=application, environment=environment):
            raise ForbiddenError(lacking(actor, kind.right, f"'{application.name}' in '{environment.name}'"))
        if place.gone and kind.right is not Right.VIEW:
            raise NotFoundError("application", application.name)
        return kind(actor=actor, application=application, environment=environment, seal=SEAL)

    async def proposal(self, actor: Actor, kind: type[Place], proposal_id: str) -> tuple[Place, ...]:
        """A grant for each app environment that a proposal is for: all of them, or none.

        Raises `NotFoundError`, `ForbiddenError`.
        """
        async with self._db.read() as tx:
            places = await tx.proposals.places(proposal_id)
        if not places or not all(
            actor.holdings.allow(Right.VIEW, application=application, environment=environment)
            for application, environment in places
        ):
            raise NotFoundError("proposal", proposal_id)
        for application, environment in places:
            if not actor.holdings.allow(kind.right, application=application, environment=environment):
                raise ForbiddenError(lacking(actor, kind.right, f"'{application.name}' in '{environment.name}'"))
        return tuple(
            kind(actor=actor, application=application, environment=environment, seal=SEAL)
            for application, environment in places
        )

    async def application(self, actor: Actor, kind: type[Of], application: str) -> Of:
        """A grant of this kind for an application.

        It is seen where it is seen in at least one environment, and maintained where it is in all of them. Raises
        `NotFoundError`, `ForbiddenError`.
        """
        async with self._db.autocommit_read() as tx:
            found, _ = await tx.bindings.target(application=application)
        if found is None:
            raise NotFoundError("application", application)
        return self.known_application(actor, kind, found, asked_as=application)

    @staticmethod
    def known_application(actor: Actor, kind: type[Of], found: ApplicationRef, *, asked_as: str) -> Of:
        """As `application`, for one that the caller of this has found by the name `asked_as`: without a query."""
        if not actor.holdings.allow_on(Right.VIEW, found):
            raise NotFoundError("application", asked_as)
        if kind.right is not Right.VIEW and not actor.holdings.allow(kind.right, application=found):
            raise ForbiddenError(lacking(actor, kind.right, f"'{found.name}' in every environment"))
        return kind(actor=actor, application=found, seal=SEAL)

    @staticmethod
    def new_application(actor: Actor, *, name: str, labels: dict[str, str]) -> None:
        """Raises `ForbiddenError` unless the actor would maintain an application with these labels everywhere."""
        unknown = ApplicationRef(id="", name=name, labels=labels)
        if not actor.holdings.allow(Right.MAINTAIN, application=unknown):
            raise ForbiddenError(
                lacking(actor, Right.MAINTAIN, f"an application '{name}' with these labels, in every environment")
            )

    @staticmethod
    async def relabel(tx: Transaction, grant: ApplicationMaintainGrant, labels: Mapping[str, str]) -> None:
        """Raises `ForbiddenError` where other labels give or take away more than the actor holds.

        Or where they change which freezes hold the application: who administers it decides on these.
        """
        actor, before = grant.actor, grant.application
        after = replace(before, labels=dict(labels))
        for each in changed_bindings(await tx.bindings.by_labels(), before, after):
            if not actor.holdings.include(each):
                raise ForbiddenError(
                    f"With these labels, a binding of the role '{each.role}' would begin or cease to cover "
                    f"'{before.name}', and that role there is more than '{actor.name}' holds. An administrator can "
                    "change the labels."
                )
        frozen = any(differs(each.freeze.scope, before, after) for each in await tx.freezes.list())
        if frozen and not actor.holdings.allow(Right.ADMINISTER, application=before):
            what = f"'{before.name}' in every environment: the labels decide which freezes hold it"
            raise ForbiddenError(lacking(actor, Right.ADMINISTER, what))

    async def environment(self, actor: Actor, environment: str) -> EnvironmentViewGrant:
        """A grant to see an environment. Raises `NotFoundError`."""
        async with self._db.autocommit_read() as tx:
            _, place = await tx.bindings.target(environment=environment)
        if place is None or not actor.holdings.allow_in(Right.VIEW, place):
            raise NotFoundError("environment", environment)
        return EnvironmentViewGrant(actor=actor, environment=place, seal=SEAL)

    async def whole_environment(self, actor: Actor, environment: str) -> EnvironmentMaintainGrant:
        """A grant to hold or stop an environment for all its applications. Raises `NotFoundError`, `ForbiddenError`."""
        place = (await self.environment(actor, environment)).environment
        if not actor.holdings.allow(Right.MAINTAIN, environment=place):
            raise ForbiddenError(lacking(actor, Right.MAINTAIN, f"all applications in '{place.name}'"))
        return EnvironmentMaintainGrant(actor=actor, environment=place, seal=SEAL)

    @staticmethod
    def administration(actor: Actor) -> AdminGrant:
        """A grant to administer the installation. Raises `ForbiddenError`."""
        if not actor.holdings.allow(Right.ADMINISTER):
            raise ForbiddenError(lacking(actor, Right.ADMINISTER, "all applications in all environments"))
        return AdminGrant(actor=actor, seal=SEAL)

    @staticmethod
    def listing(actor: Actor) -> ListGrant:
        """A grant to list what the actor sees, which may be nothing."""
        return ListGrant(actor=actor, scopes=actor.holdings.scopes(Right.VIEW), seal=SEAL)


def environment_ref(record: EnvironmentRecord) -> EnvironmentRef:
    """What rights depend on of an environment."""
    return EnvironmentRef(id=record.id, name=record.name)


def application_ref(record: ApplicationRecord) -> ApplicationRef:
    """What rights depend on of an application."""
    return ApplicationRef(id=record.id, name=record.name, labels=record.labels)


def lacking(actor: Actor, right: Right, where: str) -> str:
    """What a refusal says."""
    return (
        f"This needs the right '{right}' on {where}, which '{actor.name}' does not have. Somebody who has it, or an "
        "administrator, can bind a role that includes it."
    )
