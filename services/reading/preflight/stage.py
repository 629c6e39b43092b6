"""The stage of a plan that reads what pre-flight judges by, on each target cluster. Reads only.

It runs while the source is read. A cluster that does not answer in time has no facts: the plan goes on without
findings on it. What a credential may not read fails nothing either: each reader catches that, and names it in `unread`.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from db.records.inventory import AppEnvironmentRecord, ClusterRecord
from db.transaction import Database
from domain.comparisons import ObjectField
from domain.divergences import Divergence
from domain.stored.strategies import Strategy
from services.kube.deadline import Deadline
from services.kube.gateway import ClusterGateway, Clusters
from services.planning.comparing.missing import KeysOn
from services.planning.images.running import ClusterFacts
from services.planning.objects.identity import ObjectKey
from services.planning.objects.reference_values import CONFIG_MAP, SECRET
from services.planning.objects.references import references_of
from services.planning.preflight.values import Preflight, PreflightFacts, SourceKeys
from services.planning.rings.job_places import places_of_jobs
from services.planning.rings.resolution import RingCluster
from services.precedence import PRECEDENCE
from services.reading.credentials import credential_of
from services.reading.fan_out import fan_out
from services.reading.given_namespaces import taken_back
from services.reading.preflight.configuration import read_configuration, read_keys
from services.reading.preflight.job_rights import read_job_rights
from services.reading.preflight.surroundings import read_surroundings


@dataclass(frozen=True, kw_only=True)
class AskedSource:
    """The app environment that images come from; `only` is the one cluster of it that counts, None for all of them.

    `expected` are the fields that are meant to differ from it.
    """

    place: AppEnvironmentRecord
    only: ClusterRecord | None = None
    expected: tuple[ObjectField, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PreflightReader:
    """Reads the facts of target clusters; `clusters` is the pool. Without a `database` nothing is known of drift."""

    clusters: Clusters
    database: Database | None = None

    async def read(
        self,
        target: AppEnvironmentRecord,
        running: Sequence[ClusterFacts],
        *,
        deadline: Deadline,
        source: AskedSource | None = None,
        strategy: Strategy | None = None,
        only_blocking: bool = False,
    ) -> Preflight:
        """The facts of the clusters of which `running` has workloads. Raises nothing for a cluster.

        `strategy` None: the environment's own. `only_blocking`: those by which findings block. Nobody reads the others
        of a plan that is executed at once.
        """
        found = {one.cluster: one for one in running if one.failure is None and one.manifests}
        concerned = [cluster for cluster in target.environment.clusters if cluster.name in found]

        own = target.environment.strategy
        asked = strategy.beside(own) if strategy is not None else None
        with_jobs = places_of_jobs(
            asked or own or Strategy(),
            tuple(RingCluster(name=each.name, labels=each.labels) for each in target.environment.clusters),
        )

        async def read(cluster: ClusterRecord) -> PreflightFacts:
            gateway = await self.clusters.gateway(credential_of(cluster))
            return await read_preflight(
                gateway,
                target.namespace or "",
                found[cluster.name],
                jobs=cluster.name in with_jobs,
                only_blocking=only_blocking,
                deadline=deadline,
            )

        with PRECEDENCE.taken():
            answers, keys, drift = await asyncio.gather(
                fan_out(concerned, read, deadline=deadline, name=lambda cluster: cluster.name),
                self._source_keys(source, found.values(), deadline=deadline),
                self._drift(target),
            )
        facts = (answer.result for answer in answers if answer.error is None)
        return Preflight(targets=tuple(replace(each, divergences=drift) for each in facts), source=keys)

    async def _source_keys(
        self, source: AskedSource | None, running: Iterable[ClusterFacts], *, deadline: Deadline
    ) -> SourceKeys | None:
        """The keys that the source has of what the targets' workloads refer to; None where there is no source."""
        if source is None or taken_back(source.place) is not None:
            return None
        names = {
            ObjectKey.of_kind(reference.group_kind, reference.name)
            for one in running
            for workload in one.manifests
            for reference in references_of(workload)
            if reference.group_kind in {CONFIG_MAP, SECRET}
        }
        clusters = source.place.environment.clusters if source.only is None else (source.only,)

        async def read(cluster: ClusterRecord) -> KeysOn:
            gateway = await self.clusters.gateway(credential_of(cluster))
            namespace = source.place.namespace or ""
            facts, _ = await read_keys(gateway, namespace, names, deadline=deadline)
            return KeysOn(
                cluster=cluster.name,
                keys={(key.kind, key.name): keys for key, keys in facts.keys.items()},
                absent=frozenset((key.kind, key.name) for key in facts.absent),
            )

        answers = await fan_out(clusters if names else (), read, deadline=deadline, name=lambda each: each.name)
        return SourceKeys(
            environment=source.place.environment.name,
            clusters=tuple(answer.result for answer in answers if answer.error is None),
            expected=source.expected,
        )

    async def _drift(self, target: AppEnvironmentRecord) -> tuple[Divergence, ...]:
        """What is known to differ from the last release, or between clusters."""
        if self.database is None or target.id is None:
            return ()
        async with self.database.autocommit_read() as tx:
            return tuple(each.divergence for each in await tx.divergences.open_in(target.id))


async def read_preflight(
    gateway: ClusterGateway,
    namespace: str,
    running: ClusterFacts,
    *,
    jobs: bool = False,
    only_blocking: bool = False,
    deadline: Deadline,
) -> PreflightFacts:
    """The facts of one cluster, all parts at once. `jobs`: the strategy runs some there. Raises `ClusterError`s."""
    (configuration, unread), (surroundings, unlisted), lacking = await asyncio.gather(
        read_configuration(gateway, namespace, running.manifests, deadline=deadline),
        read_surroundings(gateway, namespace, running.manifests, deadline=deadline, only_blocking=only_blocking),
        read_job_rights(gateway, namespace, needed=jobs, deadline=deadline),
    )
    return PreflightFacts(
        cluster=running.cluster,
        running=running,
        configuration=configuration,
        surroundings=surroundings,
        lacking_job_rights=lacking,
        unread=(*unread, *unlisted),
    )
