"""Looks up applications, app environments and their clusters, in the caller's transaction.

What is looked up by a grant is what was checked: something else that has taken the name since is not found.
"""

from db.records.inventory import AppEnvironmentRecord, ApplicationRecord, ClusterRecord, EnvironmentRecord
from db.transaction import Transaction
from domain.grants import ApplicationViewGrant, ViewGrant
from services.errors import InvalidRequestError, NotConfiguredError, NotFoundError
from services.reading.given_namespaces import taken_back


async def app_environment(tx: Transaction, grant: ViewGrant) -> AppEnvironmentRecord:
    """The app environment of the grant. Raises `NotFoundError` where it was removed since."""
    (record,) = await app_environments(tx, grant)
    return record


async def app_environments(tx: Transaction, *grants: ViewGrant) -> tuple[AppEnvironmentRecord, ...]:
    """One application in several environments, in one query. Raises `NotFoundError` as `app_environment`."""
    name = grants[0].application.name
    found = await tx.app_environments.find_all(name, [grant.environment.name for grant in grants])
    return tuple(_checked(record, grant) for grant, record in zip(grants, found, strict=True))


def _checked(record: AppEnvironmentRecord | None, grant: ViewGrant) -> AppEnvironmentRecord:
    if record is None or record.application.id != grant.application.id:
        raise NotFoundError("application", grant.application.name)
    if record.environment.id != grant.environment.id:
        raise NotFoundError("environment", grant.environment.name)
    return record


async def application_of(tx: Transaction, grant: ApplicationViewGrant) -> ApplicationRecord:
    """The application of the grant. Raises `NotFoundError` where it was removed since."""
    record = await tx.applications.get(grant.application.id)
    if record is None:
        raise NotFoundError("application", grant.application.name)
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


def require_configured(target: AppEnvironmentRecord) -> None:
    """Raises `NotConfiguredError`, and `NamespaceNotGivenError` where its namespace was taken back."""
    if not target.configured:
        raise NotConfiguredError(
            f"'{target.application.name}' is not configured in '{target.environment.name}': "
            "configure, import or adopt it there first.",
            environment=target.environment.name,
        )
    if (taken := taken_back(target)) is not None:
        raise taken
