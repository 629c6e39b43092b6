"""Short builders of rows with good defaults, for tests that need something to be there."""

from dataclasses import dataclass

from db.records.inventory import AppEnvironmentRecord, ClusterRecord, EnvironmentRecord
from db.transaction import Database, Transaction
from domain.actors import ActorKind, ActorRef
from domain.secret_text import SecretValues
from domain.stored.spec import OperationSpec
from domain.words import OnFailure, OperationKind
from tests.support.specs import copy_spec, image_spec


@dataclass(frozen=True, kw_only=True)
class Target:
    """An application in an environment of some clusters."""

    app_environment: AppEnvironmentRecord
    clusters: tuple[ClusterRecord, ...]


async def make_cluster(
    tx: Transaction, name: str = "prod-eu", *, credential: str | None = "kind: Config"
) -> ClusterRecord:
    return await tx.clusters.add(name=name, labels={}, server="https://127.0.0.1:6443", credential=credential)


async def add_environment(tx: Transaction, name: str, *cluster_ids: str) -> EnvironmentRecord:
    """An environment that gives every application the namespaces of its clusters that belong to applications."""
    added = await tx.environments.add(name=name, cluster_ids=cluster_ids)
    await tx.environment_namespaces.give(added.id, "*", applications=None, by="the suite")
    return added


async def make_target(
    database: Database,
    *,
    application: str = "shop",
    environment: str = "Production",
    clusters: tuple[str, ...] = ("prod-eu", "prod-us"),
) -> Target:
    """Adds what does not exist yet; the app environment has a row and is unconfigured."""
    async with database.begin() as tx:
        made = tuple([await tx.clusters.find(name) or await make_cluster(tx, name) for name in clusters])
        where = await tx.environments.find(environment) or await add_environment(
            tx, environment, *(each.id for each in made)
        )
        what = await tx.applications.find(application) or await tx.applications.add(name=application)
        record = await tx.app_environments.change(what.id, where.id)
    return Target(app_environment=record, clusters=made)


async def make_operation(
    database: Database,
    target: Target,
    *,
    actor: str = "ann",
    secrets: SecretValues | None = None,
    idempotency: tuple[str, str] | None = None,
    on_failure: OnFailure = OnFailure.STAY,
    kind: OperationKind = OperationKind.IMPORT,
    spec: OperationSpec | None = None,
) -> str:
    """A queued operation on all clusters in one wave, an import by default; returns its id."""
    assert target.app_environment.id is not None
    async with database.begin() as tx:
        operation_id, _ = await tx.operation_lifecycle.add(
            kind=kind,
            app_environment_id=target.app_environment.id,
            source_app_environment_id=None,
            actor=ActorRef(kind=ActorKind.TOKEN, id=actor, name=actor),
            token_id=None,
            spec=spec or (copy_spec() if kind is OperationKind.IMPORT else image_spec()),
            plan_digest="sha256:0",
            on_failure=on_failure,
            clusters=[(each.id, each.name, 0) for each in target.clusters],
            secrets=secrets,
            idempotency=idempotency,
        )
        return operation_id
