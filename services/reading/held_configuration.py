"""Reads the ConfigMaps and Secrets of an app environment: for a release, and for a rollback to one. Reads only.

What is not read in time for a release is not held for that cluster: no release waits for it, and none fails by it.
"""

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from db.records.inventory import AppEnvironmentRecord, ClusterRecord
from db.transaction import Database, Transaction
from domain.cluster_api import ClusterFailure
from domain.configuration import CONFIGURATION
from domain.held_configuration import HeldConfiguration
from domain.resources import Manifest, ResourceId
from services.errors import StagecoachError
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError
from services.kube.gateway import ClusterGateway, Clusters
from services.planning.objects.field_prints import FieldPrints
from services.planning.releases.holding import held_configuration
from services.planning.releases.restoring import LiveConfiguration
from services.reading.credentials import credential_of
from services.reading.fan_out import fan_out
from services.reading.given_namespaces import may_use
from services.reading.objects_by_name import by_kind, read_kind

_PATIENCE = 3.0  # seconds, over all clusters

_log = logging.getLogger("stagecoach.releases")

HeldByCluster = Mapping[str, HeldConfiguration]  # by cluster name


@dataclass(frozen=True, kw_only=True)
class ReleaseConfigurations:
    """Reads and records what releases hold; the newest `kept` of an app environment hold configuration."""

    clusters: Clusters
    prints: FieldPrints
    kept: int

    async def read(
        self,
        target: AppEnvironmentRecord,
        *,
        namespace: str,
        resources: Iterable[ResourceId],
        only: Collection[str] | None = None,
    ) -> HeldByCluster:
        """What is there, by cluster; `only` these clusters, by name. Raises nothing."""
        wanted = [each for each in resources if each.kind in CONFIGURATION]
        if self.kept == 0 or not wanted or target.id is None or not may_use(target, namespace):
            return {}
        place, keep_secrets = target.id, target.environment.releases_keep_secrets
        deadline = Deadline.after(_PATIENCE)

        async def read(cluster: ClusterRecord) -> HeldConfiguration | None:
            try:
                gateway = await self.clusters.gateway(credential_of(cluster))
                found, unread = await _read(gateway, namespace, wanted, deadline=deadline)
            except Exception as error:  # noqa: BLE001 - of any kind: the release is recorded without it
                _log.warning("could not read what a release holds on %s: %s", cluster.name, type(error).__name__)
                return None
            return held_configuration(found, self.prints, place=place, keep_secrets=keep_secrets, unread=unread)

        chosen = [each for each in target.environment.clusters if only is None or each.name in only]
        answers = await fan_out(chosen, read, deadline=deadline, name=lambda cluster: cluster.name)
        return {each.item.name: each.result for each in answers if each.ok and each.result is not None}

    async def record(self, tx: Transaction, app_environment_id: str, release: int, held: HeldByCluster) -> None:
        """Call it in the transaction that adds the release."""
        await tx.releases.held.put(app_environment_id, release, held, kept=self.kept)


class HeldReleases:
    """What releases hold, with values, for whoever writes them to a cluster."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, app_environment_id: str, release: int) -> HeldByCluster:
        """By cluster name; empty where the release holds no configuration any more."""
        async with self._database.read() as tx:
            return await tx.releases.held.of(app_environment_id, release, values=True)


async def read_live(
    gateway: ClusterGateway, namespace: str, wanted: Iterable[ResourceId], *, deadline: Deadline
) -> LiveConfiguration:
    """These ConfigMaps and Secrets as they are now. Raises `ClusterError`s, except that a kind may not be read."""
    found, unread = await _read(gateway, namespace, wanted, deadline=deadline)
    return LiveConfiguration(
        cluster=gateway.cluster,
        objects={(each.kind.name, each.name): each for each in found},
        unread=frozenset(unread),
    )


async def read_live_everywhere(
    clusters: Clusters,
    target: AppEnvironmentRecord,
    wanted: Mapping[str, Iterable[ResourceId]],
    *,
    deadline: Deadline,
) -> dict[str, LiveConfiguration]:
    """The same on several clusters, `wanted` by their names. What a cluster raises is its failure."""

    async def read(cluster: ClusterRecord) -> LiveConfiguration:
        try:
            gateway = await clusters.gateway(credential_of(cluster))
        except StagecoachError as error:  # its stored kubeconfig is no longer allowed by the settings
            return _unanswered(cluster.name, error)
        return await read_live(gateway, target.namespace or "", wanted[cluster.name], deadline=deadline)

    chosen = [each for each in target.environment.clusters if each.name in wanted]
    answers = await fan_out(chosen, read, deadline=deadline, name=lambda cluster: cluster.name)
    return {
        each.item.name: each.result if each.error is None else _unanswered(each.item.name, each.error)
        for each in answers
    }


def _unanswered(cluster: str, error: StagecoachError) -> LiveConfiguration:
    return LiveConfiguration(cluster=cluster, objects={}, failure=ClusterFailure(code=error.code, detail=error.detail))


async def _read(
    gateway: ClusterGateway, namespace: str, wanted: Iterable[ResourceId], *, deadline: Deadline
) -> tuple[list[Manifest], set[str]]:
    """The objects, and the kinds that the credential may not read."""
    found, unread = list[Manifest](), set[str]()
    for kind, names in by_kind(wanted).items():
        try:
            found += await read_kind(gateway, namespace, kind, names, deadline=deadline)
        except AccessDeniedError:
            unread.add(kind.name)
    return found, unread
