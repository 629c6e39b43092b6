"""Trying a copy's writes: what a cluster says of them without refusing them."""

from typing import Any

import pytest

from services.execution.copying import try_writes
from services.kube.deadline import Deadline
from services.planning.copy_plan import CopyChoices, with_dry_run
from services.planning.copy_planner import plan_copy
from services.planning.plan import Severity
from services.planning.resources import Manifest
from tests.planning.objects import FINGERPRINTS, deployment, facts

_POD_SECURITY = 'would violate PodSecurity "restricted:latest": runAsNonRoot != true'
_TWICE = {"containers": [{"name": "web", "image": "web:1", "env": [{"name": "A"}, {"name": "A"}]}]}


class _Warning:
    """A cluster that takes every write and has a warning for it."""

    async def apply(self, manifest: Manifest, *, heard: Any, dry_run: bool, **_: Any) -> Manifest:
        assert dry_run
        heard(_POD_SECURITY)
        return manifest

    create = apply


@pytest.mark.parametrize("pod", [None, _TWICE], ids=["applied", "created"])
async def test_what_a_cluster_warns_of_is_told_and_stops_nothing(pod):
    plan = plan_copy(facts(deployment(pod=pod)), CopyChoices(), FINGERPRINTS)
    (cluster,) = plan.clusters
    runs = await try_writes(cluster, _Warning(), force=False, deadline=Deadline.after(10))  # type: ignore[arg-type]
    tried = with_dry_run(plan, {cluster.cluster: runs})
    warned = [p for p in tried.clusters[0].problems if p.code == "cluster-warning"]
    assert [(p.severity, p.detail) for p in warned] == [
        (Severity.WARNS, f"Deployment web: the cluster warns: {_POD_SECURITY}")
    ]
    assert not tried.blocked
