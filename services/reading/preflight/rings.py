"""Judges a ring again before it begins, by fresh reads of its clusters. Reads only.

A start plans anew, so what blocks then is known. A ring may begin an hour later: its clusters are read and planned as
at the start, with the same functions, and stored registries are asked whether they still have the images, for the nodes
that are there now. A copy plans
each cluster anew as it begins there, so nothing is judged for it here.
"""

import asyncio
from collections.abc import Mapping, Sequence

from db.records.inventory import AppEnvironmentRecord, ClusterRecord
from domain.problems import Problem
from domain.stored.plans import StoredImagePlan, StoredPlan
from domain.stored.strategies import Strategy
from services.kube.deadline import Deadline
from services.kube.gateway import Clusters
from services.limits import Limits
from services.planning.health.values import HealthPolicy
from services.planning.preflight.again import blocking_on, planned_again
from services.reading.control_planes import OWN_CONTROL_PLANES, ControlPlanes
from services.reading.image_facts import ImageFactsReader
from services.reading.preflight.registries import ImageRegistries
from services.reading.preflight.stage import PreflightReader
from services.reading.running_images import Depth


class RingJudgement:
    """`services.engine.preflight.Preflight`."""

    def __init__(
        self,
        clusters: Clusters,
        limits: Limits,
        registries: ImageRegistries,
        *,
        control_planes: ControlPlanes = OWN_CONTROL_PLANES,
    ) -> None:
        """`control_planes` tell where applications of Argo CD are."""
        self._facts = ImageFactsReader(
            clusters=clusters, policy=HealthPolicy(timeout_cap=limits.watch_cap), control_planes=control_planes
        )
        self._preflight = PreflightReader(clusters=clusters)
        self._registries = registries
        self._limits = limits

    async def blocking(
        self, target: AppEnvironmentRecord, plan: StoredPlan, clusters: Sequence[ClusterRecord]
    ) -> Mapping[str, Problem]:
        """By the name of a cluster, the first finding that blocks the plan there now."""
        if not isinstance(plan, StoredImagePlan):
            return {}
        deadline = Deadline.after(self._limits.plan)
        running = await self._facts.read(target, deadline=deadline.part(0.5), depth=Depth.TEMPLATES, only=clusters)
        planned = {one.cluster: now for one in running if (now := planned_again(plan, one)) is not None}
        written = {name: now.changes for name, now in planned.items()}
        read, registry = await asyncio.gather(
            # Without Jobs: a hook that lacks a right fails by itself, and the operation's strategy need not be the
            # default.
            self._preflight.read(target, running, deadline=deadline, strategy=Strategy(), only_blocking=True),
            self._registries.again(target, written, running, deadline=deadline),
        )
        facts = {each.cluster: each for each in read.targets}
        found = {name: blocking_on(plan, now, facts.get(name), registry) for name, now in planned.items()}
        return {cluster: problem for cluster, problem in found.items() if problem is not None}
