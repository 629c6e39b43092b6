"""Reads what runs where for one application: all clusters at once, within `limits.overview` seconds.

Writes nothing to clusters; records in the database which images run where.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from db.records import AppEnvironmentRecord, EndedOperation, ImagePushRecord, RunningImageRecord, VerdictRecord
from db.transaction import Database
from domain.grants import Actor, ApplicationViewGrant
from domain.images import ContainerKey
from domain.words import Verdict
from services.kube.deadline import Deadline
from services.kube.gateway import Clusters
from services.limits import Limits
from services.planning.health.values import HealthPolicy
from services.planning.images.running import ClusterFacts
from services.planning.overviews.application import application_overview
from services.planning.overviews.values import (
    ApplicationOverview,
    LastOperation,
    PushedImage,
    SeenCluster,
    SeenEnvironment,
)
from services.reading.app_environments import application_of
from services.reading.given_namespaces import taken_back
from services.reading.image_facts import ImageFactsReader, workloads_of
from services.reading.permissions import Permissions, environment_ref
from services.reading.running_index import differs, index_of_facts

_MAX_KEPT = 2000


@dataclass(frozen=True, kw_only=True)
class _Known:
    facts: ClusterFacts
    read_at: datetime


class Overview:
    """Reads overviews, and keeps the last facts of each cluster, which a cluster that is down shows as stale.

    The kept facts are bounded and in memory: after a restart of Stagecoach a dead cluster shows no images.
    """

    def __init__(self, db: Database, clusters: Clusters, limits: Limits) -> None:
        self._db = db
        self._permissions = Permissions(db)
        self._facts = ImageFactsReader(clusters=clusters, policy=HealthPolicy(timeout_cap=limits.watch_cap))
        self._limits = limits
        self._known: OrderedDict[tuple[str, str], _Known] = OrderedDict()

    async def read(self, application: str, *, actor: Actor) -> ApplicationOverview:
        """The application in all environments that the actor sees, by rank.

        Raises `NotFoundError`, but nothing for a cluster.
        """
        grant = await self._permissions.application(actor, ApplicationViewGrant, application)
        async with self._db.read() as tx:
            found = await application_of(tx, grant)
            everywhere = await tx.app_environments.of([found])
            targets = tuple(each for each in everywhere if grant.sees(environment_ref(each.environment)))
            ids = [target.id for target in targets if target.id is not None]
            offered = await tx.verdicts.pushes_judged(ids, [Verdict.OFFERED])
            ended = await tx.operations.last_ended(ids)
            indexed = {each: await tx.running_images.of(each) for each in ids}
        deadline = Deadline.after(self._limits.overview)
        read = await asyncio.gather(*(self._read(target, deadline) for target in targets))
        seen = [
            self._environment(
                target, facts, pushed=_pushed(offered.get(target.id or "", ())), ended=ended.get(target.id or "")
            )
            for target, facts in zip(targets, read, strict=True)
        ]
        await self._index(zip(targets, read, strict=True), indexed)
        return application_overview(found.name, seen, read_at=datetime.now(UTC))

    async def _read(self, target: AppEnvironmentRecord, deadline: Deadline) -> tuple[ClusterFacts, ...]:
        return await self._facts.read(target, deadline=deadline) if target.configured else ()

    async def _index(
        self,
        read: Iterable[tuple[AppEnvironmentRecord, tuple[ClusterFacts, ...]]],
        indexed: Mapping[str, tuple[RunningImageRecord, ...]],
    ) -> None:
        """Record which images run where, for image pushes to find: they may have been changed without Stagecoach."""
        for target, facts in read:
            whole = facts and all(one.failure is None for one in facts)
            if not whole or target.id is None or target.active_operation is not None:
                continue
            rows = index_of_facts(target.id, facts)
            if not differs(rows, indexed[target.id]):
                continue
            async with self._db.begin() as tx:
                now = await tx.app_environments.get(target.id)
                # An operation that began since has more recent facts.
                if now and now.active_operation is None and now.last_release == target.last_release:
                    await tx.running_images.put(target.id, rows)

    def _environment(
        self,
        target: AppEnvironmentRecord,
        facts: tuple[ClusterFacts, ...],
        *,
        pushed: Mapping[ContainerKey, PushedImage],
        ended: EndedOperation | None,
    ) -> SeenEnvironment:
        return SeenEnvironment(
            environment=target.environment.name,
            rank=target.environment.rank,
            configured=target.configured,
            namespace=target.namespace,
            deploy_mode=target.deploy_mode,
            pin=target.pin,
            active_operation=target.active_operation,
            resources=workloads_of(target),
            clusters=tuple(self._seen(target, one) for one in facts)
            or tuple(
                SeenCluster(cluster=cluster.name, facts=None, read_at=None, failure=None)
                for cluster in target.environment.clusters
            ),
            pushed=pushed,
            last_operation=LastOperation(id=ended.id, kind=ended.kind, state=ended.state) if ended else None,
        )

    def _seen(self, target: AppEnvironmentRecord, facts: ClusterFacts) -> SeenCluster:
        key = (target.id or "", facts.cluster)
        if taken_back(target) is not None:  # nothing is shown of it, not even what was read before
            self._known.pop(key, None)
        if facts.failure is None:
            self._known[key] = _Known(facts=facts, read_at=datetime.now(UTC))
            self._known.move_to_end(key)
            if len(self._known) > _MAX_KEPT:
                self._known.popitem(last=False)
        known = self._known.get(key)
        return SeenCluster(
            cluster=facts.cluster,
            facts=known.facts if known else None,
            read_at=known.read_at if known else None,
            failure=facts.failure,
        )


def _pushed(offered: Iterable[tuple[ImagePushRecord, VerdictRecord]]) -> dict[ContainerKey, PushedImage]:
    """The newest offered image of each container."""
    found: dict[ContainerKey, PushedImage] = {}
    for image_push, verdict in offered:
        image = PushedImage(
            push=image_push.push,
            repository=image_push.repository,
            tag=image_push.tag,
            digest=image_push.digest,
            discovered_at=image_push.discovered_at,
        )
        for container in verdict.containers:
            found.setdefault(container.key, image)
    return found
