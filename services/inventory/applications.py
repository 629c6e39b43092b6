"""Adds, changes and removes applications, and their settings in each environment. Changes nothing on a cluster."""

from datetime import UTC, datetime
from typing import Protocol

from db.app_environments import AppEnvironmentFields
from db.applications import ApplicationFields
from db.errors import DuplicateNameError, StillUsedError
from db.records import AppEnvironmentRecord, ApplicationRecord, Page
from db.transaction import Database, Transaction
from domain.stored.consents import StoredConsent
from domain.words import DeployMode, ImageConsent
from services.errors import AlreadyConfiguredError, InUseError, NameTakenError
from services.reading.app_environments import app_environment, application_named


class JudgePushes(Protocol):
    """Judges the waiting image pushes of an app environment anew (services.pushes.judging).

    `switching`: its deploy mode has just changed to auto.
    """

    async def __call__(self, tx: Transaction, target: AppEnvironmentRecord, /, *, switching: bool) -> object: ...


class Applications:
    """The applications, and their settings in each environment."""

    def __init__(self, db: Database, *, judge_pushes: JudgePushes) -> None:
        self._db = db
        self._judge_pushes = judge_pushes

    async def list(self, *, search: str | None, after: str | None, limit: int) -> Page[ApplicationRecord]:
        """A page of applications by name, where given those whose name contains `search`."""
        async with self._db.read() as tx:
            return await tx.applications.list(search=search, after=after, limit=limit)

    async def get(self, name: str) -> ApplicationRecord:
        """One application. Raises `NotFoundError`."""
        async with self._db.read() as tx:
            return await application_named(tx, name)

    async def add(self, name: str, *, description: str) -> ApplicationRecord:
        """Add an application. Raises `NameTakenError`."""
        try:
            async with self._db.begin() as tx:
                return await tx.applications.add(name=name, description=description)
        except DuplicateNameError:
            raise NameTakenError("application", name) from None

    async def update(self, name: str, changes: ApplicationFields) -> ApplicationRecord:
        """Change an application. Raises `NotFoundError`, `NameTakenError`."""
        try:
            async with self._db.begin() as tx:
                return await tx.applications.change((await application_named(tx, name)).id, **changes)
        except DuplicateNameError as error:
            raise NameTakenError("application", error.name) from None

    async def delete(self, name: str) -> None:
        """Remove the application and its history; its workloads keep running. Raises `NotFoundError`, `InUseError`."""
        try:
            async with self._db.begin() as tx:
                await tx.applications.delete((await application_named(tx, name)).id)
        except StillUsedError as error:
            raise InUseError("application", name, [*error.users]) from None

    async def environments(self, name: str) -> tuple[AppEnvironmentRecord, ...]:
        """The application in every environment, by rank. Raises `NotFoundError`."""
        async with self._db.read() as tx:
            return await tx.app_environments.of([await application_named(tx, name)])

    async def environment(self, name: str, environment: str) -> AppEnvironmentRecord:
        """The application in one environment. Raises `NotFoundError` for either."""
        async with self._db.read() as tx:
            return await app_environment(tx, name, environment)

    async def change_environment(
        self, name: str, environment: str, changes: AppEnvironmentFields
    ) -> AppEnvironmentRecord:
        """Change the settings of an app environment; a new deploy mode or pin judges its image pushes anew.

        Raises `NotFoundError`; `AlreadyConfiguredError` where it is configured and its namespace would change.
        """
        async with self._db.begin() as tx:
            record = await app_environment(tx, name, environment)
            desired = changes.get("namespace", record.namespace)
            if record.configured and desired != record.namespace:
                raise AlreadyConfiguredError(
                    f"'{record.application.name}' is in namespace '{record.namespace}' in "
                    f"'{record.environment.name}'. The namespace cannot change once the application is configured."
                )
            changed = await tx.app_environments.change(record.application.id, record.environment.id, **changes)
            if (changed.deploy_mode, changed.pin) != (record.deploy_mode, record.pin):
                switching = changed.deploy_mode is DeployMode.AUTO and record.deploy_mode is not DeployMode.AUTO
                await self._judge_pushes(tx, changed, switching=switching)
                await tx.image_pushes.notify()
            return changed

    async def give_consent(
        self, name: str, environment: str, consent: ImageConsent, *, actor: str
    ) -> AppEnvironmentRecord:
        """Store a consent for all changes of images there; one that is stored stays as it is. Raises `NotFoundError`.

        The image pushes that wait are looked at again: what blocked them may be lifted.
        """
        async with self._db.begin() as tx:
            record = await app_environment(tx, name, environment)
            if any(stored.consent is consent for stored in record.consents):
                return record
            given = StoredConsent(consent=consent, given_by=actor, given_at=datetime.now(UTC))
            return await self._with_consents(tx, record, (*record.consents, given))

    async def withdraw_consent(self, name: str, environment: str, consent: ImageConsent) -> AppEnvironmentRecord:
        """Remove a stored consent. Raises `NotFoundError` for the names; a consent that is not stored is no error."""
        async with self._db.begin() as tx:
            record = await app_environment(tx, name, environment)
            kept = tuple(stored for stored in record.consents if stored.consent.value != consent.value)
            return await self._with_consents(tx, record, kept)

    async def _with_consents(
        self, tx: Transaction, record: AppEnvironmentRecord, consents: tuple[StoredConsent, ...]
    ) -> AppEnvironmentRecord:
        changed = await tx.app_environments.change(record.application.id, record.environment.id, consents=consents)
        await tx.image_pushes.notify()
        return changed
