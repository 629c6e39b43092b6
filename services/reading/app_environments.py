"""Looks up applications, app environments and their clusters by name, in the caller's transaction."""

from db.records import AppEnvironmentRecord, ApplicationRecord, ClusterRecord, EnvironmentRecord
from db.transaction import Transaction
from services.errors import InvalidRequestError, NotFoundError


async def app_environment(tx: Transaction, application: str, environment: str) -> AppEnvironmentRecord:
    """The app environment by its names. Raises `NotFoundError` for an unknown application or environment."""
    (record,) = await app_environments(tx, application, environment)
    return record


async def app_environments(tx: Transaction, application: str, *environments: str) -> tuple[AppEnvironmentRecord, ...]:
    """An application in several environments, in one query. Raises `NotFoundError` as `app_environment`."""
    records = []
    for name, record in zip(environments, await tx.app_environments.find_all(application, environments), strict=True):
        if record is None:
            await application_named(tx, application)
            raise NotFoundError("environment", name)
        records.append(record)
    return tuple(records)


async def application_named(tx: Transaction, name: str) -> ApplicationRecord:
    """The application of this name. Raises `NotFoundError`."""
    record = await tx.applications.find(name)
    if record is None:
        raise NotFoundError("application", name)
    return record


def cluster_named(environment: EnvironmentRecord, name: str, *, field: str = "source_cluster") -> ClusterRecord:
    """The environment's cluster of that name, compared without case; raises `InvalidRequestError` on `field`."""
    found = find_cluster(environment, name)
    if found is None:
        known = ", ".join(cluster.name for cluster in environment.clusters)
        raise InvalidRequestError(
            f"Environment '{environment.name}' has no cluster named '{name}'. Its clusters are {known}.", field=field
        )
    return found


def find_cluster(environment: EnvironmentRecord, name: str) -> ClusterRecord | None:
    """The environment's cluster of that name, compared without case."""
    return next((cluster for cluster in environment.clusters if cluster.name.lower() == name.lower()), None)
