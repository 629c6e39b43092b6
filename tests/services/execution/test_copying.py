"""Trying a copy's writes: what a cluster says of them without refusing them."""

from typing import Any

import pytest

from domain.problems import Severity
from domain.resources import Manifest
from services.execution.copying import try_writes
from services.kube.deadline import Deadline
from services.kube.errors import AdmissionDeniedError, BudgetExceededError, ClusterError, ClusterUnreachableError
from services.planning.copying.facts import NamespaceState
from services.planning.copying.plan import CopyChoices, with_dry_run
from services.planning.copying.planner import plan_copy
from tests.support.objects import FINGERPRINTS, deployment, facts, target

_POD_SECURITY = 'would violate PodSecurity "restricted:latest": runAsNonRoot != true'
_TWICE = {"containers": [{"name": "web", "image": "web:1", "env": [{"name": "A"}, {"name": "A"}]}]}


class _Warning:
    """A cluster that takes every write and has a warning for it."""

    async def apply(self, manifest: Manifest, *, on_warning: Any, dry_run: bool, **_: Any) -> Manifest:
        assert dry_run
        on_warning(_POD_SECURITY)
        return manifest

    create = apply


@pytest.mark.parametrize("pod", [None, _TWICE], ids=["applied", "created"])
async def test_a_warning_of_the_api_server_is_a_problem_that_does_not_block(pod):
    plan = plan_copy(facts(deployment(pod=pod)), CopyChoices(), FINGERPRINTS)
    (cluster,) = plan.clusters
    runs = await try_writes(cluster, _Warning(), force=False, deadline=Deadline.after(10))  # type: ignore[arg-type]
    tried = with_dry_run(plan, {cluster.cluster: runs})
    warned = [p for p in tried.clusters[0].problems if p.code == "cluster-warning"]
    assert [(p.severity, p.detail) for p in warned] == [
        (Severity.WARNS, f"Deployment web: the API server warns: {_POD_SECURITY}")
    ]
    assert not tried.blocked


class _Silent:
    """A cluster that says nothing, or refuses, when it is asked for a namespace."""

    def __init__(self, error: ClusterError) -> None:
        self._error = error

    async def create(self, *_: Any, **__: Any) -> Manifest:
        raise self._error


@pytest.mark.parametrize(
    ("error", "blocked"),
    [
        (ClusterUnreachableError("Connection refused.", cluster="staging-1"), False),
        (BudgetExceededError("The time was up.", cluster="staging-1"), False),
        (AdmissionDeniedError("No more namespaces.", cluster="staging-1"), True),
    ],
)
async def test_only_a_refused_namespace_blocks(error, blocked):
    web = deployment()
    place = target(knows=(web,), namespace_state=NamespaceState.MISSING)
    plan = plan_copy(facts(web, targets=(place,)), CopyChoices(), FINGERPRINTS)
    (cluster,) = plan.clusters
    runs = await try_writes(cluster, _Silent(error), force=False, deadline=Deadline.after(10))  # type: ignore[arg-type]
    tried = with_dry_run(plan, {cluster.cluster: runs})
    assert tried.blocked is blocked
    assert any(error.detail in said for said in (*tried.clusters[0].unchecked, *(p.detail for p in tried.all_problems)))
