"""Applications, and their settings in each environment. Nothing here changes anything on a cluster."""

from db.app_environments import AppEnvironmentFields
from db.applications import ApplicationFields
from db.errors import DuplicateNameError, StillUsedError
from db.records import AppEnvironmentRecord, ApplicationRecord, Page
from db.transaction import Database, Transaction
from db.words import DeployMode
from services.arriving.facts import judge
from services.errors import AlreadyConfiguredError, InUseError, NameTakenError, NotFoundError


class Applications:
    """The applications."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def list(self, *, search: str | None, after: str | None, limit: int) -> Page[ApplicationRecord]:
        """By name; those whose name holds `search`."""
        async with self._db.read() as tx:
            return await tx.applications.list(search=search, after=after, limit=limit)

    async def get(self, name: str) -> ApplicationRecord:
        """Raises `NotFoundError`."""
        async with self._db.read() as tx:
            return await _found(tx, name)

    async def add(self, name: str, *, description: str) -> ApplicationRecord:
        """Raises `NameTakenError`."""
        try:
            async with self._db.begin() as tx:
                return await tx.applications.add(name=name, description=description)
        except DuplicateNameError:
            raise NameTakenError("application", name) from None

    async def update(self, name: str, changes: ApplicationFields) -> ApplicationRecord:
        """Raises `NotFoundError`, `NameTakenError`."""
        try:
            async with self._db.begin() as tx:
                return await tx.applications.change((await _found(tx, name)).id, **changes)
        except DuplicateNameError as error:
            raise NameTakenError("application", error.name) from None

    async def delete(self, name: str) -> None:
        """Forget it with its history; what runs goes on running. Raises `NotFoundError`, `InUseError`."""
        try:
            async with self._db.begin() as tx:
                await tx.applications.delete((await _found(tx, name)).id)
        except StillUsedError as error:
            raise InUseError("application", name, [*error.users]) from None

    async def environments(self, name: str) -> tuple[AppEnvironmentRecord, ...]:
        """It in every environment, by rank. Raises `NotFoundError`."""
        async with self._db.read() as tx:
            return await tx.app_environments.of([await _found(tx, name)])

    async def environment(self, name: str, environment: str) -> AppEnvironmentRecord:
        """Raises `NotFoundError` for either."""
        async with self._db.read() as tx:
            return await app_environment(tx, name, environment)

    async def change_environment(
        self, name: str, environment: str, changes: AppEnvironmentFields
    ) -> AppEnvironmentRecord:
        """Raises `NotFoundError`; `AlreadyConfiguredError` where the namespace of a configured one would change."""
        async with self._db.begin() as tx:
            record = await app_environment(tx, name, environment)
            wanted = changes.get("namespace", record.namespace)
            if record.configured and wanted != record.namespace:
                raise AlreadyConfiguredError(
                    f"'{record.application.name}' lives in the namespace '{record.namespace}' in "
                    f"'{record.environment.name}'. That cannot change once it is configured."
                )
            changed = await tx.app_environments.change(record.application.id, record.environment.id, **changes)
            if (changed.deploy_mode, changed.pin) != (record.deploy_mode, record.pin):
                switching = changed.deploy_mode is DeployMode.AUTO and record.deploy_mode is not DeployMode.AUTO
                await judge(tx, changed, switching=switching)
                await tx.arrivals.ring()
            return changed


async def app_environment(tx: Transaction, application: str, environment: str) -> AppEnvironmentRecord:
    """By names; raises `NotFoundError` for whichever does not exist."""
    (record,) = await app_environments(tx, application, environment)
    return record


async def app_environments(tx: Transaction, application: str, *environments: str) -> tuple[AppEnvironmentRecord, ...]:
    """An application in several environments, read as one; raises `NotFoundError` for whichever does not exist."""
    records = []
    for name, record in zip(environments, await tx.app_environments.find_all(application, environments), strict=True):
        if record is None:
            await _found(tx, application)
            raise NotFoundError("environment", name)
        records.append(record)
    return tuple(records)


async def _found(tx: Transaction, name: str) -> ApplicationRecord:
    record = await tx.applications.find(name)
    if record is None:
        raise NotFoundError("application", name)
    return record
