"""Reads the ConfigMaps and Secrets of an app environment for a release that is being recorded. Reads only.

What is not read within its patience is not held for that cluster: no release waits for it, and none fails by it.
"""

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from db.records.inventory import AppEnvironmentRecord, ClusterRecord
from db.transaction import Transaction
from domain.configuration import CONFIGURATION
from domain.held_configuration import HeldConfiguration
from domain.resources import Manifest, ResourceId
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError
from services.kube.gateway import ClusterGateway, Clusters
from services.planning.objects.field_prints import FieldPrints
from services.planning.releases.holding import held_configuration
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
