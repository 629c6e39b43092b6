"""The loop that runs the controllers of a practice cluster.

It is notified of every change, schedules the affected objects in the work queue, and reconciles them when they are due.
Between changes it does nothing, so that fifty idle clusters in a process cost nothing.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from time import monotonic
from types import MappingProxyType

from sandbox.argo_rollouts import canary
from sandbox.argocd import application_sets, applications
from sandbox.clock import Timer
from sandbox.cluster import Cluster
from sandbox.controllers import (
    autoscalers,
    budgets,
    claims,
    cronjobs,
    daemonsets,
    deployments,
    endpoints,
    events,
    garbage,
    jobs,
    namespaces,
    pods,
    replicasets,
    statefulsets,
)
from sandbox.controllers.rollout_timing import RolloutTiming
from sandbox.controllers.world import World
from sandbox.errors import StatusError
from sandbox.flagger import canaries
from sandbox.flux import helm_releases, kustomizations
from sandbox.knative import configurations, revisions, routes
from sandbox.knative import services as knative_services
from sandbox.kruise import clone_sets
from sandbox.store import Change, Key, Object

SLICE = 0.02
"""Seconds of work after which others in the process get their turn."""

Reconcile = Callable[[World, Object], None]

_RECONCILERS: dict[tuple[str, str], Reconcile] = {
    ("", "endpoints"): endpoints.reconcile_endpoints,
    ("", "events"): events.reconcile,
    ("", "namespaces"): namespaces.reconcile,
    ("", "persistentvolumeclaims"): claims.reconcile,
    ("", "pods"): pods.reconcile,
    ("", "resourcequotas"): budgets.reconcile_quota,
    ("", "services"): endpoints.reconcile,
    ("apps", "daemonsets"): daemonsets.reconcile,
    ("apps", "deployments"): deployments.reconcile,
    ("apps", "replicasets"): replicasets.reconcile,
    ("apps", "statefulsets"): statefulsets.reconcile,
    ("apps.kruise.io", "clonesets"): clone_sets.reconcile,
    ("argoproj.io", "applications"): applications.reconcile,
    ("argoproj.io", "applicationsets"): application_sets.reconcile,
    ("argoproj.io", "rollouts"): canary.reconcile,
    ("autoscaling", "horizontalpodautoscalers"): autoscalers.reconcile,
    ("batch", "cronjobs"): cronjobs.reconcile,
    ("batch", "jobs"): jobs.reconcile,
    ("flagger.app", "canaries"): canaries.reconcile,
    ("helm.toolkit.fluxcd.io", "helmreleases"): helm_releases.reconcile,
    ("kustomize.toolkit.fluxcd.io", "kustomizations"): kustomizations.reconcile,
    ("policy", "poddisruptionbudgets"): budgets.reconcile_budget,
    ("serving.knative.dev", "configurations"): configurations.reconcile,
    ("serving.knative.dev", "revisions"): revisions.reconcile,
    ("serving.knative.dev", "routes"): routes.reconcile,
    ("serving.knative.dev", "services"): knative_services.reconcile,
}


class Controllers:
    """The controllers of one cluster; they go on where they were, from what is stored."""

    def __init__(
        self,
        cluster: Cluster,
        *,
        speed: float = 1.0,
        root_certificates: bool = False,
        timing: RolloutTiming | None = None,
        peers: Mapping[str, Cluster] = MappingProxyType({}),
    ) -> None:
        """`peers`: all clusters of the process by their names, for controllers that write to others."""
        self._cluster = cluster
        self._world = World(
            cluster,
            timing=(timing or RolloutTiming()).faster(speed),
            reconciled=_RECONCILERS.keys(),
            root_certificates=root_certificates,
            peers=peers,
        )
        self._unsubscribe: Callable[[], None] | None = None
        self._timer: Timer | None = None
        self._armed: datetime | None = None
        self._running = False

    def start(self) -> None:
        """Look at everything that is stored, and from now on at what changes."""
        for entry in list(self._cluster.store.everything()):
            self._world.learn(entry.key, entry.object)
        self._unsubscribe = self._cluster.subscribe(self._noted)
        self._arm()

    def stop(self) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._armed = None

    def _noted(self, change: Change) -> None:
        self._world.noted(change)
        if not self._running:
            self._arm()

    def _arm(self) -> None:
        due = self._world.queue.next_due()
        if due is None or (self._armed is not None and self._armed <= due):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._armed = due
        self._timer = self._cluster.clock.call_at(due, self._run)

    def _run(self) -> None:
        self._timer = self._armed = None
        self._running = True
        began, now = monotonic(), self._world.now()
        try:
            while monotonic() - began < SLICE and (key := self._world.queue.pop(now)) is not None:
                self._look(key)
        finally:
            self._running = False
            self._arm()

    def _look(self, key: Key) -> None:
        world, obj = self._world, self._world.at(key)
        if obj is None:
            return
        try:
            if obj["metadata"].get("deletionTimestamp"):
                garbage.finish_deletion(world, obj)
            elif garbage.is_abandoned(world, obj):
                world.delete(obj)
            reconcile = _RECONCILERS.get((key.group, key.resource))
            if reconcile is not None and (present := world.at(key)) is not None:
                reconcile(world, present)
        except StatusError as error:
            # Either this look changed the same object twice, then the next one sees it as it is now; or a rule
            # forbids the write, and a real controller would not give up either.
            world.requeue_after(obj, world.timing.hop if error.reason == "Conflict" else world.timing.retry)
