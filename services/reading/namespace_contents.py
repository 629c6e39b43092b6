"""Reads an app environment's namespace: which objects can be copied, and which refer to which. Reads only."""

from dataclasses import dataclass

from db.records.inventory import AppEnvironmentRecord
from db.transaction import Database
from domain.grants import Actor, ViewGrant
from services.errors import NotConfiguredError
from services.kube.deadline import Deadline
from services.kube.gateway import Clusters
from services.limits import Limits
from services.planning.namespaces.import_candidates import SourceResource, import_candidates
from services.planning.objects.identity import ObjectKey, kind_name
from services.reading.app_environments import app_environment, cluster_named
from services.reading.credentials import credential_of
from services.reading.given_namespaces import require_given
from services.reading.namespace_reader import read_namespace
from services.reading.permissions import Permissions


@dataclass(frozen=True, kw_only=True)
class NamespaceContents:
    """The objects of the namespace on one cluster; `unread` are the kinds that could not be listed."""

    cluster: str
    namespace: str
    items: tuple[SourceResource, ...]
    unread: tuple[str, ...]


class ResourceBrowser:
    """Lists the namespace of an app environment for the import dialog."""

    def __init__(self, db: Database, clusters: Clusters, limits: Limits) -> None:
        self._db = db
        self._permissions = Permissions(db)
        self._clusters = clusters
        self._limits = limits

    async def read(
        self, application: str, environment: str, cluster: str | None = None, *, actor: Actor
    ) -> NamespaceContents:
        """The namespace on the named cluster, or on the primary one.

        Raises `NotFoundError`, `NotConfiguredError` where no namespace is known, `InvalidRequestError` for a cluster of
        another environment, `NamespaceNotGivenError`, and `ClusterError`s.
        """
        grant = await self._permissions.app_environment(actor, ViewGrant, application, environment)
        async with self._db.read() as tx:
            target = await app_environment(tx, grant)
            declared = await tx.declared_kinds.declarations()
        namespace = target.namespace or target.environment.default_namespace
        if namespace is None:
            raise NotConfiguredError(
                f"'{target.application.name}' has no namespace in '{target.environment.name}' yet.",
                environment=target.environment.name,
            )
        require_given(target, namespace)
        record = target.environment.primary if cluster is None else cluster_named(target.environment, cluster)
        gateway = await self._clusters.gateway(credential_of(record))
        contents = await read_namespace(gateway, namespace, deadline=Deadline.after(self._limits.plan))
        return NamespaceContents(
            cluster=record.name,
            namespace=namespace,
            items=import_candidates(contents.manifests, own=own_resources(target), declared=declared),
            unread=tuple(sorted(kind_name(kind) for kind in contents.unread)),
        )


def own_resources(target: AppEnvironmentRecord) -> frozenset[ObjectKey]:
    """The keys of the app environment's resources, without their versions."""
    return frozenset(ObjectKey(group=each.kind.group, kind=each.kind.name, name=each.name) for each in target.resources)
