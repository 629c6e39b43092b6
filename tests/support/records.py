"""Records as values, without a database, and fakes of what reads them and of the clusters that they name."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Self, cast

from db.records.inventory import AppEnvironmentRecord, ApplicationRecord, ClusterRecord, EnvironmentRecord, NamespaceUse
from db.transaction import Database, Transaction
from domain.declared_kinds import NONE_DECLARED, DeclaredKinds
from domain.namespaces import GivenNamespace
from domain.rights import ApplicationRef, EnvironmentRef
from domain.stored.policies import StoredPolicies
from domain.words import DeployMode, Pin, Reachability
from services.kube.errors import ClusterUnreachableError
from services.kube.gateway import ClusterCredential, ClusterGateway
from services.reading.permissions import application_ref, environment_ref
from tests.support.fake_cluster import FakeCluster

_MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)


def cluster_record(name: str = "prod-eu") -> ClusterRecord:
    return ClusterRecord(
        id=f"id-of-{name}",
        name=name,
        labels={},
        server=None,
        credential=None,
        credential_version=1,
        reachability=Reachability.REACHABLE,
        server_version=None,
        last_seen_at=None,
        last_error=None,
        created_at=_MADE_AT,
        updated_at=_MADE_AT,
    )


def app_environment_record(
    environment: str = "Production",
    *,
    clusters: tuple[str, ...] = ("prod-eu",),
    default_namespace: str | None = None,
    **changes: Any,
) -> AppEnvironmentRecord:
    """`shop`, configured in the namespace `shop`, and idle."""
    made = AppEnvironmentRecord(
        id=f"id-of-shop-in-{environment}",
        application=ApplicationRecord(
            id="id-of-shop", labels={}, name="shop", description="", created_at=_MADE_AT, updated_at=_MADE_AT
        ),
        environment=EnvironmentRecord(
            id=f"id-of-{environment}",
            name=environment,
            rank=1,
            clusters=tuple(map(cluster_record, clusters)),
            default_namespace=default_namespace,
            deploy_mode=DeployMode.MANUAL,
            pin=Pin.DIGEST,
            given=(GivenNamespace(environment_id=f"id-of-{environment}", pattern="*", applications=None),),
            allowed_dangers=(),
            created_at=_MADE_AT,
            updated_at=_MADE_AT,
        ),
        namespace="shop",
        deploy_mode=DeployMode.MANUAL,
        pin=Pin.DIGEST,
        image_policies=StoredPolicies(),
        consents=(),
        automation=None,
        configured_at=_MADE_AT,
        resources=(),
        last_release=0,
        active_operation=None,
    )
    return replace(made, **changes)


class _NoGates:
    """No stops, freezes or approval policies."""

    async def all(self) -> tuple[()]:
        return ()

    async def of(self, environment_id: str) -> None:
        del environment_id


class FakeRows:
    """A fake `Transaction` that finds these app environments, and the fake `Database` that opens it."""

    def __init__(self, *app_environments: AppEnvironmentRecord) -> None:
        self._by_environment = {each.environment.name.lower(): each for each in app_environments}
        self._applications = {each.application.name: each.application for each in app_environments}
        self.stops = self.freezes = self.approval_policies = _NoGates()

    @property
    def transaction(self) -> Transaction:
        return cast("Transaction", self)

    @property
    def database(self) -> Database:
        return cast("Database", self)

    @property
    def app_environments(self) -> Self:
        return self

    @property
    def applications(self) -> Self:
        return self

    @property
    def bindings(self) -> Self:
        return self

    @property
    def declared_kinds(self) -> Self:
        return self

    async def declarations(self) -> DeclaredKinds:
        return NONE_DECLARED

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        yield self.transaction

    autocommit_read = read

    async def get(self, application_id: str) -> ApplicationRecord | None:
        return next((each for each in self._applications.values() if each.id == application_id), None)

    async def target(
        self, *, application: str | None = None, environment: str | None = None
    ) -> tuple[ApplicationRef | None, EnvironmentRef | None]:
        found = self._applications.get(application or "")
        place = self._by_environment.get((environment or "").lower())
        return application_ref(found) if found else None, environment_ref(place.environment) if place else None

    async def find_all(
        self, application: str, environments: tuple[str, ...]
    ) -> tuple[AppEnvironmentRecord | None, ...]:
        known = application in self._applications
        return tuple(self._by_environment.get(each.lower()) if known else None for each in environments)

    async def in_namespace(self, namespace: str, cluster_ids: Iterable[str]) -> tuple[NamespaceUse, ...]:
        wanted = set(cluster_ids)
        return tuple(
            NamespaceUse(
                environment=environment_ref(each.environment),
                application=application_ref(each.application),
                cluster_id=cluster.id,
            )
            for each in self._by_environment.values()
            for cluster in each.environment.clusters
            if each.namespace == namespace and cluster.id in wanted
        )


class FakeClusters:
    """Gateways by cluster name; a cluster that is not given, or is an error, raises one."""

    def __init__(self, gateways: Mapping[str, FakeCluster | Exception] | None = None) -> None:
        self._gateways = gateways or {}
        self.asked: list[str] = []

    async def gateway(self, credential: ClusterCredential) -> ClusterGateway:
        self.asked.append(credential.name)
        found = self._gateways.get(credential.name)
        if isinstance(found, FakeCluster):
            return found.gateway
        raise found or ClusterUnreachableError("No connection.", cluster=credential.name)

    def allow_probe(self, cluster_id: str) -> None:
        del cluster_id
